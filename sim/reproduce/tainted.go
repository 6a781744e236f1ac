package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// taintedTreeKEM counts encryptions for each user in the workload of the paper of
// Tainted TreeKEM: x/2 users at first, and 10x operations.
func taintedTreeKEM(name string) Experiment {
	var curves []string
	for _, scheme := range schemes {
		for _, who := range []string{"", "admin", "others"} {
			curves = append(curves, label(scheme.name, who))
		}
	}
	return Experiment{
		Name: name, Settings: []string{"zipf", "users_per_admin"}, Curves: curves,
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				w, err := p.taintWorkload(s, x)
				if err != nil {
					return 0, err
				}
				h := w.draw(seed)
				for _, scheme := range schemes {
					for _, who := range []string{"", "admin", "others"} {
						if label(scheme.name, who) == s.Curve {
							costs, err := scheme.replay(ctx, w.n, h)
							return h.share(costs, who), err
						}
					}
				}
				return 0, fmt.Errorf("no curve %q", s.Curve) // Load has refused it
			}), nil
		},
	}
}

func label(scheme, who string) string {
	if who == "" {
		return scheme
	}
	return scheme + ", " + who
}

// taintWorkload is the workload of a point.
func (p *Plan) taintWorkload(s *Series, x float64) (workload, error) {
	if !powerOfTwo(x) || x < 4 {
		return workload{}, &PlanError{p.Name, fmt.Errorf("%s: x is %v: a power of two from 4 on", s.Name, x)}
	}
	zipf, err := p.count(s, "zipf", 0, 1)
	if err != nil {
		return workload{}, err
	}
	per, err := p.count(s, "users_per_admin", 0, maxMembers)
	w := workload{n: int(x) / 2, ops: 10 * int(x), of: 10, adds: 1, removes: 1, zipf: zipf == 1}
	if per > 0 {
		w.admins = max(w.n/per, 1)
	}
	return w, err
}

// share returns the encryptions for each user, or for each of those meant.
func (h history) share(costs []int, who string) float64 {
	all, admins := 0, 0
	for i, c := range costs {
		all += c
		if h.admin[h.ops[i].by] {
			admins += c
		}
	}
	switch who {
	case "admin":
		return float64(admins) / float64(len(h.admin))
	case "others":
		return float64(all-admins) / float64(h.users-len(h.admin))
	}
	return float64(all) / float64(h.users)
}

// A scheme replays a history and returns the encryptions of each operation.
type scheme struct {
	name   string
	replay func(ctx context.Context, n int, h history) ([]int, error)
}

var schemes = []scheme{
	{"TKEM", onSkeleton((*skeleton).tkem)},
	{"TKEM_commit", onSkeleton((*skeleton).tkemCommit)},
	{"tainted", onSkeleton((*skeleton).taintedOp)},
	{"RFC 9420", onRFC9420(true)},
	{"RFC 9420, adds with a path", onRFC9420(false)},
}

func onSkeleton(apply func(*skeleton, op)) func(context.Context, int, history) ([]int, error) {
	return func(ctx context.Context, n int, h history) ([]int, error) {
		t := newSkeleton(n)
		costs := make([]int, len(h.ops))
		for i, o := range h.ops {
			if i%1024 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			before := t.cost
			apply(t, o)
			costs[i] = t.cost - before
		}
		return costs, nil
	}
}

// change carries out an Add or a Remove, and returns where the leaf is or was.
func (t *skeleton) change(o op) (leaf int, grown bool) {
	if o.kind == opAdd {
		return t.add(o.whom)
	}
	return t.remove(o.whom), false
}

// tkem: Adds and Removes blank, Updates replace.
func (t *skeleton) tkem(o op) {
	if o.kind == opUpdate {
		t.rekey(t.mark(spot{0, t.leaf[o.by]}), o.by, false)
		return
	}
	leaf, _ := t.change(o)
	t.blank(t.mark(spot{0, leaf}))
}

// tkemCommit: who adds or removes replaces at once what is above its own leaf, too.
func (t *skeleton) tkemCommit(o op) {
	leaf := t.leaf[o.by]
	if o.kind != opUpdate {
		leaf, _ = t.change(o)
	}
	t.rekey(t.mark(spot{0, leaf}), o.by, false)
}

// taintedOp: who adds or removes replaces all that is above the leaf; who updates, or
// is removed, has what it has tainted replaced with that. The nodes of a new half of the
// tree get keys even while nobody is below them, as in the program that the published
// numbers are from.
func (t *skeleton) taintedOp(o op) {
	var all []spot
	if o.kind != opAdd {
		all = t.tainted(o.whom)
	}
	if o.kind == opUpdate {
		all = append(all, spot{0, t.leaf[o.by]})
	} else {
		leaf, grown := t.change(o)
		all = append(all, spot{0, leaf})
		if grown {
			for leaf := 1 << (t.depth - 1); leaf < 1<<t.depth; leaf++ {
				all = append(all, spot{0, leaf})
			}
		}
	}
	t.rekey(t.mark(all...), o.by, true)
}

// onRFC9420 replays with the tree of RFC 9420, which has unmerged leaves: Removes and
// Updates are Commits with a path, and Adds too unless noPath is set.
func onRFC9420(noPath bool) func(context.Context, int, history) ([]int, error) {
	return func(ctx context.Context, n int, h history) ([]int, error) {
		g, err := crowd.New(n, crowd.Warm, false)
		if err != nil {
			return nil, err
		}
		costs := make([]int, len(h.ops))
		for i, o := range h.ops {
			if i%1024 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			switch o.kind {
			case opAdd:
				g.Join()
			case opRemove:
				if err := g.Remove(crowd.Member(o.whom)); err != nil {
					return nil, err
				}
			}
			c, err := g.Commit(crowd.Member(o.by), o.kind == opAdd && noPath)
			if err != nil {
				return nil, err
			}
			costs[i] = c.Ciphertexts
		}
		return costs, nil
	}
}
