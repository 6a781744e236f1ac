package impl

import (
	"strings"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 9.1.

// watched returns a settled group of which one KeyUses sees all messages.
func watched(t *testing.T) *room {
	r := settled(t)
	r.env.KeyUses = &KeyUses{}
	return r
}

// TestKeyUses: all of a group send under keys of their own, and what is sent from
// an old state is refused, whatever it is and wherever the old state comes from.
func TestKeyUses(t *testing.T) {
	send := func(r *room, m *Member) (*Member, error) {
		after, _, err := m.Send(r.env, []byte("data"))
		return after, err
	}
	propose := func(r *room, m *Member) (*Member, error) {
		after, _, err := m.ProposeRemove(r.env, 3, spec.WirePrivateMessage)
		return after, err
	}
	commit := func(r *room, m *Member) (*Member, error) {
		after, _, _, err := m.Commit(r.env, CommitOptions{Format: spec.WirePrivateMessage})
		return after, err
	}
	for name, c := range map[string]struct {
		first, second func(*room, *Member) (*Member, error)
		once          bool // both take from one ratchet
	}{
		"data, data":           {send, send, true},
		"proposal, proposal":   {propose, propose, true},
		"proposal, Commit":     {propose, commit, true},
		"Commit, Commit":       {commit, commit, true},
		"Commit, data":         {commit, send, false},
		"data, Commit dropped": {send, commit, false},
	} {
		r := watched(t)
		for _, n := range []string{"B", "C", "D"} {
			r.say(n, "I have keys of my own")
		}
		before := r.at("A").member
		after, err := c.first(r, before)
		r.ok(err)
		if _, err := c.second(r, before); (spec.Violated(err) == req.RatchetKeyOnce) != c.once {
			t.Errorf("%s, from the same state: %v", name, err)
		}
		if _, err := c.second(r, after); c.once && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyUseTellsWho: the error names both messages.
func TestKeyUseTellsWho(t *testing.T) {
	r := watched(t)
	thief := *r.at("C").member
	r.say("B", "B's first")
	thief.leaf = 1
	_, _, err := thief.Send(r.env, []byte("C's, under B's key"))
	if want := "leaf 1, generation 0, content type 1 in epoch 6 of group 67726f7570"; err == nil || strings.Count(err.Error(), want) != 2 {
		t.Errorf("%v, want %q of both", err, want)
	}
}

// TestEveryPairCounts: of two messages each pair of key and nonce differs, or the
// second is refused for it; and what was refused is as if it had not been.
func TestEveryPairCounts(t *testing.T) {
	r := settled(t)
	g := r.at("A").member.PublicGroup
	use := func(n byte) *message.KeyUse {
		secret := func(i byte) suite.Secret { return suite.Secret{n, i} }
		return &message.KeyUse{
			Generation: uint32(n),
			Ratchet:    schedule.KeyNonce{Key: secret(1), Nonce: secret(2)}, Guarded: secret(3),
			SenderData: schedule.KeyNonce{Key: secret(4), Nonce: secret(5)},
		}
	}
	first := use(1)
	for name, c := range map[string]struct {
		change func(*message.KeyUse)
		want   string
	}{
		"nothing":             {func(*message.KeyUse) {}, ""},
		"one key, two nonces": {func(u *message.KeyUse) { u.Ratchet.Key = first.Ratchet.Key }, ""},
		"one nonce, two keys": {func(u *message.KeyUse) { u.Ratchet.Nonce, u.Guarded = first.Ratchet.Nonce, first.Guarded }, ""},
		"the ratchet's":       {func(u *message.KeyUse) { u.Ratchet = first.Ratchet }, "ratchet key and nonce"},
		"what the guard made": {func(u *message.KeyUse) { u.Ratchet.Key, u.Guarded = first.Ratchet.Key, first.Guarded }, ": key and nonce"},
		"sender data":         {func(u *message.KeyUse) { u.SenderData = first.SenderData }, "sender data key and nonce"},
		"sender data as content": {func(u *message.KeyUse) {
			u.SenderData = schedule.KeyNonce{Key: first.Ratchet.Key, Nonce: first.Guarded}
		}, "sender data key and nonce"},
	} {
		var k KeyUses
		r.ok(k.note(r.env, g, first))
		second := use(2)
		c.change(second)
		err := k.note(r.env, g, second)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if want := map[bool]int{true: 2, false: 1}[err == nil]; k.Count() != want {
			t.Errorf("%s: %d messages", name, k.Count())
		}
		r.ok(k.note(r.env, g, use(3)))
	}
}
