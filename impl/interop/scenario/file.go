// Package scenario plays scenario files of the MLS working group's harness against
// clients that serve its gRPC interface, and compares what they arrive at.
//
// A file has scripts, a script has steps by actors. A script is played for each
// cipher suite, for handshake messages that are encrypted and that are not, and for
// many ways to have its actors played by clients.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A File is a scenario file.
type File struct {
	Name    string
	Scripts []*Script // in the file's order
}

// A Script is a sequence of steps.
type Script struct {
	Name   string
	Steps  []Step
	Actors []string // in the order in which they appear
}

// Parse reads a scenario file. The error names the file, the script and the number
// of the step, from 0. Names of fields count without regard to case and underscores,
// as the official files need it.
func Parse(name string, b []byte) (*File, error) {
	f := &File{Name: name}
	top, err := object(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	found := false
	for _, m := range top {
		switch canonical(m.key) {
		case "mode": // which combinations the official runner tries
		case "scripts":
			found = true
			if f.Scripts, err = scripts(m.value); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		default:
			return nil, fmt.Errorf("%s: there is no field %q", name, m.key)
		}
	}
	if !found {
		return nil, fmt.Errorf("%s: there are no scripts", name)
	}
	return f, nil
}

func scripts(b []byte) ([]*Script, error) {
	members, err := object(b)
	if err != nil {
		return nil, fmt.Errorf("scripts: %w", err)
	}
	var list []*Script
	for _, m := range members {
		s, err := script(m.key, m.value)
		if err != nil {
			return nil, fmt.Errorf("script %s: %w", m.key, err)
		}
		list = append(list, s)
	}
	return list, nil
}

func script(name string, b []byte) (*Script, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, errors.New("it is no list of steps")
	}
	s := &Script{Name: name, Steps: make([]Step, len(raw))}
	for i, r := range raw {
		err := s.Steps[i].parse(r)
		if err == nil {
			err = s.check(i)
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
		for _, a := range s.Steps[i].actors() {
			if !slices.Contains(s.Actors, a) {
				s.Actors = append(s.Actors, a)
			}
		}
	}
	return s, nil
}

// A member of a JSON object.
type member struct {
	key   string
	value json.RawMessage
}

// object returns the members of a JSON object, in their order. Two with one name
// are refused.
func object(b []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	var list []member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{key: t.(string)} // a decoder knows no other key
		if seen[m.key] {
			return nil, fmt.Errorf("%q is there twice", m.key)
		}
		seen[m.key] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows the JSON object")
	}
	return list, nil
}

// canonical returns a field's name as it counts.
func canonical(key string) string { return strings.ToLower(strings.ReplaceAll(key, "_", "")) }
