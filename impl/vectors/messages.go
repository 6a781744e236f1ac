package vectors

import (
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// messages is a case of messages: structures of RFC 9420 that are right in form.
// Nothing says that their signatures are, or that one fits another.
type messages struct {
	Welcome    Hex `json:"mls_welcome"`
	GroupInfo  Hex `json:"mls_group_info"`
	KeyPackage Hex `json:"mls_key_package"`

	RatchetTree  Hex `json:"ratchet_tree"`
	GroupSecrets Hex `json:"group_secrets"`

	Add                    Hex `json:"add_proposal"`
	Update                 Hex `json:"update_proposal"`
	Remove                 Hex `json:"remove_proposal"`
	PreSharedKey           Hex `json:"pre_shared_key_proposal"`
	ReInit                 Hex `json:"re_init_proposal"`
	ExternalInit           Hex `json:"external_init_proposal"`
	GroupContextExtensions Hex `json:"group_context_extensions_proposal"`

	Commit Hex `json:"commit"`

	PublicApplication Hex `json:"public_message_application"`
	PublicProposal    Hex `json:"public_message_proposal"`
	PublicCommit      Hex `json:"public_message_commit"`
	Private           Hex `json:"private_message"`
}

func (v *messages) verify(c *check) {
	v.mls(c)
	for _, x := range []struct {
		step string
		b    Hex
		into func() wire.Struct
	}{
		{"ratchet_tree", v.RatchetTree, blank[ratchetTree]},
		{"group_secrets", v.GroupSecrets, blank[message.GroupSecrets]},
		{"add_proposal", v.Add, blank[message.Add]},
		{"update_proposal", v.Update, blank[message.Update]},
		{"remove_proposal", v.Remove, blank[message.Remove]},
		{"pre_shared_key_proposal", v.PreSharedKey, blank[message.PreSharedKey]},
		{"re_init_proposal", v.ReInit, blank[message.ReInit]},
		{"external_init_proposal", v.ExternalInit, blank[message.ExternalInit]},
		{"group_context_extensions_proposal", v.GroupContextExtensions, blank[message.GroupContextExtensions]},
		{"commit", v.Commit, blank[message.Commit]},
	} {
		c.readStrictly(x.step, x.b, x.into)
	}
}

// mls reads the MLSMessages of the case.
func (v *messages) mls(c *check) {
	for _, x := range []struct {
		step    string
		b       Hex
		format  spec.WireFormat
		content spec.ContentType // of a PublicMessage
	}{
		{"mls_welcome", v.Welcome, spec.WireWelcome, 0},
		{"mls_group_info", v.GroupInfo, spec.WireGroupInfo, 0},
		{"mls_key_package", v.KeyPackage, spec.WireKeyPackage, 0},
		{"public_message_application", v.PublicApplication, spec.WirePublicMessage, spec.ContentApplication},
		{"public_message_proposal", v.PublicProposal, spec.WirePublicMessage, spec.ContentProposal},
		{"public_message_commit", v.PublicCommit, spec.WirePublicMessage, spec.ContentCommit},
		{"private_message", v.Private, spec.WirePrivateMessage, 0},
	} {
		m, ok := c.readStrictly(x.step, x.b, blank[message.MLSMessage]).(*message.MLSMessage)
		if !ok || !c.holds(x.step, m.WireFormat == x.format, "wire_format %d, want %d", m.WireFormat, x.format) {
			continue
		}
		if m.PublicMessage != nil {
			got := m.PublicMessage.Content.ContentType
			c.holds(x.step, got == x.content, "content_type %d, want %d", got, x.content)
		}
	}
}

// readStrictly is read, and sees to it that the same bytes with one more, or one
// less, are refused. It returns what was read, or nil.
func (c *check) readStrictly(step string, b []byte, into func() wire.Struct) wire.Struct {
	v := into()
	if !c.read(step, b, v) {
		return nil
	}
	c.holds(step, wire.Decode(append(b[:len(b):len(b)], 0), into()) != nil, "a byte behind it is accepted")
	c.holds(step, wire.Decode(b[:len(b)-1], into()) != nil, "it is accepted without its last byte")
	return v
}

// blank returns a structure to decode into.
func blank[T any, P interface {
	*T
	wire.Struct
}]() wire.Struct {
	return P(new(T))
}

// ratchetTree is the ratchet_tree extension (Section 12.4.3.3) in form alone.
type ratchetTree []*ratchetNode

// Wire describes ratchet_tree (Section 12.4.3.3).
func (r *ratchetTree) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*ratchetNode)(r), func(c *wire.Coder, n **ratchetNode) {
		wire.Optional(c, n, wire.Of[ratchetNode])
	})
}

type ratchetNode struct {
	kind   spec.NodeType
	leaf   tree.LeafNode
	parent tree.ParentNode
}

// Wire describes Node (Section 7.8).
func (n *ratchetNode) Wire(c *wire.Coder) {
	wire.Uint8(c, &n.kind)
	switch n.kind {
	case spec.NodeLeaf:
		n.leaf.Wire(c)
	case spec.NodeParent:
		n.parent.Wire(c)
	default:
		c.Unknown("node_type", uint64(n.kind))
	}
}
