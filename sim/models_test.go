package sim_test

import (
	"math"
	"slices"
	"testing"

	"mlssim/sim"
)

// quiet is a group in which nothing happens, until a test says what.
func quiet(members int, horizon sim.Time) *sim.Plan {
	return &sim.Plan{Name: "quiet", Seed: 11, Horizon: horizon, Members: members,
		Habits:   sim.Habits{Online: hour, Size: 8},
		Policies: sim.Policies{Jitter: 0.5, How: "commit", CommitDelay: hour, PathOnAdd: true},
		Network:  sim.Network{RTT: 1e6, Retry: second}}
}

// within fails unless got lies within some standard deviations of what is expected:
// four, which one test in 16,000 exceeds by chance. The seed is fixed.
func within(t *testing.T, what string, got, want, deviation float64) {
	t.Helper()
	if math.Abs(got-want) > 4*deviation {
		t.Errorf("%s: %v, expected %v, deviation %v", what, got, want, deviation)
	}
}

// Stretches offline keep their mean, and with a Pareto distribution one in 120 is
// longer than eight times that; with the exponential one, one in 3000.
func TestOfflineTail(t *testing.T) {
	long := map[float64]int{}
	for _, tail := range []float64{0, 1.5} {
		p := quiet(10, 100*day)
		p.Habits.Offline, p.Habits.OfflineTail = 3*hour, tail
		var online, n float64
		since := map[string]sim.Time{}
		for _, r := range live(t, p, 0).records {
			switch r.What {
			case sim.DidOffline:
				since[r.Who] = r.At
				online++
			case sim.DidOnline:
				if at, ok := since[r.Who]; ok {
					if n++; r.At-at > 24*hour {
						long[tail]++
					}
				}
			}
		}
		// Renewals: one each four hours and member, in 100 days.
		if tail == 0 {
			within(t, "stretches", online, 6000, math.Sqrt(6000))
		} else if online < 5000 || online > 9000 { // the sum of few long stretches has no variance
			t.Errorf("%v stretches", online)
		}
	}
	within(t, "long stretches, exponential", float64(long[0]), 6000*math.Exp(-8), 1.5)
	within(t, "long stretches, Pareto", float64(long[1.5]), 6000*math.Pow(3*8, -1.5), 8)
}

// senders counts the messages of each member.
func senders(r *sim.Result) []int {
	counts := make([]int, len(r.Clients))
	for _, m := range r.Messages {
		counts[m.Sender]++
	}
	return counts
}

// The k-th speaker says a k-th part of what the first one says, and who that is does
// not follow from the name.
func TestZipfSenders(t *testing.T) {
	p := quiet(8, 10*day)
	p.Habits.Messages, p.Habits.Zipf = 20, 1
	counts := senders(live(t, p, 0).Result)
	if slices.IsSortedFunc(counts, func(a, b int) int { return b - a }) {
		t.Error("ranks follow the names")
	}
	slices.SortFunc(counts, func(a, b int) int { return b - a })
	var harmonic float64
	for k := range counts {
		harmonic += 1 / float64(k+1)
	}
	for k, n := range counts {
		want := 8 * 20 * 10 / float64(k+1) / harmonic
		within(t, "messages of a rank", float64(n), want, math.Sqrt(want))
	}
}

// With a full swing, 1/2 + 1/π of the messages fall into the twelve hours around the
// peak, and there are as many as without.
func TestDiurnalTraffic(t *testing.T) {
	p := quiet(2, 30*day)
	p.Habits.Messages, p.Habits.Diurnal, p.Habits.Peak = 40, 1, 15*hour
	all, near := 0.0, 0.0
	for _, m := range live(t, p, 0).Messages {
		all++
		if at := m.At % day; at > 9*hour && at < 21*hour {
			near++
		}
	}
	within(t, "messages", all, 2400, 49)
	within(t, "share near the peak", near/all, 0.5+1/math.Pi, 0.008)
}

// Conversations have the planned length, and the number of messages stays the same.
func TestConversations(t *testing.T) {
	p := quiet(1, 50*day)
	p.Habits.Messages, p.Habits.Conversation, p.Habits.Gap = 48, 8, 10*second
	r := live(t, p, 0)
	n, last := 0.0, -hour
	for _, m := range r.Messages {
		if m.At-last > 120*second {
			n++
		}
		last = m.At
	}
	all := float64(len(r.Messages))
	within(t, "messages", all, 2400, math.Sqrt(300*(64+7)))
	within(t, "messages in a conversation", all/n, 8, 0.15)
}

// With power 1.8, half of the gaps are shorter than 2.4 times the least, a 25th of the
// mean; with an exponential distribution, than 0.7 of the mean.
func TestPowerLawGaps(t *testing.T) {
	p := quiet(1, 20*day)
	p.Habits.Messages, p.Habits.GapTail = 48, 1.8
	r := live(t, p, 0)
	var gaps []float64
	for i := 1; i < len(r.Messages); i++ {
		gaps = append(gaps, float64(r.Messages[i].At-r.Messages[i-1].At))
	}
	slices.Sort(gaps)
	if len(gaps) < 200 {
		t.Fatalf("%d gaps", len(gaps))
	}
	if median := gaps[len(gaps)/2] / float64(hour/2); median < 0.028 || median > 0.06 {
		t.Errorf("the median gap is %v of the mean", median)
	}
}

func TestDeviceClasses(t *testing.T) {
	all := []string{"init", "enc", "leaf", "res", "epoch", "signature", "store"}
	p := quiet(40, 4*day)
	p.Habits.Classes = []sim.Class{{Share: 3, Online: hour, Messages: 1, HSM: all}, {Share: 1, Online: hour, Offline: hour, Hoards: true}}
	for i := range 20 {
		p.Adversary.Compromises = append(p.Adversary.Compromises, sim.PlannedCompromise{Member: "M" + string(rune('1'+i%9)), At: sim.Time(i+1) * hour})
	}
	o := live(t, p, 0)
	away, robbed, spared := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range o.records {
		switch r.What {
		case sim.DidOnline, sim.DidOffline:
			away[r.Who] = true
		case sim.DidNothing:
			spared[r.Who] = true
		}
	}
	within(t, "members of the second class", float64(len(away)), 10, math.Sqrt(40*0.25*0.75))
	for _, c := range o.Compromises {
		if robbed[o.Clients[c.Client]] = true; c.Kind != "hoard" {
			t.Errorf("%+v", c)
		}
	}
	for _, m := range o.Messages {
		if away[o.Clients[m.Sender]] {
			t.Error("one of the second class speaks")
		}
	}
	for i := range 9 {
		if m := "M" + string(rune('1'+i)); robbed[m] != away[m] || spared[m] == away[m] {
			t.Errorf("%s: of the second class %v, robbed %v, spared %v", m, away[m], robbed[m], spared[m])
		}
	}
}

// What a device with bad randomness draws leaks without any theft.
func TestBadRandomDevices(t *testing.T) {
	leaked := func(bad bool) (n int) {
		p := quiet(3, 20*day)
		p.Policies.Update = 2 * day
		p.Habits.Classes = []sim.Class{{Share: 1, Online: hour, BadRandom: bad}}
		for _, e := range live(t, p, 0).Epochs {
			if e.LeakedAt != sim.Never {
				n++
			}
		}
		return n
	}
	if leaked(false) != 0 || leaked(true) < 5 {
		t.Errorf("leaked %d without and %d with", leaked(false), leaked(true))
	}
}
