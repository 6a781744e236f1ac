// Package impl has one requirement of each bad kind, for the gate to find.
package impl

import (
	"errors"

	"mlssim/spec"
)

const (
	good       spec.ID = "golden.good"
	decorative spec.ID = "golden.decorative"
	context    spec.ID = "golden.context"
	dropped    spec.ID = "golden.dropped"
	derived    spec.ID = "golden.derived"
)

// Receive returns the double of n as a byte, if nothing is wrong with n.
func Receive(n int) (_ []byte, err error) {
	defer spec.Enter(nil, "message.receive", &err)()
	if err := validate(n); err != nil {
		return nil, err
	}
	return spec.Derive(nil, derived, []byte{byte(2 * n)}), nil
}

func validate(n int) error {
	if err := spec.Check(nil, good, n >= 0); err != nil {
		return err
	}
	if err := spec.Check(nil, decorative, n < 1000); err != nil {
		return err
	}
	spec.Check(nil, dropped, n%2 == 0)
	if n >= 100 {
		return errors.New("too large")
	}
	return spec.Check(nil, context, n != 7)
}
