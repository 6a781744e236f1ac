package reproduce

import (
	"context"
	"math/bits"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// warmUp counts the ciphertexts of the Commits after a group was created without a
// path: the x-th has x-1 before it that have set paths.
func warmUp() Experiment {
	return Experiment{
		Name: "warm-up", Settings: []string{"members"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachReplication(p, func(_ context.Context, s *Series, seed sim.Seed) ([]Sample, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return nil, err
				}
				return p.firstCommits(s, n, seed)
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			n, err := p.count(s, "members", 2, maxMembers)
			if err != nil || !powerOfTwo(float64(n)) || x < 1 || x > maxCommits {
				return 0, false
			}
			return warmUpCost(n, int(x)-1), true
		},
	}
}

// firstCommits lets members drawn uniformly commit, up to the last point of a series.
func (p *Plan) firstCommits(s *Series, n int, seed sim.Seed) ([]Sample, error) {
	g, err := crowd.New(n, crowd.AddedWithoutPath, false)
	if err != nil {
		return nil, err
	}
	wanted, last := map[int]bool{}, 0
	for _, at := range s.Points {
		wanted[int(at.X)] = true
		last = max(last, int(at.X))
	}
	draw := seed.Stream("committer", 0)
	var samples []Sample
	for m := 1; m <= last; m++ {
		c, err := g.Commit(crowd.Member(draw.IntN(n)), false)
		if err != nil {
			return nil, err
		}
		if wanted[m] {
			samples = append(samples, Sample{s.Name, float64(m), float64(c.Ciphertexts)})
		}
	}
	return samples, nil
}

// warmUpCost returns the expected number of ciphertexts of a Commit that has m others
// with a path before it, all by members drawn uniformly from n, a power of two, where
// no parent had a key at first. Beside the path there is one node of each height h: it
// has a key if one of the m came from below it, else it stands for 2^h leaves.
func warmUpCost(n, m int) float64 {
	var cost float64
	for h := range bits.Len(uint(n)) - 1 {
		size := float64(int(1) << h)
		none := 1.0
		for range m {
			none = float64(none * (1 - size/float64(n)))
		}
		cost += 1 + float64((size-1)*none)
	}
	return cost
}

// secondCommit counts those of the first Commit by another member than the creator,
// each of them, exactly.
func secondCommit() Experiment {
	starts := map[string]crowd.Start{"with a path": crowd.AddedWithPath, "without a path": crowd.AddedWithoutPath}
	return Experiment{
		Name: "second-commit", Curves: []string{"with a path", "without a path"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, _ sim.Seed) (float64, error) {
				all := 0
				for by := 1; by < int(x); by++ {
					if ctx.Err() != nil {
						return 0, ctx.Err()
					}
					g, err := crowd.New(int(x), starts[s.Curve], false)
					if err != nil {
						return 0, err
					}
					c, err := g.Commit(crowd.Member(by), false)
					if err != nil {
						return 0, err
					}
					all += c.Ciphertexts
				}
				return float64(all) / (x - 1), nil
			}), nil
		},
		Expect: func(_ *Plan, s *Series, x float64) (float64, bool) {
			if s.Curve == "without a path" {
				return x - 1, powerOfTwo(x)
			}
			return (float64(2*x) - 1) / 3, powerOfTwo(x)
		},
	}
}

// newGroupBytes measures a Commit, in bytes, in a group whose parents are all blank:
// the first one after its creation.
func newGroupBytes() Experiment {
	return Experiment{
		Name: "new-group-bytes", Settings: []string{"public_key", "secret"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				g, err := crowd.New(int(x), crowd.AddedWithoutPath, false)
				if err != nil {
					return 0, err
				}
				if g.Sizes, err = p.sizes(s); err != nil {
					return 0, err
				}
				c, err := g.Commit(crowd.Member(seed.Stream("committer", 0).IntN(int(x))), false)
				return float64(c.Bytes), err
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			sizes, err := p.sizes(s)
			if err != nil || x < 2 || x > maxMembers || x != float64(int(x)) {
				return 0, false
			}
			return float64((x - 1) * float64(sizes.Ciphertext())), true
		},
	}
}

// sizes returns what the parts of a message have in the suite of a series.
func (p *Plan) sizes(s *Series) (crowd.Sizes, error) {
	z := crowd.X25519
	var err error
	if z.Public, err = p.count(s, "public_key", 1, 4096); err == nil {
		z.Secret, err = p.count(s, "secret", 1, 64)
	}
	return z, err
}
