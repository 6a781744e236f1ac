package scenario

import (
	"bytes"
	"slices"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
)

// Steps by which a group comes from another one.

// A future is what a ReInit asks for.
type future struct {
	suite   uint32
	groupID []byte
}

// next decides what a ReInit asks for. Another suite is the next one that all
// clients in the cast support; without one the script cannot be played.
func (p *play) next(changeSuite, changeID bool) (*future, error) {
	f := &future{suite: p.suite, groupID: p.groupID}
	if changeID {
		f.groupID = append(slices.Clone(p.groupID), "++"...)
	}
	if !changeSuite {
		return f, nil
	}
	var clients []*client.Client
	for _, a := range p.script.Actors {
		clients = append(clients, p.cast[a])
	}
	others := slices.DeleteFunc(client.Common(clients), func(s uint32) bool { return s == p.suite })
	if len(others) == 0 {
		return nil, skipped("the clients have no second cipher suite in common")
	}
	f.suite = others[0]
	for _, s := range others {
		if s > p.suite {
			f.suite = s
			break
		}
	}
	return f, nil
}

// reinit ends the group by a ReInit, and sets the next one up.
func (p *play) reinit(i int, s *Step) error {
	proposal, err := p.reinitProposal(s)
	if err != nil {
		return err
	}
	old := append(slices.Clone(s.Members), s.Committer, s.Welcomer)
	if s.Proposer != "" {
		old = append(old, s.Proposer)
	}
	slices.Sort(old)
	w, err := p.endGroup(s.Committer, slices.Compact(old), proposal)
	if err != nil {
		return err
	}
	if p.reinitialized != nil {
		p.suite, p.groupID = p.reinitialized.suite, p.reinitialized.groupID
	}
	return p.beginNext(i, s, w)
}

// reinitProposal returns the ReInit, of the proposer or of an earlier step.
func (p *play) reinitProposal(s *Step) ([]byte, error) {
	if s.Proposer == "" {
		return p.left[s.ExternalReinitProposal].proposal, nil
	}
	next, err := p.next(s.ChangeCipherSuite, s.ChangeGroupID)
	if err != nil {
		return nil, err
	}
	p.reinitialized = next
	r, err := call(p, s.Proposer, "ReInitProposal", pb.MLSClientClient.ReInitProposal, &pb.ReInitProposalRequest{
		StateId: p.state[s.Proposer], CipherSuite: next.suite, GroupId: next.groupID, Extensions: extensions(s.Extensions),
	})
	return r.GetProposal(), err
}

// waiting is what members of a group that has ended wait with, by actor.
type waiting map[string]struct {
	id         uint32
	keyPackage []byte
}

// endGroup lets the committer end the group, and all others follow.
func (p *play) endGroup(committer string, members []string, proposal []byte) (waiting, error) {
	w := waiting{}
	c, err := call(p, committer, "ReInitCommit", pb.MLSClientClient.ReInitCommit, &pb.CommitRequest{
		StateId: p.state[committer], ByReference: [][]byte{proposal},
	})
	if err != nil {
		return nil, err
	}
	own, err := call(p, committer, "HandlePendingReInitCommit", pb.MLSClientClient.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{
		StateId: p.state[committer],
	})
	if err != nil {
		return nil, err
	}
	w.put(committer, own)
	for _, m := range members {
		if m == committer {
			continue
		}
		r, err := call(p, m, "HandleReInitCommit", pb.MLSClientClient.HandleReInitCommit, &pb.HandleCommitRequest{
			StateId: p.state[m], Proposal: [][]byte{proposal}, Commit: c.Commit,
		})
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(r.EpochAuthenticator, own.EpochAuthenticator) {
			return nil, differ(m, "epoch_authenticator %x at the end, the committer has %x", r.EpochAuthenticator, own.EpochAuthenticator)
		}
		w.put(m, r)
	}
	return w, nil
}

func (w waiting) put(actor string, r *pb.HandleReInitCommitResponse) {
	v := w[actor]
	v.id, v.keyPackage = r.ReinitId, r.KeyPackage
	w[actor] = v
}

// beginNext lets the welcomer set the next group up, and all others join.
func (p *play) beginNext(i int, s *Step, w waiting) error {
	var others []string
	for actor := range w {
		if actor != s.Welcomer {
			others = append(others, actor)
		}
	}
	slices.Sort(others)
	var packages [][]byte
	for _, actor := range others {
		packages = append(packages, w[actor].keyPackage)
	}
	made, err := call(p, s.Welcomer, "ReInitWelcome", pb.MLSClientClient.ReInitWelcome, &pb.ReInitWelcomeRequest{
		ReinitId: w[s.Welcomer].id, KeyPackage: packages, ForcePath: s.ForcePath, ExternalTree: s.ExternalTree,
	})
	if err != nil {
		return err
	}
	p.state[s.Welcomer] = made.StateId
	if err := p.arrive(i, s.Welcomer, made.EpochAuthenticator); err != nil {
		return err
	}
	for _, actor := range others {
		r, err := call(p, actor, "HandleReInitWelcome", pb.MLSClientClient.HandleReInitWelcome, &pb.HandleReInitWelcomeRequest{
			ReinitId: w[actor].id, Welcome: made.Welcome, RatchetTree: asked(s.ExternalTree, made.RatchetTree),
		})
		if err != nil {
			return err
		}
		p.state[actor] = r.StateId
		if err := p.arrive(i, actor, r.EpochAuthenticator); err != nil {
			return err
		}
	}
	return nil
}

// asked returns a tree, if it was asked for.
func asked(externalTree bool, tree []byte) []byte {
	if !externalTree {
		return nil
	}
	return tree
}

// branch lets the actor set a subgroup up, and the members join it. From then on
// everybody is in the subgroup, and the states in the old group are freed.
func (p *play) branch(i int, s *Step) error {
	request := &pb.CreateBranchRequest{
		StateId: p.state[s.Actor], GroupId: p.newGroupID(), Extensions: extensions(s.Extensions),
		ForcePath: s.ForcePath, ExternalTree: s.ExternalTree,
	}
	for _, m := range s.Members {
		kp, err := p.publish(m)
		if err != nil {
			return err
		}
		request.KeyPackages = append(request.KeyPackages, kp)
	}
	made, err := call(p, s.Actor, "CreateBranch", pb.MLSClientClient.CreateBranch, request)
	if err != nil {
		return err
	}
	p.groupID = request.GroupId
	if err := p.moves(i, s.Actor, made.StateId, made.EpochAuthenticator); err != nil {
		return err
	}
	for _, m := range s.Members {
		r, err := call(p, m, "HandleBranch", pb.MLSClientClient.HandleBranch, &pb.HandleBranchRequest{
			StateId: p.state[m], TransactionId: p.transaction[m],
			Welcome: made.Welcome, RatchetTree: asked(s.ExternalTree, made.RatchetTree),
		})
		if err != nil {
			return err
		}
		if err := p.moves(i, m, r.StateId, r.EpochAuthenticator); err != nil {
			return err
		}
	}
	return nil
}

// moves takes an actor to its state in the subgroup, and frees the old one.
func (p *play) moves(i int, actor string, to uint32, authenticator []byte) error {
	from := p.state[actor]
	p.state[actor] = to
	if err := p.freeState(actor, from); err != nil {
		return err
	}
	return p.arrive(i, actor, authenticator)
}
