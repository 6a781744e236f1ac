package main

import (
	"slices"
	"testing"

	"mlssim/sim"
)

// reopened is a run in which a second theft undoes the heal of the first: epoch 1 was
// judged safe on day 2, and leaks on day 6; epoch 3 is safe for good.
func reopened() *sim.Result {
	const day = sim.Time(86400e9)
	return &sim.Result{Engine: "symbolic", Horizon: 10 * day, Rejected: 1, Late: 2, Lost: 3, Clients: []string{"A", "B"},
		Epochs: []sim.EpochRecord{
			{Epoch: 0, End: 2 * day, LeakedAt: day},
			{Epoch: 1, Start: 2 * day, End: 4 * day, LeakedAt: 6 * day, Retroactive: true, Path: true, Cost: sim.Cost{Seals: 2}},
			{Epoch: 2, Start: 4 * day, End: 7 * day, LeakedAt: 6 * day, Path: true, Updates: 1, Cost: sim.Cost{Seals: 3}},
			{Epoch: 3, Start: 7 * day, End: sim.Never, LeakedAt: sim.Never, Path: true, Committer: 1, Cost: sim.Cost{Seals: 5}},
		},
		Messages: []sim.MessageRecord{{At: 3 * day, ReadAt: 6 * day}, {At: 5 * day, ReadAt: 6 * day}, {At: 13 * day / 2, ReadAt: 13 * day / 2}, {At: 8 * day, ReadAt: sim.Never}},
		Compromises: []sim.Compromise{
			{Client: 0, From: day, Until: day}, {Client: 1, From: 6 * day, Until: 6 * day, Epoch: 0, Last: 2}},
		Heals:       []sim.Heal{{Compromise: 0, Epoch: 1, At: 2 * day}, {Compromise: 1, Epoch: 3, At: 7 * day}},
		Cells:       []sim.Cell{{LeafKey: true}, {}, {}, {LeafKey: true}},
		Members:     []sim.MemberRecord{{Client: 0, Behind: 2, LeafAge: 3 * day, Held: 10, Past: 2, Known: true}, {Client: 1, LeafAge: day, Held: 6}},
		KeyPackages: &sim.PoolRecord{Demanded: 9, LastResort: 4, Reused: 3, Refused: 1, Empty: day, Watched: 4 * day},
	}
}

func TestMetricsOfSecurity(t *testing.T) {
	const day = 86400e9
	got := map[string][]float64{}
	for _, m := range metrics(reopened()) {
		got[m.name] = append(got[m.name], m.value)
	}
	for name, want := range map[string][]float64{
		"theft_past_messages": {0, 2}, "fs_window_ns": {0, 3 * day}, "theft_future_messages": {2, 1},
		"heal_epochs": {1, 1}, "heal_encryptions": {2, 5},
		"heals_undone": {1}, "heals_undone_fraction": {0.5}, "retroactive_distance_ns": {2 * day},
		"time_to_heal_final_ns": {day}, "time_open_final_ns": {5 * day},
		"known_leaves_fraction": {0.5}, "end_known_leaves_fraction": {0.5}, "end_epochs_behind": {1}, "end_leaf_age_ns": {2 * day},
		"end_leaf_age_max_ns": {3 * day}, "end_secrets_held": {8}, "end_past_secrets_held": {1}, "starved_members": {0},
		"commits_rejected_fraction": {0.25}, "late_proposals": {2}, "lost_messages": {3}, "forks": {0},
		"keypackages_empty_fraction": {0.25}, "keypackages_demanded": {9}, "keypackages_last_resort": {4},
		"keypackages_reused": {3}, "keypackages_refused": {1}, "keys_refreshed": {4}, "encryptions_per_refreshed_key": {2.5},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}
