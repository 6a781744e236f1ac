package rival

import (
	"fmt"
	"maps"
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// trees is [sim.Backend] for protocols in which the group's key is the root of a tree.
type trees struct {
	base
	scheme
	published map[sim.ClientID]*keyPackage // the last of each, if not used
}

// A scheme is how the keys of a tree are replaced.
type scheme interface {
	// ownLeaf tells whether newcomers bring the key of their leaf.
	ownLeaf() bool
	// more lists nodes that a Commit re-keys beside those that are above what it changes.
	more(*rekeying) []uint32
	// rekey sets new keys in r.after, and says in r how others come by them.
	rekey(r *rekeying)
	// follow says what a member, by its leaf's node, does to process a Commit: how
	// many operations with a private key, and what it then deletes.
	follow(c *commit, node uint32) (opens int, consumed []sim.Name)
	// knows lists the keys that a client keeps beside those above its leaf.
	knows(tree, sim.ClientID) []sim.Held
}

// keyPackage is [sim.KeyPackage].
type keyPackage struct {
	client     sim.ClientID
	step       sim.StepID
	init, leaf sim.Name // leaf: only where the newcomer brings it
}

// epoch is what all members of an epoch have in common. It never changes.
type epoch struct {
	number uint64
	step   sim.StepID
	tree   tree
}

// rekeying is a Commit while it is made.
type rekeying struct {
	b       *trees
	step    sim.StepID
	who     sim.ClientID
	own     uint32 // its node
	update  bool   // it refreshes its own leaf
	before  tree
	after   tree
	removed []uint32
	gone    []sim.ClientID
	added   map[uint32]*keyPackage
	nodes   []uint32 // parents to set, upwards

	root    sim.Name // from which commit_secret follows
	seals   []sim.Rule
	welcome []sim.Rule        // sealed to newcomers
	made    []sim.Name        // secrets that the committer deletes at once
	source  map[uint32]uint32 // Tainted TreeKEM: the child from whose secret a node's follows
	joint   map[uint32]bool   // ART: nodes whose key is agreed between two children
	public  int               // public keys sent
}

// commit is the message.
type commit struct {
	*rekeying
	from, to *epoch
}

func (c *commit) sealed() []sim.Rule      { return c.seals }
func (*commit) content() (sim.Name, bool) { return sim.Name{}, false }

// welcome is [sim.Welcome].
type welcome struct {
	*commit
	rules []sim.Rule
}

func (w *welcome) sealed() []sim.Rule { return w.rules }

// member is [sim.Machine]: an epoch, and what is the member's own. It is a value.
type member struct {
	b      *trees
	client sim.ClientID
	epoch  *epoch
	node   uint32
	used   ratchets
}

func newTrees(protocol string, s scheme) *trees {
	return &trees{newBase(protocol), s, map[sim.ClientID]*keyPackage{}}
}

// Publish implements [sim.Backend].
func (b *trees) Publish(step sim.StepID, c sim.ClientID) (sim.KeyPackage, error) {
	b.draw(signature(c))
	kp := &keyPackage{client: c, step: step, init: b.draw(named(sim.InitKey, step))}
	if b.ownLeaf() {
		kp.leaf = b.draw(named(sim.LeafKey, step))
	}
	b.published[c] = kp
	return kp, nil
}

// Create implements [sim.Backend].
func (b *trees) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	b.draw(signature(c))
	e := &epoch{step: step, tree: newTree(c, step, b.draw(named(sim.LeafKey, step)))}
	b.draw(named(sim.EpochSecret, step))
	b.secrets(e)
	return &member{b: b, client: c, epoch: e}, nil
}

// Join implements [sim.Backend].
func (b *trees) Join(c sim.ClientID, in sim.Welcome) (sim.Machine, sim.Output, error) {
	w, ok := in.(*welcome)
	kp := b.published[c]
	if !ok || kp == nil {
		return nil, sim.Output{}, spec.ErrMissing
	}
	node, there := w.to.tree.seat(c)
	if !there || w.added[node] != kp {
		return nil, sim.Output{}, spec.ErrMissing
	}
	delete(b.published, c)
	opens, consumed := b.follow(w.commit, node)
	out := sim.Output{
		Consumed: sorted(append(consumed, kp.init, named(sim.JoinerSecret, w.step), named(sim.EpochSecret, w.step), named(sim.CommitSecret, w.step))),
		Cost:     sim.Cost{Opens: 1 + opens},
	}
	return &member{b: b, client: c, epoch: w.to, node: node}, out, nil
}

// Store implements [sim.Backend].
func (b *trees) Store(c sim.ClientID) []sim.Held {
	kp := b.published[c]
	if kp == nil {
		return nil
	}
	held := []sim.Held{{Part: sim.PartStore, Name: kp.init}}
	if !none(kp.leaf) {
		held = append(held, sim.Held{Part: sim.PartStore, Name: kp.leaf})
	}
	return held
}

// Step implements [sim.Machine].
func (m *member) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	switch in := in.(type) {
	case sim.Commit:
		return m.commit(in)
	case sim.Handle:
		return m.handle(in.Message)
	case sim.Send:
		return m.send(in)
	case sim.Open:
		return m.open(in.Message)
	}
	return nil, sim.Output{}, m.b.refuse(in)
}

// View implements [sim.Machine].
func (m *member) View() sim.View {
	return sim.View{
		Epoch: m.epoch.number, Leaf: m.node / 2,
		Members: m.epoch.tree.members(), Parents: m.epoch.tree.parents(),
		Agreement: named(sim.EpochAuthenticator, m.epoch.step),
	}
}

