package message

import (
	"bytes"
	"fmt"
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A forged PrivateMessage: what is inside, and what stands outside, as one who
// holds the group's keys can make it.
type forgery struct {
	ac      *AuthenticatedContent
	data    SenderData
	padding []byte
	outer   func(*PrivateMessage) // between the two encryptions
	after   func(*PrivateMessage) // at the end
}

func (g *epoch) forge(t *testing.T, f forgery) *MLSMessage {
	t.Helper()
	c := &f.ac.Content
	m := &PrivateMessage{GroupID: c.GroupID, Epoch: c.Epoch, ContentType: c.ContentType, AuthenticatedData: c.AuthenticatedData}
	k, _, _, err := g.keys.Key(nil, f.data.LeafIndex, ratchetOf(c.ContentType), f.data.Generation, schedule.Window{})
	if err != nil {
		k = schedule.KeyNonce{Key: g.suite.Zero()[:g.suite.Nk], Nonce: g.suite.Zero()[:g.suite.Nn]}
	}
	plain := wire.Encode(&privateMessageContent{&c.Content, &f.ac.Auth, f.padding})
	m.Ciphertext, err = g.suite.Seal(k.Key, f.data.guard(k.Nonce), wire.Encode((*privateContentAAD)(m)), plain)
	if err != nil {
		t.Fatal(err)
	}
	if f.outer != nil {
		f.outer(m)
	}
	if _, err := m.sealSenderData(g.suite, g.senderData, &f.data); err != nil {
		t.Fatal(err)
	}
	if f.after != nil {
		f.after(m)
	}
	return Private(m)
}

func TestForgedPrivateMessageIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*forgery)
		want   spec.ID
	}{
		{"nothing", func(*forgery) {}, ""},
		{"padding of zeros", func(f *forgery) { f.padding = make([]byte, 100) }, ""},
		{"reuse guard", func(f *forgery) { f.data.ReuseGuard = [4]byte{1, 2, 3, 4} }, ""},
		{"padding ends in one", func(f *forgery) { f.padding = []byte{0, 0, 1} }, req.PrivatePaddingZero},
		{"padding begins with one", func(f *forgery) { f.padding = []byte{1, 0, 0} }, req.PrivatePaddingZero},
		{"blank leaf", func(f *forgery) { f.data.LeafIndex = 1 }, req.PrivateSenderDataLeaf},
		{"leaf outside", func(f *forgery) { f.data.LeafIndex = 1 << 31 }, req.PrivateSenderDataLeaf},
		{"generation too far", func(f *forgery) { f.data.Generation = 0xffffffff }, req.RatchetForwardLimit},
		{"signature", func(f *forgery) { f.ac.Auth.Signature[3] ^= 1 }, req.ContentSignature},
		{"signed content", func(f *forgery) { f.ac.Content.ApplicationData = []byte("other") }, req.ContentSignature},
		{"signed authenticated data", func(f *forgery) { f.ac.Content.AuthenticatedData = []byte("other") }, req.ContentSignature},
		{"ciphertext before the sender data", func(f *forgery) {
			f.outer = func(m *PrivateMessage) { m.Ciphertext[len(m.Ciphertext)-1] ^= 1 }
		}, req.PrivateCiphertext},
		{"authenticated data outside", func(f *forgery) {
			f.after = func(m *PrivateMessage) { m.AuthenticatedData = []byte("other") }
		}, req.PrivateCiphertext},
		{"ciphertext sample", func(f *forgery) { f.after = func(m *PrivateMessage) { m.Ciphertext[0] ^= 1 } }, req.PrivateSenderData},
		{"no ciphertext", func(f *forgery) { f.after = func(m *PrivateMessage) { m.Ciphertext = nil } }, req.PrivateSenderData},
		{"sender data", func(f *forgery) { f.after = func(m *PrivateMessage) { m.EncryptedSenderData[0] ^= 1 } }, req.PrivateSenderData},
		{"no sender data", func(f *forgery) { f.after = func(m *PrivateMessage) { m.EncryptedSenderData = nil } }, req.PrivateSenderData},
		{"group outside", func(f *forgery) { f.after = func(m *PrivateMessage) { m.GroupID = []byte("other") } }, req.PrivateSenderData},
		{"epoch outside", func(f *forgery) { f.after = func(m *PrivateMessage) { m.Epoch++ } }, req.PrivateSenderData},
		{"content type outside", func(f *forgery) { f.after = func(m *PrivateMessage) { m.ContentType = spec.ContentCommit } }, req.PrivateSenderData},
		{"short ciphertext", func(f *forgery) { f.outer = func(m *PrivateMessage) { m.Ciphertext = m.Ciphertext[:5] } }, req.PrivateCiphertext},
	} {
		g := newEpoch(t)
		f := forgery{ac: g.sign(t, spec.WirePrivateMessage, g.framed(data), nil), data: SenderData{LeafIndex: g.leaf}}
		test.change(&f)
		if _, err := g.open(g.forge(t, f)); spec.Violated(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// What opens under the group's keys need not be a content at all.
func TestMalformedInsideIsRefusedByItsRequirement(t *testing.T) {
	g := newEpoch(t)
	seal := func(plain []byte) *PrivateMessage {
		m := &PrivateMessage{GroupID: g.groupID, Epoch: g.number, ContentType: spec.ContentProposal}
		d := SenderData{LeafIndex: g.leaf}
		k, _, _, err := g.keys.Key(nil, g.leaf, schedule.Handshake, 0, schedule.Window{})
		if err != nil {
			t.Fatal(err)
		}
		m.Ciphertext, _ = g.suite.Seal(k.Key, d.guard(k.Nonce), wire.Encode((*privateContentAAD)(m)), plain)
		if _, err := m.sealSenderData(g.suite, g.senderData, &d); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, test := range []struct {
		plain []byte
		want  spec.ID
	}{
		{nil, req.WireTruncated},
		{[]byte{0, 9}, req.WireTruncated},                   // a proposal of unknown type without its content
		{[]byte{0, 3, 0, 0, 0, 1}, req.WireTruncated},       // no signature
		{[]byte{0, 3, 0, 0, 0, 1, 0}, req.ContentSignature}, // an empty one
		{[]byte{0, 3, 0, 0, 0, 1, 1, 7, 7}, req.PrivatePaddingZero},
	} {
		if _, err := g.open(Private(seal(test.plain))); spec.Violated(err) != test.want {
			t.Errorf("%x: %v, want %q", test.plain, err, test.want)
		}
	}

	m := seal([]byte{0, 3, 0, 0, 0, 1, 0})
	k := SenderDataKey(g.suite, g.senderData, m.Ciphertext)
	for _, test := range []struct {
		plain []byte
		want  spec.ID
	}{{make([]byte, 11), req.WireTruncated}, {make([]byte, 13), req.WireTrailing}} {
		m.EncryptedSenderData, _ = g.suite.Seal(k.Key, k.Nonce, wire.Encode((*senderDataAAD)(m)), test.plain)
		if _, err := g.open(Private(m)); spec.Violated(err) != test.want {
			t.Errorf("sender data of %d bytes: %v, want %q", len(test.plain), err, test.want)
		}
	}
}

func TestRefusedMessageUsesUpNothing(t *testing.T) {
	g := newEpoch(t)
	f := forgery{ac: g.sign(t, spec.WirePrivateMessage, g.framed(data), nil), data: SenderData{LeafIndex: g.leaf}}
	good := g.forge(t, f)
	f.ac.Auth.Signature = bytes.Repeat([]byte{1}, 64)
	forged := g.forge(t, f)
	before := fmt.Sprint(g.keys.Held())
	v, after, consumed, err := UnprotectPrivate(nil, g.suite, forged.PrivateMessage, g.context, g.keys, schedule.Window{}, g.senderData, g.signatureKey)
	if spec.Violated(err) != req.ContentSignature || v != nil || after != nil || consumed != nil {
		t.Fatalf("forged: %v, %v, %d consumed, %v", v, after, len(consumed), err)
	}
	if now := fmt.Sprint(g.keys.Held()); now != before {
		t.Errorf("held %s, before %s", now, before)
	}
	g.mustOpen(t, good)
}

func TestMessageOpensOnce(t *testing.T) {
	g := newEpoch(t)
	m := g.mustSeal(t, spec.WirePrivateMessage, g.framed(data), nil)
	_, after, _, err := UnprotectPrivate(nil, g.suite, m.PrivateMessage, g.context, g.keys, schedule.Window{}, g.senderData, g.signatureKey)
	if err != nil {
		t.Fatal(err)
	}
	g.keys = after
	if _, err := g.open(m); spec.Violated(err) != req.RatchetKeyOnce {
		t.Errorf("opened again: %v", err)
	}
}

// Handshake messages and application data have ratchets of their own, and a
// sender's generations follow each other.
func TestSenderMovesTheRatchetOfTheContent(t *testing.T) {
	g := newEpoch(t)
	want := map[spec.ContentType]uint32{}
	for _, c := range []Content{data, remove, commit, data, data} {
		ac := g.sign(t, spec.WirePrivateMessage, g.framed(c), tagOf(c))
		sealed, err := ProtectPrivate(nil, random(), g.suite, ac, g.keys, g.senderData, 0)
		if err != nil {
			t.Fatal(err)
		}
		d, err := sealed.Message.OpenSenderData(nil, g.suite, g.senderData)
		if err != nil {
			t.Fatal(err)
		}
		ratchet := spec.ContentApplication
		if c.ContentType != ratchet {
			ratchet = spec.ContentProposal
		}
		if d.LeafIndex != g.leaf || d.Generation != want[ratchet] {
			t.Errorf("sender data %+v, want leaf %d, generation %d", d, g.leaf, want[ratchet])
		}
		if d.ReuseGuard == [4]byte{} {
			t.Error("the reuse guard is not random")
		}
		if len(sealed.Consumed) < 2 {
			t.Errorf("consumed %v", sealed.Consumed)
		}
		want[ratchet]++
		g.keys = sealed.Keys
	}
}

func TestPaddingLengthensTheCiphertext(t *testing.T) {
	g := newEpoch(t)
	ac := g.sign(t, spec.WirePrivateMessage, g.framed(data), nil)
	length := func(padding int) int {
		sealed, err := ProtectPrivate(nil, random(), g.suite, ac, g.keys, g.senderData, padding)
		if err != nil {
			t.Fatal(err)
		}
		g.mustOpen(t, Private(sealed.Message))
		return len(sealed.Message.Ciphertext)
	}
	if bare, padded := length(0), length(1000); padded != bare+1000 {
		t.Errorf("%d bytes without padding, %d with 1000", bare, padded)
	}
}

// Two messages under one key, as after a loss of state, differ in their nonce.
func TestReuseGuardChangesTheNonce(t *testing.T) {
	g := newEpoch(t)
	ac := g.sign(t, spec.WirePrivateMessage, g.framed(data), nil)
	rand := random()
	var ciphertexts [2][]byte
	for i := range ciphertexts {
		sealed, err := ProtectPrivate(nil, rand, g.suite, ac, g.keys, g.senderData, 0)
		if err != nil {
			t.Fatal(err)
		}
		ciphertexts[i] = sealed.Message.Ciphertext
	}
	if bytes.Equal(ciphertexts[0], ciphertexts[1]) {
		t.Error("the same content from the same state gave the same ciphertext")
	}
}

// What ProtectPrivate says that it has encrypted under opens the message, and the
// reuse guard is what lies between the ratchet's nonce and the one that was used.
func TestKeyUseIsWhatWasUsed(t *testing.T) {
	g := newEpoch(t)
	sealed, err := ProtectPrivate(nil, random(), g.suite, g.sign(t, spec.WirePrivateMessage, g.framed(data), nil), g.keys, g.senderData, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, use := sealed.Message, sealed.Use
	if _, err := g.suite.Open(use.Ratchet.Key, use.Guarded, wire.Encode((*privateContentAAD)(m)), m.Ciphertext); err != nil {
		t.Errorf("content: %v", err)
	}
	if _, err := g.suite.Open(use.SenderData.Key, use.SenderData.Nonce, wire.Encode((*senderDataAAD)(m)), m.EncryptedSenderData); err != nil {
		t.Errorf("sender data: %v", err)
	}
	d, err := m.OpenSenderData(nil, g.suite, g.senderData)
	if err != nil {
		t.Fatal(err)
	}
	if !d.guard(use.Ratchet.Nonce).Equal(use.Guarded) || use.Ratchet.Nonce.Equal(use.Guarded) {
		t.Error("the reuse guard is not between the two nonces")
	}
	if use.Leaf != d.LeafIndex || use.Generation != d.Generation || use.Content != m.ContentType {
		t.Errorf("used by leaf %d, generation %d, content type %d", use.Leaf, use.Generation, use.Content)
	}
}
