package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
)

// TestGenerated makes every kind for every suite: what is made is right, and
// depends on the seed alone.
func TestGenerated(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			whole := wholeSuites(kind)
			b := generate(t, kind, 1, whole...)
			r, err := Verify(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failures {
				t.Error(f)
			}
			if r.Total == 0 || r.Passed != r.Total {
				t.Errorf("%d/%d", r.Passed, r.Total)
			}
			suites, _ := HasSuites(kind)
			for _, s := range whole {
				if suites && !bytes.Contains(b, fmt.Appendf(nil, `"cipher_suite": %d,`, s.ID)) {
					t.Errorf("no case of %v", s.ID)
				}
			}
			first := suite.All()[0]
			of1, again, of2 := generate(t, kind, 1, first), generate(t, kind, 1, first), generate(t, kind, 2, first)
			if !bytes.Equal(of1, again) {
				t.Error("other vectors from the same seed")
			}
			if bytes.Equal(of1, of2) {
				t.Error("the same vectors from another seed")
			}
			if !bytes.HasPrefix(b, bytes.TrimRight(of1, "\n]")) {
				t.Error("what is made for a suite depends on what is made for others")
			}
		})
	}
}

// wholeSuites returns for which suites a kind is made as a whole. Negative vectors
// are many, and slow in some suites: see TestNegativeVectorsOfAllSuites.
func wholeSuites(kind string) []*suite.Suite {
	if kind == "negative" && !*long {
		return suite.All()[:1]
	}
	return suite.All()
}

func generate(t testing.TB, kind string, seed uint64, suites ...*suite.Suite) []byte {
	t.Helper()
	b, err := Generate(kind, seed, suites...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecordedHistoriesAreVaried: what passive clients hear is of all sorts.
func TestRecordedHistoriesAreVaried(t *testing.T) {
	seen := map[string]int{}
	for _, kind := range []string{"passive-client-welcome", "passive-client-handling-commit", "passive-client-random"} {
		var cases []passiveClient
		if err := json.Unmarshal(generate(t, kind, 1, suite.All()[:4]...), &cases); err != nil {
			t.Fatal(err)
		}
		for _, v := range cases {
			seen[fmt.Sprintf("tree apart %v", v.RatchetTree != nil)]++
			for _, e := range v.Epochs {
				for _, b := range append(e.Proposals, e.Commit) {
					var m message.MLSMessage
					if err := wire.Decode(b, &m); err != nil {
						t.Fatal(err)
					}
					if m.PrivateMessage != nil {
						seen[fmt.Sprintf("private %d", m.PrivateMessage.ContentType)]++
						continue
					}
					content := m.PublicMessage.Content
					seen[fmt.Sprintf("public %d", content.ContentType)]++
					seen[fmt.Sprintf("sender %d", content.Sender.Type)]++
					if content.Proposal != nil {
						seen[content.Proposal.Type.String()]++
					}
					if content.Commit != nil {
						seen[fmt.Sprintf("path %v", content.Commit.Path != nil)]++
						for _, p := range content.Commit.Proposals {
							seen[fmt.Sprintf("in a Commit %d", p.Type)]++
							if p.Proposal != nil {
								seen["value "+p.Proposal.Type.String()]++
							}
						}
					}
				}
			}
		}
	}
	for _, what := range []string{
		"private 2", "private 3", "public 2", "public 3", "add", "update", "remove", "psk", "group_context_extensions",
		"value add", "value remove", "value psk", "value external_init", "value group_context_extensions",
		"path true", "path false", "in a Commit 1", "in a Commit 2", "sender 1", "sender 4", "tree apart true", "tree apart false",
	} {
		if seen[what] == 0 {
			t.Errorf("no %s among %v", what, seen)
		}
	}
}

// TestFormatsAreTold: none has all the fields of another.
func TestFormatsAreTold(t *testing.T) {
	for _, a := range formats {
		fields := map[string]json.RawMessage{}
		for _, name := range a.fields() {
			if name == "" {
				t.Errorf("%s has a field without a name", a.kind)
			}
			fields[name] = nil
		}
		for _, b := range formats {
			if a.kind != b.kind && has(fields, b.fields()) {
				t.Errorf("a case of %s has all fields of %s", a.kind, b.kind)
			}
		}
	}
}
