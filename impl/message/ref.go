package message

import (
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A KeyPackageRef names a KeyPackage by its hash (RFC 9420, Section 5.2).
type KeyPackageRef []byte

// A ProposalRef names a proposal by the hash of the message that carried it
// (Section 5.2).
type ProposalRef []byte

// Ref returns the KeyPackageRef of k (Section 5.2). s is the suite of k.
func (k *KeyPackage) Ref(s *suite.Suite) KeyPackageRef {
	return spec.Derive(nil, req.RefKeyPackage, KeyPackageRef(s.RefHash(spec.LabelKeyPackageRef, k)))
}

// ProposalRef returns the reference by which a Commit covers the proposal that
// ac carries (Section 5.2). s is the group's suite.
func (ac *AuthenticatedContent) ProposalRef(s *suite.Suite) ProposalRef {
	return spec.Derive(nil, req.RefProposal, ProposalRef(s.RefHash(spec.LabelProposalRef, ac)))
}
