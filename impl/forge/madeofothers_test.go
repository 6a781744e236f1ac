//go:build spectrace

package forge

import (
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// violated records which requirements were found violated.
type violated []spec.ID

func (r *violated) Record(e spec.Event) {
	if e.Kind == spec.Checked && !e.OK {
		*r = append(*r, e.Req)
	}
}

// TestRequirementsMadeOfOthers: a requirement that consists of others is decided
// when they are, and what is switched off with it is accepted.
func TestRequirementsMadeOfOthers(t *testing.T) {
	base := settled(t, suite.All()[0])
	for _, c := range []struct {
		recipe
		want []spec.ID
	}{
		{limited(adding(wrong(longLived))), []spec.ID{req.LeafLifetimeMax, req.KeyPackageLeaf, req.AddKeyPackage}},
		{adding(changed(nil, func(k *message.KeyPackage) { k.Version = 2 })), []spec.ID{req.KeyPackageVersion, req.AddKeyPackage}},
		{updated(noSuite), []spec.ID{req.LeafRequiredCapabilities, req.UpdateLeaf}},
		{releafed(noSuite), []spec.ID{req.LeafRequiredCapabilities, req.CommitLeaf}},
		{committed(Forgery{Signed: func(l *tree.LeafNode) { l.Signature = nil }}), []spec.ID{req.LeafSignature, req.CommitLeaf}},
	} {
		give := func(seen spec.Recorder) error {
			g := base.Copy(named("made of others"))
			bad, _ := c.make(g)
			g.Env.Rec = seen
			return g.Give(bad)
		}
		var seen violated
		if err := give(&seen); spec.Violated(err) != c.want[0] || !slices.Equal(seen, c.want) {
			t.Errorf("%v, saw %v, want %v", err, seen, c.want)
		}
		for _, id := range c.want {
			withoutRule(func() {
				if err := give(nil); err != nil {
					t.Errorf("with %s switched off: %v", id, err)
				}
			}, id)
		}
	}
}
