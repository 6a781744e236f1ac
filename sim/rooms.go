package sim

import (
	"fmt"
	"slices"
)

// Several groups whose members share devices. A device comes online in all of them at
// once, is robbed in all of them, and otherwise does in each what its habits say.

// Groups says how many groups there are, and who is in which.
type Groups struct {
	Number int    `json:"number,omitempty"` // 0 or 1: one, of all members
	Size   int    `json:"size,omitempty"`   // how many members each has at the start; 0: all
	Spread string `json:"spread,omitempty"` // who that is: a constant below
}

// The ways in which members can be spread over groups.
const (
	SpreadEven   = "even"   // in turn, so that all are in as many groups, or in one more
	SpreadRandom = "random" // drawn, for each group anew
)

// A room is what the driver keeps of one group.
type room struct {
	of     *group
	number int
	roster []int     // who is in it at the start, by number of the client
	habits []*habits // by client; those of the present room are in the clients

	flight    []entry // messages between client and delivery service, by event number
	delivered int     // entries of the log that those who are online have seen

	joining  []newcomer // wait for a Commit that adds them
	leaving  []*client  // wait for a Commit by another that removes them
	overdue  bool       // proposals of this epoch have waited long enough
	proposed int        // in this epoch
	chosen   *client    // who was last asked to commit for the group
	choice   *Stream    // draws who is asked
	churn    *Stream
	joins    *Stream
}

// openRooms makes the groups that the plan asks for, and decides who is in which. All
// but the first are carried out as branches are.
func (d *driver) openRooms() {
	d.service.blind = d.plan.Network.Service == ServiceSequencer
	d.trunk = d.group
	d.room = d.newRoom("")
	for i := 1; i < d.plan.Groups.Number; i++ {
		d.several = true
		b := &branch{name: fmt.Sprintf("G%d", i+1), apart: true, group: &group{service: delivery{blind: d.service.blind}}}
		d.branches = append(d.branches, b)
		d.newRoom(b.name).of = b.group
	}
}

func (d *driver) newRoom(name string) *room {
	s := func(purpose string) *Stream { return d.seed.Stream(purpose+name, 0) }
	r := &room{of: d.group, number: len(d.rooms), choice: s("choice"), churn: s("leaves"), joins: s("joins")}
	r.roster = d.plan.rosterOf(r.number, s("roster"))
	d.rooms = append(d.rooms, r)
	return r
}

// rosterOf returns who is in a group at the start, in order.
func (p *Plan) rosterOf(number int, s *Stream) []int {
	size := p.Groups.Size
	if size == 0 {
		size = p.Members
	}
	all := make([]int, p.Members)
	for i := range all {
		all[i] = (i + number*size) % p.Members
	}
	if p.Groups.Spread == SpreadRandom {
		for i := range size {
			j := i + s.IntN(p.Members-i)
			all[i], all[j] = all[j], all[i]
		}
	}
	all = all[:size]
	slices.Sort(all)
	return all
}

// first tells whether this is the room of the first group.
func (r *room) first() bool { return r.number == 0 }

// push lets an event happen in the present group.
func (d *driver) push(e event) {
	e.room = uint16(d.number)
	d.queue.push(e)
}

// numbered returns a client by its number, from 0; it makes those that are not there.
func (d *driver) numbered(i int) *client {
	for len(d.clients) <= i {
		d.newMember()
	}
	return d.clients[i]
}

// enterRoom lets what follows happen in a group.
func (d *driver) enterRoom(r *room) {
	if r == d.room {
		return
	}
	d.habits = d.habits[:0]
	for _, c := range d.clients {
		d.habits = append(d.habits, c.habits)
	}
	d.room = r
	d.at = ""
	if !r.first() {
		d.at = d.branches[r.number-1].name
	}
	d.enterGroup(r.of)
	for i, c := range d.clients {
		c.habits = nil
		if i < len(r.habits) {
			c.habits = r.habits[i]
		}
	}
}

// has tells whether a client is in the group of a room, or invited.
func (r *room) has(c *client) bool {
	return int(c.id) < len(r.of.seats) && (r.of.seats[c.id].machine != nil || r.of.seats[c.id].welcome != nil)
}

// inRooms carries something out in each group that a client is in, or in the present
// one if it is in none.
func (d *driver) inRooms(c *client, carry func() error) error {
	if in := slices.ContainsFunc(d.rooms, func(r *room) bool { return r.has(c) }); d.room.has(c) || !in {
		if err := carry(); err != nil {
			return err
		}
	}
	return d.inOthers(c, carry)
}

// inOthers carries something out in the groups that a client is in, but for the present
// one.
func (d *driver) inOthers(c *client, carry func() error) error {
	here := d.room
	for _, r := range d.rooms {
		if r == here || !r.has(c) {
			continue
		}
		d.enterRoom(r)
		if err := carry(); err != nil {
			return err
		}
	}
	d.enterRoom(here)
	return nil
}

// isHome tells whether the device of a client comes online in the present group.
func (d *driver) isHome(c *client) bool { return c.home == nil || c.home == d.room }

// times tells whether a client's key of the present group has a time of its own: not if
// it is replaced together with that of the device's home.
func (d *driver) times(c *client) bool { return d.isHome(c) || !d.plan.Policies.AllGroups }

// moveIn lets a client be online in the present group whenever its device is.
func (d *driver) moveIn(c *client) {
	h := c.habits
	if !d.isHome(c) {
		h.online = c.home.habits[c.id].online
		return
	}
	c.home = d.room
	h.presence, h.thief = d.seed.Stream("presence", c.id), d.seed.Stream("thief", c.id)
	d.setPresence(c, h.presence.Float64() < c.class.availability(), true)
}

// moveOut ends the habits of one who has left the present group. If it is in another,
// its device comes online there from now on; else it has nothing to do or to lose.
func (d *driver) moveOut(c *client) {
	old := *c.habits
	*c.habits = habits{speak: Never, refresh: Never, theft: Never, toggle: Never, hold: Never, alarm: Never, sleeping: Never,
		restock: Never, demand: Never, wake: old.wake + 1}
	if !d.isHome(c) {
		return
	}
	left := d.room
	_ = d.inOthers(c, func() error { // nothing fails there
		if h := c.habits; h != nil && c.home == left {
			c.home = d.room
			h.toggle, h.theft, h.restock, h.demand = old.toggle, old.theft, old.restock, old.demand
			h.presence, h.thief, h.directory = old.presence, old.thief, old.directory
			if d.plan.Policies.AllGroups {
				h.refresh = old.refresh
			}
			d.sleep(c)
		}
		return nil
	})
}

// turnOthers lets a device come online or go offline in its other groups as well.
func (d *driver) turnOthers(c *client, online bool) error {
	return d.inOthers(c, func() error {
		if c.habits == nil {
			return nil
		}
		c.habits.online = online
		if err := d.turned(c); err != nil {
			return err
		}
		if err := d.act(c); err != nil {
			return err
		}
		return d.call()
	})
}

// dueElsewhere lets a device replace its keys in all of its groups at once, if that is
// the policy.
func (d *driver) dueElsewhere(c *client) error {
	h := c.habits
	if !h.due || h.spread || !d.plan.Policies.AllGroups {
		return nil
	}
	h.spread = true
	return d.inOthers(c, func() error {
		o := c.habits
		if o == nil {
			return nil
		}
		o.due, o.spread = true, true
		if err := d.act(c); err != nil {
			return err
		}
		return d.call()
	})
}
