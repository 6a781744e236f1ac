package sim

import "slices"

// Units of rates in a plan, in nanoseconds.
const (
	day  = 24 * 3600 * 1e9
	year = 365 * day
)

// habits is what a member does when, drawn from streams of its own: one for each
// purpose, so that no habit disturbs another.
type habits struct {
	online  bool
	toggle  Time // when it comes online or goes offline
	left    Time // to be online until it next has something to say
	speak   Time // when that is, while online
	refresh Time // when its leaf key is due
	theft   Time // when its device is next read
	hold    Time // when it may commit or propose again after a lost race

	rate    float64 // messages a day
	more    int     // messages that are left of the present conversation
	talking bool    // what it says next is one of those

	key      Name // its leaf key
	due      bool // the leaf key is due
	spread   bool // and so are those of the device in other groups
	saying   bool // has something to say
	asked    bool // is to commit for the group
	updating bool // an own Update of this epoch is under way

	since uint64 // the epoch in which it was first seen to have its leaf key
	sent  int    // messages since then
	heard bool   // it has read a message since then
	alarm Time   // when its owner will suspect that it was robbed

	away      Time // when it last went offline
	commits   int  // with a path
	restock   Time // when it next fills its pool of KeyPackages, while online
	demand    Time // when another group next takes one of those
	directory *Stream

	wake     uint32 // generation of the one event in the queue
	sleeping Time   // until then: the time of that event
	presence *Stream
	words    *Stream
	keys     *Stream
	retries  *Stream
	thief    *Stream
	bursts   *Stream
	daylight *Stream
}

// settleIn gives a client its habits, at a random phase of each.
func (d *driver) settleIn(c *client) error {
	s := func(purpose string) *Stream { return d.seed.Stream(purpose+d.at, c.id) }
	h := &habits{
		words: s("words"), keys: s("keys"), retries: s("retries"), bursts: s("bursts"), daylight: s("daylight"),
		speak: Never, refresh: Never, theft: Never, toggle: Never, hold: Never, sleeping: Never,
		alarm: Never, since: c.epoch, away: d.now, restock: Never, demand: Never,
	}
	c.habits = h
	h.rate = float64(c.class.Messages * d.loudness(c))
	d.moveIn(c)
	h.key = d.memberOf(c).Key
	h.left = d.silence(c)
	if h.online {
		h.speak = d.now + h.left
	}
	if d.plan.Policies.Update > 0 && d.times(c) {
		h.refresh = d.now + h.keys.Within(d.plan.Policies.Update)
	}
	if !d.isHome(c) {
		return nil
	}
	if rate := d.plan.Adversary.Rate; rate > 0 {
		h.theft = d.now + h.thief.Wait(year/rate)
	}
	if err := d.stock(c); err != nil || c.pool == nil {
		return err
	}
	h.restock = d.now + d.plan.KeyPackages.Refill
	if demand := d.plan.KeyPackages.Demand; demand > 0 {
		h.directory = d.seed.Stream("directory", c.id)
		h.demand = d.now + h.directory.Wait(day/demand)
	}
	return nil
}

// setPresence brings a member online or offline, and draws until when. Those
// that vanish do so at their time at the latest, and for ever. A stretch that began
// earlier, at the member's beginning, is drawn from its middle.
func (d *driver) setPresence(c *client, online, earlier bool) {
	h, until := c.habits, d.plan.Habits.StaleAt
	h.online, h.toggle = online, Never
	if c.class.Offline > 0 {
		h.toggle = d.now + d.stretch(c, online, earlier)
	}
	if late := h.toggle == Never || h.toggle >= until; late && d.stale(c) {
		h.toggle = Never
		if online {
			h.toggle = max(until, d.now)
		}
	}
}

// stale tells whether a member is one of those that vanish.
func (d *driver) stale(c *client) bool {
	return slices.Contains(d.plan.Habits.Stale, c.name)
}

// next returns when a client next does something of its own accord, or Never.
func (h *habits) next() Time {
	at := [...]Time{h.toggle, h.theft, Never, Never, Never, Never, Never, h.demand}
	if h.online {
		at[2] = h.speak
		if !h.due {
			at[3] = h.refresh
		}
		at[4] = h.hold
		at[5] = h.alarm
		at[6] = h.restock
	}
	first := Never
	for _, t := range at {
		if t != Never && (first == Never || t < first) {
			first = t
		}
	}
	return first
}

