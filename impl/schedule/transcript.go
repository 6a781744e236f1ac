package schedule

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// ConfirmedTranscriptHash returns the hash of all Commits of a group up to the
// signature of the newest (RFC 9420, Section 8.2). interimBefore is the interim
// transcript hash of the epoch in which that Commit was sent, empty for epoch
// 0; input is the Commit's encoded ConfirmedTranscriptHashInput.
func ConfirmedTranscriptHash(s *suite.Suite, interimBefore, input []byte) []byte {
	return spec.Derive(nil, req.TranscriptConfirmed, s.HashTogether(interimBefore, input))
}

// InterimTranscriptHash returns the confirmed transcript hash with the
// confirmation tag of the same Commit added (Section 8.2).
func InterimTranscriptHash(s *suite.Suite, confirmed, confirmationTag []byte) []byte {
	return spec.Derive(nil, req.TranscriptInterim, s.HashTogether(confirmed, wire.Encode(&interimTranscriptHashInput{confirmationTag})))
}

// interimTranscriptHashInput is InterimTranscriptHashInput (Section 8.2).
type interimTranscriptHashInput struct{ confirmationTag []byte }

func (t *interimTranscriptHashInput) Wire(c *wire.Coder) {
	c.Is(req.EncodeTranscriptInput)
	wire.Opaque(c, &t.confirmationTag)
}
