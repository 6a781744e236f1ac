package vectors

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

func makeWelcome(r *source, s *suite.Suite) ([]vector, error) {
	g, err := newClients(r, s)
	if err != nil {
		return nil, err
	}
	if err := g.add(r.IntN(3)); err != nil {
		return nil, err
	}
	by, c, w, err := g.welcomed(impl.CommitOptions{})
	if err != nil {
		return nil, err
	}
	return []vector{&welcome{
		Suite: s.ID, InitPriv: Hex(c.keys.Init.Bytes()), SignerPub: Hex(by.id.Signer.Public()),
		KeyPackage: c.keyPackage(), Welcome: encodeWelcome(w),
	}}, nil
}

// makeMessages returns what groups of one suite each have sent.
func makeMessages(r *source, _ *suite.Suite) ([]vector, error) {
	var all []vector
	for i := range 5 {
		r := r.sub(i)
		s := suite.All()[r.IntN(len(suite.All()))]
		v := new(messages)
		if err := v.fill(r, s); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// fill draws all of a case.
func (v *messages) fill(r *source, s *suite.Suite) error {
	g, err := newClients(r, s)
	if err != nil {
		return err
	}
	if err := g.add(1 + r.IntN(3)); err != nil {
		return err
	}
	_, c, w, err := g.welcomed(impl.CommitOptions{})
	if err != nil {
		return err
	}
	secrets, info, err := openWelcome(s, c.keys, w, nil)
	if err != nil {
		return err
	}
	v.Welcome, v.KeyPackage = encodeWelcome(w), c.keyPackage()
	v.GroupInfo = wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info})
	v.GroupSecrets = wire.Encode(secrets)
	v.RatchetTree = c.member.Tree().Extension()
	v.proposals(r, s)
	return v.sent(g)
}

// proposals draws those whose content is data alone.
func (v *messages) proposals(r *source, s *suite.Suite) {
	psk := schedule.PreSharedKeyID{Type: spec.PSKExternal, ID: r.upTo(32), Nonce: r.bytes(s.Nh)}
	if r.IntN(2) == 0 {
		psk = schedule.PreSharedKeyID{Type: spec.PSKResumption, Usage: spec.UsageApplication, GroupID: r.bytes(16), Epoch: r.Uint64(), Nonce: r.bytes(s.Nh)}
	}
	extensions := []tree.Extension{{Type: spec.ExtApplicationID, Data: wire.Encode(&message.ExternalInit{KEMOutput: r.upTo(16)})}}
	v.Remove = wire.Encode(someRemove(r))
	v.PreSharedKey = wire.Encode(&message.PreSharedKey{PSK: psk})
	v.ReInit = wire.Encode(&message.ReInit{GroupID: r.bytes(16), Version: spec.MLS10, CipherSuite: s.ID, Extensions: extensions})
	v.ExternalInit = wire.Encode(&message.ExternalInit{KEMOutput: r.bytes(s.Nh)})
	v.GroupContextExtensions = wire.Encode(&message.GroupContextExtensions{Extensions: extensions})
}

// sent lets members of the group propose, commit and send.
func (v *messages) sent(g *clients) error {
	by := g.someone()
	another, err := g.client()
	if err != nil {
		return err
	}
	writer, data, err := by.member.Send(g.env, g.r.upTo(64))
	if err != nil {
		return err
	}
	after, add, err := writer.ProposeAdd(g.env, another.keys.Package, spec.WirePublicMessage)
	if err != nil {
		return err
	}
	_, update, err := after.ProposeUpdate(g.env, spec.WirePublicMessage)
	if err != nil {
		return err
	}
	_, _, commit, err := after.Commit(g.env, impl.CommitOptions{Format: spec.WirePublicMessage})
	if err != nil {
		return err
	}
	v.Add = wire.Encode(add.Message.PublicMessage.Content.Proposal.Add)
	v.Update = wire.Encode(update.Message.PublicMessage.Content.Proposal.Update)
	v.Commit = wire.Encode(commit.Message.PublicMessage.Content.Commit)
	v.PublicProposal = wire.Encode(add.Message)
	v.PublicCommit = wire.Encode(commit.Message)
	v.Private = wire.Encode(data.Message)
	v.PublicApplication = wire.Encode(publicApplication(g, by))
	return nil
}

// publicApplication returns what no member sends, and the format has: application
// data in a PublicMessage. Signature and tag are not right.
func publicApplication(g *clients, by *client) *message.MLSMessage {
	return message.Public(&message.PublicMessage{
		Content: message.FramedContent{
			GroupID: by.member.ID(), Epoch: by.member.Number(), Sender: message.Member(by.member.Leaf()), AuthenticatedData: g.r.upTo(16),
			Content: message.Content{ContentType: spec.ContentApplication, ApplicationData: g.r.upTo(64)},
		},
		Auth:          message.FramedContentAuthData{Signature: g.r.bytes(64)},
		MembershipTag: g.r.bytes(g.suite.Nh),
	})
}
