package crowd

import "slices"

// A Commit is what a Commit was, for whoever counts.
type Commit struct {
	Epoch   uint32 // that it begins
	By      Member
	Path    bool
	Updates int // covered, by reference
	Removes int // by value, as are Adds
	Adds    int
	// Nodes is the length of the committer's filtered direct path (RFC 9420, Section 4.1.2).
	Nodes int
	// Ciphertexts is the number of HPKE ciphertexts in the path (Section 7.6).
	Ciphertexts int
	// Sealed is how many of them are for the copath node of each height; Heights has a
	// bit for each that the path has a node above, even if nobody is sealed to.
	Sealed  [32]uint32
	Heights uint32
	// Bytes is the length of the message, a PublicMessage.
	Bytes int
}

// Commit lets a member whose device follows the group end the epoch (Section 12.4.1):
// by a Commit that covers all that others have proposed and that removes and adds
// whoever waits for it. It has a path, unless noPath is set and nothing but Adds is
// in it (Section 12.4).
func (g *Group) Commit(by Member, noPath bool) (Commit, error) {
	x, err := g.inGroup(by)
	if err != nil {
		return Commit{}, err
	}
	if x.cursor != live {
		return Commit{}, errAway
	}
	if slices.Contains(g.leaving, by) {
		return Commit{}, errAlone
	}
	c := Commit{Epoch: g.epoch + 1, By: by}
	g.cover(&c)
	c.Path = !noPath || c.Updates > 0 || c.Removes > 0 || c.Adds == 0
	from := x.leaf
	if c.Path {
		g.weigh(&c, from)
	}
	c.Bytes = g.Sizes.Commit(&c)
	if g.adversary != nil {
		g.adversary.observe(&c, from, g.joining)
	}
	if c.Path {
		g.refresh(&c, from)
	}
	g.epoch = c.Epoch
	if g.adversary != nil {
		g.adversary.begin(&c, g.joining)
	}
	g.updates, g.joining, g.leaving = g.updates[:0], nil, nil
	return c, nil
}

// cover applies proposals in the order of Section 12.3.
func (g *Group) cover(c *Commit) {
	for _, m := range g.updates {
		if m == c.By || slices.Contains(g.leaving, m) {
			continue
		}
		c.Updates++
		x := &g.members[m]
		g.tree.update(x.leaf, c.Epoch)
		if x.cursor != live {
			x.next = c.Epoch
		}
		if g.adversary != nil {
			g.adversary.updated(m, x, c.Epoch)
		}
	}
	for _, m := range g.leaving {
		c.Removes++
		x := &g.members[m]
		x.left = c.Epoch
		g.tree.remove(x.leaf, c.Epoch)
	}
	for _, m := range g.joining {
		c.Adds++
		g.seat(m, c.Epoch)
	}
}

// weigh counts what the path from a leaf has: for each node on it whose copath has
// members, a ciphertext for each node in the resolution of that, but for the leaves
// that the Commit itself adds (Section 7.5).
func (g *Group) weigh(c *Commit, from Leaf) {
	t := g.tree
	for h := uint8(0); h < t.depth; h++ {
		n := t.resolution(above(from, h).beside())
		if n == 0 {
			continue
		}
		c.Nodes++
		c.Heights |= 1 << h
		c.Sealed[h] = n
	}
	for _, m := range g.joining {
		c.Sealed[meet(from, g.members[m].leaf)-1]--
	}
	for _, n := range c.Sealed {
		c.Ciphertexts += int(n)
	}
}

// refresh merges the path into the tree: what is on the direct path and not on the
// filtered one becomes blank (Section 7.5).
func (g *Group) refresh(c *Commit, from Leaf) {
	t := g.tree
	t.stamp[above(from, 0).node()] = c.Epoch + 1
	for h := uint8(1); h <= t.depth; h++ {
		p := above(from, h)
		x := p.node()
		if c.Heights>>(h-1)&1 == 1 {
			t.set(x, c.Epoch)
			continue
		}
		if t.stamp[x] != 0 {
			t.blank(x, c.Epoch)
		}
		t.sum(p)
	}
}
