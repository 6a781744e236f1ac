package props

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// wide is what a History can do beyond one group whose members commit, propose,
// send, freeze and hoard, and whose states are taken as a whole: what the papers'
// predicates do not speak of.
type wide struct {
	psks   []string        // external ones
	unused map[string]int  // KeyPackages by client
	last   map[string]bool // who has one of last resort

	exported []string            // PSKs that members have exported
	holders  map[string][]string // of these
	private  bool                // how handshake messages go out
	watched  string              // whose device is watched; "": nobody's
	lost     []string            // names under which messages were kept that some have not got
	losses   int
}

// DrawWide is [DrawHistory] with everything that a script can say.
func DrawWide(t *rapid.T, limit, steps int) *History {
	h := newHistory(limit)
	h.wide = &wide{unused: map[string]int{}, last: map[string]bool{}, holders: map[string][]string{}}
	h.run(t, steps)
	return h
}

// widely lists what can be done beside the ordinary.
func (h *History) widely() []func(*rapid.T) {
	actions := []func(*rapid.T){h.part}
	if len(h.wide.psks) < 3 {
		actions = append(actions, h.share)
	}
	if len(h.out) < 3 {
		actions = append(actions, h.keyPackage)
	}
	if len(h.wide.exported) < 3 {
		actions = append(actions, h.export)
	}
	actions = append(actions, h.framing, h.retain, h.badRandom, h.hsm, h.watch)
	if !h.pend && len(h.online) > 2 {
		actions = append(actions, h.lose)
	}
	if len(h.wide.lost) > 0 {
		actions = append(actions, h.late)
	}
	if len(h.members()) < h.limit {
		actions = append(actions, h.external)
	}
	if len(h.online) > 1 {
		actions = append(actions, h.resync)
	}
	if len(h.stocked()) > 0 {
		actions = append(actions, h.steal)
	}
	return actions
}

// framing changes how handshake messages go out.
func (h *History) framing(*rapid.T) {
	h.wide.private = !h.wide.private
	s := sim.ScriptStep{Verb: sim.VerbFraming, Name: "public"}
	if h.wide.private {
		s.Name = "private"
	}
	h.step(s)
}

func (h *History) badRandom(t *rapid.T) {
	h.step(sim.ScriptStep{Verb: sim.VerbBadRandom, Who: h.actor(t)})
}

// hsm puts a part of a state that part (below) does not ask for into hardware.
func (h *History) hsm(t *rapid.T) {
	p := rapid.SampledFrom([]string{"signature", "path", "pending"}).Draw(t, "part")
	h.step(sim.ScriptStep{Verb: sim.VerbHSM, Who: h.actor(t), Only: []string{p}})
}

// retain tells a member what to keep.
func (h *History) retain(t *rapid.T) {
	epochs, skipped := rapid.IntRange(0, 2).Draw(t, "epochs"), rapid.IntRange(0, 2).Draw(t, "skipped")
	s := sim.ScriptStep{Verb: sim.VerbRetain, Who: h.actor(t), Epochs: &epochs, Skipped: &skipped}
	for _, row := range sim.Deletions() {
		if rapid.IntRange(0, 5).Draw(t, row) == 0 {
			s.Kept = append(s.Kept, row)
		}
	}
	h.step(s)
}

// watch lets the adversary stay on a device, or go.
func (h *History) watch(t *rapid.T) {
	if h.wide.watched != "" {
		h.step(sim.ScriptStep{Verb: sim.VerbUnwatch, Who: h.wide.watched})
		h.wide.watched = ""
		return
	}
	s := sim.ScriptStep{Verb: sim.VerbWatch, Who: h.actor(t)}
	if rapid.IntRange(0, 2).Draw(t, "part") == 0 {
		s.Only = []string{rapid.SampledFrom([]string{"init", "enc", "leaf", "epoch"}).Draw(t, "of")}
	}
	h.step(s)
	h.wide.watched = s.Who
}

// lose sends a message that not all are given, and keeps it.
func (h *History) lose(t *rapid.T) {
	who := h.actor(t)
	h.step(sim.ScriptStep{Verb: sim.VerbSend, Who: who, Count: 1})
	s := sim.ScriptStep{Verb: sim.VerbDeliver}
	for _, m := range h.online {
		if m != who && rapid.Bool().Draw(t, m) {
			s.Others = append(s.Others, m)
		}
	}
	if len(s.Others) == 0 {
		s.Verb = sim.VerbDrop
	}
	h.step(s)
	h.wide.losses++
	name := fmt.Sprintf("lost%d", h.wide.losses)
	h.step(sim.ScriptStep{Verb: sim.VerbKeep, Name: name})
	h.wide.lost = append(h.wide.lost, name)
}

// late delivers a message that was kept.
func (h *History) late(t *rapid.T) {
	i := rapid.IntRange(0, len(h.wide.lost)-1).Draw(t, "late")
	h.step(sim.ScriptStep{Verb: sim.VerbRelease, Name: h.wide.lost[i]})
	h.wide.lost = slices.Delete(slices.Clone(h.wide.lost), i, i+1)
}

