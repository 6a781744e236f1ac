package props

import (
	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/symbolic"
)

// A Run is a history that was carried out.
type Run struct {
	Past
	Result *sim.Result
	Knows  func(sim.Name) bool

	names []sim.Name
	why   func(sim.Name) (sim.Rule, bool)
	drawn map[string]int // secrets that nobody has derived, by the rule of docs/rules.md that says so
}

// Carry runs steps on model and implementation in lockstep. After each step look
// sees the pair; it may be nil.
func Carry(steps []sim.ScriptStep, seed uint64, look func(sim.Backend)) (*Run, error) {
	model := symbolic.New(nil)
	return carryOn(sim.Lockstep(model, Concrete(seed)), model, steps, seed, look)
}

// CarrySymbolic runs steps on the model alone.
func CarrySymbolic(steps []sim.ScriptStep) (*Run, error) {
	model := symbolic.New(nil)
	return carryOn(model, model, steps, 1, nil)
}

func carryOn(b sim.Backend, model *symbolic.Backend, steps []sim.ScriptStep, seed uint64, look func(sim.Backend)) (*Run, error) {
	p := &sim.Plan{Name: "history", Engine: "lockstep", Seed: seed, Replications: 1, Script: steps}
	var o sim.Options
	if look != nil {
		o.Progress = func(sim.Time) { look(b) }
	}
	result, err := sim.Run(p, b, o)
	if err != nil {
		return nil, err
	}
	why := model.Adversary().(sim.Deriver).Why
	return &Run{Read(steps), result, b.Adversary().Knows, b.Names(), why, model.Drawn()}, nil
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
