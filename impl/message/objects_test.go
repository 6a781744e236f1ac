package message

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

func newKeyPackage(t testing.TB, g *epoch) (*KeyPackage, *suite.HPKEPrivateKey) {
	t.Helper()
	init, err := g.suite.GenerateKeyPair(random())
	if err != nil {
		t.Fatal(err)
	}
	kp, err := KeyPackage{
		Version: spec.MLS10, CipherSuite: g.suite.ID, InitKey: init.Public(),
		LeafNode: leafNode(g.signer.Public()), Extensions: []tree.Extension{{Type: 0x0a0a}},
	}.Sign(g.suite, g.signer)
	if err != nil {
		t.Fatal(err)
	}
	return &kp, init
}

func TestSignatureOfKeyPackageCoversEachField(t *testing.T) {
	g := newEpoch(t)
	kp, _ := newKeyPackage(t, g)
	if !kp.VerifySignature(g.suite) {
		t.Fatal("the signature does not verify")
	}
	for name, change := range map[string]func(*KeyPackage){
		"version":      func(k *KeyPackage) { k.Version++ },
		"cipher_suite": func(k *KeyPackage) { k.CipherSuite++ },
		"init_key":     func(k *KeyPackage) { k.InitKey = append(suite.HPKEPublicKey{1}, k.InitKey...) },
		"leaf_node":    func(k *KeyPackage) { k.LeafNode.Signature = []byte{1} },
		"extensions":   func(k *KeyPackage) { k.Extensions = nil },
		"signature":    func(k *KeyPackage) { k.Signature = append([]byte{1}, k.Signature[1:]...) },
	} {
		changed := *kp
		change(&changed)
		if changed.VerifySignature(g.suite) {
			t.Errorf("verifies with another %s", name)
		}
		if bytes.Equal(changed.Ref(g.suite), kp.Ref(g.suite)) {
			t.Errorf("same reference with another %s", name)
		}
	}
}

func newGroupInfo(t testing.TB, g *epoch) *GroupInfo {
	t.Helper()
	info, err := GroupInfo{
		GroupContext:    schedule.GroupContext{Version: spec.MLS10, CipherSuite: g.suite.ID, GroupID: g.groupID, Epoch: g.number},
		Extensions:      []tree.Extension{{Type: spec.ExtRatchetTree, Data: []byte{1, 2, 3}}},
		ConfirmationTag: tag, Signer: g.leaf,
	}.Sign(g.suite, g.signer)
	if err != nil {
		t.Fatal(err)
	}
	return &info
}

func TestSignatureOfGroupInfoCoversEachField(t *testing.T) {
	g := newEpoch(t)
	info := newGroupInfo(t, g)
	if !info.VerifySignature(g.suite, g.signer.Public()) {
		t.Fatal("the signature does not verify")
	}
	for name, change := range map[string]func(*GroupInfo){
		"group_context":    func(i *GroupInfo) { i.GroupContext.Epoch++ },
		"extensions":       func(i *GroupInfo) { i.Extensions = nil },
		"confirmation_tag": func(i *GroupInfo) { i.ConfirmationTag = nil },
		"signer":           func(i *GroupInfo) { i.Signer++ },
		"signature":        func(i *GroupInfo) { i.Signature = append([]byte{1}, i.Signature[1:]...) },
	} {
		changed := *info
		change(&changed)
		if changed.VerifySignature(g.suite, g.signer.Public()) {
			t.Errorf("verifies with another %s", name)
		}
	}
}

