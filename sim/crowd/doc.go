// Package crowd is TreeKEM in integers: the ratchet tree of RFC 9420 as numbers of
// epochs, what a Commit costs, and what an adversary knows who takes the state of
// members. It has no terms, no bytes and no keys, and no member has a state of its
// own: what a member holds follows from the public history and from the epoch in
// which its device was last online. So a group may have millions of members.
//
// It knows one group with Updates, Adds, Removes and Commits, in one order that all
// see. There are no PSKs, forks, external Commits, application messages or active
// attacks: for these, and as the reference for what is here, there is the model.
package crowd