// export lets those who are online export a secret.
func (h *History) export(t *rapid.T) {
	s := sim.ScriptStep{Verb: sim.VerbExport, Who: h.actor(t), Name: fmt.Sprintf("x%d", len(h.wide.exported)+1)}
	h.wide.exported = append(h.wide.exported, s.Name)
	h.wide.holders[s.Name] = slices.Clone(h.online)
	h.step(s)
}

// external lets somebody join by a Commit of its own.
func (h *History) external(t *rapid.T) {
	who := h.newcomer(t)
	h.step(sim.ScriptStep{Verb: sim.VerbExternal, Who: who, PSKs: h.mixed(t)})
	h.online = append(h.online, who)
	h.settle()
}

// resync lets a member join anew in place of its leaf.
func (h *History) resync(t *rapid.T) {
	h.step(sim.ScriptStep{Verb: sim.VerbExternal, Who: h.actor(t), Resync: true, PSKs: h.mixed(t)})
	h.settle()
}

// keyPackage lets somebody who is no member publish a KeyPackage.
func (h *History) keyPackage(t *rapid.T) {
	s := sim.ScriptStep{Verb: sim.VerbKeyPackage, Last: rapid.Bool().Draw(t, "last")}
	if i := rapid.IntRange(0, len(h.out)).Draw(t, "who"); i < len(h.out) {
		s.Who = h.out[i]
	} else {
		s.Who = fmt.Sprintf("M%d", h.next)
		h.out = append(h.out, s.Who)
		h.next++
	}
	if s.Last {
		h.wide.last[s.Who] = true
	} else {
		h.wide.unused[s.Who]++
	}
	h.step(s)
}

// stocked returns who has KeyPackages that can be used.
func (h *History) stocked() []string {
	var names []string
	for i := 1; i < h.next; i++ {
		if name := fmt.Sprintf("M%d", i); h.wide.unused[name] > 0 || h.wide.last[name] {
			names = append(names, name)
		}
	}
	return names
}

func (h *History) steal(t *rapid.T) {
	h.step(sim.ScriptStep{Verb: sim.VerbSteal, Who: rapid.SampledFrom(h.stocked()).Draw(t, "stocked")})
}

// joined notes that KeyPackages were used.
func (h *History) joined(names []string) {
	if h.wide == nil {
		return
	}
	for _, name := range names {
		h.wide.unused[name] = max(0, h.wide.unused[name]-1)
	}
}

// share brings a PSK into being.
func (h *History) share(t *rapid.T) {
	s := sim.ScriptStep{Verb: sim.VerbSecret, Name: fmt.Sprintf("p%d", len(h.wide.psks)+1)}
	h.wide.psks = append(h.wide.psks, s.Name)
	if rapid.IntRange(0, 2).Draw(t, "known") == 0 {
		s.Verb = sim.VerbKnown
	}
	h.step(s)
}

// mixed draws the PSKs that a Commit mixes in. All members have them: those of the
// application, and the resumption PSK of the present epoch.
func (h *History) mixed(t *rapid.T) []string {
	if h.wide == nil || rapid.IntRange(0, 3).Draw(t, "psks") > 0 {
		return nil
	}
	var psks []string
	for _, p := range h.wide.psks {
		if rapid.Bool().Draw(t, p) {
			psks = append(psks, p)
		}
	}
	return psks
}

// exports draws those of the exported PSKs that all members have, for a Commit that
// adds nobody.
func (h *History) exports(t *rapid.T, psks []string) []string {
	if h.wide == nil {
		return psks
	}
	for _, x := range h.wide.exported {
		if len(minusNames(h.members(), h.wide.holders[x])) == 0 && rapid.Bool().Draw(t, x) {
			psks = append(slices.Clip(psks), x)
		}
	}
	return psks
}

func minusNames(all, but []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(but, n) })
}

// part takes a part of a state that everybody holds.
func (h *History) part(t *rapid.T) {
	s := sim.ScriptStep{Verb: sim.VerbSnapshot, Who: rapid.SampledFrom(h.members()).Draw(t, "victim")}
	for _, p := range []string{"init", "enc", "leaf", "res", "epoch", "exporter", "external", "senderdata"} {
		if rapid.Bool().Draw(t, p) {
			s.Only = append(s.Only, p)
		}
	}
	if len(h.wide.psks) > 0 && rapid.Bool().Draw(t, "psk") {
		s.Only = append(s.Only, "psk")
	}
	if len(s.Only) > 0 {
		h.step(s)
	}
}

// ofEpoch adds the resumption PSK of the present epoch to PSKs, at times, where
// nobody joins who could not have it.
func (h *History) ofEpoch(t *rapid.T, psks []string) []string {
	if h.wide == nil || rapid.IntRange(0, 3).Draw(t, "res") > 0 {
		return psks
	}
	return append(slices.Clip(psks), fmt.Sprintf("res:%d", len(h.epochs())-1))
}
