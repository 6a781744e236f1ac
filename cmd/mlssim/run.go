package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/rival"
)

// runFlags are the flags of run. Those that were not given leave the plan as it is.
type runFlags struct {
	engine  string
	rival   string
	seed    uint64
	members int
	days    float64
	queue   string
	out     string
	force   bool
	json    bool
	given   func(string) bool
}

func (a *app) runCommand() *cobra.Command {
	f := new(runFlags)
	c := &cobra.Command{
		Use:   "run [PLAN.yaml | NAME]",
		Short: "Run a plan and leave a folder with all that it gives",
		Long: `Run a plan, a file or one of those that "mlssim plan list" shows; without one,
the plan "default". What a run gives is left in the folder runs/NAME-HASH-sSEED:
plan, events, tables, figures, and a manifest that says how they came to be. A
folder that is there already stays as it is: the same plan gives the same files
again, and if it does not, the new ones are left beside them.`,
		Example: `  mlssim run
  mlssim run S7 --json
  mlssim run weekly.yaml --engine symbolic --seed 7 --days 90`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.given = func(name string) bool { return c.Flags().Changed(name) }
			return a.runPlan(c.Context(), strings.Join(args, ""), f)
		},
	}
	c.Flags().StringVar(&f.engine, "engine", "", strings.Join(plan.Engines(), ", ")+"; in place of the plan's")
	c.Flags().StringVar(&f.rival, "protocol", "", "mls, art, tainted-treekem, sender-keys or pairwise, in place of the plan's")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "in place of the plan's")
	c.Flags().IntVar(&f.members, "members", 0, "number of members, in place of the plan's")
	c.Flags().Float64Var(&f.days, "days", 0, "horizon in days, in place of the plan's")
	c.Flags().StringVar(&f.queue, "queue", "", "what holds the events, radix or heap: it shows in the running time alone (default radix)")
	c.Flags().StringVar(&f.out, "out", "", "the run's folder (default runs/NAME-HASH-sSEED)")
	c.Flags().BoolVar(&f.force, "force", false, "replace a run folder that exists")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	return c
}

// check refuses values that no plan could have, and flags that would be ignored.
func (f *runFlags) check(p *sim.Plan) error {
	switch {
	case f.given("engine") && !slices.Contains(plan.Engines(), f.engine):
		return hinted{fmt.Errorf("no engine %q", f.engine), strings.Join(plan.Engines(), ", ")}
	case f.given("protocol") && f.rival != "mls" && !slices.Contains(rival.Protocols(), f.rival):
		return hinted{fmt.Errorf("no protocol %q", f.rival), "mls, " + strings.Join(rival.Protocols(), ", ")}
	case f.given("queue") && !slices.Contains(sim.Queues, f.queue):
		return hinted{fmt.Errorf("no queue %q", f.queue), strings.Join(sim.Queues, " or ")}
	case f.given("members") && (f.members < 1 || f.members > plan.MostMembers):
		return fmt.Errorf("%d members: there are 1 to %s", f.members, thousands(plan.MostMembers))
	case f.given("days") && !(f.days*86400 >= 1 && f.days <= 36500):
		return fmt.Errorf("%v days: a run lasts a second to a hundred years", f.days)
	}
	for _, name := range []string{"members", "days", "queue"} {
		if f.given(name) && len(p.Script) > 0 {
			return hinted{fmt.Errorf("--%s means nothing to a script", name), p.Name + " is one: its steps say all"}
		}
	}
	return nil
}

// override puts the flags in place of the plan's keys.
func (f *runFlags) override(x *plan.File) {
	if f.given("engine") {
		x.Engine = plan.Engine(f.engine)
	}
	if f.given("protocol") {
		x.Protocol = plan.Protocol(f.rival)
	}
	if f.given("seed") {
		x.Seed = f.seed
	}
	if f.given("members") {
		x.Members = f.members
	}
	if f.given("days") {
		x.Horizon = plan.Duration(f.days*86400) * 1e9 // whole seconds
	}
}

// plan reads the plan and applies the flags.
func (f *runFlags) plan(src *planFile) (*sim.Plan, error) {
	p, err := src.load()
	if err != nil {
		return nil, err
	}
	if err := f.check(p); err != nil {
		return nil, err
	}
	return src.load(f.override)
}

