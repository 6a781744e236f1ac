package impl

import (
	"errors"

	"pgregory.net/rapid"

	"mlssim/spec"
)

// Commits of a random history that come one after the other, at once, or never.

// replace removes some members and adds as many, in one Commit or in two.
func (h *history) replace() {
	if len(h.parties) < 2 || h.max < len(h.parties)+len(h.waiting) {
		h.t.Skip("nobody to remove")
	}
	p, in := h.anyone("by"), h.format()
	var out []*party
	for _, q := range h.parties {
		if q != p && len(out) < 2 && (len(out) == 0 || h.flip("two")) {
			out = append(out, q)
		}
	}
	o := CommitOptions{Format: in, Omit: true}
	for _, q := range out {
		o.Remove = append(o.Remove, q.member.leaf)
	}
	var joining []*newcomer
	for range out {
		joining = append(joining, h.publish(h.fresh()))
	}
	if h.flip("in one") {
		h.commit(p, o, joining)
		h.did("commit: remove and add in one")
		return
	}
	h.commit(p, o, nil)
	q := h.anyone("then by")
	h.commit(q, CommitOptions{Format: h.format(), Omit: true, NoPath: h.flip("no path")}, joining)
	h.did("commit: remove, then add")
}

// A contender has a Commit that may be accepted.
type contender struct {
	by       *party
	staged   *Staged
	joining  []*newcomer
	external bool
	before   *party // by's state in the group, if it comes back
}

// race lets two or three commit at once; one Commit counts.
func (h *history) race() {
	if len(h.parties) < 2 {
		h.t.Skip("one alone is no race")
	}
	var all []*contender
	n := rapid.IntRange(2, 3).Draw(h.t, "contenders")
	for i, p := range rapid.Permutation(h.parties).Draw(h.t, "who") {
		if i == n {
			break
		}
		o, joining := h.options(p)
		for _, j := range joining {
			o.Add = append(o.Add, j.keys.Package)
		}
		all = append(all, &contender{by: p, staged: h.stage(p, o), joining: joining})
	}
	outsider := h.vacancies() > 0 && !h.rarely(3, "members only")
	if outsider {
		all[1] = h.outsider(h.anyone("host"))
	}
	winner := rapid.SampledFrom(all).Draw(h.t, "winner")
	group := h.parties[0].member.ID()
	if winner.external {
		h.enter(winner)
		h.did("race: won by who joins")
	} else {
		h.accept(winner.by, winner.staged, winner.joining)
	}
	h.did("race: of %s", map[int]string{2: "two", 3: "three"}[len(all)])
	if outsider && !winner.external {
		h.did("race: won by a member against who joins")
	}
	for _, c := range all {
		for _, p := range h.parties {
			_, _, err := p.member.Receive(h.env, h.over(c.staged.Commit))
			if err == nil || !errors.Is(err, spec.ErrEpoch) && string(group) == string(p.member.ID()) {
				h.t.Fatalf("%s, a Commit that lost or is over: %v", p.name, err)
			}
		}
	}
}

// drop lets a member make a Commit that nobody ever sees.
func (h *history) drop() {
	p := h.anyone("by")
	o, joining := h.options(p)
	for _, n := range joining {
		o.Add = append(o.Add, n.keys.Package)
	}
	h.stage(p, o)
	h.did("commit: staged and dropped")
}
