package main

import (
	"errors"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/rival"
	"mlssim/sim/symbolic"
)

// newBackend returns the engine that a plan asks for, fresh.
func newBackend(p *sim.Plan, replication int) (sim.Backend, error) {
	if p.Protocol != "" {
		return rival.New(p.Protocol)
	}
	if err := secretive(p); err != nil {
		return nil, err
	}
	switch p.Engine {
	case "symbolic":
		return newSymbolic(), nil
	case "concrete", "isolated":
		return newConcrete(p, replication)
	case "lockstep":
		c, err := newConcrete(p, replication)
		if err != nil {
			return nil, err
		}
		return sim.Lockstep(newSymbolic(), c), nil
	}
	return nil, fmt.Errorf("no engine %q", p.Engine)
}

func newSymbolic() sim.Backend { return symbolic.New(nil) }

// newConcrete uses the plan's cipher suite. Members share the outcome of operations
// that are the same for several of them, but in the engine isolated. A plan that was resolved before there
// was a choice has none: then it is 0x0001, the one that every implementation has.
func newConcrete(p *sim.Plan, replication int) (sim.Backend, error) {
	s := suite.All()[0]
	if p.Suite != "" {
		var err error
		if s, err = suite.Named(p.Suite); err != nil {
			return nil, err
		}
	}
	if p.Engine != "isolated" {
		s = s.Sharing()
	}
	return concrete.New(s, sim.NewSeed(p.Seed, replication)), nil
}

// secretive refuses a plan that is carried out in integers, where secrets are wanted.
func secretive(p *sim.Plan) error {
	if !p.Crowded() {
		return nil
	}
	return hinted{errors.New("a run in integers keeps no secrets to look at"),
		fmt.Sprintf("the engines symbolic (up to %s members), concrete and lockstep do", thousands(sim.ModelMembers))}
}