// Secrets implements [sim.Machine].
func (m *member) Secrets() []sim.Held {
	t := m.epoch.tree
	held := []sim.Held{
		{Part: sim.PartSignature, Name: signature(m.client)},
		{Part: sim.PartLeaf, Name: t[m.node].key},
		{Part: sim.PartInit, Name: named(sim.InitSecret, m.epoch.step)},
		{Part: sim.PartEpoch, Name: named(sim.EpochAuthenticator, m.epoch.step)},
	}
	for _, x := range t.path(m.node) {
		held = append(held, sim.Held{Part: sim.PartNode, Node: x, Name: t[x].key})
	}
	held = append(held, m.b.knows(t, m.client)...)
	held = append(held, m.used.held(m.epoch)...)
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}

// commit carries out Removes and Adds and, with a path, refreshes the committer's
// own keys: one message, which re-keys the union of what each of them would.
func (m *member) commit(in sim.Commit) (sim.Machine, sim.Output, error) {
	r, err := m.prepare(in)
	if err != nil {
		return nil, sim.Output{}, err
	}
	changed := slices.Concat(r.removed, r.joiners(), m.b.more(r))
	if r.update {
		changed = append(changed, r.own)
	}
	changed = slices.DeleteFunc(changed, func(x uint32) bool { return int(x) >= len(r.after) })
	r.nodes = r.after.upward(append(changed, r.after.root()))
	m.b.rekey(r)

	c := &commit{r, m.epoch, &epoch{m.epoch.number + 1, in.Step, r.after}}
	m.b.schedule(c.to, m.epoch.step, r.root)
	out := sim.Output{
		Send: c, Next: &member{b: m.b, client: m.client, epoch: c.to, node: r.own},
		Consumed: sorted(append(r.made, named(sim.CommitSecret, in.Step), named(sim.JoinerSecret, in.Step), named(sim.EpochSecret, in.Step))),
		Cost:     sim.Cost{Seals: len(r.seals) + len(r.joint), Bytes: sizeCommit(len(r.removed), r.public, len(r.seals), len(r.added))},
	}
	if len(r.added) > 0 {
		w := &welcome{c, r.welcome}
		for _, x := range r.joiners() {
			w.rules = append(w.rules, sim.Rule{ID: "R-S7", From: []sim.Name{r.added[x].init}, To: named(sim.JoinerSecret, in.Step)})
		}
		out.Welcome = w
		out.Cost.Seals += len(w.rules)
		out.Cost.Welcome = sizeWelcome(r.after, len(r.added), len(r.welcome))
	}
	return m, out, nil
}

// prepare carries out Removes and then Adds on a copy of the tree.
func (m *member) prepare(in sim.Commit) (*rekeying, error) {
	if err := m.b.plain(in); err != nil {
		return nil, err
	}
	r := &rekeying{
		b: m.b, step: in.Step, who: m.client, own: m.node, before: m.epoch.tree, after: slices.Clone(m.epoch.tree),
		added: map[uint32]*keyPackage{}, source: map[uint32]uint32{}, joint: map[uint32]bool{},
	}
	for _, leaf := range in.Removes {
		x := 2 * leaf
		if leaf >= r.after.leaves() || x == m.node || !r.after[x].member {
			return nil, fmt.Errorf("rival: leaf %d cannot be removed by the member at leaf %d", leaf, m.node/2)
		}
		r.removed, r.gone = append(r.removed, x), append(r.gone, r.after[x].client)
		r.after[x] = slot{}
	}
	for _, in := range in.Adds {
		kp, ok := in.(*keyPackage)
		if !ok {
			return nil, fmt.Errorf("rival: %T is no KeyPackage of %s", in, m.b.protocol)
		}
		if _, there := r.after.seat(kp.client); there {
			return nil, fmt.Errorf("rival: client %d is a member already", kp.client)
		}
		r.added[r.after.add(slot{key: kp.leaf, member: true, client: kp.client, joined: kp.step})] = kp
	}
	r.after.truncate()
	if in.NoPath && len(r.removed)+len(r.added) == 0 {
		return nil, fmt.Errorf("rival: a Commit that changes nothing")
	}
	r.update = !in.NoPath || len(r.after) == 1
	return r, nil
}

// joiners lists the nodes of new leaves.
func (r *rekeying) joiners() []uint32 { return slices.Sorted(maps.Keys(r.added)) }

// handle processes another member's Commit.
func (m *member) handle(msg sim.Message) (sim.Machine, sim.Output, error) {
	c, ok := msg.(*commit)
	if !ok || c.from.step != m.epoch.step {
		return nil, sim.Output{}, spec.ErrEpoch
	}
	if c.who == m.client {
		return nil, sim.Output{}, spec.ErrOwn
	}
	if slices.Contains(c.gone, m.client) {
		return nil, sim.Output{Removed: true, Cost: sim.Cost{Verifies: 1}}, nil
	}
	opens, consumed := m.b.follow(c, m.node)
	out := sim.Output{
		Consumed: sorted(append(consumed, named(sim.CommitSecret, c.step), named(sim.JoinerSecret, c.step), named(sim.EpochSecret, c.step))),
		Cost:     sim.Cost{Opens: opens, Verifies: 1},
	}
	return &member{b: m.b, client: m.client, epoch: c.to, node: m.node}, out, nil
}
