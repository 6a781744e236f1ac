package forge

import (
	"bytes"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 2.1 and 6: bytes that are no message, whatever is in them.
// The form of a message is what everything else stands on, so that none of these
// rules can be switched off.

// rewritten gives A a Remove by B after a change of its bytes. They begin with
//
//	0001 0001  05 "group"  epoch (8)  01 leaf (4)  00  02  0003 …
//
// version, wire format, group_id, epoch, sender, authenticated_data, content type,
// and the proposal.
func rewritten(change func([]byte) []byte) recipe {
	return both(Decode, change, func(b []byte) []byte { return b }, func(g *Group, change func([]byte) []byte) *Input {
		msg, _, err := g.by("B").Proposal(Remove(2), Framing{})
		g.ok(err)
		in := g.given("A", msg)
		in.Raw = change(in.Raw)
		return in
	})
}

// put returns a change that puts bytes in the place of n others.
func put(at, n int, b ...byte) func([]byte) []byte {
	return func(raw []byte) []byte { return slices.Replace(raw, at, at+n, b...) }
}

// Places in the bytes of rewritten.
const (
	atVersion     = 0
	atWireFormat  = 2
	atGroupID     = 4
	atSender      = atGroupID + 1 + len(groupID) + 8
	atData        = atSender + 5
	atContentType = atData + 1
)

var decodeRows = []row{
	{"another version", req.FramingVersion, rewritten(put(atVersion, 2, 0, 2)), Alone},
	{"an unknown wire format", req.WireSelectUnknown, rewritten(put(atWireFormat, 2, 0, 9)), Alone},
	{"an unknown sender type", req.WireSelectUnknown, rewritten(put(atSender, 1, 9)), Alone},
	{"an unknown content type", req.WireSelectUnknown, rewritten(put(atContentType, 1, 9)), Alone},
	{"cut off", req.WireTruncated, rewritten(func(b []byte) []byte { return b[:atSender+2] }), Alone},
	{"nothing", req.WireTruncated, rewritten(func([]byte) []byte { return []byte{} }), Alone},
	{"something behind it", req.WireTrailing, rewritten(func(b []byte) []byte { return append(b, 0) }), Alone},
	{"a length of two bytes for one", req.WireVarintMinimal, rewritten(put(atGroupID, 1, 0x40, byte(len(groupID)))), Alone},
	{"a length of four bytes for one", req.WireVarintMinimal, rewritten(put(atGroupID, 1, 0x80, 0, 0, byte(len(groupID)))), Alone},
	{"a length with the prefix 3", req.WireVarintPrefix, rewritten(put(atGroupID, 1, 0xc0|byte(len(groupID)))), Alone},
	{"a vector longer than the message", req.WireVectorBounds, rewritten(put(atGroupID, 1, 0xbf, 0xff, 0xff, 0xff)), Alone},
	{"a presence of 2", req.WireOptionalPresence, both(Decode, byte(2), 1, func(g *Group, presence byte) *Input {
		in := g.forged("B", Forgery{}, "A")
		in.Raw = put(atContentType+2, 1, presence)(in.Raw) // behind an empty list
		return in
	}), Alone},
	{"an extension twice in a KeyPackage", req.ExtensionUnique, adding(changed(nil, func(k *message.KeyPackage) {
		k.Extensions = []tree.Extension{{Type: 0x0a0a}, {Type: 0x0a0a}}
	})).at(Decode), ""},
	{"unmerged leaves in disorder", req.ParentUnmergedSorted, joining(unsorted(6, 5)).at(Decode), Alone},
	{"an external_pub that cannot be read", req.ExtensionExternalPub, visiting(entrance{Invitation: Invitation{Info: func(i *message.GroupInfo) {
		i.Extensions[1] = tree.Extension{Type: spec.ExtExternalPub, Data: bytes.Repeat([]byte{0xff}, 3)}
	}}}), Alone},
}
