package interop

import (
	"bytes"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/spec"
)

// Proposals that a request describes.

// describe returns the proposal of a description, for a group. held are the PSKs of
// which it may speak; nil tells that whoever proposes has none itself.
func describe(field string, d *pb.ProposalDescription, g *impl.PublicGroup, held psks) (*message.Proposal, error) {
	if d == nil {
		return nil, invalid(field, "it is missing")
	}
	prefix := field + "."
	switch kind := string(d.ProposalType); kind {
	case "add":
		kp, err := keyPackageOf(prefix+"key_package", d.KeyPackage)
		if err != nil {
			return nil, err
		}
		return &message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}}, nil
	case "remove":
		who, err := leafOf(prefix+"removed_id", g.Tree(), d.RemovedId)
		return &message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: who}}, err
	case "externalPSK":
		id, err := described(prefix+"psk_id", d.PskId, held)
		return pskProposal(id), err
	case "resumptionPSK":
		id, err := resumptionOf(prefix+"epoch_id", g, d.EpochId)
		return pskProposal(id), err
	case "groupContextExtensions":
		extensions, err := extensionsOf(prefix+"extensions", d.Extensions)
		return &message.Proposal{
			Type:                   spec.ProposalGroupContextExtensions,
			GroupContextExtensions: &message.GroupContextExtensions{Extensions: extensions},
		}, err
	case "reinit":
		next, err := reinitOf(prefix, d.GroupId, d.CipherSuite, d.Extensions)
		return &message.Proposal{Type: spec.ProposalReInit, ReInit: next}, err
	default:
		return nil, invalid(prefix+"proposal_type", "there is no %q", kind)
	}
}

func described(field string, id []byte, held psks) (schedule.PreSharedKeyID, error) {
	if held != nil {
		return held.named(field, id)
	}
	return schedule.ExternalPSK(bytes.Clone(id)), filled(field, id)
}

func pskProposal(id schedule.PreSharedKeyID) *message.Proposal {
	return &message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: id}}
}

// valued puts proposals by value into the options of a Commit.
func valued(o *impl.CommitOptions, list []*pb.ProposalDescription, st *state) error {
	held := st.psks
	if held == nil {
		held = psks{}
	}
	for i, d := range list {
		field := at("by_value", i)
		p, err := describe(field, d, st.member.PublicGroup, held)
		if err != nil {
			return err
		}
		switch p.Type {
		case spec.ProposalAdd:
			o.Add = append(o.Add, &p.Add.KeyPackage)
		case spec.ProposalRemove:
			o.Remove = append(o.Remove, p.Remove.Removed)
		case spec.ProposalPSK:
			o.PSKs = append(o.PSKs, p.PreSharedKey.PSK)
		case spec.ProposalGroupContextExtensions:
			if o.Extensions != nil {
				return invalid(field, "groupContextExtensions a second time")
			}
			o.Extensions = &p.GroupContextExtensions.Extensions
		case spec.ProposalReInit:
			if o.ReInit != nil {
				return invalid(field, "reinit a second time")
			}
			o.ReInit = p.ReInit
		}
	}
	return nil
}
