package tree

// LeafIndex counts leaves from the left: 0, 1, 2 … (RFC 9420, Section 4.1).
type LeafIndex uint32

// NodeIndex counts nodes as in RFC 9420, Appendix C: leaves are even.
type NodeIndex uint32

// Node returns the index of the leaf among all nodes (RFC 9420, Appendix C).
func (i LeafIndex) Node() NodeIndex { return NodeIndex(2 * i) }
