package req

import "mlssim/spec"

const (
	LeafLifetimeNow spec.ID = "leaf.lifetime.now"
	ListReinitAlone spec.ID = "list.reinit.alone"
	TreeParentHash  spec.ID = "tree.parent_hash"
)
