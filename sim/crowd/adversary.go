package crowd

import "math/bits"

// An Adversary takes the state of members' devices and knows what follows from it,
// by the rules of docs/rules.md: T1 to T5 of the path, K1 to K4 of the key schedule,
// W1 and W2 of the Welcome. What it knows of an epoch is all or nothing but for the
// init_secret, which a theft may take alone.
type Adversary struct {
	g       *Group
	commits []made  // by the epoch that they begin
	epochs  []known // by number
	learned []uint32
	keys    int // that it has ever come to know, of leaves and parents

	alive   []key            // keys that it knows and that may still be in the tree
	work    []key            // keys whose uses in the past have not been looked for
	leaves  map[leafKey]bool // leaf keys that it knows
	pending map[Member]bool  // whose Update under way it knows the leaf key of
	stores  map[Member]bool  // who waits to be added, with a KeyPackage of which it knows the private keys
}

// made is a Commit that was made.
type made struct {
	from Leaf
	path bool
	low  uint8 // the lowest height of a node on the path whose path secret it knows; none if of no node
}

const none = ^uint8(0)

// known is what it knows of an epoch.
type known struct {
	init     bool
	late     bool  // it learned of the epoch when that was over
	leakedAt int64 // or Never
}

// Never is the time of what has not happened.
const Never int64 = -1

// A key is the private key of a node from some epoch.
type key struct {
	place
	born   uint32 // the epoch that it is from
	until  uint32 // leaf: the epoch whose Commit took it out of the tree, or forever
	joined uint32 // leaf: the epoch that its member was added in
	span   spanID // parent
}

type leafKey struct {
	leaf Leaf
	born uint32
}

func newAdversary(g *Group) *Adversary {
	return &Adversary{g: g, commits: make([]made, 1), epochs: []known{{leakedAt: Never}},
		leaves: map[leafKey]bool{}, pending: map[Member]bool{}, stores: map[Member]bool{}}
}

// Leaked returns when it could first derive the secrets of an epoch, or Never, and
// whether that was after the epoch had ended.
func (a *Adversary) Leaked(epoch uint32) (at int64, late bool) {
	e := a.epochs[epoch]
	return e.leakedAt, e.late
}

// Init tells whether it knows the init_secret of an epoch.
func (a *Adversary) Init(epoch uint32) bool { return a.epochs[epoch].init }

// Opens tells whether it knows the commit_secret of the Commit that began an epoch.
func (a *Adversary) Opens(epoch uint32) bool {
	return epoch > 0 && (!a.commits[epoch].path || a.commits[epoch].low != none)
}

// Keys returns how many private keys of leaves and parents it has ever come to know.
func (a *Adversary) Keys() int { return a.keys }

// Parts are parts of the state of a device.
type Parts uint8

// The parts that a theft can take alone.
const (
	LeafKey     Parts = 1 << iota // of the member's leaf
	PathKeys                      // of the parents above it
	PendingKey                    // the leaf key of an Update under way
	InitSecret                    // of the member's epoch
	EpochSecret                   // all that opens messages of the member's epoch
	Everything  = LeafKey | PathKeys | PendingKey | InitSecret | EpochSecret
)

// Take takes parts of what is on a member's device: the state of the epoch that the
// device stands at. Of one who waits to be added it takes the private keys of the
// KeyPackage, and of one that knows that it was removed nothing.
func (a *Adversary) Take(m Member, parts Parts) {
	x := &a.g.members[m]
	if x.joined == forever {
		a.stores[m] = true
		return
	}
	if x.cursor == live && x.left != forever {
		return
	}
	at := a.g.at(x)
	if parts&EpochSecret != 0 {
		a.leak(at)
	}
	if parts&LeafKey != 0 {
		a.learn(a.g.leafKeyOf(x))
	}
	if parts&PendingKey != 0 {
		if x.asked == a.g.epoch && x.left == forever {
			a.pending[m] = true
		}
		if x.cursor != live && x.next != 0 { // the Update has been covered, which the device does not know
			a.learn(key{place: above(x.leaf, 0), born: x.next, until: x.left, joined: x.joined})
		}
	}
	if parts&PathKeys != 0 {
		for h := uint8(1); h < 32; h++ {
			p := above(x.leaf, h)
			id := a.past().in(p.node(), at)
			if id != 0 && a.past().span(id).from >= x.joined { // else the member is unmerged there
				a.learn(key{place: p, born: a.past().span(id).from, span: id})
			}
		}
	}
	a.search()
	if parts&InitSecret != 0 {
		a.epochs[at].init = true
	}
	a.follow(at + 1)
}

// at returns the epoch that a member's device stands at.
func (g *Group) at(x *member) uint32 {
	if x.cursor == live {
		return g.epoch
	}
	return x.cursor
}

// leafKeyOf returns the leaf key on a member's device.
func (g *Group) leafKeyOf(x *member) key {
	k := key{place: above(x.leaf, 0), born: x.held, until: x.left, joined: x.joined}
	switch {
	case x.cursor == live:
		k.born = g.stampOf(x) - 1
	case x.next != 0:
		k.until = x.next
	}
	return k
}

// learn notes a private key, unless it is known.
func (a *Adversary) learn(k key) {
	if k.span != 0 {
		s := a.past().span(k.span)
		if s.known {
			return
		}
		s.known = true
	} else {
		l := leafKey{Leaf(k.number), k.born}
		if a.leaves[l] {
			return
		}
		a.leaves[l] = true
	}
	a.keys++
	a.work = append(a.work, k)
}

