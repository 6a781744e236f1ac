package impl

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace/evidence/testdata/golden/req"
)

func TestReceive(t *testing.T) {
	if b, err := Receive(6); err != nil || b[0] != 12 {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := Receive(5); err != nil {
		t.Error(err)
	}
	if _, err := Receive(-1); spec.Violated(err) != req.GoldenGood {
		t.Error(err)
	}
	spec.Isolated(req.GoldenGood)
	if _, err := Receive(7); spec.Violated(err) != req.GoldenContext {
		t.Error(err)
	}
	spec.Isolated(req.GoldenContext)
	if _, err := Receive(42); spec.Violated(err) != req.GoldenItem {
		t.Error(err)
	}
	spec.Isolated(req.GoldenItem)
}

func TestSend(t *testing.T) {
	if b, err := Send(4); err != nil || len(b) != 1 || b[0] != 5 {
		t.Errorf("%v, %v", b, err)
	}
}

// TestParts has a part that fails by itself, whatever is switched off.
func TestParts(t *testing.T) {
	ran := 0
	for _, part := range []string{"one", "two"} {
		t.Run(part, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			if _, err := Receive(2000); err == nil {
				t.Error("accepted")
			}
			ran++
		})
	}
	if ran != 2 {
		t.Error("not all parts")
	}
}

// TestSloppy is content with any error.
func TestSloppy(t *testing.T) {
	if _, err := Receive(2000); err == nil {
		t.Error("accepted")
	}
}

// TestFails is no evidence: it passes in a build that is not traced alone.
func TestFails(t *testing.T) {
	Receive(8)
	if spec.Tracing {
		t.Error("on purpose")
	}
}

func TestSkipped(t *testing.T) {
	Receive(10)
	t.Skip("on purpose")
}
