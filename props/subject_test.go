package props

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/forge"
	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/symbolic"
	"mlssim/spec"
)

// The properties that mutants have to get past, from cheap to dear. Each returns
// what it has noticed, or nil.

const (
	subjectVariable = "MLSSIM_SUBJECT" // set where TestMutants runs this
	subjectMark     = "MUTANT "
)

type subjectProperty struct {
	name string
	run  func(histories int) *mutantVerdict
	few  int // histories where no fault is looked for; 0: another test has the property
	many int
}

// subjectProperties returns the properties, those first that are likely to notice.
func subjectProperties(mutant string) []subjectProperty {
	all := []subjectProperty{
		{"bounds", boundsNotice, 10, 60}, {"lockstep", lockstepNotices, 4, 32}, {"races", racesNotice, 1, 3},
		{"catalogue", catalogueNotices, 0, 1}, {"late", lateNotices, 0, 1}, {"twins", twinsNotice, 0, 1},
		{"deletion", deletionNotices, 40, 200},
	}
	first := 0
	switch {
	case strings.HasPrefix(mutant, "check:impl"):
		first = 3
	case strings.Contains(mutant, "skipped"):
		first = 4
	case strings.HasPrefix(mutant, "check:model"):
		first = 5
	}
	return append(all[first:], all[:first]...)
}

// TestSubject runs the properties, and expects that they notice nothing. With a
// fault switched on it says which of them was the first to notice.
func TestSubject(t *testing.T) {
	report := os.Getenv(subjectVariable) != ""
	for _, p := range subjectProperties(os.Getenv(mutantVariable)) {
		histories := p.few
		if report {
			histories = p.many
		}
		if histories == 0 {
			continue
		}
		v := p.run(histories)
		if v == nil {
			continue
		}
		v.Property = p.name
		if !report {
			t.Fatalf("%s: %s\n%s", v.Property, v.Says, v.History)
		}
		say(v)
		return
	}
	if report {
		say(&mutantVerdict{})
	}
}

func say(v *mutantVerdict) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s%s\n", subjectMark, line)
}

var (
	narrowHistories = rapid.Custom(func(t *rapid.T) *History { return DrawHistory(t, 8, 30) })
	wideHistories   = rapid.Custom(func(t *rapid.T) *History { return DrawWide(t, 6, 25) })
)

// noticed shortens a script in which a property does not hold. wrong says what is
// wrong with a script, "" for nothing; a shorter script has to have the same fault.
func noticed(steps []sim.ScriptStep, says string, wrong func([]sim.ScriptStep) string) *mutantVerdict {
	class := classOf(says)
	short := Shrink(steps, func(s []sim.ScriptStep) bool { return classOf(wrong(s)) == class })
	return &mutantVerdict{Steps: len(short), Says: says, History: (&History{Steps: short}).String()}
}

// classOf is what is wrong without the details: the words before a colon.
func classOf(says string) string {
	class, _, _ := strings.Cut(says, ":")
	return class
}

// caught turns a panic into what is wrong.
func caught(run func() string) (says string) {
	defer func() {
		if r := recover(); r != nil {
			says = fmt.Sprintf("panic: %v", r)
		}
	}()
	return run()
}

// refusedStep tells of an error that a script step is not possible: which is wrong
// for a script that was drawn, and may not be for a shorter one.
func refusedStep(err error) string {
	if s, ok := errors.AsType[*sim.StepError](err); ok {
		return strings.ReplaceAll(s.Reason, ":", " ") // a class of its own
	}
	return "error: " + err.Error()
}

// boundsNotice looks whether the papers' predicates bound what leaks.
func boundsNotice(histories int) *mutantVerdict {
	wrong := func(steps []sim.ScriptStep) string {
		return caught(func() string {
			r, err := CarrySymbolic(steps)
			if err != nil {
				return refusedStep(err)
			}
			_, name := firstBroken(r, bounds)
			return name
		})
	}
	for seed := range histories {
		steps := narrowHistories.Example(seed).Steps
		if says := wrong(steps); says != "" {
			return noticed(steps, says, wrong)
		}
	}
	return nil
}

// deletionNotices looks whether devices delete what is of epochs that are over.
func deletionNotices(histories int) *mutantVerdict {
	wrong := func(steps []sim.ScriptStep) string {
		return caught(func() string {
			r, err := CarrySymbolic(steps)
			if err != nil {
				return refusedStep(err)
			}
			return r.KeptTooLong()
		})
	}
	for seed := range histories {
		steps := narrowHistories.Example(seed).Steps
		if says := wrong(steps); says != "" {
			return noticed(steps, says, wrong)
		}
	}
	return nil
}

// lockstepNotices looks whether model and implementation do the same.
func lockstepNotices(histories int) *mutantVerdict {
	wrong := func(steps []sim.ScriptStep) string {
		return caught(func() string {
			_, err := Carry(steps, 1, nil)
			if m, ok := errors.AsType[*sim.Mismatch](err); ok {
				return "mismatch: " + m.What
			}
			if err != nil {
				return refusedStep(err)
			}
			return ""
		})
	}
	for seed := range histories {
		h := wideHistories
		if seed%4 == 0 {
			h = narrowHistories
		}
		steps := h.Example(seed).Steps
		if says := wrong(steps); says != "" {
			return noticed(steps, says, wrong)
		}
	}
	return nil
}

