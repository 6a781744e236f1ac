package text

import (
	"errors"
	"regexp"
	"strings"
)

var (
	txtHeading  = regexp.MustCompile(`^(?:Appendix )?(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.  (\S.*)$`)
	txtEnd      = regexp.MustCompile(`^(Authors?' Address(es)?|Contributors|Acknowledg[e]?ments?|Index)$`)
	txtFoot     = regexp.MustCompile(`\[Page \d+\]$`)
	txtBullet   = regexp.MustCompile(`^( +)([*o+-]|\d+\.|[a-z]\.)( {1,3})\S`)
	txtTerm     = regexp.MustCompile(`^ +\S[^.]{0,60}:  `)
	txtCode     = regexp.MustCompile(`^ *(struct|enum|select|case|def|class|return|if|for|while|opaque|optional<|uint\d+|//|#|\}|@)\b?|[;{}]$|^[^,]{1,50} = |^[^ ]+ *=$|^ *= `)
	txtDrawing  = regexp.MustCompile(`--+[>+-]|\+--|^ *[|V] *$|/ +\\|  +\|`)
	txtCitation = regexp.MustCompile(`(^|[\s(])\[[A-Z][\w.-]*\]`)
	txtSection  = regexp.MustCompile(`\b((Sections?|Figures?|Tables?) \d+(\.\d+)*|Appendix [A-Z](\.\d+)*)`)
	txtFixed    = regexp.MustCompile(`^\(?(Sections?|Appendix|Figures?|Tables?|RFC) [A-Z0-9]`)
	txtOf       = regexp.MustCompile(`\{\{\} of \{\{\}`)
	txtAddress  = regexp.MustCompile(`<[^<>\s]*[@:/][^<>\s]*>`)
)

// lineWidth is how long a line of the rendered text may be.
const lineWidth = 72

// readText reads the text as it is rendered for reading: headings at the margin,
// paragraphs filled, lists indented. What is neither is a piece of code.
func readText(b []byte) ([]Section, error) {
	var sections []Section
	var lines []string
	flush := func() {
		if len(sections) > 0 {
			s := &sections[len(sections)-1]
			s.Blocks = flatten(textBlocks(lines), idPrefix(s.Number), "")
		}
		lines = nil
	}
	for _, line := range withoutPages(strings.Split(string(b), "\n")) {
		if txtEnd.MatchString(line) {
			break
		}
		if m := txtHeading.FindStringSubmatch(line); m != nil {
			flush()
			sections = append(sections, Section{Number: m[1], Title: m[2]})
			continue
		}
		lines = append(lines, line)
	}
	flush()
	if len(sections) == 0 {
		return nil, errors.New(`no heading such as "1.  Introduction"`)
	}
	return withoutReferences(sections), nil
}

// withoutPages leaves out the foot of each page and the head of the next, and joins
// what the break has parted.
func withoutPages(lines []string) []string {
	var all []string
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \r")
		if !txtFoot.MatchString(line) || i+2 >= len(lines) || !strings.HasPrefix(lines[i+1], "\f") {
			all = append(all, line)
			continue
		}
		if i++; lines[i] == "\f" {
			i++ // the head has a line of its own
		}
		for i+1 < len(lines) && strings.TrimSpace(lines[i+1]) == "" {
			i++
		}
		for len(all) > 0 && all[len(all)-1] == "" {
			all = all[:len(all)-1]
		}
		if len(all) == 0 || i+1 >= len(lines) || !goesOn(all[len(all)-1], lines[i+1]) {
			all = append(all, "")
		}
	}
	return all
}

// goesOn tells whether a line, the first of a page, continues the last one of the page
// before.
func goesOn(last, first string) bool {
	text := strings.TrimLeft(first, " ")
	if txtBullet.MatchString(first) || txtHeading.MatchString(first) {
		return false
	}
	if strings.ContainsAny(text[:1], "|+") {
		return strings.ContainsAny(strings.TrimLeft(last, " ")[:1], "|+")
	}
	word, _, _ := strings.Cut(text, " ")
	column := len(last) - len(strings.TrimLeft(last, " "))
	if m := txtBullet.FindStringSubmatch(last); m != nil {
		column += len(m[2]) + len(m[3])
	}
	// The same column, and no room for the first word on the line before.
	return len(first)-len(text) == column && len(last)+1+len(word) > lineWidth
}

// withoutReferences leaves out the lists of references, which have a number only
// when the document is rendered.
func withoutReferences(sections []Section) []Section {
	var kept []Section
	for _, s := range sections {
		if !strings.HasSuffix(s.Title, "References") {
			kept = append(kept, s)
		}
	}
	return kept
}

