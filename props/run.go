package props

import (
	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/symbolic"
)

// A Run is a history that was carried out in lockstep.
type Run struct {
	Past
	Result *sim.Result
	Knows  func(sim.Name) bool
}

// Carry runs steps on model and implementation in lockstep.
func Carry(steps []sim.ScriptStep, seed uint64) (*Run, error) {
	p := &sim.Plan{Name: "history", Engine: "lockstep", Seed: seed, Replications: 1, Script: steps}
	b := Backends(seed)
	result, err := sim.Run(p, b, sim.Options{})
	if err != nil {
		return nil, err
	}
	epochs, corruptions := Read(steps)
	return &Run{Past{epochs, corruptions}, result, b.Adversary().Knows}, nil
}

// Backends returns model and implementation side by side, for one run.
func Backends(seed uint64) sim.Backend {
	return sim.Lockstep(symbolic.New(nil), Concrete(seed))
}

// Concrete returns the implementation, for one run.
func Concrete(seed uint64) sim.Backend {
	return concrete.New(suite.All()[0], sim.NewSeed(seed, 0))
}

// Leaked returns the epochs that leaked, in order.
func (r *Run) Leaked() []int {
	var leaked []int
	for _, e := range r.Result.Epochs {
		if e.LeakedAt != sim.Never {
			leaked = append(leaked, int(e.Epoch))
		}
	}
	return leaked
}
