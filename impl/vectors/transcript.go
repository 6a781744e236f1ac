package vectors

import (
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// transcriptHashes is a case of transcript-hashes: RFC 9420, Sections 8.2 and 6.1.
type transcriptHashes struct {
	Suite                spec.CipherSuite `json:"cipher_suite"`
	ConfirmationKey      Hex              `json:"confirmation_key"`
	AuthenticatedContent Hex              `json:"authenticated_content"`
	InterimBefore        Hex              `json:"interim_transcript_hash_before"`
	ConfirmedAfter       Hex              `json:"confirmed_transcript_hash_after"`
	InterimAfter         Hex              `json:"interim_transcript_hash_after"`
}

func (v *transcriptHashes) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	var ac message.AuthenticatedContent
	if !c.read("authenticated_content", v.AuthenticatedContent, &ac) ||
		!c.holds("authenticated_content", ac.Content.ContentType == spec.ContentCommit, "no Commit but content_type %d", ac.Content.ContentType) {
		return
	}
	confirmed := schedule.ConfirmedTranscriptHash(s, v.InterimBefore, ac.ConfirmedInput())
	equal(c, "confirmed_transcript_hash_after", confirmed, v.ConfirmedAfter)
	equal(c, "interim_transcript_hash_after", schedule.InterimTranscriptHash(s, confirmed, ac.Auth.ConfirmationTag), v.InterimAfter)
	c.holds("confirmation_tag", s.VerifyMAC(suite.Secret(v.ConfirmationKey), v.ConfirmedAfter, ac.Auth.ConfirmationTag), "does not verify")
}

func makeTranscriptHashes(r *source, s *suite.Suite) ([]vector, error) {
	signer, err := s.GenerateSignatureKey(r)
	if err != nil {
		return nil, err
	}
	v := &transcriptHashes{Suite: s.ID, ConfirmationKey: r.bytes(s.Nh), InterimBefore: r.bytes(s.Nh)}
	context := schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: s.ID, GroupID: r.bytes(16), Epoch: r.Uint64(),
		TreeHash: r.bytes(s.Nh), ConfirmedTranscriptHash: r.bytes(s.Nh),
	}
	ac, err := message.Sign(s, signer, spec.WirePublicMessage, message.FramedContent{
		GroupID: context.GroupID, Epoch: context.Epoch, Sender: message.Member(tree.LeafIndex(r.IntN(16))), AuthenticatedData: r.upTo(32),
		Content: message.Content{ContentType: spec.ContentCommit, Commit: someCommit(r, s)},
	}, wire.Encode(&context))
	if err != nil {
		return nil, err
	}
	confirmed := schedule.ConfirmedTranscriptHash(s, v.InterimBefore, ac.ConfirmedInput())
	ac.Auth.ConfirmationTag = message.ConfirmationTag(s, suite.Secret(v.ConfirmationKey), confirmed)
	v.AuthenticatedContent = wire.Encode(ac)
	v.ConfirmedAfter = confirmed
	v.InterimAfter = schedule.InterimTranscriptHash(s, confirmed, ac.Auth.ConfirmationTag)
	return []vector{v}, nil
}

// someCommit returns a Commit by reference, in form alone.
func someCommit(r *source, s *suite.Suite) *message.Commit {
	commit := new(message.Commit)
	for range 1 + r.IntN(3) {
		commit.Proposals = append(commit.Proposals, message.ProposalOrRef{Type: spec.ByReference, Reference: message.ProposalRef(r.bytes(s.Nh))})
	}
	return commit
}
