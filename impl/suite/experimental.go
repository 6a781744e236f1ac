package suite

import (
	"crypto"

	"github.com/cloudflare/circl/hpke"

	"mlssim/spec"
)

// experimental are suites of draft-ietf-mls-pq-ciphersuites-06 (July 2026), at
// code points for private use (RFC 9420, Section 17.1), since the draft has none
// yet. They are there for what they cost, not to talk to others: the draft may
// still change, and so may draft-ietf-hpke-pq, from which its KEMs are. The draft
// lists the first, the second and the last; X-Wing with ML-DSA-65 stands in
// between to tell what the KEM costs from what the signatures cost.
var experimental = []*Suite{
	newSuite(spec.MLKEM768X25519_AES256GCM_SHA384_Ed25519, crypto.SHA384, hpke.KEM_XWING, hpke.KDF_HKDF_SHA384, hpke.AEAD_AES256GCM, ed25519Scheme{}),
	newSuite(spec.MLKEM768_AES256GCM_SHA384_Ed25519, crypto.SHA384, kemMLKEM768, hpke.KDF_HKDF_SHA384, hpke.AEAD_AES256GCM, ed25519Scheme{}),
	newSuite(spec.MLKEM768X25519_AES256GCM_SHA384_MLDSA65, crypto.SHA384, hpke.KEM_XWING, hpke.KDF_HKDF_SHA384, hpke.AEAD_AES256GCM, mldsa65Scheme{}),
	newSuite(spec.MLKEM768_AES256GCM_SHA384_MLDSA65, crypto.SHA384, kemMLKEM768, hpke.KDF_HKDF_SHA384, hpke.AEAD_AES256GCM, mldsa65Scheme{}),
}

// Experimental returns the post-quantum suites in the order of their code
// points. They are no part of RFC 9420 and may change; a client supports one only
// if it is its own.
func Experimental() []*Suite { return append([]*Suite(nil), experimental...) }
