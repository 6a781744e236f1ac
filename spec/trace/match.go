package trace

import (
	"cmp"
	"slices"

	"mlssim/spec/trace/text"
)

// A Change is what became of a unit from one text to another.
type Change struct {
	What string // one of Same, Moved, Edited, Level, Gone, New
	Old  *Unit  // nil if it is new
	New  *Unit  // nil if it is gone
}

// What becomes of a unit.
const (
	Same   = "same"
	Moved  = "moved"  // same words, other section
	Edited = "edited" // other words, same keywords
	Level  = "level"  // other keywords, or no longer or newly one that has any
	Gone   = "gone"
	New    = "new"
)

// maxDistance is how many of the 64 bits of two sketches may differ for one text to
// be taken for an edition of the other. Between drafts of RFC 9420 and the RFC, 21
// finds each edited sentence again.
const maxDistance = 21

// maxLevelDistance is the same for a sentence of another section and other keywords:
// keywords have no part in the sketch, so that little else may differ.
const maxLevelDistance = 10

// Match returns what became of each unit of one text in another, in the order of the
// old text, and then what is new. Nothing is taken for the same on a guess: what is
// only similar is called edited, or a change of level.
func Match(old, new []Unit) []Change {
	m := matcher{old: old, new: new, to: make([]int, len(old)), from: make([]int, len(new)), what: make([]string, len(old))}
	for i := range m.to {
		m.to[i] = -1
	}
	for i := range m.from {
		m.from[i] = -1
	}
	m.equal(true)
	m.equal(false)
	m.similar()
	var all []Change
	for i := range old {
		if m.to[i] < 0 {
			all = append(all, Change{Gone, &old[i], nil})
			continue
		}
		all = append(all, Change{m.what[i], &old[i], &new[m.to[i]]})
	}
	for i := range new {
		if m.from[i] < 0 {
			all = append(all, Change{New, nil, &new[i]})
		}
	}
	return all
}

// A matcher pairs units.
type matcher struct {
	old, new []Unit
	to, from []int    // the partner of each old and new unit, or -1
	what     []string // became of each old unit
}

func (m *matcher) pair(i, j int, what string) { m.to[i], m.from[j], m.what[i] = j, i, what }

// equal pairs units of the same words and keywords, in the same section or wherever
// they are, in their order.
func (m *matcher) equal(here bool) {
	type key struct{ kind, fold, section string }
	at := func(u *Unit) key {
		k := key{kind: u.Kind, fold: u.Fold}
		if here {
			k.section = u.Section
		}
		return k
	}
	waiting := map[key][]int{}
	for j := range m.new {
		if m.from[j] < 0 {
			k := at(&m.new[j])
			waiting[k] = append(waiting[k], j)
		}
	}
	what := Moved
	if here {
		what = Same
	}
	for i := range m.old {
		if m.to[i] >= 0 {
			continue
		}
		k := at(&m.old[i])
		for n, j := range waiting[k] {
			if slices.Equal(m.old[i].Keywords, m.new[j].Keywords) {
				m.pair(i, j, what)
				waiting[k] = slices.Delete(waiting[k], n, n+1)
				break
			}
		}
	}
}

// similar pairs what is left by the distance of sketches, nearest first; of code also
// by its name. Texts that have no unit in common are not editions of one another.
func (m *matcher) similar() {
	if !slices.ContainsFunc(m.to, func(j int) bool { return j >= 0 }) {
		return
	}
	type candidate struct{ i, j, distance int }
	var all []candidate
	for i := range m.old {
		for j := range m.new {
			if m.to[i] < 0 && m.from[j] < 0 {
				if d := distance(&m.old[i], &m.new[j]); d <= maxDistance {
					all = append(all, candidate{i, j, d})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, c := range all {
		if m.to[c.i] >= 0 || m.from[c.j] >= 0 {
			continue
		}
		what := Edited
		if !slices.Equal(m.old[c.i].Keywords, m.new[c.j].Keywords) {
			what = Level
		}
		m.pair(c.i, c.j, what)
	}
}

// distance returns how far a unit is from another of which it may be an edition: more
// than maxDistance if it cannot be one.
func distance(a, b *Unit) int {
	if isProse(a) != isProse(b) || !isProse(a) && a.Kind != b.Kind {
		return maxDistance + 1
	}
	if !isProse(a) && (a.Name != b.Name || a.Section != b.Section) && a.Kind != "call" {
		return maxDistance + 1
	}
	d := text.Distance(a.Sketch, b.Sketch)
	if a.Section != b.Section && !slices.Equal(a.Keywords, b.Keywords) && d > maxLevelDistance {
		return maxDistance + 1
	}
	if !isProse(a) && a.Name != "" && a.Name == b.Name {
		return min(d, maxDistance)
	}
	if short, long := min(a.Tokens, b.Tokens), max(a.Tokens, b.Tokens); short < 4 || long > 2*short {
		return maxDistance + 1 // too short for a sketch to say anything, or too different
	}
	return d
}

func isProse(u *Unit) bool { return u.Kind == "statement" || u.Kind == "step" || u.Kind == "item" }