// newWelcome returns a Welcome for a KeyPackage, and what opens it.
func newWelcome(t testing.TB, g *epoch, kp *KeyPackage, info *GroupInfo) (*Welcome, schedule.MemberSecret) {
	t.Helper()
	joiner := schedule.NewJoinerSecret(g.suite, g.suite.Hash([]byte("joiner")))
	member := joiner.Member(g.suite.Zero())
	sealed, err := member.Welcome().Seal(wire.Encode(info))
	if err != nil {
		t.Fatal(err)
	}
	secrets := &GroupSecrets{JoinerSecret: joiner.Bytes(), PathSecret: &PathSecret{g.suite.Zero()}}
	entry, err := SealGroupSecrets(random(), g.suite, kp, secrets, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return &Welcome{CipherSuite: g.suite.ID, Secrets: []EncryptedGroupSecrets{{}, entry}, EncryptedGroupInfo: sealed}, member
}

func TestWelcomeOpensForItsKeyPackageAlone(t *testing.T) {
	g := newEpoch(t)
	kp, init := newKeyPackage(t, g)
	w, member := newWelcome(t, g, kp, newGroupInfo(t, g))
	entry := w.Entry(kp.Ref(g.suite))
	secrets, err := w.OpenGroupSecrets(nil, g.suite, entry, init)
	if err != nil {
		t.Fatal(err)
	}
	if got := schedule.NewJoinerSecret(g.suite, secrets.JoinerSecret).Member(g.suite.Zero()); !got.Bytes().Equal(member.Bytes()) {
		t.Error("another joiner_secret")
	}
	if secrets.PathSecret == nil || !secrets.PathSecret.Secret.Equal(g.suite.Zero()) {
		t.Errorf("path secret %v", secrets.PathSecret)
	}
	if info, err := w.OpenGroupInfo(nil, member.Welcome()); err != nil || !info.VerifySignature(g.suite, g.signer.Public()) {
		t.Errorf("GroupInfo %+v, %v", info, err)
	}

	if e := w.Entry(KeyPackageRef("another")); e != nil {
		t.Errorf("found %+v", e)
	}
	wrong := g.suite.DeriveKeyPair(g.suite.Hash([]byte("another")))
	if _, err := w.OpenGroupSecrets(nil, g.suite, entry, wrong); spec.Violated(err) != req.WelcomeGroupSecrets {
		t.Errorf("with another init key: %v", err)
	}
	other := schedule.NewMemberSecret(g.suite, g.suite.Zero()).Welcome()
	if _, err := w.OpenGroupInfo(nil, other); spec.Violated(err) != req.WelcomeGroupInfo {
		t.Errorf("with another welcome_secret: %v", err)
	}
	w.EncryptedGroupInfo[0] ^= 1 // the group secrets are bound to it
	if _, err := w.OpenGroupSecrets(nil, g.suite, entry, init); spec.Violated(err) != req.WelcomeGroupSecrets {
		t.Errorf("with another GroupInfo: %v", err)
	}
}

func TestMalformedInsideOfWelcomeIsRefusedByItsRequirement(t *testing.T) {
	g := newEpoch(t)
	kp, init := newKeyPackage(t, g)
	member := schedule.NewMemberSecret(g.suite, g.suite.Zero())
	repeated := newGroupInfo(t, g)
	repeated.Extensions = append(repeated.Extensions, repeated.Extensions[0])
	for _, test := range []struct {
		plain []byte
		want  spec.ID
	}{
		{nil, req.WireTruncated},
		{append(wire.Encode(newGroupInfo(t, g)), 0), req.WireTrailing},
		{wire.Encode(repeated), req.ExtensionUnique},
	} {
		sealed, err := member.Welcome().Seal(test.plain)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (&Welcome{EncryptedGroupInfo: sealed}).OpenGroupInfo(nil, member.Welcome()); spec.Violated(err) != test.want {
			t.Errorf("GroupInfo of %d bytes: %v, want %q", len(test.plain), err, test.want)
		}
	}
	sealed, err := g.suite.EncryptWithLabel(random(), kp.InitKey, spec.LabelWelcome, nil, []byte{0, 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&Welcome{}).OpenGroupSecrets(nil, g.suite, &EncryptedGroupSecrets{EncryptedGroupSecrets: sealed}, init)
	if spec.Violated(err) != req.WireOptionalPresence {
		t.Errorf("GroupSecrets: %v", err)
	}
}

func TestUnknownKindsAreRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		input []byte
		into  wire.Struct
		want  spec.ID
	}{
		{"version", []byte{0, 2, 0, 1}, new(MLSMessage), req.FramingVersion},
		{"wire format 0", []byte{0, 1, 0, 0}, new(MLSMessage), req.WireSelectUnknown},
		{"wire format 6", []byte{0, 1, 0, 6}, new(MLSMessage), req.WireSelectUnknown},
		{"sender type 0", []byte{0}, new(Sender), req.WireSelectUnknown},
		{"sender type 5", []byte{5}, new(Sender), req.WireSelectUnknown},
		{"proposal or reference 0", []byte{0}, new(ProposalOrRef), req.WireSelectUnknown},
		{"proposal or reference 3", []byte{3, 0}, new(ProposalOrRef), req.WireSelectUnknown},
		{"content type", append(make([]byte, 9), 4, 0, 0, 0), new(PrivateMessage), req.WireSelectUnknown},
		{"content type 0", append(make([]byte, 9), 3, 0, 0), new(FramedContent), req.WireSelectUnknown},
	} {
		if err := wire.Decode(test.input, test.into); spec.Violated(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestUnknownTypesAreCarried: what may be extended has a length of its own, so
// that what is behind it can be read, and comes out as it came in.
func TestUnknownTypesAreCarried(t *testing.T) {
	custom := Proposal{Type: 0x0a0a, Custom: &CustomProposal{Data: []byte("custom")}}
	remove := Proposal{Type: spec.ProposalRemove, Remove: &Remove{Removed: 3}}
	for name, test := range map[string]struct {
		input string
		into  wire.Struct
		want  any
	}{
		"proposal type 0":  {"000000", new(Proposal), &Proposal{Custom: &CustomProposal{}}},
		"proposal type 8":  {"00080101", new(Proposal), &Proposal{Type: 8, Custom: &CustomProposal{Data: []byte{1}}}},
		"credential types": {"00" + "0a0a0107", new(ExternalSender), &ExternalSender{Credential: tree.Credential{Type: 0x0a0a, Opaque: []byte{7}}}},
		"before another proposal in a Commit": {
			"11" + "010a0a06637573746f6d" + "01000300000003" + "00", new(Commit),
			&Commit{Proposals: []ProposalOrRef{{Type: spec.ByValue, Proposal: &custom}, {Type: spec.ByValue, Proposal: &remove}}},
		},
		"all over a leaf": {"0000" + "0a0a0107" + "020a0a" + "020a0a" + "021a1a" + "022a2a" + "023a3a" + "02" + "044a4a0109" + "00", new(tree.LeafNode), &tree.LeafNode{
			Credential: tree.Credential{Type: 0x0a0a, Opaque: []byte{7}},
			Capabilities: tree.Capabilities{
				Versions: []spec.ProtocolVersion{0x0a0a}, CipherSuites: []spec.CipherSuite{0x0a0a}, Extensions: []spec.ExtensionType{0x1a1a},
				Proposals: []spec.ProposalType{0x2a2a}, Credentials: []spec.CredentialType{0x3a3a},
			},
			Source:     spec.SourceUpdate,
			Extensions: []tree.Extension{{Type: 0x4a4a, Data: []byte{9}}},
		}},
	} {
		input, err := hex.DecodeString(test.input)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Decode(input, test.into); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, test.into); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		equal(t, name, wire.Encode(test.into), input)
	}
}

func TestUnknownExtensionsAreData(t *testing.T) {
	want := &GroupContextExtensions{[]tree.Extension{{Type: 0x0a0a, Data: []byte{1}}, {Type: 0xffff}}}
	var got GroupContextExtensions
	decode(t, "extensions", wire.Encode(want), &got)
	if b, ok := FindExtension(got.Extensions, 0x0a0a); !ok || !bytes.Equal(b, []byte{1}) {
		t.Errorf("found %x, %v", b, ok)
	}
	if b, ok := FindExtension(got.Extensions, 0xffff); !ok || len(b) != 0 {
		t.Errorf("found %x, %v", b, ok)
	}
	if b, ok := FindExtension(got.Extensions, spec.ExtRatchetTree); ok {
		t.Errorf("found %x", b)
	}
}

func TestWhatIsForNoGroupNamesNone(t *testing.T) {
	g := newEpoch(t)
	kp, _ := newKeyPackage(t, g)
	if _, _, err := (&MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: kp}).Group(); spec.Violated(err) != req.FramingGroup {
		t.Errorf("a KeyPackage: %v", err)
	}
}

// The reference of a proposal covers how it was sent, not only what it says.
func TestProposalRefCoversTheWholeMessage(t *testing.T) {
	g := newEpoch(t)
	refs := map[string]string{}
	for name, ac := range map[string]*AuthenticatedContent{
		"public":  g.sign(t, spec.WirePublicMessage, g.framed(remove), nil),
		"private": g.sign(t, spec.WirePrivateMessage, g.framed(remove), nil),
		"update":  g.sign(t, spec.WirePublicMessage, g.framed(update), nil),
	} {
		ref := string(ac.ProposalRef(g.suite))
		if other, ok := refs[ref]; ok {
			t.Errorf("%s and %s have the same reference", name, other)
		}
		refs[ref] = name
	}
}

func TestTrustOwnHoldsWhatWasSigned(t *testing.T) {
	g := newEpoch(t)
	ac := g.sign(t, spec.WirePublicMessage, g.framed(commit), tag)
	equal(t, "content", wire.Encode(TrustOwn(ac).Content()), wire.Encode(ac))
	if c := new(Verified).Content().Content.ContentType; c != 0 {
		t.Errorf("the zero value holds content of type %d", c)
	}
}
