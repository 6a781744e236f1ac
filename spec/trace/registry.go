// Package trace ties the text of RFC 9420 to the code: it reads the registry of
// requirements and what was observed of them.
package trace

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"mlssim/spec"
)

// A Requirement is one entry of the registry: our paraphrase of something that
// the RFC asks for, and where it asks for it.
type Requirement struct {
	ID       spec.ID  `yaml:"id"`       // never a section number, never reused
	Section  string   `yaml:"section"`  // where to read
	Units    []string `yaml:"units"`    // units of the text; empty until scanned
	Text     string   `yaml:"text"`     // at most 100 characters, never the RFC's own
	Role     string   `yaml:"role"`     // one of roles
	Kind     string   `yaml:"kind"`     // one of kinds
	Level    string   `yaml:"level"`    // one of levels
	Contexts []string `yaml:"contexts"` // entry points at which it is to be decided
}

var (
	roles  = []string{"sender", "receiver", "both", "ds", "as", "app", "future-spec", "iana"}
	kinds  = []string{"check", "produce", "derive", "encode", "ignore", "order", "option", "deletion"}
	levels = []string{"MUST", "SHOULD", "MAY", "IMPLIED", "FORMAT", "DERIVE"}
)

// Load reads every *.yaml file at the top of dir, strictly, and returns the
// requirements in the order of their ids. The error names file, line and column.
func Load(dir fs.FS) ([]Requirement, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Requirement
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		var some []Requirement
		if err := yaml.UnmarshalWithOptions(b, &some, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		for _, r := range some {
			if err := r.lint(); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, r.ID, err)
			}
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Requirement) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(all); i++ {
		if all[i].ID == all[i-1].ID {
			return nil, fmt.Errorf("%s: two requirements of this id", all[i].ID)
		}
	}
	return all, nil
}

func (r *Requirement) lint() error {
	switch {
	case r.ID == "" || strings.ToLower(string(r.ID)) != string(r.ID):
		return fmt.Errorf("id is not a lower-case slug")
	case r.Section == "":
		return fmt.Errorf("no section")
	case r.Text == "" || len(r.Text) > 100:
		return fmt.Errorf("text of %d characters, want 1 to 100", len(r.Text))
	case !slices.Contains(roles, r.Role):
		return fmt.Errorf("role %q is none of %v", r.Role, roles)
	case !slices.Contains(kinds, r.Kind):
		return fmt.Errorf("kind %q is none of %v", r.Kind, kinds)
	case !slices.Contains(levels, r.Level):
		return fmt.Errorf("level %q is none of %v", r.Level, levels)
	case len(r.Contexts) == 0:
		return fmt.Errorf("no context")
	}
	return nil
}

// initialisms are the words that Go spells in capitals.
var initialisms = map[string]string{"psk": "PSK", "psks": "PSKs", "as": "AS", "id": "ID"}

// ConstName returns the name of the Go constant of an id: "leaf.lifetime.now"
// gives LeafLifetimeNow.
func ConstName(id spec.ID) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(string(id), func(r rune) bool { return r == '.' || r == '_' }) {
		if upper, ok := initialisms[word]; ok {
			word = upper
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
