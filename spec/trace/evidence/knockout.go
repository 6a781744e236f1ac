package evidence

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mlssim/spec"
)

// What became of a requirement that was switched off.
const (
	Killed    = "killed"    // a test failed
	Survived  = "survived"  // the tests that saw it passed: they tolerate it
	Unreached = "unreached" // no test sees it
)

// A Verdict says what became of a requirement that was switched off at one entry
// point of one side.
type Verdict struct {
	Req     spec.ID `json:"req"`
	Side    string  `json:"side"`
	Ctx     string  `json:"ctx"`
	Forced  string  `json:"forced"`            // Killed, Survived or Unreached: it accepts all, or does otherwise
	By      string  `json:"by,omitempty"`      // the test that failed
	Reverse string  `json:"reverse"`           // the same where it refuses all; "none" for what refuses nothing
	Against string  `json:"against,omitempty"` // the test that failed then
	Pair    spec.ID `json:"pair,omitempty"`    // switched off beside it: what hides it
	Sites   string  `json:"sites"`             // files of its probes and of the tests, by hash: whether the verdict is out of date
	Millis  int64   `json:"ms"`                // how long it took
}

// Holds tells whether a test needs the requirement: one fails without it, and one
// fails if it refuses everything.
func (v *Verdict) Holds() bool {
	return v.Forced == Killed && (v.Reverse == Killed || v.Reverse == none)
}

const none = "none"

// A Knocker switches requirements off.
type Knocker struct {
	Suite    *Suite
	Contexts map[spec.ID][]string
	Kinds    map[spec.ID]string
	Records  []Record
	Files    func(names []string) string // a hash of files of the module
	Pairs    map[spec.ID]spec.ID         // what hides what
	MaxTests int                         // that are tried before something has survived

	mu    sync.Mutex
	alone map[string]bool // whether a test passes by itself
}

// refuses tells whether a requirement of a kind can be forced to refuse.
func refuses(kind string) bool { return kind == "check" }

// switches tells whether switching off a requirement of a kind does something.
func switches(kind string) bool {
	return !slices.Contains([]string{"ignore", "option", "policy", "time"}, kind)
}

// everywhere tells whether a requirement of a kind is switched off at all entry points
// at once: who writes and who reads have to agree on another value, so that only
// what is known from elsewhere, such as a vector, tells it from the right one.
func everywhere(kind string) bool { return kind != "check" }

// All switches off what some cells are about, in as many processes as jobs, and
// returns the verdicts in order. done is told of each.
func (k *Knocker) All(ctx context.Context, cells []Cell, jobs int, done func(*Verdict)) ([]Verdict, error) {
	var mu sync.Mutex
	var all []Verdict
	var failed error
	todo := make(chan *Cell)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for c := range todo {
				v, err := k.One(ctx, c)
				mu.Lock()
				if err != nil {
					failed = cmp.Or(failed, err)
				} else {
					all = append(all, *v)
					done(v)
				}
				mu.Unlock()
			}
		})
	}
	for i := range cells {
		switch kind := k.Kinds[cells[i].Req]; {
		case !switches(kind):
		case everywhere(kind) && i > 0 && cells[i-1].Req == cells[i].Req && cells[i-1].Side == cells[i].Side:
		default:
			todo <- &cells[i]
		}
	}
	close(todo)
	workers.Wait()
	for i := range cells { // what was done everywhere at once counts everywhere
		c := &cells[i]
		if p := slices.IndexFunc(all, func(v Verdict) bool { return v.Req == c.Req && v.Side == c.Side }); p >= 0 && everywhere(k.Kinds[c.Req]) && all[p].Ctx != c.Ctx {
			v := all[p]
			v.Ctx, v.Millis = c.Ctx, 0
			all = append(all, v)
		}
	}
	slices.SortFunc(all, Verdict.compare)
	return all, failed
}

func (v Verdict) compare(w Verdict) int {
	return cmp.Or(cmp.Compare(v.Req, w.Req), cmp.Compare(v.Side, w.Side), cmp.Compare(v.Ctx, w.Ctx))
}

// One switches off one requirement at one entry point.
func (k *Knocker) One(ctx context.Context, c *Cell) (*Verdict, error) {
	began := time.Now()
	v := &Verdict{Req: c.Req, Side: c.Side, Ctx: c.Ctx, Reverse: none}
	accept, reject, files := k.witnesses(c)
	if !refuses(k.Kinds[c.Req]) { // no test sees it refuse: those that see it
		reject = append(slices.Clip(reject), accept...)
	}
	where := fmt.Sprintf(" %s %s %s", c.Side, c.Ctx, strings.Join(k.Contexts[c.Req], ","))
	if everywhere(k.Kinds[c.Req]) {
		where = " " + c.Side
	}
	force := string(c.Req) + where
	if other := k.Pairs[c.Req]; other != "" {
		v.Pair = other
		force += ";" + string(other)
	}
	var err error
	if v.Forced, v.By, err = k.try(ctx, reject[:min(len(reject), k.limit(c))], force); err != nil {
		return nil, err
	}
	if refuses(k.Kinds[c.Req]) {
		if v.Reverse, v.Against, err = k.try(ctx, accept[:min(len(accept), k.limit(c))], "!"+string(c.Req)+where); err != nil {
			return nil, err
		}
	}
	v.Sites = k.Files(append(files, k.testFiles(v.By, v.Against)...))
	v.Millis = time.Since(began).Milliseconds()
	return v, nil
}

