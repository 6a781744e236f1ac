// Package symbolic carries out the simulator's steps on symbols: it is
// [sim.Backend] over package model, and its adversary is the closure of
// package adversary under the rules that the model's steps follow.
//
// Secrets are terms there; here each term that a step brings into being gets a
// [sim.Name], once. Members that derive an equal term hold the secret of that
// name, and one that derived anything else would hold a secret without a name,
// which is reported as a panic: it cannot happen unless the model lets members
// of one epoch disagree.
package symbolic
