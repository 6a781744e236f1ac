package props

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// A bound is what a predicate says of each epoch that meets its preconditions.
type bound struct {
	name string
	says func(r *Run, t int) bool // the bound has something to say of the epoch
	then func(r *Run, t int) bool // what follows
}

// bounds are those of the papers, extended: a theft of some of a state is one of the
// whole where a bound is from above, and none where it is from below; a PSK that the
// adversary has not got protects an epoch; external Commits are Commits. Each runs
// over the epochs before which nothing happened that the predicates do not speak of
// ([Epoch.Beyond]): forgeries, forks, messages that are withheld.
var bounds = []bound{
	{"I1: what no protocol of this kind could keep, leaks", (*Run).UnsafeOpen, (*Run).leaks},
	{"I2: what leaks, the theorem allows to leak, or it is the own epoch of a theft", (*Run).leaks, (*Run).allowed},
	{"I3: a commit_secret is known where forward secrecy with updates is lost, and nowhere else", (*Run).commitKnown, (*Run).UnsafeFSU},
	{"I5: what leaks, safety of insiders has given up", (*Run).leaks, (*Run).KnowEpoch},
	{"theorem and safety of insiders are one", (*Run).allowed, (*Run).KnowEpoch},
	{"safety of insiders and theorem are one", (*Run).KnowEpoch, (*Run).allowed},
}

func (r *Run) leaks(t int) bool { return r.Result.Epochs[t].LeakedAt != sim.Never }

func (r *Run) commitKnown(t int) bool {
	return t > 0 && r.Knows(sim.Name{Kind: sim.CommitSecret, Origin: r.Result.Epochs[t].Step})
}

// allowed tells whether the theorem allows that an epoch leaks, as each member
// sees it that has entered the epoch.
func (r *Run) allowed(t int) bool {
	if r.Exposed(t) {
		return true
	}
	for _, m := range r.Epochs[t].Members {
		v := Viewer{Past: &r.Past, Who: m}
		if _, entered := r.Epochs[t].Entered[m]; entered && v.EpochSecret(t) == 0 {
			return false
		}
	}
	return true
}

// A census counts epochs, and what was said of them.
type census struct {
	histories, within            int // within: all epochs meet the papers' preconditions
	epochs, judged, epochsWithin int // judged: the predicates, extended, speak of it
	leaks, unsafe, allowed       int
	says                         map[string]int // by bound
	views                        int            // a member that has entered an epoch that leaks
	cases, alone, used           map[Case]int   // of views: by case, by no other case, and if stolen signature keys were used
}

func newCensus() *census {
	return &census{says: map[string]int{}, cases: map[Case]int{}, alone: map[Case]int{}, used: map[Case]int{}}
}

// strict tells whether an epoch meets the preconditions under which the papers speak
// of it: states are taken as a whole, nobody has joined from outside, no KeyPackage
// was stolen, and the adversary has all PSKs.
func (r *Run) strict(t int) bool {
	if slices.ContainsFunc(r.Corruptions, func(c Corruption) bool { return c.Part || c.Hardware }) {
		return false
	}
	for u := range t + 1 {
		e := &r.Epochs[u]
		if e.Beyond || e.External || len(e.Stolen) > 0 || slices.ContainsFunc(e.PSKs, func(psk string) bool { return !r.surely(psk) }) {
			return false
		}
	}
	return true
}

func (n *census) count(r *Run) {
	n.histories++
	n.within += one(r.strict(len(r.Epochs) - 1))
	for t := range r.Epochs {
		n.epochs++
		n.epochsWithin += one(r.strict(t))
		if r.Epochs[t].Beyond {
			continue
		}
		n.judged++
		n.leaks += one(r.leaks(t))
		n.unsafe += one(r.UnsafeACDT(t))
		n.allowed += one(r.allowed(t))
		for _, b := range bounds {
			n.says[b.name] += one(b.says(r, t))
		}
		if r.leaks(t) {
			n.countCases(r, t)
		}
	}
}

