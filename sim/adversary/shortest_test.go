package adversary

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// small draws rules between few secrets, some of which are taken.
func small(t *rapid.T) *Knowledge {
	k := New()
	n := rapid.IntRange(2, 7).Draw(t, "secrets")
	for range rapid.IntRange(1, 14).Draw(t, "rules") {
		r := sim.Rule{ID: "T1", To: secret(rapid.IntRange(0, n-1).Draw(t, "to"))}
		for range rapid.IntRange(1, 3).Draw(t, "premises") {
			r.From = append(r.From, secret(rapid.IntRange(0, n-1).Draw(t, "from")))
		}
		k.Add(r)
	}
	for range rapid.IntRange(0, 3).Draw(t, "thefts") {
		k.Learn(secret(rapid.IntRange(0, n-1).Draw(t, "taken")))
	}
	return k
}

const none = math.MaxInt

// fewest tries every derivation in which no secret rests on itself.
func fewest(k *Knowledge, target sim.Name, above []sim.Name) int {
	if slices.Contains(above, target) {
		return none
	}
	best := none
	for _, r := range k.Rules(target) {
		size := 1
		if r.ID == sim.RuleTaken {
			size = 0
		}
		for _, from := range r.From {
			below := fewest(k, from, append(slices.Clone(above), target))
			if below == none {
				size = none
				break
			}
			size += below
		}
		best = min(best, size)
	}
	return best
}

// written is the number of rules of a derivation written as a tree.
func written(d *Derivation) int {
	size := 1
	if d.Rule.ID == sim.RuleTaken {
		size = 0
	}
	for _, below := range d.From {
		size += written(below)
	}
	return size
}

func TestShortestIsTheFewestRules(t *testing.T) {
	longer := 0
	rapid.Check(t, func(t *rapid.T) {
		k := small(t)
		for i := range 7 {
			want := fewest(k, secret(i), nil)
			d, size := Shortest(k, secret(i))
			if (d == nil) != (want == none) {
				t.Fatalf("%v: %v, but %d rules", secret(i), d, want)
			}
			if d == nil {
				continue
			}
			if int(size) != want || written(d) != want {
				t.Fatalf("%v: %d rules, written %d, want %d", secret(i), size, written(d), want)
			}
			if written(Explain(k, secret(i))) > want {
				longer++
			}
		}
	})
	if longer == 0 {
		t.Error("the first derivation was the shortest each time: nothing was shown")
	}
}

// Sizes that double stop at the largest number there is.
func TestShortestOfDoublingSizes(t *testing.T) {
	k := New()
	for i := range 100 {
		k.Add(sim.Rule{ID: "K1", From: []sim.Name{secret(i), secret(i)}, To: secret(i + 1)})
	}
	k.Learn(secret(0))
	if d, size := Shortest(k, secret(100)); d == nil || size != math.MaxUint64 || len(d.Rules()) != 101 {
		t.Errorf("size %d", size)
	}
}

// A theft of what was known by then makes for a shorter derivation.
func TestShortestFindsALaterTheft(t *testing.T) {
	k := stolen()
	joiner := sim.Name{Kind: sim.JoinerSecret, Origin: 12}
	_, before := Shortest(k, joiner)
	k.Learn(sim.Name{Kind: sim.InitSecret, Origin: 9})
	_, after := Shortest(k, joiner)
	if before != 7 || after != 1 {
		t.Errorf("%d rules before, %d after", before, after)
	}
}

func TestCheapestTriesAllSets(t *testing.T) {
	sizes := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		k := small(t)
		target := secret(0)
		allowed := rapid.Uint8Range(0, 127).Draw(t, "can be taken")
		can := func(n sim.Name) bool { return allowed>>n.Origin&1 == 1 }
		if k.Knows(target) {
			return
		}
		want := bruteCheapest(k, target, can)
		got, exact := Cheapest(k, target, can)
		if !exact {
			t.Fatal("not complete")
		}
		for _, s := range got {
			slices.SortFunc(s, sim.Name.Compare)
		}
		slices.SortFunc(got, func(a, b []sim.Name) int { return slices.CompareFunc(a, b, sim.Name.Compare) })
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%v, want %v", got, want)
		}
		if len(got) > 0 {
			sizes[len(got[0])]++
		}
	})
	if sizes[1] == 0 {
		t.Errorf("sizes %v", sizes)
	}
	// Sets of two are rare among those drawn: one that is always tried.
	k := New()
	k.Add(sim.Rule{ID: "T1", From: []sim.Name{secret(1), secret(2)}, To: secret(0)})
	got, _ := Cheapest(k, secret(0), func(n sim.Name) bool { return n != secret(0) })
	if len(got) != 1 || len(got[0]) != 2 {
		t.Errorf("%v, want both premises", got)
	}
}

// bruteCheapest takes each set of up to three secrets, the small first.
func bruteCheapest(k *Knowledge, target sim.Name, can func(sim.Name) bool) [][]sim.Name {
	var found [][]sim.Name
	for size := 1; size <= 3 && found == nil; size++ {
		for set := range 128 {
			if bits.OnesCount(uint(set)) != size {
				continue
			}
			other, names := New(), []sim.Name(nil)
			for i := range 7 {
				for _, r := range k.Rules(secret(i)) {
					if r.ID == sim.RuleTaken {
						other.Learn(r.To)
					} else {
						other.Add(r)
					}
				}
				if n := secret(i); set>>i&1 == 1 && n != target && can(n) {
					names = append(names, n)
				}
			}
			before := len(names)
			names = slices.DeleteFunc(names, other.Knows)
			if other.Learn(names...); before == size && len(names) == size && other.Knows(target) {
				found = append(found, names)
			}
		}
	}
	slices.SortFunc(found, func(a, b []sim.Name) int { return slices.CompareFunc(a, b, sim.Name.Compare) })
	return found
}
