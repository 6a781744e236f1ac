package tree

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// TestRestOfTheDirectPathIsBlank: a path that has a node for the root alone leaves
// none below it (RFC 9420, Section 7.5). In a tree that honest members have made
// such nodes are blank before.
func TestRestOfTheDirectPathIsBlank(t *testing.T) {
	w := newWorldOf(t, 4)
	for _, i := range w.members() {
		w.commit(i)
	}
	if w.tree.Parent(1) == nil || w.tree.Parent(5) == nil {
		t.Fatal("there is nothing to blank")
	}
	after := w.tree.withPath(0, *w.tree.Leaf(0), []step{{at: 3}}, []*ParentNode{w.tree.Parent(3)})
	if after.Parent(3) == nil || after.Parent(5) == nil {
		t.Error("the root, or what is beside the path, is blank")
	}
	if after.Parent(1) != nil {
		t.Error("the node below the root is as it was")
	}
	spec.Shows(req.PathBlank)
}
