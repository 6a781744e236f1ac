package main

import "mlssim/sim"

// forks returns how often the members of a group went apart, and for how long. There is
// nothing of it where a script makes branches, or where there is a log.
func forks(r *sim.Result) []metric {
	if len(r.Forks) == 0 {
		return nil
	}
	var all []metric
	at := map[uint64]bool{}
	deepest := 0
	for _, f := range r.Forks {
		at[f.Epoch], deepest = true, max(deepest, f.Depth)
		if f.Until == sim.Never {
			all = append(all, metric{"fork_open_ns", float64(r.Horizon - f.At), false})
		} else {
			all = append(all, metric{"fork_recovery_ns", float64(f.Until - f.At), false})
		}
	}
	epochs, leaked := 0, 0
	for _, b := range r.Branches {
		for _, e := range b.Epochs {
			if epochs++; e.LeakedAt != sim.Never {
				leaked++
			}
		}
	}
	return append(all, metric{"fork_count", float64(len(r.Forks)), false},
		metric{"forked_epochs_fraction", fraction(float64(len(at)), float64(len(r.Epochs))), true},
		metric{"fork_depth", float64(deepest), false},
		metric{"branch_epochs", float64(epochs), false}, metric{"leaked_branch_epochs", float64(leaked), false})
}
