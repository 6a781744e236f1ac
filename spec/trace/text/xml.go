package text

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An element of XML: its name, attributes, and what it contains, text as elements
// without a name.
type element struct {
	name     string
	attr     map[string]string
	text     string
	children []*element
}

// maxDepth is how deep elements may lie in each other.
const maxDepth = 100

// readXML reads RFC XML, version 3. Nothing that it refers to is fetched.
func readXML(b []byte) ([]Section, error) {
	root, err := parseXML(b)
	if err != nil {
		return nil, err
	}
	if root.name != "rfc" {
		return nil, fmt.Errorf("the root is <%s>, not <rfc>", root.name)
	}
	var sections []Section
	for _, part := range root.children {
		if part.name == "middle" || part.name == "back" {
			count := numbering{appendices: part.name == "back"}
			if err := xmlSections(&sections, &count, part, 1); err != nil {
				return nil, err
			}
		}
	}
	return sections, nil
}

func parseXML(b []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Entity = map[string]string{"nbsp": "\u00a0", "zwsp": "", "nbhy": "-", "wj": ""}
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // names are ASCII
	open := []*element{{}}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				return nil, fmt.Errorf("elements are nested more than %d deep", maxDepth)
			}
			e := &element{name: t.Name.Local, attr: map[string]string{}}
			for _, a := range t.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.children = append(top.children, &element{text: string(t)})
		}
	}
	for _, e := range open[0].children {
		if e.name != "" {
			return e, nil
		}
	}
	return nil, errors.New("no element")
}

// xmlSections appends the sections in e, in the order of the document.
func xmlSections(all *[]Section, count *numbering, e *element, depth int) error {
	for _, s := range e.children {
		if s.name != "section" || s.attr["numbered"] == "false" {
			continue
		}
		number, err := count.next(depth)
		if err != nil {
			return err
		}
		title := ""
		if name := s.child("name"); name != nil {
			title = oneLine(name.words())
		}
		*all = append(*all, Section{Number: number, Title: title, Label: s.attr["anchor"], Blocks: flatten(s.blocks(), idPrefix(number), "")})
		if err := xmlSections(all, count, s, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// blocks returns the blocks that are children of e.
func (e *element) blocks() []node {
	var nodes []node
	for _, c := range e.children {
		switch c.name {
		case "t":
			nodes = append(nodes, node{kind: paragraph, text: oneLine(c.words()), shown: oneLine(c.shown())})
		case "blockquote", "aside":
			n := node{kind: paragraph, text: oneLine(c.words()), shown: oneLine(c.shown())}
			nodes = append(nodes, n)
		case "ul", "ol":
			n := node{kind: list, ordered: c.name == "ol"}
			for _, item := range c.children {
				if item.name == "li" {
					n.addItem(item)
				}
			}
			nodes = append(nodes, n)
		case "dl":
			n := node{kind: list, terms: true}
			for _, item := range c.children {
				if item.name == "dt" || item.name == "dd" {
					n.addItem(item)
				}
			}
			nodes = append(nodes, n)
		case "sourcecode", "artwork", "artset", "figure":
			nodes = append(nodes, node{kind: code, text: c.drawing()})
		case "table":
			nodes = append(nodes, node{kind: table, rows: c.rows()})
		}
	}
	return nodes
}

// addItem appends an item of a list; one without blocks in it is bare.
func (n *node) addItem(item *element) {
	blocks := item.blocks()
	bare := len(blocks) == 0
	if bare {
		blocks = []node{{kind: paragraph, text: oneLine(item.words()), shown: oneLine(item.shown())}}
	}
	n.items = append(n.items, blocks)
	n.bare = append(n.bare, bare)
}

// drawing returns the lines of code, or of the variant of a drawing that has lines.
func (e *element) drawing() string {
	switch e.name {
	case "sourcecode", "artwork":
		if e.attr["type"] == "svg" {
			return ""
		}
		var b strings.Builder
		for _, c := range e.children {
			b.WriteString(c.text)
		}
		return strings.Trim(b.String(), "\n")
	}
	for _, c := range e.children {
		if s := c.drawing(); s != "" {
			return s
		}
	}
	return ""
}

func (e *element) rows() [][]string {
	var rows [][]string
	body := e.child("tbody")
	if body == nil {
		return nil
	}
	for _, tr := range body.children {
		if tr.name != "tr" {
			continue
		}
		var cells []string
		for _, td := range tr.children {
			if td.name == "td" || td.name == "th" {
				cells = append(cells, oneLine(td.words()))
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

// words returns the words of a paragraph, {{}} for each reference.
func (e *element) words() string {
	switch e.name {
	case "":
		return e.text
	case "xref", "relref", "eref":
		return "{{}}"
	case "sup", "sub", "br":
		return " " + e.inner() + " "
	}
	return e.inner()
}

func (e *element) inner() string {
	var b strings.Builder
	for _, c := range e.children {
		b.WriteString(c.words())
	}
	return b.String()
}

// shown returns a paragraph as it is read, {{label}} for each reference.
func (e *element) shown() string {
	var b strings.Builder
	for _, c := range e.children {
		b.WriteString(c.shown())
	}
	switch e.name {
	case "":
		return e.text
	case "xref", "relref", "eref":
		if section := e.attr["section"]; section != "" {
			return "{{Section " + section + " of " + e.attr["target"] + "}}"
		}
		return "{{" + e.attr["target"] + "}}"
	case "sup":
		return "^" + b.String() + " "
	case "tt":
		return "`" + b.String() + "`"
	case "em":
		return "*" + b.String() + "*"
	}
	return b.String()
}
