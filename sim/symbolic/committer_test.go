package symbolic

import (
	"testing"

	"mlssim/model"
	"mlssim/sim"
)

// Of those who can be asked, one commits who has most blank nodes above its leaf; that
// is not always the one at the lowest leaf.
func TestCommitterBelowMostBlanks(t *testing.T) {
	p := small()
	p.Members, p.Horizon, p.Policies.Update, p.Policies.Committer = 12, 20*day, 0, sim.CommitterTree
	p.Churn = sim.Churn{Joins: 1, Leaves: 1}
	r, b := played(t, p)
	asked, above := 0, 0
	for i, e := range r.Epochs[1:] {
		if e.Start == 0 || e.Removes > 0 { // who is to leave cannot be asked
			continue
		}
		tree := b.groups[r.Epochs[i].Step].Tree
		most, own, lowest := -1, -1, -1
		for leaf, node := range tree.Leaves() {
			blanks := 0
			for _, x := range tree.DirectPath(model.LeafIndex(leaf)) {
				if tree[x].Blank() {
					blanks++
				}
			}
			if most = max(most, blanks); lowest < 0 {
				lowest = blanks
			}
			if clientOf(node.Credential) == e.Committer {
				own = blanks
			}
		}
		if asked++; own != most {
			t.Errorf("epoch %d: the committer has %d blanks above it, another one %d", e.Epoch, own, most)
		}
		if own > lowest {
			above++
		}
	}
	if asked < 10 || above < 3 {
		t.Errorf("%d were asked, %d of them not below the fewest blanks", asked, above)
	}
}
