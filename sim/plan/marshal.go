package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"mlssim/sim"
)

// Marshal writes a plan as YAML with every key, so that [Load] gives the same
// plan; the steps of a script move to the lines where they now stand.
func Marshal(p *sim.Plan) []byte {
	f := file(p)
	var b strings.Builder
	for _, s := range p.Script {
		b.WriteString(s.Text + "\n")
	}
	f.Script = Script(b.String())
	return write(f, false)
}

// Template returns a plan to start from: every key with its default and what
// it means.
func Template(name string) []byte {
	f := Defaults()
	f.Name = name
	f.Description = "What this plan is to show."
	return write(f, true)
}

// write writes the keys of a plan, with or without a comment above each.
func write(f *File, comments bool) []byte {
	w := &writer{comments: comments, scripted: f.Script != ""}
	w.mapping(reflect.ValueOf(f).Elem(), 0)
	return w.Bytes()
}

type writer struct {
	bytes.Buffer
	comments bool
	scripted bool
}

func (w *writer) mapping(v reflect.Value, depth int) {
	for _, f := range fieldsOf(v.Type()) {
		key, x := keyOf(f), v.FieldByIndex(f.Index)
		if depth == 0 && !w.wanted(key) || x.Kind() == reflect.Slice && x.Len() == 0 && !w.comments {
			continue
		}
		indent := strings.Repeat("  ", depth)
		if w.comments {
			fmt.Fprintf(w, "%s# %s\n", indent, f.Tag.Get("jsonschema"))
		}
		fmt.Fprintf(w, "%s%s:", indent, key)
		w.value(x, depth)
	}
}

// wanted tells whether a key at the top belongs in this kind of plan.
func (w *writer) wanted(key string) bool {
	switch key {
	case "name", "description", "engine", "protocol", "suite", "seed":
		return true
	case "script":
		return w.scripted
	}
	return !w.scripted
}

// value writes what follows a key and its colon.
func (w *writer) value(v reflect.Value, depth int) {
	switch x := v.Interface().(type) {
	case Duration:
		fmt.Fprintf(w, " %v\n", x)
		return
	case Script:
		w.WriteString(" |\n")
		for line := range strings.Lines(string(x)) {
			w.WriteString("  " + line)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		w.WriteByte('\n')
		w.mapping(v, depth+1)
	case reflect.Slice:
		w.sequence(v, depth)
	case reflect.Float64:
		fmt.Fprintf(w, " %s\n", strconv.FormatFloat(v.Float(), 'f', -1, 64))
	case reflect.String:
		w.WriteString(" " + quoted(v.String()) + "\n")
	default:
		fmt.Fprintf(w, " %v\n", v.Interface())
	}
}

func (w *writer) sequence(v reflect.Value, depth int) {
	if v.Len() == 0 {
		w.WriteString(" []\n")
		return
	}
	w.WriteByte('\n')
	for i := range v.Len() {
		item := v.Index(i)
		if item.Kind() == reflect.String {
			fmt.Fprintf(w, "%s- %s\n", strings.Repeat("  ", depth+1), quoted(item.String()))
			continue
		}
		// The first key of an item stands behind the dash, the others below it.
		inner := &writer{}
		inner.mapping(item, depth+2)
		b := inner.Bytes()
		b[2*(depth+1)] = '-'
		w.Write(b)
	}
}

// quoted writes a string as YAML on one line.
func quoted(s string) string {
	if out, err := yaml.Marshal(s); err == nil {
		if line := strings.TrimSuffix(string(out), "\n"); !strings.Contains(line, "\n") && !strings.HasPrefix(line, "|") {
			return line
		}
	}
	return strconv.Quote(s)
}

// Resolved returns a plan as JSON with every default filled in: the canonical
// form, equal for equal plans.
func Resolved(p *sim.Plan) []byte {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil { // a plan holds only numbers, text and lists of them
		panic(err)
	}
	return append(b, '\n')
}

// ParseResolved reads what [Resolved] wrote.
func ParseResolved(b []byte) (*sim.Plan, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	p := new(sim.Plan)
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("resolved plan: %w", err)
	}
	return p, nil
}

// Hash returns the SHA-256 of [Resolved], in hexadecimal.
func Hash(p *sim.Plan) string {
	sum := sha256.Sum256(Resolved(p))
	return hex.EncodeToString(sum[:])
}
