package crowd

import "math/bits"

// A Leaf is the index of a leaf (RFC 9420, Section 4.1).
type Leaf uint32

// A place is a node by its height, 0 for a leaf, and its number in the row of that
// height, from the left.
type place struct {
	height uint8
	number uint32
}

// node returns the index of Appendix C.
func (p place) node() uint32 { return p.number<<(p.height+1) | (1<<p.height - 1) }

// above returns the ancestor of a leaf at a height.
func above(l Leaf, height uint8) place { return place{height, uint32(l) >> height} }

// beside returns the other child of the parent of p.
func (p place) beside() place { return place{p.height, p.number ^ 1} }

// meet returns the height of the lowest node that is above both leaves.
func meet(a, b Leaf) uint8 { return uint8(bits.Len32(uint32(a ^ b))) }

// A tree is a ratchet tree. It has no keys, but says of each node from which epoch
// its key is.
type tree struct {
	depth uint8
	// stamp is 0 for a blank node, or 1 + the epoch that its key is from; by node index.
	stamp []uint32
	// cover is the number of nodes in the resolution of a parent; by node index.
	cover []uint32
	// added is the epoch that a member was added in, by leaf.
	added []uint32
	// unmerged lists the unmerged leaves of those parents that have any.
	unmerged map[uint32][]Leaf
	holes    holes
	used     uint32 // no leaf from here on was ever occupied since the tree had that size
	members  int
	parents  int // that are not blank
	past     *past
}

func newTree(past *past) *tree {
	return &tree{stamp: make([]uint32, 1), cover: make([]uint32, 1), added: make([]uint32, 1), unmerged: map[uint32][]Leaf{}, past: past}
}

// resolution returns the size of the resolution of a node (Section 4.1.1).
func (t *tree) resolution(p place) uint32 {
	if p.height == 0 {
		return min(t.stamp[p.node()], 1)
	}
	return t.cover[p.node()]
}

// sum recomputes the resolution of a blank parent.
func (t *tree) sum(p place) {
	left := place{p.height - 1, 2 * p.number}
	t.cover[p.node()] = t.resolution(left) + t.resolution(left.beside())
}

// blankPath blanks all parents above a leaf in an epoch's Commit. If the leaf itself
// has become blank, the resolutions above it change in any case.
func (t *tree) blankPath(l Leaf, epoch uint32, changed bool) {
	for h := uint8(1); h <= t.depth; h++ {
		p := above(l, h)
		x := p.node()
		if t.stamp[x] != 0 {
			t.blank(x, epoch)
			changed = true
		}
		if changed {
			t.sum(p)
		}
	}
}

// blank blanks a parent.
func (t *tree) blank(x, epoch uint32) {
	t.stamp[x] = 0
	t.parents--
	if len(t.unmerged) > 0 {
		delete(t.unmerged, x)
	}
	t.past.end(x, epoch)
}

// set gives a parent a key of an epoch.
func (t *tree) set(x, epoch uint32) {
	if t.stamp[x] == 0 {
		t.parents++
	} else {
		t.past.end(x, epoch)
	}
	if len(t.unmerged) > 0 {
		delete(t.unmerged, x)
	}
	t.stamp[x], t.cover[x] = epoch+1, 1
	t.past.begin(x, epoch)
}

// update gives a leaf a key of an epoch and blanks what is above it (Section 12.1.2).
func (t *tree) update(l Leaf, epoch uint32) {
	t.stamp[above(l, 0).node()] = epoch + 1
	t.blankPath(l, epoch, false)
}

// remove blanks a leaf and what is above it, and cuts the tree down as far as its
// right half is empty (Section 12.1.3).
func (t *tree) remove(l Leaf, epoch uint32) {
	t.stamp[above(l, 0).node()] = 0
	t.members--
	t.holes.push(l)
	t.blankPath(l, epoch, true)
	for t.depth > 0 && t.resolution(place{t.depth - 1, 1}) == 0 {
		t.depth--
		t.used = min(t.used, 1<<t.depth)
	}
	t.resize()
}

// add puts a new member on the leftmost blank leaf, for which the tree is doubled if
// there is none (Section 12.1.1).
func (t *tree) add(epoch uint32) Leaf {
	l := t.vacant()
	if uint32(l) >= 1<<t.depth {
		t.depth++
		t.resize()
		root := above(0, t.depth)
		t.stamp[root.node()] = 0
		t.sum(root)
	}
	t.stamp[above(l, 0).node()] = epoch + 1
	t.added[l] = epoch
	t.members++
	for h := uint8(1); h <= t.depth; h++ {
		x := above(l, h).node()
		if t.stamp[x] != 0 {
			t.unmerged[x] = append(t.unmerged[x], l)
		}
		t.cover[x]++
	}
	return l
}

// vacant takes the leftmost blank leaf, or the first behind the last.
func (t *tree) vacant() Leaf {
	for len(t.holes) > 0 && uint32(t.holes[0]) < t.used {
		if l := t.holes.pop(); t.stamp[above(l, 0).node()] == 0 {
			return l
		}
	}
	t.used++
	return Leaf(t.used - 1)
}

// resize makes room for the leaves that the tree has. What it does not have is blank.
func (t *tree) resize() {
	n := 1 << t.depth
	t.stamp, t.cover, t.added = sized(t.stamp, 2*n-1), sized(t.cover, 2*n-1), sized(t.added, n)
	t.past.resize(2*n - 1)
}

func sized(s []uint32, n int) []uint32 {
	if n <= cap(s) {
		return s[:n]
	}
	return append(s, make([]uint32, n-len(s))...)
}

// holes are leaves that were occupied once, the least first: a binary heap. Some may
// be occupied again, or there twice.
type holes []Leaf

func (h *holes) push(l Leaf) {
	s := append(*h, l)
	for i := len(s) - 1; i > 0 && s[i] < s[(i-1)/2]; i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
	*h = s
}

func (h *holes) pop() Leaf {
	s := *h
	first, n := s[0], len(s)-1
	s[0] = s[n]
	s = s[:n]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < n; child++ {
			if s[child] < s[least] {
				least = child
			}
		}
		if least == i {
			break
		}
		s[i], s[least] = s[least], s[i]
		i = least
	}
	*h = s
	return first
}
