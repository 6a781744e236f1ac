package scenario

import (
	"mlssim/impl/interop/pb"
)

// Steps that commit, and follow Commits.

// request returns what the actor of a step is asked to commit.
func (p *play) request(s *Step) (*pb.CommitRequest, error) {
	r := &pb.CommitRequest{StateId: p.state[s.Actor], ForcePath: s.ForcePath, ExternalTree: s.ExternalTree, ByReference: p.proposals(s.ByReference)}
	for i := range s.ByValue {
		d, err := p.description(&s.ByValue[i])
		if err != nil {
			return nil, err
		}
		r.ByValue = append(r.ByValue, d)
	}
	return r, nil
}

func (p *play) proposals(steps []int) [][]byte {
	var list [][]byte
	for _, s := range steps {
		list = append(list, p.left[s].proposal)
	}
	return list
}

// makeCommit lets an actor make a Commit, and keeps it.
func (p *play) makeCommit(i int, actor string, r *pb.CommitRequest) error {
	c, err := call(p, actor, "Commit", pb.MLSClientClient.Commit, r)
	if err != nil {
		return err
	}
	l := &p.left[i]
	l.commit, l.welcome, l.tree = c.Commit, c.Welcome, nil
	if r.ExternalTree {
		l.tree = c.RatchetTree
	}
	p.committed[actor] = i
	return nil
}

func (p *play) commit(i int, s *Step) error {
	r, err := p.request(s)
	if err != nil {
		return err
	}
	return p.makeCommit(i, s.Actor, r)
}

// fullCommit lets the actor commit, the members follow and the joiners join.
func (p *play) fullCommit(i int, s *Step) error {
	if err := p.commit(i, s); err != nil {
		return err
	}
	if err := p.acceptOwn(s.Actor); err != nil {
		return err
	}
	if err := p.follow(i, s.Members, s.ByReference); err != nil {
		return err
	}
	return p.welcomed(i, s.Joiners)
}

func (p *play) handlePendingCommit(_ int, s *Step) error { return p.acceptOwn(s.Actor) }

// acceptOwn lets an actor go on with its newest Commit.
func (p *play) acceptOwn(actor string) error {
	step, ok := p.committed[actor]
	if !ok {
		return differ(actor, "has made no Commit")
	}
	r, err := call(p, actor, "HandlePendingCommit", pb.MLSClientClient.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: p.state[actor]})
	if err != nil {
		return err
	}
	p.state[actor] = r.StateId
	return p.arrive(step, actor, r.EpochAuthenticator)
}

func (p *play) handleCommit(_ int, s *Step) error {
	return p.follow(s.Commit, []string{s.Actor}, s.ByReference)
}

// follow lets members process the Commit of a step, after the proposals of others.
func (p *play) follow(step int, members []string, refs []int) error {
	for _, m := range members {
		r, err := call(p, m, "HandleCommit", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{
			StateId: p.state[m], Proposal: p.proposals(refs), Commit: p.left[step].commit,
		})
		if err != nil {
			return err
		}
		p.state[m] = r.StateId
		if err := p.arrive(step, m, r.EpochAuthenticator); err != nil {
			return err
		}
	}
	return nil
}
