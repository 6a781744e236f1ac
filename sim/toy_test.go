package sim_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"mlssim/sim"
	"mlssim/spec"
	"mlssim/spec/req"
)

// toy is a group whose secrets are integers. There is no tree: a Commit with a
// path seals its path secret to the leaf key of every other member. It keeps the
// promises of sim.Backend, so that what goes wrong is the engine's fault.
type toy struct {
	value   map[sim.Name]uint64
	rules   []toyRule
	keys    map[sim.ClientID]*toyKeyPackage // published, not used
	now     sim.Time
	told    int
	broken  string // a promise not to keep
	stepped map[*toyMachine]int
	twice   int // Machines that sent twice
	early   int // messages sent while a proposal was pending
	taken   map[sim.Name]bool
}

// toyRule is a rule and what the network shows of it: 0 for a derivation, the
// ciphertext for a decryption.
type toyRule struct {
	sim.Rule
	public uint64
}

type toyKeyPackage struct {
	client     sim.ClientID
	init, leaf sim.Name
}

type toyProposal struct {
	kind    string
	step    sim.StepID
	epoch   uint64
	sender  uint32
	leaf    uint32
	key     sim.Name
	newcome *toyKeyPackage
}

type toyCommit struct {
	step    sim.StepID
	epoch   uint64
	sender  uint32
	path    bool
	members []sim.Member
	seals   []toyRule
	confirm uint64
}

type toyMessage struct {
	epoch   uint64
	key     sim.Name
	ratchet sim.Name
	data    []byte
}

type toyWelcome struct {
	commit *toyCommit
	seals  []toyRule
}

// toyMachine is one member's state.
type toyMachine struct {
	t       *toy
	client  sim.ClientID
	leaf    uint32
	epoch   uint64
	step    sim.StepID
	members []sim.Member
	pending []*toyProposal
	own     []sim.Name        // leaf keys of own Updates
	gen     map[uint32]uint32 // by leaf; nil while encryption_secret is untouched
}

func newToy(broken string) *toy {
	return &toy{
		value: map[sim.Name]uint64{}, keys: map[sim.ClientID]*toyKeyPackage{},
		stepped: map[*toyMachine]int{}, taken: map[sim.Name]bool{}, broken: broken,
	}
}

func mix(label any, from ...uint64) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, label, from)
	return h.Sum64()
}

func (t *toy) fresh(n sim.Name) sim.Name {
	if _, ok := t.value[n]; !ok {
		t.value[n] = mix("fresh", mix(n))
	}
	return n
}

// derive makes a secret from others, and the rule that says so.
func (t *toy) derive(id string, to sim.Name, from ...sim.Name) sim.Name {
	var values []uint64
	for _, f := range from {
		values = append(values, t.value[f])
	}
	if _, ok := t.value[to]; !ok {
		t.value[to] = mix(to, values...)
		t.rules = append(t.rules, toyRule{Rule: sim.Rule{ID: id, From: from, To: to}})
	}
	return to
}

func (t *toy) seal(id string, key, to sim.Name) toyRule {
	return toyRule{sim.Rule{ID: id, From: []sim.Name{key}, To: to}, t.value[to] ^ mix(to, t.value[key])}
}

func name(k sim.Kind, s sim.StepID) sim.Name { return sim.Name{Kind: k, Origin: s} }

// schedule derives the secrets of the epoch of a step.
func (t *toy) schedule(s sim.StepID, members []sim.Member) {
	t.derive("K3", name(sim.EpochSecret, s), name(sim.MemberSecret, s))
	for _, k := range []sim.Kind{sim.InitSecret, sim.ExporterSecret, sim.ResumptionPSK, sim.EpochAuthenticator, sim.EncryptionSecret} {
		t.derive("K4", name(k, s), name(sim.EpochSecret, s))
	}
	for _, m := range members {
		t.derive("M3", sim.Name{Kind: sim.ApplicationRatchet, Origin: s, Index: m.Leaf}, name(sim.EncryptionSecret, s))
	}
}

func (t *toy) SetTime(at sim.Time) { t.now = at; t.told++ }

