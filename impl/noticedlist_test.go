package impl

import (
	"bytes"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.1.7 and 12.3: what a list of proposals brings, where both sides would
// agree if it brought something else.

// TestNothingOfTheOldExtensionsStays is Section 12.1.7 of RFC 9420, at both sides.
func TestNothingOfTheOldExtensionsStays(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	for _, e := range []tree.Extension{message.ExternalSendersExtension(nil), {Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 0}}} {
		r.commit("A", CommitOptions{Extensions: &[]tree.Extension{e}})
		for _, p := range r.parties {
			got := contextOf(t, p.member.Epoch).Extensions
			if len(got) != 1 || got[0].Type != e.Type || !bytes.Equal(got[0].Data, e.Data) {
				t.Errorf("%s has %v, want %v", p.name, got, e)
			}
		}
	}
	spec.Shows(req.GceReplace)
}

// TestAddsAreHeldToNewExtensions: a Commit takes an extension away, and adds a client
// that does not support it (RFC 9420, Section 12.3).
func TestAddsAreHeldToNewExtensions(t *testing.T) {
	const note = 0xf001
	types, err := NewTypes([]CustomExtension{{Type: note, Places: InGroupContext}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, env: testEnv(t.Name()), format: spec.WirePublicMessage}
	r.env.Types = types
	a := r.party("A")
	a.member, _, err = Create(r.env, a.id, []byte("group"), tree.Extension{Type: note})
	r.ok(err)
	r.parties = append(r.parties, a)
	r.commit("A", CommitOptions{}, "B")
	plain := *r.env
	plain.Types = nil
	keys, err := NewKeyPackage(&plain, r.party("C").id)
	r.ok(err)
	add := []*message.KeyPackage{keys.Package}
	if _, _, _, err := a.member.Commit(r.env, CommitOptions{Add: add, Format: r.format}); spec.Violated(err) != req.AddExtensions {
		t.Errorf("while the group has it: %v", err)
	}
	_, _, out, err := a.member.Commit(r.env, CommitOptions{Add: add, Extensions: &[]tree.Extension{}, Format: r.format})
	if err != nil {
		t.Fatalf("A commits: %v", err)
	}
	if _, _, err := r.parties[1].member.Receive(r.env, out.Message); err != nil {
		t.Errorf("B follows: %v", err)
	}
	spec.Shows(req.ApplyExtensionsFirst)
}
