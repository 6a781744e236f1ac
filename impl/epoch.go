package impl

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A PublicGroup is what everyone who sees the handshake messages knows of a
// group in one epoch: no secret is in it. It is never changed.
type PublicGroup struct {
	suite     *suite.Suite
	context   schedule.GroupContext
	encoded   []byte // context
	tree      tree.Tree
	interim   []byte   // interim transcript hash, RFC 9420, Section 8.2
	tag       []byte   // confirmation tag of the Commit that began the epoch
	proposals []cached // received in this epoch, in that order
	required  tree.RequiredCapabilities
	reinit    *message.ReInit // of the Commit that began the epoch and ended the group; else nil
}

// cached is a proposal that a Commit may refer to (RFC 9420, Section 12.1).
type cached struct {
	ref      []byte // ProposalRef; nil for a proposal by value
	proposal message.Proposal
	sender   message.Sender
}

// newPublicGroup completes the state of an epoch from its context, tree and
// confirmation tag. The extensions of the context are known to be well formed.
func newPublicGroup(s *suite.Suite, context schedule.GroupContext, t tree.Tree, tag []byte) *PublicGroup {
	required, _ := tree.RequiredCapabilitiesOf(context.Extensions)
	return &PublicGroup{
		suite:    s,
		context:  context,
		encoded:  wire.Encode(&context),
		tree:     t,
		interim:  schedule.InterimTranscriptHash(s, context.ConfirmedTranscriptHash, tag),
		tag:      tag,
		required: required,
	}
}

// Suite returns the group's cipher suite.
func (g *PublicGroup) Suite() *suite.Suite { return g.suite }

// ID returns the group_id.
func (g *PublicGroup) ID() []byte { return bytes.Clone(g.context.GroupID) }

// Number returns the number of the epoch.
func (g *PublicGroup) Number() uint64 { return g.context.Epoch }

// Context returns the encoded GroupContext (RFC 9420, Section 8.1).
func (g *PublicGroup) Context() []byte { return bytes.Clone(g.encoded) }

// Tree returns the ratchet tree.
func (g *PublicGroup) Tree() tree.Tree { return g.tree }

// ConfirmationTag returns the confirmation tag of the Commit that began the epoch:
// everybody sees it, and it enters the next transcript hash (RFC 9420, Section 8.2).
func (g *PublicGroup) ConfirmationTag() []byte { return bytes.Clone(g.tag) }

// Extensions returns the extensions of the GroupContext. Callers must not write
// to them.
func (g *PublicGroup) Extensions() []tree.Extension { return g.context.Extensions }

// Pending returns how many proposals were received in this epoch.
func (g *PublicGroup) Pending() int { return len(g.proposals) }

// Ended returns the ReInit that ended the group, or nil while it is in use (RFC
// 9420, Section 12.4.2). Callers must not write to it.
func (g *PublicGroup) Ended() *message.ReInit { return g.reinit }

// checkOpen refuses to use a group that a ReInit has ended.
func (g *PublicGroup) checkOpen(env *Env) error {
	return spec.Check(env.Rec, req.ReinitClosed, g.reinit == nil)
}

// with returns g with one more proposal; one that it has already is not added
// again. It refuses more than Env allows.
func (g *PublicGroup) with(env *Env, p cached) (*PublicGroup, error) {
	if _, ok := g.referred(p.ref); ok {
		return g, nil
	}
	if err := spec.Checkf(env.Rec, req.ProposalCount, len(g.proposals) < env.proposals(), "at most %d", env.proposals()); err != nil {
		return nil, err
	}
	after := *g
	after.proposals = append(slices.Clip(g.proposals), p)
	return &after, nil
}

// referred returns the proposal of a ProposalRef.
func (g *PublicGroup) referred(ref []byte) (cached, bool) {
	i := slices.IndexFunc(g.proposals, func(p cached) bool { return bytes.Equal(p.ref, ref) })
	if i < 0 {
		return cached{}, false
	}
	return g.proposals[i], true
}

// indexed is referred for many references.
func (g *PublicGroup) indexed() func(ref []byte) (cached, bool) {
	places := make(map[string]int, len(g.proposals))
	for i, p := range g.proposals {
		places[string(p.ref)] = i
	}
	return func(ref []byte) (cached, bool) {
		i, ok := places[string(ref)]
		if !ok {
			return cached{}, false
		}
		return g.proposals[i], true
	}
}

// An Epoch is what all members of an epoch know alike, and may keep until it
// ends.
type Epoch struct {
	*PublicGroup
	secrets *schedule.Secrets
}

// Export returns length bytes, 0 to 255 times Nh, for a use outside of MLS:
// MLS-Exporter of RFC 9420, Section 8.5.
func (e *Epoch) Export(label string, context []byte, length int) (suite.Secret, error) {
	spec.At(nil, "export")
	return schedule.Export(e.suite, e.secrets.Exporter, label, context, length)
}

// Authenticator returns the epoch_authenticator: equal for two members if and
// only if they agree on the epoch (RFC 9420, Section 8.7).
func (e *Epoch) Authenticator() suite.Secret { return slices.Clone(e.secrets.Authenticator) }

// Format writes which epoch it is, and no secret, whatever the verb.
func (e Epoch) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "epoch %d of group %x", e.context.Epoch, e.context.GroupID)
}

// A Member is one client's state in a group: the Epoch, and what the client
// has alone. It is never changed; but to *send* from the same Member twice
// would use a key twice (RFC 9420, Section 9.1).
type Member struct {
	*Epoch
	identity *Identity
	leaf     tree.LeafIndex
	keys     tree.Keyring         // Section 4.2: own leaf and the nodes above it
	ratchets *schedule.SecretTree // Section 9, at this client's pace
	updates  []update             // own Updates of this epoch
	sent     uint64               // bytes of application data sent in this epoch
	past     []pastEpoch          // the newest first, at most as many as Bounds.PastEpochs
	psks     []pastPSK            // the newest first, at most as many as Bounds.PastPSKs
}

// Format writes which member it is, and no secret, whatever the verb.
func (m Member) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, "leaf %d in ", m.leaf)
	m.Epoch.Format(f, verb)
}

// update is an own Update in flight: it takes effect if a Commit covers it.
type update struct {
	ref      []byte
	key      *suite.HPKEPrivateKey
	identity *Identity
}

// Leaf returns the client's own leaf.
func (m *Member) Leaf() tree.LeafIndex { return m.leaf }

// Output is what a step gives beside the next state.
type Output struct {
	Message  *message.MLSMessage // to be sent to the group
	Data     []byte              // application data that was received
	Sender   tree.LeafIndex      // of the message that was received
	Proposal message.ProposalRef // of the proposal that was made or received (Section 5.2)
	Custom   []Custom            // proposals of the application that a Commit covers, in its order
	Consumed []Consumed          // what was used up, and is in the new state no longer (Section 9.2)
}
