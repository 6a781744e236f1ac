package impl

import (
	"errors"
	"strings"
	"testing"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Types of an application: a note stands anywhere and may not be empty, a badge is
// a credential.
const (
	noteType  spec.ExtensionType  = 0xf001
	badgeType spec.CredentialType = 0xf003
)

func notEmpty(b []byte) error {
	if len(b) == 0 {
		return errors.New("empty")
	}
	return nil
}

// badgeFits accepts the badge of a signature key: its first byte.
func badgeFits(content []byte, key suite.SignaturePublicKey) error {
	if len(content) != 1 || content[0] != key[0] {
		return errors.New("another badge")
	}
	return nil
}

func mustTypes(extensions []CustomExtension, proposals []CustomProposal, credentials []CustomCredential) *Types {
	t, err := NewTypes(extensions, proposals, credentials)
	if err != nil {
		panic(err)
	}
	return t
}

var notesAndBadges = mustTypes(
	[]CustomExtension{{noteType, InKeyPackage | InLeafNode | InGroupContext | InGroupInfo, notEmpty}}, nil,
	[]CustomCredential{{badgeType, badgeFits}},
)

func requiring(r tree.RequiredCapabilities) tree.Extension {
	return tree.Extension{Type: spec.ExtRequiredCapabilities, Data: wire.Encode(&r)}
}

// TestTypesAreRegistered where the code point is free, and else refused with a
// reason that names it.
func TestTypesAreRegistered(t *testing.T) {
	extension := func(types ...spec.ExtensionType) error {
		var list []CustomExtension
		for _, e := range types {
			list = append(list, CustomExtension{Type: e, Places: InLeafNode})
		}
		_, err := NewTypes(list, nil, nil)
		return err
	}
	proposal := func(types ...spec.ProposalType) error {
		var list []CustomProposal
		for _, p := range types {
			list = append(list, CustomProposal{Type: p})
		}
		_, err := NewTypes(nil, list, nil)
		return err
	}
	credential := func(types ...spec.CredentialType) error {
		var list []CustomCredential
		for _, c := range types {
			list = append(list, CustomCredential{Type: c})
		}
		_, err := NewTypes(nil, nil, list)
		return err
	}
	if types, err := NewTypes([]CustomExtension{{Type: 1, Places: InLeafNode}}, nil, nil); types != nil || err == nil {
		t.Errorf("%v, %v for a type of RFC 9420", types, err)
	}
	nowhere := func(places Places) error {
		_, err := NewTypes([]CustomExtension{{Type: 0xf001, Places: places}}, nil, nil)
		return err
	}
	for _, c := range []struct {
		err  error
		want string // in the error; "" for none
	}{
		{extension(0xf002, 0xf001, 0x0006, 0xffff), ""},
		{proposal(0x0008, 0xfafa), ""},
		{credential(0x0003, 0xf000), ""},
		{extension(0), "0x0000"},
		{extension(0xf001, spec.ExtExternalSenders), "0x0005: RFC 9420"},
		{extension(spec.ExtLastResort), "0x000a: this implementation"},
		{extension(0x0a0a), "0x0a0a: it is reserved for GREASE"},
		{extension(0xf001, 0xf002, 0xf001), "0xf001: registered twice"},
		{nowhere(0), "no place"},
		{nowhere(1 << 4), "no place"},
		{proposal(0), "0x0000"},
		{proposal(spec.ProposalGroupContextExtensions), "0x0007: RFC 9420"},
		{proposal(0xeaea), "0xeaea: it is reserved for GREASE"},
		{proposal(9, 9), "0x0009: registered twice"},
		{credential(0), "0x0000"},
		{credential(spec.CredentialX509), "0x0002: RFC 9420"},
		{credential(0x7a7a), "0x7a7a: it is reserved for GREASE"},
		{credential(3, 3), "0x0003: registered twice"},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%v, want %q", c.err, c.want)
		}
	}
}

// TestGroupWithCustomTypes: what is registered is in the capabilities of each leaf
// and may be used; a client that has not registered it does not get in.
func TestGroupWithCustomTypes(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	r.env.Types = notesAndBadges
	r.commit("A", CommitOptions{}, "B")
	id := r.party("C").id
	id.Credential = tree.Credential{Type: badgeType, Opaque: []byte{id.Signer.Public()[0]}}
	r.admit("A", id)
	r.update("B")
	r.commit("C", CommitOptions{})
	r.commit("B", CommitOptions{})
	for i, leaf := range r.at("A").member.tree.Leaves() {
		k := &leaf.Capabilities
		if !k.SupportsExtension(noteType) || k.Meets(&tree.RequiredCapabilities{Credentials: []spec.CredentialType{badgeType}}) == false {
			t.Errorf("leaf %d does not list what is registered: %v", i, k)
		}
	}
	r.say("C", "badge")

	plain := *r.env
	plain.Types = nil
	k, err := NewKeyPackage(&plain, r.party("D").id)
	r.ok(err)
	_, _, _, err = r.at("A").member.Commit(r.env, CommitOptions{Add: packages(*k.Package)})
	if spec.Violated(err) != req.LeafCredentialMembers {
		t.Errorf("added one who does not know badges: %v", err)
	}
}

// TestJoinNeedsTheTypesOfTheGroup: a GroupContext extension has to be registered.
func TestJoinNeedsTheTypesOfTheGroup(t *testing.T) {
	base := settled(t)
	note := inContext(tree.Extension{Type: noteType, Data: []byte{1}})
	if err := note(base.copy(t)); spec.Violated(err) != req.WelcomeExtensions {
		t.Errorf("not registered, but %v", err)
	}
	r := base.copy(t)
	r.env.Types = notesAndBadges
	if err := note(r); err != nil {
		t.Errorf("registered, but %v", err)
	}
	if err := inContext(requiring(tree.RequiredCapabilities{Credentials: []spec.CredentialType{spec.CredentialBasic}}), sender(robot))(base.copy(t)); err != nil {
		t.Errorf("extensions of RFC 9420: %v", err)
	}
}

// TestMisplacedExtensionsAreIgnored where unknown ones are.
func TestMisplacedExtensionsAreIgnored(t *testing.T) {
	misplaced := tree.Extension{Type: spec.ExtRatchetTree, Data: []byte{0xff}}
	r := settled(t)
	r.env.Types = mustTypes([]CustomExtension{{noteType, InGroupContext, notEmpty}}, nil, nil)
	for name, give := range map[string]func(*room) error{
		"ratchet_tree in a leaf": updated(func(l *tree.LeafNode) { l.Extensions = []tree.Extension{misplaced} }),
		"custom, in a leaf": updated(func(l *tree.LeafNode) {
			l.Capabilities.Extensions, l.Extensions = []spec.ExtensionType{noteType}, []tree.Extension{{Type: noteType}}
		}),
		"ratchet_tree in a GroupContext": inContext(misplaced),
	} {
		if err := give(r.copy(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
