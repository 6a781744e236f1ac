package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A theft is a compromise while it matters: from its beginning until it heals.
type theft struct {
	index   int // in Result.Compromises
	victim  *client
	only    []component
	last    StepID // the last step at its end: what was made later was not taken
	ended   bool
	healed  bool
	at      string   // the branch or group of the step; what heals it is said of that
	here    *version // of the victim, at its end; nil if there is a log
	outside bool     // the victim was in no epoch so far
	rotated string   // how the victim first replaced its leaf key afterwards; "" if it did not
}

// A component is a part of a member's state that can be taken alone.
type component struct {
	part Part
	kind Kind   // if not 0, only secrets of this kind
	one  bool   // only the key of node
	node uint32 // PartNode
}

// parts are the components that have a name and no number.
var parts = []struct {
	name string
	component
}{
	{"init", component{part: PartInit}}, {"enc", component{part: PartEnc}}, {"leaf", component{part: PartLeaf}},
	{"res", component{part: PartRes}}, {"oldres", component{part: PartOldRes}}, {"psk", component{part: PartPSK}},
	{"path", component{part: PartNode}}, {"pending", component{part: PartPending}}, {"staged", component{part: PartStaged}}, {"past", component{part: PartPast}},
	{"epoch", component{part: PartEpoch}}, {"senderdata", component{part: PartEpoch, kind: SenderDataSecret}},
	{"exporter", component{part: PartEpoch, kind: ExporterSecret}}, {"external", component{part: PartEpoch, kind: ExternalSecret}},
	{"confirmation", component{part: PartEpoch, kind: ConfirmationKey}}, {"membership", component{part: PartEpoch, kind: MembershipKey}},
	{"store", component{part: PartStore}}, {"initkey", component{part: PartStore, kind: InitKey}},
	{"signature", component{part: PartSignature}},
}

// Components lists the components that a plan can name, but for node:i.
func Components() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// parseComponent reads a component as written in a plan: one of Components, or
// node:i with the index of a node of the ratchet tree (RFC 9420, Appendix C).
func parseComponent(s string) (component, error) {
	for _, p := range parts {
		if p.name == s {
			return p.component, nil
		}
	}
	if index, ok := strings.CutPrefix(s, "node:"); ok {
		if i, err := strconv.ParseUint(index, 10, 32); err == nil {
			return component{part: PartNode, one: true, node: uint32(i)}, nil
		}
	}
	return component{}, fmt.Errorf("no component is called %q: there are %s and node:i", s, strings.Join(Components(), ", "))
}

