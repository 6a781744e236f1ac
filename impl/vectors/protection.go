package vectors

import (
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// messageProtection is a case of message-protection: RFC 9420, Sections 6.1 to
// 6.3. The member at leaf 1 of two sends everything.
type messageProtection struct {
	Suite                   spec.CipherSuite `json:"cipher_suite"`
	GroupID                 Hex              `json:"group_id"`
	Epoch                   uint64           `json:"epoch"`
	TreeHash                Hex              `json:"tree_hash"`
	ConfirmedTranscriptHash Hex              `json:"confirmed_transcript_hash"`

	SignaturePriv    Hex `json:"signature_priv"`
	SignaturePub     Hex `json:"signature_pub"`
	EncryptionSecret Hex `json:"encryption_secret"`
	SenderDataSecret Hex `json:"sender_data_secret"`
	MembershipKey    Hex `json:"membership_key"`

	Proposal        Hex `json:"proposal"`
	ProposalPub     Hex `json:"proposal_pub"`
	ProposalPriv    Hex `json:"proposal_priv"`
	Commit          Hex `json:"commit"`
	CommitPub       Hex `json:"commit_pub"`
	CommitPriv      Hex `json:"commit_priv"`
	Application     Hex `json:"application"`
	ApplicationPriv Hex `json:"application_priv"`
}

const protectionSender = 1

// protectedEpoch is what framing needs to know of the case's epoch.
type protectedEpoch struct {
	*suite.Suite
	v       *messageProtection
	signer  *suite.SignatureKey
	context []byte
}

func (v *messageProtection) epoch(s *suite.Suite, signer *suite.SignatureKey) *protectedEpoch {
	return &protectedEpoch{s, v, signer, wire.Encode(&schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: s.ID, GroupID: v.GroupID, Epoch: v.Epoch,
		TreeHash: v.TreeHash, ConfirmedTranscriptHash: v.ConfirmedTranscriptHash,
	})}
}

func (v *messageProtection) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	signer := c.signer("signature_priv", s, v.SignaturePriv, v.SignaturePub)
	if signer == nil {
		return
	}
	e := v.epoch(s, signer)
	var proposal message.Proposal
	if c.read("proposal", v.Proposal, &proposal) {
		content := message.Content{ContentType: spec.ContentProposal, Proposal: &proposal}
		e.verify(c, "proposal_pub", v.ProposalPub, spec.WirePublicMessage, content, v.Proposal)
		e.verify(c, "proposal_priv", v.ProposalPriv, spec.WirePrivateMessage, content, v.Proposal)
	}
	var commit message.Commit
	if c.read("commit", v.Commit, &commit) {
		content := message.Content{ContentType: spec.ContentCommit, Commit: &commit}
		e.verify(c, "commit_pub", v.CommitPub, spec.WirePublicMessage, content, v.Commit)
		e.verify(c, "commit_priv", v.CommitPriv, spec.WirePrivateMessage, content, v.Commit)
	}
	content := message.Content{ContentType: spec.ContentApplication, ApplicationData: v.Application}
	e.verify(c, "application_priv", v.ApplicationPriv, spec.WirePrivateMessage, content, v.Application)
	_, err := e.seal(spec.WirePublicMessage, e.framed(content, nil), nil)
	c.holds("application", spec.Violated(err) == req.FramingApplicationPrivate, "as a PublicMessage it is refused by %v", err)
}

// verify opens a message, which must carry the content, and then protects the
// same content and opens that.
func (e *protectedEpoch) verify(c *check, step string, sealed Hex, format spec.WireFormat, content message.Content, raw Hex) {
	var theirs message.MLSMessage
	if !c.read(step, sealed, &theirs) || !c.holds(step, theirs.WireFormat == format, "wire_format %d, want %d", theirs.WireFormat, format) {
		return
	}
	opened, err := e.open(&theirs)
	if !c.ok(step, err) || !c.holds(step, opened.Content.ContentType == content.ContentType, "content_type %d", opened.Content.ContentType) {
		return
	}
	equal(c, step+", opened", bare(&opened.Content.Content), raw)
	c.holds(step, string(opened.Content.GroupID) == string(e.v.GroupID) && opened.Content.Epoch == e.v.Epoch, "is of another epoch")

	step += ", protected here"
	ours, err := e.seal(format, e.framed(content, opened.Content.AuthenticatedData), opened.Auth.ConfirmationTag)
	if !c.ok(step, err) {
		return
	}
	again, err := e.open(ours)
	if c.ok(step, err) {
		equal(c, step, bare(&again.Content.Content), raw)
	}
}

func (e *protectedEpoch) framed(content message.Content, data []byte) message.FramedContent {
	return message.FramedContent{
		GroupID: e.v.GroupID, Epoch: e.v.Epoch, Sender: message.Member(protectionSender), AuthenticatedData: data, Content: content,
	}
}

