package impl

import (
	"bytes"
	"errors"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Readings of the RFC, by the ids of spec/ambiguities.yaml, that no other test shows.

// TestFirstInterimTranscriptHash: the first Commit is hashed behind the confirmation
// tag of epoch 0 (transcript.first).
func TestFirstInterimTranscriptHash(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	first := r.at("A").member
	tag := message.ConfirmationTag(r.suite(), first.secrets.Confirmation, nil)
	if want := schedule.InterimTranscriptHash(r.suite(), nil, tag); len(first.interim) == 0 || !bytes.Equal(first.interim, want) {
		t.Errorf("interim transcript hash %x, want %x", first.interim, want)
	}
}

// TestOldAppearanceIsInTheWay of a client that joins once more with the same key, and
// only later removes what it was before (external.two_steps).
func TestOldAppearanceIsInTheWay(t *testing.T) {
	r := settled(t)
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	_, _, err = JoinExternal(r.env, r.at("C").id, info, ExternalOptions{})
	if spec.Violated(err) != req.LeafSignatureKeyUnique {
		t.Errorf("joined without a Remove: %v", err)
	}
}

// TestMemberWithoutThePSK is left behind by a Commit with a resumption PSK that it has
// not got, and follows as soon as it has it (psk.member).
func TestMemberWithoutThePSK(t *testing.T) {
	r := settled(t)
	r.env.PastPSKs = 2
	now := r.at("A").member
	past := schedule.ResumptionPSK(spec.UsageApplication, now.ID(), now.Number())
	r.commit("A", CommitOptions{}, "E") // E has no PSK of the epoch before
	_, out := r.begin("A", CommitOptions{Format: r.format, PSKs: []schedule.PreSharedKeyID{past}})
	if err := r.receive("E", out.Message); !errors.Is(err, spec.ErrMissing) || r.at("E").member.Number() != now.Number()+1 {
		t.Fatalf("without the PSK: %v", err)
	}
	r.env.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return now.secrets.Resumption }
	r.ok(r.receive("E", out.Message))
	if r.at("E").member.Number() != now.Number()+2 {
		t.Error("E did not follow")
	}
}