// countCases counts which cases bound a leak, for each member that believes in the
// epoch.
func (n *census) countCases(r *Run, t int) {
	for _, m := range r.Epochs[t].Members {
		if _, entered := r.Epochs[t].Entered[m]; !entered {
			continue
		}
		n.views++
		passive := Viewer{Past: &r.Past, Who: m}.InitSecret(t)
		active := Viewer{Past: &r.Past, Who: m, Active: true}.InitSecret(t)
		for c := InitStateTaken; c <= InviterInSameState; c++ {
			n.cases[c] += one(passive.Has(c))
			n.alone[c] += one(passive == Cases(0).with(c, true))
			n.used[c] += one(active.Has(c))
		}
	}
}

// print writes what was counted.
func (n *census) print() string {
	var b strings.Builder
	fmt.Fprintf(&b, "histories within the papers' preconditions: %s of %d; epochs: %s of %d, and the bounds judged %s\n",
		of(n.within, n.histories), n.histories, of(n.epochsWithin, n.epochs), n.epochs, of(n.judged, n.epochs))
	fmt.Fprintf(&b, "leaks: %s; the theorem allows %d more, %s of the leaks; the optimal protocol would keep %s of the leaks\n",
		of(n.leaks, n.judged), n.allowed-n.leaks, of(n.allowed-n.leaks, n.leaks), of(n.leaks-n.unsafe, n.leaks))
	for _, bound := range bounds {
		fmt.Fprintf(&b, "%s: of %s epochs\n", bound.name, of(n.says[bound.name], n.judged))
	}
	fmt.Fprintf(&b, "cases of the theorem, for each leak and each member that believes in the epoch (%d):\n", n.views)
	fmt.Fprintf(&b, "  %-34s %16s %16s %16s\n", "", "bounds", "bounds alone", "if keys are used")
	for c := InitStateTaken; c <= InviterInSameState; c++ {
		fmt.Fprintf(&b, "  %-34s %16s %16s %16s\n", c, of(n.cases[c], n.views), of(n.alone[c], n.views), of(n.used[c], n.views))
	}
	return b.String()
}

// wanted is the least share of histories and of epochs that has to meet the
// preconditions, in percent.
const wanted = 30

func (n *census) check(t *testing.T) {
	t.Helper()
	t.Log("\n" + n.print())
	if 100*n.within < wanted*n.histories || 100*n.epochsWithin < wanted*n.epochs {
		t.Errorf("less than %d %% meet the preconditions", wanted)
	}
	for _, b := range bounds {
		if n.says[b.name] == 0 {
			t.Errorf("%s: it had nothing to say", b.name)
		}
	}
}

// of writes a count and its share of another.
func of(part, whole int) string { return fmt.Sprintf("%d (%.1f %%)", part, 100*share(part, whole)) }

// TestBounds compares what leaks with the papers' predicates.
func TestBounds(t *testing.T) {
	n := newCensus()
	rapid.Check(t, func(t *rapid.T) {
		h := narrowOrWide(t)
		r := carrySymbolic(t, h)
		if e, name := firstBroken(r, bounds); name != "" {
			t.Fatalf("epoch %d: %s\n%s", e, name, scriptOf(Shrink(h.Steps, breaks(bounds))))
		}
		n.count(r)
	})
	n.check(t)
}

// narrowOrWide draws a history of one kind or the other.
func narrowOrWide(t *rapid.T) *History {
	if rapid.Bool().Draw(t, "wide") {
		return DrawWide(t, 8, 40)
	}
	return DrawHistory(t, 8, 40)
}

// firstBroken returns the first epoch and bound that do not fit.
func firstBroken(r *Run, bounds []bound) (epoch int, name string) {
	for t := range r.Epochs {
		for _, b := range bounds {
			if !r.Epochs[t].Beyond && b.says(r, t) && !b.then(r, t) {
				return t, b.name
			}
		}
	}
	return 0, ""
}

// breaks tells of a script whether one of the bounds does not hold in it.
func breaks(bounds []bound) func([]sim.ScriptStep) bool {
	return func(steps []sim.ScriptStep) bool {
		r, err := CarrySymbolic(steps)
		if err != nil {
			return false
		}
		_, name := firstBroken(r, bounds)
		return name != ""
	}
}

