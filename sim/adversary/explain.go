package adversary

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mlssim/sim"
)

// A Derivation says how a secret came to be known: by a rule, from secrets with
// derivations of their own, down to what was taken.
type Derivation struct {
	Rule  sim.Rule
	From  []*Derivation // of the rule's premises, in its order; of one secret always the same
	Depth int           // length of the longest chain of rules below, 0 for what was taken
}

// Explain returns the derivation of a secret, or nil if it is not known.
func Explain(d sim.Deriver, target sim.Name) *Derivation {
	return explain(d, target, make(map[sim.Name]*Derivation))
}

// explain walks down with a stack of its own: a ratchet's chain can be as long
// as a conversation.
func explain(d sim.Deriver, target sim.Name, known map[sim.Name]*Derivation) *Derivation {
	for stack := []sim.Name{target}; len(stack) > 0; {
		name := stack[len(stack)-1]
		if known[name] != nil {
			stack = stack[:len(stack)-1]
			continue
		}
		rule, ok := d.Why(name)
		if !ok {
			return nil
		}
		e := &Derivation{Rule: rule}
		waits := len(stack)
		for _, from := range rule.From {
			if below := known[from]; below == nil {
				stack = append(stack, from)
			} else {
				e.From = append(e.From, below)
				e.Depth = max(e.Depth, below.Depth+1)
			}
		}
		if len(stack) == waits {
			known[name] = e
		}
	}
	return known[target]
}

// Taken lists what the derivation rests on, each secret once, in the order in
// which the derivation names them.
func (d *Derivation) Taken() []sim.Name {
	var taken []sim.Name
	d.walk(func(e *Derivation) {
		if e.Rule.ID == sim.RuleTaken {
			taken = append(taken, e.Rule.To)
		}
	})
	return taken
}

// Rules lists the rules of the derivation, premises before conclusions, each once.
func (d *Derivation) Rules() []sim.Rule {
	var rules []sim.Rule
	d.walk(func(e *Derivation) { rules = append(rules, e.Rule) })
	return rules
}

// walk visits each derivation below, and d last, once: premises before what
// follows, and the premise with the longest chain right before it if it was not
// visited already. Like explain it does not recurse.
func (d *Derivation) walk(visit func(*Derivation)) {
	type frame struct {
		*Derivation
		wait []*Derivation
	}
	seen := map[*Derivation]bool{d: true}
	for stack := []frame{{d, d.order()}}; len(stack) > 0; {
		f := &stack[len(stack)-1]
		if len(f.wait) == 0 {
			visit(f.Derivation)
			stack = stack[:len(stack)-1]
			continue
		}
		below := f.wait[0]
		f.wait = f.wait[1:]
		if !seen[below] {
			seen[below] = true
			stack = append(stack, frame{below, below.order()})
		}
	}
}

// order returns the premises, that with the longest chain last.
func (d *Derivation) order() []*Derivation {
	order := slices.Clone(d.From)
	slices.SortStableFunc(order, func(a, b *Derivation) int { return cmp.Compare(a.Depth, b.Depth) })
	return order
}

// Print writes the derivation as text. What was taken stands at the left, and
// what follows from a secret stands below it and further to the right:
//
//	leaf_key[4]            taken in a compromise
//	└ path_secret[9]/1     HPKE decryption of a ciphertext in the UpdatePath   RFC 9420, Section 7.6
//	  └ commit_secret[9]   DeriveSecret with "path", above the last …          Section 12.4.1
//
// Each secret has one line; premises that do not stand on the line above stand
// further up, and are named. A nil call spells names as [sim.Name.String] does.
func (d *Derivation) Print(w io.Writer, call func(sim.Name) string) error {
	if call == nil {
		call = sim.Name.String
	}
	p := printer{call: call}
	d.walk(p.line)
	_, err := w.Write(p.text())
	return err
}

// printer collects lines of three columns.
type printer struct {
	call   func(sim.Name) string
	lines  [][3]string
	last   *Derivation // on the line above
	indent int         // of the line above
	cited  bool
}

// deepest is the indentation, in steps, beyond which lines stay below each other.
const deepest = 16

func (p *printer) line(d *Derivation) {
	follows := slices.Contains(d.From, p.last)
	switch {
	case follows:
		p.indent = min(p.indent+1, deepest)
	case len(d.From) > 0:
		p.indent = 1
	default:
		p.indent = 0
	}
	name := p.call(d.Rule.To)
	if p.indent > 0 {
		name = strings.Repeat("  ", p.indent-1) + "└ " + name
	}
	row, ok := Lookup(d.Rule.ID)
	if !ok {
		row.Text = "rule " + d.Rule.ID
	}
	if others := p.others(d); others != "" {
		row.Text += ", from " + others
	}
	p.lines = append(p.lines, [3]string{name, row.Text, p.cite(row.Section)})
	p.last = d
}

// others names the premises that do not stand on the line above.
func (p *printer) others(d *Derivation) string {
	var names []string
	for _, below := range d.From {
		if below != p.last {
			names = append(names, p.call(below.Rule.To))
		}
	}
	if len(names) < len(d.From) && len(names) > 0 {
		names[0] = "this and " + names[0]
	}
	return strings.Join(names, " and ")
}

// cite names a section, and the RFC the first time.
func (p *printer) cite(section string) string {
	switch {
	case section == "":
		return ""
	case p.cited:
		return "Section " + section
	}
	p.cited = true
	return "RFC 9420, Section " + section
}

// text sets the lines in columns.
func (p *printer) text() []byte {
	var width [2]int
	for _, l := range p.lines {
		for i := range width {
			width[i] = max(width[i], utf8.RuneCountInString(l[i]))
		}
	}
	var b bytes.Buffer
	for _, l := range p.lines {
		line := fmt.Sprintf("%-*s   %-*s   %s", width[0], l[0], width[1], l[1], l[2])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.Bytes()
}
