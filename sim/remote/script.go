package remote

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Script is a history that can be gone through again.
type Script struct {
	Suite   uint32
	Private bool // form of the handshake messages of members
	Seed    uint64
	Steps   []Step
}

// A Step is one line of a script: a verb, the names that it is about, and options.
type Step struct {
	Verb    string
	Names   []string
	Options []Option
}

// An Option is KEY=VALUE, or a KEY alone.
type Option struct{ Key, Value string }

// A form says how many names a verb has, and which options; true takes a value.
type form struct {
	names   int
	options map[string]bool
}

var (
	// What a proposal, or a Commit by value, can be about.
	contents = map[string]bool{"add": true, "remove": true, "psk": true, "epoch": true, "extensions": true}
	forms    = map[string]form{
		"create":   {1, nil},
		"psk":      {1, nil},
		"propose":  {2, with(contents, "update", false)},
		"commit":   {2, with(contents, "refs", true, "path", false, "tree", false, "lost", false, "flip", true, "again", true)},
		"external": {2, map[string]bool{"back": false, "tree": false, "via": true, "psk": true, "flip": true}},
		"send":     {2, map[string]bool{"flip": true, "aad": false}},
		"read":     {2, nil},
		"old":      {2, nil},
		"case":     {2, nil},
		"sender":   {1, nil},
		"outside":  {2, contents},
		"knock":    {2, nil},
		"branch":   {2, map[string]bool{"with": true, "path": false, "tree": false}},
		"reinit":   {2, map[string]bool{"suite": true, "founder": true, "path": false, "tree": false}},
	}
)

func with(base map[string]bool, pairs ...any) map[string]bool {
	all := map[string]bool{}
	for k, v := range base {
		all[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1].(bool)
	}
	return all
}

// all returns the values of an option, in their order.
func (s *Step) all(key string) []string {
	var values []string
	for _, o := range s.Options {
		if o.Key == key {
			values = append(values, o.Value)
		}
	}
	return values
}

// value returns the first value of an option, or "".
func (s *Step) value(key string) string {
	if all := s.all(key); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (s *Step) has(key string) bool { return len(s.all(key)) > 0 }

// listed returns what an option lists, separated by commas.
func (s *Step) listed(key string) []string {
	var all []string
	for _, v := range s.all(key) {
		all = append(all, strings.Split(v, ",")...)
	}
	return all
}

// String returns the line.
func (s Step) String() string {
	words := append([]string{s.Verb}, s.Names...)
	for _, o := range s.Options {
		if o.Value == "" {
			words = append(words, o.Key)
		} else {
			words = append(words, o.Key+"="+o.Value)
		}
	}
	return strings.Join(words, " ")
}

// header begins every script.
const header = "mlssim torture 1"

// String returns the script as a file.
func (s *Script) String() string {
	var b strings.Builder
	form := "public"
	if s.Private {
		form = "private"
	}
	fmt.Fprintf(&b, "%s\nsuite %d\nhandshake %s\nseed %d\n", header, s.Suite, form, s.Seed)
	for _, step := range s.Steps {
		fmt.Fprintln(&b, step)
	}
	return b.String()
}

// Parse reads a script. Empty lines, and lines that begin with #, say nothing. The
// error names the line.
func Parse(text string) (*Script, error) {
	s := &Script{}
	seen := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if !seen {
			if line != header {
				return nil, fmt.Errorf("line %d: a script begins with %q", i+1, header)
			}
			seen = true
			continue
		}
		if err := s.parse(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	switch {
	case !seen:
		return nil, fmt.Errorf("line 1: a script begins with %q", header)
	case s.Suite == 0:
		return nil, fmt.Errorf("no line says which suite")
	}
	return s, nil
}

// parse reads one line that is not empty.
func (s *Script) parse(words []string) (err error) {
	verb, rest := words[0], words[1:]
	if settings := []string{"suite", "handshake", "seed"}; slices.Contains(settings, verb) {
		if len(rest) != 1 {
			return fmt.Errorf("%s wants one value", verb)
		}
		return s.set(verb, rest[0])
	}
	f, ok := forms[verb]
	if !ok {
		return fmt.Errorf("there is no step %q", verb)
	}
	if len(rest) < f.names {
		return fmt.Errorf("%s wants %d names", verb, f.names)
	}
	step := Step{Verb: verb, Names: rest[:f.names:f.names]}
	for _, word := range rest[f.names:] {
		key, value, has := strings.Cut(word, "=")
		if wants, ok := f.options[key]; !ok || wants != has || has && value == "" {
			return fmt.Errorf("%s does not take %q", verb, word)
		}
		step.Options = append(step.Options, Option{key, value})
	}
	s.Steps = append(s.Steps, step)
	return nil
}

func (s *Script) set(key, value string) error {
	if key == "handshake" {
		s.Private = value == "private"
		if value != "private" && value != "public" {
			return fmt.Errorf("handshake is public or private, not %q", value)
		}
		return nil
	}
	bits := 64
	if key == "suite" {
		bits = 16
	}
	n, err := strconv.ParseUint(value, 10, bits)
	if err != nil || n == 0 && key == "suite" {
		return fmt.Errorf("no %s %q", key, value)
	}
	if key == "suite" {
		s.Suite = uint32(n)
	} else {
		s.Seed = n
	}
	return nil
}

// newcomer splits NAME@LETTER.
func newcomer(word string) (name, letter string) {
	name, letter, _ = strings.Cut(word, "@")
	return name, letter
}
