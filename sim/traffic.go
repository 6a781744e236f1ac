package sim

// What kind of device a member has, when it is online, and when it says something.

// equip draws what kind of device a new client has.
func (d *driver) equip(c *client) *client {
	p := &d.plan.Habits
	c.class = Class{Online: p.Online, Offline: p.Offline, Messages: p.Messages}
	if len(p.Classes) > 0 {
		c.class = d.classOf(c)
	}
	c.hsm, _ = parseComponents(c.class.HSM) // the plan was read
	c.bad = c.class.BadRandom
	d.retainBy(c)
	if c.class.Hoards {
		d.startHoarding(c)
	}
	return c
}

// classOf draws the class of a member's device.
func (d *driver) classOf(c *client) Class {
	var all float64
	for _, k := range d.plan.Habits.Classes {
		all += k.Share
	}
	x := float64(all * d.seed.Stream("class", c.id).Float64())
	for _, k := range d.plan.Habits.Classes {
		if x -= k.Share; x < 0 {
			return k
		}
	}
	return d.plan.Habits.Classes[len(d.plan.Habits.Classes)-1]
}

// rank draws who of the first members speaks how much: the weights of the ranks fall
// as Zipf's law says, and are 1 in the mean.
func (d *driver) rank() {
	n, power := d.plan.Members, d.plan.Habits.Zipf
	if power <= 0 {
		return
	}
	var all float64
	for i := range n {
		d.ranks = append(d.ranks, i)
		d.weights = append(d.weights, exactPow(float64(i+1), -power))
		all += d.weights[i]
	}
	for i := range d.weights {
		d.weights[i] = float64(d.weights[i] * float64(n) / all)
	}
	s := d.seed.Stream("ranks", 0)
	for i := n - 1; i > 0; i-- {
		j := s.IntN(i + 1)
		d.ranks[i], d.ranks[j] = d.ranks[j], d.ranks[i]
	}
}

// loudness is how much a member says in proportion to the mean. One who comes later
// has the rank of one of the first.
func (d *driver) loudness(c *client) float64 {
	switch {
	case d.ranks == nil:
		return 1
	case int(c.id) < len(d.ranks):
		return d.weights[d.ranks[c.id]]
	}
	return d.weights[d.seed.Stream("ranks", c.id).IntN(len(d.weights))]
}

// availability is the part of the time that such a device is online.
func (k Class) availability() float64 {
	if k.Offline <= 0 {
		return 1
	}
	return float64(k.Online) / (float64(k.Online) + float64(k.Offline))
}

// stretch draws how long a device stays online or offline.
func (d *driver) stretch(c *client, online, earlier bool) Time {
	h := c.habits
	mean, tail := float64(c.class.Offline), d.plan.Habits.OfflineTail
	switch {
	case online:
		return h.presence.Wait(float64(c.class.Online))
	case tail <= 0:
		return h.presence.Wait(mean)
	case earlier:
		return wait(float64(mean * h.presence.ParetoRest(tail)))
	default:
		return wait(float64(mean * h.presence.Pareto(tail)))
	}
}

// silence draws the time online until a member next says something: so short
// that, over all times, the number of messages a day is as planned.
func (d *driver) silence(c *client) Time {
	h, p := c.habits, &d.plan.Habits
	if h.rate <= 0 {
		return far
	}
	mean := float64(day / h.rate * c.class.availability())
	h.talking = h.more > 0
	switch {
	case h.talking:
		h.more--
		return h.bursts.Wait(float64(p.Gap))
	case p.Conversation > 1:
		// A conversation takes as long as its messages would take one by one.
		h.more = h.bursts.Poisson(p.Conversation - 1)
		mean = max(float64(p.Gap), float64(p.Conversation*mean)-float64((p.Conversation-1)*float64(p.Gap)))
	case p.GapTail > 1:
		return wait(float64(mean * h.words.Gap(p.GapTail)))
	}
	return h.words.Wait(mean / (1 + p.Diurnal))
}

// daylight tells whether a member that would like to say something does so at this
// time of day. Those who are in a conversation do.
func (d *driver) daylight(h *habits) bool {
	p := &d.plan.Habits
	if p.Diurnal <= 0 || h.talking {
		return true
	}
	at := (d.now - p.Peak) % Time(day)
	if at < 0 {
		at += Time(day)
	}
	now := 1 + float64(p.Diurnal*exactCosTurn(float64(at)/day))
	return float64(h.daylight.Float64()*(1+p.Diurnal)) < now
}