func parseComponents(only []string) ([]component, error) {
	var all []component
	for _, s := range only {
		c, err := parseComponent(s)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// of tells whether a secret belongs to the component.
func (p component) of(h Held) bool {
	return h.Part == p.part && (!p.one || h.Node == p.node) && (p.kind == 0 || h.Name.Kind == p.kind)
}

// A hoard is what a device has kept that it should have deleted.
type hoard struct {
	names []Name
	has   map[Name]bool
}

func (h *hoard) keep(names []Name) {
	for _, n := range names {
		if !h.has[n] {
			h.has[n] = true
			h.names = append(h.names, n)
		}
	}
}

// holding lists what is on a client's device: its state, the state that it goes on
// with should its Commit be accepted, and what it has outside of the group. With
// taken, what a thief cannot read is left out.
func (w *world) holding(c *client, taken bool) []Held {
	all := c.readable(secretsOf(c.machine), taken)
	for _, h := range c.readable(secretsOf(c.next()), taken) {
		all = append(all, Held{Part: PartStaged, Name: h.Name})
	}
	return append(all, c.readable(w.backend.Store(c.id), taken)...)
}

// readable returns those secrets that do not lie in hardware, or, if not taken, all.
func (c *client) readable(held []Held, taken bool) []Held {
	if !taken || len(c.hsm) == 0 {
		return held
	}
	return slices.DeleteFunc(slices.Clone(held), func(h Held) bool {
		return slices.ContainsFunc(c.hsm, func(p component) bool { return p.of(h) })
	})
}

// held lists the names of what a theft of a client's device takes.
func (w *world) held(c *client) []Name {
	var names []Name
	held := w.onDevice(c, true)
	if c.attic != nil {
		held = append(held, c.readable(c.attic.kept, true)...)
	}
	for _, h := range held {
		names = append(names, h.Name)
	}
	return sorted(names)
}

// onDevice is holding for all groups and branches that a client is in.
func (w *world) onDevice(c *client, taken bool) []Held {
	held := w.holding(c, taken)
	for _, seat := range w.elsewhere(c) {
		held = append(held, c.readable(secretsOf(seat.machine), taken)...)
		held = append(held, c.readable(secretsOf(seat.next()), taken)...)
	}
	return held
}

func secretsOf(m Machine) []Held {
	if m == nil {
		return nil
	}
	return m.Secrets()
}

// components lists the parts of a member's current state that are asked for.
func (w *world) components(c *client, only []component) []Name {
	var names []Name
	for _, h := range w.holding(c, true) {
		if slices.ContainsFunc(only, func(p component) bool { return p.of(h) }) {
			names = append(names, h.Name)
		}
	}
	return sorted(names)
}

// sorted sorts names in place and drops repetitions.
func sorted(names []Name) []Name {
	slices.SortFunc(names, Name.Compare)
	return slices.Compact(names)
}

// startHoarding makes a device stop deleting.
func (w *world) startHoarding(c *client) {
	c.hoard = &hoard{has: make(map[Name]bool)}
	c.hoard.keep(w.held(c))
	w.note(DidHoard, c, 0)
}

// expose is called after each step of a client: what the device now holds and
// what the step has used up goes to its hoard and to those who read it live.
func (w *world) expose(c *client, consumed []Name) {
	w.putAway(c, consumed)
	if c.hoard != nil {
		c.hoard.keep(w.held(c))
		c.hoard.keep(consumed)
	}
	for _, t := range c.live {
		w.read(t, consumed)
	}
}

// read gives the adversary what a live compromise sees now.
func (w *world) read(t *theft, consumed []Name) {
	if t.only != nil {
		w.take(t.victim, w.components(t.victim, t.only))
		return
	}
	w.take(t.victim, sorted(append(w.held(t.victim), consumed...)))
}

// snapshot takes a client's state once: all of it and all that it has hoarded,
// or some components of its current state. It returns false if there is nothing.
func (w *world) snapshot(c *client, only []string) (bool, error) {
	parts, err := parseComponents(only)
	if err != nil {
		return false, err
	}
	kind := "snapshot"
	names := w.components(c, parts)
	if parts == nil {
		names = w.held(c)
		if c.hoard != nil {
			kind = "hoard"
			names = sorted(append(names, c.hoard.names...))
		}
	}
	if len(names) == 0 {
		w.note(DidNothing, c, 0)
		return false, nil
	}
	t := w.newTheft(c, kind, only, parts, w.now)
	w.note(DidSnapshot, c, 0, only...)
	w.take(c, names)
	w.endTheft(t)
	return true, nil
}

// watch begins a live compromise, unless there is nothing to watch.
func (w *world) watch(c *client, only []string, until Time) (*theft, error) {
	parts, err := parseComponents(only)
	if err != nil {
		return nil, err
	}
	if c.machine == nil && len(w.held(c)) == 0 {
		w.note(DidNothing, c, 0)
		return nil, nil
	}
	t := w.newTheft(c, "live", only, parts, until)
	w.note(DidWatch, c, 0, only...)
	c.live = append(c.live, t)
	var hoarded []Name
	if parts == nil && c.hoard != nil {
		hoarded = c.hoard.names // what is hoarded later is seen as it comes
	}
	w.read(t, hoarded)
	return t, nil
}

// unwatch ends a live compromise.
func (w *world) unwatch(t *theft) {
	c := t.victim
	c.live = slices.DeleteFunc(c.live, func(o *theft) bool { return o == t })
	w.note(DidUnwatch, c, 0)
	w.endTheft(t)
}

// take gives the adversary secrets off a client's device.
func (w *world) take(c *client, names []Name) {
	if c.machine != nil {
		w.epochs[c.epoch].taken(c.id)
	}
	for _, n := range names {
		if n.belowEncryption() {
			w.leak(w.steps[n.Origin].epoch)
		}
	}
	w.adversary.Take(names)
	w.learn()
}

// belowEncryption tells whether a secret comes into being by consuming
// encryption_secret (RFC 9420, Section 9): who holds one has exposed a part of
// its epoch that encryption_secret can no longer be blamed for.
func (n Name) belowEncryption() bool {
	return n.Kind >= TreeSecret && n.Kind <= ApplicationKey
}
