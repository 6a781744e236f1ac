package main

import (
	"slices"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// Remedies say what would have ended an epoch so that the next one is safe, with
// all that the adversary has by the end of the run.
type remedies struct {
	Epoch    uint64       `json:"epoch"`     // the one that would end
	Commits  []string     `json:"commits"`   // members whose Commit with a path heals
	Updates  []remedyText `json:"updates"`   // members whose Update heals, once committed
	Removes  []remedyText `json:"removes"`   // members whose removal heals
	Together []string     `json:"together"`  // members who heal by one Commit with the others' Updates, where one alone does not
	Not      []remedyText `json:"not"`       // what does not heal, and why
	Healed   *uint64      `json:"healed_in"` // the next epoch that the adversary cannot read, null if there is none
}

// A remedyText is a Commit and what it covers.
type remedyText struct {
	How     string   `json:"how"`               // commit, update, remove
	Member  string   `json:"member"`            // whose Update, or who is removed; "" of a Commit that covers nothing
	By      []string `json:"by"`                // the committers
	Because string   `json:"because,omitempty"` // a key that the adversary knows, and to which the path is encrypted

	key sim.Name
}

var coverings = map[adversary.Covering]string{
	adversary.CoversNothing: "commit", adversary.CoversUpdate: "update", adversary.CoversRemove: "remove",
}

// remediesOf returns nil for a secret that belongs to no epoch, and for protocols
// other than MLS: what heals there is another question.
func remediesOf(h *history, known explainer, target sim.Name) *remedies {
	v, ok := h.viewOf(target)
	if !ok || h.Protocol != "" {
		return nil
	}
	x := &remedies{Epoch: v.Epoch, Commits: []string{}, Updates: []remedyText{}, Removes: []remedyText{}, Together: []string{}, Not: []remedyText{}}
	for _, r := range adversary.Remedies(v, known.Knows) {
		if key, _ := h.leafKey(v.Agreement.Origin, r.Whom); r.Heals || r.Covers == adversary.CoversNothing || known.Knows(key) {
			x.add(h, r)
		}
	}
	if set := adversary.Together(v, known.Knows); len(set) > 1 && len(x.Commits) == 0 {
		for _, c := range set {
			x.Together = append(x.Together, h.Clients[c])
		}
	}
	for _, e := range h.Epochs {
		if e.Epoch > v.Epoch && !known.Knows(sim.Name{Kind: sim.EpochSecret, Origin: e.Step}) {
			n := e.Epoch
			x.Healed = &n
			break
		}
	}
	return x
}

// add enters a remedy, after those that cover nothing. Those that differ in the
// committer alone are one.
func (x *remedies) add(h *history, r adversary.Remedy) {
	by := h.Clients[r.By]
	if r.Covers != adversary.CoversNothing && r.Heals && slices.Contains(x.Commits, by) {
		return // its Commit heals by itself
	}
	t := remedyText{How: coverings[r.Covers], By: []string{by}}
	if r.Covers != adversary.CoversNothing {
		t.Member = h.Clients[r.Whom]
	}
	switch {
	case !r.Heals:
		t.key, t.Because = r.Because, r.Because.String()
		x.Not = merge(x.Not, t)
	case r.Covers == adversary.CoversNothing:
		x.Commits = append(x.Commits, by)
	case r.Covers == adversary.CoversUpdate:
		x.Updates = merge(x.Updates, t)
	default:
		x.Removes = merge(x.Removes, t)
	}
}

func merge(list []remedyText, t remedyText) []remedyText {
	i := slices.IndexFunc(list, func(o remedyText) bool {
		return o.How == t.How && o.Member == t.Member && o.Because == t.Because
	})
	if i < 0 {
		return append(list, t)
	}
	list[i].By = append(list[i].By, t.By...)
	return list
}

// viewOf returns the group as it was in the epoch of a secret: the one that its step
// began; of a key of the tree the last one in which the tree had it.
func (h *history) viewOf(n sim.Name) (sim.View, bool) {
	has := func(v sim.View) bool { return v.Agreement.Origin == n.Origin }
	if n.Kind == sim.LeafKey || n.Kind == sim.NodeKey {
		has = func(v sim.View) bool {
			return slices.ContainsFunc(v.Members, func(m sim.Member) bool { return m.Key == n }) ||
				slices.ContainsFunc(v.Parents, func(p sim.Parent) bool { return p.Key == n })
		}
	}
	for _, e := range slices.Backward(h.Epochs) {
		if v, ok := h.views[e.Step]; ok && has(v) {
			return v, true
		}
	}
	return sim.View{}, false
}
