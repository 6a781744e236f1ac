package vectors

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mlssim/impl/forge"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestNegativeVectorsOfAllSuites makes some cases for each suite, others for each.
func TestNegativeVectorsOfAllSuites(t *testing.T) {
	const share = 30
	for i, s := range suite.All()[1:] {
		t.Run(s.ID.String(), func(t *testing.T) {
			t.Parallel()
			r := newSource(1, "negative", s)
			base, err := forge.Settle(r, s)
			if err != nil {
				t.Fatal(err)
			}
			var some []vector
			for j, c := range forge.Catalogue() {
				if c.Bound != "" || j%share != i {
					continue
				}
				v, err := refusal(r.sub(c.Section, c.Name), base, &c)
				if err != nil {
					t.Fatalf("%s, %s: %v", c.Section, c.Name, err)
				}
				some = append(some, v)
			}
			b, err := json.Marshal(some)
			if err != nil {
				t.Fatal(err)
			}
			report, err := Verify(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Failures {
				t.Errorf("%s: %v", some[f.Case].(*negative).Comment, f)
			}
			if report.Kind != "negative" || report.Passed < len(forge.Catalogue())/(2*share) {
				t.Errorf("%s: %d cases", report.Kind, report.Passed)
			}
		})
	}
}

// TestChangedNegativesFail changes one value in every case, and every case fails. A
// message that is refused may be changed and still be refused, so that it changes
// places with the one that is accepted. What the comment says does not matter.
func TestChangedNegativesFail(t *testing.T) {
	b := generate(t, "negative", 1, suite.All()[0])
	rounds := 1
	if *long {
		rounds = 16
	}
	for round := range rounds {
		r := named(fmt.Sprint("negative", round))
		var cases []any
		if err := json.Unmarshal(b, &cases); err != nil {
			t.Fatal(err)
		}
		what := make([]string, len(cases))
		for i, v := range cases {
			what[i] = changeNegative(t, r, v.(map[string]any))
		}
		changed, err := json.Marshal(cases)
		if err != nil {
			t.Fatal(err)
		}
		report, err := Verify(changed)
		if err != nil {
			t.Fatal(err)
		}
		failed := map[int]bool{}
		for _, f := range report.Failures {
			failed[f.Case] = true
		}
		for i, how := range what {
			if !failed[i] {
				t.Errorf("case %d, %v, passes with another %s", i, cases[i].(map[string]any)["comment"], how)
			}
		}
	}
}

// changeNegative changes a value of a case, and says which.
func changeNegative(t *testing.T, r *source, v map[string]any) string {
	t.Helper()
	values := map[string]any{}
	collect(values, "", v)
	delete(values, "comment")
	delete(values, "cipher_suite") // no number for collect: JSON numbers are floats here
	path := slices.Sorted(maps.Keys(values))[r.IntN(len(values))]
	switch path {
	case "message", "accepted":
		v["message"], v["accepted"] = v["accepted"], v["message"]
	case "requirement": // in all that is said of it
		other := req.FramingGroup
		if v["requirement"] == string(other) {
			other = req.FramingEpoch
		}
		about, _ := req.Of(other)
		v["requirement"], v["section"], v["rule"] = string(other), about.Section, about.Text
	case "section", "rule", "entry_point":
		replace(v, []string{path}, values[path].(string)+"s")
	default:
		m := mutation{source: r, kind: "negative", suite: suite.All()[0], path: path}
		replace(v, strings.Split(path, "."), m.alter(values[path]))
	}
	return path
}

// ownDoing is the reason for which most of what is no vector is none: it is given
// for a requirement only if there is no other.
const ownDoing = "it is something that the client does itself"

// TestNegativeCoverage compares what docs/vectors.md says of the negative vectors
// with what there is.
func TestNegativeCoverage(t *testing.T) {
	page, err := os.ReadFile("../../docs/vectors.md")
	if err != nil {
		t.Fatal(err)
	}
	decided, err := os.ReadFile("../../docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	cases, covered, bound := 0, map[spec.ID]bool{}, map[spec.ID]string{}
	for _, c := range forge.Catalogue() {
		if c.Bound == "" {
			cases++
			covered[c.Want] = true
		} else if bound[c.Want] == "" || c.Bound != ownDoing {
			bound[c.Want] = c.Bound
		}
	}
	var missing []string
	checks := 0
	for line := range strings.Lines(string(decided)) {
		cells := strings.Split(line, " | ")
		if len(cells) < 5 || strings.HasPrefix(line, "| requirement") {
			continue
		}
		checks++
		id := spec.ID(strings.TrimPrefix(cells[0], "| "))
		if covered[id] {
			continue
		}
		why := bound[id]
		if why == "" {
			why = "no input of the catalogue"
		}
		missing = append(missing, fmt.Sprintf("| %s | %s |", id, why))
	}
	want := fmt.Sprintf("%d cases for each suite, which cite %d of the %d requirements", cases, len(covered), checks)
	if !strings.Contains(string(page), want) {
		t.Errorf("docs/vectors.md does not say: %s", want)
	}
	for _, line := range missing {
		if !strings.Contains(string(page), line) {
			t.Errorf("docs/vectors.md has no row for what is not covered: %s", line)
		}
	}
	if listed := strings.Count(string(page), "\n| ") - strings.Count(beforeCoverage(page), "\n| ") - 1; listed != len(missing) || checks != len(covered)+len(missing) {
		t.Errorf("%d requirements, %d covered, %d missing, %d of them in docs/vectors.md", checks, len(covered), len(missing), listed)
	}
}

// beforeCoverage returns what stands before the table of what is not covered, which
// ends the page.
func beforeCoverage(page []byte) string {
	before, _, _ := strings.Cut(string(page), "| not covered |")
	return before
}
