package schedule

import (
	"bytes"
	"testing"

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
func equal[T ~[]byte](t *testing.T, what string, got T, want vectortest.Hex) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x, want %x", what, []byte(got), []byte(want))
	}
}

func TestVectorsPSKSecret(t *testing.T) {
	entries := vectortest.Load[struct {
		CipherSuite uint16 `json:"cipher_suite"`
		PSKs        []struct {
			ID    vectortest.Hex `json:"psk_id"`
			PSK   vectortest.Hex `json:"psk"`
			Nonce vectortest.Hex `json:"psk_nonce"`
		}
		PSKSecret vectortest.Hex `json:"psk_secret"`
	}](t, "psk_secret.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		var psks []PSK
		for _, p := range e.PSKs {
			id := PreSharedKeyID{Type: spec.PSKExternal, ID: p.ID, Nonce: p.Nonce}
			psks = append(psks, PSK{ID: id, Secret: suite.Secret(p.PSK)})
		}
		secret, err := PSKSecret(nil, s, psks)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "psk_secret", secret, e.PSKSecret)
		done++
	}
	t.Logf("psk_secret.json: %d/%d", done, len(entries))
}

// scheduleEpoch is an epoch of key-schedule.json.
type scheduleEpoch struct {
	CommitSecret            vectortest.Hex `json:"commit_secret"`
	PSKSecret               vectortest.Hex `json:"psk_secret"`
	TreeHash                vectortest.Hex `json:"tree_hash"`
	ConfirmedTranscriptHash vectortest.Hex `json:"confirmed_transcript_hash"`

	GroupContext       vectortest.Hex `json:"group_context"`
	JoinerSecret       vectortest.Hex `json:"joiner_secret"`
	WelcomeSecret      vectortest.Hex `json:"welcome_secret"`
	InitSecret         vectortest.Hex `json:"init_secret"`
	SenderDataSecret   vectortest.Hex `json:"sender_data_secret"`
	EncryptionSecret   vectortest.Hex `json:"encryption_secret"`
	ExporterSecret     vectortest.Hex `json:"exporter_secret"`
	ExternalSecret     vectortest.Hex `json:"external_secret"`
	ConfirmationKey    vectortest.Hex `json:"confirmation_key"`
	MembershipKey      vectortest.Hex `json:"membership_key"`
	ResumptionPSK      vectortest.Hex `json:"resumption_psk"`
	EpochAuthenticator vectortest.Hex `json:"epoch_authenticator"`
	ExternalPub        vectortest.Hex `json:"external_pub"`

	Exporter struct {
		Label           string
		Context, Secret vectortest.Hex
		Length          int
	}
}

func TestVectorsKeySchedule(t *testing.T) {
	entries := vectortest.Load[struct {
		CipherSuite       uint16         `json:"cipher_suite"`
		GroupID           vectortest.Hex `json:"group_id"`
		InitialInitSecret vectortest.Hex `json:"initial_init_secret"`
		Epochs            []scheduleEpoch
	}](t, "key-schedule.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		init := NewInitSecret(suite.Secret(e.InitialInitSecret))
		for n, epoch := range e.Epochs {
			context := GroupContext{
				Version:                 spec.MLS10,
				CipherSuite:             s.ID,
				GroupID:                 e.GroupID,
				Epoch:                   uint64(n),
				TreeHash:                epoch.TreeHash,
				ConfirmedTranscriptHash: epoch.ConfirmedTranscriptHash,
			}
			init = epoch.verify(t, s, init, &context)
		}
		done++
	}
	t.Logf("key-schedule.json: %d/%d", done, len(entries))
}

