package rival

import (
	"slices"

	"mlssim/sim"
)

// A tree is a complete binary tree of keys, in the array of RFC 9420, Appendix C:
// leaf i is node 2i. It has a power of two of leaves, doubles when it is full, and
// is halved while nobody is in its right half. It is a value: what changes it
// works on a copy.
type tree []slot

// A slot is a node. Below a slot without a key there is nobody.
type slot struct {
	key    sim.Name
	member bool // of a leaf: somebody is there
	client sim.ClientID
	joined sim.StepID // of a leaf: of the prekeys that its member came with

	// Who knows the key and has no right to: of a leaf in ART the one who chose it
	// for another, of a parent in Tainted TreeKEM the one who chose it from outside.
	foreign bool
	keeper  sim.ClientID
	// ART: the key of a removed leaf, from which its parent's key was computed.
	ghost sim.Name
	above uint32 // the node whose key followed from it
}

// newTree returns the tree of one member.
func newTree(c sim.ClientID, joined sim.StepID, key sim.Name) tree {
	return tree{{key: key, member: true, client: c, joined: joined}}
}

// leaves returns the number of leaves.
func (t tree) leaves() uint32 { return uint32(len(t)+1) / 2 }

// root returns the index of the root.
func (t tree) root() uint32 { return t.leaves() - 1 }

// level is the height of a node above the leaves.
func level(x uint32) int {
	k := 0
	for ; x>>k&1 == 1; k++ {
	}
	return k
}

func left(x uint32) uint32  { return x ^ 1<<(level(x)-1) }
func right(x uint32) uint32 { return x ^ 3<<(level(x)-1) }

// parent returns the node above one that is not the root.
func parent(x uint32) uint32 {
	k := level(x)
	return (x | 1<<k) &^ (2 << k)
}

// path lists the parents of a node, up to the root.
func (t tree) path(x uint32) []uint32 {
	var p []uint32
	for x != t.root() {
		x = parent(x)
		p = append(p, x)
	}
	return p
}

// below tells whether leaf node l is x or below x.
func below(l, x uint32) bool {
	half := uint32(1)<<level(x) - 1
	return x-half <= l && l <= x+half
}

// seat returns the node of a client's leaf.
func (t tree) seat(c sim.ClientID) (uint32, bool) {
	for x := 0; x < len(t); x += 2 {
		if t[x].member && t[x].client == c {
			return uint32(x), true
		}
	}
	return 0, false
}

// add puts a new member on the leftmost free leaf, and returns its node.
func (t *tree) add(s slot) uint32 {
	x := 0
	for ; x < len(*t); x += 2 {
		if !(*t)[x].member {
			(*t)[x] = s
			return uint32(x)
		}
	}
	*t = append(*t, make(tree, len(*t)+1)...)
	(*t)[x] = s
	return uint32(x)
}

// truncate halves the tree while nobody is in its right half.
func (t *tree) truncate() {
	for len(*t) > 1 && !(*t).anybody(right((*t).root())) {
		*t = slices.Clip((*t)[:len(*t)/2])
	}
}

// anybody tells whether there is a member below a node.
func (t tree) anybody(x uint32) bool {
	half := uint32(1)<<level(x) - 1
	for l := x - half; l <= x+half; l += 2 {
		if t[l].member {
			return true
		}
	}
	return false
}

// members lists the occupied leaves.
func (t tree) members() []sim.Member {
	var all []sim.Member
	for x := 0; x < len(t); x += 2 {
		if s := t[x]; s.member {
			all = append(all, sim.Member{Leaf: uint32(x / 2), Client: s.client, Key: s.key})
		}
	}
	return all
}

// parents lists the parents that have a key.
func (t tree) parents() []sim.Parent {
	var all []sim.Parent
	for x := 1; x < len(t); x += 2 {
		if !none(t[x].key) {
			all = append(all, sim.Parent{Node: uint32(x), Key: t[x].key})
		}
	}
	return all
}

// upward marks nodes and all that is above them, and returns the parents among
// them from the lowest level to the root, each level from the left.
func (t tree) upward(from []uint32) []uint32 {
	seen := map[uint32]bool{}
	var all []uint32
	for _, x := range from {
		for ; !seen[x]; x = parent(x) {
			seen[x] = true
			if level(x) > 0 {
				all = append(all, x)
			}
			if x == t.root() {
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b uint32) int {
		if d := level(a) - level(b); d != 0 {
			return d
		}
		return int(a) - int(b)
	})
	return all
}
