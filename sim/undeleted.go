package sim

import (
	"fmt"
	"slices"
)

// The rows of the deletion schedule (RFC 9420, Sections 7.5, 9.2, 12.4.2 and 16.8), each of which a device can be told to leave out.

// A deletion is a row: what a device is to delete, as it loses it out of its state or
// uses it up.
type deletion struct {
	name string
	lost []Part // parts of the state
	used []Kind
	gone bool // all parts, when a member leaves its group; the others speak of members that stay
}

var deletions = []deletion{
	{name: "paths", used: []Kind{PathSecret}},
	{name: "replaced", lost: []Part{PartLeaf, PartNode}},
	{name: "init", lost: []Part{PartInit}},
	{name: "schedule", used: []Kind{CommitSecret, ExternalInitSecret, PSKSecret, JoinerSecret, MemberSecret, WelcomeSecret, EpochSecret}},
	{name: "tree", used: []Kind{EncryptionSecret, TreeSecret}},
	{name: "ratchets", used: []Kind{HandshakeRatchet, ApplicationRatchet}},
	{name: "keys", used: []Kind{HandshakeKey, ApplicationKey}},
	{name: "epochs", lost: []Part{PartEnc, PartEpoch, PartRes}},
	{name: "initkeys", used: []Kind{InitKey}},
	{name: "removal", gone: true},
}

// Deletions names the rows of the deletion schedule that a device can leave out.
func Deletions() []string {
	var names []string
	for _, d := range deletions {
		names = append(names, d.name)
	}
	return names
}

// An attic is what a device has kept that the deletion schedule has it delete.
type attic struct {
	rows []deletion
	kept []Held
	last []Held // what it held when last looked at
}

// leaveUndeleted lets a device leave out rows of the deletion schedule from now on.
func (w *world) leaveUndeleted(c *client, names []string) error {
	if c.attic == nil {
		c.attic = &attic{last: w.onDevice(c, false)}
	}
	for _, name := range names {
		i := slices.IndexFunc(deletions, func(d deletion) bool { return d.name == name })
		if i < 0 {
			return fmt.Errorf("the deletion schedule has no row %q", name)
		}
		c.attic.rows = append(c.attic.rows, deletions[i])
	}
	return nil
}

// putAway is called after each step of a client, with what the step has used up.
func (w *world) putAway(c *client, consumed []Name) {
	a := c.attic
	if a == nil {
		return
	}
	now := w.onDevice(c, false)
	for _, h := range a.last {
		if !slices.ContainsFunc(now, func(n Held) bool { return n.Name == h.Name }) {
			a.keep(h, func(d deletion) bool {
				return d.gone && c.machine == nil || c.machine != nil && slices.Contains(d.lost, h.Part)
			})
		}
	}
	for _, n := range consumed {
		a.keep(Held{Name: n}, func(d deletion) bool { return slices.Contains(d.used, n.Kind) })
	}
	a.last = now
}

// keep keeps a secret if a row that is left out asks for its deletion.
func (a *attic) keep(h Held, asked func(deletion) bool) {
	if slices.ContainsFunc(a.rows, asked) && !slices.Contains(a.kept, h) {
		a.kept = append(a.kept, h)
	}
}
