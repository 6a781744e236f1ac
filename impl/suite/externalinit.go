package suite

import (
	"fmt"
	"io"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 8.3: who joins by an external Commit gives the group an
// init_secret through HPKE's export, for there is no epoch before that both know.

// EncapsulateInit draws an init_secret for the holders of externalPub. It
// returns what an ExternalInit proposal carries, and the secret. A public key
// that does not parse is an error.
func (s *Suite) EncapsulateInit(rand io.Reader, externalPub HPKEPublicKey) (kemOutput []byte, init Secret, err error) {
	s.count(func(w *Work) *int { return &w.Seals })
	enc, context, err := s.setupSender(rand, externalPub, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("external init: %w", err)
	}
	return enc, spec.Derive(nil, req.ExternalInitSecret, Secret(context.Export([]byte(spec.LabelExternalInit), uint(s.Nh)))), nil
}

// DecapsulateInit returns the init_secret of a kem_output that was made for
// key's public key. One of another length, or that is no point of the curve, is
// an error; any other gives a secret, and the confirmation tag tells whether it
// is the sender's.
func (s *Suite) DecapsulateInit(key *HPKEPrivateKey, kemOutput []byte) (init Secret, err error) {
	s.count(func(w *Work) *int { return &w.Opens })
	context, err := s.setupReceiver(key, kemOutput, nil)
	if err != nil {
		return nil, fmt.Errorf("external init, kem_output of %d bytes: %w", len(kemOutput), err)
	}
	return spec.Derive(nil, req.ExternalInitSecret, Secret(context.Export([]byte(spec.LabelExternalInit), uint(s.Nh)))), nil
}
