package impl

import (
	"maps"
	"slices"
	"testing"

	"mlssim/spec"
)

// A limit is a field of Bounds and what runs into it. use sets the bound of the
// receiver, or of whom it is for, and does as much as the bound allows, or so much
// more.
type limit struct {
	want spec.ID // what more is refused for
	use  func(r *room, more int) error
}

// A use is something else that runs into a bound, as in a limit.
type use struct {
	name string
	limit
}

// few stands for a bound in tests.
const few = 2

// limits returns all Bounds, by their names in docs/bounds.md.
func limits() map[string]limit {
	all := map[string]limit{}
	for _, some := range []map[string]limit{messageLimits, commitLimits, groupLimits} {
		maps.Copy(all, some)
	}
	return all
}

// unbounded is the surroundings of one who has other Bounds.
func (r *room) unbounded() *Env {
	env := *r.env
	env.Bounds = Bounds{}
	return &env
}

// TestBounds goes up to each bound, and one further.
func TestBounds(t *testing.T) {
	base := settled(t)
	for name, l := range limits() {
		t.Run(name, func(t *testing.T) {
			if err := l.use(base.copy(t), 0); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			if err := l.use(base.copy(t), 1); spec.Violated(err) != l.want {
				t.Errorf("beyond the bound: %v, want %s", err, l.want)
			}
		})
	}
}

// TestBoundsEverywhere: who decodes without Parse, receives a PrivateMessage or
// follows the group runs into the same bounds; and nobody sends what is beyond them.
func TestBoundsEverywhere(t *testing.T) {
	base := settled(t)
	for _, c := range slices.Concat(messageUses, commitUses) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.use(base.copy(t), 0); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			if err := c.use(base.copy(t), 1); spec.Violated(err) != c.want {
				t.Errorf("beyond the bound: %v, want %s", err, c.want)
			}
		})
	}
}
