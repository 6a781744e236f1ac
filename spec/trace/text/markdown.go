package text

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// readMarkdown reads the dialect of kramdown-rfc in which RFC 9420 was written.
func readMarkdown(b []byte) ([]Section, error) {
	_, body, ok := strings.Cut(string(b), "\n--- middle\n")
	if !ok {
		return nil, errors.New(`no line "--- middle"`)
	}
	var sections []Section
	var count numbering
	lines := strings.Split(body, "\n")
	start := -1 // of the section that is being read, if there is one
	flush := func(end int) {
		if start >= 0 {
			s := &sections[len(sections)-1]
			s.Blocks = flatten(markdownBlocks(lines[start:end]), idPrefix(s.Number), "")
		}
		start = -1
	}
	fenced := ""
	for i, line := range lines {
		switch {
		case fenced != "":
			if strings.HasPrefix(line, fenced) {
				fenced = ""
			}
		case isFence(line):
			fenced = line[:3]
		case line == "--- back":
			flush(i)
			count.back()
		case strings.HasPrefix(line, "#"):
			flush(i)
			title := strings.TrimLeft(line, "#")
			depth := len(line) - len(title)
			title, label, _ := strings.Cut(title, "{#")
			title = strings.TrimSpace(title)
			if label = strings.TrimRight(label, "} "); label == "" {
				label = slug(title)
			}
			number, err := count.next(depth)
			if err != nil {
				return nil, fmt.Errorf("%w, %q", err, line)
			}
			sections = append(sections, Section{Number: number, Title: title, Label: label})
			start = i + 1
		}
	}
	flush(len(lines))
	return sections, nil
}

// A numbering counts headings as they are numbered when the document is rendered.
type numbering struct {
	at         []int
	appendices bool
}

func (n *numbering) back() { n.at, n.appendices = nil, true }

func (n *numbering) next(depth int) (string, error) {
	if depth > len(n.at)+1 {
		return "", errors.New("a heading skips a level")
	}
	if depth > len(n.at) {
		n.at = append(n.at, 0)
	}
	n.at = n.at[:depth]
	n.at[depth-1]++
	parts := make([]string, depth)
	for i, k := range n.at {
		parts[i] = fmt.Sprint(k)
	}
	if n.appendices {
		if n.at[0] > 26 {
			return "", errors.New("more than 26 appendices")
		}
		parts[0] = string(rune('A' + n.at[0] - 1))
	}
	return strings.Join(parts, "."), nil
}

// idPrefix returns how IDs in a section begin.
func idPrefix(number string) string {
	if number[0] >= 'A' {
		return "section-appendix." + strings.ToLower(number) + "-"
	}
	return "section-" + number + "-"
}

func isFence(line string) bool {
	return strings.HasPrefix(line, "~~~") || strings.HasPrefix(line, "```")
}

var (
	bullet   = regexp.MustCompile(`^( *)([*-]|\d+\.)( +)\S`)
	attrs    = regexp.MustCompile(`^\{:.*`)
	tableRow = regexp.MustCompile(`^\|.*\|\s*$`)
	ruler    = regexp.MustCompile(`^\|[\s:|=-]*\|\s*$`)
)