// seal protects a content; the secret tree is at its beginning.
func (e *protectedEpoch) seal(format spec.WireFormat, content message.FramedContent, tag []byte) (*message.MLSMessage, error) {
	ac, err := message.Sign(e.Suite, e.signer, format, content, e.context)
	if err != nil {
		return nil, err
	}
	ac.Auth.ConfirmationTag = tag
	if format == spec.WirePublicMessage {
		m, err := message.ProtectPublic(nil, e.Suite, ac, e.context, suite.Secret(e.v.MembershipKey))
		return message.Public(m), err
	}
	sealed, err := message.ProtectPrivate(nil, named("message-protection"), e.Suite, ac, e.keys(), suite.Secret(e.v.SenderDataSecret), 0)
	if err != nil {
		return nil, err
	}
	return message.Private(sealed.Message), nil
}

// open unprotects a message; the secret tree is at its beginning.
func (e *protectedEpoch) open(m *message.MLSMessage) (*message.AuthenticatedContent, error) {
	var v *message.Verified
	var err error
	if m.WireFormat == spec.WirePublicMessage {
		v, err = message.UnprotectPublic(nil, e.Suite, m.PublicMessage, e.context, suite.Secret(e.v.MembershipKey), e.keyOf)
	} else {
		v, _, _, err = message.UnprotectPrivate(nil, e.Suite, m.PrivateMessage, e.context, e.keys(), schedule.Window{}, suite.Secret(e.v.SenderDataSecret), e.keyOf)
	}
	if err != nil {
		return nil, err
	}
	return v.Content(), nil
}

func (e *protectedEpoch) keys() *schedule.SecretTree {
	return schedule.NewSecretTree(e.Suite, suite.Secret(e.v.EncryptionSecret), 2)
}

// keyOf knows the one member that sends.
func (e *protectedEpoch) keyOf(s message.Sender) (suite.SignaturePublicKey, error) {
	if err := spec.Checkf(nil, req.FramingSenderMember, s == message.Member(protectionSender), "sender type %d, leaf %d", s.Type, s.LeafIndex); err != nil {
		return nil, err
	}
	return suite.SignaturePublicKey(e.v.SignaturePub), nil
}

// bare returns a content as the case gives it.
func bare(content *message.Content) []byte {
	switch content.ContentType {
	case spec.ContentProposal:
		return wire.Encode(content.Proposal)
	case spec.ContentCommit:
		return wire.Encode(content.Commit)
	}
	return content.ApplicationData
}

func makeMessageProtection(r *source, s *suite.Suite) ([]vector, error) {
	signer, err := s.GenerateSignatureKey(r)
	if err != nil {
		return nil, err
	}
	v := &messageProtection{
		Suite: s.ID, GroupID: r.bytes(16), Epoch: r.Uint64(), TreeHash: r.bytes(s.Nh), ConfirmedTranscriptHash: r.bytes(s.Nh),
		SignaturePriv: Hex(signer.Bytes()), SignaturePub: Hex(signer.Public()),
		EncryptionSecret: r.bytes(s.Nh), SenderDataSecret: r.bytes(s.Nh), MembershipKey: r.bytes(s.Nh),
	}
	e := v.epoch(s, signer)
	proposal := message.Content{ContentType: spec.ContentProposal, Proposal: &message.Proposal{Type: spec.ProposalRemove, Remove: someRemove(r)}}
	commit := message.Content{ContentType: spec.ContentCommit, Commit: someCommit(r, s)}
	data := message.Content{ContentType: spec.ContentApplication, ApplicationData: r.upTo(64)}
	v.Proposal, v.Commit, v.Application = bare(&proposal), bare(&commit), data.ApplicationData
	for _, m := range []struct {
		into    *Hex
		format  spec.WireFormat
		content message.Content
		tag     []byte
	}{
		{&v.ProposalPub, spec.WirePublicMessage, proposal, nil}, {&v.ProposalPriv, spec.WirePrivateMessage, proposal, nil},
		{&v.CommitPub, spec.WirePublicMessage, commit, r.bytes(s.Nh)}, {&v.CommitPriv, spec.WirePrivateMessage, commit, r.bytes(s.Nh)},
		{&v.ApplicationPriv, spec.WirePrivateMessage, data, nil},
	} {
		sealed, err := e.seal(m.format, e.framed(m.content, r.upTo(16)), m.tag)
		if err != nil {
			return nil, err
		}
		*m.into = wire.Encode(sealed)
	}
	return []vector{v}, nil
}

// someRemove returns a Remove, in form alone.
func someRemove(r *source) *message.Remove {
	return &message.Remove{Removed: tree.LeafIndex(r.IntN(16))}
}
