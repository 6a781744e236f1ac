package rival

import (
	"testing"

	"mlssim/sim"
)

// Of a group of 2^k who have all refreshed their keys, a refresh costs k in trees
// and 2^k - 1 on channels, and so on: the numbers are exact.
func TestCostsGrowAsTheyShould(t *testing.T) {
	for k := 1; k <= 4; k++ {
		n := 1 << k
		for _, p := range Protocols() {
			c := newCrowd(t, p, n)
			for _, id := range c.ids() {
				c.commit(id, sim.Commit{})
			}
			want := map[string]int{ART: k, Tainted: k, SenderKeys: n - 1, Pairwise: n - 1}[p]
			out, opens := c.commit(sim.ClientID(n-1), sim.Commit{})
			if out.Cost.Seals != want {
				t.Errorf("%s, %d members: an update costs %d, want %d", p, n, out.Cost.Seals, want)
			}
			total := 0
			for _, o := range opens {
				total += o
			}
			// In ART every member computes each node above it that has changed: half of all
			// one node, a quarter two, and so on. Elsewhere each opens one ciphertext.
			if want := map[bool]int{true: 2*n - 2 - k, false: n - 1}[p == ART]; total != want {
				t.Errorf("%s, %d members: an update takes %d operations of all others, want %d", p, n, total, want)
			}
			first, second := c.send(0), c.send(0)
			copies := map[string][2]int{Pairwise: {n - 1, n - 1}}[p]
			if first.Cost.Seals != copies[0] || second.Cost.Seals != copies[1] {
				t.Errorf("%s, %d members: messages cost %d and %d", p, n, first.Cost.Seals, second.Cost.Seals)
			}
		}
	}
}

// send sends a message that all others read.
func (c *crowd) send(id sim.ClientID) sim.Output {
	c.t.Helper()
	out := c.do(id, sim.Send{Step: c.next(), Data: []byte("hello")})
	c.b.Adversary().Observe(out.Send)
	for _, m := range c.ids() {
		if m == id {
			continue
		}
		if got := c.do(m, sim.Open{Message: out.Send}); string(got.Data) != "hello" {
			c.t.Fatalf("client %d reads %q", m, got.Data)
		}
	}
	return out
}

// A sender's chain is sent to those who lack it, and to nobody else.
func TestSenderKeysAreSentOnce(t *testing.T) {
	c := newCrowd(t, SenderKeys, 5)
	for _, want := range []int{4, 0, 0} {
		if got := c.send(2).Cost.Seals; got != want {
			t.Errorf("%d copies of the chain, want %d", got, want)
		}
	}
	c.commit(0, sim.Commit{NoPath: true}, 7)
	if got := c.send(2).Cost.Seals; got != 1 {
		t.Errorf("%d copies for one newcomer", got)
	}
	c.commit(0, sim.Commit{}, 8)
	if got := c.send(0).Cost.Seals; got != 0 {
		t.Errorf("%d copies for one who was given the chain with the Welcome", got)
	}
	c.commit(0, sim.Commit{Removes: []uint32{1}})
	if got := c.send(2).Cost.Seals; got != 5 {
		t.Errorf("%d copies after a removal, want 5", got)
	}
	if got := c.send(0).Cost.Seals; got != 0 {
		t.Errorf("%d copies of the remover, who sent its chain with the Commit", got)
	}
}

// Tainted TreeKEM: a removal re-keys the path of the leaf, the next update of who
// removed also what it has tainted, until others re-key it.
func TestTaintCosts(t *testing.T) {
	const k, n = 4, 16
	for _, x := range []uint32{1, 3, 7, 15} { // removed by the member at leaf 0; its lowest common ancestor has level 1 to 4
		c := newCrowd(t, Tainted, n)
		for _, id := range c.ids() {
			c.commit(id, sim.Commit{})
		}
		meet := 0
		for l := x; l > 0; l >>= 1 {
			meet++
		}
		check := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("leaf %d: %s costs %d, want %d", x, what, got, want)
			}
		}
		removal, _ := c.commit(0, sim.Commit{NoPath: true, Removes: []uint32{x}})
		// One ciphertext for each node of the path; the lowest has nobody but the
		// remover below it where that is the neighbour.
		want := k
		if meet == 1 {
			want = k - 1
		}
		check("the removal", removal.Cost.Seals, want)
		foreign := meet - 1
		update, _ := c.commit(0, sim.Commit{})
		// The neighbour's leaf is empty: nothing is sealed to it.
		check("the update after it", update.Cost.Seals, want+foreign)
		again, _ := c.commit(0, sim.Commit{})
		check("the one after that", again.Cost.Seals, want+foreign)
		if meet == 1 {
			continue
		}
		c.commit(sim.ClientID(x-1), sim.Commit{}) // re-keys all that was tainted
		clean, _ := c.commit(0, sim.Commit{})
		check("the update after another's", clean.Cost.Seals, k)
	}
}

// A tree is halved when nobody is in its right half, and doubles again.
func TestTreesShrinkAndGrow(t *testing.T) {
	for _, protocol := range []string{ART, Tainted} {
		c := newCrowd(t, protocol, 8)
		for _, id := range c.ids() {
			c.commit(id, sim.Commit{})
		}
		key := func(node uint32) (key sim.Name) {
			for _, p := range c.members[0].View().Parents {
				if p.Node == node {
					key = p.Key
				}
			}
			return key
		}
		before := key(3)
		c.commit(0, sim.Commit{NoPath: true, Removes: []uint32{4, 5, 6, 7}})
		if got := key(7); !none(got) {
			t.Errorf("%s: node 7 is still there: %v", protocol, got)
		}
		// What is agreed of the same two keys is the same key. A sealed one is fresh.
		if same := key(3) == before; same != (protocol == ART) {
			t.Errorf("%s: the root is %v, and was %v", protocol, key(3), before)
		}
		if out, _ := c.commit(1, sim.Commit{}); out.Cost.Seals != 2 {
			t.Errorf("%s: an update among four costs %d", protocol, out.Cost.Seals)
		}
		c.commit(0, sim.Commit{}, 20, 21)
		if v := c.members[21].View(); v.Leaf != 5 || none(key(7)) || none(key(9)) {
			t.Errorf("%s: after two joins %+v", protocol, v)
		}
	}
}
