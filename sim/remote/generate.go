package remote

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// A generator draws what happens next, from what there is.
type generator struct {
	*rand.Rand
	letters []string // of the clients under test
	suites  []uint32
	named   int // labels and names so far
	members int // at most
}

func (g *generator) fresh(prefix string) string {
	g.named++
	return fmt.Sprint(prefix, g.named)
}

func (g *generator) often(percent int) bool { return g.IntN(100) < percent }

// somewhere returns NAME@LETTER of somebody new.
func (g *generator) somewhere() string {
	letter := Own
	if g.often(60) {
		letter = g.letters[g.IntN(len(g.letters))]
	}
	return g.fresh("m") + "@" + letter
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// first returns the steps that every history begins with: a group of some members,
// one of them ours, who is never removed.
func (g *generator) first() []Step {
	steps := []Step{{Verb: "create", Names: []string{"ann@" + Own}}}
	s := Step{Verb: "commit", Names: []string{g.fresh("c"), "ann"}, Options: []Option{{"add", g.fresh("m") + "@" + pick(g, g.letters)}}}
	for range g.IntN(3) {
		s.Options = append(s.Options, Option{"add", g.somewhere()})
	}
	if g.often(50) {
		s.Options = append(s.Options, Option{Key: "path"})
	}
	if g.often(30) {
		first := s.Options[0].Value
		steps[0].Names[0], s.Names[1] = first, strings.Split(first, "@")[0]
		s.Options[0].Value = "ann@" + Own
	}
	return append(steps, s)
}

// forged returns the n-th part of all cases of the catalogue, for any client.
func (g *generator) forged(n, length int) []Step {
	names := slices.Sorted(maps.Keys(cases()))
	var steps []Step
	for i := range length {
		steps = append(steps, Step{Verb: "case", Names: []string{pick(g, g.letters), names[(n*length+i)%len(names)]}})
	}
	return steps
}

// some draws what happens next: mostly one step, at times several that belong
// together.
func (g *generator) some(w *world) []Step {
	switch from, to := g.someone(w), g.someone(w); {
	case g.often(4) && from != to: // data that is read in the wrong order, and once more
		a, b := g.fresh("d"), g.fresh("d")
		return []Step{
			{Verb: "send", Names: []string{a, from.name}}, {Verb: "send", Names: []string{b, from.name}},
			{Verb: "read", Names: []string{b, to.name}}, {Verb: "read", Names: []string{a, to.name}}, {Verb: "read", Names: []string{b, to.name}},
		}
	case g.often(3) && len(w.psks) < 4: // two PSKs at once
		a, b := g.fresh("k"), g.fresh("k")
		return []Step{
			{Verb: "psk", Names: []string{a}}, {Verb: "psk", Names: []string{b}},
			{Verb: "commit", Names: []string{g.fresh("c"), from.name}, Options: []Option{{"psk", b}, {"psk", a}}},
		}
	}
	return []Step{g.next(w)}
}

// next draws one step.
func (g *generator) next(w *world) Step {
	draws := []struct {
		weight int
		draw   func(*world) (Step, bool)
	}{
		{30, g.commit}, {22, g.propose}, {16, g.send}, {16, g.read}, {5, g.external}, {3, g.psk}, {3, g.old},
		{2, g.sender}, {3, g.outside}, {2, g.knock}, {2, g.branch}, {1, g.reinit},
	}
	total := 0
	for _, d := range draws {
		total += d.weight
	}
	for {
		n := g.IntN(total)
		for _, d := range draws {
			if n -= d.weight; n >= 0 {
				continue
			}
			if s, ok := d.draw(w); ok {
				return s
			}
			break
		}
	}
}

func (g *generator) someone(w *world) *member { return w.members[pick(g, w.order)] }

// removable draws a member that may be removed: not ann, and not the last at a
// client under test.
func (g *generator) removable(w *world, but string) (string, bool) {
	var names []string
	for _, n := range w.order {
		if n != "ann" && n != but {
			names = append(names, n)
		}
	}
	if len(w.order) < 3 || len(names) == 0 {
		return "", false
	}
	return pick(g, names), true
}

// content draws what a proposal is about. byValue tells that the member who commits
// carries it.
func (g *generator) content(w *world, who string, byValue bool) (Option, bool) {
	switch g.IntN(12) {
	case 0, 1, 2, 3:
		if len(w.order) < g.members {
			return Option{"add", g.somewhere()}, true
		}
		fallthrough
	case 4, 5, 6:
		but := who
		if !byValue && g.often(10) {
			but = "" // to propose one's own removal is right
		}
		name, ok := g.removable(w, but)
		return Option{"remove", name}, ok
	case 7, 8:
		if names := w.pskNames(); len(names) > 0 {
			return Option{"psk", pick(g, names)}, true
		}
	case 9:
		m := w.members[who]
		if n := m.model.Context.Epoch; n > 0 {
			return Option{"epoch", fmt.Sprint(n - min(n, uint64(g.IntN(3))))}, true
		}
	case 10, 11:
		words := []string{"none", "required", "required", "unknown"}
		if len(w.senders) > 0 {
			words = append(words, "senders")
		}
		return Option{"extensions", pick(g, words)}, true
	}
	return Option{}, false
}

func (g *generator) propose(w *world) (Step, bool) {
	m := g.someone(w)
	if len(w.proposals) > 6 {
		return Step{}, false
	}
	s := Step{Verb: "propose", Names: []string{g.fresh("p"), m.name}}
	if g.often(35) {
		s.Options = []Option{{Key: "update"}}
		return s, true
	}
	o, ok := g.content(w, m.name, false)
	s.Options = []Option{o}
	return s, ok
}

// commit draws a Commit: mostly one that is allowed.
func (g *generator) commit(w *world) (Step, bool) {
	m := g.someone(w)
	s := Step{Verb: "commit", Names: []string{g.fresh("c"), m.name}}
	refs := g.refs(w, m)
	adds, resumed := len(w.order), false
	taken := map[string]bool{}
	for _, l := range refs {
		for _, o := range w.proposals[l].options {
			taken[o.Key+o.Value] = true
			taken[o.Key] = true
		}
	}
	for range g.IntN(4) {
		o, ok := g.content(w, m.name, true)
		switch {
		case !ok, taken[o.Key+o.Value] && !g.often(5):
			continue
		case o.Key == "extensions" && (s.has("extensions") || taken["extensions"]) && !g.often(5):
			continue
		case o.Key == "add":
			if adds++; adds > g.members || resumed || taken["epoch"] {
				continue
			}
		case o.Key == "epoch":
			if resumed || s.has("add") || taken["add"] {
				continue // a new member does not have it
			}
			resumed = true
		}
		taken[o.Key+o.Value] = true
		s.Options = append(s.Options, o)
	}
	if len(refs) > 0 {
		s.Options = append(s.Options, Option{"refs", strings.Join(refs, ",")})
	}
	if g.often(50) {
		s.Options = append(s.Options, Option{Key: "path"})
	}
	if g.often(20) {
		s.Options = append(s.Options, Option{Key: "tree"})
	}
	if g.often(6) {
		s.Options = append(s.Options, Option{Key: "lost"})
	} else if g.often(20) {
		s.Options = append(s.Options, g.flip(w, m.name, false)...)
	}
	return s, true
}

// flip draws who gets a message with which bit changed first.
func (g *generator) flip(w *world, but string, data bool) []Option {
	if name := pick(g, w.order); name != but && !w.fragile(w.members[name].party, data) {
		return []Option{{"flip", fmt.Sprintf("%s:%d", name, g.IntN(1<<14))}}
	}
	return nil
}

// refs draws what a Commit covers of what was proposed.
func (g *generator) refs(w *world, m *member) []string {
	var labels []string
	for l := range w.proposals {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	careless := g.often(8)
	adding := false
	var refs []string
	for _, l := range labels {
		p := w.proposals[l]
		if !m.party.own() && slices.Contains(m.heard, l) || careless && g.often(60) || g.often(85) && g.allowed(w, m, p, &adding) {
			refs = append(refs, l)
		}
	}
	return refs
}

// allowed tells whether it is likely that a Commit of a member may cover a proposal.
func (g *generator) allowed(w *world, m *member, p *proposal, adding *bool) bool {
	for _, known := range p.options {
		switch known.Key {
		case "update":
			return p.by != m.name
		case "remove":
			return known.Value != m.name
		case "add":
			*adding = true
		case "epoch":
			return !*adding
		}
	}
	return true
}

func (g *generator) external(w *world) (Step, bool) {
	s := Step{Verb: "external", Names: []string{g.fresh("c"), ""}}
	if name, ok := g.removable(w, ""); ok && (len(w.order) >= g.members || g.often(50)) {
		s.Names[1] = name + "@" + w.members[name].party.Letter
		s.Options = append(s.Options, Option{Key: "back"})
	} else if len(w.order) < g.members {
		s.Names[1] = g.somewhere()
	} else {
		return s, false
	}
	s.Options = append(s.Options, Option{"via", pick(g, w.order)})
	if g.often(30) {
		s.Options = append(s.Options, Option{Key: "tree"})
	}
	if names := w.pskNames(); len(names) > 0 && g.often(30) {
		s.Options = append(s.Options, Option{"psk", pick(g, names)})
	}
	if g.often(20) {
		s.Options = append(s.Options, g.flip(w, "", false)...)
	}
	return s, true
}

func (g *generator) psk(w *world) (Step, bool) {
	return Step{Verb: "psk", Names: []string{g.fresh("k")}}, len(w.psks) < 4
}

func (g *generator) sender(w *world) (Step, bool) {
	return Step{Verb: "sender", Names: []string{g.somewhere()}}, len(w.senders) < 2
}

func (g *generator) outside(w *world) (Step, bool) {
	if len(w.senders) == 0 || len(w.proposals) > 6 {
		return Step{}, false
	}
	who := "ann"
	if w.members[who] == nil { // who may have gone
		who = w.order[0]
	}
	o, ok := g.content(w, who, false)
	return Step{Verb: "outside", Names: []string{g.fresh("p"), pick(g, w.senders).name}, Options: []Option{o}}, ok
}

func (g *generator) knock(w *world) (Step, bool) {
	return Step{Verb: "knock", Names: []string{g.fresh("p"), g.somewhere()}}, len(w.order) < g.members
}

func (g *generator) branch(w *world) (Step, bool) {
	founder := g.someone(w).name
	var with []string
	for _, n := range w.order {
		if n != founder && g.often(60) {
			with = append(with, n)
		}
	}
	s := Step{Verb: "branch", Names: []string{g.fresh("g"), founder}, Options: []Option{{"with", strings.Join(with, ",")}}}
	s.Options = append(s.Options, g.form()...)
	return s, len(with) > 0
}

// form draws how a group is set up.
func (g *generator) form() []Option {
	var all []Option
	if g.often(30) {
		all = append(all, Option{Key: "path"})
	}
	if g.often(30) {
		all = append(all, Option{Key: "tree"})
	}
	return all
}

func (g *generator) reinit(w *world) (Step, bool) {
	s := Step{Verb: "reinit", Names: []string{g.fresh("c"), g.someone(w).name}}
	s.Options = append([]Option{{"suite", fmt.Sprint(pick(g, g.suites))}, {"founder", g.someone(w).name}}, g.form()...)
	return s, len(w.order) > 1
}

func (g *generator) send(w *world) (Step, bool) {
	m := g.someone(w)
	s := Step{Verb: "send", Names: []string{g.fresh("d"), m.name}}
	if g.often(30) {
		s.Options = append(s.Options, Option{Key: "aad"})
	}
	if g.often(15) {
		s.Options = append(s.Options, g.flip(w, m.name, true)...)
	}
	return s, true
}

// recent draws a message of the last ones.
func (g *generator) recent(w *world, commit bool) (string, *sent) {
	var labels []string
	for l, m := range w.messages {
		if m.commit == commit {
			labels = append(labels, l)
		}
	}
	slices.SortFunc(labels, func(a, b string) int { return strings.Compare(fmt.Sprintf("%9s", a), fmt.Sprintf("%9s", b)) })
	if len(labels) == 0 {
		return "", nil
	}
	l := pick(g, labels[max(0, len(labels)-8):])
	return l, w.messages[l]
}

func (g *generator) read(w *world) (Step, bool) {
	l, m := g.recent(w, false)
	who := pick(g, w.order)
	if m == nil || m.by == who || !slices.Contains(m.present, who) {
		return Step{}, false
	}
	return Step{Verb: "read", Names: []string{l, who}}, true
}

func (g *generator) old(w *world) (Step, bool) {
	l, m := g.recent(w, true)
	if m == nil {
		return Step{}, false
	}
	return Step{Verb: "old", Names: []string{l, pick(g, w.order)}}, true
}
