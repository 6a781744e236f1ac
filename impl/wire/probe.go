package wire

import (
	"slices"

	"mlssim/spec"
)

// begun is what a traced build knows of a decoding: which structures there were, and
// which of them came last.
type begun struct {
	all  []spec.ID
	last spec.ID
}

// Is says which requirement describes the structure whose fields follow. In a
// traced build it is seen whether the structure is written or read, and one whose
// requirement is switched off has a byte in front of it that does not belong there.
func (c *Coder) Is(id spec.ID) {
	if !spec.Tracing || c.err != nil || c.mode == counting {
		return
	}
	if c.mode == decoding {
		c.begun.last = id
		if !slices.Contains(c.begun.all, id) {
			c.begun.all = append(c.begun.all, id)
		}
	} else if c.mode == writing {
		spec.Encode(nil, id)
	}
	if spec.SwitchedOff(id) {
		var stray uint8
		Uint8(c, &stray)
	}
}

// decoded says what was read: every structure that was begun, or if an error came
// between, that the last of them was not.
func (c *Coder) decoded() {
	if !spec.Tracing || c.begun.last == "" {
		return
	}
	if c.err != nil {
		spec.Decode(nil, c.begun.last, false)
		return
	}
	for _, id := range c.begun.all {
		spec.Decode(nil, id, true)
	}
}
