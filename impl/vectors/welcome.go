package vectors

import (
	"errors"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// welcome is a case of welcome: RFC 9420, Section 12.4.3.1, as far as it goes
// without the ratchet tree.
type welcome struct {
	Suite      spec.CipherSuite `json:"cipher_suite"`
	InitPriv   Hex              `json:"init_priv"`
	SignerPub  Hex              `json:"signer_pub"`
	KeyPackage Hex              `json:"key_package"`
	Welcome    Hex              `json:"welcome"`
}

func (v *welcome) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	kp, w := v.messages(c)
	if kp == nil ||
		!c.holds("key_package", kp.CipherSuite == s.ID, "cipher suite %v", kp.CipherSuite) ||
		!c.holds("welcome", w.CipherSuite == s.ID, "cipher suite %v", w.CipherSuite) {
		return
	}
	c.holds("key_package", kp.VerifySignature(s), "its signature does not verify")
	initKey := c.hpkeKey("init_priv", s, v.InitPriv, kp.InitKey)
	entry := w.Entry(kp.Ref(s))
	if initKey == nil || !c.holds("welcome", entry != nil, "no entry for the KeyPackage") {
		return
	}
	secrets, err := w.OpenGroupSecrets(nil, s, entry, initKey)
	if !c.ok("welcome, group secrets", err) {
		return
	}
	member := schedule.NewJoinerSecret(s, secrets.JoinerSecret).Member(s.Zero())
	info, err := w.OpenGroupInfo(nil, member.Welcome())
	if !c.ok("welcome, group info", err) {
		return
	}
	c.holds("signer_pub", info.VerifySignature(s, suite.SignaturePublicKey(v.SignerPub)), "the GroupInfo's signature does not verify")
	derived, _ := member.Epoch(wire.Encode(&info.GroupContext)).Derive()
	c.holds("confirmation_tag", s.VerifyMAC(derived.Confirmation, info.GroupContext.ConfirmedTranscriptHash, info.ConfirmationTag), "does not verify")

	sealed, err := member.Welcome().Seal(wire.Encode(info))
	if !c.ok("group info, sealed here", err) {
		return
	}
	equal(c, "group info, sealed here", sealed, w.EncryptedGroupInfo)
	own := &message.Welcome{CipherSuite: s.ID, EncryptedGroupInfo: sealed}
	ownEntry, err := message.SealGroupSecrets(named("welcome"), s, kp, secrets, sealed)
	if !c.ok("group secrets, sealed here", err) {
		return
	}
	again, err := own.OpenGroupSecrets(nil, s, &ownEntry, initKey)
	if c.ok("group secrets, sealed here", err) {
		equal(c, "group secrets, sealed here", wire.Encode(again), wire.Encode(secrets))
	}
}

// messages returns what the two messages carry, or nil: what a message that was
// refused has become is not to be used.
func (v *welcome) messages(c *check) (*message.KeyPackage, *message.Welcome) {
	var kp, w message.MLSMessage
	if !c.readMessage("key_package", v.KeyPackage, &kp, spec.WireKeyPackage) ||
		!c.readMessage("welcome", v.Welcome, &w, spec.WireWelcome) {
		return nil, nil
	}
	return kp.KeyPackage, w.Welcome
}

// readMessage is read for an MLSMessage that has to be of a wire format.
func (c *check) readMessage(step string, b []byte, m *message.MLSMessage, want spec.WireFormat) bool {
	return c.read(step, b, m) && c.holds(step, m.WireFormat == want, "wire_format %d, want %d", m.WireFormat, want)
}

// openWelcome returns what a client finds in its Welcome, with the PSKs that psk
// returns. Nothing in it is verified.
func openWelcome(s *suite.Suite, keys *impl.KeyPackageKeys, w *message.Welcome, psk func(*schedule.PreSharedKeyID) suite.Secret) (*message.GroupSecrets, *message.GroupInfo, error) {
	entry := w.Entry(keys.Package.Ref(s))
	if entry == nil {
		return nil, nil, errors.New("no entry for the KeyPackage")
	}
	secrets, err := w.OpenGroupSecrets(nil, s, entry, keys.Init)
	if err != nil {
		return nil, nil, err
	}
	psks := make([]schedule.PSK, len(secrets.PSKs))
	for i := range psks {
		psks[i] = schedule.PSK{ID: secrets.PSKs[i], Secret: psk(&secrets.PSKs[i])}
	}
	secret, err := schedule.PSKSecret(nil, s, psks)
	if err != nil {
		return nil, nil, err
	}
	info, err := w.OpenGroupInfo(nil, schedule.NewJoinerSecret(s, secrets.JoinerSecret).Member(secret).Welcome())
	return secrets, info, err
}
