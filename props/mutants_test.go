package props

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	goyaml "github.com/goccy/go-yaml"

	"mlssim/sim/adversary"
	"mlssim/spec"
	"mlssim/spec/trace"
)

// A mutant is a fault that can be switched on, as props/mutants.yaml lists them.
type mutant struct {
	Name  string `yaml:"name"`
	Kind  string `yaml:"kind"` // rule, behaviour, deletion, check
	What  string `yaml:"what"`
	File  string `yaml:"file"` // of a check: impl or model
	Edits []edit `yaml:"edits"`
}

type edit struct {
	File string `yaml:"file"` // "": that of the mutant
	Old  string `yaml:"old"`
	New  string `yaml:"new"`
}

const mutantList = "mutants.yaml"

func mutants(t *testing.T) []mutant {
	t.Helper()
	data, err := os.ReadFile(mutantList)
	if err != nil {
		t.Fatal(err)
	}
	var list []mutant
	if err := goyaml.NewDecoder(bytes.NewReader(data), goyaml.DisallowUnknownField()).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// mutated returns the sources that differ, by path from the module's root.
func mutated(t *testing.T, list []mutant) map[string]string {
	t.Helper()
	edits := map[string][]edit{}
	for file, hook := range hooks {
		edits[file] = append(edits[file], hook...)
	}
	for _, m := range list {
		for _, e := range m.Edits {
			e.New = strings.ReplaceAll(e.New, "ON", fmt.Sprintf("mutant.On(%q)", m.Name))
			file := cmp.Or(e.File, m.File)
			edits[file] = append(edits[file], e)
		}
	}
	sources := maps.Clone(added)
	for file, all := range edits {
		data, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, e := range all {
			if n := strings.Count(text, e.Old); n != 1 {
				t.Errorf("%s has this %d times, want once; props/mutants.yaml (or hooks) is to follow the source:\n%s", file, n, e.Old)
				continue
			}
			text = strings.Replace(text, e.Old, e.New, 1)
		}
		if !strings.Contains(text, "mutant.") {
			sources[file] = text
			continue
		}
		clause := text[strings.Index("\n"+text, "\npackage "):]
		clause = clause[:strings.Index(clause, "\n")+1]
		sources[file] = strings.Replace(text, clause, clause+"\nimport \"mlssim/spec/mutant\"\n", 1)
	}
	return sources
}

// overlay writes the mutated sources to a folder and returns the file that
// go build -overlay takes.
func overlay(t *testing.T, dir string, sources map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for path, text := range sources {
		at := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(path))] = at
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMutantList holds the list to what it has to cover: each rule of the closure,
// each row of the deletion schedule, each kind of check; and to the sources, in
// which every fragment has to be found.
func TestMutantList(t *testing.T) {
	list := mutants(t)
	names := map[string]bool{}
	kinds := map[string]int{}
	for _, m := range list {
		if names[m.Name] || m.What == "" || m.File == "" {
			t.Errorf("%q: twice, or incomplete", m.Name)
		}
		names[m.Name] = true
		kinds[m.Kind]++
	}
	if len(list) < 120 {
		t.Errorf("%d mutants", len(list))
	}
	for _, kind := range []string{"rule", "behaviour", "deletion", "check"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	for _, r := range adversary.Table {
		if passive[r.ID] && !names["rule:"+r.ID] {
			t.Errorf("rule %s is never left out", r.ID)
		}
	}
	for _, kind := range []string{"init_secret", "leaf_key", "node_key", "path_secret", "commit_secret", "joiner_secret", "member_secret",
		"epoch_secret", "encryption_secret", "tree_secret", "application_ratchet", "application_key", "init_key"} {
		if !names["keep:"+kind] {
			t.Errorf("%s is deleted by every mutant", kind)
		}
	}
	requirements, err := trace.Load(os.DirFS("../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[spec.ID]bool{}
	for _, r := range requirements {
		known[r.ID] = true
	}
	areas := map[string]bool{}
	for _, m := range list {
		if m.Kind == "check" {
			_, id, _ := strings.Cut(strings.TrimPrefix(m.Name, "check:"), ":")
			if !known[spec.ID(id)] {
				t.Errorf("%s: no such requirement", m.Name)
			}
			area, _, _ := strings.Cut(id, ".")
			areas[area] = true
		}
	}
	for _, area := range []string{"commit", "content", "credential", "external", "framing", "gce", "key_package", "leaf", "list",
		"parent", "path", "private", "proposal", "psk", "public", "ratchet", "reinit", "remove", "tree", "welcome", "wire"} {
		if !areas[area] {
			t.Errorf("no check on %s is left out", area)
		}
	}
	if mutated(t, list); t.Failed() {
		t.Log("a fragment that the source no longer has is to be looked for anew")
	}
}

// passive are the rules that are about deriving, and not about forging.
var passive = map[string]bool{"T1": true, "T2": true, "T3": true, "T4": true, "K1": true, "K2": true, "K3": true, "K4": true, "K10": true,
	"W1": true, "W2": true, "M2": true, "M3": true, "M4": true}