// TestBoundsCanFail gives each bound a side that is wrong, which it has to notice
// within a few hundred histories.
func TestBoundsCanFail(t *testing.T) {
	afterTheft := func(r *Run, t int) bool {
		return slices.ContainsFunc(r.Corruptions, func(c Corruption) bool { return c.Epoch <= t })
	}
	withoutUpdates := func(r *Run) *Past {
		p := r.Past
		p.Epochs = slices.Clone(r.Epochs)
		for t := range p.Epochs {
			p.Epochs[t].Updated = nil
		}
		return &p
	}
	draw := rapid.Custom(func(t *rapid.T) *History { return DrawHistory(t, 8, 40) })
	for _, b := range []bound{
		{"I1: a theft opens its own epoch alone", (*Run).UnsafeACDT, func(r *Run, t int) bool { return r.Exposed(t) }},
		{"I1: what is over stays closed", (*Run).UnsafeACDT, func(r *Run, t int) bool { return r.leaks(t) && !r.Result.Epochs[t].Retroactive }},
		{"I2: nothing heals", afterTheft, (*Run).allowed},
		{"I2: the own epoch is forgotten", (*Run).leaks, func(r *Run, t int) bool {
			return Viewer{Past: &r.Past, Who: r.Epochs[t].Author}.EpochSecret(t) != 0
		}},
		{"I3: nothing heals", afterTheft, (*Run).UnsafeFSU},
		{"I3: what no protocol could keep is all", (*Run).commitKnown, (*Run).UnsafeACDT},
		{"I5: nothing heals", afterTheft, (*Run).KnowEpoch},
		{"I5: Updates replace nothing", func(r *Run, t int) bool { return withoutUpdates(r).KnowEpoch(t) }, (*Run).leaks},
		{"theorem: Updates replace nothing", func(r *Run, t int) bool { return withoutUpdates(r).KnowEpoch(t) }, (*Run).allowed},
	} {
		noticed := false
		for seed := 0; seed < 400 && !noticed; seed++ {
			r, err := CarrySymbolic(draw.Example(seed).Steps)
			if err != nil {
				t.Fatal(err)
			}
			_, name := firstBroken(r, []bound{b})
			noticed = name != ""
		}
		if !noticed {
			t.Errorf("%s: not noticed", b.name)
		}
	}
}

// TestInsiderSafetyIsABound shows that safety of insiders gives up more than the
// adversary can read. A Commit's path secrets are drawn apart from the leaf key of
// its author, which alone is there to be taken later: docs/threat.md.
func TestInsiderSafetyIsABound(t *testing.T) {
	for _, c := range []struct {
		script string
		epoch  int
	}{
		{`
  create A
  add A B
  snapshot A
  commit A             # epoch 2, out of A's randomness
  commit B             # replaces the key that A set in the root
  snapshot A
`, 2},
		{`
  create A
  add A B C
  snapshot A
  commit B remove A    # epoch 2, out of B's randomness, sealed to C
  add C D              # C's leaf is new, and the root's key
  snapshot B
`, 2},
	} {
		p, err := plan.Load("slack", []byte("name: slack\nscript: |\n"+c.script))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Carry(p.Script, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !r.KnowEpoch(c.epoch) || r.leaks(c.epoch) {
			t.Errorf("epoch %d: known to insiders %v, leaks %v\n%s", c.epoch, r.KnowEpoch(c.epoch), r.leaks(c.epoch), c.script)
		}
		if less := Shrink(p.Script, slack); len(less) != len(p.Script) {
			t.Errorf("it can be shorter: %s", scriptOf(less))
		}
	}
}

// slack tells of a script whether an epoch is known by the predicate and does not leak.
func slack(steps []sim.ScriptStep) bool {
	r, err := CarrySymbolic(steps)
	if err != nil {
		return false
	}
	for e := range r.Epochs {
		if r.KnowEpoch(e) && !r.leaks(e) {
			return true
		}
	}
	return false
}

func carrySymbolic(t *rapid.T, h *History) *Run {
	t.Helper()
	r, err := CarrySymbolic(h.Steps)
	if err != nil {
		t.Fatalf("%v\nscript: |\n%s", err, indent(h.String()))
	}
	return r
}
