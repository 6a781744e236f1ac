package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/evidence"
)

func (a *app) traceKnockout() *cobra.Command {
	var o knockoutOptions
	c := &cobra.Command{
		Use:   "knockout [ID...]",
		Short: "Switch requirements off, and see which test fails",
		Long: `Switch requirements off, one at a time, by side and entry point, in tests that were
built with the tag spectrace: those that saw it refuse run first. Then let it refuse
everything, in the tests that saw it accept. A value that is derived is another one
instead, a structure has one byte more, and an option is not taken.

The tests are those that DIR of "trace evidence" has. Verdicts go to knockouts.tsv in
it. With --cached those of an earlier run by which a test fails are kept where neither the
files of the probes have changed since nor those that the tests which failed need.`,
		Example: `  mlssim trace knockout leaf.lifetime.now --evidence /tmp/evidence`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.knockOut(c.Context(), &o, args)
		},
	}
	c.Flags().StringVar(&o.evidence, "evidence", "evidence", "folder of the evidence")
	c.Flags().StringVar(&o.cached, "cached", "", "file of verdicts that are kept while they are fresh")
	c.Flags().IntVar(&o.jobs, "jobs", runtime.NumCPU(), "tests at a time")
	c.Flags().IntVar(&o.tests, "tests", 6, "tests that are tried before something has survived")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

type knockoutOptions struct {
	evidence, cached string
	jobs, tests      int
	json             bool
}

// knockoutReport is what "trace knockout --json" prints.
type knockoutReport struct {
	Verdicts []evidence.Verdict `json:"verdicts"`
	Kept     int                `json:"kept"` // of an earlier run
	Outcomes map[string]int     `json:"outcomes"`
	Seconds  float64            `json:"seconds"`
}

// knockOut is the verb trace knockout.
func (a *app) knockOut(ctx context.Context, o *knockoutOptions, ids []string) error {
	began := time.Now()
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	f, records, err := evidence.Open(o.evidence)
	if err != nil {
		return hinted{err, "mlssim trace evidence makes it"}
	}
	registry, err := trace.Load(os.DirFS(filepath.Join(root, "spec", "registry")))
	if err != nil {
		return err
	}
	k := &evidence.Knocker{
		Contexts: map[spec.ID][]string{}, Kinds: map[spec.ID]string{}, Records: records,
		Files: evidence.HashFiles(os.DirFS(root)), MaxTests: o.tests,
	}
	for _, r := range registry {
		k.Contexts[r.ID], k.Kinds[r.ID] = r.Contexts, r.Kind
	}
	for _, id := range ids {
		if k.Kinds[spec.ID(id)] == "" {
			return fmt.Errorf("there is no requirement %q", id)
		}
	}
	r := knockoutReport{Outcomes: map[string]int{}}
	if r.Verdicts, err = cachedVerdicts(k, o.cached); err != nil {
		return err
	}
	r.Kept = len(r.Verdicts)
	todo := slices.DeleteFunc(slices.Clone(f.Cells), func(c evidence.Cell) bool {
		return len(ids) > 0 && !slices.Contains(ids, string(c.Req)) || !k.Probed(&c) ||
			slices.ContainsFunc(r.Verdicts, func(v evidence.Verdict) bool { return v.Req == c.Req && v.Side == c.Side && v.Ctx == c.Ctx })
	})
	suite, cleanUp, err := buildSuite(ctx, root, witnessPackages(k, todo))
	if err != nil {
		return err
	}
	defer cleanUp()
	k.Suite = suite
	made, err := k.All(ctx, todo, o.jobs, func(v *evidence.Verdict) {
		if !v.Holds() && !o.json {
			fmt.Fprintf(a.stdout, "%s %s %s: switched off %s, refusing all %s\n", v.Req, v.Side, v.Ctx, v.Forced, v.Reverse)
		}
	})
	if err != nil {
		return err
	}
	r.Verdicts = append(r.Verdicts, made...)
	evidence.SortVerdicts(r.Verdicts)
	for _, v := range r.Verdicts {
		r.Outcomes[v.Forced]++
	}
	if err := os.WriteFile(filepath.Join(o.evidence, verdictsFile), evidence.WriteVerdicts(r.Verdicts), 0o644); err != nil {
		return err
	}
	r.Seconds = time.Since(began).Seconds()
	if o.json {
		return a.printJSON(r)
	}
	fmt.Fprintf(a.stdout, "%d verdicts, %d kept: %d killed, %d survived, %d unreached; %.0f s\n", len(r.Verdicts), r.Kept,
		r.Outcomes[evidence.Killed], r.Outcomes[evidence.Survived], r.Outcomes[evidence.Unreached], r.Seconds)
	return nil
}

// verdictsFile is the name of the file of verdicts in a folder of evidence.
const verdictsFile = "knockouts.tsv"

// cachedVerdicts returns those of a file that are still fresh.
func cachedVerdicts(k *evidence.Knocker, name string) ([]evidence.Verdict, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := evidence.ReadVerdicts(b)
	return slices.DeleteFunc(all, func(v evidence.Verdict) bool { return !k.Fresh(&v) }), err
}

// witnessPackages returns the packages of the tests that saw some cells, as the go
// command names them.
func witnessPackages(k *evidence.Knocker, cells []evidence.Cell) []string {
	var all []string
	for i := range cells {
		for _, p := range k.PackagesOf(&cells[i]) {
			if p = "./" + p; !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	if all == nil {
		all = evidence.Packages[:1]
	}
	return all
}
