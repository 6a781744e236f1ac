package symbolic

import (
	"math"
	"testing"

	"mlssim/sim"
)

// Messages are lost as often as planned, and those that come later are read all the same.
func TestLossOfMessages(t *testing.T) {
	run := func(loss float64) *sim.Result {
		p := small()
		p.Habits.Messages, p.Horizon, p.Policies.Update = 20, 5*day, 0
		p.Network.Loss = loss
		r, _ := played(t, p)
		return r
	}
	r := run(0.3)
	n := 3 * float64(len(r.Messages))
	if want := 0.3 * n; math.Abs(float64(r.Lost)-want) > 4*math.Sqrt(want) {
		t.Errorf("%d of %v lost", r.Lost, n)
	}
	if r := run(0); r.Lost != 0 {
		t.Errorf("%d lost", r.Lost)
	}
}

// The key of a message that was lost stays on the device, unless it keeps none.
func TestLostMessagesLeaveKeys(t *testing.T) {
	read := func(loss float64, keep int) (n int) {
		p := small()
		p.Habits.Messages, p.Horizon, p.Policies.Update = 20, 5*day, 0
		p.Network.Loss, p.Policies.Keep.Skipped = loss, keep
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: 4 * day}}
		r, _ := played(t, p)
		for _, m := range r.Messages {
			if m.At < 4*day && m.ReadAt != sim.Never {
				n++
			}
		}
		return n
	}
	if none, kept, few := read(0, 0), read(0.3, 0), read(0.3, -1); none != 0 || kept < 50 || few > 6 {
		t.Errorf("messages before the theft that can be read: %d without loss, %d with, %d where no key is kept", none, kept, few)
	}
}

// Who is cut off takes part neither in the group's Commits nor in its messages until the
// end of the partition; what it made meanwhile comes too late.
func TestPartitions(t *testing.T) {
	from, until := 3*day, 6*day
	check := func(name string, n sim.Network, cut ...sim.ClientID) {
		p := small()
		p.Policies.Update, p.Network = day/2, n
		r, _ := played(t, p)
		is := map[sim.ClientID]bool{}
		for _, c := range cut {
			is[c] = true
		}
		by := map[bool]int{}
		for _, e := range r.Epochs {
			if e.Start > from+hour && e.Start < until {
				by[is[e.Committer]]++
			}
		}
		if by[true] > 0 || by[false] < 5 && len(cut) < 4 || by[false] > 0 && len(cut) == 4 {
			t.Errorf("%s: %v", name, by)
		}
		if r.Rejected == 0 && len(cut) < 4 {
			t.Errorf("%s: nothing came too late", name)
		}
		if last := r.Epochs[len(r.Epochs)-1]; last.Start < 10*day {
			t.Errorf("%s: the last epoch began on day %d", name, last.Start/day)
		}
	}
	span := sim.Partition{From: from, For: until - from}
	some, follower, hub := span, span, span
	some.Members, follower.Domain, hub.Domain = []string{"M1"}, 2, 1
	check("a member", sim.Network{RTT: 1e6, Partitions: []sim.Partition{some}}, 0)
	check("a follower", sim.Network{RTT: 1e6, Domains: 2, Hub: 1, Partitions: []sim.Partition{follower}}, 1, 3)
	check("the hub", sim.Network{RTT: 1e6, Domains: 2, Hub: 1, Partitions: []sim.Partition{hub}}, 0, 1, 2, 3)
}

// A delivery service in league with the thief keeps a robbed member from healing, until
// the group removes it for its old leaf.
func TestSuppression(t *testing.T) {
	run := func(suppress bool, evict sim.Time) []sim.Heal {
		p := small()
		p.Horizon, p.Adversary.Suppress, p.Policies.Evict = 20*day, suppress, evict
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: 5 * day}}
		r, _ := played(t, p)
		return r.Heals
	}
	free, held, removed := run(false, 0), run(true, 0), run(true, 6*day)
	if len(free) != 1 || len(held) != 0 || len(removed) != 1 || removed[0].Cause != "removal" || removed[0].At < 9*day {
		t.Errorf("heals %+v, suppressed %+v, with eviction %+v", free, held, removed)
	}
}

// Thefts at random times can last, take parts, and look for devices that lie about.
func TestRandomThefts(t *testing.T) {
	run := func(change func(*sim.Plan)) *sim.Result {
		p := small()
		p.Habits.Offline, p.Adversary.Rate = 3*hour, 60
		change(p)
		r, _ := played(t, p)
		if len(r.Compromises) < 3 {
			t.Fatalf("%d thefts", len(r.Compromises))
		}
		return r
	}
	for _, c := range run(func(p *sim.Plan) { p.Adversary.Stay = 6 * hour }).Compromises {
		if length := c.Until - c.From; c.Kind != "live" || length != 6*hour && c.Until != 12*day {
			t.Errorf("%+v", c)
		}
	}
	for _, c := range run(func(p *sim.Plan) { p.Adversary.Only = []string{"leaf"} }).Compromises {
		if len(c.Only) != 1 || c.Only[0] != "leaf" {
			t.Errorf("%+v", c)
		}
	}
	all := run(func(*sim.Plan) {})
	lying := run(func(p *sim.Plan) { p.Adversary.Seize = true })
	if len(lying.Compromises) >= len(all.Compromises) {
		t.Errorf("%d thefts, %d of devices offline", len(all.Compromises), len(lying.Compromises))
	}
}

// The last epoch's members are described as they are at the horizon.
func TestMembersAtTheHorizon(t *testing.T) {
	p := small()
	p.Habits.Stale, p.Habits.StaleAt = []string{"M3"}, 4*day
	p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M3", At: 11 * day}}
	r, _ := played(t, p)
	if len(r.Members) != 4 {
		t.Fatalf("%+v", r.Members)
	}
	for _, m := range r.Members {
		stale := m.Client == 2
		if (m.Behind > 3) != stale || (m.LeafAge > 7*day) != stale || m.Known != stale || m.Held < 5 || m.Past > 0 {
			t.Errorf("%+v", m)
		}
	}
}
