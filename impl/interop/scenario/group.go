package scenario

import (
	"bytes"

	"mlssim/impl/interop/pb"
)

// Steps that make clients and groups, and use these.

// createGroup lets the actor create a group, and add members to it at once.
func (p *play) createGroup(i int, s *Step) error {
	p.groupID = p.newGroupID()
	r, err := call(p, s.Actor, "CreateGroup", pb.MLSClientClient.CreateGroup, &pb.CreateGroupRequest{
		GroupId: p.groupID, CipherSuite: p.suite, EncryptHandshake: p.private, Identity: []byte(s.Actor),
	})
	if err != nil {
		return err
	}
	p.state[s.Actor] = r.StateId
	if len(s.Members) == 0 {
		if p.plain { // the response has no epoch_authenticator
			return nil
		}
		return p.arrive(i, s.Actor, nil)
	}
	var add []*pb.ProposalDescription
	for _, m := range s.Members {
		kp, err := p.publish(m)
		if err != nil {
			return err
		}
		add = append(add, &pb.ProposalDescription{ProposalType: []byte("add"), KeyPackage: kp})
	}
	c := &pb.CommitRequest{StateId: p.state[s.Actor], ByValue: add}
	if err := p.makeCommit(i, s.Actor, c); err != nil {
		return err
	}
	if err := p.acceptOwn(s.Actor); err != nil {
		return err
	}
	return p.welcomed(i, s.Members)
}

// publish lets an actor make a KeyPackage, by which it will next join a group.
func (p *play) publish(actor string) ([]byte, error) {
	r, err := call(p, actor, "CreateKeyPackage", pb.MLSClientClient.CreateKeyPackage, &pb.CreateKeyPackageRequest{
		CipherSuite: p.suite, Identity: []byte(actor),
	})
	if err != nil {
		return nil, err
	}
	p.transaction[actor] = r.TransactionId
	return r.KeyPackage, nil
}

func (p *play) createKeyPackage(i int, s *Step) (err error) {
	p.left[i].keyPackage, err = p.publish(s.Actor)
	return err
}

// joinGroup lets the actor enter by the Welcome of a Commit.
func (p *play) joinGroup(_ int, s *Step) error { return p.welcomed(s.Welcome, []string{s.Actor}) }

// welcomed lets actors join by the Welcome of a step.
func (p *play) welcomed(step int, actors []string) error {
	for _, a := range actors {
		id, ok := p.transaction[a]
		if !ok {
			return differ(a, "has no KeyPackage that waits")
		}
		r, err := call(p, a, "JoinGroup", pb.MLSClientClient.JoinGroup, &pb.JoinGroupRequest{
			TransactionId: id, Welcome: p.left[step].welcome, EncryptHandshake: p.private,
			Identity: []byte(a), RatchetTree: p.left[step].tree,
		})
		if err != nil {
			return err
		}
		p.state[a] = r.StateId
		if err := p.arrive(step, a, r.EpochAuthenticator); err != nil {
			return err
		}
	}
	return nil
}

// externalJoin lets the joiner come in with the help of the actor.
func (p *play) externalJoin(i int, s *Step) error {
	info, err := p.describe(s.Actor, s.ExternalTree)
	if err != nil {
		return err
	}
	request := &pb.ExternalJoinRequest{
		GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, EncryptHandshake: p.private,
		Identity: []byte(s.Joiner), RemovePrior: s.RemovePrior,
	}
	for _, from := range s.PSKs {
		request.Psks = append(request.Psks, &pb.PreSharedKey{PskId: p.left[from].pskID, PskSecret: p.left[from].psk})
	}
	prior, lost := p.state[s.Joiner]
	r, err := call(p, s.Joiner, "ExternalJoin", pb.MLSClientClient.ExternalJoin, request)
	if err != nil {
		return err
	}
	p.state[s.Joiner] = r.StateId
	if lost && prior != r.StateId {
		p.freeState(s.Joiner, prior) // what becomes of a lost state is nobody's business
	}
	p.left[i].commit = r.Commit
	if err := p.arrive(i, s.Joiner, r.EpochAuthenticator); err != nil {
		return err
	}
	return p.follow(i, append(s.Members[:len(s.Members):len(s.Members)], s.Actor), nil)
}

// describe lets a member describe the group.
func (p *play) describe(actor string, externalTree bool) (*pb.GroupInfoResponse, error) {
	return call(p, actor, "GroupInfo", pb.MLSClientClient.GroupInfo, &pb.GroupInfoRequest{
		StateId: p.state[actor], ExternalTree: externalTree,
	})
}

func (p *play) groupInfo(_ int, s *Step) error {
	r, err := p.describe(s.Actor, s.ExternalTree)
	if err == nil && (len(r.GroupInfo) == 0 || (len(r.RatchetTree) > 0) != s.ExternalTree) {
		return differ(s.Actor, "a GroupInfo of %d bytes and a ratchet_tree of %d", len(r.GroupInfo), len(r.RatchetTree))
	}
	return err
}

// installExternalPSK gives some actors a PSK, in their groups or before they join.
func (p *play) installExternalPSK(i int, s *Step) error {
	p.left[i].pskID, p.left[i].psk = p.random(32), p.random(32)
	for _, a := range s.Clients {
		id, ok := p.state[a]
		if !ok {
			id, ok = p.transaction[a]
		}
		if !ok {
			return differ(a, "has neither a group nor a KeyPackage that waits")
		}
		if _, err := call(p, a, "StorePSK", pb.MLSClientClient.StorePSK, &pb.StorePSKRequest{
			StateOrTransactionId: id, PskId: p.left[i].pskID, PskSecret: p.left[i].psk,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) protect(i int, s *Step) error {
	l := &p.left[i]
	l.data, l.authenticated = []byte(s.Plaintext), []byte(s.AuthenticatedData)
	r, err := call(p, s.Actor, "Protect", pb.MLSClientClient.Protect, &pb.ProtectRequest{
		StateId: p.state[s.Actor], AuthenticatedData: l.authenticated, Plaintext: l.data,
	})
	if err == nil {
		l.ciphertext = r.Ciphertext
	}
	return err
}

func (p *play) unprotect(_ int, s *Step) error {
	l := &p.left[s.Ciphertext]
	r, err := call(p, s.Actor, "Unprotect", pb.MLSClientClient.Unprotect, &pb.UnprotectRequest{
		StateId: p.state[s.Actor], Ciphertext: l.ciphertext,
	})
	switch {
	case err != nil:
		return err
	case !bytes.Equal(r.Plaintext, l.data):
		return differ(s.Actor, "plaintext %q, want %q", r.Plaintext, l.data)
	case !bytes.Equal(r.AuthenticatedData, l.authenticated):
		return differ(s.Actor, "authenticated_data %q, want %q", r.AuthenticatedData, l.authenticated)
	}
	return nil
}

func (p *play) stateAuth(actor string, id uint32) ([]byte, error) {
	r, err := call(p, actor, "StateAuth", pb.MLSClientClient.StateAuth, &pb.StateAuthRequest{StateId: id})
	return r.GetStateAuthSecret(), err
}

func (p *play) export(actor string, id uint32) ([]byte, error) {
	r, err := call(p, actor, "Export", pb.MLSClientClient.Export, &pb.ExportRequest{
		StateId: id, Label: exportLabel, Context: p.groupID, KeyLength: exportLength,
	})
	return r.GetExportedSecret(), err
}

func (p *play) freeState(actor string, id uint32) error {
	_, err := call(p, actor, "Free", pb.MLSClientClient.Free, &pb.FreeRequest{StateId: id})
	return err
}
