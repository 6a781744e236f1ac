package model

import (
	"cmp"

	"mlssim/spec"
)

// Env is all that a step may know or draw from outside its arguments.
type Env struct {
	Store *Store
	Step  uint64        // names what the step draws: steps that draw have each their own
	Now   uint64        // seconds since 1970 (RFC 9420, Section 7.2)
	Auth  Authenticator // Section 5.3.1; the zero value accepts all
	Rec   spec.Recorder // nil records nothing

	// PSK returns a pre-shared key that the application holds, or the empty term
	// (Section 8.4). Of resumption PSKs it is asked for those that a state has not.
	PSK func(PreSharedKeyID) Term
	// Permit tells whether the application lets a sender propose something (Sections
	// 12.1.8 and 12.2). A nil Permit lets everybody.
	Permit func(*Group, Sender, Proposal) bool
	Types  *Types // what the application adds to the protocol

	Bounds
}

// Bounds limit what a client accepts and keeps; where a zero field stands for a
// default its comment says so.
type Bounds struct {
	MaxLifetime uint64 // seconds that a leaf may be valid (Section 7.2); 0: DefaultMaxLifetime
	MaxForward  uint32 // generations that a ratchet may jump (Section 15.3); 0: DefaultMaxForward
	MaxSkipped  int    // keys of generations passed by that are kept for each ratchet, the oldest go first; 0: DefaultMaxSkipped; negative: none
	Expired     bool   // join a group some of whose leaves are outside of their lifetime (Section 7.3)
	MaxLeaves   uint32 // of a tree that a GroupInfo brings; 0: DefaultMaxLeaves

	MaxAuthenticated int // bytes of authenticated_data; 0: DefaultMaxAuthenticated
	MaxCovered       int // proposals that a Commit covers; 0: DefaultMaxCovered
	MaxPSKs          int // PSKs of a Commit or Welcome; 0: DefaultMaxPSKs
	MaxNewcomers     int // entries of a Welcome; 0: DefaultMaxNewcomers

	MaxData    int    // bytes of an application message; 0: DefaultMaxData
	MaxSent    uint64 // bytes of application data that a client sends in an epoch; 0: DefaultMaxSent
	Proposals  int    // that wait for a Commit; 0: DefaultProposals
	PastEpochs int    // kept to read late application messages
	PastPSKs   int    // epochs whose resumption_psk is kept beside the present one
}

// Defaults of Bounds.
const (
	DefaultMaxLifetime = 85 * 24 * 3600
	DefaultMaxForward  = 1000
	DefaultMaxSkipped  = 1000
	DefaultMaxLeaves   = 1 << 17
	DefaultMaxData     = 1 << 24

	DefaultMaxAuthenticated = 1 << 16
	DefaultMaxCovered       = DefaultProposals
	DefaultMaxPSKs          = 1 << 8
	DefaultMaxNewcomers     = DefaultMaxCovered

	DefaultMaxSent   = 1 << 36
	DefaultProposals = 1 << 14
)

// An Authenticator is the Authentication Service as one application sees it
// (Section 5.3.1). A nil function accepts.
type Authenticator struct {
	Valid     func(Credential, Term) bool // a credential, and the signature key it comes with
	Successor func(old, next Credential) bool
}

// vouches tells whether the Authentication Service vouches for a credential.
// Nobody does for one of a type that the client does not know.
func (e *Env) vouches(c Credential, key Term) bool {
	return e.Types.credential(c.Type) && (e.Auth.Valid == nil || e.Auth.Valid(c, key))
}

// succeeds tells whether a credential may take the place of another.
func (e *Env) succeeds(old, next Credential) bool {
	return e.Auth.Successor == nil || e.Auth.Successor(old, next)
}

// matches tells whether two credentials stand for the same client (Section 11.3).
func (e *Env) matches(old, next Credential) bool {
	if e.Auth.Successor == nil {
		return old == next
	}
	return e.Auth.Successor(old, next)
}

func (b *Bounds) maxLifetime() uint64 { return cmp.Or(b.MaxLifetime, DefaultMaxLifetime) }
func (b *Bounds) maxSkipped() int     { return max(0, cmp.Or(b.MaxSkipped, DefaultMaxSkipped)) }
func (b *Bounds) maxForward() uint32  { return cmp.Or(b.MaxForward, DefaultMaxForward) }
func (b *Bounds) maxLeaves() uint32   { return cmp.Or(b.MaxLeaves, DefaultMaxLeaves) }
func (b *Bounds) maxAuthenticated() int {
	return cmp.Or(b.MaxAuthenticated, DefaultMaxAuthenticated)
}
func (b *Bounds) maxCovered() int   { return cmp.Or(b.MaxCovered, DefaultMaxCovered) }
func (b *Bounds) maxPSKs() int      { return cmp.Or(b.MaxPSKs, DefaultMaxPSKs) }
func (b *Bounds) maxNewcomers() int { return cmp.Or(b.MaxNewcomers, DefaultMaxNewcomers) }
func (b *Bounds) maxData() int      { return cmp.Or(b.MaxData, DefaultMaxData) }
func (b *Bounds) maxSent() uint64   { return cmp.Or(b.MaxSent, DefaultMaxSent) }
func (b *Bounds) proposals() int    { return cmp.Or(b.Proposals, DefaultProposals) }

// A Rule is a requirement as a predicate on what it is decided on. It is total:
// where it has nothing to say it holds.
type Rule[C any] struct {
	Req   spec.ID
	Holds func(C) bool
}

// judge evaluates every rule of a table and returns the violated ones, in order.
func judge[C any](rec spec.Recorder, rules []Rule[C], c C) spec.Violations {
	var v spec.Violations
	for _, r := range rules {
		if spec.Check(rec, r.Req, r.Holds(c)) != nil {
			v = append(v, r.Req)
		}
	}
	return v
}

// refusal returns the violations as an error, without repetitions, or nil.
func refusal(sets ...spec.Violations) error { return spec.Refusal(sets...) }
