package schedule

import (
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// ExternalKeyPair returns the key pair whose private key all members of an
// epoch hold, and whose public key lets others join by an external Commit
// (RFC 9420, Section 8; used as in Section 8.3). external is external_secret.
func ExternalKeyPair(s *suite.Suite, external suite.Secret) *suite.HPKEPrivateKey {
	return s.DeriveKeyPair(spec.Derive(nil, req.ScheduleExternal, external))
}
