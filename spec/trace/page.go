package trace

import (
	"bytes"
	"fmt"
	"strings"
)

// Page returns docs/ambiguities.md: a row for each ambiguity, in the order of the file.
func Page(all []Ambiguity) []byte {
	var b bytes.Buffer
	b.WriteString(`# Where RFC 9420 leaves a choice

Places where two readings of RFC 9420 are possible, or where the text is at odds
with itself: what follows from the other reading, what model and implementation do,
why, what can be set otherwise, and the tests that run it (a part in brackets is a case of
theirs). Made from spec/ambiguities.yaml by
"go test ./spec/trace -run TestPageIsMade -update".

| section | in question | otherwise | reading taken | why | option | runs |
|---|---|---|---|---|---|---|
`)
	for _, a := range all {
		var runs []string
		for _, r := range a.Runs {
			pkg, test, inner := SplitRun(r)
			s := fmt.Sprintf("`%s` %s", pkg, test)
			if inner != "" {
				s += " (" + inner + ")"
			}
			runs = append(runs, s)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", strings.Join(a.Sections, ", "),
			a.Question, a.Effect, a.Reading, a.Why, a.Option, strings.Join(runs, "; "))
	}
	b.WriteString(`
When credentials stand for the same client the application decides, by the
` + "`Successor` of its `AuthenticationService`" + `; without one they have to be equal.
`)
	return b.Bytes()
}

// SplitRun splits "impl/forge.TestRefusals/a PSK" into package, test and case; the
// case may be missing.
func SplitRun(s string) (pkg, test, inner string) {
	pkg, test, _ = strings.Cut(s, ".")
	test, inner, _ = strings.Cut(test, "/")
	return pkg, test, inner
}
