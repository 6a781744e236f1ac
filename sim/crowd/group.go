package crowd

import (
	"errors"
	"fmt"
)

// A Member names a member by the order of its appearance, from 0.
type Member uint32

// live is the cursor of a member whose device follows the group at once.
const live = forever

// member is what is kept of a member. The rest of its state follows from it and
// from the past of the tree.
type member struct {
	leaf   Leaf
	joined uint32 // the epoch that added it; forever if it waits for that
	left   uint32 // the epoch that removed it, or forever
	cursor uint32 // the epoch that its device stands at, or live
	held   uint32 // of a device that is not live: the epoch that its leaf key is from
	next   uint32 // and the epoch whose Commit has covered its Update since; 0 if none has
	asked  uint32 // the epoch in which it last proposed an Update, or forever
}

// A Group is a group of RFC 9420 in one history. Its methods change it; they are
// not safe for several callers at a time.
type Group struct {
	// Sizes say how many bytes the parts of a message have.
	Sizes Sizes
	// Now is the time that the adversary learns at.
	Now int64

	tree      *tree
	epoch     uint32
	members   []member
	owners    []Member // by leaf
	updates   []Member // have proposed one in this epoch
	leaving   []Member // are to be removed by the next Commit
	joining   []Member // are to be added by it
	adversary *Adversary
	first     Commit // by which the creator added the others, if it did
}

// A Start is how a group comes to be.
type Start uint8

const (
	// Warm is a group in whose tree no parent is blank that could be set, at epoch 0:
	// what experiments start from that say nothing of how it came about.
	Warm Start = iota
	// AddedWithPath is a group whose creator has added all others by one Commit with a
	// path, at epoch 1.
	AddedWithPath
	// AddedWithoutPath is the same without: all parents are blank.
	AddedWithoutPath
)

// Most is the largest number of members that a group can have.
const Most = 1 << 28

// New returns a group of n members whose devices follow it. An adversary, which
// needs to remember the past of the tree, is there if it is watched.
func New(n int, start Start, watched bool) (*Group, error) {
	if n < 1 || n > Most {
		return nil, fmt.Errorf("%d members: there are 1 to %d", n, Most)
	}
	g := &Group{Sizes: X25519}
	var p *past
	if watched {
		p = &past{}
		g.adversary = newAdversary(g)
	}
	g.tree = newTree(p)
	first := n
	if start != Warm {
		first = 1
	}
	for range first {
		g.seat(g.Join(), 0)
	}
	g.joining = nil
	if start == Warm {
		g.tree.warm()
		return g, nil
	}
	for range n - 1 {
		g.Join()
	}
	if n == 1 {
		return g, nil
	}
	var err error
	g.first, err = g.Commit(0, start == AddedWithoutPath)
	return g, err
}

// seat puts a client on a leaf.
func (g *Group) seat(m Member, epoch uint32) {
	l := g.tree.add(epoch)
	g.members[m].leaf, g.members[m].joined = l, epoch
	for int(l) >= len(g.owners) {
		g.owners = append(g.owners, 0)
	}
	g.owners[l] = m
}

// warm sets every parent that has members on both sides, as of epoch 0.
func (t *tree) warm() {
	for h := uint8(1); h <= t.depth; h++ {
		for p := (place{h, 0}); p.number < 1<<(t.depth-h); p.number++ {
			left := place{h - 1, 2 * p.number}
			if t.resolution(left) > 0 && t.resolution(left.beside()) > 0 {
				t.set(p.node(), 0)
			} else {
				t.sum(p)
			}
		}
	}
}

// Epoch returns the number of the present epoch.
func (g *Group) Epoch() uint32 { return g.epoch }

// Size returns the number of members.
func (g *Group) Size() int { return g.tree.members }

// Adversary returns who watches the group, nil if nobody does.
func (g *Group) Adversary() *Adversary { return g.adversary }

// Blank returns the part of the parents that are blank, 0 for a group of one.
func (g *Group) Blank() float64 {
	all := 1<<g.tree.depth - 1
	if all == 0 {
		return 0
	}
	return float64(all-g.tree.parents) / float64(all)
}

// Refusals of what no member could do.
var (
	errNoMember = errors.New("no such member")
	errGone     = errors.New("not a member any more")
	errWaiting  = errors.New("not a member yet")
	errAway     = errors.New("its device does not follow the group")
	errAlone    = errors.New("the committer cannot remove itself")
)

// inGroup returns a member of the group, or says why it is none.
func (g *Group) inGroup(m Member) (*member, error) {
	if int(m) >= len(g.members) {
		return nil, errNoMember
	}
	switch x := &g.members[m]; {
	case x.joined == forever:
		return nil, errWaiting
	case x.left != forever:
		return nil, errGone
	default:
		return x, nil
	}
}

// Update proposes a fresh leaf key of a member whose device follows the group
// (RFC 9420, Section 12.1.2). The next Commit by another covers it.
func (g *Group) Update(m Member) error {
	x, err := g.inGroup(m)
	if err != nil {
		return err
	}
	if x.cursor != live {
		return errAway
	}
	if x.asked == g.epoch { // the newest counts, which takes the place of the other
		if g.adversary != nil {
			delete(g.adversary.pending, m)
		}
		return nil
	}
	x.asked = g.epoch
	g.updates = append(g.updates, m)
	return nil
}

// Remove lets the next Commit by another member remove this one (Section 12.1.3).
func (g *Group) Remove(m Member) error {
	if _, err := g.inGroup(m); err != nil {
		return err
	}
	for _, other := range g.leaving {
		if other == m {
			return nil
		}
	}
	g.leaving = append(g.leaving, m)
	return nil
}

// Join lets a new client publish a KeyPackage, by which the next Commit adds it
// (Section 12.1.1).
func (g *Group) Join() Member {
	m := Member(len(g.members))
	g.members = append(g.members, member{joined: forever, left: forever, cursor: live, asked: forever})
	g.joining = append(g.joining, m)
	return m
}

// Follow lets a member's device process all that it has missed, and whatever comes.
// It tells whether the member is still in the group.
func (g *Group) Follow(m Member) bool {
	x := &g.members[m]
	x.cursor, x.next = live, 0
	return x.left == forever
}

// Leave lets a member's device stand where it is until Follow. That it has proposed
// an Update remains.
func (g *Group) Leave(m Member) {
	x := &g.members[m]
	if x.cursor == live && x.joined != forever && x.left == forever {
		x.cursor, x.held, x.next = g.epoch, g.stampOf(x)-1, 0
	}
}

func (g *Group) stampOf(x *member) uint32 { return g.tree.stamp[above(x.leaf, 0).node()] }
