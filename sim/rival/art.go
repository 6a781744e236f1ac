package rival

import "mlssim/sim"

// art is Asynchronous Ratcheting Trees (Cohn-Gordon, Cremers, Garratt, Millican and
// Milner, "On Ends-to-Ends Encryption", ACM CCS 2018): the key of a parent is agreed
// between its children by Diffie-Hellman, so that either child's private key and the
// other's public key give it. Adds and Removes are those of
// draft-barnes-mls-protocol, up to 00 of draft-ietf-mls-protocol: who adds agrees on
// the first leaf key with the newcomer's prekey, and who removes computes the path
// from a fresh key in place of the leaf. Both then know the key of a leaf that is not
// their own, which the drafts call a double-join.
type art struct{}

// The first leaf key is agreed with the prekey.
func (art) ownLeaf() bool { return false }

// more: nothing is replaced that is not above what changes.
func (art) more(*rekeying) []uint32 { return nil }

// rekey sets leaves and then computes the nodes above them. A node with one child
// that has a key has that key.
func (art) rekey(r *rekeying) {
	t := r.after
	for _, x := range r.joiners() {
		t[x].key = r.b.rule("R-A2", indexed(sim.NodeKey, r.step, x), r.added[x].init)
		t[x].foreign, t[x].keeper = true, r.who
		r.public++ // the ephemeral key
	}
	if r.update {
		t[r.own].key, t[r.own].foreign = r.b.draw(named(sim.LeafKey, r.step)), false
		r.public++
	}
	fresh := map[uint32]uint32{} // nodes without a key for which that of a removed leaf stands
	for _, x := range r.removed {
		if int(x) < len(t) && !t[x].member {
			fresh[x] = x
		}
	}
	r.root = t[r.own].key
	for _, x := range r.nodes {
		r.forget(x)
		r.root = r.agree(x, fresh)
	}
}

// agree sets the key of a parent.
func (r *rekeying) agree(x uint32, fresh map[uint32]uint32) sim.Name {
	t, l, k := r.after, left(x), right(x)
	if b := r.before; int(x) < len(b) && t[l].key == b[l].key && t[k].key == b[k].key && !none(b[x].key) && len(fresh) == 0 {
		return b[x].key // the root of a tree that was halved
	}
	for _, y := range [2]uint32{l, k} {
		if leaf, ok := fresh[y]; ok && none(t[y].key) {
			other := l ^ k ^ y
			if none(t[other].key) {
				fresh[x] = leaf // nobody is below x
				continue
			}
			t[leaf].ghost, t[leaf].keeper = r.b.draw(indexed(sim.NodeKey, r.step, leaf)), r.who
			t[leaf].above = x
			return r.pair(x, t[leaf].ghost, t[other].key)
		}
	}
	switch {
	case none(t[l].key):
		t[x] = slot{key: t[k].key}
	case none(t[k].key):
		t[x] = slot{key: t[l].key}
	default:
		return r.pair(x, t[l].key, t[k].key)
	}
	return t[x].key
}

// pair sets a key that either of two others gives.
func (r *rekeying) pair(x uint32, a, b sim.Name) sim.Name {
	key := indexed(sim.NodeKey, r.step, x)
	r.b.rule("R-A1", key, a)
	r.b.rule("R-A1", key, b)
	r.after[x] = slot{key: key}
	r.joint[x] = true
	r.public++
	return key
}

// forget drops the key of a removed leaf once the node that followed from it is
// replaced.
func (r *rekeying) forget(x uint32) {
	for y := range r.after {
		if s := &r.after[y]; !none(s.ghost) && s.above == x {
			s.ghost, s.above = sim.Name{}, 0
		}
	}
}

// follow computes each node above a leaf that has two children.
func (art) follow(c *commit, node uint32) (opens int, consumed []sim.Name) {
	for _, x := range c.to.tree.path(node) {
		if c.joint[x] {
			opens++
		}
	}
	return opens, nil
}

// knows lists the leaf keys that a client has chosen for others.
func (art) knows(t tree, c sim.ClientID) []sim.Held {
	var held []sim.Held
	for x := 0; x < len(t); x += 2 {
		s := t[x]
		if s.foreign && s.keeper == c {
			held = append(held, sim.Held{Part: sim.PartNode, Node: uint32(x), Name: s.key})
		}
		if !none(s.ghost) && s.keeper == c {
			held = append(held, sim.Held{Part: sim.PartNode, Node: uint32(x), Name: s.ghost})
		}
	}
	return held
}
