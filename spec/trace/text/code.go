package text

import (
	"regexp"
	"strings"
)

// A Piece is what a block of code says at one place: a structure, an arm of a
// select, an enum, an alias, an equation, a function, or a call in a drawing.
type Piece struct {
	Kind string // "struct", "arm", "enum", "alias", "equation", "function", "call"
	Name string // of what it is about: identifiers alone
	Body string
}

var (
	comment   = regexp.MustCompile(`(?m)(//|#).*$`)
	remark    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	aggregate = regexp.MustCompile(`\b(struct|enum)\s*\{`)
	closing   = regexp.MustCompile(`^\}\s*([A-Za-z][\w<>]*)\s*;`)
	selection = regexp.MustCompile(`select\s*\(([^)]*)\)\s*\{`)
	armStart  = regexp.MustCompile(`\bcase\s+(\w+)\s*:`)
	alias     = regexp.MustCompile(`(?m)^\s*([A-Za-z]\w*(?:<\w+>)?)\s+([A-Za-z]\w*(?:<V>)?)\s*;\s*$`)
	equation  = regexp.MustCompile(`^\s*(\([a-z_]+, [a-z_]+\)|[A-Za-z][\w.\-]*(?:\s[A-Z][A-Z_]+)?(?:\[[^\]]*\])?(?:\([^)]*\))?(?:, [a-z_]+(?:\[[^\]]*\])?)*) =(?:\s|$)`)
	heading   = regexp.MustCompile(`^\s*([A-Za-z]\w*)\([^)]*\)\s*$`)
	function  = regexp.MustCompile(`^(\s*)def (\w+)\(`)
	labelled  = regexp.MustCompile(`\b(ExpandWithLabel|DeriveSecret|DeriveTreeSecret|SignWithLabel|VerifyWithLabel|EncryptWithLabel|DecryptWithLabel|RefHash|MAC|Hash|KDF\.Extract|KDF\.Expand|KEM\.DeriveKeyPair)\(`)
	extract   = regexp.MustCompile(`^.*\bKDF\.Extract\b.*$`)
	drawn     = regexp.MustCompile(`--+>|\+--|(?m)^\s*[|V]\s*$|^ */ +\\|\|  +\|`)
)

func uncomment(s string) string {
	return comment.ReplaceAllString(remark.ReplaceAllString(s, ""), "")
}

// Comments returns the comments in code.
func Comments(code string) string {
	var b strings.Builder
	for _, pattern := range []*regexp.Regexp{remark, comment} {
		for _, c := range pattern.FindAllString(code, -1) {
			b.WriteString(c + "\n")
		}
	}
	return b.String()
}

// Pieces returns what a block of code consists of.
func Pieces(code string) []Piece {
	if strings.Contains(code, "def ") {
		return functions(code)
	}
	if drawn.MatchString(code) {
		return calls(code)
	}
	var all []Piece
	for _, r := range remark.FindAllString(code, -1) { // says what a field is computed from
		all = append(all, calls(oneLine(r))...)
	}
	code = uncomment(code)
	if aggregate.MatchString(code) || alias.MatchString(code) {
		return append(structures(code), all...)
	}
	return append(equations(code), all...)
}

// structures returns the pieces of a block in the TLS presentation language.
func structures(code string) []Piece {
	var all []Piece
	rest := code
	for {
		m := aggregate.FindStringSubmatchIndex(rest)
		before := rest
		if m != nil {
			before = rest[:m[0]]
		}
		for _, a := range alias.FindAllStringSubmatch(before, -1) {
			all = append(all, Piece{"alias", strings.TrimSuffix(a[2], "<V>"), a[0]})
		}
		all = append(all, equations(alias.ReplaceAllString(before, ""))...)
		if m == nil {
			return all
		}
		end := closingBrace(rest, m[1])
		name := closing.FindStringSubmatch(rest[end:])
		if name == nil { // an empty struct of an arm, or an end that is missing
			rest = rest[min(end+1, len(rest)):]
			continue
		}
		body := rest[m[0] : end+len(name[0])]
		all = append(all, Piece{rest[m[2]:m[3]], name[1], body})
		all = append(all, arms(name[1], body)...)
		rest = rest[end+len(name[0]):]
	}
}

// closingBrace returns the index of the brace that closes the one before i, or the
// length of s.
func closingBrace(s string, i int) int {
	for depth := 1; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// arms returns the arms of the selects of a structure.
func arms(name, body string) []Piece {
	var all []Piece
	for _, m := range selection.FindAllStringSubmatchIndex(body, -1) {
		inside := body[m[1]:closingBrace(body, m[1])]
		cases := armStart.FindAllStringSubmatchIndex(inside, -1)
		for i, c := range cases {
			end := len(inside)
			if i+1 < len(cases) {
				end = cases[i+1][0]
			}
			all = append(all, Piece{"arm", name + "." + inside[c[2]:c[3]], name + inside[c[0]:end]})
		}
	}
	return all
}

// equations returns the equations of pseudocode, with the lines that each goes on
// over, and the calls that stand outside of equations.
func equations(code string) []Piece {
	var all []Piece
	lines := strings.Split(code, "\n")
	for i := 0; i < len(lines); i++ {
		m := equation.FindStringSubmatch(lines[i])
		body, next := lines[i], i+1
		if m == nil && next < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[next]), "= ") {
			if m = heading.FindStringSubmatch(lines[i]); m != nil {
				body, next = body+"\n"+lines[next], next+1
			}
		}
		if m == nil {
			all = append(all, calls(lines[i])...)
			continue
		}
		for next < len(lines) && strings.TrimSpace(lines[next]) != "" && indent(lines[next]) > indent(lines[i]) && !equation.MatchString(lines[next]) {
			body += "\n" + lines[next]
			next++
		}
		name, _, _ := strings.Cut(strings.Trim(m[1], "()"), "(")
		all = append(all, Piece{"equation", name, body})
		i = next - 1
	}
	return all
}

func indent(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// calls returns the calls of derivations that stand in a drawing.
func calls(code string) []Piece {
	var all []Piece
	for _, line := range strings.Split(code, "\n") {
		found := labelled.FindAllStringSubmatchIndex(line, -1)
		for _, m := range found {
			end := m[1]
			for depth := 1; end < len(line) && depth > 0; end++ {
				switch line[end] {
				case '(':
					depth++
				case ')':
					depth--
				}
			}
			all = append(all, Piece{"call", line[m[2]:m[3]], line[m[0]:end]})
		}
		if len(found) == 0 && extract.MatchString(line) {
			all = append(all, Piece{"call", "KDF.Extract", line})
		}
	}
	return all
}

// functions returns the functions of Python code.
func functions(code string) []Piece {
	var all []Piece
	margin := -1
	for _, line := range strings.Split(code, "\n") {
		if m := function.FindStringSubmatch(line); m != nil && (margin < 0 || len(m[1]) <= margin) {
			margin = len(m[1])
			all = append(all, Piece{"function", m[2], line})
			continue
		}
		if strings.TrimSpace(line) != "" && indent(line) <= margin {
			margin = -1 // the function has ended
			continue
		}
		if margin >= 0 {
			all[len(all)-1].Body += "\n" + line
		}
	}
	return all
}
