// Package tree is the ratchet tree of RFC 9420: Sections 4 and 7, the
// ratchet_tree extension of Section 12.4.3.3, and Appendices C and D.
//
// A [Tree] is an immutable value. Nodes are linked, and versions of a tree share
// all that they have in common. What a member keeps to itself is a [Keyring];
// nothing else in this package outlives the step that made it and holds a secret.
package tree
