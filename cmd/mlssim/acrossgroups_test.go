package main

import (
	"math"
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// The second theft is of a device in one group, the third has not healed everywhere.
func TestCrossGroupHealing(t *testing.T) {
	const day = sim.Time(86400e9)
	r := &sim.Result{Horizon: 20 * day, Epochs: make([]sim.EpochRecord, 9), Clients: []string{"A", "B"},
		Branches: []sim.Branch{{Name: "G2", Group: true, Epochs: make([]sim.EpochRecord, 9)}},
		Compromises: []sim.Compromise{{From: day, Until: day}, {Client: 1, From: day, Until: day}, {From: day, Until: day, Group: "G2"},
			{From: 9 * day, Until: 10 * day}, {From: 9 * day, Until: 10 * day, Group: "G2"}},
		Heals: []sim.Heal{{Compromise: 0, At: 2 * day}, {Compromise: 2, At: 5 * day}, {Compromise: 1, At: 8 * day}, {Compromise: 4, At: 11 * day}}}
	got := map[string][]float64{}
	for _, m := range acrossGroups(r) {
		got[m.name] = append(got[m.name], m.value)
	}
	if !slices.Equal(got["cross_group_heal_ns"], []float64{4 * float64(day)}) || !slices.Equal(got["cross_group_open_ns"], []float64{10 * float64(day)}) {
		t.Error(got)
	}
}

// healings is a plan whose thefts can be compared with a closed form: members refresh
// their keys after times that are uniform up to two days, in each group by themselves.
const healings = `name: healings
engine: symbolic
members: 2
horizon: 800d
groups: {number: 4}
habits: {offline: 0, messages_per_day: 0}
policies: {update_every: 1d, update_jitter: 1}
network: {rtt: 1us, retry_within: 1us}
`

// What is left of such a time is below 2u days with probability 1 - (1-u)²; of four of
// them, the longest has the mean 2(1 - 2·4·6·8/(3·5·7·9)), and each the mean 2/3.
// If a device replaces all its keys at once, all groups heal at the same time.
func TestCrossGroupHealingInTheMean(t *testing.T) {
	const day = 86400e9
	for _, c := range []struct {
		together bool
		want, sd float64
	}{{false, 2 * (1 - 384./945), 0.41}, {true, 2. / 3, 0.47}} {
		f := &planFile{"healings", []byte(healings)}
		r := carriedOut(t, f, func(f *plan.File) {
			f.Policies.AllGroups = c.together
			for at := plan.Duration(5 * day); at < 795*day; at += 4 * day {
				f.Adversary.Compromises = append(f.Adversary.Compromises, plan.Compromise{Member: "random", At: at})
			}
		})
		n, sum := 0., 0.
		for _, m := range acrossGroups(r) {
			if n++; m.name != "cross_group_heal_ns" {
				t.Errorf("%s: %v", m.name, m.value)
			}
			sum += m.value / day
		}
		if math.Abs(sum/n-c.want) > 3*c.sd/math.Sqrt(n) || n < 197 {
			t.Errorf("together %v: healed after %v days, expected %v (%v thefts)", c.together, sum/n, c.want, n)
		}
		updates := 0
		for _, epochs := range r.Groups() {
			updates += len(epochs) - 2
		}
		if want := 4 * 2 * 800.; math.Abs(float64(updates)-want) > 0.05*want {
			t.Errorf("together %v: %d refreshes, expected about %v", c.together, updates, want)
		}
	}
}
