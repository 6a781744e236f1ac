package suite

// ValidHPKEPublicKey tells whether public is the encoding of a public key of
// the suite's KEM (RFC 9420, Section 5.1.1).
func (s *Suite) ValidHPKEPublicKey(public HPKEPublicKey) bool {
	_, err := s.scheme.UnmarshalBinaryPublicKey(public)
	return err == nil
}
