package symbolic

import (
	"fmt"
	"maps"
	"slices"

	"mlssim/model"
	"mlssim/sim"
)

// names gives each secret term one name.
type names struct {
	byTerm map[model.Term]sim.Name
	terms  map[sim.Name]model.Term
}

func newNames() names {
	return names{map[model.Term]sim.Name{}, map[sim.Name]model.Term{}}
}

// add names a term, and tells whether that is new. A name for two terms, or two
// names for a term, would be an error of the model.
func (n names) add(name sim.Name, t model.Term) bool {
	if old, ok := n.byTerm[t]; ok {
		if old != name {
			panic(fmt.Sprintf("symbolic: %v is also %v", name, old))
		}
		return false
	}
	if _, ok := n.terms[name]; ok {
		panic(fmt.Sprintf("symbolic: there are two of %v", name))
	}
	n.byTerm[t], n.terms[name] = name, t
	return true
}

// of returns the name of a secret.
func (n names) of(t model.Term) sim.Name {
	name, ok := n.byTerm[t]
	if !ok {
		panic(fmt.Sprintf("symbolic: term %d is a secret without a name", t))
	}
	return name
}

func (n names) ofAll(terms []model.Term) []sim.Name {
	var all []sim.Name
	for _, t := range terms {
		all = append(all, n.of(t))
	}
	return all
}

// all returns every name in order.
func (n names) all() []sim.Name {
	return slices.SortedFunc(maps.Keys(n.terms), sim.Name.Compare)
}

// kinds translates the model's kinds: both sides spell them as the RFC does.
var kinds = func() map[model.Kind]sim.Kind {
	m := map[model.Kind]sim.Kind{}
	for k := sim.SignatureKey; k <= sim.ApplicationKey; k++ {
		m[model.Kind(k.String())] = k
	}
	return m
}()

// ratcheted tells whether a secret belongs to the secret tree below its root,
// and so to the epoch of what it was derived from.
func ratcheted(k model.Kind) bool { return kinds[k] >= sim.TreeSecret }

// sorted puts held secrets in the order of Name.Compare.
func sorted(held []sim.Held) []sim.Held {
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}
