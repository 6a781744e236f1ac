package model

import (
	"slices"

	"mlssim/spec"
)

// Env is all that a step may know or draw from outside its arguments.
type Env struct {
	Store       *Store
	Step        uint64        // names what the step draws: steps that draw have each their own
	Now         uint64        // seconds since 1970 (RFC 9420, Section 7.2)
	MaxLifetime uint64        // seconds that a leaf may be valid (Section 7.2); 0: DefaultMaxLifetime
	MaxForward  uint32        // generations that a ratchet may jump (Section 15.3); 0: DefaultMaxForward
	Auth        Authenticator // Section 5.3.1; the zero value accepts all
	Rec         spec.Recorder // nil records nothing
}

// Defaults of Env.
const (
	DefaultMaxLifetime = 85 * 24 * 3600
	DefaultMaxForward  = 1000
)

// An Authenticator is the Authentication Service as one application sees it
// (Section 5.3.1). A nil function accepts.
type Authenticator struct {
	Valid     func(Credential, Term) bool // a credential, and the signature key it comes with
	Successor func(old, next Credential) bool
}

func (e *Env) maxLifetime() uint64 {
	if e.MaxLifetime == 0 {
		return DefaultMaxLifetime
	}
	return e.MaxLifetime
}

func (e *Env) maxForward() uint32 {
	if e.MaxForward == 0 {
		return DefaultMaxForward
	}
	return e.MaxForward
}

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
func refusal(sets ...spec.Violations) error {
	var all spec.Violations
	for _, id := range slices.Concat(sets...) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	if all == nil {
		return nil
	}
	return all
}
