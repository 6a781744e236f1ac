package rival

import (
	"fmt"
	"maps"
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// channels is [sim.Backend] for protocols in which each pair of clients has a
// channel: group messages are sent on it to each member (pairwise), or the keys of
// a chain that encrypts them (sender-keys).
type channels struct {
	base
	chained bool // sender keys
	devices map[sim.ClientID]*device
	rosters map[sim.StepID]*roster
	current *roster // the group's epoch
}

// A device is what a client has of its channels. It belongs to no epoch, and goes
// on from where it is whichever Commit is accepted: unlike a Machine it changes.
type device struct {
	person
	contacts map[sim.ClientID]contact
	spent    map[sim.Name]bool // own prekeys that were used
	epoch    *roster           // the last that it has entered, if any
	accepted *roster           // begun by its own last Commit: it enters it before all later ones
	sent     uint32            // application messages in it

	own    ownChain                  // sender keys
	chains map[sim.ClientID]sim.Name // of others
}

// ownChain is a chain for what its owner sends. It is a value.
type ownChain struct {
	key   sim.Name
	since uint64   // number of the epoch in which it began
	has   []person // who was given it
}

// A roster is an epoch: who is in the group. It never changes.
type roster struct {
	number  uint64
	step    sim.StepID
	by      sim.ClientID
	members []place
	removed uint64    // number of the last epoch that began with a Remove
	fresh   *ownChain // sender keys: the committer's new chain
}

type place struct {
	person
	leaf uint32
	mark sim.StepID // when it last came or committed; see View
}

// participant is [sim.Machine]: a client in an epoch.
type participant struct {
	b     *channels
	d     *device
	epoch *roster
}

// notice is a Commit, or as a Welcome what newcomers are sent of it.
type notice struct {
	from   person
	before *roster
	to     *roster
	copies []ciphertext
	rules  []sim.Rule
}

func (n *notice) sealed() []sim.Rule      { return n.rules }
func (*notice) content() (sim.Name, bool) { return sim.Name{}, false }

func newChannels(protocol string) *channels {
	b := &channels{base: newBase(protocol), chained: protocol == SenderKeys,
		devices: map[sim.ClientID]*device{}, rosters: map[sim.StepID]*roster{}}
	b.adversary.taken = b.tell
	return b
}

// newDevice makes a device, and the prekeys for it and all others.
func (b *channels) newDevice(c sim.ClientID, step sim.StepID) *device {
	d := &device{person: person{c, step}, contacts: map[sim.ClientID]contact{}, spent: map[sim.Name]bool{}, chains: map[sim.ClientID]sim.Name{}}
	b.draw(signature(c))
	for _, id := range slices.Sorted(maps.Keys(b.devices)) {
		if other := b.devices[id]; id != c {
			b.draw(preKey(d.person, other.person))
			b.draw(preKey(other.person, d.person))
		}
	}
	b.devices[c] = d
	return d
}

// Publish implements [sim.Backend]. What is published are prekeys, one for each other client.
func (b *channels) Publish(step sim.StepID, c sim.ClientID) (sim.KeyPackage, error) {
	return b.newDevice(c, step).person, nil
}

// Create implements [sim.Backend].
func (b *channels) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	d := b.newDevice(c, step)
	e := &roster{step: step, by: c, members: []place{{d.person, 0, step}}}
	b.rosters[step] = e
	m := &participant{b, d, e}
	return m, m.enter()
}

// Store implements [sim.Backend]: prekeys that nobody has used.
func (b *channels) Store(c sim.ClientID) []sim.Held {
	d := b.devices[c]
	if d == nil {
		return nil
	}
	var held []sim.Held
	for id, other := range b.devices { //det:ok sorted below
		if pre := preKey(d.person, other.person); id != c && !d.spent[pre] {
			held = append(held, sim.Held{Part: sim.PartStore, Name: pre})
		}
	}
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}

