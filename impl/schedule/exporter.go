package schedule

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Export returns length bytes for a use outside of MLS, bound to the epoch of
// exporter, its exporter_secret: MLS-Exporter of RFC 9420, Section 8.5. length
// is at most 255 times Nh, as much as the KDF can give.
func Export(s *suite.Suite, exporter suite.Secret, label string, context []byte, length int) (suite.Secret, error) {
	if length < 0 || length > 255*s.Nh {
		return nil, fmt.Errorf("export of %d bytes, want 0 to %d", length, 255*s.Nh)
	}
	return spec.Derive(nil, req.ExporterDerive, s.ExpandWithLabel(s.DeriveSecret(exporter, label), spec.LabelExported, s.Hash(context), length)), nil
}