func (t *toy) Publish(s sim.StepID, c sim.ClientID) (sim.KeyPackage, error) {
	t.fresh(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(c)})
	t.keys[c] = &toyKeyPackage{c, t.fresh(name(sim.InitKey, s)), t.fresh(name(sim.LeafKey, s))}
	return t.keys[c], nil
}

func (t *toy) Create(s sim.StepID, c sim.ClientID) (sim.Machine, error) {
	t.fresh(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(c)})
	members := []sim.Member{{Leaf: 0, Client: c, Key: t.fresh(name(sim.LeafKey, s))}}
	t.fresh(name(sim.EpochSecret, s))
	t.schedule(s, members)
	return &toyMachine{t: t, client: c, step: s, members: members}, nil
}

func (t *toy) Store(c sim.ClientID) []sim.Held {
	k := t.keys[c]
	if k == nil {
		return nil
	}
	return []sim.Held{{Part: sim.PartStore, Name: k.init}, {Part: sim.PartStore, Name: k.leaf}}
}

func (t *toy) Join(c sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	commit, k := w.(*toyWelcome).commit, t.keys[c]
	i := slices.IndexFunc(commit.members, func(m sim.Member) bool { return m.Client == c })
	if k == nil || i < 0 {
		return nil, sim.Output{}, &spec.Violation{Req: req.WelcomeKeyPackage}
	}
	delete(t.keys, c)
	m := &toyMachine{t: t, client: c, leaf: commit.members[i].Leaf, epoch: commit.epoch + 1, step: commit.step, members: commit.members}
	out := sim.Output{Consumed: consumed(commit, k.init, name(sim.WelcomeSecret, commit.step)), Cost: sim.Cost{Opens: 1}}
	return m, out, nil
}

func consumed(c *toyCommit, more ...sim.Name) []sim.Name {
	for _, k := range []sim.Kind{sim.JoinerSecret, sim.MemberSecret, sim.EpochSecret} {
		more = append(more, name(k, c.step))
	}
	if c.path {
		more = append(more, name(sim.PathSecret, c.step), name(sim.CommitSecret, c.step))
	}
	slices.SortFunc(more, sim.Name.Compare)
	return more
}

func (t *toy) PublishLast(s sim.StepID, c sim.ClientID) (sim.KeyPackage, error) {
	return t.Publish(s, c)
}

func (t *toy) JoinExternal(sim.StepID, sim.ClientID, sim.Message, sim.External) (sim.Output, error) {
	panic("a toy has no external Commits")
}

func (t *toy) Share(sim.StepID, string, ...sim.ClientID) error { panic("a toy has no PSKs") }

func (t *toy) Retain(sim.ClientID, sim.Retention) { panic("a toy keeps nothing") }

func (t *toy) Names() []sim.Name {
	if t.broken == "names" && len(t.value) > 30 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(t.value), sim.Name.Compare)
}

func (m *toyMachine) View() sim.View {
	v := sim.View{Epoch: m.epoch, Leaf: m.leaf, Members: m.members, Agreement: name(sim.EpochAuthenticator, m.step)}
	if m.t.broken == "view" && m.epoch == 3 {
		v.Parents = []sim.Parent{{Node: 1}}
	}
	if m.t.broken == "agreement" && m.leaf == 1 {
		v.Agreement.Origin++
	}
	return v
}

func (m *toyMachine) at(leaf uint32) *sim.Member {
	i := slices.IndexFunc(m.members, func(x sim.Member) bool { return x.Leaf == leaf })
	if i < 0 {
		return nil
	}
	return &m.members[i]
}

func (m *toyMachine) Secrets() []sim.Held {
	held := []sim.Held{
		{Part: sim.PartSignature, Name: sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(m.client)}},
		{Part: sim.PartLeaf, Name: m.at(m.leaf).Key},
		{Part: sim.PartInit, Name: name(sim.InitSecret, m.step)},
		{Part: sim.PartRes, Name: name(sim.ResumptionPSK, m.step)},
		{Part: sim.PartEpoch, Name: name(sim.ExporterSecret, m.step)},
	}
	for _, k := range m.own {
		held = append(held, sim.Held{Part: sim.PartPending, Name: k})
	}
	if m.gen == nil {
		held = append(held, sim.Held{Part: sim.PartEnc, Name: name(sim.EncryptionSecret, m.step)})
	}
	for leaf, g := range m.gen {
		held = append(held, sim.Held{Part: sim.PartEnc, Name: sim.Name{Kind: sim.ApplicationRatchet, Origin: m.step, Index: leaf, Gen: g}})
	}
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	if m.t.broken == "secrets" && m.epoch == 3 {
		held = held[1:]
	}
	return held
}

