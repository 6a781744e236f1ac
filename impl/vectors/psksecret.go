package vectors

import (
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
)

// pskSecret is a case of psk_secret: RFC 9420, Section 8.4.
type pskSecret struct {
	Suite  spec.CipherSuite `json:"cipher_suite"`
	PSKs   []usedPSK        `json:"psks"`
	Secret Hex              `json:"psk_secret"`
}

// usedPSK is an external PSK in one use of it.
type usedPSK struct {
	ID    Hex `json:"psk_id"`
	PSK   Hex `json:"psk"`
	Nonce Hex `json:"psk_nonce"`
}

func (v *pskSecret) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	if secret, err := v.derive(s); c.ok("psks", err) {
		equal(c, "psk_secret", secret, v.Secret)
	}
}

func (v *pskSecret) derive(s *suite.Suite) (suite.Secret, error) {
	var psks []schedule.PSK
	for _, p := range v.PSKs {
		id := schedule.PreSharedKeyID{Type: spec.PSKExternal, ID: p.ID, Nonce: p.Nonce}
		psks = append(psks, schedule.PSK{ID: id, Secret: suite.Secret(p.PSK)})
	}
	return schedule.PSKSecret(nil, s, psks)
}

func makePSKSecret(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for n := range 11 {
		v := &pskSecret{Suite: s.ID, PSKs: []usedPSK{}}
		for range n {
			v.PSKs = append(v.PSKs, usedPSK{ID: r.bytes(1 + r.IntN(32)), PSK: r.bytes(1 + r.IntN(64)), Nonce: r.bytes(s.Nh)})
		}
		secret, err := v.derive(s)
		if err != nil {
			return nil, err
		}
		v.Secret = Hex(secret)
		all = append(all, v)
	}
	return all, nil
}
