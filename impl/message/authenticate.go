package message

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// FramedContentAuthData authenticates a content (RFC 9420, Section 6.1).
type FramedContentAuthData struct {
	Signature       []byte
	ConfirmationTag []byte // commit
}

// wire describes FramedContentAuthData for a content of type t (Section 6.1).
func (a *FramedContentAuthData) wire(c *wire.Coder, t spec.ContentType) {
	c.Is(req.EncodeAuthData)
	wire.Opaque(c, &a.Signature)
	if t == spec.ContentCommit {
		wire.Opaque(c, &a.ConfirmationTag)
	}
}

// framedContentTBS is FramedContentTBS (Section 6.1).
type framedContentTBS struct {
	wireFormat spec.WireFormat
	content    *FramedContent
	context    []byte // encoded GroupContext
}

func (t *framedContentTBS) Wire(c *wire.Coder) {
	c.Is(req.EncodeFramedContentTbs)
	version := spec.MLS10
	wire.Uint16(c, &version)
	wire.Uint16(c, &t.wireFormat)
	t.content.Wire(c)
	switch t.content.Sender.Type {
	case spec.SenderMember, spec.SenderNewMemberCommit:
		wire.Fixed(c, t.context)
	}
}

// tbs returns what the signature of ac covers.
func (ac *AuthenticatedContent) tbs(context []byte) *framedContentTBS {
	return &framedContentTBS{ac.WireFormat, &ac.Content, context}
}

// Sign returns content signed for a wire format, in the epoch of the encoded
// GroupContext (Section 6.1). The confirmation tag of a Commit can only be
// computed when it is signed: the caller sets it afterwards.
func Sign(s *suite.Suite, signer *suite.SignatureKey, format spec.WireFormat, content FramedContent, context []byte) (*AuthenticatedContent, error) {
	ac := &AuthenticatedContent{WireFormat: format, Content: content}
	signature, err := s.SignWithLabel(signer, spec.LabelFramedContentTBS, ac.tbs(context))
	if err != nil {
		return nil, err
	}
	ac.Auth.Signature = spec.Derive(nil, req.ContentSignKey, signature)
	if content.ContentType == spec.ContentCommit {
		ac.Auth.Signature = spec.Derive(nil, req.CommitSign, ac.Auth.Signature)
	}
	return ac, nil
}

// ConfirmationTag returns the tag by which the members of an epoch confirm to
// each other that they have arrived at the same state (Section 6.1).
func ConfirmationTag(s *suite.Suite, confirmationKey suite.Secret, confirmedTranscriptHash []byte) []byte {
	return spec.Derive(nil, req.ConfirmationTagDerive, s.MAC(confirmationKey, confirmedTranscriptHash))
}

// Confirms tells in constant time whether tag is the ConfirmationTag of an epoch.
func Confirms(s *suite.Suite, confirmationKey suite.Secret, confirmedTranscriptHash, tag []byte) bool {
	return suite.Secret(ConfirmationTag(s, confirmationKey, confirmedTranscriptHash)).Equal(tag)
}

// ConfirmedInput returns the encoded ConfirmedTranscriptHashInput of a Commit
// (Section 8.2): all of it but the confirmation tag.
func (ac *AuthenticatedContent) ConfirmedInput() []byte {
	return wire.Encode(&confirmedTranscriptHashInput{ac})
}

// confirmedTranscriptHashInput is ConfirmedTranscriptHashInput (Section 8.2).
type confirmedTranscriptHashInput struct{ ac *AuthenticatedContent }

func (t *confirmedTranscriptHashInput) Wire(c *wire.Coder) {
	c.Is(req.EncodeTranscriptInput)
	wire.Uint16(c, &t.ac.WireFormat)
	t.ac.Content.Wire(c)
	wire.Opaque(c, &t.ac.Auth.Signature)
}

