package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/evidence"
)

func (a *app) traceMutants() *cobra.Command {
	o := mutantsOptions{}
	c := &cobra.Command{
		Use:   "mutants [ID...]",
		Short: "Change the conditions of checks, and see which test fails",
		Long: `Change the condition of each check, one place at a time: negated, without one of its
operands, and with the border of a comparison moved. Each is built into the tests that saw
the check, as DIR of "trace evidence" has it, without touching the source; those that saw
it refuse run first. What survives is a part of a condition that no test needs. With no ID
it takes long: some seconds for each of more than a thousand.`,
		Example: `  mlssim trace mutants leaf.lifetime.now --evidence /tmp/evidence`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.mutate(c.Context(), &o, args)
		},
	}
	c.Flags().StringVar(&o.evidence, "evidence", "evidence", "folder of the evidence")
	c.Flags().StringVar(&o.side, "side", "", "only the conditions of impl or of model")
	c.Flags().IntVar(&o.jobs, "jobs", runtime.NumCPU(), "mutants at a time")
	c.Flags().IntVar(&o.tests, "tests", 60, "tests that are tried before something has survived")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

type mutantsOptions struct {
	evidence, side string
	jobs, tests    int
	json           bool
}

// mutantsReport is what "trace mutants --json" prints.
type mutantsReport struct {
	Trials   []*evidence.Trial `json:"trials"`
	Outcomes map[string]int    `json:"outcomes"`
	Seconds  float64           `json:"seconds"`
}

// sourceFolders are where checks stand.
var sourceFolders = []string{"impl", "impl/message", "impl/schedule", "impl/suite", "impl/tree", "impl/wire", "model"}

// mutate is the verb trace mutants.
func (a *app) mutate(ctx context.Context, o *mutantsOptions, ids []string) error {
	began := time.Now()
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	_, records, err := evidence.Open(o.evidence)
	if err != nil {
		return hinted{err, "mlssim trace evidence makes it"}
	}
	registry, err := trace.Load(os.DirFS(filepath.Join(root, "spec", "registry")))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(registry, func(r trace.Requirement) bool { return r.ID == spec.ID(id) }) {
			return fmt.Errorf("there is no requirement %q", id)
		}
	}
	all, err := evidence.Mutants(os.DirFS(root), sourceFolders, registry)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(m evidence.Mutant) bool {
		return len(ids) > 0 && !slices.Contains(ids, string(m.Req)) || !strings.HasPrefix(m.File, o.side)
	})
	k := &evidence.Knocker{Records: records, MaxTests: o.tests}
	suite, cleanUp, err := buildSuite(ctx, root, nil)
	if err != nil {
		return err
	}
	defer cleanUp()
	k.Suite = suite
	r := mutantsReport{Trials: make([]*evidence.Trial, len(all)), Outcomes: map[string]int{}}
	errs := make([]error, len(all))
	var workers sync.WaitGroup
	free := make(chan bool, max(1, o.jobs))
	for i := range all {
		free <- true
		workers.Go(func() {
			r.Trials[i], errs[i] = k.Try(ctx, &all[i])
			<-free
		})
	}
	workers.Wait()
	for i, t := range r.Trials {
		if errs[i] != nil {
			return errs[i]
		}
		r.Outcomes[t.Outcome]++
		if !o.json && t.Outcome != evidence.Killed && t.Outcome != evidence.Uncompiled {
			fmt.Fprintf(a.stdout, "%s:%d: %s %s: %s instead of %s\n", t.File, t.Line, t.Req, t.Outcome, t.Is, t.Was)
		}
	}
	r.Seconds = time.Since(began).Seconds()
	if o.json {
		return a.printJSON(r)
	}
	fmt.Fprintf(a.stdout, "%d mutants: %d killed, %d survived, %d unreached, %d do not compile; %.0f s\n", len(all),
		r.Outcomes[evidence.Killed], r.Outcomes[evidence.Survived], r.Outcomes[evidence.Unreached], r.Outcomes[evidence.Uncompiled], r.Seconds)
	return nil
}
