package req

import "mlssim/spec"

// About is what the registry says of a requirement, for those who read an id and
// have no registry at hand.
type About struct {
	Section string // of RFC 9420
	Text    string // what has to hold, in our words
}

// Of returns what the registry says of a requirement, and whether there is one of
// this id.
func Of(id spec.ID) (About, bool) {
	a, ok := abouts[id]
	return a, ok
}
