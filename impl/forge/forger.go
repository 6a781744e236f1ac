// Package forge makes messages that only one rule refuses. It has all the keys it
// needs, keeps to no rule, and signs, tags and seals again whatever it changes, so
// that nothing is wrong with a message but what was asked for. It serves tests,
// adversaries and negative test vectors.
//
// A [Forger] is whoever holds keys, its own or another's: its fields say which
// ones, and each method says which of them it uses. The package's other half is a
// [Group] to try messages on and the [Catalogue], which has an input for each rule
// that the implementation decides.
package forge

import (
	"errors"
	"fmt"
	"io"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A Forger speaks in the name of a member, in one epoch. Fields that a method does
// not use may be left out: who has stolen a signature key alone can sign with it.
// For a key that is missing they return [ErrNoKey]. A Forger is not changed by its
// methods.
type Forger struct {
	Suite *suite.Suite
	Rand  io.Reader

	// What everybody knows who follows the group.
	Context         schedule.GroupContext
	Tree            tree.Tree
	ConfirmationTag []byte // of the Commit that began the epoch

	// What one has to hold.
	Leaf     tree.LeafIndex       // in whose name it speaks
	Identity *impl.Identity       // to sign in that name
	Keys     tree.Keyring         // what the member could open with
	Secrets  *schedule.Secrets    // of the epoch
	Ratchets *schedule.SecretTree // of the epoch

	// PSK returns a pre-shared key, or nil; a nil PSK has none.
	PSK func(*schedule.PreSharedKeyID) suite.Secret
}

// Of returns the forger that has everything a member has. The member is not
// changed; a ratchet that both draw from gives both the same keys.
func Of(m *impl.Member, rand io.Reader) (*Forger, error) {
	f := &Forger{Suite: m.Suite(), Rand: rand, Tree: m.Tree(), Leaf: m.Leaf()}
	if err := wire.Decode(m.Context(), &f.Context); err != nil {
		return nil, err
	}
	e := m.Expose()
	f.Identity, f.Keys, f.Secrets, f.Ratchets, f.ConfirmationTag = e.Identity, e.Keys, e.Secrets, e.Ratchets, e.ConfirmationTag
	return f, nil
}

// Outside returns the forger that knows no more of a group than its GroupInfo and
// tree say, and speaks in its own name.
func Outside(id *impl.Identity, info *message.GroupInfo, t tree.Tree, rand io.Reader) *Forger {
	return &Forger{
		Suite: id.Suite, Rand: rand, Identity: id,
		Context: info.GroupContext, Tree: t, ConfirmationTag: info.ConfirmationTag,
	}
}

// Framing is what is wrong with the frame of a message; all that is nil is right.
type Framing struct {
	Format  spec.WireFormat                     // 0: WirePublicMessage
	Content func(*message.FramedContent)        // before it is signed
	Auth    func(*message.AuthenticatedContent) // before it is protected
	Public  func(*message.PublicMessage)        // when it is finished

	Sealing Sealing // of a PrivateMessage
}

func (v *Framing) format() spec.WireFormat {
	if v.Format == 0 {
		return spec.WirePublicMessage
	}
	return v.Format
}

// Message returns a content as a message: a member's, unless v says otherwise. It
// signs with Identity, and needs membership_key for a PublicMessage by a member,
// sender_data_secret and Ratchets for a PrivateMessage.
func (f *Forger) Message(c message.Content, v Framing) (*message.MLSMessage, error) {
	ac, err := f.sign(c, &v)
	if err != nil {
		return nil, err
	}
	return f.protect(ac, &v)
}

// Proposal returns a proposal as a message, and the way by which a Commit refers
// to it. It needs what [Forger.Message] needs.
func (f *Forger) Proposal(p message.Proposal, v Framing) (*message.MLSMessage, Covered, error) {
	ac, err := f.sign(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, &v)
	if err != nil {
		return nil, Covered{}, err
	}
	msg, err := f.protect(ac, &v)
	return msg, Covered{Ref: ac.ProposalRef(f.Suite), Proposal: p, Sender: ac.Content.Sender}, err
}

// ErrNoKey is the error of a forger who lacks a key that a message takes.
var ErrNoKey = errors.New("the forger does not hold the key")

// holds returns ErrNoKey for a key that the forger has not got.
func holds(held bool, key string) error {
	if held {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrNoKey, key)
}

func (f *Forger) holdsSigner() error {
	return holds(f.Identity != nil && f.Identity.Signer != nil, "signature key")
}

// sign frames and signs a content.
func (f *Forger) sign(c message.Content, v *Framing) (*message.AuthenticatedContent, error) {
	if err := f.holdsSigner(); err != nil {
		return nil, err
	}
	framed := message.FramedContent{GroupID: f.Context.GroupID, Epoch: f.Context.Epoch, Sender: message.Member(f.Leaf), Content: c}
	alter(v.Content, &framed)
	return message.Sign(f.Suite, f.Identity.Signer, v.format(), framed, wire.Encode(&f.Context))
}

// protect makes a message of signed content, in the form that it is signed for.
func (f *Forger) protect(ac *message.AuthenticatedContent, v *Framing) (*message.MLSMessage, error) {
	alter(v.Auth, ac)
	switch ac.WireFormat {
	case spec.WirePublicMessage:
		pm := &message.PublicMessage{Content: ac.Content, Auth: ac.Auth}
		if ac.Content.Sender.Type == spec.SenderMember {
			if err := holds(f.Secrets != nil && f.Secrets.Membership != nil, "membership_key"); err != nil {
				return nil, err
			}
			pm.MembershipTag = f.Suite.MAC(f.Secrets.Membership, wire.Encode(&tbm{ac, wire.Encode(&f.Context)}))
		}
		alter(v.Public, pm)
		return message.Public(pm), nil
	case spec.WirePrivateMessage:
		pm, err := f.seal(ac, &v.Sealing)
		if err != nil {
			return nil, err
		}
		return message.Private(pm), nil
	}
	return nil, fmt.Errorf("wire format %d", ac.WireFormat)
}

// tbm is AuthenticatedContentTBM (RFC 9420, Section 6.2).
type tbm struct {
	ac      *message.AuthenticatedContent
	context []byte
}

func (t *tbm) Wire(c *wire.Coder) {
	version := spec.MLS10
	wire.Uint16(c, &version)
	wire.Uint16(c, &t.ac.WireFormat)
	t.ac.Content.Wire(c)
	wire.Fixed(c, t.context)
	authentication{&t.ac.Auth, t.ac.Content.ContentType}.wire(c)
}

// authentication is FramedContentAuthData for a type of content (RFC 9420, Section 6.1).
type authentication struct {
	data *message.FramedContentAuthData
	of   spec.ContentType
}

func (a authentication) wire(c *wire.Coder) {
	wire.Opaque(c, &a.data.Signature)
	if a.of == spec.ContentCommit {
		wire.Opaque(c, &a.data.ConfirmationTag)
	}
}

// alter carries out a change, if there is one.
func alter[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}
