package impl

import (
	"testing"

	"mlssim/spec"
)

func TestReceive(t *testing.T) {
	if b, err := Receive(6); err != nil || b[0] != 12 {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := Receive(5); err != nil {
		t.Error(err)
	}
	if _, err := Receive(-1); spec.Violated(err) != good {
		t.Error(err)
	}
	spec.Isolated(good)
	if _, err := Receive(7); spec.Violated(err) != context {
		t.Error(err)
	}
	spec.Isolated(context)
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
