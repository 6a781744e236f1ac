package crowd

import (
	"math"
	"testing"

	"mlssim/sim"
)

// mean returns the mean number of ciphertexts of a Commit by a random member after k
// Updates by random members, in a group of n, once the tree has settled.
func mean(t *testing.T, n, k, commits int) float64 {
	t.Helper()
	g, err := New(n, Warm, false)
	if err != nil {
		t.Fatal(err)
	}
	s := sim.NewSeed(1, 0).Stream("cost", sim.ClientID(n+k))
	settle, sum := 8*n/(k+1)+10, 0
	for i := range settle + commits {
		for range k {
			if err := g.Update(Member(s.IntN(n))); err != nil {
				t.Fatal(err)
			}
		}
		c, err := g.Commit(Member(s.IntN(n)), false)
		if err != nil {
			t.Fatal(err)
		}
		if i >= settle {
			sum += c.Ciphertexts
		}
	}
	return float64(sum) / float64(commits)
}

// The cost of Commits that cover k Updates is what the recursion over the last event
// below a node gives: in E(cost) = sum of R_h(0), with R_h the expected resolution of a
// node of height h, which is 1 after a Commit below it and that of all that hangs from
// its path after an Update.
func TestCostOfProposals(t *testing.T) {
	for _, n := range []int{64, 256, 1024} {
		for _, k := range []int{0, 1, 2, 8, 16} {
			want, got := expected(n, k), mean(t, n, k, 2000)
			if math.Abs(got-want) > 0.04*want {
				t.Errorf("%d members, %d Updates: %.2f ciphertexts, expected %.2f", n, k, got, want)
			}
		}
	}
	// The recursion itself, at three values that are published.
	for _, x := range []struct {
		n, k int
		want float64
	}{{64, 1, 22.99}, {256, 8, 201.6}, {16384, 16, 12424.8}} {
		if got := expected(x.n, x.k); math.Abs(got-x.want) > 0.001*x.want {
			t.Errorf("expected(%d, %d) is %.2f, not %.2f", x.n, x.k, got, x.want)
		}
	}
}

// expected is the recursion: phases 0 to k-1 are Updates and phase k is the Commit,
// read backwards from just before a Commit.
func expected(n, k int) float64 {
	var r [][]float64 // by height, by phase
	sum := 0.0
	for h := 0; 1<<h < n; h++ {
		q := float64(int(1)<<h) / float64(n)
		x := make([]float64, k+1) // after an event of this phase below the node
		for s := range k {
			x[s] = 1
			for _, below := range r {
				x[s] += below[s+1]
			}
		}
		x[k] = 1
		row := make([]float64, k+1)
		if h == 0 {
			for s := range row {
				row[s] = 1
			}
		} else {
			all := 1 - math.Pow(1-q, float64(k+1))
			for s := range row {
				for d := range k + 1 {
					row[s] += math.Pow(1-q, float64(d)) * q / all * x[(s+d)%(k+1)]
				}
			}
		}
		r = append(r, row)
		sum += row[0]
	}
	return sum
}

// After a Commit that adds all and sets nothing, each Commit by a random member
// halves what the next one costs, at first.
func TestWarmUp(t *testing.T) {
	const n, runs = 256, 1000
	s := sim.NewSeed(1, 0).Stream("warm", 0)
	var sum [21]float64
	for range runs {
		g, err := New(n, AddedWithoutPath, false)
		if err != nil {
			t.Fatal(err)
		}
		for m := range sum {
			c, err := g.Commit(Member(s.IntN(n)), false)
			if err != nil {
				t.Fatal(err)
			}
			sum[m] += float64(c.Ciphertexts)
		}
	}
	for m, got := range sum {
		want := 0.0
		for h := range 8 {
			below := float64(int(1) << h)
			want += 1 + (below-1)*math.Pow(1-below/n, float64(m))
		}
		if got /= runs; math.Abs(got-want) > 0.08*want {
			t.Errorf("after %d Commits the next costs %.1f, expected %.1f", m, got, want)
		}
	}
}

// Whoever cannot do something is refused, and nothing has changed.
func TestRefusals(t *testing.T) {
	g, err := New(4, AddedWithPath, true)
	if err != nil {
		t.Fatal(err)
	}
	waiting := g.Join()
	g.Leave(1)
	if err := g.Remove(2); err != nil {
		t.Fatal(err)
	}
	_, alone := g.Commit(2, false)
	_, away := g.Commit(1, false)
	_, early := g.Commit(waiting, false)
	_, nobody := g.Commit(9, false)
	for name, err := range map[string]error{
		"commits its own removal": alone, "commits while away": away, "commits before it is in": early, "commits and is nobody": nobody,
		"updates while away": g.Update(1), "updates before it is in": g.Update(waiting), "is removed before it is in": g.Remove(waiting),
	} {
		if err == nil {
			t.Errorf("a member %s", name)
		}
	}
	if g.Epoch() != 1 || g.Size() != 4 {
		t.Errorf("epoch %d with %d members", g.Epoch(), g.Size())
	}
	if c, err := g.Commit(0, true); err != nil || !c.Path || c.Removes != 1 || c.Adds != 1 || g.Size() != 4 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := g.Update(2); err == nil {
		t.Error("a member that was removed updates")
	}
	for _, n := range []int{-1, 0, Most + 1} {
		if _, err := New(n, Warm, false); err == nil {
			t.Errorf("a group of %d", n)
		}
	}
}
