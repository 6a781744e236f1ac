package rival

import (
	"fmt"

	"mlssim/sim"
)

// What MLS has and none of these protocols.

// lacks says that there is no such thing.
func (b *base) lacks(what string) error { return fmt.Errorf("rival: %s has no %s", b.protocol, what) }

// refuse says that an input is none of the protocol's.
func (b *base) refuse(in sim.Input) error { return b.lacks(fmt.Sprintf("%T", in)) }

// plain refuses what a Commit of MLS can have and one of these protocols cannot.
func (b *base) plain(in sim.Commit) error {
	if len(in.PSKs) > 0 {
		return b.lacks("pre-shared keys")
	}
	if in.Private {
		return b.lacks("private framing")
	}
	return nil
}

// PublishLast implements [sim.Backend].
func (b *base) PublishLast(sim.StepID, sim.ClientID) (sim.KeyPackage, error) {
	return nil, b.lacks("prekeys of last resort")
}

// JoinExternal implements [sim.Backend].
func (b *base) JoinExternal(sim.StepID, sim.ClientID, sim.Message, sim.External) (sim.Output, error) {
	return sim.Output{}, b.lacks("external Commits")
}

// Share implements [sim.Backend].
func (b *base) Share(sim.StepID, string, ...sim.ClientID) error { return b.lacks("pre-shared keys") }

// Retain implements [sim.Backend]. There is nothing that could be kept.
func (b *base) Retain(sim.ClientID, sim.Retention) {}
