package symbolic

import (
	"errors"
	"fmt"

	"mlssim/model"
	"mlssim/sim"
	"mlssim/spec"
)

// Machine is [sim.Machine]: a member of the model.
type Machine struct {
	b *Backend
	m model.Member
}

// Step implements [sim.Machine].
func (m Machine) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	step, event := m.event(in)
	next, out, err := m.m.Step(m.b.env(m.client(), step), event)
	switch {
	case errors.Is(err, spec.ErrRemoved):
		return nil, sim.Output{Removed: true}, nil
	case err != nil:
		return nil, sim.Output{}, err
	}
	if in, ok := in.(sim.Found); ok {
		return m, m.b.founded(in, out), nil
	}
	o := m.b.output(step, out)
	switch in := in.(type) {
	case sim.Open:
		o.Data = []byte(out.Data)
	case sim.Export:
		m.b.exported(m.client(), in.ID, out.Exported)
	}
	return Machine{m.b, next}, o, nil
}

// event translates an input, and says under which number it draws.
func (m Machine) event(in sim.Input) (sim.StepID, model.Event) {
	switch in := in.(type) {
	case sim.ProposeUpdate:
		return in.Step, model.ProposeUpdate{Framing: model.Framing{Private: in.Private}}
	case sim.ProposeAdd:
		return in.Step, model.ProposeAdd{KeyPackage: in.KeyPackage.(model.KeyPackage), Framing: model.Framing{Private: in.Private}}
	case sim.ProposeRemove:
		return in.Step, model.ProposeRemove{Leaf: model.LeafIndex(in.Leaf), Framing: model.Framing{Private: in.Private}}
	case sim.ProposeReInit:
		return in.Step, model.Propose{Proposal: m.reinit(in.Group), Framing: model.Framing{Private: in.Private}}
	case sim.Found:
		return in.Step, m.found(in)
	case sim.Commit:
		return in.Step, m.commit(in)
	case sim.Send:
		return in.Step, model.Send{Data: string(in.Data)}
	case sim.Describe:
		return 0, model.Publish{GroupInfoOptions: model.GroupInfoOptions{ExternalPub: true}}
	case sim.Export:
		return in.Step, model.Export{Label: in.ID}
	case sim.Handle:
		if p := in.Message.(message).Private; p != nil {
			return 0, model.Open{Message: p}
		}
		return 0, model.Receive{Message: publicOrEmpty(in.Message)}
	case sim.Open:
		return 0, model.Open{Message: privateOrEmpty(in.Message)}
	}
	panic(fmt.Sprintf("symbolic: input %T", in))
}

// publicOrEmpty returns a handshake message, or one that any member refuses.
func publicOrEmpty(msg sim.Message) *model.PublicMessage {
	if p := msg.(message).Public; p != nil {
		return p
	}
	return &model.PublicMessage{}
}

// privateOrEmpty returns an application message, or one that any member refuses.
func privateOrEmpty(msg sim.Message) *model.PrivateMessage {
	if p := msg.(message).Private; p != nil {
		return p
	}
	return &model.PrivateMessage{}
}

// commit translates what a Commit is to cover.
func (m Machine) commit(in sim.Commit) model.MakeCommit {
	var values []model.Proposal
	for _, leaf := range in.Removes {
		values = append(values, model.Remove(model.LeafIndex(leaf)))
	}
	for _, kp := range in.Adds {
		values = append(values, model.Add(kp.(model.KeyPackage)))
	}
	for _, p := range in.PSKs {
		values = append(values, model.PSK(m.b.pskID(m.m.Context.GroupID, p)))
	}
	if in.ReInit != "" {
		values = append(values, m.reinit(in.ReInit))
	}
	e := model.MakeCommit{Values: values, Path: !in.NoPath, Framing: model.Framing{Private: in.Private}}
	if in.Signature != 0 {
		as := m.m.Client
		as.SignatureKey = m.b.signatureKey(m.client(), in.Signature)
		m.b.client(m.client()).SignatureKey = as.SignatureKey
		e.Client = &as
	}
	if !in.Omit {
		e.References = m.m.Cover(m.b.env(m.client(), in.Step), values)
	}
	return e
}

// View implements [sim.Machine].
func (m Machine) View() sim.View {
	v := sim.View{
		Epoch:     m.m.Context.Epoch,
		Leaf:      uint32(m.m.Leaf),
		Agreement: m.b.names.of(m.m.Secrets.Authenticator),
	}
	if m.m.Ended != nil {
		v.Follows = m.b.groupNames[m.m.Ended.GroupID]
	}
	for i, l := range m.m.Tree.Leaves() {
		v.Members = append(v.Members, sim.Member{Leaf: uint32(i), Client: clientOf(l.Credential), Key: m.key(l.EncryptionKey)})
	}
	for x, n := range m.m.Tree {
		if n.Parent == nil {
			continue
		}
		p := sim.Parent{Node: uint32(x), Key: m.key(n.Parent.EncryptionKey)}
		for _, i := range n.Parent.UnmergedLeaves {
			p.Unmerged = append(p.Unmerged, uint32(i))
		}
		v.Parents = append(v.Parents, p)
	}
	return v
}

// key returns the name of the private key that belongs to a public one.
func (m Machine) key(public model.Term) sim.Name {
	private, ok := m.b.store.PrivateOf(public)
	if !ok {
		panic(fmt.Sprintf("symbolic: %s is no public key", m.b.store.String(public)))
	}
	return m.b.names.of(private)
}

// Secrets implements [sim.Machine].
func (m Machine) Secrets() []sim.Held {
	var held []sim.Held
	hold := func(part sim.Part, terms ...model.Term) {
		for _, t := range terms {
			held = append(held, sim.Held{Part: part, Name: m.b.names.of(t)})
		}
	}
	hold(sim.PartSignature, m.m.Client.SignatureKey)
	for _, k := range m.m.Keys {
		if k.Node == m.m.Leaf.Node() {
			hold(sim.PartLeaf, k.Private)
			continue
		}
		held = append(held, sim.Held{Part: sim.PartNode, Node: uint32(k.Node), Name: m.b.names.of(k.Private)})
	}
	for _, u := range m.m.Updates {
		hold(sim.PartPending, u.Key)
	}
	s := m.m.Secrets
	hold(sim.PartInit, s.Init)
	hold(sim.PartRes, s.Resumption)
	for _, p := range m.m.PSKs {
		hold(sim.PartOldRes, p.PSK)
	}
	hold(sim.PartEpoch, s.SenderData, s.Exporter, s.External, s.Confirmation, s.Membership, s.Authenticator)
	hold(sim.PartEnc, m.m.Ratchets.Held()...)
	for _, p := range m.m.Past {
		hold(sim.PartPast, p.SenderData)
		hold(sim.PartPast, p.Ratchets.Held()...)
	}
	return sorted(held)
}