// verify runs one epoch of the key schedule and returns the init_secret of the
// next.
func (e *scheduleEpoch) verify(t *testing.T, s *suite.Suite, init InitSecret, context *GroupContext) InitSecret {
	encoded := wire.Encode(context)
	equal(t, "group_context", encoded, e.GroupContext)
	var decoded GroupContext
	if err := wire.Decode(e.GroupContext, &decoded); err != nil {
		t.Error(err)
	}
	equal(t, "group_context, decoded and encoded", wire.Encode(&decoded), e.GroupContext)

	joiner := Joiner(s, init, suite.Secret(e.CommitSecret), encoded)
	member := joiner.Member(suite.Secret(e.PSKSecret))
	secrets, encryption := member.Epoch(encoded).Derive()
	equal(t, "joiner_secret", joiner.Bytes(), e.JoinerSecret)
	equal(t, "welcome_secret", member.Welcome().Bytes(), e.WelcomeSecret)
	equal(t, "encryption_secret", encryption, e.EncryptionSecret)
	equal(t, "init_secret", secrets.Init.Bytes(), e.InitSecret)
	equal(t, "sender_data_secret", secrets.SenderData, e.SenderDataSecret)
	equal(t, "exporter_secret", secrets.Exporter, e.ExporterSecret)
	equal(t, "external_secret", secrets.External, e.ExternalSecret)
	equal(t, "confirmation_key", secrets.Confirmation, e.ConfirmationKey)
	equal(t, "membership_key", secrets.Membership, e.MembershipKey)
	equal(t, "resumption_psk", secrets.Resumption, e.ResumptionPSK)
	equal(t, "epoch_authenticator", secrets.Authenticator, e.EpochAuthenticator)
	equal(t, "external_pub", ExternalKeyPair(s, secrets.External).Public(), e.ExternalPub)

	x := e.Exporter
	exported, err := Export(s, secrets.Exporter, x.Label, x.Context, x.Length)
	if err != nil {
		t.Error(err)
	}
	equal(t, "exporter", exported, x.Secret)
	return secrets.Init
}

// treeGeneration is what secret-tree.json says of a generation of a leaf.
type treeGeneration struct {
	Generation       uint32
	HandshakeKey     vectortest.Hex `json:"handshake_key"`
	HandshakeNonce   vectortest.Hex `json:"handshake_nonce"`
	ApplicationKey   vectortest.Hex `json:"application_key"`
	ApplicationNonce vectortest.Hex `json:"application_nonce"`
}

func TestVectorsSecretTree(t *testing.T) {
	entries := vectortest.Load[struct {
		CipherSuite      uint16         `json:"cipher_suite"`
		EncryptionSecret vectortest.Hex `json:"encryption_secret"`
		Leaves           [][]treeGeneration
	}](t, "secret-tree.json")
	done := 0
	for _, e := range entries {
		s := suiteOf(t, e.CipherSuite)
		keys := NewSecretTree(s, suite.Secret(e.EncryptionSecret), uint32(len(e.Leaves)))
		for leaf, generations := range e.Leaves {
			for _, g := range generations {
				h, a := KeyNonce{}, KeyNonce{}
				h, keys = receive(t, keys, tree.LeafIndex(leaf), Handshake, g.Generation)
				a, keys = receive(t, keys, tree.LeafIndex(leaf), Application, g.Generation)
				equal(t, "handshake_key", h.Key, g.HandshakeKey)
				equal(t, "handshake_nonce", h.Nonce, g.HandshakeNonce)
				equal(t, "application_key", a.Key, g.ApplicationKey)
				equal(t, "application_nonce", a.Nonce, g.ApplicationNonce)
			}
		}
		done++
	}
	t.Logf("secret-tree.json: %d/%d, their sender_data in impl/message", done, len(entries))
}

// receive takes a key that must be there.
func receive(t testing.TB, keys *SecretTree, leaf tree.LeafIndex, r RatchetType, generation uint32) (KeyNonce, *SecretTree) {
	t.Helper()
	k, after, _, err := keys.Key(nil, leaf, r, generation, Window{})
	if err != nil {
		t.Fatalf("leaf %d, ratchet %d, generation %d: %v", leaf, r, generation, err)
	}
	return k, after
}