// limit returns how many tests are tried. What the model derives no vector tells from
// another value, so that any test that saw it may be the one that writes it out.
func (k *Knocker) limit(c *Cell) int {
	if c.Side == "model" && everywhere(k.Kinds[c.Req]) {
		return len(k.Suite.Tests)
	}
	return k.MaxTests
}

// Probed tells whether a probe has seen the requirement of a cell: what tests alone have
// looked at cannot be switched off.
func (k *Knocker) Probed(c *Cell) bool {
	return slices.ContainsFunc(k.Records, func(r Record) bool {
		return r.Req == c.Req && r.Side == c.Side && r.Kind != "inspected" && (r.Ctx == c.Ctx || everywhere(k.Kinds[c.Req]))
	})
}

// try runs tests until one fails.
func (k *Knocker) try(ctx context.Context, tests []string, force string) (outcome, by string, err error) {
	if len(tests) == 0 {
		return Unreached, "", nil
	}
	for _, name := range tests {
		r, err := k.Suite.Run(ctx, parsed(name), force, false)
		if err != nil {
			return "", "", fmt.Errorf("%s with %s: %w", name, force, err)
		}
		if !r.Passed && k.passes(ctx, name) {
			return Killed, name, nil
		}
	}
	return Survived, "", nil
}

// passes tells whether a test passes by itself with nothing switched off: a part of a
// test may need the others.
func (k *Knocker) passes(ctx context.Context, name string) bool {
	k.mu.Lock()
	passes, known := k.alone[name]
	k.mu.Unlock()
	if known {
		return passes
	}
	r, err := k.Suite.Run(ctx, parsed(name), "", false)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.alone == nil {
		k.alone = map[string]bool{}
	}
	k.alone[name] = err == nil && r.Passed
	return k.alone[name]
}

// parsed returns the test of a name of a witness.
func parsed(name string) Test {
	pkg := packageOf(name)
	return Test{pkg, strings.TrimPrefix(name, pkg+".")}
}

// witnesses returns the tests that saw a cell's requirement accept and refuse, the
// best first, and the files of its probes.
func (k *Knocker) witnesses(c *Cell) (accept, reject, files []string) {
	a, r, sharp, f := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range k.Records {
		rec := &k.Records[i]
		if rec.Req != c.Req || rec.Side != c.Side || rec.Ctx != c.Ctx && !everywhere(k.Kinds[c.Req]) {
			continue
		}
		f[rec.File] = true
		if rec.Accept {
			a[rec.Witness] = true
		}
		if rec.Reject {
			r[rec.Witness] = true
		}
		if rec.Asserted {
			sharp[rec.Witness] = true
		}
	}
	named := func(x, y string) int { return cmp.Compare(b2i(!sharp[x]), b2i(!sharp[y])) }
	accept, reject = ordered(a), ordered(r)
	slices.SortStableFunc(reject, named)
	if everywhere(k.Kinds[c.Req]) {
		slices.SortStableFunc(accept, func(x, y string) int { return cmp.Or(named(x, y), cmp.Compare(b2i(!known(x)), b2i(!known(y)))) })
	}
	return accept, reject, slices.Sorted(maps.Keys(f))
}

// known tells whether a test compares with values that come from elsewhere.
func known(test string) bool {
	return strings.HasPrefix(test, "impl/vectors.") || strings.Contains(test, "Vectors") || strings.Contains(test, "Official")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ordered returns tests with the parts of tests first, which are done soonest, and
// those of the catalogue before others.
func ordered(set map[string]bool) []string {
	rank := func(s string) int {
		switch {
		case strings.Contains(s, ".TestRefusals/"), strings.Contains(s, ".TestJoinRefusals/"):
			return 0
		case strings.Contains(s, "/Test"), strings.Count(s, "/") > 1:
			return 1
		case strings.HasPrefix(s, "props."):
			return 3
		}
		return 2
	}
	all := slices.Sorted(maps.Keys(set))
	slices.SortStableFunc(all, func(x, y string) int { return cmp.Compare(rank(x), rank(y)) })
	if all == nil {
		all = []string{}
	}
	return all
}

// testFiles returns a stand-in for the files of tests: their packages and names.
func (k *Knocker) testFiles(tests ...string) []string {
	var files []string
	for _, t := range tests {
		if t != "" {
			files = append(files, packageOf(t)+"#"+parsed(t).Name)
		}
	}
	return files
}