func (m *toyMachine) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	next := *m
	next.pending, next.own, next.gen = slices.Clone(m.pending), slices.Clone(m.own), maps.Clone(m.gen)
	switch in := in.(type) {
	case sim.ProposeUpdate:
		key := m.t.fresh(name(sim.LeafKey, in.Step))
		next.own = append(next.own, key)
		return next.propose(&toyProposal{kind: "update", step: in.Step, leaf: m.leaf, key: key})
	case sim.ProposeRemove:
		return next.propose(&toyProposal{kind: "remove", step: in.Step, leaf: in.Leaf})
	case sim.ProposeAdd:
		return next.propose(&toyProposal{kind: "add", step: in.Step, newcome: in.KeyPackage.(*toyKeyPackage)})
	case sim.Commit:
		if m.t.stepped[m]++; m.t.stepped[m] > 1 {
			m.t.twice++
		}
		return next.commit(in)
	case sim.Send:
		if m.t.stepped[m]++; m.t.stepped[m] > 1 {
			m.t.twice++
		}
		if len(m.pending) > 0 {
			m.t.early++
		}
		key := next.ratchet(m.leaf)
		if m.t.broken == "forgets" {
			next.gen = maps.Clone(m.gen)
		}
		msg := &toyMessage{m.epoch, key, sim.Name{}, in.Data}
		return &next, sim.Output{Send: msg, Consumed: next.used(m, key), Cost: sim.Cost{Bytes: len(in.Data) + m.t.overhead()}}, nil
	case sim.Open:
		msg := in.Message.(*toyMessage)
		if msg.epoch != m.epoch {
			return nil, sim.Output{}, spec.ErrEpoch
		}
		key := next.ratchet(msg.key.Index)
		if key != msg.key {
			return nil, sim.Output{}, &spec.Violation{Req: req.RatchetKeyOnce}
		}
		out := sim.Output{Data: msg.data, Consumed: next.used(m, key), Cost: sim.Cost{Verifies: 1}}
		switch m.t.broken {
		case "data":
			out.Data = []byte("?")
		case "consumed":
			out.Consumed = out.Consumed[1:]
		case "cost":
			out.Cost.Opens++
		}
		return &next, out, nil
	case sim.Handle:
		if p, ok := in.Message.(*toyProposal); ok {
			next.pending = append(next.pending, p)
			return &next, sim.Output{Cost: sim.Cost{Verifies: 1}}, nil
		}
		return next.handle(in.Message.(*toyCommit))
	}
	panic("no such input")
}

// overhead makes the bytes of one toy differ from those of another.
func (t *toy) overhead() int { return len(t.broken) }

func (m *toyMachine) propose(p *toyProposal) (sim.Machine, sim.Output, error) {
	p.epoch, p.sender = m.epoch, m.leaf
	m.pending = append(m.pending, p)
	return m, sim.Output{Send: p}, nil
}

// ratchet moves a sender's ratchet and returns the key used.
func (m *toyMachine) ratchet(leaf uint32) sim.Name {
	if m.gen == nil {
		m.gen = map[uint32]uint32{}
		for _, x := range m.members {
			m.gen[x.Leaf] = 0
		}
	}
	r := sim.Name{Kind: sim.ApplicationRatchet, Origin: m.step, Index: leaf, Gen: m.gen[leaf]}
	key, up := r, r
	key.Kind = sim.ApplicationKey
	up.Gen++
	m.t.derive("M4", key, r)
	m.t.derive("M4", up, r)
	m.gen[leaf]++
	return key
}

func (m *toyMachine) used(before *toyMachine, key sim.Name) []sim.Name {
	r := key
	r.Kind = sim.ApplicationRatchet
	used := []sim.Name{r, key}
	if before.gen == nil {
		used = append(used, name(sim.EncryptionSecret, m.step))
	}
	slices.SortFunc(used, sim.Name.Compare)
	return used
}
