package vectors

import (
	"bytes"
	"fmt"
	"math"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// passiveClient is a case of the passive clients' files: one that joins by a
// Welcome and follows its group.
type passiveClient struct {
	Suite spec.CipherSuite `json:"cipher_suite"`

	ExternalPSKs []externalPSK `json:"external_psks"`

	KeyPackage     Hex `json:"key_package"`
	SignaturePriv  Hex `json:"signature_priv"`
	EncryptionPriv Hex `json:"encryption_priv"`
	InitPriv       Hex `json:"init_priv"`

	Welcome       Hex            `json:"welcome"`
	RatchetTree   *Hex           `json:"ratchet_tree"` // null if the Welcome has it
	Authenticator Hex            `json:"initial_epoch_authenticator"`
	Epochs        []passiveEpoch `json:"epochs"`
}

type externalPSK struct {
	ID  Hex `json:"psk_id"`
	PSK Hex `json:"psk"`
}

// passiveEpoch is a step to the next epoch.
type passiveEpoch struct {
	Proposals     []Hex `json:"proposals"`
	Commit        Hex   `json:"commit"`
	Authenticator Hex   `json:"epoch_authenticator"`
}

func (v *passiveClient) verify(c *check) {
	id, keys := v.client(c)
	var w message.MLSMessage
	if keys == nil || !c.readMessage("welcome", v.Welcome, &w, spec.WireWelcome) {
		return
	}
	env := v.env(keys, w.Welcome)
	var o impl.JoinOptions
	if v.RatchetTree != nil {
		o.RatchetTree = *v.RatchetTree
	}
	m, _, err := impl.Join(env, id, []*impl.KeyPackageKeys{keys}, w.Welcome, o)
	if !c.ok("welcome", err) || !equal(c, "initial_epoch_authenticator", m.Authenticator(), v.Authenticator) {
		return
	}
	for i := range v.Epochs {
		if m = v.Epochs[i].follow(c, fmt.Sprintf("epochs.%d", i), env, m); m == nil {
			return
		}
	}
}

// client returns the client with the keys of its KeyPackage, or nil.
func (v *passiveClient) client(c *check) (*impl.Identity, *impl.KeyPackageKeys) {
	s := c.suite(v.Suite)
	var m message.MLSMessage
	if s == nil || !c.readMessage("key_package", v.KeyPackage, &m, spec.WireKeyPackage) {
		return nil, nil
	}
	kp := m.KeyPackage
	if !c.holds("key_package", kp.CipherSuite == s.ID, "cipher suite %v", kp.CipherSuite) ||
		!c.holds("key_package", kp.VerifySignature(s), "its signature does not verify") {
		return nil, nil
	}
	signer := c.signer("signature_priv", s, v.SignaturePriv, kp.LeafNode.SignatureKey)
	leaf := c.hpkeKey("encryption_priv", s, v.EncryptionPriv, kp.LeafNode.EncryptionKey)
	init := c.hpkeKey("init_priv", s, v.InitPriv, kp.InitKey)
	if signer == nil || leaf == nil || init == nil {
		return nil, nil
	}
	return &impl.Identity{Suite: s, Credential: kp.LeafNode.Credential, Signer: signer},
		&impl.KeyPackageKeys{Package: kp, Init: init, Leaf: leaf}
}

// env returns the client's environment. It has the PSKs of the case, and keeps
// those of all epochs.
func (v *passiveClient) env(keys *impl.KeyPackageKeys, w *message.Welcome) *impl.Env {
	return &impl.Env{
		Rand:   named("passive-client"),
		Now:    v.time(keys, w),
		PSK:    v.psk,
		Bounds: impl.Bounds{MaxLifetime: math.MaxUint64, PastPSKs: len(v.Epochs)},
	}
}

// time returns a time at which the leaves of the group that the Welcome is for
// are valid: when the case took place is not said. For a Welcome that cannot be
// opened it is 0; what is wrong with it will be said when the client joins.
func (v *passiveClient) time(keys *impl.KeyPackageKeys, w *message.Welcome) uint64 {
	s, err := suite.Get(v.Suite)
	if err != nil {
		return 0
	}
	_, info, err := openWelcome(s, keys, w, v.psk)
	if err != nil {
		return 0
	}
	nodes, ok := message.FindExtension(info.Extensions, spec.ExtRatchetTree)
	if !ok && v.RatchetTree != nil {
		nodes = *v.RatchetTree
	}
	t, err := tree.Parse(s, nil, nodes, impl.DefaultMaxLeaves)
	if err != nil {
		return 0
	}
	return during(t)
}

// psk returns one of the case's PSKs, or nil.
func (v *passiveClient) psk(id *schedule.PreSharedKeyID) suite.Secret {
	return findPSK(v.ExternalPSKs, id)
}

func findPSK(psks []externalPSK, id *schedule.PreSharedKeyID) suite.Secret {
	for _, p := range psks {
		if id.Type == spec.PSKExternal && bytes.Equal(id.ID, p.ID) {
			return suite.Secret(p.PSK)
		}
	}
	return nil
}

// follow returns the member in the next epoch, or nil.
func (e *passiveEpoch) follow(c *check, at string, env *impl.Env, m *impl.Member) *impl.Member {
	for i, b := range e.Proposals {
		if m = c.receive(fmt.Sprintf("%s.proposals.%d", at, i), env, m, b); m == nil {
			return nil
		}
	}
	before := m.Number()
	if m = c.receive(at+".commit", env, m, e.Commit); m == nil {
		return nil
	}
	if !c.holds(at+".commit", m.Number() == before+1, "epoch %d after %d", m.Number(), before) ||
		!equal(c, at+".epoch_authenticator", m.Authenticator(), e.Authenticator) {
		return nil
	}
	return m
}

// receive returns the member after a message, or nil.
func (c *check) receive(step string, env *impl.Env, m *impl.Member, b Hex) *impl.Member {
	var msg message.MLSMessage
	if !c.read(step, b, &msg) {
		return nil
	}
	after, _, err := m.Receive(env, &msg)
	if !c.ok(step, err) {
		return nil
	}
	return after
}
