package message

import (
	"bytes"
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/vectortest"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// suiteOf returns the suite of a vector.
func suiteOf(t testing.TB, id uint16) *suite.Suite {
	t.Helper()
	s, err := suite.Get(spec.CipherSuite(id))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// equal reports a value that is not the vector's.
func equal[T ~[]byte](t testing.TB, what string, got T, want vectortest.Hex) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x, want %x", what, []byte(got), []byte(want))
	}
}

// decode fills v from b and makes sure that it encodes to the same bytes.
func decode(t testing.TB, what string, b []byte, v wire.Struct) {
	t.Helper()
	if err := wire.Decode(b, v); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	equal(t, what+", encoded again", wire.Encode(v), b)
}

// ratchetTree is the ratchet_tree extension (Section 12.4.3.3) as plain data.
type ratchetTree []*ratchetNode

func (r *ratchetTree) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*ratchetNode)(r), func(c *wire.Coder, n **ratchetNode) {
		wire.Optional(c, n, wire.Of[ratchetNode])
	})
}

type ratchetNode struct {
	Type   spec.NodeType
	Leaf   *tree.LeafNode
	Parent *tree.ParentNode
}

func (n *ratchetNode) Wire(c *wire.Coder) {
	wire.Uint8(c, &n.Type)
	switch n.Type {
	case spec.NodeLeaf:
		arm(c, &n.Leaf)
	case spec.NodeParent:
		arm(c, &n.Parent)
	default:
		c.Unknown("node_type", uint64(n.Type))
	}
}

// messageEntry is an entry of messages.json.
type messageEntry struct {
	Welcome    vectortest.Hex `json:"mls_welcome"`
	GroupInfo  vectortest.Hex `json:"mls_group_info"`
	KeyPackage vectortest.Hex `json:"mls_key_package"`

	RatchetTree  vectortest.Hex `json:"ratchet_tree"`
	GroupSecrets vectortest.Hex `json:"group_secrets"`

	Add                    vectortest.Hex `json:"add_proposal"`
	Update                 vectortest.Hex `json:"update_proposal"`
	Remove                 vectortest.Hex `json:"remove_proposal"`
	PreSharedKey           vectortest.Hex `json:"pre_shared_key_proposal"`
	ReInit                 vectortest.Hex `json:"re_init_proposal"`
	ExternalInit           vectortest.Hex `json:"external_init_proposal"`
	GroupContextExtensions vectortest.Hex `json:"group_context_extensions_proposal"`
	Commit                 vectortest.Hex `json:"commit"`

	PublicApplication vectortest.Hex `json:"public_message_application"`
	PublicProposal    vectortest.Hex `json:"public_message_proposal"`
	PublicCommit      vectortest.Hex `json:"public_message_commit"`
	Private           vectortest.Hex `json:"private_message"`
}

func TestVectorsMessages(t *testing.T) {
	entries := vectortest.Load[messageEntry](t, "messages.json")
	for _, e := range entries {
		e.messages(t)
		decode(t, "ratchet_tree", e.RatchetTree, new(ratchetTree))
		decode(t, "group_secrets", e.GroupSecrets, new(GroupSecrets))
		decode(t, "add_proposal", e.Add, new(Add))
		decode(t, "update_proposal", e.Update, new(Update))
		decode(t, "remove_proposal", e.Remove, new(Remove))
		decode(t, "pre_shared_key_proposal", e.PreSharedKey, new(PreSharedKey))
		decode(t, "re_init_proposal", e.ReInit, new(ReInit))
		decode(t, "external_init_proposal", e.ExternalInit, new(ExternalInit))
		decode(t, "group_context_extensions_proposal", e.GroupContextExtensions, new(GroupContextExtensions))
		decode(t, "commit", e.Commit, new(Commit))
		if t.Failed() {
			return
		}
	}
	t.Logf("messages.json: %d/%d", len(entries), len(entries))
}

// messages decodes the MLSMessages of the entry, and the arms of each alone.
func (e *messageEntry) messages(t *testing.T) {
	format := func(what string, b []byte, want spec.WireFormat) *MLSMessage {
		t.Helper()
		var m MLSMessage
		decode(t, what, b, &m)
		if m.WireFormat != want {
			t.Fatalf("%s: wire format %d, want %d", what, m.WireFormat, want)
		}
		return &m
	}
	format("mls_welcome", e.Welcome, spec.WireWelcome)
	format("mls_group_info", e.GroupInfo, spec.WireGroupInfo)
	format("mls_key_package", e.KeyPackage, spec.WireKeyPackage)
	format("private_message", e.Private, spec.WirePrivateMessage)
	for content, b := range map[spec.ContentType]vectortest.Hex{
		spec.ContentApplication: e.PublicApplication,
		spec.ContentProposal:    e.PublicProposal,
		spec.ContentCommit:      e.PublicCommit,
	} {
		m := format("public_message", b, spec.WirePublicMessage)
		if m.PublicMessage.Content.ContentType != content {
			t.Errorf("public_message: content type %d, want %d", m.PublicMessage.Content.ContentType, content)
		}
	}
}

