package impl

import (
	"bytes"
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.4 and 8.5: what is drawn and derived, where all would agree if it were
// something else.

// TestNonceOfAPSKIsDrawn is Section 8.4 of RFC 9420.
func TestNonceOfAPSKIsDrawn(t *testing.T) {
	env, s := testEnv(t.Name()), suite.All()[0]
	one, err := withNonce(env.Rand, s, schedule.ExternalPSK([]byte("psk")))
	if err != nil {
		t.Fatal(err)
	}
	two, err := withNonce(env.Rand, s, schedule.ExternalPSK([]byte("psk")))
	if err != nil || bytes.Equal(one.Nonce, two.Nonce) || len(one.Nonce) != s.Nh {
		t.Errorf("nonces %x and %x, %v", one.Nonce, two.Nonce, err)
	}
	spec.Shows(req.PSKNonceFresh)
}

// TestMembersExportTheSame is Section 8.5 of RFC 9420 at its entry point.
func TestMembersExportTheSame(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	export := func(i int, label string) suite.Secret {
		secret, err := r.parties[i].member.Export(label, []byte("context"), 16)
		r.ok(err)
		return secret
	}
	if one := export(0, "one"); !one.Equal(export(1, "one")) || one.Equal(export(0, "two")) {
		t.Error("what is exported is not bound to the epoch and its label")
	}
}