// sleep puts the client's one event into the queue, unless it is there. An event
// put there before for another time is void.
func (d *driver) sleep(c *client) {
	h := c.habits
	t := h.next()
	if t == h.sleeping {
		return
	}
	h.sleeping = t
	h.wake++
	if t != Never {
		d.push(event{at: max(t, d.now), kind: evWake, client: c.id, number: h.wake})
	}
}

// wake carries out whatever of a client's habits is due.
func (d *driver) wake(c *client) error {
	h := c.habits
	h.sleeping = Never
	if h.theft != Never && h.theft <= d.now {
		h.theft = d.now + h.thief.Wait(year/d.plan.Adversary.Rate)
		if err := d.rob(c); err != nil {
			return err
		}
	}
	if h.demand != Never && h.demand <= d.now {
		h.demand = d.now + h.directory.Wait(day/d.plan.KeyPackages.Demand)
		d.demanded(c)
	}
	if h.toggle != Never && h.toggle <= d.now {
		if err := d.turn(c); err != nil {
			return err
		}
	}
	if h.online {
		d.look(c)
		if h.restock != Never && h.restock <= d.now {
			h.restock = d.now + d.plan.KeyPackages.Refill
			if err := d.restock(c); err != nil {
				return err
			}
		}
	}
	return d.act(c)
}

// look notes what has become due.
func (d *driver) look(c *client) {
	h := c.habits
	if h.hold != Never && h.hold <= d.now {
		h.hold = Never
	}
	if h.speak != Never && h.speak <= d.now {
		if d.daylight(h) {
			h.saying, h.speak = true, Never
		} else {
			h.more = 0
			h.speak = d.now + d.silence(c)
		}
	}
	if h.refresh != Never && h.refresh <= d.now {
		h.due = true
	}
	if h.alarm != Never && h.alarm <= d.now {
		h.alarm, h.due = Never, true
	}
}

// turn brings a client online, where it first processes all that it has missed,
// or takes it offline.
func (d *driver) turn(c *client) error {
	d.setPresence(c, !c.habits.online, false)
	if c.habits.online {
		d.note(DidOnline, c, 0)
	} else {
		d.note(DidOffline, c, 0)
	}
	online := c.habits.online
	if err := d.turned(c); err != nil {
		return err
	}
	return d.turnOthers(c, online)
}

// turned carries out in a group that one of its members has come online or gone offline.
func (d *driver) turned(c *client) error {
	h := c.habits
	if !h.online {
		h.away = d.now
		if h.speak != Never {
			h.left, h.speak = max(1, h.speak-d.now), Never
		}
		return nil
	}
	if !h.saying {
		h.speak = d.now + h.left
	}
	return d.follow(c)
}

// follow lets a client that is online process what has been delivered.
func (d *driver) follow(c *client) error {
	if d.eventual() {
		return d.followBranches(c)
	}
	if d.cutOff(c, WayIn) != Never {
		return nil
	}
	before, staged, in, read := c.epoch, c.staged, c.machine != nil, c.reads
	invited := c.welcome != nil && d.plan.Policies.Readmit
	if err := d.catchUp(c, d.delivered); err != nil {
		return err
	}
	h := c.habits
	if (in || invited && c.evicted) && c.machine == nil {
		if back, err := d.askBack(c); back || err != nil {
			return err
		}
		d.moveOut(c)
		return nil
	}
	h.heard = h.heard || c.reads != read
	if c.epoch != before || !in && c.machine != nil {
		h.updating = false
		d.refreshed(c)
		d.aged(c)
	}
	if staged != nil && c.staged == nil && d.steps[staged.step].epoch == nil { // lost the race
		h.hold = d.now + h.retries.Within(d.plan.Network.Retry)
	}
	return nil
}

// refreshed restarts the time of a member's leaf key if that is a new one.
func (d *driver) refreshed(c *client) {
	h := c.habits
	key := d.memberOf(c).Key
	if key == h.key {
		return
	}
	h.key, h.due, h.refresh = key, false, Never
	h.since, h.sent, h.heard, h.spread = c.epoch, 0, false, false
	if d.plan.Policies.Update > 0 && d.times(c) {
		h.refresh = d.now + d.plan.Policies.Lifespan(h.keys)
	}
}

// memberOf returns what a client is in its epoch, the zero Member if it is none.
func (d *driver) memberOf(c *client) Member {
	members := d.epochs[c.epoch].members
	i := slices.IndexFunc(members, func(m Member) bool { return m.Client == c.id })
	if i < 0 {
		return Member{}
	}
	return members[i]
}
