package concrete

import (
	"errors"
	"fmt"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
)

// machine is one client's state: a member of package impl.
type machine struct {
	b  *Backend
	id sim.ClientID
	m  *impl.Member
}

// Step carries out one input, and counts the work.
func (m *machine) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	before := *m.b.work
	next, out, err := m.step(in)
	if err == nil && !out.Removed {
		work := m.b.since(before)
		out.Cost.Seals, out.Cost.Opens, out.Cost.Verifies = work.Seals, work.Opens, work.Verifies
	}
	return next, out, err
}

func (m *machine) step(in sim.Input) (sim.Machine, sim.Output, error) {
	switch in := in.(type) {
	case sim.ProposeUpdate:
		return m.proposed(in.Step)(m.m.ProposeUpdate(m.b.env(m.id, in.Step), format(in.Private)))
	case sim.ProposeAdd:
		return m.proposed(in.Step)(m.m.ProposeAdd(m.b.env(m.id, in.Step), in.KeyPackage.(keyPackage).pkg, format(in.Private)))
	case sim.ProposeRemove:
		return m.proposed(in.Step)(m.m.ProposeRemove(m.b.env(m.id, in.Step), tree.LeafIndex(in.Leaf), format(in.Private)))
	case sim.ProposeReInit:
		return m.proposed(in.Step)(m.m.ProposeReInit(m.b.env(m.id, in.Step), m.reinit(in.Group), format(in.Private)))
	case sim.Found:
		return m.found(in)
	case sim.Commit:
		return m.commit(in)
	case sim.Describe:
		return m.describe()
	case sim.Export:
		return m.export(in)
	case sim.Handle:
		return m.handle(in.Message.(*packet))
	case sim.Send:
		return m.send(in)
	case sim.Open:
		return m.handle(in.Message.(*packet))
	}
	return nil, sim.Output{}, fmt.Errorf("unknown input %T", in)
}

// proposed finishes a proposal: the key of an Update becomes known to the ledger.
func (m *machine) proposed(step sim.StepID) func(*impl.Member, impl.Output, error) (sim.Machine, sim.Output, error) {
	return func(after *impl.Member, out impl.Output, err error) (sim.Machine, sim.Output, error) {
		if err != nil {
			return nil, sim.Output{}, err
		}
		for _, h := range after.Held() {
			if _, known := m.b.ledger.name(h.Secret); !known && h.Kind == impl.KindUpdateKey {
				err = m.b.ledger.register(sim.Name{Kind: sim.LeafKey, Origin: step}, h.Secret)
			}
		}
		p := &packet{raw: wire.Encode(out.Message), step: step}
		consumed, used := m.privately(p, out)
		return m.with(after), sim.Output{Send: p, Consumed: consumed, Cost: sim.Cost{Bytes: len(p.raw)}}, errors.Join(err, used)
	}
}

func (m *machine) with(after *impl.Member) sim.Machine { return &machine{b: m.b, id: m.id, m: after} }

func (m *machine) commit(in sim.Commit) (sim.Machine, sim.Output, error) {
	o := impl.CommitOptions{Omit: in.Omit, NoPath: in.NoPath, Format: format(in.Private)}
	for _, leaf := range in.Removes {
		o.Remove = append(o.Remove, tree.LeafIndex(leaf))
	}
	for _, kp := range in.Adds {
		o.Add = append(o.Add, kp.(keyPackage).pkg)
	}
	for _, p := range in.PSKs {
		o.PSKs = append(o.PSKs, m.b.pskID(m.m.ID(), p))
	}
	if in.ReInit != "" {
		o.ReInit = m.reinit(in.ReInit)
	}
	env := m.b.env(m.id, in.Step)
	if in.Signature != 0 {
		id, err := m.b.rotate(env, m.id, in)
		if err != nil {
			return nil, sim.Output{}, err
		}
		o.Identity = id
	}
	after, staged, out, err := m.m.Commit(env, o)
	if err != nil {
		return nil, sim.Output{}, err
	}
	if err := m.b.registerEpoch(in.Step, staged.Next, out.Consumed); err != nil {
		return nil, sim.Output{}, err
	}
	p := &packet{raw: wire.Encode(out.Message), step: in.Step}
	if _, err := m.privately(p, out); err != nil {
		return nil, sim.Output{}, err
	}
	if len(in.PSKs) > 0 {
		t, err := m.transition(out.Message)
		if err != nil {
			return nil, sim.Output{}, err
		}
		psks, err := t.PSKs(m.b.env(m.id, in.Step), m.m)
		if err != nil {
			return nil, sim.Output{}, err
		}
		if err := m.b.registerPSKs(in.Step, t.PSKIDs(), psks); err != nil {
			return nil, sim.Output{}, err
		}
	}
	consumed, err := m.b.names(out.Consumed)
	if err != nil {
		return nil, sim.Output{}, err
	}
	result := sim.Output{Send: p, Next: m.with(staged.Next), Consumed: consumed}
	result.Cost = sim.Cost{Bytes: len(p.raw)}
	for _, one := range staged.Welcomes { // all new members share it
		w := welcome{raw: wire.Encode(one), step: in.Step}
		result.Welcome, result.Cost.Welcome = w, len(w.raw)
	}
	return m.with(after), result, nil
}

