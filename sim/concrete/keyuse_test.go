package concrete

import (
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestNobodyEncryptsTwiceAlike: who sends twice from one state ends the run, and
// the error says who, in which epoch and generation. The backend watches bytes; the
// engine, which sees names, comes after it.
func TestNobodyEncryptsTwiceAlike(t *testing.T) {
	p := newPair(t)
	p.send(0)
	p.send(1)
	p.send(0)
	if n := p.b.uses.Count(); n != 3 {
		t.Errorf("%d messages watched, 3 sent", n)
	}
	old := p.m[0]
	p.send(0)
	_, _, err := old.Step(sim.Send{Step: p.next(), Data: []byte("again")})
	want := "leaf 0, generation 2, content type 1 in epoch 1"
	if spec.Violated(err) != req.RatchetKeyOnce || strings.Count(err.Error(), want) != 2 {
		t.Errorf("sent from an old state: %v, want %q of both", err, want)
	}
	p.commit(1)
	p.send(0) // generation 0 of another epoch
}