func TestVectorsSenderData(t *testing.T) {
	entries := vectortest.Load[struct {
		CipherSuite uint16 `json:"cipher_suite"`
		SenderData  struct {
			Secret     vectortest.Hex `json:"sender_data_secret"`
			Ciphertext vectortest.Hex
			Key, Nonce vectortest.Hex
		} `json:"sender_data"`
	}](t, "secret-tree.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		k := SenderDataKey(s, suite.Secret(e.SenderData.Secret), e.SenderData.Ciphertext)
		equal(t, "key", k.Key, e.SenderData.Key)
		equal(t, "nonce", k.Nonce, e.SenderData.Nonce)
		done++
	}
	t.Logf("secret-tree.json, sender_data: %d/%d", done, len(entries))
}

func TestVectorsTranscriptHashes(t *testing.T) {
	entries := vectortest.Load[struct {
		CipherSuite          uint16         `json:"cipher_suite"`
		ConfirmationKey      vectortest.Hex `json:"confirmation_key"`
		AuthenticatedContent vectortest.Hex `json:"authenticated_content"`
		InterimBefore        vectortest.Hex `json:"interim_transcript_hash_before"`
		ConfirmedAfter       vectortest.Hex `json:"confirmed_transcript_hash_after"`
		InterimAfter         vectortest.Hex `json:"interim_transcript_hash_after"`
	}](t, "transcript-hashes.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		var ac AuthenticatedContent
		decode(t, "authenticated_content", e.AuthenticatedContent, &ac)
		confirmed := schedule.ConfirmedTranscriptHash(s, e.InterimBefore, ac.ConfirmedInput())
		equal(t, "confirmed_transcript_hash", confirmed, e.ConfirmedAfter)
		equal(t, "interim_transcript_hash", schedule.InterimTranscriptHash(s, confirmed, ac.Auth.ConfirmationTag), e.InterimAfter)
		equal(t, "confirmation_tag", ConfirmationTag(s, suite.Secret(e.ConfirmationKey), confirmed), ac.Auth.ConfirmationTag)
		done++
	}
	t.Logf("transcript-hashes.json: %d/%d", done, len(entries))
}

// welcomeEntry is an entry of welcome.json.
type welcomeEntry struct {
	CipherSuite uint16         `json:"cipher_suite"`
	InitPriv    vectortest.Hex `json:"init_priv"`
	SignerPub   vectortest.Hex `json:"signer_pub"`
	KeyPackage  vectortest.Hex `json:"key_package"`
	Welcome     vectortest.Hex
}

func TestVectorsWelcome(t *testing.T) {
	entries := vectortest.Load[welcomeEntry](t, "welcome.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		e.verify(t, s)
		done++
	}
	t.Logf("welcome.json: %d/%d", done, len(entries))
}

func (e *welcomeEntry) verify(t *testing.T, s *suite.Suite) {
	var kp, w MLSMessage
	decode(t, "key_package", e.KeyPackage, &kp)
	decode(t, "welcome", e.Welcome, &w)
	initKey, err := s.ParseHPKEPrivateKey(e.InitPriv)
	if err != nil {
		t.Fatal(err)
	}
	if !kp.KeyPackage.VerifySignature(s) {
		t.Error("the KeyPackage's signature does not verify")
	}
	entry := w.Welcome.Entry(kp.KeyPackage.Ref(s))
	if entry == nil {
		t.Fatal("no entry for the KeyPackage")
	}
	secrets, err := w.Welcome.OpenGroupSecrets(nil, s, entry, initKey)
	if err != nil {
		t.Fatal(err)
	}
	member := schedule.NewJoinerSecret(s, secrets.JoinerSecret).Member(s.Zero())
	info, err := w.Welcome.OpenGroupInfo(nil, member.Welcome())
	if err != nil {
		t.Fatal(err)
	}
	if !info.VerifySignature(s, suite.SignaturePublicKey(e.SignerPub)) {
		t.Error("the GroupInfo's signature does not verify")
	}
	derived, _ := member.Epoch(wire.Encode(&info.GroupContext)).Derive()
	equal(t, "confirmation_tag",
		ConfirmationTag(s, derived.Confirmation, info.GroupContext.ConfirmedTranscriptHash), info.ConfirmationTag)

	e.sealAgain(t, s, w.Welcome, kp.KeyPackage, initKey, secrets, member, info)
}