// markdownBlocks returns the blocks that lines of the same indentation hold.
func markdownBlocks(lines []string) []node {
	var nodes []node
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.TrimSpace(line) == "":
			i++
		case strings.HasPrefix(line, "{::boilerplate"):
			nodes = append(nodes, node{kind: paragraph})
			i++
		case attrs.MatchString(line): // may go on over lines
			for i < len(lines) && !strings.Contains(lines[i], "}") {
				i++
			}
			i++
		case isFence(line):
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(lines[end], line[:3]) {
				end++
			}
			nodes = append(nodes, node{kind: code, text: strings.Join(lines[i+1:min(end, len(lines))], "\n")})
			i = end + 1
		case tableRow.MatchString(line):
			var rows [][]string
			for ; i < len(lines) && tableRow.MatchString(lines[i]); i++ {
				if !ruler.MatchString(lines[i]) {
					rows = append(rows, markdownCells(lines[i]))
				}
			}
			nodes = append(nodes, node{kind: table, rows: rows[min(1, len(rows)):]})
		case bullet.MatchString(line):
			var n node
			n, i = markdownList(lines, i)
			nodes = append(nodes, n)
		default:
			var n node
			n, i = markdownParagraph(lines, i)
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// markdownParagraph reads a paragraph, or a list of definitions: terms each on a
// line, followed by one that begins with a colon.
func markdownParagraph(lines []string, i int) (node, int) {
	if i+1 < len(lines) && strings.HasPrefix(lines[i+1], ": ") {
		n := node{kind: list, terms: true}
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], ": ") {
			var words []string
			term := lines[i]
			for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
				words = append(words, strings.TrimPrefix(lines[i], ": "))
			}
			n.items = append(n.items, []node{{kind: paragraph, text: markdownWords(term), shown: markdownShown(term)}}, []node{prose(words)})
			n.bare = append(n.bare, true, true)
			for i < len(lines) && strings.TrimSpace(lines[i]) == "" && i+2 < len(lines) && strings.HasPrefix(lines[i+2], ": ") {
				i++
			}
		}
		return n, i
	}
	start := i
	for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "" && !isFence(lines[i]) && !attrs.MatchString(lines[i]); i++ {
	}
	words := lines[start:i]
	for j := range words {
		words[j] = strings.TrimPrefix(words[j], "> ") // a block of quotation has one paragraph
	}
	return prose(words), i
}

// markdownList reads a list. What is indented deeper than a bullet belongs to its
// item, across blank lines.
func markdownList(lines []string, i int) (node, int) {
	mark := bullet.FindStringSubmatch(lines[i])
	n := node{kind: list, ordered: mark[2] != "*" && mark[2] != "-"}
	margin := len(mark[1])
	for i < len(lines) {
		m := bullet.FindStringSubmatch(lines[i])
		if m == nil || len(m[1]) != margin || (m[2] == "*" || m[2] == "-") == n.ordered {
			break
		}
		inner := len(m[1]) + len(m[2]) + len(m[3])
		item := []string{lines[i][inner:]}
		blank := false
		for i++; i < len(lines); i++ {
			if strings.TrimSpace(lines[i]) == "" {
				blank = true
				item = append(item, "")
				continue
			}
			indent := len(lines[i]) - len(strings.TrimLeft(lines[i], " "))
			if indent <= margin && (blank || bullet.MatchString(lines[i]) || isFence(lines[i])) {
				break
			}
			item = append(item, lines[i][min(indent, inner):])
			blank = false
		}
		children := markdownBlocks(splitSublist(item))
		n.items = append(n.items, children)
		n.bare = append(n.bare, len(children) <= 1)
	}
	return n, i
}

// splitSublist sets a blank line before the first bullet of a list that follows a
// paragraph directly.
func splitSublist(lines []string) []string {
	var all []string
	in := false // a list
	for i, line := range lines {
		if bullet.MatchString(line) && !in {
			in = true
			if i > 0 && all[len(all)-1] != "" {
				all = append(all, "")
			}
		} else if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ") && !bullet.MatchString(line) && i > 0 && all[len(all)-1] == "" {
			in = false
		}
		all = append(all, line)
	}
	return all
}

func prose(lines []string) node {
	raw := strings.Join(lines, "\n")
	return node{kind: paragraph, text: markdownWords(raw), raw: raw, shown: markdownShown(raw)}
}

func markdownCells(line string) []string {
	line = strings.Trim(strings.TrimSpace(line), "|")
	cells := strings.Split(line, "|")
	for i, c := range cells {
		cells[i] = markdownWords(c)
	}
	return cells
}

var (
	mdReference = regexp.MustCompile(`\{\{[^}]*\}\}`)
	mdTag       = regexp.MustCompile(`</?[a-z]+>`)
	mdEscape    = regexp.MustCompile(`\\([^A-Za-z0-9\s])`)
)

// markdownWords returns the words of a paragraph: references become {{}}, tags and
// escapes go.
func markdownWords(raw string) string {
	s := mdReference.ReplaceAllString(raw, "{{}}")
	s = mdTag.ReplaceAllString(s, " ")
	s = mdEscape.ReplaceAllString(s, "$1")
	return oneLine(s)
}

// markdownShown returns a paragraph as it is read, {{label}} for each reference.
func markdownShown(raw string) string {
	return oneLine(mdEscape.ReplaceAllString(mdTag.ReplaceAllString(raw, " "), "$1"))
}

// slug returns the label of a heading that gives none itself.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, strings.ToLower(title))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
