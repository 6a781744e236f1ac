package adversary

import (
	"container/heap"
	"math"

	"mlssim/sim"
)

// A Base is a set of known secrets and the rules that may have led to them.
type Base interface {
	sim.Deriver
	// Rules returns the rules that conclude a secret, that of its theft among them.
	Rules(sim.Name) []sim.Rule
}

// Shortest returns a derivation of a secret from what was taken by the fewest
// rules, and their number; nil if the secret is not known. A rule counts as often
// as its conclusion is used, that is, as the derivation would be written as a tree.
// (With each secret counted once the question is NP-hard.) Of derivations of one
// size it is always the same.
//
// The method is Knuth's generalization of Dijkstra's: secrets are settled in the
// order of the size of their smallest derivation.
func Shortest(b Base, target sim.Name) (*Derivation, uint64) {
	s := newSettling(b, target)
	for s.open.Len() > 0 {
		s.settle(heap.Pop(&s.open).(offer))
	}
	size, ok := s.size[target]
	if !ok {
		return nil, 0
	}
	return explain(s, target, map[sim.Name]*Derivation{}), size
}

// settling is the search while it lasts.
type settling struct {
	uses    map[sim.Name][]*pending
	size    map[sim.Name]uint64 // of what is settled
	by      map[sim.Name]sim.Rule
	open    offers
	offered int
}

// A pending rule waits for premises.
type pending struct {
	rule    sim.Rule
	missing int
	sum     uint64
}

// newSettling collects the rules by which the target can be reached, back to front.
func newSettling(b Base, target sim.Name) *settling {
	s := &settling{uses: map[sim.Name][]*pending{}, size: map[sim.Name]uint64{}, by: map[sim.Name]sim.Rule{}}
	seen := map[sim.Name]bool{target: true}
	for wait := []sim.Name{target}; len(wait) > 0; {
		name := wait[len(wait)-1]
		wait = wait[:len(wait)-1]
		for _, r := range b.Rules(name) {
			if !allKnown(b, r.From) {
				continue
			}
			p := &pending{rule: r, missing: len(r.From)}
			for _, from := range r.From {
				s.uses[from] = append(s.uses[from], p)
				if !seen[from] {
					seen[from] = true
					wait = append(wait, from)
				}
			}
			s.offer(p)
		}
	}
	return s
}

func allKnown(d sim.Deriver, names []sim.Name) bool {
	for _, n := range names {
		if _, ok := d.Why(n); !ok {
			return false
		}
	}
	return true
}

// offer queues a rule all of whose premises are settled. What was taken costs nothing.
func (s *settling) offer(p *pending) {
	if p.missing > 0 {
		return
	}
	size := add(p.sum, 1)
	if p.rule.ID == sim.RuleTaken {
		size = 0
	}
	heap.Push(&s.open, offer{size, s.offered, p.rule})
	s.offered++
}

func (s *settling) settle(o offer) {
	name := o.rule.To
	if _, ok := s.size[name]; ok {
		return
	}
	s.size[name], s.by[name] = o.size, o.rule
	for _, p := range s.uses[name] {
		p.missing--
		p.sum = add(p.sum, o.size)
		s.offer(p)
	}
}

// Why implements [sim.Deriver] with the rules that were chosen.
func (s *settling) Why(n sim.Name) (sim.Rule, bool) {
	r, ok := s.by[n]
	return r, ok
}

// add adds sizes, up to the largest there is: where each epoch rests twice on the
// one before, sizes double.
func add(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// An offer is a derivation that was found, for a secret that may have a smaller one.
type offer struct {
	size  uint64
	order int // in which it was found, for equal sizes
	rule  sim.Rule
}

type offers []offer

func (o offers) Len() int { return len(o) }
func (o offers) Less(i, j int) bool {
	return o[i].size < o[j].size || o[i].size == o[j].size && o[i].order < o[j].order
}
func (o offers) Swap(i, j int) { o[i], o[j] = o[j], o[i] }
func (o *offers) Push(x any)   { *o = append(*o, x.(offer)) }
func (o *offers) Pop() any {
	last := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return last
}
