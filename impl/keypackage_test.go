package impl

import (
	"bytes"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Sections 10 and 16.8.

// TestKeyPackageOptions: each option is in the KeyPackage, and others accept it.
func TestKeyPackageOptions(t *testing.T) {
	r := settled(t)
	r.env.Types = notesAndBadges
	id := r.stranger()
	few := Capabilities()
	few.CipherSuites, few.Extensions = few.CipherSuites[:1], []spec.ExtensionType{noteType}
	note := tree.Extension{Type: noteType, Data: []byte("n")}
	k, err := NewKeyPackageWith(r.env, id, KeyPackageOptions{
		Lifetime:       100,
		Extensions:     []tree.Extension{note},
		LeafExtensions: []tree.Extension{tree.ApplicationIDExtension([]byte("phone"))},
		Capabilities:   &few,
		LastResort:     true,
	})
	r.ok(err)
	kp := k.Package
	if l := kp.LeafNode.Lifetime; l.NotBefore != now-clockSkew || l.NotAfter != now+100 {
		t.Errorf("lifetime %+v", l)
	}
	if data, ok := message.FindExtension(kp.Extensions, noteType); !ok || string(data) != "n" || len(kp.Extensions) != 2 {
		t.Errorf("extensions %v", kp.Extensions)
	}
	if data, ok := message.FindExtension(kp.Extensions, spec.ExtLastResort); !ok || len(data) != 0 || !kp.LastResort() {
		t.Errorf("no last resort: %v", kp.Extensions)
	}
	c := kp.LeafNode.Capabilities
	if len(c.CipherSuites) != 1 || !slices.Equal(c.Extensions, []spec.ExtensionType{noteType, spec.ExtLastResort}) || len(c.Proposals) != 0 {
		t.Errorf("capabilities %+v", c)
	}
	if len(few.Extensions) != 1 {
		t.Error("the caller's capabilities have changed")
	}
	r.ok(r.give("A", r.proposing("B", add(*kp))))
}

// TestLeafExtensionsStay over all versions of a leaf.
func TestLeafExtensionsStay(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	id := r.party("C").id
	k, err := NewKeyPackageWith(r.env, id, KeyPackageOptions{LeafExtensions: []tree.Extension{tree.ApplicationIDExtension([]byte("phone"))}})
	r.ok(err)
	author := r.at("A")
	_, staged, out, err := author.member.Commit(r.env, CommitOptions{Add: packages(*k.Package), Format: r.format})
	r.ok(err)
	r.deliver(author, out.Message)
	author.member = staged.Next
	c := &party{name: "C", id: id}
	c.member, _, err = Join(r.env, id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
	r.ok(err)
	r.parties = append(r.parties, c)
	phone := func(source spec.LeafNodeSource) {
		t.Helper()
		leaf := author.member.tree.Leaf(c.member.leaf)
		if name, ok, err := leaf.ApplicationID(); leaf.Source != source || string(name) != "phone" || !ok || err != nil {
			t.Errorf("source %d: %q, %v, %v", leaf.Source, name, ok, err)
		}
	}
	phone(spec.SourceKeyPackage)
	r.update("C")
	r.commit("B", CommitOptions{})
	phone(spec.SourceUpdate)
	r.commit("C", CommitOptions{})
	phone(spec.SourceCommit)
}

// TestLastResort: a KeyPackage of last resort brings its client into one group
// after the other, and its init key is kept; of another one it is used up.
func TestLastResort(t *testing.T) {
	for _, last := range []bool{false, true} {
		env := testEnv("last resort")
		id, err := NewIdentity(env, newRoom(t, spec.WirePublicMessage, "X").suite(), []byte("last"))
		if err != nil {
			t.Fatal(err)
		}
		k, err := NewKeyPackageWith(env, id, KeyPackageOptions{LastResort: last})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"A", "B", "C"} {
			r := newRoom(t, spec.WirePublicMessage, name)
			_, staged, _, err := r.at(name).member.Commit(r.env, CommitOptions{Add: packages(*k.Package), Format: r.format})
			r.ok(err)
			m, joined, err := Join(env, id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			used := slices.ContainsFunc(joined.Consumed, func(c Consumed) bool { return c.Kind == KindInitKey })
			if used == last {
				t.Errorf("last resort %v: init key used up %v", last, used)
			}
			if leaf := m.tree.Leaf(m.leaf); !bytes.Equal(leaf.EncryptionKey, k.Leaf.Public()) {
				t.Error("another leaf")
			}
		}
	}
}