// Join implements [sim.Backend].
func (b *channels) Join(c sim.ClientID, in sim.Welcome) (sim.Machine, sim.Output, error) {
	n, ok := in.(*notice)
	d := b.devices[c]
	if !ok || d == nil || n.to.find(c) == nil || n.to.find(c).person != d.person {
		return nil, sim.Output{}, spec.ErrMissing
	}
	m := &participant{b, d, n.to}
	out, err := m.process(n)
	if err != nil {
		return nil, sim.Output{}, err
	}
	return m, out, m.enter()
}

// find returns a client's place, or nil.
func (r *roster) find(c sim.ClientID) *place {
	i := slices.IndexFunc(r.members, func(p place) bool { return p.client == c })
	if i < 0 {
		return nil
	}
	return &r.members[i]
}

// others lists all members but one.
func (r *roster) others(c sim.ClientID) []person {
	var all []person
	for _, m := range r.members {
		if m.client != c {
			all = append(all, m.person)
		}
	}
	return all
}

// enter moves a device on to an epoch, where it is not there yet: it forgets those
// who have left, and drops its chain if they have it.
func (m *participant) enter() error {
	d, e := m.d, m.epoch
	switch {
	case d.epoch == e:
		return nil
	case d.epoch != nil && d.epoch.number >= e.number:
		return fmt.Errorf("rival: client %d has left epoch %d", d.client, e.number)
	}
	d.own = m.ownChain()
	d.epoch, d.sent = e, 0
	for id, c := range d.contacts { //det:ok each by itself
		if p := e.find(id); p == nil || p.joined != c.joined {
			delete(d.contacts, id)
			delete(d.chains, id)
		}
	}
	return nil
}

// ownChain returns the chain for a member's next message; of no key if that will
// begin one.
func (m *participant) ownChain() ownChain {
	own := m.d.own
	for _, e := range [...]*roster{m.d.accepted, m.epoch} {
		if e != nil && e.by == m.d.client && e.fresh != nil && (m.d.epoch == nil || e.number > m.d.epoch.number) && e.number <= m.epoch.number {
			own = *e.fresh
		}
	}
	if own.since < m.epoch.removed {
		return ownChain{}
	}
	return own
}

// View implements [sim.Machine]. No member has a leaf key. What stands for it is
// secret to nobody: its Origin says when the member last came or committed.
func (m *participant) View() sim.View {
	v := sim.View{Epoch: m.epoch.number, Agreement: named(sim.EpochAuthenticator, m.epoch.step)}
	for _, p := range m.epoch.members {
		v.Members = append(v.Members, sim.Member{Leaf: p.leaf, Client: p.client, Key: named(sim.LeafKey, p.mark)})
		if p.client == m.d.client {
			v.Leaf = p.leaf
		}
	}
	return v
}

// Secrets implements [sim.Machine].
func (m *participant) Secrets() []sim.Held {
	held := []sim.Held{{Part: sim.PartSignature, Name: signature(m.d.client)}}
	if own := m.ownChain(); !none(own.key) {
		held = append(held, sim.Held{Part: sim.PartEnc, Name: own.key})
	}
	for _, p := range m.epoch.others(m.d.client) {
		c, ok := m.d.contact(p)
		if !ok {
			continue
		}
		held = append(held, c.held()...)
		if chain, ok := m.d.chains[p.client]; ok {
			held = append(held, sim.Held{Part: sim.PartEnc, Name: chain})
		}
	}
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}

// Step implements [sim.Machine].
func (m *participant) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	if err := m.enter(); err != nil {
		return nil, sim.Output{}, err
	}
	var out sim.Output
	var err error
	switch in := in.(type) {
	case sim.Commit:
		out, err = m.commit(in)
	case sim.Handle:
		return m.handle(in.Message)
	case sim.Send:
		out, err = m.send(in)
	case sim.Open:
		out, err = m.open(in.Message)
	default:
		err = m.b.refuse(in)
	}
	if err != nil {
		return nil, sim.Output{}, err
	}
	return m, out, nil
}