// end returns the epoch whose Commit took a key out of the tree, or forever.
func (a *Adversary) end(k key) uint32 {
	if k.span != 0 {
		return a.past().span(k.span).until
	}
	return k.until
}

// first returns the first epoch whose Commit may have a ciphertext under a key. An
// Update counts for the Commit that covers it; an Add does not (Section 7.5), nor
// does what the Commit itself sets.
func (k key) first() uint32 {
	if k.span == 0 && k.born > k.joined {
		return k.born
	}
	return k.born + 1
}

func (a *Adversary) past() *past { return a.g.tree.past }

// search finds out what the keys that it has come to know open in the past, and
// what those open that it learns by that.
func (a *Adversary) search() {
	for len(a.work) > 0 {
		k := a.work[len(a.work)-1]
		a.work = a.work[:len(a.work)-1]
		last := a.g.epoch
		if end := a.end(k); end == forever {
			a.alive = append(a.alive, k)
		} else {
			last = min(last, end-1)
		}
		for c := k.first(); c <= last; c++ {
			if h := a.opens(k, c); h < a.commits[c].low {
				a.lower(c, h)
			}
		}
	}
}

// opens returns the height of the node to whose path secret a Commit has a ciphertext
// under a key that was in the tree then, none if there is none (rule T4): the lowest
// node above both that and the committer, if the key's node is in the resolution of
// its child.
func (a *Adversary) opens(k key, epoch uint32) uint8 {
	c := a.commits[epoch]
	if !c.path || uint32(c.from)>>k.height == k.number {
		return none
	}
	top := k.height + uint8(bits.Len32(uint32(c.from)>>k.height^k.number))
	for h := k.height + 1; h < top; h++ {
		p := place{h, k.number >> (h - k.height)}
		id := a.past().during(p.node(), epoch)
		if id != 0 && (k.height > 0 || k.joined <= a.past().span(id).from) { // set, and not unmerged there
			return none
		}
	}
	return top
}

// lower notes that the path secrets of a Commit are known from a height on (T1 to
// T3), and with them the keys that it has set.
func (a *Adversary) lower(epoch uint32, low uint8) {
	c := &a.commits[epoch]
	before := c.low
	c.low = low
	for h := low; h < min(before, 32); h++ {
		p := above(c.from, h)
		if id := a.past().upTo(p.node(), epoch); id != 0 && a.past().span(id).from == epoch {
			a.learn(key{place: p, born: epoch, span: id})
		}
	}
	if before == none {
		a.follow(epoch)
	}
}

// follow goes on along the key schedule from an epoch as far as init_secret and
// commit_secret are known (K1 to K4).
func (a *Adversary) follow(epoch uint32) {
	for ; epoch >= 1 && int(epoch) < len(a.epochs); epoch++ {
		if !a.epochs[epoch-1].init || !a.Opens(epoch) {
			return
		}
		a.leak(epoch)
		if a.epochs[epoch].init {
			return // and so is what follows
		}
		a.epochs[epoch].init = true
	}
}

// leak notes that all of an epoch can be derived.
func (a *Adversary) leak(epoch uint32) {
	if e := &a.epochs[epoch]; e.leakedAt == Never {
		e.leakedAt, e.late = a.g.Now, epoch < a.g.epoch
		a.learned = append(a.learned, epoch)
	}
}

// Learned returns the epochs that have come to leak since the last call, in the order
// in which they did.
func (a *Adversary) Learned() []uint32 {
	l := a.learned
	a.learned = nil
	return l
}

// updated notes that an Update has been covered.
func (a *Adversary) updated(m Member, x *member, epoch uint32) {
	if len(a.pending) == 0 || !a.pending[m] {
		return
	}
	a.learn(key{place: above(x.leaf, 0), born: epoch, until: forever, joined: x.joined})
}

// current tells whether a key is in the tree now.
func (a *Adversary) current(k key) bool {
	if k.span != 0 {
		return a.end(k) == forever
	}
	x := k.node()
	return int(x) < len(a.g.tree.stamp) && a.g.tree.stamp[x] == k.born+1
}

// observe shows it a Commit whose proposals have been applied and whose path has not.
func (a *Adversary) observe(c *Commit, from Leaf, joiners []Member) {
	clear(a.pending) // of an epoch that is over
	a.commits = append(a.commits, made{from: from, path: c.Path, low: none})
	a.epochs = append(a.epochs, known{leakedAt: Never})
	low := none
	n := 0
	for _, k := range a.alive {
		if !a.current(k) {
			continue
		}
		a.alive[n] = k
		n++
		low = min(low, a.opens(k, c.Epoch))
	}
	a.alive = a.alive[:n]
	for _, m := range joiners {
		if len(a.stores) > 0 && a.stores[m] && c.Path { // W2
			low = min(low, meet(from, a.g.members[m].leaf))
		}
	}
	a.commits[c.Epoch].low = low
}

// begin lets the epoch of a Commit begin.
func (a *Adversary) begin(c *Commit, joiners []Member) {
	if low := a.commits[c.Epoch].low; low != none {
		a.commits[c.Epoch].low = none
		a.lower(c.Epoch, low)
	}
	a.follow(c.Epoch)
	for _, m := range joiners {
		if len(a.stores) == 0 || !a.stores[m] {
			continue
		}
		delete(a.stores, m)
		a.leak(c.Epoch) // W1
		a.epochs[c.Epoch].init = true
		x := &a.g.members[m]
		a.learn(key{place: above(x.leaf, 0), born: c.Epoch, until: forever, joined: c.Epoch})
	}
	a.search()
}
