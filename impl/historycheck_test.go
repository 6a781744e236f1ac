package impl

import (
	"bytes"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// What holds after each step of a random history.

// invariants: all members agree on all that they share, hold the private keys that
// they should, and see what the follower sees.
func (h *history) invariants() {
	first := h.parties[0].member
	exported, err := first.Export("history", []byte("context"), 32)
	h.ok(err)
	for _, p := range h.parties {
		m := p.member
		got, err := m.Export("history", []byte("context"), 32)
		h.ok(err)
		if !first.Authenticator().Equal(m.Authenticator()) || !exported.Equal(got) || !bytes.Equal(first.encoded, m.encoded) {
			h.t.Fatalf("%s and %s are in different epochs", h.parties[0].name, p.name)
		}
		if !bytes.Equal(m.tree.Hash(), m.context.TreeHash) {
			h.t.Fatalf("%s: the tree is not that of the GroupContext", p.name)
		}
		if !samePending(first.PublicGroup, m.PublicGroup) {
			h.t.Fatalf("%s and %s wait for different proposals", h.parties[0].name, p.name)
		}
		h.holdsItsPath(p)
	}
	h.followerAgrees(first.PublicGroup)
}

func samePending(a, b *PublicGroup) bool {
	return slices.EqualFunc(a.proposals, b.proposals, func(x, y cached) bool { return bytes.Equal(x.ref, y.ref) && x.sender == y.sender })
}

// followerAgrees: whoever holds no secret has the same group as its members, tree
// and proposals included, if it could see them.
func (h *history) followerAgrees(g *PublicGroup) {
	f := h.follower
	if f == nil {
		return
	}
	if !bytes.Equal(f.encoded, g.encoded) || !bytes.Equal(f.tag, g.tag) || !bytes.Equal(f.interim, g.interim) ||
		!bytes.Equal(f.tree.Hash(), g.tree.Hash()) || !bytes.Equal(f.tree.Extension(), g.tree.Extension()) {
		h.t.Fatalf("the follower is in epoch %d, the group in %d, or they differ", f.Number(), g.Number())
	}
	if !h.missed && !samePending(f, g) {
		h.t.Fatalf("the follower waits for %d proposals, the group for %d", f.Pending(), g.Pending())
	}
}

// holdsItsPath: a member holds the key of its leaf, those of the nodes above it
// that are not blank and do not list it as unmerged, and no others (RFC 9420,
// Section 4.2).
func (r *room) holdsItsPath(p *party) {
	m := p.member
	if leaf := m.tree.Leaf(m.leaf); leaf == nil || !bytes.Equal(leaf.EncryptionKey, m.keys.Leaf().Public()) || !bytes.Equal(leaf.SignatureKey, m.identity.Signer.Public()) {
		r.t.Fatalf("%s has other keys than its leaf", p.name)
	}
	held := 0
	for _, x := range m.tree.DirectPath(m.leaf) {
		parent := m.tree.Parent(x)
		want := parent != nil && !slices.Contains(parent.UnmergedLeaves, m.leaf)
		key, ok := m.keys.Key(x)
		if ok != want || ok && !bytes.Equal(key.Public(), parent.EncryptionKey) {
			r.t.Fatalf("%s at node %d: holds a key: %v, should: %v", p.name, x, ok, want)
		}
		if ok {
			held++
		}
	}
	if n := len(m.keys.Nodes()); n != held {
		r.t.Fatalf("%s holds %d keys of nodes, %d of them above it", p.name, n, held)
	}
	if len(m.past) > r.env.PastEpochs || len(m.psks) > r.env.PastPSKs {
		r.t.Fatalf("%s keeps %d epochs and %d PSKs", p.name, len(m.past), len(m.psks))
	}
}

// nobodyWhoIsGoneFollows gives the last Commit, and data of the new epoch, to
// those who were removed by it or not long before.
func (h *history) nobodyWhoIsGoneFollows(commit *message.MLSMessage) {
	if len(h.gone) == 0 || !h.flip("look at who left") {
		return
	}
	again := *h.env // data is sent from a copy of the state
	again.KeyUses = nil
	_, sent, err := h.parties[0].member.Send(&again, []byte("among us"))
	h.ok(err)
	for _, p := range h.gone {
		for _, msg := range []*message.MLSMessage{commit, sent.Message} {
			_, out, err := p.member.Receive(&again, h.over(msg))
			if err == nil || len(out.Data) > 0 {
				h.t.Fatalf("%s was removed, and follows", p.name)
			}
		}
		if h.opensPath(p.member.privateKeys(), commit) {
			h.t.Fatalf("%s was removed, and holds a key that the path is sealed to", p.name)
		}
	}
	h.did("check: who left cannot follow")
}

// newcomersAreLeftOut: no path secret is sealed to a leaf that the same Commit
// adds (RFC 9420, Section 7.5).
func (h *history) newcomersAreLeftOut(joined []*newcomer, commit *message.MLSMessage) {
	if len(joined) == 0 || h.last == nil || !h.flip("look at the path") {
		return
	}
	if h.opensPath([]*suite.HPKEPrivateKey{joined[0].keys.Leaf}, commit) {
		h.t.Fatal("a path is sealed to a leaf that its Commit adds")
	}
	h.did("check: who comes is left out of the path")
}

// othersAreNot: the path is sealed to a key of every other member. It shows that
// opensPath finds what there is to find.
func (h *history) othersAreNot(keys []*suite.HPKEPrivateKey, commit *message.MLSMessage) {
	if h.last == nil || !hasPath(commit) || !h.rarely(4, "look at another") {
		return
	}
	if !h.opensPath(keys, commit) {
		h.t.Fatal("a path is not sealed to a member that stays")
	}
	h.did("check: who stays can open the path")
}

// hasPath tells whether a path is to be seen in a Commit.
func hasPath(commit *message.MLSMessage) bool {
	return commit.WireFormat == spec.WirePublicMessage && commit.PublicMessage.Content.Content.Commit.Path != nil
}

// privateKeys returns all private keys that a member holds.
func (m *Member) privateKeys() []*suite.HPKEPrivateKey {
	keys := []*suite.HPKEPrivateKey{m.keys.Leaf()}
	for _, n := range m.keys.Nodes() {
		keys = append(keys, n.Key)
	}
	for _, u := range m.updates {
		keys = append(keys, u.key)
	}
	return keys
}

// opensPath tells whether any ciphertext of a Commit's path opens with any of
// the keys, whatever the protocol says. What is encrypted it cannot look into.
func (h *history) opensPath(keys []*suite.HPKEPrivateKey, commit *message.MLSMessage) bool {
	if !hasPath(commit) {
		return false
	}
	now := h.parties[0].member
	context := h.last.provisional(now.tree, now.context.Extensions)
	for _, n := range commit.PublicMessage.Content.Content.Commit.Path.Nodes {
		for _, sealed := range n.EncryptedPathSecret {
			for _, k := range keys {
				if _, err := h.suite().DecryptWithLabel(k, spec.LabelUpdatePathNode, wire.Encode(&context), sealed); err == nil {
					return true
				}
			}
		}
	}
	return false
}
