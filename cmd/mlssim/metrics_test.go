package main

import (
	"math"
	"strings"
	"testing"

	"mlssim/sim"
)

func near(a, b float64) bool { return math.Abs(a-b) < 5e-5 }

// The quantile of Student's t with two degrees of freedom is 4.30265, and the
// standard error of 1, 2, 3 is 1/√3.
func TestStudentMean(t *testing.T) {
	e := studentMean("x", []float64{1, 2, 3})
	if !near(e.Mean, 2) || !near(e.CI[0], 2-4.30265/math.Sqrt(3)) || !near(e.CI[1], 2+4.30265/math.Sqrt(3)) || e.N != 3 {
		t.Errorf("%+v %v", e, *e.CI)
	}
	if e := studentMean("x", []float64{7}); e.Mean != 7 || e.CI != nil {
		t.Errorf("one value says nothing about the spread: %+v", e)
	}
}

// Wilson's interval for 8 of 10 and for 0 of 10, by hand with z² = 3.841459:
// (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k         int
		low, high float64
	}{{8, 0.49016, 0.94331}, {0, 0, 0.27753}, {10, 0.72247, 1}} {
		e := wilson("x", c.k, 10)
		if !near(e.CI[0], c.low) || !near(e.CI[1], c.high) || !near(e.Mean, float64(c.k)/10) {
			t.Errorf("%d of 10: %v %v", c.k, e.Mean, *e.CI)
		}
	}
}

func example() *sim.Result {
	const day = sim.Time(86400e9)
	return &sim.Result{Engine: "concrete", Horizon: 10 * day, Rejected: 1,
		Clients: []string{"A", "B"},
		Epochs: []sim.EpochRecord{
			{Epoch: 0, Start: 0, End: 2 * day, LeakedAt: sim.Never, Cost: sim.Cost{Bytes: 5000}},
			{Epoch: 1, Start: 2 * day, End: 5 * day, LeakedAt: 6 * day, Retroactive: true, Path: true, Cost: sim.Cost{Bytes: 100, Welcome: 30, Seals: 2}},
			{Epoch: 2, Start: 5 * day, End: sim.Never, LeakedAt: 6 * day, Cost: sim.Cost{Bytes: 200}},
		},
		Messages:    []sim.MessageRecord{{ReadAt: 6 * day}, {ReadAt: sim.Never}, {ReadAt: sim.Never}, {ReadAt: 7 * day}},
		Compromises: []sim.Compromise{{From: 2 * day, Until: 3 * day}, {Client: 1, From: 6 * day, Until: 6 * day}},
		Heals:       []sim.Heal{{Compromise: 0, Epoch: 2, At: 5 * day, Cause: "own_commit"}},
	}
}

func TestMetricsOfARun(t *testing.T) {
	want := map[string]float64{
		"leaked_epochs": 2, "leaked_epochs_fraction": 2. / 3, "retroactive_epochs": 1, "leaked_time_fraction": 0.8,
		"leaked_messages_fraction": 0.5, "commits": 2, "commits_with_path": 1, "commits_rejected": 1, "bytes": 300,
		"welcome_bytes": 30, "hpke_encryptions": 2, "healed": 1, "compromises": 2, "time_to_heal_ns": 2 * 86400e9,
		"time_open_at_horizon_ns": 4 * 86400e9,
	}
	r := example()
	got := map[string]float64{}
	for _, m := range metrics(r) {
		got[m.name] = m.value
	}
	for name, v := range want {
		if g, ok := got[name]; !ok || !near(g, v) {
			t.Errorf("%s: %v, want %v", name, g, v)
		}
	}
	r.Engine = "symbolic"
	for _, m := range metrics(r) {
		if m.name == "bytes" {
			t.Error("symbols have no size")
		}
	}
}

// A compromise that is open at the end counts for as long as it was seen.
func TestHealTimesAreCensored(t *testing.T) {
	h := healTimes([]*sim.Result{example(), example()})
	if h.N != 4 || h.Censored != 2 || h.Median == nil || *h.Median != 2*86400e9 {
		t.Errorf("%+v", h)
	}
	r := example()
	r.Heals = nil
	if h := healTimes([]*sim.Result{r}); h.Median != nil || h.Censored != 2 {
		t.Errorf("%+v", h)
	}
}

func TestFormats(t *testing.T) {
	for got, want := range map[string]string{
		ranges(nil): "", ranges([]uint64{3}): "3", ranges([]uint64{7, 8, 9, 11, 13, 14}): "7-9, 11, 13-14",
		thousands(7): "7", thousands(1234): "1,234", thousands(1234567): "1,234,567",
		count(1, "epoch"): "1 epoch", count(0, "epoch"): "0 epochs",
		span(90e9): "1m 30s", span(3600e9): "1h", span(90000e9): "1d 1h", span(250e6): "250ms",
		shorten("1, 2, 3, 4", 7): "1, 2 …", shorten("1, 2", 7): "1, 2",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A device that is taken after its member was removed opens the past alone.
func TestSummaryOfALateTheft(t *testing.T) {
	r := example()
	r.Heals = append(r.Heals, sim.Heal{Compromise: 1, Epoch: 1, At: 2 * 86400e9, Cause: "removal"})
	var b strings.Builder
	summary{&b}.heals(r)
	want := "  healed        A taken in epoch 0: in epoch 2 by an own Commit, after 2d\n" +
		"                B taken in epoch 0: of no use from epoch 1 on, by its removal\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
