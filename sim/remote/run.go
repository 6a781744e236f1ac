package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Options say how clients are tortured. Zero fields stand for what is said there.
type Options struct {
	Seed    uint64
	Steps   int           // in all histories together; 0: until For has passed
	For     time.Duration // 0: until Steps are done
	Suites  []uint32      // 0: those that all clients have
	Forms   []bool        // whether handshake messages are private; empty: both
	Length  int           // steps of a history; 0: 60
	Members int           // of a group, at most; 0: 7
	Now     func() uint64 // seconds since 1970
	All     bool          // go on after a difference, until the end; else stop at the first
	Tries   int           // to make a script shorter; 0: 400

	until time.Time // when For has passed
}

// A Finding is a difference, with the shortest script that was found to show it.
type Finding struct {
	*Difference
	Script   *Script
	Original int      // steps of the history in which it was found
	Trace    []string // what was asked and answered in the script
	Again    bool     // whether the script shows it when it is gone through once more
	Times    int      // histories in which it came up
}

// A Report is what has come of it.
type Report struct {
	Steps     int
	Calls     int
	Histories int
	Counts    map[string]int // of what happened
	Off       map[string][]string
	Findings  []*Finding
}

// Run goes through random histories. The error is that of ctx, or of options that
// make no sense; differences are in the report.
func Run(ctx context.Context, parties []*Party, o Options, progress func(*Report)) (*Report, error) {
	o = o.filled(parties)
	if len(parties) == 0 || len(o.Suites) == 0 {
		return nil, errors.New("the clients have no such cipher suite in common")
	}
	r := &Report{Counts: map[string]int{}, Off: map[string][]string{}}
	o.until = time.Now().Add(o.For)
	for n := uint64(0); !o.over(r); n++ {
		s, d, err := o.history(ctx, parties, n, r)
		if err != nil {
			return r, err
		}
		r.Histories++
		if d != nil {
			if err := r.found(ctx, parties, &o, s, d); err != nil {
				return r, err
			}
		}
		for _, p := range parties {
			r.Off[p.Letter] = p.Off()
		}
		if progress != nil {
			progress(r)
		}
		if d != nil && (!o.All || !back(ctx, parties)) {
			break
		}
	}
	return r, nil
}

func (o Options) filled(parties []*Party) Options {
	if len(o.Suites) == 0 {
		for i, p := range parties {
			if i == 0 {
				o.Suites = slices.Clone(p.Suites)
			}
			o.Suites = slices.DeleteFunc(o.Suites, func(s uint32) bool { return !slices.Contains(p.Suites, s) })
		}
	}
	if len(o.Forms) == 0 {
		o.Forms = []bool{false, true}
	}
	if o.Length == 0 {
		o.Length = 60
	}
	if o.Members == 0 {
		o.Members = 7
	}
	if o.Tries == 0 {
		o.Tries = 400
	}
	return o
}

func (o *Options) over(r *Report) bool {
	return o.Steps > 0 && r.Steps >= o.Steps || o.late(0)
}

// late tells whether For has passed, and some time more.
func (o *Options) late(more time.Duration) bool {
	return o.For > 0 && time.Since(o.until) >= more
}

// overtime is how long a script may be made shorter when the run should have ended.
const overtime = time.Minute

