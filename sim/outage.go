package sim

import "slices"

// What the delivery service does not deliver: messages that are lost, members that are cut
// off from it for a time, and members whose handshake messages it drops.

// A Partition cuts members off from the delivery service.
type Partition struct {
	From    Time     `json:"from_ns"`
	For     Time     `json:"for_ns"`
	Members []string `json:"members,omitempty"`
	Domain  int      `json:"domain,omitempty"` // or all those of a domain, from 1; 0 for none
	// Way is what does not get through, as the constants below; empty for both. With Drop,
	// handshake messages that they send are not delivered later either.
	Way  string `json:"way,omitempty"`
	Drop bool   `json:"drop,omitempty"`
}

// What a partition holds up, beside everything.
const (
	WayIn  = "in"  // what is for those who are cut off
	WayOut = "out" // what they send
)

// holds tells whether a partition holds up what goes this way at a time.
func (p *Partition) holds(way string, at Time) bool {
	return (p.Way == "" || p.Way == way) && p.From <= at && at < p.From+p.For
}

// domainOf returns the domain of a member: they take turns. 0 if there are none.
func (d *driver) domainOf(c *client) int {
	if d.plan.Network.Domains == 0 {
		return 0
	}
	return int(c.id)%d.plan.Network.Domains + 1
}

// cutOff returns until when nothing goes this way between a client and the delivery
// service; Never if it does. If the hub is out, nothing goes anywhere.
func (d *driver) cutOff(c *client, way string) Time {
	until := Never
	if d.eventual() {
		return until // nobody is cut off from all others
	}
	for _, p := range d.plan.Network.Partitions {
		if d.meant(&p, c) && p.holds(way, d.now) {
			until = max(until, p.From+p.For)
		}
	}
	return until
}

// meant tells whether a partition cuts a client off.
func (d *driver) meant(p *Partition, c *client) bool {
	return slices.Contains(p.Members, c.name) || p.Domain > 0 && (p.Domain == d.domainOf(c) || p.Domain == d.plan.Network.Hub)
}

// reaches tells whether a client is online, and not cut off.
func (d *driver) reaches(c *client) bool {
	return c.habits != nil && c.habits.online && d.cutOff(c, WayIn) == Never
}

// plantPartitions lets those who were cut off read the log at the end of that.
func (d *driver) plantPartitions() {
	for _, p := range d.plan.Network.Partitions {
		if d.eventual() {
			return
		}
		d.push(event{at: p.From + p.For, kind: evReconnect})
	}
}

// lossy draws whom an application message reaches. Handshake messages are sent again
// until they do.
func (d *driver) lossy(e entry) entry {
	p := d.plan.Network.Loss
	if p <= 0 || e.kind != isApplication {
		return e
	}
	purpose := "loss"
	if e.again {
		purpose = "second loss"
	}
	s := d.seed.Stream(purpose, ClientID(e.step))
	e.to = []*client{}
	for _, c := range d.clients {
		switch {
		case c == e.author || s.Float64() >= p:
			e.to = append(e.to, c)
		case c.machine != nil && c.epoch == e.epoch && !e.again:
			d.lost++
		}
	}
	return e
}

// suppressed tells whether the delivery service drops a message: a handshake message of
// one that was robbed, if it is in league with the thief (RFC 9420, Section 16.9), or of
// one whose messages it is to drop.
func (d *driver) suppressed(e entry) bool {
	for _, p := range d.plan.Network.Partitions {
		if p.Drop && e.kind != isApplication && d.meant(&p, e.author) && p.holds(WayOut, d.now) {
			return true
		}
	}
	return d.plan.Adversary.Suppress && e.author.robbed && e.kind != isApplication
}

// rob carries out a theft at a random time.
func (d *driver) rob(c *client) error {
	p := &d.plan.Adversary
	if p.Seize && c.habits.online {
		return nil // it looks for devices that lie about
	}
	if p.Stay > 0 && len(c.live) > 0 {
		c.robbed = true
		return nil // it is there already
	}
	return d.steal(c, p.Only, p.Stay)
}

// steal takes what is on a device, once or for some time. It counts as a compromise in
// each group that the device is in.
func (d *driver) steal(c *client, only []string, stay Time) error {
	c.robbed = true
	d.stand(c)
	err := d.inRooms(c, func() error {
		if stay <= 0 {
			_, err := d.snapshot(c, only)
			return err
		}
		t, err := d.watch(c, only, d.now+stay)
		if t != nil {
			d.watches = append(d.watches, t)
			d.push(event{at: d.now + stay, kind: evReturn, number: uint32(len(d.watches) - 1)})
		}
		return err
	})
	if stay <= 0 {
		d.alarm(c)
	}
	return err
}