// runPlan is the verb run.
func (a *app) runPlan(ctx context.Context, name string, f *runFlags) error {
	start := time.Now()
	src, err := findPlan(name)
	if err != nil {
		return err
	}
	p, err := f.plan(src)
	if err != nil {
		return err
	}
	place := f.out
	if place == "" {
		place = filepath.Join("runs", folderName(p))
	}
	dir, err := newFolder(place, f.force, p)
	if err != nil {
		return err
	}
	defer dir.discard()
	replicates, err := a.replicates(ctx, p, f.queue, dir.scratch)
	if len(replicates) == 0 || !keepable(err) {
		return explainFailure(err, src, p, f, "")
	}
	if e := a.leave(dir, src, p, replicates, start); e != nil {
		return e
	}
	if e := a.printReport(p, replicates, reportOf(p, replicates, dir), f.json); e != nil {
		return e
	}
	return explainFailure(err, src, p, f, keptNote(err, replicates, p, dir.place))
}

// keepable tells whether what was finished is kept: after an interruption and
// after a counterexample, too.
func keepable(err error) bool {
	_, mismatch := errors.AsType[*sim.Mismatch](err)
	return err == nil || mismatch || errors.Is(err, errInterrupted)
}

// replicates runs the plan, with a progress bar on a terminal.
func (a *app) replicates(ctx context.Context, p *sim.Plan, queue, scratch string) ([]*replicate, error) {
	bar := a.newProgress(p)
	defer bar.finish()
	r := &runner{plan: p, backend: a.backend, queue: queue, scratch: scratch, tick: bar.tick}
	return r.run(ctx)
}

// leave completes the run folder and moves it to its place.
func (a *app) leave(dir *folder, src *planFile, p *sim.Plan, replicates []*replicate, start time.Time) error {
	if err := dir.fill(src, p, replicates); err != nil {
		return err
	}
	m, err := newManifest(dir.scratch, p, replicates, start, os.Args)
	if err != nil {
		return err
	}
	data, err := m.encode()
	if err != nil {
		return err
	}
	if err := dir.write(manifestFile, data); err != nil {
		return err
	}
	return dir.keep()
}

func (a *app) printReport(p *sim.Plan, replicates []*replicate, rep *runReport, asJSON bool) error {
	if !asJSON {
		a.printRun(p, replicates, rep)
		return nil
	}
	return a.printJSON(rep)
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// keptNote says what an interruption left.
func keptNote(err error, replicates []*replicate, p *sim.Plan, place string) string {
	if !errors.Is(err, errInterrupted) {
		return ""
	}
	return fmt.Sprintf("%d of %s finished and are kept in %s", len(replicates), count(p.Replications, "replication"), place)
}

// explainFailure gives an error of a run the form in which it is reported.
func explainFailure(err error, src *planFile, p *sim.Plan, f *runFlags, note string) error {
	if step, ok := errors.AsType[*sim.StepError](err); ok {
		return plan.Errors{plan.Locate(src.name, src.data, step)}
	}
	if m, ok := errors.AsType[*sim.Mismatch](err); ok {
		return hinted{violation{m}, "to reproduce: " + f.reproduce(src, p)}
	}
	if errors.Is(err, errInterrupted) {
		if note == "" {
			note = "no replication was finished, nothing is kept"
		}
		return hinted{err, note}
	}
	return err
}

// reproduce returns the command line that runs the same again.
func (f *runFlags) reproduce(src *planFile, p *sim.Plan) string {
	name := src.name
	if embedded, ok := strings.CutPrefix(name, "plans/"); ok {
		if _, err := os.Stat(name); err != nil {
			name = strings.TrimSuffix(embedded, ".yaml")
		}
	}
	line := fmt.Sprintf("mlssim run %s --engine %s --seed %d", name, p.Engine, p.Seed)
	if f.given("protocol") {
		line += " --protocol " + f.rival
	}
	if f.given("members") {
		line += fmt.Sprintf(" --members %d", f.members)
	}
	if f.given("days") {
		line += fmt.Sprintf(" --days %v", f.days)
	}
	return line
}
