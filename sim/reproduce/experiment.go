package reproduce

import (
	"context"

	"mlssim/sim"
)

// An Experiment is one figure: the plan of its name says what is asked and what was
// published, its functions measure ours.
type Experiment struct {
	Name string
	// Settings are the keys that a plan has to have in settings, for all series or in
	// each of them.
	Settings []string
	// Curves are what the curve of a series can be, if there is a choice.
	Curves []string
	// Jobs lists what is to be measured of the points that a plan has selected, in an
	// order that depends on the plan alone. Jobs may run at the same time.
	Jobs func(*Plan) ([]Job, error)
	// Expect returns what a point without a published value has to be, if there is a
	// formula for it. It may be nil.
	Expect func(p *Plan, s *Series, x float64) (y float64, ok bool)
}

// A Job measures one replication of one or more points. What it returns depends on
// the plan alone, not on what ran before or beside it.
type Job func(context.Context) ([]Sample, error)

// A Sample is one replication's value of a point.
type Sample struct {
	Series string
	X, Y   float64
}

// All returns the experiments, in the order in which they are listed and run.
func All() []Experiment {
	return []Experiment{
		proposeAndCommit(),
		refreshedKeys(),
		warmUp(),
		secondCommit(),
		newGroupBytes(),
		taintedTreeKEM("tainted-treekem"),
		taintedTreeKEM("tainted-treekem-zipf"),
		taintedTreeKEM("tainted-treekem-admins"),
		multicastTrees(),
		multicastRemovals(),
		quarantineWindow(),
		retroactiveLeak(),
		doubleJoin(),
		healingTime(),
		healingByProposals(),
		healingEpochs(),
		insecureTime(),
		insecureEpisodes(),
		knownNodes(),
		staleDevice(),
		unreadMessages(),
		lastResort(),
		independentBlanks(),
		forkPolicy(),
		equalBandwidth(),
		offlineDevice(),
		retroactiveGap(),
		crossGroups(),
		protocolsRead(),
		protocolsSent(),
	}
}

// Find returns the experiment of a name.
func Find(name string) (Experiment, bool) {
	for _, e := range All() {
		if e.Name == name {
			return e, true
		}
	}
	return Experiment{}, false
}

// eachPoint makes one job of each replication of each point. The seed that measure
// gets is the same for all series, so that they meet the same chances.
func eachPoint(p *Plan, measure func(ctx context.Context, s *Series, x float64, seed sim.Seed) (y float64, err error)) []Job {
	var jobs []Job
	for i := range p.Series {
		s := &p.Series[i]
		for _, at := range s.Points {
			for r := range p.replications(at) {
				jobs = append(jobs, func(ctx context.Context) ([]Sample, error) {
					y, err := measure(ctx, s, at.X, sim.NewSeed(p.Seed, r))
					return []Sample{{s.Name, at.X, y}}, err
				})
			}
		}
	}
	return jobs
}

// eachReplication makes one job of each replication of each series, which measures all
// points of it.
func eachReplication(p *Plan, measure func(ctx context.Context, s *Series, seed sim.Seed) ([]Sample, error)) []Job {
	var jobs []Job
	for i := range p.Series {
		s := &p.Series[i]
		for r := range p.Replications {
			jobs = append(jobs, func(ctx context.Context) ([]Sample, error) { return measure(ctx, s, sim.NewSeed(p.Seed, r)) })
		}
	}
	return jobs
}
