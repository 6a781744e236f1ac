package report

import (
	"cmp"
	"fmt"
	"html/template"
	"mlssim/spec/trace"
	"mlssim/spec/trace/text"
	"regexp"
	"strings"
)

// A sentence is one as it is compared, and as it is read.
type sentence struct{ plain, shown string }

func pair(b *text.Block) []sentence {
	plain, shown := text.Sentences(b.Text), text.Sentences(cmp.Or(b.Shown, b.Text))
	var all []sentence
	for i, s := range plain {
		one := sentence{s, s}
		if len(shown) == len(plain) {
			one.shown = shown[i]
		}
		all = append(all, one)
	}
	return all
}

// pairIndex returns how many sentences with keywords stand before the i-th.
func pairIndex(b *text.Block, i int) int {
	n := 0
	for _, s := range text.Sentences(b.Text)[:i] {
		if len(text.Keywords(s)) > 0 {
			n++
		}
	}
	return n
}

// unitOf returns the unit of a sentence: of those with keywords the n-th, of others the
// one that the block has for them, or nil.
func unitOf(units []trace.Unit, sentence string, n int) *trace.Unit {
	asks := len(text.Keywords(sentence)) > 0
	for i := range units {
		if (units[i].Kind == "statement") != asks {
			continue
		}
		if !asks || n == 0 {
			return &units[i]
		}
		n--
	}
	return nil
}

var marked = regexp.MustCompile("\\{\\{[^}]*\\}\\}|`[^`]+`|\\*\\*[^*]+\\*\\*|\\*[^*\\s][^*]*\\*|\\b(?:MUST NOT|MUST|SHALL NOT|SHALL|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|REQUIRED|MAY|OPTIONAL)\\b")

// inline returns words with their marks as HTML.
func inline(s string, labels map[string]string) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range marked.FindAllStringIndex(s, -1) {
		template.HTMLEscape(&b, []byte(s[at:m[0]]))
		word := s[m[0]:m[1]]
		tag, inner := "", ""
		switch {
		case strings.HasPrefix(word, "{{"):
			reference(&b, strings.Trim(word, "{}!?"), labels)
		case strings.HasPrefix(word, "`"):
			tag, inner = "code", strings.Trim(word, "`")
		case strings.HasPrefix(word, "**"):
			tag, inner = "strong", strings.Trim(word, "*")
		case strings.HasPrefix(word, "*"):
			tag, inner = "em", strings.Trim(word, "*")
		default:
			tag, inner = "b", word
		}
		if tag != "" {
			fmt.Fprintf(&b, "<%s>%s</%s>", tag, template.HTMLEscapeString(inner), tag)
		}
		at = m[1]
	}
	template.HTMLEscape(&b, []byte(s[at:]))
	return template.HTML(b.String())
}

// reference writes a reference: a link if it is to a section.
func reference(b *strings.Builder, label string, labels map[string]string) {
	switch number := labels[label]; {
	case number != "":
		what := "Section "
		if number[0] >= 'A' {
			what = "Appendix "
		}
		fmt.Fprintf(b, `<a href="%s#s-%s">%s%s</a>`, pageOf(number), number, what, number)
	case label == "":
		b.WriteString("[…]")
	default:
		fmt.Fprintf(b, "[%s]", template.HTMLEscapeString(label))
	}
}
