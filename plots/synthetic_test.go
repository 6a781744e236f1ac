package plots

import (
	"fmt"
	"math/rand/v2"

	"mlssim/sim"
)

const day = sim.Time(86400e9)

// synthetic makes a result with the shape of a run: members one after another
// are robbed, the group's epochs leak until each has healed, and now and then a
// late theft opens epochs of the past. It is drawn from seed alone.
func synthetic(members, epochs int, seed uint64) *sim.Result {
	rng := rand.New(rand.NewPCG(seed, 7))
	r := &sim.Result{Plan: "synthetic", Engine: "lockstep", Seed: seed, Horizon: sim.Time(epochs) * day}
	for m := range members {
		r.Clients = append(r.Clients, fmt.Sprintf("M%d", m+1))
	}
	state := make([]sim.CellState, epochs)
	for e := range state {
		state[e] = sim.CellSafe
	}
	known := map[[2]int]bool{}
	taken := map[[2]int]bool{}
	healed := map[[2]int]bool{}
	for at := epochs / 6; at < epochs-1; at += max(3, epochs/6) {
		victim := rng.IntN(members)
		until := min(epochs, at+1+rng.IntN(max(2, epochs/8)))
		i := len(r.Compromises)
		r.Compromises = append(r.Compromises, sim.Compromise{Client: sim.ClientID(victim), Kind: "snapshot",
			From: sim.Time(at) * day, Until: sim.Time(at) * day, Epoch: uint64(at), Last: uint64(at)})
		taken[[2]int{victim, at}] = true
		if i == 2 { // the adversary stays in the device
			for e := at; e < until; e++ {
				taken[[2]int{victim, e}] = true
			}
			r.Compromises[i].Kind, r.Compromises[i].Until, r.Compromises[i].Last = "live", sim.Time(until)*day, uint64(until)
		}
		for e := at; e < until; e++ {
			state[e] = sim.CellLeaked
			known[[2]int{victim, e}] = true
		}
		if until < epochs {
			healed[[2]int{victim, until}] = true
			r.Heals = append(r.Heals, sim.Heal{Compromise: i, Epoch: uint64(until), At: sim.Time(until) * day, Cause: "own_commit"})
		}
		if i%2 == 1 {
			for e := max(0, at-1-rng.IntN(3)); e < at; e++ {
				if state[e] == sim.CellSafe {
					state[e] = sim.CellRetroactive
				}
			}
		}
	}
	for e := range epochs {
		path := rng.IntN(4) > 0
		rec := sim.EpochRecord{Epoch: uint64(e), Start: sim.Time(e) * day, End: sim.Time(e+1) * day, Path: path,
			Members: members, LeakedAt: sim.Never, Retroactive: state[e] == sim.CellRetroactive}
		if state[e] == sim.CellLeaked || state[e] == sim.CellRetroactive {
			rec.LeakedAt = rec.Start
		}
		rec.Cost = sim.Cost{Bytes: 300 + rng.IntN(60)}
		if path {
			seals := 2 + rng.IntN(members+1)
			rec.Cost = sim.Cost{Seals: seals, Bytes: 520 + 116*seals + rng.IntN(80)}
		}
		r.Epochs = append(r.Epochs, rec)
		for m := range members {
			if m == members-1 && e < epochs/5 {
				continue // the last member joins later
			}
			cell := sim.Cell{Client: sim.ClientID(m), Epoch: uint64(e), State: state[e],
				LeafKey: known[[2]int{m, e}], Taken: taken[[2]int{m, e}]}
			if healed[[2]int{m, e}] && state[e] == sim.CellSafe {
				cell.State = sim.CellHealed
			}
			r.Cells = append(r.Cells, cell)
		}
	}
	return r
}
