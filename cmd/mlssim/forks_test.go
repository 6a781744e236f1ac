package main

import (
	"slices"
	"testing"

	"mlssim/sim"
)

// Two branches leave epoch 3, of which one is still there.
func TestMetricsOfForks(t *testing.T) {
	safe, leaked := sim.EpochRecord{LeakedAt: sim.Never}, sim.EpochRecord{}
	r := &sim.Result{Horizon: 100, Epochs: make([]sim.EpochRecord, 8),
		Forks:    []sim.ForkRecord{{Epoch: 3, At: 10, Depth: 1, Until: 17}, {Epoch: 3, At: 12, Depth: 3, Until: sim.Never}, {Epoch: 5, At: 30, Depth: 2, Until: 31}},
		Branches: []sim.Branch{{Epochs: []sim.EpochRecord{safe}}, {Epochs: []sim.EpochRecord{safe, leaked, leaked}}, {Epochs: []sim.EpochRecord{leaked, safe}}}}
	got := map[string][]float64{}
	for _, m := range metrics(r) {
		got[m.name] = append(got[m.name], m.value)
	}
	for name, want := range map[string][]float64{"fork_recovery_ns": {7, 1}, "fork_open_ns": {88}, "fork_count": {3}, "fork_depth": {3},
		"forked_epochs_fraction": {0.25}, "branch_epochs": {6}, "leaked_branch_epochs": {3}} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}
