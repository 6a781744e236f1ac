package sim

import (
	"errors"
	"fmt"

	"mlssim/spec"
)

// Errors that are the protocol's, and others.

// failed explains an error that no member should ever meet.
func (w *world) failed(c *client, what string, step StepID, err error) error {
	if m, ok := errors.AsType[*Mismatch](err); ok {
		return m
	}
	return fmt.Errorf("%s in epoch %d: %s of step %d: %w", c.name, c.epoch, what, step, err)
}

// refused tells whether err is a refusal by the protocol.
func refused(err error) bool {
	_, many := errors.AsType[spec.Violations](err)
	return many || spec.Violated(err) != "" || sentinel(err) != nil
}

// sentinel returns which of spec's sentinels err is or wraps, or nil.
func sentinel(err error) error {
	for _, s := range [...]error{spec.ErrEpoch, spec.ErrRemoved, spec.ErrMissing, spec.ErrOwn} {
		if errors.Is(err, s) {
			return s
		}
	}
	return nil
}
