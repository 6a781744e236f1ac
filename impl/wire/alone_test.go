//go:build spectrace

package wire

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// claims is a structure that begins with the length of a vector.
type claims struct{ n int }

func (v *claims) Wire(c *Coder) { c.length(v.n) }

// TestAloneInBytes: what is as long as may be is accepted, one more is refused, and
// accepted with the rule switched off.
func TestAloneInBytes(t *testing.T) {
	const some = Slack / (24 - Factor) // elements that are let through
	for _, c := range []struct {
		req spec.ID
		try func(more int) error
	}{
		{req.WireMemory, func(more int) error { return Decode(emptiesOf(some*9/10+more*some), new(empties)) }},
		{req.WireVectorOverflow, func(more int) error {
			_, err := Size(&claims{MaxVector + more})
			return err
		}},
	} {
		t.Run(string(c.req), func(t *testing.T) {
			defer spec.Witness(t.Name())()
			if err := c.try(0); err != nil {
				t.Errorf("the control: %v", err)
			}
			if err := c.try(1); spec.Violated(err) != c.req {
				t.Errorf("%v, want %s", err, c.req)
			}
			spec.Knockout(c.req)
			err := c.try(1)
			spec.Knockout()
			if err != nil {
				t.Fatalf("switched off: %v", err)
			}
			spec.Isolated(c.req)
		})
	}
}
