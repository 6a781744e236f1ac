package impl

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/suite"
	"mlssim/spec"
)

var long = flag.Bool("long", false, "200,000 steps of random histories")

// TestRandomHistories lets groups of 2 to 32 members, all of them live, go through
// random histories of everything that this package can do, in every cipher suite.
// After each step all members agree, hold the private keys that they should and no
// others, and see what a delivery service sees that follows without a secret. No
// two messages are encrypted under the same key and nonce. The test says how often
// each thing was done, and fails if one never was.
func TestRandomHistories(t *testing.T) {
	steps := 3500
	if *long {
		steps = 200_000
	}
	done, all := &tally{}, lanes(steps)
	t.Run("suites", func(t *testing.T) {
		for _, l := range all {
			t.Run(l.name(), func(t *testing.T) {
				t.Parallel()
				l.run(t, done)
			})
		}
	})
	for _, l := range all {
		if l.steps < l.budget { // of a part of the test no more can be said
			return
		}
	}
	done.report(t)
}

// A lane is a share of the steps, of groups that begin in one suite. The first
// suite is the fastest and has most of them; large groups are dear, and have few.
type lane struct {
	suite  *suite.Suite
	what   string
	least  int   // members at first
	sizes  []int // of which the most members are drawn
	budget int
	steps  int
	broken bool // a history has failed, and is carried out again and again to find the shortest one that does
}

func lanes(steps int) []*lane {
	var all []*lane
	few := max(20, steps/400)
	for _, s := range suite.All()[1:] {
		all = append(all, &lane{suite: s, what: "small", least: 2, sizes: []int{3, 4}, budget: few})
	}
	first := suite.All()[0]
	all = append(all, &lane{suite: first, what: "large", least: 17, sizes: []int{24, 32}, budget: few})
	rest := steps - few*len(all)
	for n := range 4 {
		l := &lane{suite: first, what: fmt.Sprint(n + 1), least: 2, budget: rest / 4}
		l.sizes = []int{3, 4, 4, 4, 4, 5, 5, 6, 8, 12}
		all = append(all, l)
	}
	return all
}

func (l *lane) name() string { return fmt.Sprintf("%v/%s", l.suite.ID, l.what) }

func (l *lane) run(t *testing.T, done *tally) {
	for l.steps < l.budget && !t.Failed() {
		rapid.Check(t, func(t *rapid.T) {
			if l.steps >= l.budget && !l.broken {
				return
			}
			ended := false
			defer func() { l.broken = l.broken || !ended }()
			h := begin(t, l, done)
			h.live()
			ended = true
		})
	}
}

// A tally counts what was done, over all lanes.
type tally struct {
	sync.Mutex
	n map[string]int
}

func (c *tally) count(what string) {
	c.Lock()
	defer c.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[what]++
}

// expected is all that has to be done at least once: in a run, each suite and form
// of each operation.
var expected = []string{
	"group: 2 to 4", "group: 5 to 8", "group: 9 to 16", "group: 17 to 32",

	"proposal: Update", "proposal: Update with a new identity", "proposal: Add", "proposal: Remove",
	"proposal: external PSK", "proposal: resumption PSK", "proposal: GroupContextExtensions",
	"proposal: ReInit", "proposal: custom",
	"proposal: in a PublicMessage", "proposal: in a PrivateMessage",
	"outside: Add", "outside: Remove", "outside: PSK", "outside: GroupContextExtensions", "outside: ReInit", "outside: custom",
	"outside: Add by the new member",
	"covered: Update", "covered: Add", "covered: Remove", "covered: PSK", "covered: GroupContextExtensions", "covered: ReInit", "covered: custom",

	"by value: Add", "by value: Remove", "by value: external PSK", "by value: resumption PSK", "by value: GroupContextExtensions", "by value: ReInit", "by value: custom",
	"commit: in a PublicMessage", "commit: in a PrivateMessage", "commit: without a path", "commit: new identity",
	"commit: staged and dropped", "commit: exactly one proposal", "commit: its echo before going on", "commit: remove and add in one", "commit: remove, then add",
	"race: of two", "race: of three", "race: won by a member against who joins", "race: won by who joins",
	"welcome: with the tree", "welcome: tree outside", "welcome: several",

	"external: join", "external: chained joins", "external: into a group of one", "external: resync", "external: with a PSK", "external: tree outside",
	"reinit: same suite", "reinit: another suite", "reinit: closed", "branch: subgroup", "branch: parent goes on",

	"data: sent", "data: in order", "data: out of order", "data: of an epoch that is over", "data: too old", "data: replayed", "data: with authenticated_data",
	"join: one who left",

	"restart: member", "restart: follower",

	"follower: Commit", "follower: external Commit", "follower: proposal", "follower: proposal from outside", "follower: end of the group",
	"check: who left cannot follow", "check: who comes is left out of the path", "check: who stays can open the path",
}

// report writes how often each thing was done, and fails if one never was.
func (c *tally) report(t *testing.T) {
	want := expected
	for _, s := range suite.All() {
		want = append(want, "suite: "+s.ID.String())
	}
	for _, what := range want {
		if c.n[what] == 0 {
			t.Errorf("%s: never", what)
		}
	}
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(c.n)) {
		if !slices.Contains(want, what) && what != stepCount {
			t.Errorf("%s is not among what is expected", what)
		}
		lines = append(lines, fmt.Sprintf("%6.2f %% %7d  %s", 100*float64(c.n[what])/float64(c.n[stepCount]), c.n[what], what))
	}
	t.Logf("of all steps:\n%s", strings.Join(lines, "\n"))
}

// stepCount is what a tally counts every step as.
const stepCount = "steps"

// framed names a wire format in the tally.
func framed(format spec.WireFormat) string {
	if format == spec.WirePublicMessage {
		return "in a PublicMessage"
	}
	return "in a PrivateMessage"
}
