package vectors

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
)

// makePassiveWelcome returns clients that join in several ways.
func makePassiveWelcome(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for i, how := range []start{
		{others: 0}, {others: 1, psk: true}, {others: 2, apart: true}, {others: 4, psk: true, apart: true}, {others: 3, noPath: true},
	} {
		g, err := record(r.sub(i), s, how)
		if err != nil {
			return nil, err
		}
		all = append(all, g.vector())
	}
	return all, nil
}

// handled are the Commits of makePassiveCommits: by value and by reference.
var handled = []func(g *recording) error{
	func(g *recording) error { return g.end(g.other(), 0, impl.CommitOptions{}) },
	func(g *recording) error { return g.end(g.other(), 2, impl.CommitOptions{}) },
	func(g *recording) error { return g.end(g.other(), 1, impl.CommitOptions{NoPath: true}) },
	func(g *recording) error {
		by := g.other()
		return g.end(by, 0, impl.CommitOptions{Remove: []tree.LeafIndex{g.other(by).member.Leaf()}})
	},
	func(g *recording) error {
		return g.end(g.other(), 0, impl.CommitOptions{PSKs: []schedule.PreSharedKeyID{g.newPSK(), g.resumption()}, NoPath: true})
	},
	func(g *recording) error {
		extensions := g.extensions()
		return g.end(g.other(), 0, impl.CommitOptions{Extensions: &extensions})
	},
	func(g *recording) error {
		if err := g.proposeAdd(g.other()); err != nil {
			return err
		}
		return g.end(g.other(), 0, impl.CommitOptions{NoPath: true})
	},
	func(g *recording) error {
		by := g.other()
		if err := g.proposeUpdate(by); err != nil {
			return err
		}
		return g.end(g.other(by), 0, impl.CommitOptions{})
	},
	func(g *recording) error {
		by := g.other()
		if err := g.proposeRemove(by, g.other(by)); err != nil {
			return err
		}
		return g.end(by, 0, impl.CommitOptions{})
	},
	func(g *recording) error {
		for _, id := range []schedule.PreSharedKeyID{g.newPSK(), g.resumption()} {
			if err := g.proposePSK(g.other(), id); err != nil {
				return err
			}
		}
		return g.end(g.other(), 0, impl.CommitOptions{})
	},
	func(g *recording) error {
		if err := g.proposeExtensions(g.other()); err != nil {
			return err
		}
		return g.end(g.other(), 0, impl.CommitOptions{})
	},
	func(g *recording) error { // all at once
		by := g.other()
		removed := g.other(by)
		updated := g.other(by, removed)
		if err := g.proposeAdd(updated); err != nil {
			return err
		}
		if err := g.proposePSK(updated, g.newPSK()); err != nil {
			return err
		}
		if err := g.proposeUpdate(updated); err != nil {
			return err
		}
		return g.end(by, 1, impl.CommitOptions{Remove: []tree.LeafIndex{removed.member.Leaf()}})
	},
	func(g *recording) error { // from outside
		c, err := g.client()
		if err != nil {
			return err
		}
		return g.endFromOutside(c, impl.ExternalOptions{PSKs: []schedule.PreSharedKeyID{g.newPSK()}})
	},
	func(g *recording) error { return g.endFromOutside(g.other(), impl.ExternalOptions{}) },
}

// makePassiveCommits returns clients that each see one of the Commits in handled,
// and another that makes them use what they have learned.
func makePassiveCommits(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for i, handle := range handled {
		g, err := record(r.sub(i), s, start{others: 3})
		if err != nil {
			return nil, err
		}
		if err := handle(g); err != nil {
			return nil, err
		}
		if err := g.end(g.other(), 0, impl.CommitOptions{}); err != nil {
			return nil, err
		}
		all = append(all, g.vector())
	}
	return all, nil
}

// makePassiveRandom returns a client that follows its group through some random
// epochs.
func makePassiveRandom(r *source, s *suite.Suite) ([]vector, error) {
	g, err := record(r, s, start{others: 3, psk: r.IntN(2) == 0, apart: r.IntN(2) == 0})
	if err != nil {
		return nil, err
	}
	for range 12 {
		if err := g.randomEpoch(); err != nil {
			return nil, err
		}
	}
	return []vector{g.vector()}, nil
}

// randomEpoch lets members propose this and that, and one commit, or somebody
// from outside. The group is between three and ten.
func (g *recording) randomEpoch() error {
	if g.r.IntN(6) == 0 {
		c := g.other()
		if len(g.list) < 8 && g.r.IntN(2) == 0 {
			var err error
			if c, err = g.client(); err != nil {
				return err
			}
		}
		return g.endFromOutside(c, impl.ExternalOptions{})
	}
	by := g.other()
	var leaving []*client
	for range g.r.IntN(4) {
		var err error
		switch c := g.other(); {
		case g.r.IntN(4) == 0:
			err = g.proposePSK(c, g.newPSK())
		case g.r.IntN(3) == 0 && c != by:
			err = g.proposeUpdate(c)
		case g.r.IntN(2) == 0 && len(g.list)+len(g.invited) < 8:
			err = g.proposeAdd(c)
		case c != by && len(g.list)-len(leaving) > 3 && !slices.Contains(leaving, c):
			leaving = append(leaving, c)
			err = g.proposeRemove(by, c)
		}
		if err != nil {
			return err
		}
	}
	var o impl.CommitOptions
	if g.r.IntN(5) == 0 {
		extensions := g.extensions()
		o.Extensions = &extensions
	}
	if len(g.invited) == 0 && g.r.IntN(2) == 0 { // who is invited has none of the past
		o.PSKs = []schedule.PreSharedKeyID{g.resumption()}
		return g.end(by, 0, o)
	}
	return g.end(by, g.r.IntN(2)*min(1, max(0, 9-len(g.list)-len(g.invited))), o)
}
