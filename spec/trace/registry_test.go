package trace

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mlssim/spec"
)

func load(t *testing.T) []Requirement {
	t.Helper()
	reqs, err := Load(os.DirFS("../registry"))
	if err != nil {
		t.Fatal(err)
	}
	if len(reqs) == 0 {
		t.Fatal("the registry is empty")
	}
	return reqs
}

// TestIDsAreGenerated compares the constants that are committed with those that
// the registry gives now.
func TestIDsAreGenerated(t *testing.T) {
	want, err := IDs(load(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../req/ids_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("spec/req/ids_gen.go is not what the registry gives: run go generate ./spec/req")
	}
}

// TestConstantsAreDistinct: two ids may differ and yet give one name in Go.
func TestConstantsAreDistinct(t *testing.T) {
	ids := map[string]string{}
	for _, r := range load(t) {
		name := ConstName(r.ID)
		if other, ok := ids[name]; ok {
			t.Errorf("%s and %s are both %s", other, r.ID, name)
		}
		ids[name] = string(r.ID)
	}
}

var sectionForm = regexp.MustCompile(`^([1-9]\d*|[A-Z])(\.[1-9]\d*)*$`)

func TestSectionsHaveTheirForm(t *testing.T) {
	for _, r := range load(t) {
		if !sectionForm.MatchString(r.Section) {
			t.Errorf("%s: section %q", r.ID, r.Section)
		}
	}
}

func TestConstName(t *testing.T) {
	for id, want := range map[spec.ID]string{
		"leaf.lifetime.now": "LeafLifetimeNow",
		"psk.id_type":       "PSKIDType",
		"credential.as":     "CredentialAS",
	} {
		if got := ConstName(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

const good = `- id: leaf.lifetime.now
  section: "7.3"
  units: []
  text: "The lifetime contains the present."
  role: receiver
  kind: check
  level: MUST
  contexts: [commit.receive]
`

// TestLintRefuses changes one line of a good entry and asks for an error that
// says where and what.
func TestLintRefuses(t *testing.T) {
	if _, err := Load(fstest.MapFS{"07.yaml": {Data: []byte(good)}}); err != nil {
		t.Fatalf("the good entry: %v", err)
	}
	for _, c := range []struct {
		name, from, to string
		want           []string // parts of the error
	}{
		{"role", "role: receiver", "role: listener", []string{"07.yaml", "leaf.lifetime.now", `"listener"`}},
		{"kind", "kind: check", "kind: test", []string{"07.yaml", "leaf.lifetime.now", `"test"`}},
		{"level", "level: MUST", "level: must", []string{"07.yaml", "leaf.lifetime.now", `"must"`}},
		{"upper case", "leaf.lifetime.now", "leaf.Lifetime", []string{"07.yaml", "leaf.Lifetime", "slug"}},
		{"no id", "leaf.lifetime.now", `""`, []string{"07.yaml", "slug"}},
		{"no section", `section: "7.3"`, `section: ""`, []string{"07.yaml", "leaf.lifetime.now", "section"}},
		{"no text", "The lifetime contains the present.", "", []string{"07.yaml", "leaf.lifetime.now", "text"}},
		{"long text", "present.", strings.Repeat("present. ", 12), []string{"07.yaml", "leaf.lifetime.now", "characters"}},
		{"no context", "[commit.receive]", "[]", []string{"07.yaml", "leaf.lifetime.now", "context"}},
		{"unknown context", "[commit.receive]", "[commit.recieve]", []string{"07.yaml", "leaf.lifetime.now", `"commit.recieve"`}},
		{"errata are numbers", "units: []", "units: []\n  errata: [one]", []string{"07.yaml", "[4:"}},
		{"unknown key", "units: []", "unit: []", []string{"07.yaml", "[3:", `"unit"`}},
		{"wrong type", "units: []", "units: 7", []string{"07.yaml", "[3:"}},
		{"not YAML", "units: []", "units: [", []string{"07.yaml", "["}},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		if bad == good {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		_, err := Load(fstest.MapFS{"07.yaml": {Data: []byte(bad)}})
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not say %s: %v", c.name, part, err)
			}
		}
	}
}

// TestDuplicateIDs stand in one file or in two.
func TestDuplicateIDs(t *testing.T) {
	for name, dir := range map[string]fstest.MapFS{
		"one file":  {"07.yaml": {Data: []byte(good + good)}},
		"two files": {"07.yaml": {Data: []byte(good)}, "12.yaml": {Data: []byte(good)}},
	} {
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "leaf.lifetime.now") {
			t.Errorf("%s: error %v, want one that names the id", name, err)
		}
	}
}

// TestLoadSorts: the order of files and entries does not matter.
func TestLoadSorts(t *testing.T) {
	other := strings.Replace(good, "leaf.lifetime.now", "add.key_package", 1)
	reqs, err := Load(fstest.MapFS{"07.yaml": {Data: []byte(good + other)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(reqs) != 2 || reqs[0].ID != "add.key_package" || reqs[1].ID != "leaf.lifetime.now" {
		t.Errorf("%v", reqs)
	}
}

// TestEntryPointsOfTheCode: the names of entry points in the code are those of the
// registry, and each that the registry names lies in the implementation, but for
// what is outside of the protocol's steps.
func TestEntryPointsOfTheCode(t *testing.T) {
	outside := []string{"app", "as", "ds", "future"}
	for _, side := range []string{"impl", "model"} {
		in := map[string]bool{}
		err := filepath.WalkDir("../../"+side, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`spec\.(?:Enter|At)\([^"]*"([^"]*)"`).FindAllStringSubmatch(string(b), -1) {
				in[m[1]] = true
				if !slices.Contains(entryPoints, m[1]) || slices.Contains(outside, m[1]) {
					t.Errorf("%s: the registry has no entry point %q", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entryPoints {
			if side == "impl" && !in[e] && !slices.Contains(outside, e) {
				t.Errorf("nothing in %s is %s", side, e)
			}
		}
	}
}
