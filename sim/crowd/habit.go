package crowd

import (
	"slices"

	"mlssim/sim"
)

// When members come online, go offline and refresh their keys.

// habit is when a member does what.
type habit struct {
	presence sim.Stream
	keys     sim.Stream
	toggle   sim.Time // comes online or goes offline; never if far
	refresh  sim.Time // its leaf key is due
	place    uint32   // in driver.online, or offline
}

// offline is the place of those who are not online.
const offline = ^uint32(0)

// settle gives a new member its habits, at a random phase of each.
func (d *driver) settle(m Member) {
	id := sim.ClientID(m)
	h := habit{presence: *d.seed.Stream("presence", id), keys: *d.seed.Stream("keys", id), refresh: far, place: offline}
	if d.plan.Policies.Update > 0 {
		h.refresh = d.now + h.keys.Within(d.plan.Policies.Update)
	}
	on, off := float64(d.plan.Habits.Online), float64(d.plan.Habits.Offline)
	here := off <= 0 || h.presence.Float64() < on/(on+off)
	for int(m) >= len(d.habits) { // those before it that wait will be settled by the same Commit
		d.habits = append(d.habits, habit{toggle: far, refresh: far, place: offline})
	}
	d.habits[m] = h
	if here {
		d.enter(m)
	} else {
		d.g.Leave(m)
	}
	d.drawToggle(m, here)
	d.sleep(m)
}

// drawToggle draws until when a member stays as it is. Those that vanish do so at
// their time at the latest, and for ever.
func (d *driver) drawToggle(m Member, here bool) {
	h := &d.habits[m]
	h.toggle = far
	if d.plan.Habits.Offline > 0 {
		mean := d.plan.Habits.Offline
		if here {
			mean = d.plan.Habits.Online
		}
		h.toggle = d.now + h.presence.Wait(float64(mean))
	}
	if len(d.stale) > 0 && d.stale[m] && h.toggle >= d.plan.Habits.StaleAt {
		h.toggle = far
		if here {
			h.toggle = max(d.plan.Habits.StaleAt, d.now)
		}
	}
}

// sleep puts the one event of a member into the queue.
func (d *driver) sleep(m Member) {
	h := &d.habits[m]
	at := h.toggle
	if d.habits[m].place != offline {
		at = min(at, h.refresh)
	}
	if at < far {
		d.push(max(at, d.now), event{evMember, m})
	}
}

func (d *driver) enter(m Member) {
	d.habits[m].place = uint32(len(d.online))
	d.online = append(d.online, m)
}

func (d *driver) exit(m Member) {
	i, n := d.habits[m].place, len(d.online)-1
	d.online[i] = d.online[n]
	d.habits[d.online[i]].place = i
	d.online = d.online[:n]
	d.habits[m].place = offline
}

// wake carries out what of a member's habits is due.
func (d *driver) wake(m Member) error {
	h := &d.habits[m]
	if h.toggle <= d.now {
		here := d.habits[m].place == offline
		if here {
			d.scale.Online++
			if !d.g.Follow(m) { // it was removed: its device has nothing to do or to lose
				h.toggle, h.refresh = far, far
				return nil
			}
			d.enter(m)
		} else {
			d.exit(m)
			d.g.Leave(m)
		}
		d.drawToggle(m, here)
		if here && d.overdue != far {
			if err := d.commitBySomebody(); err != nil {
				return err
			}
		}
	}
	if d.habits[m].place != offline && h.refresh <= d.now {
		if err := d.refresh(m); err != nil {
			return err
		}
	}
	d.sleep(m)
	return nil
}

// refresh replaces a member's leaf key, as the policy says.
func (d *driver) refresh(m Member) error {
	d.again(m)
	if d.plan.Policies.How == "commit" {
		if slices.Contains(d.g.leaving, m) {
			return nil // it is about to be removed
		}
		return d.commit(m)
	}
	d.scale.Updates++
	d.wait()
	return d.g.Update(m)
}

// again draws when a member's leaf key is next due.
func (d *driver) again(m Member) {
	if h := &d.habits[m]; d.plan.Policies.Update > 0 {
		h.refresh = d.now + d.plan.Policies.Lifespan(&h.keys)
	}
}
