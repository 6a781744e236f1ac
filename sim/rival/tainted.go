package rival

import (
	"slices"

	"mlssim/sim"
)

// tainted is Tainted TreeKEM (Klein, Pascual-Perez, Walter, Kamath, Capretto, Cueto,
// Markov, Yeo, Alwen and Pietrzak, "Keep the Dirt", IEEE S&P 2021): no node is ever
// blank. Who adds or removes chooses the keys above that leaf, and so knows some of
// nodes that it is not below. These are tainted by it, and replaced with its own.
type tainted struct{}

func (tainted) ownLeaf() bool { return true }

// more lists the nodes that whoever refreshes or leaves has tainted.
func (tainted) more(r *rekeying) []uint32 {
	var all []uint32
	for x := 1; x < len(r.before); x += 2 {
		s := r.before[x]
		if s.foreign && (r.update && s.keeper == r.who || slices.Contains(r.gone, s.keeper)) {
			all = append(all, uint32(x))
		}
	}
	return all
}

// rekey draws a secret for the lowest of the nodes. That of each node above follows
// from one child's, and is sealed to the other.
func (tainted) rekey(r *rekeying) {
	t, secret := r.after, map[uint32]sim.Name{}
	if r.update {
		secret[r.own] = r.b.draw(indexed(sim.PathSecret, r.step, r.own))
		t[r.own] = slot{key: r.b.rule("R-T2", named(sim.LeafKey, r.step), secret[r.own]), member: true, client: r.who, joined: t[r.own].joined}
		r.made = append(r.made, secret[r.own])
		r.root = secret[r.own]
		r.public++
	}
	for _, x := range r.nodes {
		children := [2]uint32{left(x), right(x)}
		if none(t[children[0]].key) && none(t[children[1]].key) {
			t[x] = slot{}
			continue
		}
		s := indexed(sim.PathSecret, r.step, x)
		if from, ok := r.chain(secret, children); ok {
			r.b.rule("R-T1", s, secret[from])
			r.source[x] = from
		} else {
			r.b.draw(s)
		}
		secret[x], r.root = s, s
		t[x] = slot{key: r.b.rule("R-T2", indexed(sim.NodeKey, r.step, x), s)}
		t[x].foreign, t[x].keeper = !below(r.own, x), r.who
		r.made = append(r.made, s)
		r.public++
		for _, y := range children {
			if from, ok := r.source[x]; !ok || from != y {
				r.seal(s, y)
			}
		}
	}
}

// chain returns the child from whose secret the parent's follows: one that has a
// new secret, the committer's own side first.
func (r *rekeying) chain(secret map[uint32]sim.Name, children [2]uint32) (uint32, bool) {
	if _, ok := secret[children[1]]; ok && below(r.own, children[1]) {
		return children[1], true
	}
	for _, y := range children {
		if _, ok := secret[y]; ok {
			return y, true
		}
	}
	return 0, false
}

// seal encrypts a secret to whoever is below a node. The committer needs no
// ciphertext, and newcomers get theirs with the Welcome.
func (r *rekeying) seal(s sim.Name, y uint32) {
	key := r.after[y].key
	switch kp := r.added[y]; {
	case none(key) || y == r.own:
	case kp != nil:
		r.welcome = append(r.welcome, sim.Rule{ID: "R-T4", From: []sim.Name{kp.init}, To: s})
	default:
		r.seals = append(r.seals, sim.Rule{ID: "R-T3", From: []sim.Name{key}, To: s})
	}
}

// follow opens what is sealed on the way up, and derives the rest.
func (tainted) follow(c *commit, node uint32) (opens int, consumed []sim.Name) {
	y := node
	for _, x := range c.to.tree.path(node) {
		if slices.Contains(c.nodes, x) {
			if from, ok := c.source[x]; !ok || from != y {
				opens++
			}
			consumed = append(consumed, indexed(sim.PathSecret, c.step, x))
		}
		y = x
	}
	return opens, consumed
}

// knows: what is tainted was deleted when it had been sent. Taint is about those
// who were read at that moment.
func (tainted) knows(tree, sim.ClientID) []sim.Held { return nil }
