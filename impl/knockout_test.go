//go:build spectrace

package impl

import (
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// withoutRule runs f while a requirement is accepted whatever is decided.
func withoutRule(id spec.ID, f func()) {
	spec.Knockout(id)
	defer spec.Knockout("")
	f()
}

// refused records which requirements were found violated.
type refused []spec.ID

func (r *refused) Record(e spec.Event) {
	if e.Kind == spec.Checked && !e.OK {
		*r = append(*r, e.Req)
	}
}

// TestRequirementsMadeOfOthers: a requirement that consists of others is decided
// when they are, and what is switched off with it is accepted.
func TestRequirementsMadeOfOthers(t *testing.T) {
	base := settled(t)
	for _, c := range []struct {
		give func(*room) error
		want []spec.ID
	}{
		{adding(tooLong, nil), []spec.ID{req.LeafLifetimeMax, req.KeyPackageLeaf, req.AddKeyPackage}},
		{adding(nil, func(k *message.KeyPackage) { k.Version = 2 }), []spec.ID{req.KeyPackageVersion, req.AddKeyPackage}},
		{updated(noSuite), []spec.ID{req.LeafRequiredCapabilities, req.UpdateLeaf}},
		{releafed(noSuite), []spec.ID{req.LeafRequiredCapabilities, req.CommitLeaf}},
		{committed(forgery{signed: func(l *tree.LeafNode) { l.Signature = nil }}), []spec.ID{req.LeafSignature, req.CommitLeaf}},
	} {
		r := base.copy(t)
		var seen refused
		r.env.Rec = &seen
		if err := c.give(r); spec.Violated(err) != c.want[0] || !slices.Equal(seen, c.want) {
			t.Errorf("%v, saw %v, want %v", err, seen, c.want)
		}
		for _, id := range c.want {
			withoutRule(id, func() {
				if err := c.give(base.copy(t)); err != nil {
					t.Errorf("with %s switched off: %v", id, err)
				}
			})
		}
	}
}
