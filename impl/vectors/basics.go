package vectors

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// cryptoBasics is a case of crypto-basics: RFC 9420, Sections 5.1, 5.2, 8 and 9.1.
type cryptoBasics struct {
	Suite            spec.CipherSuite `json:"cipher_suite"`
	RefHash          refHash          `json:"ref_hash"`
	ExpandWithLabel  expandWithLabel  `json:"expand_with_label"`
	DeriveSecret     deriveSecret     `json:"derive_secret"`
	DeriveTreeSecret deriveTreeSecret `json:"derive_tree_secret"`
	SignWithLabel    signWithLabel    `json:"sign_with_label"`
	EncryptWithLabel encryptWithLabel `json:"encrypt_with_label"`
}

type refHash struct {
	Label string `json:"label"`
	Value Hex    `json:"value"`
	Out   Hex    `json:"out"`
}

type expandWithLabel struct {
	Secret  Hex    `json:"secret"`
	Label   string `json:"label"`
	Context Hex    `json:"context"`
	Length  uint16 `json:"length"`
	Out     Hex    `json:"out"`
}

type deriveSecret struct {
	Secret Hex    `json:"secret"`
	Label  string `json:"label"`
	Out    Hex    `json:"out"`
}

type deriveTreeSecret struct {
	Secret     Hex    `json:"secret"`
	Label      string `json:"label"`
	Generation uint32 `json:"generation"`
	Length     uint16 `json:"length"`
	Out        Hex    `json:"out"`
}

type signWithLabel struct {
	Priv      Hex    `json:"priv"`
	Pub       Hex    `json:"pub"`
	Content   Hex    `json:"content"`
	Label     string `json:"label"`
	Signature Hex    `json:"signature"`
}

type encryptWithLabel struct {
	Priv       Hex    `json:"priv"`
	Pub        Hex    `json:"pub"`
	Label      string `json:"label"`
	Context    Hex    `json:"context"`
	Plaintext  Hex    `json:"plaintext"`
	KEMOutput  Hex    `json:"kem_output"`
	Ciphertext Hex    `json:"ciphertext"`
}

func (v *cryptoBasics) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	equal(c, "ref_hash", s.RefHash(v.RefHash.Label, wire.Bytes(v.RefHash.Value)), v.RefHash.Out)
	d := v.DeriveSecret
	equal(c, "derive_secret", s.DeriveSecret(suite.Secret(d.Secret), d.Label), d.Out)
	if x := v.ExpandWithLabel; c.expandable("expand_with_label.length", s, x.Length) {
		equal(c, "expand_with_label", s.ExpandWithLabel(suite.Secret(x.Secret), x.Label, x.Context, int(x.Length)), x.Out)
	}
	if x := v.DeriveTreeSecret; c.expandable("derive_tree_secret.length", s, x.Length) {
		equal(c, "derive_tree_secret", s.DeriveTreeSecret(suite.Secret(x.Secret), x.Label, x.Generation, int(x.Length)), x.Out)
	}
	v.SignWithLabel.verify(c, s)
	v.EncryptWithLabel.verify(c, s)
}

// expandable tells whether the KDF has so many bytes to give.
func (c *check) expandable(step string, s *suite.Suite, length uint16) bool {
	return c.holds(step, int(length) <= 255*s.Nh, "%d bytes, at most %d can be derived", length, 255*s.Nh)
}

func (v *signWithLabel) verify(c *check, s *suite.Suite) {
	const step = "sign_with_label"
	public := suite.SignaturePublicKey(v.Pub)
	c.holds(step+".signature", s.VerifyWithLabel(public, v.Label, wire.Bytes(v.Content), []byte(v.Signature)), "does not verify")
	key := c.signer(step+".priv", s, v.Priv, v.Pub)
	if key == nil {
		return
	}
	own, err := s.SignWithLabel(key, v.Label, wire.Bytes(v.Content))
	if c.ok(step+", signed here", err) {
		c.holds(step+", signed here", s.VerifyWithLabel(public, v.Label, wire.Bytes(v.Content), own), "does not verify")
		c.holds(step+", signed here", !s.VerifyWithLabel(public, v.Label+".", wire.Bytes(v.Content), own), "verifies under another label")
	}
}

