package sim

import (
	"fmt"
	"slices"
)

// Members that stay away: they are removed, and added again when they are back. And what
// else a Commit holds by the group's policies.

// retainBy tells a new client how much the policies let it keep.
func (d *driver) retainBy(c *client) {
	if keep := d.plan.Policies.Keep; keep != (Retention{}) {
		c.keeps = keep
		d.backend.Retain(c.id, keep)
	}
}

// absent tells whether a member has been offline for so long that it is removed.
func (d *driver) absent(c *client) bool {
	limit, h := d.plan.Policies.Quarantine, c.habits
	return limit > 0 && h != nil && !h.online && d.now-h.away >= limit
}

// putOut notes whom an accepted Commit has removed although nobody wanted them to leave.
func (d *driver) putOut() {
	now := d.epochs[d.service.epoch]
	for _, m := range d.epochs[d.service.epoch-1].members {
		if c := d.clients[m.Client]; !now.has(m.Client) && !slices.Contains(d.leaving, c) {
			c.evicted = true
		}
	}
}

// askBack lets a client that was removed for its absence wait to be added again. It
// returns false if that is not what the group does.
func (d *driver) askBack(c *client) (bool, error) {
	if !d.plan.Policies.Readmit || !c.evicted {
		return false, nil
	}
	c.evicted = false
	h := c.habits
	h.due, h.asked, h.updating, h.refresh, h.hold = false, false, false, Never, Never
	kp, err := d.keyPackageOf(c)
	if err != nil {
		return false, err
	}
	d.joining = append(d.joining, newcomer{c, kp})
	return true, nil
}

// seasoned adds to a Commit what the policies ask for: a new signature key, and a PSK.
func (d *driver) seasoned(c *client, in Commit) (Commit, error) {
	p, h := &d.plan.Policies, c.habits
	if p.RotateSignature > 0 && !in.NoPath {
		if h.commits++; h.commits%p.RotateSignature == 0 {
			c.keys++
			in.Signature = c.keys
		}
	}
	if p.PSK == "" || (c.epoch+1)%uint64(p.PSKEvery) != 0 {
		return in, nil
	}
	if p.PSK == PSKResumption {
		if len(in.Adds) == 0 { // newcomers have no PSK of the group's
			in.PSKs = []PSK{{Epoch: c.epoch}}
		}
		return in, nil
	}
	id := fmt.Sprintf("psk%d%s", c.epoch+1, d.at)
	if d.shared(id) == nil {
		if err := d.share(id); err != nil {
			return in, err
		}
	}
	in.PSKs = []PSK{{ID: id}}
	return in, nil
}

// The PSKs that a plan can have mixed in.
const (
	PSKExternal   = "external"   // a fresh one, that reaches all members by another way
	PSKResumption = "resumption" // that of the epoch that ends
)
