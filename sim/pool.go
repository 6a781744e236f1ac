package sim

import "slices"

// KeyPackages that members publish in advance (RFC 9420, Section 10), and what becomes
// of them: they are handed out to this group and to others, and run out.

// A pool is what the directory has of one client.
type pool struct {
	kept  []pooled // oldest first
	last  KeyPackage
	uses  int  // of last
	empty Time // since when there is none but the last; Never if there are some
}

type pooled struct {
	KeyPackage
	made Time
}

// PoolRecord counts what became of KeyPackages, over all clients.
type PoolRecord struct {
	Demanded   int  `json:"demanded"`    // by other groups
	LastResort int  `json:"last_resort"` // of those, served with one of last resort
	Reused     int  `json:"reused"`      // of those, after the first of the same KeyPackage
	Refused    int  `json:"refused"`     // and not served
	Empty      Time `json:"empty_ns"`    // time during which a pool was empty, summed over clients
	Watched    Time `json:"watched_ns"`  // time during which there was one
}

// stock lets a client publish its first KeyPackages.
func (d *driver) stock(c *client) error {
	if d.plan.KeyPackages.Size == 0 || c.pool != nil {
		return nil
	}
	c.pool = &pool{empty: Never}
	d.pools.Watched -= d.now
	return d.restock(c)
}

// restock fills a client's pool, and puts another in the place of a KeyPackage of last
// resort that was used (Section 16.8).
func (d *driver) restock(c *client) error {
	p, q := &d.plan.KeyPackages, c.pool
	d.expire(q)
	if q.empty != Never {
		d.pools.Empty += d.now - q.empty
		q.empty = Never
	}
	for len(q.kept) < p.Size {
		kp, err := d.publish(c)
		if err != nil {
			return err
		}
		q.kept = append(q.kept, pooled{kp, d.now})
	}
	if !p.LastResort || q.last != nil && q.uses == 0 {
		return nil
	}
	kp, err := d.publishBy(c, d.backend.PublishLast)
	q.last, q.uses = kp, 0
	return err
}

// renew replaces all KeyPackages of a client that has a new signature key: those that
// were signed by the old one would bring it into a group with a key that it has given up.
func (d *driver) renew(c *client) error {
	if c.pool == nil {
		return nil
	}
	c.pool.kept, c.pool.last = nil, nil
	d.drained(c.pool)
	return d.restock(c)
}

// expire drops the KeyPackages whose lifetime has ended.
func (d *driver) expire(q *pool) {
	q.kept = slices.DeleteFunc(q.kept, func(k pooled) bool { return d.now-k.made >= d.plan.KeyPackages.Lifetime })
	d.drained(q)
}

// drained notes since when a pool is empty.
func (d *driver) drained(q *pool) {
	if len(q.kept) == 0 && q.empty == Never {
		q.empty = d.now
	}
}

// take takes the oldest KeyPackage out of a pool, or nil.
func (d *driver) take(q *pool) KeyPackage {
	d.expire(q)
	if len(q.kept) == 0 {
		return nil
	}
	k := q.kept[0]
	q.kept = slices.Delete(slices.Clone(q.kept), 0, 1)
	d.drained(q)
	return k.KeyPackage
}

// keyPackageOf returns a KeyPackage by which a client can be added to this group: from
// its pool, of last resort, or fresh.
func (d *driver) keyPackageOf(c *client) (KeyPackage, error) {
	if err := d.stock(c); err != nil {
		return nil, err
	}
	if c.pool == nil {
		return d.publish(c)
	}
	if kp := d.take(c.pool); kp != nil {
		return kp, nil
	}
	if c.pool.last != nil {
		c.pool.uses++
		return c.pool.last, nil
	}
	return d.publish(c)
}

// demanded lets another group take a KeyPackage.
func (d *driver) demanded(c *client) {
	d.pools.Demanded++
	switch q := c.pool; {
	case d.take(q) != nil:
	case q.last == nil:
		d.pools.Refused++
	default:
		d.pools.LastResort++
		if q.uses++; q.uses > 1 {
			d.pools.Reused++
		}
	}
}

// poolRecord returns what became of KeyPackages until the end; nil without pools.
func (d *driver) poolRecord() *PoolRecord {
	if d.plan.KeyPackages.Size == 0 {
		return nil
	}
	r := d.pools
	for _, c := range d.clients {
		if c.pool == nil {
			continue
		}
		r.Watched += d.horizon
		if c.pool.empty != Never {
			r.Empty += d.horizon - c.pool.empty
		}
	}
	return &r
}
