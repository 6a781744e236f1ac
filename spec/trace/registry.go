// Package trace ties the text of RFC 9420 to the code: it reads the registry of
// requirements and what was observed of them.
package trace

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"mlssim/spec"
)

// A Requirement is one entry of the registry: our paraphrase of something that
// the RFC asks for, and where it asks for it.
type Requirement struct {
	ID       spec.ID  `yaml:"id"`       // never a section number, never reused
	Section  string   `yaml:"section"`  // where to read
	Units    Units    `yaml:"units"`    // of the text; empty if it rests on none by itself
	Text     string   `yaml:"text"`     // at most 100 characters, never the RFC's own
	Role     string   `yaml:"role"`     // one of roles
	Kind     string   `yaml:"kind"`     // one of kinds
	Level    string   `yaml:"level"`    // one of Levels
	Contexts []string `yaml:"contexts"` // entry points at which it is to be decided
	Errata   []int    `yaml:"errata"`   // numbers of errata that touch its units
}

// Units are names of units. In YAML a range such as u0009-u0012 stands for each
// unit in it.
type Units []string

// UnmarshalYAML reads a list of units and ranges.
func (u *Units) UnmarshalYAML(unmarshal func(any) error) error {
	var list []string
	if err := unmarshal(&list); err != nil {
		return err
	}
	*u = nil
	for _, s := range list {
		first, last, isRange := strings.Cut(s, "-")
		a, errA := unitNumber(first)
		b, errB := a, error(nil)
		if isRange {
			b, errB = unitNumber(last)
		}
		if err := cmp.Or(errA, errB); err != nil {
			return err
		}
		if isRange && b <= a {
			return fmt.Errorf("%s is no range", s)
		}
		for i := a; i <= b; i++ {
			*u = append(*u, unitName(i-1))
		}
	}
	return nil
}

// unitNumber returns 7 for "u0007".
func unitNumber(name string) (int, error) {
	digits, ok := strings.CutPrefix(name, "u")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || len(digits) != 4 || n < 1 {
		return 0, fmt.Errorf("%q is no unit", name)
	}
	return n, nil
}

// Levels are what a requirement may bind with: a keyword of BCP 14, a step or item of a
// list, a structure, an equation.
var Levels = []string{"MUST", "SHOULD", "MAY", "IMPLIED", "FORMAT", "DERIVE"}

var (
	roles = []string{"sender", "receiver", "both", "ds", "as", "app", "future-spec", "iana"}
	kinds = []string{"check", "produce", "derive", "encode", "ignore", "order", "option", "time", "deletion", "policy"}

	// entryPoints are where something is to be decided: the last ones lie outside of
	// the protocol's steps.
	entryPoints = []string{
		"encode", "decode", "key_package.send", "key_package.receive", "group.create", "group.reinit", "group.branch",
		"proposal.send", "proposal.receive", "commit.send", "commit.receive", "public.receive", "welcome.join", "external.join",
		"message.send", "message.receive", "application.send", "export", "state.store",
		"message.parse", "group_info.make", "public.follow",
		"app", "as", "ds", "future",
	}
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
	case !slices.Contains(Levels, r.Level):
		return fmt.Errorf("level %q is none of %v", r.Level, Levels)
	case len(r.Contexts) == 0:
		return fmt.Errorf("no context")
	}
	for _, c := range r.Contexts {
		if !slices.Contains(entryPoints, c) {
			return fmt.Errorf("context %q is none of %v", c, entryPoints)
		}
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
