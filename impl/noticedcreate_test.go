package impl

import (
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.2 and 11: what a group begins with, where all would agree if it were
// something else.

// contextOf returns the GroupContext of an epoch.
func contextOf(t *testing.T, e *Epoch) *schedule.GroupContext {
	t.Helper()
	var c schedule.GroupContext
	if err := wire.Decode(e.Context(), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// created returns a group of one client, whose randomness is that of a name.
func created(t *testing.T, name string) *Member {
	t.Helper()
	env := testEnv(name)
	id, err := NewIdentity(env, suite.All()[0], []byte("A"))
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := Create(env, id, []byte("group"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestFirstEpochSecretIsDrawn: the authenticator depends on epoch_secret alone (RFC
// 9420, Sections 8 and 11).
func TestFirstEpochSecretIsDrawn(t *testing.T) {
	if created(t, "one").Authenticator().Equal(created(t, "two").Authenticator()) {
		t.Error("two groups begin with the same secret")
	}
	spec.Shows(req.CreateEpochSecretFresh)
}

// TestFirstTranscriptIsEmpty is Section 8.2 of RFC 9420 for epoch 0.
func TestFirstTranscriptIsEmpty(t *testing.T) {
	if h := contextOf(t, created(t, "one").Epoch).ConfirmedTranscriptHash; len(h) != 0 {
		t.Errorf("confirmed_transcript_hash %x", h)
	}
	spec.Shows(req.TranscriptInitial)
}
