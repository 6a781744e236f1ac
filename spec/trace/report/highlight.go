package report

import (
	"go/scanner"
	"go/token"
	"html/template"
	"strings"

	"mlssim/spec/trace/links"
)

// A line is one of a Go file, as HTML.
type line struct {
	Number int
	HTML   template.HTML
}

// colour returns the lines of a Go file with its tokens marked: keywords, strings,
// numbers, comments, and the constants of requirements.
func colour(src []byte) []template.HTML {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	var b strings.Builder
	write := func(class string, words []byte) {
		for i, part := range strings.Split(string(words), "\n") {
			if i > 0 {
				b.WriteByte('\n')
			}
			if part == "" {
				continue
			}
			if class == "" {
				template.HTMLEscape(&b, []byte(part))
				continue
			}
			b.WriteString(`<i class="` + class + `">`)
			template.HTMLEscape(&b, []byte(part))
			b.WriteString(`</i>`)
		}
	}
	at, before, last := 0, "", ""
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		start := file.Offset(pos)
		if start < at || tok == token.SEMICOLON && lit != ";" {
			continue // a semicolon that is not written
		}
		end := start + len(lit)
		if lit == "" {
			end = start + len(tok.String())
		}
		end = min(end, len(src))
		write("", src[at:start])
		class := ""
		switch {
		case tok.IsKeyword():
			class = "k"
		case tok == token.STRING || tok == token.CHAR:
			class = "s"
		case tok == token.COMMENT:
			class = "c"
		case tok.IsLiteral() && tok != token.IDENT:
			class = "n"
		case tok == token.IDENT && last == "." && before == "req":
			class = "r"
		}
		write(class, src[start:end])
		at, before, last = end, last, string(src[start:end])
	}
	write("", src[at:])
	lines := strings.Split(b.String(), "\n")
	all := make([]template.HTML, len(lines))
	for i, l := range lines {
		all[i] = template.HTML(strings.TrimSuffix(l, "\r"))
	}
	return all
}

// An excerpt is a few lines of the source that belong to requirements.
type excerpt struct {
	File         string
	First, Last  int
	In           string
	Side         string
	Contexts     []string
	Requirements []string
	Lines        []line
}

// excerpts returns what sites show, those of the same lines once.
func (m *maker) excerpts(sites []links.Site) []excerpt {
	var all []excerpt
	add := func(s *links.Site, file, in string, first, last int) {
		for i := range all {
			if e := &all[i]; e.File == file && e.First <= first && last <= e.Last {
				e.Requirements = insert(e.Requirements, string(s.Requirement))
				return
			}
		}
		all = append(all, excerpt{
			File: file, First: first, Last: last, In: in, Side: s.Side, Contexts: s.Contexts,
			Requirements: []string{string(s.Requirement)}, Lines: m.lines(file, first, last),
		})
	}
	for i := range sites {
		s := &sites[i]
		add(s, s.File, s.In, s.First, s.Last)
		if s.Body != nil {
			add(s, s.Body.File, s.Body.In, s.Body.First, s.Body.Last)
		}
	}
	return all
}

// lines returns lines of a file without the indentation that they have in common.
func (m *maker) lines(file string, first, last int) []line {
	coloured, ok := m.coloured[file]
	if !ok {
		coloured = colour(m.in.Book.Map.Files[file])
		m.coloured[file] = coloured
	}
	first, last = max(first, 1), min(last, len(coloured))
	if first > last {
		return nil
	}
	common := -1
	for _, l := range coloured[first-1 : last] {
		if s := string(l); strings.TrimSpace(s) != "" {
			if n := len(s) - len(strings.TrimLeft(s, "\t")); common < 0 || n < common {
				common = n
			}
		}
	}
	var all []line
	for i, l := range coloured[first-1 : last] {
		s := string(l)
		if common > 0 && len(s) >= common {
			s = s[common:]
		}
		all = append(all, line{first + i, template.HTML(strings.ReplaceAll(s, "\t", "    "))})
	}
	return all
}