// SignatureKeys gives the key of a sender (Section 6.1): of a member that of its
// leaf, of an external sender that of its place in external_senders. For a
// sender that it does not admit it returns a violation. The key of a new member
// is in the message itself; for an admitted one it returns nil.
type SignatureKeys func(Sender) (suite.SignaturePublicKey, error)

// Verified is a content whose sender is known: it has passed [UnprotectPublic],
// [UnprotectPrivate], [VerifySignature] or [TrustOwn]. Its zero value holds no
// content of any type.
type Verified struct{ content AuthenticatedContent }

// Content returns the content. Callers must not write to it.
func (v *Verified) Content() *AuthenticatedContent { return &v.content }

// TrustOwn returns content that the caller has just signed itself, as if it had
// come back and been verified.
func TrustOwn(ac *AuthenticatedContent) *Verified { return &Verified{*ac} }

// verify decides what Section 6.1 asks of a content, whoever protected it.
func (ac *AuthenticatedContent) verify(rec spec.Recorder, s *suite.Suite, context []byte, keys SignatureKeys) (*Verified, error) {
	if err := ac.checkForm(rec); err != nil {
		return nil, err
	}
	key, err := keys(ac.Content.Sender)
	if err != nil {
		return nil, err
	}
	if own := ac.Content.newMemberKey(); own != nil {
		key = own
	}
	signed := s.VerifyWithLabel(key, spec.LabelFramedContentTBS, ac.tbs(context), ac.Auth.Signature)
	if err := spec.Check(rec, req.ContentSignature, signed); err != nil {
		return nil, err
	}
	return &Verified{*ac}, nil
}

// checkForm decides which sender may send what, and how.
func (ac *AuthenticatedContent) checkForm(rec spec.Recorder) error {
	f := &ac.Content
	if err := spec.Check(rec, req.FramingApplicationPrivate,
		f.ContentType != spec.ContentApplication || ac.WireFormat == spec.WirePrivateMessage); err != nil {
		return err
	}
	if err := spec.Checkf(rec, req.FramingSenderType, ac.senderMay(),
		"sender type %d, content type %d, wire format %d", f.Sender.Type, f.ContentType, ac.WireFormat); err != nil {
		return err
	}
	if err := spec.Check(rec, req.ExternalPath,
		f.Sender.Type != spec.SenderNewMemberCommit || f.Commit != nil && f.Commit.Path != nil); err != nil {
		return err
	}
	if err := spec.Check(rec, req.FramingConfirmationTagPresent,
		f.ContentType != spec.ContentCommit || len(ac.Auth.ConfirmationTag) > 0); err != nil {
		return err
	}
	return f.Content.checkExtensions(rec)
}

// senderMay tells whether the type of sender may send such a content (Section
// 6.1), in such a wire format (Sections 6.3.2 and 12.1.8).
func (ac *AuthenticatedContent) senderMay() bool {
	f := &ac.Content
	public := ac.WireFormat == spec.WirePublicMessage
	switch f.Sender.Type {
	case spec.SenderMember:
		return public || ac.WireFormat == spec.WirePrivateMessage
	case spec.SenderExternal:
		return public && f.ContentType == spec.ContentProposal && externalMay(f.Proposal.Type)
	case spec.SenderNewMemberCommit:
		return public && f.ContentType == spec.ContentCommit
	case spec.SenderNewMemberProposal:
		return public && f.ContentType == spec.ContentProposal && f.Proposal.Type == spec.ProposalAdd
	}
	return false
}

// newMemberKey returns the key that the content of a new member brings, else
// nil (Section 6.1).
func (f *FramedContent) newMemberKey() suite.SignaturePublicKey {
	switch t := f.Sender.Type; {
	case t == spec.SenderNewMemberCommit && f.Commit != nil && f.Commit.Path != nil:
		return f.Commit.Path.LeafNode.SignatureKey
	case t == spec.SenderNewMemberProposal && f.Proposal != nil && f.Proposal.Add != nil:
		return f.Proposal.Add.KeyPackage.LeafNode.SignatureKey
	}
	return nil
}
