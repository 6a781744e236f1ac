// Package text reads RFC 9420 from a file of the user's: the Markdown source, the
// RFC XML, or the rendered text. All three give the same [Document], so that what
// was found in one can be found again in another. Nothing of the text is kept in
// this repository.
package text

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// A Document is the text of an RFC, without its references.
type Document struct {
	Format   string // "md", "xml" or "txt"
	SHA256   string // of the file, in hexadecimal
	Sections []Section
}

// A Section has the blocks that stand below its heading and above the next.
type Section struct {
	Number string // "12.4.3.1", or "C" and "B.1" of an appendix
	Title  string
	Label  string // by which references name it; "" in rendered text
	Blocks []Block
}

// A Block is a paragraph, a paragraph of a list item, a piece of code or a drawing,
// or a row of a table.
type Block struct {
	Kind Kind
	// ID is the one that xml2rfc gives to the paragraph in the rendered HTML, such as
	// "section-7.3-4.3".
	ID string
	// Parent is the ID of what a list item belongs to: the paragraph that introduces
	// the list, or the item that it is part of. Empty if there is none.
	Parent  string
	Ordered bool     // an item of a numbered list
	Text    string   // a paragraph or item: its words, with {{}} for each reference; code: its lines
	Raw     string   // a paragraph or item of Markdown: as it is written
	Shown   string   // a paragraph or item: as it is read, `code` and *words* marked, {{label}} for a reference
	Cells   []string // a row: its cells, as a paragraph has its Text
}

// Kind says what a [Block] is.
type Kind uint8

const (
	Paragraph Kind = iota + 1
	Item           // the first paragraph of a list item
	More           // a further paragraph of a list item
	Code           // code, a structure or a drawing
	Row            // a row of the body of a table
)

// MaxSize is how long a file may be, in bytes.
const MaxSize = 8 << 20

// Read returns the document that a file holds. Its format is found out from its
// first bytes. Errors say what is not as in an RFC.
func Read(b []byte) (*Document, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("longer than %d bytes", MaxSize)
	}
	read, format := readText, "txt"
	switch start := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\ufeff")), " \t\r\n"); {
	case bytes.HasPrefix(start, []byte("<")):
		read, format = readXML, "xml"
	case bytes.HasPrefix(start, []byte("---\n")), bytes.HasPrefix(start, []byte("---\r\n")):
		read, format = readMarkdown, "md"
	}
	sections, err := read(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
	if err != nil {
		return nil, fmt.Errorf("not an RFC as %s: %w", format, err)
	}
	if len(sections) == 0 {
		return nil, fmt.Errorf("not an RFC as %s: it has no numbered section", format)
	}
	return &Document{Format: format, SHA256: fmt.Sprintf("%x", sha256.Sum256(b)), Sections: sections}, nil
}

// A node is a block as the readers find it, before it has an ID.
type node struct {
	kind    nodeKind
	text    string
	raw     string
	shown   string
	rows    [][]string
	items   [][]node // of a list
	bare    []bool   // an item has no paragraphs of its own, and its ID is the item's
	ordered bool
	terms   bool // a list of terms and what they mean
}

type nodeKind uint8

const (
	paragraph nodeKind = iota + 1
	list
	code
	table
)

// flatten returns blocks in their order, each with the ID that xml2rfc would give.
func flatten(nodes []node, prefix, parent string) []Block {
	var all []Block
	intro := parent
	for i, n := range nodes {
		id := fmt.Sprintf("%s%d", prefix, i+1)
		switch n.kind {
		case paragraph:
			all = append(all, Block{Kind: Paragraph, ID: id, Text: n.text, Raw: n.raw, Shown: n.shown})
			intro = id
		case code:
			all = append(all, Block{Kind: Code, ID: id, Text: n.text, Parent: parent})
		case table:
			for _, cells := range n.rows {
				all = append(all, Block{Kind: Row, ID: id, Cells: cells})
			}
		case list:
			for j, item := range n.items {
				blocks := flattenItem(item, fmt.Sprintf("%s.%d", id, j+1), intro, n.bare[j], n.ordered)
				for k := range blocks {
					if n.terms && (blocks[k].Kind == Item || blocks[k].Kind == More) {
						blocks[k].Kind = Paragraph // it defines, and is nothing to do
					}
				}
				all = append(all, blocks...)
			}
		}
	}
	return all
}

// flattenItem returns the blocks of a list item. A bare item has its own ID, others
// have one for each paragraph.
func flattenItem(item []node, id, intro string, bare, ordered bool) []Block {
	if bare {
		b := Block{Kind: Item, ID: id, Parent: intro, Ordered: ordered}
		if len(item) > 0 {
			b.Text, b.Raw, b.Shown = item[0].text, item[0].raw, item[0].shown
		}
		return []Block{b}
	}
	first := ""
	blocks := flatten(item, id+".", "")
	for i := range blocks {
		b := &blocks[i]
		switch {
		case b.Kind == Paragraph && first == "":
			b.Kind, b.Parent, b.Ordered, first = Item, intro, ordered, b.ID
		case b.Kind == Paragraph:
			b.Kind, b.Parent = More, first
		case b.Parent == "":
			b.Parent = first
		}
	}
	return blocks
}
