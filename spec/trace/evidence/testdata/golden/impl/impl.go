// Package impl has one requirement of each bad kind, for the gate to find.
package impl

import (
	"errors"

	"mlssim/spec"
	"mlssim/spec/trace/evidence/testdata/golden/req"
)

// Receive returns the double of n as a byte, if nothing is wrong with n.
func Receive(n int) (_ []byte, err error) {
	defer spec.Enter(nil, "message.receive", &err)()
	if err := validate(n); err != nil {
		return nil, err
	}
	return spec.Derive(nil, req.GoldenDerived, []byte{byte(2 * n)}), nil
}

func validate(n int) error {
	if err := spec.Check(nil, req.GoldenGood, n >= 0); err != nil {
		return err
	}
	if err := spec.Check(nil, req.GoldenDecorative, n < 1000); err != nil {
		return err
	}
	spec.Check(nil, req.GoldenDropped, n%2 == 0)
	if n >= 100 {
		return errors.New("too large")
	}
	for _, one := range items {
		if err := spec.Check(nil, one.id, one.holds(n)); err != nil {
			return err
		}
	}
	return spec.Check(nil, req.GoldenContext, n != 7)
}

// items are what else a number must not be.
var items = []struct {
	id    spec.ID
	holds func(int) bool
}{
	{req.GoldenItem, func(n int) bool { return n != 42 }},
}

// Send returns the number after n, as bytes.
func Send(n int) (_ []byte, err error) {
	defer spec.Enter(nil, "message.send", &err)()
	if spec.Step(nil, req.GoldenStep) {
		n++
	}
	return encode(n), nil
}

func encode(n int) []byte {
	b := []byte{byte(n)}
	spec.Encode(nil, req.GoldenEncoded)
	if spec.SwitchedOff(req.GoldenEncoded) {
		b = append(b, 0)
	}
	return b
}
