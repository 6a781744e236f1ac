package tree

import (
	"bytes"
	"encoding/binary"
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
)

// flat is the tree as an array, done as plainly as can be: a subtree is a part
// of the array with its head in the middle, and everything is computed from the
// definitions. It is what the linked tree is compared with.
type flat struct {
	s     *suite.Suite
	nodes []flatNode
}

type flatNode struct {
	leaf   *LeafNode
	parent *ParentNode
}

// part is a subtree: nodes lo to hi-1.
type part struct{ lo, hi int }

func (p part) head() int   { return (p.lo + p.hi) / 2 }
func (p part) left() part  { return part{p.lo, p.head()} }
func (p part) right() part { return part{p.head() + 1, p.hi} }
func (p part) leaf() bool  { return p.hi-p.lo == 1 }

func (f *flat) whole() part { return part{0, len(f.nodes)} }

func (f *flat) clone() *flat { return &flat{f.s, slices.Clone(f.nodes)} }

// part returns the subtree with its head at x.
func (f *flat) part(x int) part {
	p := f.whole()
	for p.head() != x {
		if x < p.head() {
			p = p.left()
		} else {
			p = p.right()
		}
	}
	return p
}

// above returns the subtrees that leaf x is in and their children on its copath,
// lowest first.
func (f *flat) above(x int) (path, copath []part) {
	for p := f.whole(); !p.leaf(); {
		path = append(path, p)
		if x < p.head() {
			copath, p = append(copath, p.right()), p.left()
		} else {
			copath, p = append(copath, p.left()), p.right()
		}
	}
	slices.Reverse(path)
	slices.Reverse(copath)
	return path, copath
}

func (f *flat) resolution(p part) []int {
	n := f.nodes[p.head()]
	switch {
	case n.parent != nil:
		list := []int{p.head()}
		for _, i := range n.parent.UnmergedLeaves {
			list = append(list, 2*int(i))
		}
		return list
	case n.leaf != nil:
		return []int{p.head()}
	case p.leaf():
		return nil
	}
	return append(f.resolution(p.left()), f.resolution(p.right())...)
}

func (f *flat) filtered(x int) (path, copath []part) {
	all, other := f.above(x)
	for k := range all {
		if len(f.resolution(other[k])) > 0 {
			path, copath = append(path, all[k]), append(copath, other[k])
		}
	}
	return path, copath
}

// hash writes TreeHashInput by hand.
func (f *flat) hash(p part) []byte {
	n := f.nodes[p.head()]
	var b []byte
	if p.leaf() {
		b = binary.BigEndian.AppendUint32([]byte{1}, uint32(p.head()/2))
		if n.leaf == nil {
			return f.s.Hash(append(b, 0))
		}
		return f.s.Hash(append(append(b, 1), wire.Encode(n.leaf)...))
	}
	b = []byte{2, 0}
	if n.parent != nil {
		b = append([]byte{2, 1}, wire.Encode(n.parent)...)
	}
	b = append(b, byte(f.s.Nh))
	b = append(b, f.hash(p.left())...)
	b = append(b, byte(f.s.Nh))
	return f.s.Hash(append(b, f.hash(p.right())...))
}

// parentHash returns the parent hash of the head of p with copath child s.
func (f *flat) parentHash(p, s part) []byte {
	parent := f.nodes[p.head()].parent
	original := f.clone()
	for _, i := range parent.UnmergedLeaves {
		original.nodes[2*i].leaf = nil
		for x, n := range original.nodes {
			if n.parent != nil && slices.Contains(n.parent.UnmergedLeaves, i) {
				without := *n.parent
				without.UnmergedLeaves = slices.DeleteFunc(slices.Clone(without.UnmergedLeaves), func(j LeafIndex) bool { return i == j })
				original.nodes[x].parent = &without
			}
		}
	}
	b := wire.AppendVarint(nil, len(parent.EncryptionKey))
	b = append(b, parent.EncryptionKey...)
	b = append(b, byte(len(parent.ParentHash)))
	b = append(b, parent.ParentHash...)
	b = append(b, byte(f.s.Nh))
	return f.s.Hash(append(b, original.hash(s)...))
}

// vouchers counts the nodes D for which p is parent-hash valid with copath child
// s and other child c: any node below, by the three criteria of Section 7.9.2.
func (f *flat) vouchers(p, c, s part) int {
	count := 0
	for x := c.lo; x < c.hi; x++ {
		d := f.nodes[x]
		var field []byte
		switch {
		case d.parent != nil:
			field = d.parent.ParentHash
		case d.leaf != nil:
			field = d.leaf.ParentHash
		}
		var unmerged []int
		for _, i := range f.nodes[p.head()].parent.UnmergedLeaves {
			if c.lo <= 2*int(i) && 2*int(i) < c.hi {
				unmerged = append(unmerged, 2*int(i))
			}
		}
		resolution := f.resolution(c)
		at := slices.Index(resolution, x)
		if at < 0 || field == nil || !bytes.Equal(field, f.parentHash(p, s)) {
			continue
		}
		rest := slices.Delete(resolution, at, at+1)
		slices.Sort(rest)
		if slices.Equal(rest, unmerged) {
			count++
		}
	}
	return count
}

func (f *flat) parentHashValid() bool {
	for x, n := range f.nodes {
		if n.parent == nil {
			continue
		}
		p := f.part(x)
		if f.vouchers(p, p.left(), p.right())+f.vouchers(p, p.right(), p.left()) != 1 {
			return false
		}
	}
	return true
}

func (f *flat) add(leaf LeafNode) LeafIndex {
	x := 0
	for ; x < len(f.nodes) && f.nodes[x].leaf != nil; x += 2 {
	}
	if x >= len(f.nodes) {
		f.nodes = append(f.nodes, make([]flatNode, len(f.nodes)+1)...)
	}
	path, _ := f.above(x)
	for _, p := range path {
		if old := f.nodes[p.head()].parent; old != nil {
			with := *old
			with.UnmergedLeaves = append(slices.Clone(old.UnmergedLeaves), LeafIndex(x/2))
			slices.Sort(with.UnmergedLeaves)
			f.nodes[p.head()].parent = &with
		}
	}
	f.nodes[x].leaf = &leaf
	return LeafIndex(x / 2)
}

// set puts another leaf at i, and blanks the path above it.
func (f *flat) set(i LeafIndex, leaf *LeafNode) {
	f.nodes[2*i].leaf = leaf
	path, _ := f.above(2 * int(i))
	for _, p := range path {
		f.nodes[p.head()].parent = nil
	}
}

func (f *flat) remove(i LeafIndex) {
	f.set(i, nil)
	for len(f.nodes) > 1 && !slices.ContainsFunc(f.nodes[len(f.nodes)/2+1:], func(n flatNode) bool { return n.leaf != nil }) {
		f.nodes = f.nodes[:len(f.nodes)/2]
	}
}

// commit sets a path, and returns the parent hash that its leaf should have.
func (f *flat) commit(from LeafIndex, leaf LeafNode, keys []suite.HPKEPublicKey) []byte {
	path, copath := f.filtered(2 * int(from))
	f.set(from, &leaf)
	var hash []byte
	for k := len(path) - 1; k >= 0; k-- {
		f.nodes[path[k].head()].parent = &ParentNode{EncryptionKey: keys[k], ParentHash: hash}
		hash = f.parentHash(path[k], copath[k])
	}
	return hash
}
