package scenario

import (
	"mlssim/impl/interop/pb"
)

// Steps that make proposals.

// proposed keeps a proposal for the steps that commit it.
func (p *play) proposed(i int, r *pb.ProposalResponse, err error) error {
	if err == nil {
		p.left[i].proposal = r.Proposal
	}
	return err
}

func (p *play) addProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "AddProposal", pb.MLSClientClient.AddProposal, &pb.AddProposalRequest{
		StateId: p.state[s.Actor], KeyPackage: p.left[s.KeyPackage].keyPackage,
	})
	return p.proposed(i, r, err)
}

func (p *play) updateProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "UpdateProposal", pb.MLSClientClient.UpdateProposal, &pb.UpdateProposalRequest{StateId: p.state[s.Actor]})
	return p.proposed(i, r, err)
}

func (p *play) removeProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "RemoveProposal", pb.MLSClientClient.RemoveProposal, &pb.RemoveProposalRequest{
		StateId: p.state[s.Actor], RemovedId: []byte(s.Removed),
	})
	return p.proposed(i, r, err)
}

func (p *play) externalPSKProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "ExternalPSKProposal", pb.MLSClientClient.ExternalPSKProposal, &pb.ExternalPSKProposalRequest{
		StateId: p.state[s.Actor], PskId: p.left[s.PSKID].pskID,
	})
	return p.proposed(i, r, err)
}

func (p *play) resumptionPSKProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "ResumptionPSKProposal", pb.MLSClientClient.ResumptionPSKProposal, &pb.ResumptionPSKProposalRequest{
		StateId: p.state[s.Actor], EpochId: s.EpochID,
	})
	return p.proposed(i, r, err)
}

func (p *play) extensionsProposal(i int, s *Step) error {
	r, err := call(p, s.Actor, "GroupContextExtensionsProposal", pb.MLSClientClient.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{
		StateId: p.state[s.Actor], Extensions: extensions(s.Extensions),
	})
	return p.proposed(i, r, err)
}

func extensions(list []Extension) []*pb.Extension {
	var all []*pb.Extension
	for _, e := range list {
		all = append(all, &pb.Extension{ExtensionType: e.Type, ExtensionData: e.Data})
	}
	return all
}

// newMemberAddProposal lets the joiner propose itself, with the actor's GroupInfo.
func (p *play) newMemberAddProposal(i int, s *Step) error {
	info, err := p.describe(s.Actor, false)
	if err != nil {
		return err
	}
	r, err := call(p, s.Joiner, "NewMemberAddProposal", pb.MLSClientClient.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{
		GroupInfo: info.GroupInfo, Identity: []byte(s.Joiner),
	})
	if err != nil {
		return err
	}
	p.transaction[s.Joiner] = r.TransactionId
	p.left[i].proposal = r.Proposal
	return nil
}

// addExternalSigner lets the actor propose that the signer may send proposals.
func (p *play) addExternalSigner(i int, s *Step) error {
	made, err := call(p, s.Signer, "CreateExternalSigner", pb.MLSClientClient.CreateExternalSigner, &pb.CreateExternalSignerRequest{
		CipherSuite: p.suite, Identity: []byte(s.Signer),
	})
	if err != nil {
		return err
	}
	p.signer[s.Signer] = made.SignerId
	p.places[s.Signer] = uint32(len(p.places))
	r, err := call(p, s.Actor, "AddExternalSigner", pb.MLSClientClient.AddExternalSigner, &pb.AddExternalSignerRequest{
		StateId: p.state[s.Actor], ExternalSender: made.ExternalSender,
	})
	return p.proposed(i, r, err)
}

// externalSignerProposal lets a signer propose something, with a member's GroupInfo.
func (p *play) externalSignerProposal(i int, s *Step) error {
	info, err := p.describe(s.Member, true)
	if err != nil {
		return err
	}
	d, err := p.description(&s.Description)
	if err != nil {
		return err
	}
	r, err := call(p, s.Actor, "ExternalSignerProposal", pb.MLSClientClient.ExternalSignerProposal, &pb.ExternalSignerProposalRequest{
		SignerId: p.signer[s.Actor], SignerIndex: p.places[s.Actor],
		GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, Description: d,
	})
	return p.proposed(i, r, err)
}

// description returns a proposal by value as the interface describes it.
func (p *play) description(d *Description) (*pb.ProposalDescription, error) {
	r := &pb.ProposalDescription{ProposalType: []byte(d.ProposalType)}
	switch d.ProposalType {
	case "add":
		r.KeyPackage = p.left[d.KeyPackage].keyPackage
	case "remove":
		r.RemovedId = []byte(d.Removed)
	case "externalPSK":
		r.PskId = p.left[d.PSKID].pskID
	case "resumptionPSK":
		r.EpochId = d.EpochID
	case "groupContextExtensions":
		r.Extensions = extensions(d.Extensions)
	case "reinit":
		next, err := p.next(d.ChangeCipherSuite, d.ChangeGroupID)
		if err != nil {
			return nil, err
		}
		r.CipherSuite, r.GroupId, r.Extensions = next.suite, next.groupID, extensions(d.Extensions)
		p.reinitialized = next
	}
	return r, nil
}