// crowded is a plan in which many Commits race, and newcomers with them.
const crowded = `
name: crowded
engine: symbolic
horizon: 6d
members: 6
habits: {messages_per_day: 2}
policies: {update_every: 3h, update_how: commit, path_on_add: true}
network: {rtt: 20m, retry_within: 30m}
churn: {joins_per_day: 6, leaves_per_day: 5}
`

// racesNotice looks whether members get along when their Commits race.
func racesNotice(runs int) *mutantVerdict {
	p, err := plan.Load("crowded", []byte(crowded))
	if err != nil {
		return &mutantVerdict{Says: err.Error()}
	}
	for seed := range runs {
		p.Seed = uint64(seed)
		if says := caught(func() string {
			r, err := sim.Run(p, symbolic.New(nil), sim.Options{})
			switch {
			case err != nil:
				return err.Error()
			case r.Rejected == 0:
				return "nobody lost a race"
			}
			return ""
		}); says != "" {
			return &mutantVerdict{Says: says, History: "plan crowded: " + says}
		}
	}
	return nil
}

// catalogueNotices gives clients each input that one rule alone refuses.
func catalogueNotices(int) *mutantVerdict {
	random := func(purpose string) *rand.ChaCha8 {
		return rand.NewChaCha8([32]byte(suite.All()[0].Hash([]byte(purpose))))
	}
	base, err := forge.Settle(random("group"), suite.All()[0])
	if err != nil {
		return &mutantVerdict{Says: err.Error(), History: "a group of the catalogue: " + err.Error()}
	}
	cases := forge.Catalogue()
	wanted := os.Getenv(mutantVariable)
	slices.SortStableFunc(cases, func(a, b forge.Case) int { // those first that are about the fault
		return one(strings.HasSuffix(wanted, ":"+string(b.Want))) - one(strings.HasSuffix(wanted, ":"+string(a.Want)))
	})
	for _, c := range cases {
		says := caught(func() string {
			g := base.Copy(random(c.Section + c.Name))
			bad, good, err := c.Make(g)
			if err != nil {
				return err.Error()
			}
			if good != nil {
				if err := g.Give(good); err != nil {
					return "the control: " + err.Error()
				}
			}
			if got := spec.Violated(g.Give(bad)); got != c.Want {
				return fmt.Sprintf("refused for %q, want %s", got, c.Want)
			}
			return ""
		})
		if says != "" {
			return &mutantVerdict{Steps: 1, Says: says, History: fmt.Sprintf("%s/%s: %s", c.Section, c.Name, says)}
		}
	}
	return nil
}

// twinsNotice lets model and implementation live through histories in which much is
// forbidden or tampered with.
func twinsNotice(int) *mutantVerdict { return twinsDo("twins", (*twins).actions) }

// lateNotices does so in histories in which messages are sent, and come late or
// twice, and nothing else happens.
func lateNotices(int) *mutantVerdict {
	return twinsDo("late", func(w *twins) map[string]func(*rapid.T) {
		return map[string]func(*rapid.T){"send": w.send, "again": w.again, "once more": w.again, "": w.check}
	})
}

func twinsDo(name string, actions func(*twins) map[string]func(*rapid.T)) *mutantVerdict {
	all := &tally{map[string]int{}, map[spec.ID]int{}}
	var steps []string
	ear := &listener{}
	done := make(chan bool)
	go func() {
		defer close(done)
		rapid.Check(ear, func(t *rapid.T) {
			steps = nil
			w := newTwins(t, all)
			for range 3 {
				w.grow(t)
			}
			noted := map[string]func(*rapid.T){}
			for name, do := range actions(w) {
				noted[name] = func(t *rapid.T) {
					if name != "" {
						steps = append(steps, name)
					}
					do(t)
				}
			}
			t.Repeat(noted)
		})
	}()
	<-done
	if !ear.failed {
		return nil
	}
	return &mutantVerdict{Steps: len(steps), Says: ear.first, History: name + ": " + strings.Join(steps, ", ")}
}

// A listener is told by rapid what a test would be told.
type listener struct {
	failed bool
	first  string
}

func (l *listener) Helper()              {}
func (l *listener) Name() string         { return "twins" }
func (l *listener) Logf(string, ...any)  {}
func (l *listener) Log(...any)           {}
func (l *listener) Skipf(string, ...any) { runtime.Goexit() }
func (l *listener) Skip(...any)          { runtime.Goexit() }
func (l *listener) SkipNow()             { runtime.Goexit() }
func (l *listener) Errorf(f string, a ...any) {
	l.hear(fmt.Sprintf(f, a...))
}
func (l *listener) Error(a ...any) { l.hear(fmt.Sprint(a...)) }
func (l *listener) Fatalf(f string, a ...any) {
	l.hear(fmt.Sprintf(f, a...))
	runtime.Goexit()
}
func (l *listener) Fatal(a ...any) {
	l.hear(fmt.Sprint(a...))
	runtime.Goexit()
}
func (l *listener) FailNow() {
	l.hear("")
	runtime.Goexit()
}
func (l *listener) Fail()        { l.hear("") }
func (l *listener) Failed() bool { return l.failed }

func (l *listener) hear(s string) {
	l.failed = true
	if l.first == "" {
		l.first = s
	}
}
