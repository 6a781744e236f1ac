package adversary

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"

	"mlssim/sim"
)

// A Remedy is a Commit with a path that could end an epoch, and what it would
// bring: its commit_secret, and with it the next epoch, stays secret unless the
// adversary knows a key to which its path is encrypted (RFC 9420, Section 7.6).
type Remedy struct {
	By      sim.ClientID
	Covers  Covering
	Whom    sim.ClientID // whose Update, or who is removed
	Heals   bool
	Because sim.Name // a key that the adversary knows, where it does not heal
	Node    uint32   // of the ratchet tree, whose key that is
}

// Covering is what a Commit covers beside its path.
type Covering uint8

const (
	CoversNothing Covering = iota
	CoversUpdate           // an Update with a fresh key
	CoversRemove
)

// Remedies tries every member's Commit out of an epoch: alone, and with the Update
// or Remove of each member of whom the adversary knows the leaf key or that of a
// node above.
func Remedies(v sim.View, known func(sim.Name) bool) []Remedy {
	t := newTree(v, known)
	var list []Remedy
	for _, by := range v.Members {
		list = append(list, t.remedy(by, CoversNothing, sim.Member{}))
	}
	for _, whom := range t.exposed(v) {
		for _, covers := range []Covering{CoversUpdate, CoversRemove} {
			for _, by := range v.Members {
				if by.Client != whom.Client {
					list = append(list, t.without(whom, covers).remedy(by, covers, whom))
				}
			}
		}
	}
	return list
}

// Together returns the smallest set of members, in the order of leaves, such that
// a Commit of any of them that covers Updates or Removes of the others heals; nil
// if a Commit of everybody leaves the adversary a key.
func Together(v sim.View, known func(sim.Name) bool) []sim.ClientID {
	t := newTree(v, known)
	candidates := t.exposed(v)
	for size := 1; size <= min(len(candidates), 4); size++ {
		if set := t.heal(candidates, size); set != nil {
			return clients(set)
		}
	}
	if t.healedBy(candidates) {
		return clients(candidates)
	}
	return nil
}

func clients(members []sim.Member) []sim.ClientID {
	var ids []sim.ClientID
	for _, m := range members {
		ids = append(ids, m.Client)
	}
	return ids
}

// heal returns the first set of some size of candidates that heals, or nil.
func (t tree) heal(candidates []sim.Member, size int) []sim.Member {
	if len(candidates) > 20 {
		return nil // more than a million sets
	}
	for set := uint(0); set < 1<<len(candidates); set++ {
		if bits.OnesCount(set) != size {
			continue
		}
		var some []sim.Member
		for i, m := range candidates {
			if set>>i&1 == 1 {
				some = append(some, m)
			}
		}
		if t.healedBy(some) {
			return some
		}
	}
	return nil
}

// healedBy tells whether each of the members heals with a Commit that covers the others.
func (t tree) healedBy(members []sim.Member) bool {
	for _, by := range members {
		after := t
		for _, m := range members {
			if m.Client != by.Client {
				after = after.without(m, CoversUpdate)
			}
		}
		if _, _, blocked := after.reads(by.Leaf); blocked {
			return false
		}
	}
	return len(members) > 0
}

// tree is a ratchet tree as the adversary sees it: by node (RFC 9420, Appendix C),
// those that are blank left out.
type tree struct {
	nodes map[uint32]node
	root  uint32
}

type node struct {
	key      sim.Name
	known    bool
	unmerged []uint32
}

func newTree(v sim.View, known func(sim.Name) bool) tree {
	t := tree{nodes: map[uint32]node{}}
	last := uint32(0)
	for _, m := range v.Members {
		t.nodes[2*m.Leaf] = node{key: m.Key, known: known(m.Key)}
		last = max(last, m.Leaf)
	}
	for _, p := range v.Parents {
		t.nodes[p.Node] = node{key: p.Key, known: known(p.Key), unmerged: p.Unmerged}
	}
	t.root = 1<<bits.Len32(last) - 1
	return t
}

// exposed lists the members of whom the leaf key or that of a node above is known.
func (t tree) exposed(v sim.View) []sim.Member {
	var list []sim.Member
	for _, m := range v.Members {
		for x := 2 * m.Leaf; ; x = parent(x) {
			if t.nodes[x].known {
				list = append(list, m)
				break
			}
			if x == t.root {
				break
			}
		}
	}
	slices.SortFunc(list, func(a, b sim.Member) int { return cmp.Compare(a.Leaf, b.Leaf) })
	return list
}

// without returns the tree after an Update with a key that the adversary does not
// know, or a Remove: both blank the direct path (RFC 9420, Sections 12.1.2, 12.1.3).
// The root may stay where it is, as blank nodes have no part in a resolution.
func (t tree) without(m sim.Member, covers Covering) tree {
	after := tree{nodes: map[uint32]node{}, root: t.root}
	maps.Copy(after.nodes, t.nodes)
	leaf := 2 * m.Leaf
	for x := leaf; x != t.root; x = parent(x) {
		delete(after.nodes, x)
	}
	delete(after.nodes, t.root)
	if covers == CoversUpdate {
		after.nodes[leaf] = node{}
	}
	return after
}

func (t tree) remedy(by sim.Member, covers Covering, whom sim.Member) Remedy {
	r := Remedy{By: by.Client, Covers: covers, Whom: whom.Client}
	x, n, blocked := t.reads(by.Leaf)
	if r.Heals = !blocked; blocked {
		r.Because, r.Node = n.key, x
	}
	return r
}

// reads returns a node whose key the adversary knows and to which the path of a
// leaf's Commit is encrypted.
func (t tree) reads(leaf uint32) (uint32, node, bool) {
	for x := 2 * leaf; x != t.root; x = parent(x) {
		if at, n, ok := t.resolves(sibling(x)); ok {
			return at, n, true
		}
	}
	return 0, node{}, false
}

// resolves looks for a known key in the resolution of a node (RFC 9420, Section 4.1.1).
func (t tree) resolves(x uint32) (uint32, node, bool) {
	if n, ok := t.nodes[x]; ok {
		if n.known {
			return x, n, true
		}
		for _, leaf := range n.unmerged {
			if u := t.nodes[2*leaf]; u.known {
				return 2 * leaf, u, true
			}
		}
		return 0, node{}, false
	}
	if x&1 == 0 {
		return 0, node{}, false
	}
	half := uint32(1) << (level(x) - 1)
	if at, n, ok := t.resolves(x - half); ok {
		return at, n, true
	}
	return t.resolves(x + half)
}

// Node indices of RFC 9420, Appendix C.

func level(x uint32) int { return bits.TrailingZeros32(^x) }

func parent(x uint32) uint32 {
	k := level(x)
	return (x | 1<<k) &^ (1 << (k + 1))
}

func sibling(x uint32) uint32 {
	p := parent(x)
	return 2*p - x
}