// textBlocks returns the blocks of the lines of a section.
func textBlocks(lines []string) []node {
	var nodes []node
	var open []*openList
	for _, chunk := range chunks(lines) {
		depth := len(chunk[0]) - len(strings.TrimLeft(chunk[0], " "))
		bulleted := txtBullet.FindStringSubmatch(chunk[0])
		switch {
		case isTable(chunk):
			nodes, open = closeLists(nodes, open, 0), nil
			nodes = append(nodes, node{kind: table, rows: textRows(chunk)})
		case bulleted != nil && isFilled(chunk[1:], depth+len(bulleted[2])+len(bulleted[3])):
			inner := depth + len(bulleted[2]) + len(bulleted[3])
			chunk[0] = strings.Repeat(" ", inner) + chunk[0][inner:]
			for len(open) > 0 && open[len(open)-1].margin > depth {
				nodes, open = closeLists(nodes, open, len(open)-1), open[:len(open)-1]
			}
			if len(open) == 0 || open[len(open)-1].margin < depth {
				open = append(open, &openList{margin: depth, inner: inner, node: node{kind: list, ordered: bulleted[2][0] >= '0' && bulleted[2][0] <= '9'}})
			}
			top := open[len(open)-1]
			top.node.items = append(top.node.items, []node{textParagraph(chunk)})
			top.node.bare = append(top.node.bare, true)
		case isProse(chunk, depth) && len(open) > 0 && within(open, depth) >= 0:
			keep := within(open, depth) + 1
			nodes, open = closeLists(nodes, open, keep), open[:keep]
			open[keep-1].add(textParagraph(chunk))
		case isProse(chunk, depth) && depth == 3:
			nodes, open = closeLists(nodes, open, 0), nil
			nodes = append(nodes, textParagraph(chunk))
		default:
			nodes, open = closeLists(nodes, open, 0), nil
			text := strings.Join(chunk, "\n")
			last := len(nodes) - 1
			if last >= 0 && nodes[last].kind == code && !(drawn.MatchString(nodes[last].text) && equation.MatchString(chunk[0])) {
				nodes[last].text += "\n\n" + text
			} else {
				nodes = append(nodes, node{kind: code, text: text})
			}
		}
	}
	return closeLists(nodes, open, 0)
}

// An openList is a list that may still get items.
type openList struct {
	margin, inner int // columns of its bullets, and of its text
	node          node
}

// add appends a block to the last item.
func (l *openList) add(n node) {
	last := len(l.node.items) - 1
	l.node.items[last] = append(l.node.items[last], n)
	l.node.bare[last] = false
}

// closeLists ends the lists open[keep:], each a part of the one before it.
func closeLists(nodes []node, open []*openList, keep int) []node {
	for i := len(open) - 1; i >= keep; i-- {
		if i > 0 {
			open[i-1].add(open[i].node)
		} else {
			nodes = append(nodes, open[i].node)
		}
	}
	return nodes
}

// within returns which open list has its text at a column, or -1.
func within(open []*openList, column int) int {
	for i, l := range open {
		if l.inner == column {
			return i
		}
	}
	return -1
}

// chunks returns the lines between blank lines.
func chunks(lines []string) [][]string {
	var all [][]string
	start := -1
	for i := 0; i <= len(lines); i++ {
		blank := i == len(lines) || lines[i] == ""
		if blank && start >= 0 {
			all = append(all, lines[start:i:i])
			start = -1
		} else if !blank && start < 0 {
			start = i
		}
	}
	return all
}

// isFilled tells whether all lines begin at a column, and end only where the next
// word had no place.
func isFilled(lines []string, column int) bool {
	for i, line := range lines {
		words := strings.TrimLeft(line, " ")
		if len(line)-len(words) != column {
			return false
		}
		if i == 0 {
			continue
		}
		word, _, _ := strings.Cut(words, " ")
		if txtFixed.MatchString(words) { // stays together with its number
			word += " " + strings.SplitN(words, " ", 3)[1]
		}
		room := lineWidth - len(lines[i-1]) - 1
		if strings.ContainsAny(lines[i-1][len(lines[i-1])-1:], ".:?!") || strings.HasSuffix(lines[i-1], ".)") {
			room-- // a sentence ends with two spaces
		}
		if len(word) <= room {
			return false
		}
	}
	return true
}

func isProse(chunk []string, column int) bool {
	if txtTerm.MatchString(chunk[0]) && len(chunk) > 1 {
		return isFilled(chunk[1:], column+3)
	}
	if !isFilled(chunk, column) {
		return false
	}
	for _, line := range chunk {
		if txtDrawing.MatchString(line) || len(chunk) < 3 && (txtCode.MatchString(strings.TrimLeft(line, " ")) || equation.MatchString(line)) && !strings.HasSuffix(line, ".") {
			return false
		}
	}
	return true
}

func textParagraph(lines []string) node {
	raw := strings.Join(lines, "\n")
	return node{kind: paragraph, text: textWords(raw), shown: oneLine(raw)}
}

// textWords returns the words of a paragraph, {{}} for each reference.
func textWords(raw string) string {
	s := oneLine(raw)
	s = txtAddress.ReplaceAllString(s, "{{}}")
	s = txtCitation.ReplaceAllString(s, "$1{{}}")
	s = txtSection.ReplaceAllString(s, "{{}}")
	return txtOf.ReplaceAllString(s, "{{}}")
}

func isTable(chunk []string) bool {
	return strings.HasPrefix(strings.TrimLeft(chunk[0], " "), "+==")
}

// textRows returns the rows of a table that is drawn with lines. What a cell has on
// several lines is joined without space, since words are broken as well.
func textRows(chunk []string) [][]string {
	var rows [][]string
	var row []string
	rulers := 0
	for _, line := range chunk {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if row != nil && rulers >= 2 {
				rows = append(rows, row)
			}
			row = nil
			if strings.HasPrefix(line, "+=") {
				rulers++
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if row == nil {
			row = make([]string, len(cells))
		}
		for i := range min(len(cells), len(row)) {
			row[i] += strings.TrimSpace(cells[i])
		}
	}
	for _, cells := range rows {
		for i := range cells {
			cells[i] = textWords(cells[i])
		}
	}
	return rows
}
