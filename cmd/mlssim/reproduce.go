package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mlssim/plots"
	"mlssim/sim/reproduce"
)

type reproduceFlags struct {
	all, full, force, asJSON bool
	out, plan                string
	formats                  []string
	seed                     uint64
	seeded                   bool
}

func (a *app) reproduceCommand() *cobra.Command {
	var f reproduceFlags
	c := &cobra.Command{
		Use:   "reproduce [NAME...]",
		Short: "Carry out published experiments again, and compare",
		Long: `Carry out published experiments again and compare each point with what was
published, or with a formula. Without a name, list them. How near a point has to
come is in the experiment's plan; a point that is not makes exit code 1.

--out leaves a figure and a page of each experiment in a folder, and an index of
the pages that are there. --plan runs an experiment by a plan file of your own.`,
		Example: `  mlssim reproduce propose-and-commit
  mlssim reproduce --all --json
  mlssim reproduce --all --out results`,
		RunE: func(c *cobra.Command, args []string) error {
			f.seeded = c.Flags().Changed("seed")
			return a.reproduce(c.Context(), args, &f)
		},
	}
	c.Flags().BoolVar(&f.all, "all", false, "run all experiments")
	c.Flags().BoolVar(&f.full, "full", false, "the largest sizes, too: hours")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON object")
	c.Flags().StringVar(&f.out, "out", "", "folder for figures and pages (default none)")
	c.Flags().StringSliceVar(&f.formats, "format", plots.Formats(), "as which kinds of files figures are written")
	c.Flags().BoolVar(&f.force, "force", false, "overwrite pages and figures that are different")
	c.Flags().StringVar(&f.plan, "plan", "", "plan file in place of the one that comes with the experiment")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed in place of the plan's")
	return c
}

// A reproduction is an experiment, its plan, and what came out.
type reproduction struct {
	experiment reproduce.Experiment
	plan       *reproduce.Plan
	outcome    *reproduce.Outcome
}

func (a *app) reproduce(ctx context.Context, names []string, f *reproduceFlags) error {
	if err := known("format", f.formats, plots.Formats()); err != nil {
		return err
	}
	chosen, err := chosenExperiments(names, f)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		return a.listExperiments(f.asJSON)
	}
	for i := range chosen { // before any is run
		if chosen[i].plan, err = f.load(chosen[i].experiment); err != nil {
			return err
		}
	}
	var stopped error
	for i := range chosen {
		r := &chosen[i]
		r.outcome, err = r.experiment.Run(ctx, r.plan, f.full, runtime.GOMAXPROCS(0))
		if errors.Is(err, context.Canceled) {
			stopped = hinted{errInterrupted, fmt.Sprintf("%d of %s finished", i, count(len(chosen), "experiment"))}
			chosen = chosen[:i]
			break
		}
		if err != nil {
			return err
		}
		if !f.asJSON {
			a.printReproduction(r)
		}
		if err := a.leavePages(r, f); err != nil {
			return err
		}
	}
	if f.out != "" {
		if err := a.leaveIndex(f); err != nil {
			return err
		}
	}
	if f.asJSON {
		if err := a.printOutcomes(chosen); err != nil {
			return err
		}
	}
	if stopped != nil {
		return stopped
	}
	return failedPoints(chosen)
}

// chosenExperiments returns those that were asked for: none if nothing was.
func chosenExperiments(names []string, f *reproduceFlags) ([]reproduction, error) {
	var chosen []reproduction
	switch {
	case f.all && len(names) > 0:
		return nil, errors.New("names, or --all")
	case f.plan != "" && len(names) != 1:
		return nil, hinted{errors.New("--plan needs the name of one experiment"), "mlssim reproduce NAME --plan FILE"}
	case f.all:
		for _, e := range reproduce.All() {
			chosen = append(chosen, reproduction{experiment: e})
		}
	case len(names) == 0 && f.out != "":
		return nil, hinted{errors.New("which experiments?"), "a name, or --all"}
	}
	for _, name := range names {
		e, ok := reproduce.Find(name)
		if !ok {
			return nil, hinted{fmt.Errorf("no experiment %q", name), `"mlssim reproduce" lists them`}
		}
		chosen = append(chosen, reproduction{experiment: e})
	}
	return chosen, nil
}

