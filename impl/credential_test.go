package impl

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"

	"mlssim/impl/suite"
)

// certificateFor returns the certificate of a name for an Ed25519 key, by an
// authority that nobody knows.
func certificateFor(name string, key suite.SignaturePublicKey) []byte {
	authority := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(nil, template, template, ed25519.PublicKey(key), authority)
	if err != nil {
		panic(err)
	}
	return der
}
