package main

import "mlssim/sim"

// What a theft gave away, and for how long, seen from the horizon: what was judged safe
// when it happened may have leaked since.

// thefts returns the metrics of each compromise: one row each where it has a value.
func thefts(r *sim.Result) []metric {
	var all []metric
	for i, c := range r.Compromises {
		past, oldest, after := 0, c.From, 0
		for _, m := range r.Messages {
			switch {
			case m.ReadAt == sim.Never || m.Group != c.Group:
			case m.At < c.From && m.ReadAt >= c.From && m.ReadAt <= c.Until:
				past, oldest = past+1, min(oldest, m.At)
			case m.At >= c.From && m.At < nextTheft(r, i):
				after++
			}
		}
		all = append(all, metric{"theft_past_messages", float64(past), false},
			metric{"theft_future_messages", float64(after), false},
			metric{"fs_window_ns", float64(c.From - oldest), false})
	}
	for _, h := range r.Heals {
		c := r.Compromises[h.Compromise]
		seals := 0
		for _, e := range r.EpochsOf(c.Group) {
			if e.Epoch > c.Last && e.Epoch <= h.Epoch {
				seals += e.Cost.Seals
			}
		}
		all = append(all, metric{"heal_epochs", float64(h.Epoch) - float64(c.Last), false},
			metric{"heal_encryptions", float64(seals), false})
	}
	return all
}

// nextTheft returns when the next compromise after the i-th begins, or the horizon.
func nextTheft(r *sim.Result, i int) sim.Time {
	next := r.Horizon
	for _, c := range r.Compromises {
		if c.From > r.Compromises[i].From {
			next = min(next, c.From)
		}
	}
	return next
}

// provisional compares the verdicts as they were given with those at the horizon.
func provisional(r *sim.Result) []metric {
	undone, latest := 0, sim.Time(0)
	healed := map[int]bool{}
	var all []metric
	for _, h := range r.Heals {
		healed[h.Compromise] = true
		if r.EpochsOf(r.Compromises[h.Compromise].Group)[h.Epoch].LeakedAt != sim.Never {
			undone++
		}
	}
	for i, c := range r.Compromises {
		if at, ok := safeFor(r, i); ok {
			all = append(all, metric{"time_to_heal_final_ns", float64(max(0, at-c.Until)), false})
		} else {
			all = append(all, metric{"time_open_final_ns", float64(max(0, nextTheft(r, i)-c.Until)), false})
		}
	}
	for _, epochs := range r.Groups() {
		for _, e := range epochs {
			if e.Retroactive {
				latest = max(latest, e.LeakedAt-e.End)
			}
		}
	}
	return append(all, metric{"heals_undone", float64(undone), true},
		metric{"heals_undone_fraction", fraction(float64(undone), float64(len(r.Heals))), true},
		metric{"retroactive_distance_ns", float64(latest), false})
}

// safeFor returns the beginning of the first epoch after a compromise from which on no
// epoch leaks, as known at the horizon, of those that begin before the next compromise.
func safeFor(r *sim.Result, i int) (at sim.Time, ok bool) {
	c, next := r.Compromises[i], nextTheft(r, i)
	for _, e := range r.EpochsOf(c.Group) {
		if e.Epoch <= c.Last || e.Start >= next {
			continue
		}
		switch {
		case e.LeakedAt != sim.Never:
			ok = false
		case !ok:
			at, ok = e.Start, true
		}
	}
	return at, ok
}

// state returns what the members and the tree are like: leaf keys that are known, members
// that are behind, and what lies on their devices.
func state(r *sim.Result) []metric {
	known := 0
	for _, c := range r.Cells {
		if c.LeafKey {
			known++
		}
	}
	all := []metric{{"known_leaves_fraction", fraction(float64(known), float64(len(r.Cells))), true}}
	if len(r.Members) == 0 {
		return all
	}
	var behind, age, held, past, keyed, worst float64
	starved := 0
	commits := make([]int, len(r.Clients))
	for _, e := range r.Epochs[1:] {
		commits[e.Committer]++
	}
	for _, m := range r.Members {
		behind, age = behind+float64(m.Behind), age+float64(m.LeafAge)
		held, past = held+float64(m.Held), past+float64(m.Past)
		worst = max(worst, float64(m.LeafAge))
		if m.Known {
			keyed++
		}
		if commits[m.Client] == 0 {
			starved++
		}
	}
	n := float64(len(r.Members))
	return append(all, metric{"end_known_leaves_fraction", keyed / n, true}, metric{"end_epochs_behind", behind / n, true},
		metric{"end_leaf_age_ns", age / n, true}, metric{"end_leaf_age_max_ns", worst, true},
		metric{"end_secrets_held", held / n, true}, metric{"end_past_secrets_held", past / n, true},
		metric{"starved_members", float64(starved), true})
}

// service returns how the delivery service and the directory of KeyPackages fared.
func service(r *sim.Result, t total) []metric {
	all := []metric{
		{"commits_rejected_fraction", fraction(float64(r.Rejected), float64(r.Rejected+t.commits)), true},
		{"late_proposals", float64(r.Late), true},
		{"lost_messages", float64(r.Lost), true},
		{"forks", float64(len(r.Branches)), true},
	}
	if r.Wedged > 0 {
		all = append(all, metric{"wedged_ns", float64(r.Horizon - r.Wedged), false})
	}
	if k := r.KeyPackages; k != nil {
		all = append(all, metric{"keypackages_empty_fraction", fraction(float64(k.Empty), float64(k.Watched)), true},
			metric{"keypackages_demanded", float64(k.Demanded), true}, metric{"keypackages_last_resort", float64(k.LastResort), true},
			metric{"keypackages_reused", float64(k.Reused), true}, metric{"keypackages_refused", float64(k.Refused), true})
	}
	refreshed := 0
	for _, epochs := range r.Groups() {
		for _, e := range epochs[1:] {
			if refreshed += e.Updates; e.Path {
				refreshed++
			}
		}
	}
	return append(all, metric{"keys_refreshed", float64(refreshed), true},
		metric{"encryptions_per_refreshed_key", fraction(float64(t.cost.Seals), float64(refreshed)), true})
}
