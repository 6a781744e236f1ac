package main

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/symbolic"
)

// newBackend returns the engine that a plan asks for, fresh.
func newBackend(p *sim.Plan, replication int) (sim.Backend, error) {
	switch p.Engine {
	case "symbolic":
		return newSymbolic(), nil
	case "concrete":
		return newConcrete(p, replication), nil
	case "lockstep":
		return sim.Lockstep(newSymbolic(), newConcrete(p, replication)), nil
	}
	return nil, fmt.Errorf("no engine %q", p.Engine)
}

func newSymbolic() sim.Backend { return symbolic.New(nil) }

// newConcrete uses cipher suite 0x0001, the one that every implementation has.
func newConcrete(p *sim.Plan, replication int) sim.Backend {
	return concrete.New(suite.All()[0], sim.NewSeed(p.Seed, replication))
}
