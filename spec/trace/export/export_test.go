package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

var rewrite = flag.Bool("update", false, "write docs/spec.schema.json instead of comparing it")

const published = "../../../docs/spec.schema.json"

func book(t *testing.T) *dossier.Book {
	t.Helper()
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	m, err := links.Find(os.DirFS("../../.."), c.Requirements)
	if err != nil {
		t.Fatal(err)
	}
	b := dossier.New(c, m, []dossier.Case{{Requirement: "leaf.signature", Section: "7.3", Name: "of another"}})
	b.Of("leaf.signature").Proofs = []dossier.Proof{{Side: "impl", Context: "commit.receive", Grade: "G4", Target: "G5", Accept: []string{"a"}, Reject: []string{}, Properties: []string{}}}
	return b
}

func encoded(t *testing.T, s *Spec) []byte {
	t.Helper()
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func schema(t *testing.T, b []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("spec.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("spec.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemaIsPublished: docs/spec.schema.json is what the types give.
func TestSchemaIsPublished(t *testing.T) {
	if *rewrite {
		if err := os.WriteFile(published, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, Schema()) {
		t.Errorf("%s: go test ./spec/trace/export -run TestSchemaIsPublished -update", published)
	}
}

// TestSpecFitsTheSchema, and what is not like it does not.
func TestSpecFitsTheSchema(t *testing.T) {
	s := schema(t, Schema())
	validate := func(b []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
	book := book(t)
	for _, stamp := range []*Stamp{nil, {Tree: "t", Go: "g", Tags: []string{}}} {
		if err := validate(encoded(t, Of(book, stamp))); err != nil {
			t.Error(err)
		}
	}
	good := encoded(t, Of(book, nil))
	for what, change := range map[string][2]string{
		"another format":     {`"format": 1`, `"format": 2`},
		"a list that is not": {`"keywords": []`, `"keywords": null`},
		"another field":      {`"rfc": 9420`, `"rfc": 9420, "more": 1`},
		"a missing field":    {`"rfc": 9420,`, ``},
		"a number for words": {`"level": "MUST"`, `"level": 1`},
	} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s: nothing to change", what)
		}
		if validate(bad) == nil {
			t.Errorf("%s: the schema has nothing against it", what)
		}
	}
}

// TestSpecIsComplete: what the registry has is there, under the same ids, and the same
// input gives the same bytes.
func TestSpecIsComplete(t *testing.T) {
	b := book(t)
	first := encoded(t, Of(b, nil))
	if !bytes.Equal(first, encoded(t, Of(b, nil))) {
		t.Error("other bytes the second time")
	}
	var got Spec
	if err := json.Unmarshal(first, &got); err != nil {
		t.Fatal(err)
	}
	c := b.Catalog
	if len(got.Units) != len(c.Units) || len(got.Dispositions) != len(c.Dispositions) || len(got.Ambiguities) != len(c.Ambiguities) || !slices.Equal(got.Sections, c.Texts.Sections) {
		t.Error("something of the catalog is missing")
	}
	for i, r := range got.Requirements {
		want := b.All[i]
		if r.ID != want.ID || r.Text != want.Text || len(r.Sites) != len(want.Sites) || len(r.Cases) != len(want.Cases) || len(r.Proofs) != len(want.Proofs) || len(r.Units) != len(want.Units) {
			t.Errorf("%s is %+v", want.ID, r)
		}
	}
	for i, u := range got.Units {
		if u.Unit != c.Units[i].Unit || u.Fold != c.Units[i].Fold || u.Paragraph != c.Units[i].ID {
			t.Errorf("%s is %+v", c.Units[i].Unit, u)
		}
	}
}

// TestSpecHasNoWordsOfTheRFC.
func TestSpecHasNoWordsOfTheRFC(t *testing.T) {
	doc, err := text.Read(rfctest.Read(t, "rfc9420.md"))
	if err != nil {
		t.Fatal(err)
	}
	if run := trace.NewRuns(doc, 8).In(string(encoded(t, Of(book(t), nil)))); run != "" {
		t.Errorf("it has %q", run)
	}
}
