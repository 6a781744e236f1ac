package message

import (
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
)

// OpenUnverified decrypts a message with a key that the caller came by in
// whatever way (RFC 9420, Section 6.3.1), and verifies no signature: for
// studying what a key gives away. No member may act on what it returns.
func (m *PrivateMessage) OpenUnverified(s *suite.Suite, k schedule.KeyNonce, data *SenderData) (*AuthenticatedContent, error) {
	return m.open(nil, s, k, data)
}
