package main

import "mlssim/sim"

// What thefts of devices mean that are in several groups.

// A theft of a device counts as one compromise in each of its groups; they have the
// victim and the time in common.
type theftOf struct {
	client sim.ClientID
	at     sim.Time
}

// acrossGroups returns, for each theft of a device that was in several groups, the time
// until the last of them had healed: cross_group_heal_ns, or cross_group_open_ns if one
// of them had not at the horizon.
func acrossGroups(r *sim.Result) []metric {
	healed := map[int]sim.Time{}
	for _, h := range r.Heals {
		healed[h.Compromise] = h.At
	}
	type state struct {
		groups int
		last   sim.Time
		open   bool
	}
	var order []theftOf
	thefts := map[theftOf]*state{}
	for i, c := range r.Compromises {
		t := theftOf{c.Client, c.From}
		s := thefts[t]
		if s == nil {
			s = &state{}
			thefts[t], order = s, append(order, t)
		}
		at, ok := healed[i]
		if !ok {
			at, s.open = r.Horizon, true
		}
		s.groups++
		s.last = max(s.last, at-c.Until)
	}
	var all []metric
	for _, t := range order {
		switch s := thefts[t]; {
		case s.groups == 1:
		case s.open:
			all = append(all, metric{"cross_group_open_ns", float64(s.last), false})
		default:
			all = append(all, metric{"cross_group_heal_ns", float64(s.last), false})
		}
	}
	return all
}