// load reads the plan of an experiment.
func (f *reproduceFlags) load(e reproduce.Experiment) (*reproduce.Plan, error) {
	name, data := e.Source()
	if f.plan != "" {
		name = f.plan
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	p, err := e.Load(name, data)
	if err == nil && f.seeded {
		p.Seed = f.seed
	}
	return p, err
}

func (a *app) listExperiments(asJSON bool) error {
	type entry struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	list := []entry{}
	for _, e := range reproduce.All() {
		p, err := e.Load(e.Source())
		if err != nil {
			return err
		}
		list = append(list, entry{e.Name, p.Title})
	}
	if asJSON {
		return a.printJSON(map[string]any{"experiments": list})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, e := range list {
		fmt.Fprintf(w, "%s\t%s\n", e.Name, e.Title)
	}
	return w.Flush()
}

func (a *app) printOutcomes(all []reproduction) error {
	outcomes := []*reproduce.Outcome{}
	for _, r := range all {
		outcomes = append(outcomes, r.outcome)
	}
	return a.printJSON(map[string]any{"experiments": outcomes})
}

func (a *app) printReproduction(r *reproduction) {
	fmt.Fprintf(a.stdout, "%s: %s\n", r.plan.Name, r.verdict())
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  series\t%s\tours\t%s interval\tpublished\ttolerance\t\n", r.plan.X.Label, r.plan.Interval())
	for _, p := range r.outcome.Points {
		fmt.Fprintf(w, "  %s\t%s\t%s\t", p.Series, reproduce.Short(p.X), reproduce.Short(p.Ours))
		if p.Low != p.High {
			fmt.Fprintf(w, "%s to %s", reproduce.Short(p.Low), reproduce.Short(p.High))
		}
		if p.Passed == nil {
			fmt.Fprint(w, "\t\t\tours only\n")
			continue
		}
		fmt.Fprintf(w, "\t%s\t%s\t%s\n", reproduce.Short(*p.Published), reproduce.Short(*p.Tolerance), map[bool]string{true: "passed", false: "FAILED"}[*p.Passed])
	}
	w.Flush()
}

// failedPoints returns the violation that points outside their tolerance are.
func failedPoints(all []reproduction) error {
	var failed []string
	for _, r := range all {
		if passed, compared := r.outcome.Tally(); !r.outcome.Passed {
			failed = append(failed, fmt.Sprintf("%s: %d of %d points are outside their tolerance", r.plan.Name, compared-passed, compared))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return violation{errors.New(strings.Join(failed, "; "))}
}

// leavePages writes figure and page of an experiment.
func (a *app) leavePages(r *reproduction, f *reproduceFlags) error {
	if f.out == "" {
		return nil
	}
	figure := plots.Compare(comparisonOf(r))
	for _, format := range f.formats {
		data, err := figure.Encode(format)
		if err != nil {
			return err
		}
		if err := a.leaveFile(filepath.Join(f.out, figure.Name+"."+format), data, f.force, f.asJSON); err != nil {
			return err
		}
	}
	return a.leaveFile(filepath.Join(f.out, r.plan.Name+".md"), reproduce.Page(r.plan, r.outcome, f.full), f.force, f.asJSON)
}

// leaveIndex writes the index of the pages that are in the folder. It follows from
// them, so an older one is no loss; another file of its name is.
func (a *app) leaveIndex(f *reproduceFlags) error {
	name := filepath.Join(f.out, "README.md")
	index := reproduce.Index(func(page string) ([]byte, error) { return os.ReadFile(filepath.Join(f.out, page)) })
	heading, _, _ := bytes.Cut(index, []byte("\n"))
	old, err := os.ReadFile(name)
	return a.leaveFile(name, index, f.force || err == nil && bytes.HasPrefix(old, heading), f.asJSON)
}

// leaveFile writes a file unless it is there and the same.
func (a *app) leaveFile(name string, data []byte, force, quiet bool) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := writeChanged(name, data, force); err != nil {
		return err
	}
	if !quiet {
		fmt.Fprintln(a.stdout, name)
	}
	return nil
}

// verdict says in a few words how many points passed.
func (r *reproduction) verdict() string {
	passed, compared := r.outcome.Tally()
	if compared == 0 {
		return count(len(r.outcome.Points), "point") + ", with nothing to compare"
	}
	return fmt.Sprintf("%d of %s within the tolerance", passed, count(compared, "point"))
}

// comparisonOf is the figure of an experiment.
func comparisonOf(r *reproduction) *plots.Comparison {
	p := r.plan
	subtitle := fmt.Sprintf("seed %d, %s intervals; %s", p.Seed, p.Interval(), r.verdict())
	c := &plots.Comparison{Name: p.Name, Title: p.Title, Subtitle: subtitle,
		X: plots.Scale{Label: p.X.Label, Log: p.X.Log}, Y: plots.Scale{Label: p.Y.Label, Log: p.Y.Log}}
	for _, q := range r.outcome.Points {
		if n := len(c.Curves); n == 0 || c.Curves[n-1].Name != q.Series {
			c.Curves = append(c.Curves, plots.MeasuredCurve{Name: q.Series})
		}
		curve := &c.Curves[len(c.Curves)-1]
		point := plots.MeasuredPoint{X: q.X, Ours: q.Ours, Low: q.Low, High: q.High, Published: q.Published, Recomputed: q.Recomputed, Failed: q.Passed != nil && !*q.Passed}
		if math.IsNaN(q.Ours) {
			continue
		}
		curve.Points = append(curve.Points, point)
	}
	return c
}
