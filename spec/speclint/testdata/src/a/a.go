// Package a is what the linter finds fault with, and what it does not.
package a // RFC 9420, Section 12.4.3.1

import (
	"errors"
	"fmt"

	"mlssim/spec"
	"mlssim/spec/req"
)

const own spec.ID = "own" // want `"own" is no constant of spec/req`

type rule struct {
	id    spec.ID
	holds func(int) bool
}

var rules = []rule{
	{req.ListReinitAlone, nil}, // Section 12.2
	{req.TreeParentHash, nil},  // Section 7.9
	{req.LeafLifetimeNow, nil}, /* want `leaf.lifetime.now is in Section 7.3, and not in 12.2` */ // Section 12.2
	{"misspelt", nil},          // want `"misspelt" is no constant of spec/req`
}

func decide(n int) error {
	spec.Check(nil, req.ListReinitAlone, n > 0)     // want `the result of spec.Check is dropped`
	_ = spec.Holds(nil, req.ListReinitAlone, n > 0) // want `the result of spec.Holds is dropped`
	spec.Derive(nil, req.ListReinitAlone, []byte{}) // want `the result of spec.Derive is dropped`
	spec.Branch(nil, req.ListReinitAlone, n > 0)
	for _, r := range rules {
		if err := spec.Check(nil, r.id, r.holds(n)); err != nil {
			return err
		}
	}
	if err := spec.Check(nil, own, n > 1); err != nil { // want `"own" is no constant of spec/req`
		return err
	}
	return spec.Check(nil, "literal", n > 2) // want `"literal" is no constant of spec/req`
}

func validate(n int) error {
	if n > 0 {
		return errors.New("anonymous") // want `validate refuses without a requirement`
	}
	if n < -9 {
		return fmt.Errorf("number %d", n) // want `validate refuses without a requirement`
	}
	if n < -5 {
		//spec:extra our own bound
		return errors.New("too small")
	}
	if n < -4 {
		return errors.New("without a reason") /* want `validate refuses without a requirement` */ //spec:extra
	}
	if err := decide(n); err != nil {
		return fmt.Errorf("number %d: %w", n, err)
	}
	return nil
}

// checkFormat is of no RFC (RFC 5280, Section 99.1), RFC 8410, Section 98, and not of
// RFC 9420, Sections 5.3 and 7.3.
//
//spec:extra a format of our own
func checkFormat() error { return errors.New("never") }

// Section 12.9 does not exist, nor does Section 7.99. // want `RFC 9420 has no Section 12.9` `RFC 9420 has no Section 7.99`
func make() error { return errors.New("this function validates nothing") }
