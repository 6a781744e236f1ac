// Package props holds the three sides together: random histories that drive
// model and implementation in lockstep, the papers' predicates as bounds on
// what leaks, and the table of who may import whom.
package props

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// A History is a script in the making, with as much of the group's state as
// tells which steps are possible next.
type History struct {
	Steps  []sim.ScriptStep
	online []string        // members, in the order in which they joined
	frozen map[string]bool // members in the log's view, or removed while frozen
	gone   map[string]bool // removed while frozen
	hoards map[string]bool
	out    []string // names that are no members now
	pend   bool     // a proposal was sent in this epoch: nobody may send data (RFC 9420, Section 12.4)
	next   int      // number of the next new name
	limit  int      // members at most
	wide   *wide    // what else can happen; nil: nothing

	senders []string       // external ones of the group
	did     map[string]int // what the adversary has brought about, and what it has tried in vain
}

// DrawHistory draws a history of some steps over two to limit members, from
// what is possible at each point. It begins with a group of at least two.
func DrawHistory(t *rapid.T, limit, steps int) *History {
	h := newHistory(limit)
	h.run(t, steps)
	return h
}

func newHistory(limit int) *History {
	return &History{frozen: map[string]bool{}, gone: map[string]bool{}, hoards: map[string]bool{}, limit: limit}
}

func (h *History) run(t *rapid.T, steps int) {
	h.create()
	h.add(t, "M1")
	for range rapid.IntRange(1, steps).Draw(t, "steps") {
		actions := h.enabled()
		actions[rapid.IntRange(0, len(actions)-1).Draw(t, "action")](t)
	}
}

// String prints the history in the script language.
func (h *History) String() string {
	var b strings.Builder
	for _, s := range h.Steps {
		b.WriteString(s.Text + "\n")
	}
	return b.String()
}

// enabled lists what can be done, in a fixed order, the frequent first.
func (h *History) enabled() []func(*rapid.T) {
	actions := []func(*rapid.T){h.commit, h.commit, h.update, h.snapshot}
	if !h.pend {
		actions = append(actions, h.send)
	}
	if len(h.online) > 1 {
		actions = append(actions, h.proposeRemove, h.freeze)
	}
	if len(h.members()) > 2 && len(h.online) > 1 {
		actions = append(actions, h.remove)
	}
	if len(h.members()) < h.limit {
		actions = append(actions, func(t *rapid.T) { h.add(t, h.actor(t)) })
	}
	if len(h.frozenNames()) > 0 {
		actions = append(actions, h.thaw)
	}
	if len(h.hoards) < 2 && len(h.tidy()) > 0 {
		actions = append(actions, h.hoard)
	}
	if h.wide != nil {
		actions = append(actions, h.widely()...)
	}
	return actions
}

func (h *History) step(s sim.ScriptStep) {
	s.Line, s.Column, s.Text = len(h.Steps)+1, 1, textOf(s)
	h.Steps = append(h.Steps, s)
}

// members returns who is a member as the log sees it.
func (h *History) members() []string {
	m := slices.Clone(h.online)
	for _, name := range h.frozenNames() {
		if !h.gone[name] {
			m = append(m, name)
		}
	}
	return m
}

func (h *History) frozenNames() []string {
	var names []string
	for i := 1; i < h.next; i++ {
		if name := fmt.Sprintf("M%d", i); h.frozen[name] {
			names = append(names, name)
		}
	}
	return names
}

func (h *History) actor(t *rapid.T) string { return rapid.SampledFrom(h.online).Draw(t, "actor") }

func (h *History) other(t *rapid.T, actor string) string {
	others := slices.DeleteFunc(h.members(), func(m string) bool { return m == actor })
	return rapid.SampledFrom(others).Draw(t, "other")
}

func (h *History) create() {
	h.step(sim.ScriptStep{Verb: sim.VerbCreate, Who: "M1", Others: h.senders})
	h.online, h.next = []string{"M1"}, 2
}

