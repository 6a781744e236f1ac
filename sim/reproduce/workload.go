package reproduce

import (
	"slices"

	"mlssim/sim"
)

// A user is one who was ever in the group, by the order of appearance.
type user int32

// An op is what happens next: one is added, removed, or refreshes its key. Who adds or
// removes is by; who refreshes is both, unless it is managed.
type op struct {
	kind     opKind
	by, whom user
}

type opKind uint8

const (
	opAdd opKind = iota
	opRemove
	opUpdate
)

// A workload is how the operations on a group are drawn: of so many, some are Adds, some
// Removes, the others Updates.
type workload struct {
	n                 int // users at first
	ops               int
	of, adds, removes int
	admins            int  // who alone add and remove, and are never removed; 0 if all do
	zipf              bool // the k-th of the users, in a hidden order, updates with weight 1/k; else all alike
	managed           bool // an administrator makes the Updates too, each that of another user
}

// A history is what was drawn.
type history struct {
	ops   []op
	users int           // that were ever there
	admin map[user]bool // who is one
}

// draw returns the operations of a workload.
func (w workload) draw(seed sim.Seed) history {
	c := crew{stream: seed.Stream("workload", 0), rank: seed.Stream("rank", 0), zipf: w.zipf}
	h := history{admin: map[user]bool{}}
	initial := make([]user, w.n)
	for i := range initial {
		initial[i] = user(i)
	}
	for i := range w.admins {
		j := i + c.stream.IntN(w.n-i)
		initial[i], initial[j] = initial[j], initial[i]
		h.admin[initial[i]] = true
	}
	admins := initial[:w.admins]
	for _, u := range initial[w.admins:] {
		c.enter(u)
	}
	if w.zipf {
		c.weights = append(c.weights, 0)
	}
	h.users = w.n
	issuer := func() user {
		if w.admins > 0 {
			return admins[c.stream.IntN(len(admins))]
		}
		return c.users[c.stream.IntN(len(c.users))]
	}
	for len(h.ops) < w.ops {
		switch kind := c.stream.IntN(w.of); {
		case kind < w.adds:
			o := op{opAdd, issuer(), user(h.users)}
			h.users++
			c.enter(o.whom)
			h.ops = append(h.ops, o)
		case kind < w.adds+w.removes:
			if len(c.users) < 2 && (w.admins == 0 || len(c.users) == 0) {
				continue // nobody could remove, or be removed: draw again
			}
			whom := c.exit(c.stream.IntN(len(c.users)))
			h.ops = append(h.ops, op{opRemove, issuer(), whom})
		case w.managed:
			if len(c.users) > 0 {
				by := issuer()
				h.ops = append(h.ops, op{opUpdate, by, c.users[c.stream.IntN(len(c.users))]})
			}
		default:
			u := c.updater(admins)
			h.ops = append(h.ops, op{opUpdate, u, u})
		}
	}
	return h
}

// A crew is who is in the group, but for administrators.
type crew struct {
	stream, rank *sim.Stream
	users        []user // in no order
	zipf         bool
	ranked       []ranked  // the same, in the hidden order
	ranks        []uint64  // of everybody who was ever there
	weights      []float64 // sums of 1/k up to each k
}

type ranked struct {
	rank uint64
	user user
}

func (c *crew) enter(u user) {
	c.users = append(c.users, u)
	if !c.zipf {
		return
	}
	for int(u) >= len(c.ranks) {
		c.ranks = append(c.ranks, c.rank.Uint64())
	}
	c.ranked = slices.Insert(c.ranked, c.place(u), ranked{c.ranks[u], u})
}

// exit removes the user at index i of users.
func (c *crew) exit(i int) user {
	u := c.users[i]
	last := len(c.users) - 1
	c.users[i] = c.users[last]
	c.users = c.users[:last]
	if c.zipf {
		at := c.place(u)
		c.ranked = slices.Delete(c.ranked, at, at+1)
	}
	return u
}

// place returns where in the hidden order a user is, or would be.
func (c *crew) place(u user) int {
	at, _ := slices.BinarySearchFunc(c.ranked, c.ranks[u], func(r ranked, rank uint64) int {
		switch {
		case r.rank < rank:
			return -1
		case r.rank > rank:
			return 1
		}
		return 0
	})
	return at
}

// updater draws who refreshes its key.
func (c *crew) updater(admins []user) user {
	if !c.zipf {
		i := c.stream.IntN(len(admins) + len(c.users))
		if i < len(admins) {
			return admins[i]
		}
		return c.users[i-len(admins)]
	}
	for k := len(c.weights); k <= len(c.ranked); k++ {
		c.weights = append(c.weights, c.weights[k-1]+1/float64(k))
	}
	x := float64(c.stream.Float64() * c.weights[len(c.ranked)])
	k, _ := slices.BinarySearch(c.weights[1:len(c.ranked)+1], x)
	return c.ranked[min(k, len(c.ranked)-1)].user
}
