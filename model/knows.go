package model

import "slices"

// RFC 9420, Section 4.2: which private keys a member holds.

// A Key is the private key of a node.
type Key struct {
	Node    NodeIndex
	Private Term
}

// Keys are the private keys that a member holds, its own leaf's first, then
// those of nodes above it from the lowest up.
type Keys []Key

// Of returns the private key of a node, if it is held.
func (k Keys) Of(x NodeIndex) (Term, bool) {
	for _, key := range k {
		if key.Node == x {
			return key.Private, true
		}
	}
	return 0, false
}

// knows returns the keys of the tree that the member at leaf i holds, if it has
// come by the candidates. Whatever else it has come by is to be deleted: nodes
// that were blanked or replaced have no use for it (Section 7.5).
func knows(s *Store, t Tree, i LeafIndex, candidates ...Key) Keys {
	var held Keys
	for _, x := range append([]NodeIndex{i.Node()}, t.DirectPath(i)...) {
		at := slices.IndexFunc(candidates, func(k Key) bool {
			return k.Node == x && s.Public(k.Private) == t[x].Key()
		})
		if at >= 0 {
			held = append(held, candidates[at])
		}
	}
	return held
}