// handle processes another member's message from its bytes.
func (m *machine) handle(p *packet) (sim.Machine, sim.Output, error) {
	var msg message.MLSMessage
	if err := wire.Decode(p.raw, &msg); err != nil {
		return nil, sim.Output{}, err
	}
	after, out, err := m.m.Receive(m.b.env(m.id, 0), &msg)
	switch {
	case removed(err):
		return nil, sim.Output{Removed: true}, nil
	case err != nil:
		return nil, sim.Output{}, err
	}
	consumed, err := m.b.names(out.Consumed)
	return m.with(after), sim.Output{Data: out.Data, Consumed: consumed}, err
}

func (m *machine) send(in sim.Send) (sim.Machine, sim.Output, error) {
	after, out, err := m.m.Send(m.b.env(m.id, in.Step), in.Data)
	if err != nil {
		return nil, sim.Output{}, err
	}
	epoch, ok := m.b.ledger.name(m.m.Authenticator())
	if !ok {
		return nil, sim.Output{}, errors.New("message of an epoch that nobody began")
	}
	p := &packet{raw: wire.Encode(out.Message), step: in.Step, data: &sealedData{epoch: epoch.Origin, plain: in.Data}}
	if err := m.b.registerKeys(epoch.Origin, m.m, out.Consumed); err != nil {
		return nil, sim.Output{}, err
	}
	consumed, err := m.b.names(out.Consumed)
	return m.with(after), sim.Output{Send: p, Consumed: consumed, Cost: sim.Cost{Bytes: len(p.raw)}}, err
}

// View returns what the client believes, with keys and epoch named by what
// their bytes are.
func (m *machine) View() sim.View {
	l, t := m.b.ledger, m.m.Tree()
	v := sim.View{Epoch: m.m.Number(), Leaf: uint32(m.m.Leaf())}
	v.Agreement, _ = l.name(m.m.Authenticator())
	if r := m.m.Ended(); r != nil {
		v.Follows = groupName(r.GroupID)
	}
	for i, leaf := range t.Leaves() {
		v.Members = append(v.Members, sim.Member{
			Leaf: uint32(i), Client: clientOf(leaf.Credential.Identity), Key: l.public[string(leaf.EncryptionKey)]})
	}
	for x, parent := range t.Parents() {
		p := sim.Parent{Node: uint32(x), Key: l.public[string(parent.EncryptionKey)]}
		for _, leaf := range parent.UnmergedLeaves {
			p.Unmerged = append(p.Unmerged, uint32(leaf))
		}
		v.Parents = append(v.Parents, p)
	}
	return v
}

// Secrets lists what the state holds, by the names of the bytes found in it.
// Bytes that are no secret of the run would have the zero Name.
func (m *machine) Secrets() []sim.Held {
	var held []sim.Held
	epoch, _ := m.b.ledger.name(m.m.Authenticator())
	for _, h := range m.m.Held() {
		n, _ := m.b.ledger.name(h.Secret)
		s := sim.Held{Part: parts[h.Kind], Name: n}
		if h.Kind == impl.KindNodeKey {
			s.Node = h.Index
		}
		if old := n.Origin != epoch.Origin; old && s.Part == sim.PartRes {
			s.Part = sim.PartOldRes
		} else if old && (s.Part == sim.PartEpoch || s.Part == sim.PartEnc) {
			s.Part = sim.PartPast
		}
		held = append(held, s)
	}
	return sorted(held)
}

// Raw returns the bytes of a message as they go over the wire.
func Raw(m sim.Message) []byte { return m.(*packet).raw }
