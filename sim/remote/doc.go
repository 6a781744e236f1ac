// Package remote lets clients that serve the official gRPC interface of MLS live
// through histories in which anything happens that RFC 9420 speaks of, and finds
// out what they do that they should not.
//
// It is no [mlssim/sim.Backend]: the interface has no call that gives secrets away
// or copies a state, and half of what a history is to have, such as messages that
// were changed on their way, is no input of the simulator's. A history is a
// [Script] of its own instead. Some of its members live on the clients under test,
// some on this project's implementation, behind the same interface, and a third
// time all of them live in the model, which is the judge: of each step it says
// whether a client has to carry it out or to refuse it, and for which requirement.
// Where two members agree in the model they have to agree in bytes, on
// epoch_authenticators and on what they export; where they do not, they must not.
//
// What a client is found to do is a [Difference], and its script is made as short
// as it can be.
package remote
