package spec

import (
	"errors"
	"fmt"
	"testing"
)

func TestCheck(t *testing.T) {
	if err := Check(nil, "a.b", true); err != nil {
		t.Errorf("what holds is refused: %v", err)
	}
	err := Checkf(nil, "a.b", false, "leaf %d: %w", 7, ErrMissing)
	if got, want := err.Error(), "a.b: leaf 7: "+ErrMissing.Error(); got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if !errors.Is(err, ErrMissing) {
		t.Error("the detail is not unwrapped")
	}
	if got := Violated(fmt.Errorf("outside: %w", err)); got != "a.b" {
		t.Errorf("violated %q", got)
	}
	if got := Violated(ErrEpoch); got != "" {
		t.Errorf("a sentinel violates %q", got)
	}
}

// TestEnter: the innermost entry point that an error leaves gives it its label.
func TestEnter(t *testing.T) {
	inner := func() (err error) {
		defer Enter(nil, "inner", &err)()
		return Check(nil, "a.b", false)
	}
	outer := func() (err error) {
		defer Enter(nil, "outer", &err)()
		return fmt.Errorf("wrapped: %w", inner())
	}
	v, ok := errors.AsType[*Violation](outer())
	if !ok || v.At != "inner" {
		t.Errorf("violation at %+v", v)
	}
	if got, want := v.Error(), "inner: a.b"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestViolations(t *testing.T) {
	if got, want := (Violations{"a.b", "c"}).Error(), "violates a.b, c"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestPathRequired(t *testing.T) {
	for p := ProposalAdd; p <= ProposalGroupContextExtensions; p++ {
		optional := p == ProposalAdd || p == ProposalPSK || p == ProposalReInit // RFC 9420, Section 17.4
		if p.PathRequired() == optional {
			t.Errorf("%v requires a path: %v", p, !optional)
		}
	}
}

// TestUntracedBuild: a build without the tag spectrace records nothing, and has
// no switch that turns a check off.
func TestUntracedBuild(t *testing.T) {
	if Tracing {
		t.Skip("built with the tag spectrace")
	}
	r := &witness{}
	_ = Check(r, "a.b", false)
	Branch(r, "c", true)
	if len(r.events) != 0 {
		t.Errorf("recorded %v", r.events)
	}
}

// witness keeps what it is told.
type witness struct{ events []Event }

func (w *witness) Record(e Event) { w.events = append(w.events, e) }
