package reproduce

import (
	"context"

	"mlssim/model"
	"mlssim/sim"
)

// independentBlanks counts the ciphertexts of a Commit in a tree of which each parent
// is blank with probability x, whatever the others are.
func independentBlanks() Experiment {
	return Experiment{
		Name: "independent-blanks", Settings: []string{"members"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return 0, err
				}
				draw := seed.Stream("blanks", 0)
				t := make(model.Tree, 2*n-1)
				for i := range t {
					if i%2 == 0 {
						t[i].Leaf = &model.LeafNode{}
					} else if draw.Float64() >= x {
						t[i].Parent = &model.ParentNode{}
					}
				}
				ciphertexts := 0
				for below := 1; below < n; below *= 2 {
					ciphertexts += len(t.Resolution(model.NodeIndex(3*below - 1))) // on the copath of leaf 0
				}
				return float64(ciphertexts), nil
			}), nil
		},
		Expect: func(p *Plan, s *Series, b float64) (float64, bool) {
			n, _ := p.setting(s, "members")
			sum, height := 0.0, 1.0 // what a subtree of one leaf resolves to
			for below := 1.0; below < n; below += below {
				sum += height
				height = 1 - b + float64(2*b*height)
			}
			return sum, powerOfTwo(n)
		},
	}
}
