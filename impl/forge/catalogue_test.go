package forge

import (
	"math/rand/v2"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// named returns a source of randomness that is that of a name.
func named(name string) *rand.ChaCha8 {
	var seed [32]byte
	copy(seed[:], suite.All()[0].Hash([]byte(name)))
	return rand.NewChaCha8(seed)
}

func settled(t testing.TB, s *suite.Suite) *Group {
	t.Helper()
	g, err := Settle(named(t.Name()), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRefusals gives each input of the catalogue to a client, and expects the
// requirement; and its control, which is accepted. In a build with the tag
// spectrace it does so again with the rule switched off, which shows that nothing
// else was wrong with the input.
func TestRefusals(t *testing.T) {
	base := settled(t, suite.All()[0])
	controls := 0
	for _, c := range Catalogue() {
		t.Run(c.Section+"/"+c.Name, func(t *testing.T) {
			bad, good := refused(t, base, &c)
			if spec.Violated(bad) != c.Want {
				t.Errorf("%v, want %s", bad, c.Want)
			}
			if good != nil {
				t.Errorf("the control: %v", good)
			}
			if c.Then == Alone {
				return
			}
			withoutRule(c.Want, func() { bad, _ = refused(t, base, &c) })
			if spec.Tracing && (spec.Violated(bad) != c.Then || (c.Then == "") != (bad == nil)) {
				t.Errorf("with %s switched off: %v, want %q", c.Want, bad, c.Then)
			}
			controls++
		})
	}
	t.Logf("rules switched off: %v", spec.Tracing)
}

// refused makes a case in a copy of the group, and returns what came of the input
// and of the control.
func refused(t *testing.T, base *Group, c *Case) (bad, good error) {
	t.Helper()
	g := base.Copy(named(c.Section + c.Name))
	in, control, err := c.Make(g)
	if err != nil {
		t.Fatal(err)
	}
	if control != nil {
		good = g.Give(control)
	}
	return g.Give(in), good
}
