package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 8.5: exporters; 8.7: epoch authenticators.

// export is MLS-Exporter (Section 8.5). The length is no part of it: a longer
// output is not another secret.
func (m Member) export(env *Env, label, context string) (Member, Output, error) {
	spec.At(env.Rec, "export")
	s := env.Store
	secret := s.derived(req.ExporterDerive, s.Expand(s.DeriveSecret(m.Secrets.Exporter, label), spec.LabelExported, s.Hash(s.Bytes(context))))
	return m, Output{Exported: secret, Secrets: []Secret{makes(M7, ExportedSecret, secret, m.Secrets.Exporter)}}, nil
}

// EpochAuthenticator returns the epoch_authenticator: equal for two members if
// and only if they agree on the epoch (Section 8.7).
func (m Member) EpochAuthenticator() Term { return m.Secrets.Authenticator }