func (h *History) add(t *rapid.T, actor string) {
	n := rapid.IntRange(1, min(3, h.limit-len(h.members()))).Draw(t, "added")
	s := sim.ScriptStep{Verb: sim.VerbAdd, Who: actor, NoPath: rapid.Bool().Draw(t, "nopath")}
	for range n {
		s.Others = append(s.Others, h.newcomer(t))
	}
	s.PSKs = h.mixed(t)
	h.joined(s.Others)
	h.step(s)
	h.online = append(h.online, s.Others...)
	h.pend = false
}

// newcomer picks a former member that can come back, or a new name.
func (h *History) newcomer(t *rapid.T) string {
	if len(h.out) > 0 && rapid.Bool().Draw(t, "rejoin") {
		i := rapid.IntRange(0, len(h.out)-1).Draw(t, "who")
		name := h.out[i]
		h.out = slices.Delete(h.out, i, i+1)
		return name
	}
	h.next++
	return fmt.Sprintf("M%d", h.next-1)
}

func (h *History) commit(t *rapid.T) {
	s := sim.ScriptStep{Verb: sim.VerbCommit, Who: h.actor(t), Omit: rapid.IntRange(0, 4).Draw(t, "omit") == 4, PSKs: h.exports(t, h.ofEpoch(t, h.mixed(t)))}
	s.NoPath = len(s.PSKs) > 0 && (s.Omit || !h.pend) && rapid.Bool().Draw(t, "nopath")
	h.step(s)
	h.settle()
}

func (h *History) remove(t *rapid.T) {
	actor := h.actor(t)
	h.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: actor, Others: []string{h.other(t, actor)}})
	h.settle()
}

func (h *History) update(t *rapid.T) {
	h.step(sim.ScriptStep{Verb: sim.VerbProposeUpdate, Who: h.actor(t)})
	h.pend = true
}

func (h *History) proposeRemove(t *rapid.T) {
	actor := h.actor(t)
	h.step(sim.ScriptStep{Verb: sim.VerbProposeRemove, Who: actor, Others: []string{h.other(t, actor)}})
	h.pend = true
}

func (h *History) send(t *rapid.T) {
	h.step(sim.ScriptStep{Verb: sim.VerbSend, Who: h.actor(t), Count: rapid.IntRange(1, 3).Draw(t, "messages")})
}

func (h *History) snapshot(t *rapid.T) {
	holders := append(h.members(), h.goneNames()...)
	h.step(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: rapid.SampledFrom(holders).Draw(t, "victim")})
}

func (h *History) goneNames() []string {
	return slices.DeleteFunc(h.frozenNames(), func(m string) bool { return !h.gone[m] })
}

func (h *History) freeze(t *rapid.T) {
	who := h.actor(t)
	h.step(sim.ScriptStep{Verb: sim.VerbFreeze, Who: who})
	h.frozen[who] = true
	h.online = slices.DeleteFunc(h.online, func(m string) bool { return m == who })
}

func (h *History) thaw(t *rapid.T) {
	who := rapid.SampledFrom(h.frozenNames()).Draw(t, "frozen")
	h.step(sim.ScriptStep{Verb: sim.VerbThaw, Who: who})
	delete(h.frozen, who)
	if h.gone[who] {
		delete(h.gone, who)
		h.out = append(h.out, who)
	} else {
		h.online = append(h.online, who)
	}
}

func (h *History) hoard(t *rapid.T) {
	who := rapid.SampledFrom(h.tidy()).Draw(t, "hoarder")
	h.step(sim.ScriptStep{Verb: sim.VerbHoard, Who: who})
	h.hoards[who] = true
}

// tidy returns the online members that do not hoard.
func (h *History) tidy() []string {
	return slices.DeleteFunc(slices.Clone(h.online), func(m string) bool { return h.hoards[m] })
}

// settle brings the membership up to date after a commit.
func (h *History) settle() {
	h.pend = false
	members := h.epochs()
	now := members[len(members)-1].Members
	for _, m := range slices.Clone(h.online) {
		if !slices.Contains(now, m) {
			h.online = slices.DeleteFunc(h.online, func(o string) bool { return o == m })
			h.out = append(h.out, m)
		}
	}
	for _, m := range h.frozenNames() {
		if !slices.Contains(now, m) {
			h.gone[m] = true
		}
	}
}
