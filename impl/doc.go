// Package impl is RFC 9420 as an implementation: values in, values out. A step
// takes a state and gives another; the old one stays valid, and nothing but
// [Env] reaches a step from outside.
//
// # Three states, one in the other
//
// What everybody may know of an epoch is a [PublicGroup], what its members share
// is an [Epoch], what one of them has alone is a [Member]: each contains the one
// before. None is ever changed. To keep an old state is to keep the keys in it, and
// to send from it twice is to use a key twice (RFC 9420, Sections 9.1 and 9.2): go
// on with the state that a step returns, and drop the one that it was given.
//
// # Beginning
//
// A client is an [Identity], made by [NewIdentity], or by hand for credentials of
// another kind. It publishes KeyPackages ([NewKeyPackage]), begins a group
// ([Create]), is invited to one ([Join]), or invites itself ([JoinExternal]). A
// group may come from another ([Member.Branch], [Member.Reinitialize]).
//
// # Going on
//
// Members propose ([Member.ProposeAdd], [Member.ProposeUpdate],
// [Member.ProposeRemove], [Member.ProposePSK] and their like), and so do others
// ([PublicGroup.ProposeJoin], [PublicGroup.ProposeExternal]). One member commits
// ([Member.Commit]), and gets two states: that to go on with if another's Commit
// was first, and the [Staged] one. Application data goes out by [Member.Send].
// What comes in, of whatever kind, goes to [Member.Receive].
//
// # Following
//
// A delivery service has no secret and can do more than pass bytes on: it follows a
// group from a GroupInfo ([Follow]), authenticates messages
// ([PublicGroup.VerifyPublic]), caches proposals ([PublicGroup.Cache]) and applies
// Commits ([PublicGroup.Apply]), with all the checks that need no secret.
//
// # Refusals
//
// What RFC 9420 forbids is refused, sent or received, with a [spec.Violation] that
// names the requirement: [spec.Violated] returns its id, docs/validation.md lists
// all of them. Beside these, errors are such that the caller acts on:
// [spec.ErrEpoch], [spec.ErrOwn], [spec.ErrRemoved], [spec.ErrMissing]. What is
// refused changes nothing and uses up nothing.
//
// # Writing down
//
// States are written as one byte string and read back: [Member.Encode],
// [DecodeMember] and their like. A [Checkpoint] holds all that a client must have
// written before a message of it leaves.
//
// # Choices of the application
//
// [Env] holds them: randomness and time, the Authentication Service, PSKs, who may
// propose what, padding, GREASE, [Types] for extensions, proposals and credentials
// of its own, and [Bounds] on what others may ask of it.
package impl
