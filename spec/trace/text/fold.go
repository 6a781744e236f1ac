package text

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
	"unicode"
)

var (
	plainReference = regexp.MustCompile(`\b((Sections?|Figures?|Tables?) \d+(\.\d+)*|Appendix [A-Z](\.\d+)*)`)
	reference      = regexp.MustCompile(`\{\{[^}]*\}\}`)
	sentenceEnd    = regexp.MustCompile("[.!?][\"'`*_]*\\s+")
	anyKeyword     = regexp.MustCompile(`(?i)\b(must not|must|shall not|shall|should not|should|not recommended|recommended|required|may|optional)\b`)
	keyword        = regexp.MustCompile(`\b(MUST NOT|MUST|SHALL NOT|SHALL|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|REQUIRED|MAY|OPTIONAL)\b`)
)

// Fold returns the words of a text as all its editions agree on them: lower-case
// letters and digits, without references, markup and punctuation.
func Fold(s string) []string {
	s = reference.ReplaceAllString(s, " ")
	s = plainReference.ReplaceAllString(s, " ")
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
}

// FoldCode returns what distinguishes code: everything but comments and space.
func FoldCode(s string) string {
	return strings.Join(strings.Fields(uncomment(s)), "")
}

// Hash returns the first 128 bits of the sha256 of s, in hexadecimal.
func Hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%x", sum[:16])
}

// Sketch returns 64 bits of which few differ where texts have most pairs of
// neighbouring words in common (SimHash).
func Sketch(words []string) uint64 {
	var votes [64]int
	count := func(pair string) {
		sum := sha256.Sum256([]byte(pair))
		h := binary.BigEndian.Uint64(sum[:8])
		for i := range votes {
			votes[i] += int(h>>i&1)*2 - 1
		}
	}
	if len(words) == 1 {
		count(words[0])
	}
	for i := 1; i < len(words); i++ {
		count(words[i-1] + " " + words[i])
	}
	var sketch uint64
	for i, v := range votes {
		if v > 0 {
			sketch |= 1 << i
		}
	}
	return sketch
}

// Distance returns how many bits of two sketches differ.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// Sentences returns the sentences of a paragraph.
func Sentences(s string) []string {
	var all []string
	start := 0
	for _, m := range sentenceEnd.FindAllStringIndex(s, -1) {
		if next := s[m[1]:]; next != "" && m[0] > start && begins(next) && !abbreviated(s[start:m[0]+1]) {
			all = append(all, strings.TrimSpace(s[start:m[1]]))
			start = m[1]
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" {
		all = append(all, rest)
	}
	return all
}

// begins tells whether a sentence can begin so.
func begins(s string) bool {
	r := []rune(strings.TrimLeft(s, "`\"'(*_"))
	return len(r) > 0 && (unicode.IsUpper(r[0]) || unicode.IsDigit(r[0]) || r[0] == '{' || r[0] == '[')
}

func abbreviated(s string) bool {
	for _, a := range []string{"e.g.", "i.e.", "etc.", "cf.", "vs."} {
		if strings.HasSuffix(s, a) {
			return true
		}
	}
	return false
}

// Keywords returns the words of BCP 14 in a sentence, in their order.
func Keywords(s string) []string { return keyword.FindAllString(s, -1) }

// WithoutKeywords returns s with the same word in the place of each of BCP 14, in
// capitals or not.
func WithoutKeywords(s string) string { return anyKeyword.ReplaceAllString(s, "keyword") }
