//go:build spectrace

package forge

import (
	"slices"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// asks are rules that are decided by asking another one.
var asks = map[spec.ID]spec.ID{req.PrivateSenderDataLeaf: req.FramingSenderMember}

// TestAlone is the cases of rules that the code stands on. Such a rule cannot be
// switched off to see whether anything else is wrong: behind it there is nothing
// that could be decided on. It is alone if no other rule was found violated on the
// way to it, and the same input without the mistake is accepted.
func TestAlone(t *testing.T) {
	base := settled(t, suite.All()[0])
	for _, c := range Catalogue() {
		if c.Then != Alone {
			continue
		}
		t.Run(c.Section+"/"+c.Name, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			var seen violated
			g := base.Copy(named(c.Section + c.Name))
			bad, good, err := c.Make(g)
			if err != nil {
				t.Fatal(err)
			}
			if good != nil {
				if err := g.Give(good); err != nil {
					t.Errorf("the control: %v", err)
				}
			}
			g.Env.Rec = &seen
			if err := g.Give(bad); spec.Violated(err) != c.Want {
				t.Fatalf("%v, want %s", err, c.Want)
			}
			others := slices.DeleteFunc(seen, func(id spec.ID) bool { return id == c.Want || id == asks[c.Want] })
			if len(others) > 0 {
				t.Fatalf("violated too: %v", others)
			}
			if good != nil {
				spec.Isolated(c.Want)
			}
		})
	}
}