func (v *encryptWithLabel) verify(c *check, s *suite.Suite) {
	const step = "encrypt_with_label"
	key := c.hpkeKey(step+".priv", s, v.Priv, v.Pub)
	if key == nil {
		return
	}
	open := func(step string, sealed suite.HPKECiphertext) {
		plain, err := s.DecryptWithLabel(key, v.Label, v.Context, sealed)
		if c.ok(step, err) {
			equal(c, step, plain, v.Plaintext)
		}
		_, err = s.DecryptWithLabel(key, v.Label+".", v.Context, sealed)
		c.holds(step, err != nil, "opened under another label")
	}
	open(step, suite.HPKECiphertext{KEMOutput: v.KEMOutput, Ciphertext: v.Ciphertext})
	own, err := s.EncryptWithLabel(named(step), suite.HPKEPublicKey(v.Pub), v.Label, v.Context, v.Plaintext)
	if c.ok(step+", sealed here", err) {
		open(step+", sealed here", own)
	}
}

func makeCryptoBasics(r *source, s *suite.Suite) ([]vector, error) {
	v := &cryptoBasics{
		Suite:            s.ID,
		RefHash:          refHash{Label: "RefHash", Value: r.bytes(32)},
		ExpandWithLabel:  expandWithLabel{Secret: r.bytes(s.Nh), Label: "ExpandWithLabel", Context: r.upTo(64), Length: uint16(1 + r.IntN(2*s.Nh))},
		DeriveSecret:     deriveSecret{Secret: r.bytes(s.Nh), Label: "DeriveSecret"},
		DeriveTreeSecret: deriveTreeSecret{Secret: r.bytes(s.Nh), Label: "DeriveTreeSecret", Generation: r.Uint32(), Length: uint16(1 + r.IntN(2*s.Nh))},
		SignWithLabel:    signWithLabel{Label: "SignWithLabel", Content: r.upTo(64)},
		EncryptWithLabel: encryptWithLabel{Label: "EncryptWithLabel", Context: r.upTo(64), Plaintext: r.upTo(64)},
	}
	v.RefHash.Out = s.RefHash(v.RefHash.Label, wire.Bytes(v.RefHash.Value))
	x := &v.ExpandWithLabel
	x.Out = Hex(s.ExpandWithLabel(suite.Secret(x.Secret), x.Label, x.Context, int(x.Length)))
	d := &v.DeriveSecret
	d.Out = Hex(s.DeriveSecret(suite.Secret(d.Secret), d.Label))
	t := &v.DeriveTreeSecret
	t.Out = Hex(s.DeriveTreeSecret(suite.Secret(t.Secret), t.Label, t.Generation, int(t.Length)))

	signer, err := s.GenerateSignatureKey(r)
	if err != nil {
		return nil, err
	}
	w := &v.SignWithLabel
	w.Priv, w.Pub = Hex(signer.Bytes()), Hex(signer.Public())
	w.Signature, err = s.SignWithLabel(signer, w.Label, wire.Bytes(w.Content))
	if err != nil {
		return nil, err
	}
	key, err := s.GenerateKeyPair(r)
	if err != nil {
		return nil, err
	}
	e := &v.EncryptWithLabel
	e.Priv, e.Pub = Hex(key.Bytes()), Hex(key.Public())
	sealed, err := s.EncryptWithLabel(r, key.Public(), e.Label, e.Context, e.Plaintext)
	e.KEMOutput, e.Ciphertext = sealed.KEMOutput, sealed.Ciphertext
	return []vector{v}, err
}