// history draws a history and goes through it. It returns the script so far, and the
// difference, if there was one.
func (o *Options) history(ctx context.Context, parties []*Party, n uint64, r *Report) (*Script, *Difference, error) {
	var letters []string
	for _, p := range parties {
		letters = append(letters, p.Letter)
	}
	g := &generator{Rand: rand.New(rand.NewChaCha8(key(o.Seed, fmt.Sprint("history ", n)))), letters: letters, suites: o.Suites, members: o.Members}
	s := &Script{Suite: pick(g, o.Suites), Private: pick(g, o.Forms), Seed: o.Seed<<20 | n}
	w, err := newWorld(ctx, parties, s, o.Now)
	if err != nil {
		return nil, nil, err
	}
	w.known = r.kinds()
	defer w.close()
	queue := g.first()
	if n%4 == 1 { // a history of forged inputs, each in a group of its own
		queue = g.forged(int(n/4), o.Length)
	}
	defer func() {
		r.Calls += w.calls
		for _, k := range slices.Sorted(maps.Keys(w.counts)) {
			r.Counts[k] += w.counts[k]
		}
	}()
	for len(s.Steps) < o.Length && !w.ended && !o.late(0) {
		if len(queue) == 0 {
			if len(w.order) == 0 { // or there is no group
				break
			}
			queue = append(queue, g.some(w)...)
		}
		step := queue[0]
		queue = queue[1:]
		done, err := w.do(len(s.Steps), &step)
		if done || err != nil {
			s.Steps = append(s.Steps, step)
			r.Steps++
		} else if len(queue) == 0 && len(w.order) == 0 {
			break
		}
		if err != nil {
			d, ok := errors.AsType[*Difference](err)
			if ok {
				err = nil
			}
			return s, d, err
		}
	}
	return s, nil, nil
}

// kinds returns what has been found, by client and kind.
func (r *Report) kinds() map[[2]string]bool {
	all := map[[2]string]bool{}
	for _, f := range r.Findings {
		all[[2]string{f.Party, f.Kind}] = true
		if strings.HasPrefix(f.Kind, harmed+"refuses") {
			all[[2]string{f.Party, weakness(strings.Contains(f.Kind, "data"), f.Script.Private)}] = true
		}
	}
	return all
}

// Played is what happened in a script.
type Played struct {
	Trace  []string // what was asked and answered
	Calls  int
	Counts map[string]int
}

// Replay goes through a script. It returns the difference that it shows, or nil.
func Replay(ctx context.Context, parties []*Party, s *Script, now func() uint64) (*Difference, *Played, error) {
	w, err := newWorld(ctx, parties, s, now)
	if err != nil {
		return nil, nil, err
	}
	defer w.close()
	played := &Played{Counts: w.counts}
	w.trace = &played.Trace
	defer func() { played.Calls = w.calls }()
	for i := range s.Steps {
		_, err := w.do(i, &s.Steps[i])
		if d, ok := errors.AsType[*Difference](err); ok {
			return d, played, nil
		}
		if err != nil {
			return nil, played, fmt.Errorf("step %d (%s): %w", i, s.Steps[i], err)
		}
	}
	return nil, played, nil
}

// found shortens the script of a difference and puts it into the report, if there is
// none of this kind yet.
func (r *Report) found(ctx context.Context, parties []*Party, o *Options, s *Script, d *Difference) error {
	for _, f := range r.Findings {
		if f.same(d) {
			f.Times++
			return nil
		}
	}
	f := &Finding{Difference: d, Script: s, Original: len(s.Steps), Times: 1}
	r.Findings = append(r.Findings, f)
	if !back(ctx, parties) {
		return nil
	}
	f.Script = shrink(s, o.Tries, func(c *Script) bool {
		if o.late(overtime) {
			return false
		}
		got, _, err := Replay(ctx, parties, c, o.Now)
		return err == nil && d.same(got) && back(ctx, parties)
	})
	again, played, err := Replay(ctx, parties, f.Script, o.Now)
	if err != nil {
		return ctx.Err()
	}
	if f.Again = d.same(again); f.Again {
		f.Difference = again
	}
	f.Trace = played.Trace
	return nil
}

// patience is how long a client that is gone is waited for: somebody may start it
// again.
const patience = 20 * time.Second

// back waits until all clients answer, if they do before long.
func back(ctx context.Context, parties []*Party) bool {
	for _, p := range parties {
		for began := time.Now(); !p.alive(ctx); {
			if ctx.Err() != nil || time.Since(began) > patience {
				return false
			}
			time.Sleep(patience / 50)
		}
	}
	return true
}