// sealAgain seals what was opened and opens it once more.
func (e *welcomeEntry) sealAgain(t *testing.T, s *suite.Suite, theirs *Welcome, kp *KeyPackage, initKey *suite.HPKEPrivateKey,
	secrets *GroupSecrets, member schedule.MemberSecret, info *GroupInfo) {
	sealed, err := member.Welcome().Seal(wire.Encode(info))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "encrypted_group_info", sealed, theirs.EncryptedGroupInfo)
	own := &Welcome{CipherSuite: s.ID, EncryptedGroupInfo: sealed}
	entry, err := SealGroupSecrets(random(), s, kp, secrets, sealed)
	if err != nil {
		t.Fatal(err)
	}
	own.Secrets = []EncryptedGroupSecrets{entry}
	again, err := own.OpenGroupSecrets(nil, s, own.Entry(kp.Ref(s)), initKey)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "group_secrets", wire.Encode(again), wire.Encode(secrets))
}

// protection is an entry of message-protection.json.
type protection struct {
	CipherSuite             uint16         `json:"cipher_suite"`
	GroupID                 vectortest.Hex `json:"group_id"`
	Epoch                   uint64
	TreeHash                vectortest.Hex `json:"tree_hash"`
	ConfirmedTranscriptHash vectortest.Hex `json:"confirmed_transcript_hash"`
	SignaturePriv           vectortest.Hex `json:"signature_priv"`
	SignaturePub            vectortest.Hex `json:"signature_pub"`
	EncryptionSecret        vectortest.Hex `json:"encryption_secret"`
	SenderDataSecret        vectortest.Hex `json:"sender_data_secret"`
	MembershipKey           vectortest.Hex `json:"membership_key"`

	Proposal        vectortest.Hex
	ProposalPub     vectortest.Hex `json:"proposal_pub"`
	ProposalPriv    vectortest.Hex `json:"proposal_priv"`
	Commit          vectortest.Hex
	CommitPub       vectortest.Hex `json:"commit_pub"`
	CommitPriv      vectortest.Hex `json:"commit_priv"`
	Application     vectortest.Hex
	ApplicationPriv vectortest.Hex `json:"application_priv"`
}

func TestVectorsMessageProtection(t *testing.T) {
	entries := vectortest.Load[protection](t, "message-protection.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		e.verify(t, s)
		done++
	}
	t.Logf("message-protection.json: %d/%d", done, len(entries))
}

// deterministic tells whether a message has but one signature: ECDSA's depend on
// a number that its makers draw as they like.
func deterministic(s *suite.Suite) bool {
	switch s.ID {
	case spec.P256_AES128GCM_SHA256_P256, spec.P384_AES256GCM_SHA384_P384, spec.P521_AES256GCM_SHA512_P521:
		return false
	}
	return true
}

func (e *protection) verify(t *testing.T, s *suite.Suite) {
	signer, err := s.ParseSignatureKey(e.SignaturePriv)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "signature_pub", signer.Public(), e.SignaturePub)
	g := &epoch{
		suite: s, groupID: e.GroupID, number: e.Epoch, signer: signer, leaf: 1,
		context: wire.Encode(&schedule.GroupContext{
			Version: spec.MLS10, CipherSuite: s.ID, GroupID: e.GroupID, Epoch: e.Epoch,
			TreeHash: e.TreeHash, ConfirmedTranscriptHash: e.ConfirmedTranscriptHash,
		}),
		senderData: suite.Secret(e.SenderDataSecret),
		membership: suite.Secret(e.MembershipKey),
		keys:       schedule.NewSecretTree(s, suite.Secret(e.EncryptionSecret), 2),
	}
	for _, m := range []struct {
		what        string
		content     spec.ContentType
		plain       vectortest.Hex
		pub, sealed vectortest.Hex
	}{
		{"proposal", spec.ContentProposal, e.Proposal, e.ProposalPub, e.ProposalPriv},
		{"commit", spec.ContentCommit, e.Commit, e.CommitPub, e.CommitPriv},
		{"application", spec.ContentApplication, e.Application, nil, e.ApplicationPriv},
	} {
		for _, b := range []vectortest.Hex{m.pub, m.sealed} {
			if b == nil {
				continue
			}
			var theirs MLSMessage
			decode(t, m.what, b, &theirs)
			opened := g.mustOpen(t, &theirs).Content()
			equal(t, m.what, encodeContent(&opened.Content.Content), m.plain)
			ours := g.mustSeal(t, opened.WireFormat, opened.Content, opened.Auth.ConfirmationTag)
			again := g.mustOpen(t, ours).Content()
			if deterministic(s) {
				equal(t, m.what+", protected here", wire.Encode(again), wire.Encode(opened))
			}
			equal(t, m.what+", opened again", encodeContent(&again.Content.Content), m.plain)
		}
	}
}

// encodeContent returns a content as the vectors give it, application data bare.
func encodeContent(c *Content) []byte {
	switch c.ContentType {
	case spec.ContentProposal:
		return wire.Encode(c.Proposal)
	case spec.ContentCommit:
		return wire.Encode(c.Commit)
	}
	return c.ApplicationData
}
