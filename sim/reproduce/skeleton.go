package reproduce

// A skeleton is a perfect binary tree in which nodes have a key or not: TreeKEM
// without unmerged leaves, as the papers count it. A node that is replaced is
// encrypted to its children: to each node with a key, and through those without.
type skeleton struct {
	depth int
	rows  [][]node // by height
	marks int      // how many times mark was called
	leaf  map[user]int
	taint map[user][]spot // nodes that it has tainted; some may have been replaced since
	cost  int             // encryptions
}

type node struct {
	filled bool // has a key; of a leaf: somebody is there
	keeper user // who has replaced it without being below it, or nobody
	below  int  // occupied leaves
	marked int
}

const nobody user = -1

// A spot is a node by height and number in its row.
type spot struct{ height, number int }

func (s spot) above() spot        { return spot{s.height + 1, s.number / 2} }
func (s spot) child(i int) spot   { return spot{s.height - 1, 2*s.number + i} }
func (s spot) over(leaf int) bool { return leaf>>s.height == s.number }

// newSkeleton returns the tree of users 0 to n-1 with all keys; n is a power of two.
func newSkeleton(n int) *skeleton {
	t := &skeleton{leaf: map[user]int{}, taint: map[user][]spot{}}
	for 1<<t.depth < n {
		t.depth++
	}
	t.resize()
	for i := range n {
		t.sit(user(i), i)
	}
	for h := 1; h <= t.depth; h++ {
		for k := range t.rows[h] {
			t.rows[h][k].filled = true
		}
	}
	return t
}

// resize makes the rows as long as the depth says; nodes that were not there have no key.
func (t *skeleton) resize() {
	for h := range max(t.depth+1, len(t.rows)) {
		if h == len(t.rows) {
			t.rows = append(t.rows, nil)
		}
		want := 0
		if h <= t.depth {
			want = 1 << (t.depth - h)
		}
		if len(t.rows[h]) > want {
			t.rows[h] = t.rows[h][:want]
		}
		for len(t.rows[h]) < want {
			t.rows[h] = append(t.rows[h], node{keeper: nobody})
		}
	}
	t.rows = t.rows[:t.depth+1]
}

func (t *skeleton) at(s spot) *node { return &t.rows[s.height][s.number] }
func (t *skeleton) root() spot      { return spot{t.depth, 0} }
func (t *skeleton) has(s spot) bool { return s.height <= t.depth && s.number < 1<<(t.depth-s.height) }

func (t *skeleton) sit(u user, leaf int) {
	t.leaf[u] = leaf
	t.count(leaf, 1)
	t.at(spot{0, leaf}).filled = true
}

func (t *skeleton) count(leaf, d int) {
	for s := (spot{0, leaf}); t.has(s); s = s.above() {
		t.at(s).below += d
	}
}

// add puts a user on the leftmost free leaf; grown says that the tree was doubled for it.
func (t *skeleton) add(u user) (leaf int, grown bool) {
	if grown = t.at(t.root()).below == 1<<t.depth; grown {
		t.depth++
		t.resize()
		t.at(t.root()).below = 1 << (t.depth - 1)
	}
	s := t.root()
	for s.height > 0 {
		left := s.child(0)
		if s = left; t.at(left).below == 1<<left.height {
			s.number++
		}
	}
	t.sit(u, s.number)
	return s.number, grown
}

// remove frees the leaf of a user, and halves the tree while its right half is free.
func (t *skeleton) remove(u user) (leaf int) {
	leaf = t.leaf[u]
	delete(t.leaf, u)
	t.count(leaf, -1)
	t.at(spot{0, leaf}).filled = false
	for t.depth > 0 && t.at(t.root().child(1)).below == 0 {
		t.depth--
		t.resize()
	}
	return leaf
}

// reach returns how many encryptions it takes to reach all below a node, but for one
// leaf.
func (t *skeleton) reach(s spot, but int) int {
	switch {
	case s.height == 0 && s.number == but:
		return 0
	case t.at(s).filled:
		return 1
	case s.height == 0:
		return 0
	}
	return t.reach(s.child(0), but) + t.reach(s.child(1), but)
}

// A set is nodes with all that is above them, by height.
type set [][]int

// mark returns the set of nodes and all above them that are in the tree.
func (t *skeleton) mark(from ...spot) set {
	t.marks++
	all := make(set, t.depth+1)
	for _, s := range from {
		for ; t.has(s) && t.at(s).marked != t.marks; s = s.above() {
			t.at(s).marked = t.marks
			all[s.height] = append(all[s.height], s.number)
		}
	}
	return all
}

// blank takes the keys from parents.
func (t *skeleton) blank(nodes set) {
	for h := 1; h < len(nodes); h++ {
		for _, k := range nodes[h] {
			t.rows[h][k].filled, t.rows[h][k].keeper = false, nobody
		}
	}
}

// rekey gives new keys to the nodes of the last mark, from the lowest upwards, if they
// are above the issuer's leaf or everywhere is set; the others lose theirs. The secret of
// a node follows from that of one child that has a new one, and is encrypted to the
// other; if no child has, to both.
func (t *skeleton) rekey(nodes set, by user, everywhere bool) {
	own := t.leaf[by]
	t.blank(nodes)
	renewed := func(s spot) bool { return t.at(s).marked == t.marks && (everywhere || s.over(own)) }
	for h, row := range nodes {
		for _, k := range row {
			s := spot{h, k}
			switch {
			case !renewed(s):
				continue
			case h == 0:
				t.cost += t.reach(s, own)
				continue
			}
			t.at(s).filled = true
			if !s.over(own) {
				t.at(s).keeper = by
				t.taint[by] = append(t.taint[by], s)
			}
			first, second := s.child(0), s.child(1)
			switch {
			case renewed(first):
				t.cost += t.reach(second, own)
			case renewed(second):
				t.cost += t.reach(first, own)
			default:
				t.cost += t.reach(first, own) + t.reach(second, own)
			}
		}
	}
	if !renewed(t.root()) { // the group's new secret follows from none of them
		t.cost += t.reach(t.root(), own)
	}
}

// tainted returns what a user has tainted, and forgets it.
func (t *skeleton) tainted(u user) []spot {
	var all []spot
	for _, s := range t.taint[u] {
		if t.has(s) && t.at(s).keeper == u {
			all = append(all, s)
		}
	}
	delete(t.taint, u)
	return all
}
