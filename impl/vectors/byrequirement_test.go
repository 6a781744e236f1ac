package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mlssim/impl/forge"
	"mlssim/impl/suite"
	"mlssim/spec"
)

// TestByRequirement: there are two files for each vector of the catalogue, in the
// folder of its requirement, and they pass; together they are the file of all.
func TestByRequirement(t *testing.T) {
	s := suite.All()[0]
	files, err := ByRequirement(1, s)
	if err != nil {
		t.Fatal(err)
	}
	number := map[spec.ID]int{}
	var want []string
	for _, c := range forge.Catalogue() {
		if c.Bound == "" {
			number[c.Want]++
			want = append(want, fmt.Sprintf("%s/accept-%d.json", c.Want, number[c.Want]), fmt.Sprintf("%s/reject-%d.json", c.Want, number[c.Want]))
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Fatalf("%d files, want %d", len(got), len(want))
	}
	whole := generate(t, "negative", 1, s)
	for name, b := range files {
		id, kind, _ := strings.Cut(name, "/")
		var cases []negative
		if err := json.Unmarshal(b, &cases); err != nil || len(cases) != 1 {
			t.Fatalf("%s: %d cases, %v", name, len(cases), err)
		}
		rejects := strings.HasPrefix(kind, "reject")
		if string(cases[0].Requirement) != id || (cases[0].Message != nil) != rejects {
			t.Errorf("%s: %s, message %v", name, cases[0].Requirement, cases[0].Message)
		}
		if inner := bytes.TrimSuffix(bytes.TrimPrefix(b, []byte("[\n")), []byte("\n]\n")); bytes.Contains(whole, inner) != rejects {
			t.Errorf("%s: it is in the file of all: %v", name, !rejects)
		}
	}
	some := 0
	for i, name := range want {
		if i%9 > 0 {
			continue
		}
		r, err := Verify(files[name])
		if err != nil || r.Kind != "negative" || r.Passed != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		some++
	}
	if some < 50 {
		t.Errorf("only %d files are verified", some)
	}
}

// TestAcceptedIsAccepted: a case of what is accepted fails if it is refused.
func TestAcceptedIsAccepted(t *testing.T) {
	var cases []negative
	if err := json.Unmarshal(generate(t, "negative", 1, suite.All()[0]), &cases); err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(v negative) bool { return v.EntryPoint != forge.CommitReceive })[:3] // which can be read
	for i := range cases {
		cases[i].Accepted, cases[i].Message = *cases[i].Message, nil
	}
	b, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(b)
	if err != nil || r.Passed != 0 || r.Total != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}
