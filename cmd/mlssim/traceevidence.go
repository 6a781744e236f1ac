package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/evidence"
	"mlssim/spec/trace/links"
)

func (a *app) traceEvidence() *cobra.Command {
	var o evidenceOptions
	c := &cobra.Command{
		Use:   "evidence [--out DIR] [PACKAGE...]",
		Short: "Run the tests and write down what they show of each requirement",
		Long: `Build the tests with the tag spectrace, run each in a process of its own, and write
what their probes saw to DIR: evidence.ndjson has a line for each probe and test,
evidence.json the stamp and a grade for each requirement, side and entry point. Only
tests that pass count. It is run in the source of this program.`,
		Example: `  mlssim trace evidence --out /tmp/evidence`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.gatherEvidence(c.Context(), &o, args)
		},
	}
	c.Flags().StringVar(&o.out, "out", "evidence", "folder for what was found")
	c.Flags().BoolVar(&o.force, "force", false, "replace what is there")
	c.Flags().IntVar(&o.jobs, "jobs", runtime.NumCPU(), "tests at a time")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

type evidenceOptions struct {
	out         string
	force, json bool
	jobs        int
}

// evidenceReport is what "trace evidence --json" prints.
type evidenceReport struct {
	evidence.Stamp
	Records int            `json:"records"`
	Tests   map[string]int `json:"tests"`  // by outcome
	Grades  map[string]int `json:"grades"` // cells by grade
	Seconds float64        `json:"seconds"`
	Failed  []string       `json:"failed"`
}

// moduleRoot returns the folder of go.mod, which is the present one or above it.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", hinted{errors.New("there is no source of this program here"), "run it in a checkout of the module"}
		}
	}
}

// gatherEvidence is the verb trace evidence.
func (a *app) gatherEvidence(ctx context.Context, o *evidenceOptions, packages []string) error {
	began := time.Now()
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.out); err == nil && !o.force {
		return hinted{fmt.Errorf("%s exists", o.out), "--force replaces what is in it, --out names another place"}
	}
	registry, err := trace.Load(os.DirFS(filepath.Join(root, "spec", "registry")))
	if err != nil {
		return err
	}
	suite, cleanUp, err := buildSuite(ctx, root, packages)
	if err != nil {
		return err
	}
	defer cleanUp()
	report := evidenceReport{Tests: map[string]int{}, Grades: map[string]int{}, Failed: []string{}}
	records, ran, err := suite.Gather(ctx, registry, o.jobs, func(r *evidence.Ran) {
		if r.Outcome == "failed" {
			fmt.Fprintf(a.stderr, "%s failed, and is no evidence:\n%s\n", r.Test, r.Output)
			report.Failed = append(report.Failed, r.Test)
		}
	})
	if err != nil {
		return err
	}
	for _, r := range ran {
		report.Tests[r.Outcome]++
	}
	if report.Stamp, err = stampOf(root, suite); err != nil {
		return err
	}
	linked, err := linkedIn(root, registry)
	if err != nil {
		return err
	}
	f := evidence.File{Stamp: report.Stamp, Tests: ran, Cells: evidence.Cells(registry, linked, records, nil)}
	if err := evidence.Save(o.out, &f, records); err != nil {
		return err
	}
	for _, c := range f.Cells {
		report.Grades[c.Grade.String()]++
	}
	report.Records, report.Seconds = len(records), time.Since(began).Seconds()
	if o.json {
		err = a.printJSON(report)
	} else {
		fmt.Fprintf(a.stdout, "%d tests passed, %d skipped, %d failed\n%s in %s\n", report.Tests["passed"], report.Tests["skipped"], report.Tests["failed"],
			count(report.Records, "record"), o.out)
		for g := evidence.Mapped; g <= evidence.Load; g++ {
			fmt.Fprintf(a.stdout, "%v %d\n", g, report.Grades[g.String()])
		}
	}
	if err == nil && len(report.Failed) > 0 {
		err = violation{fmt.Errorf("%s failed", count(len(report.Failed), "test"))}
	}
	return err
}

// buildSuite builds the tests of packages, by default those that evidence is taken
// from, in a folder that cleanUp removes.
func buildSuite(ctx context.Context, root string, packages []string) (_ *evidence.Suite, cleanUp func(), err error) {
	if len(packages) == 0 {
		packages = evidence.Packages
	}
	dir, err := os.MkdirTemp("", "mlssim-evidence")
	if err != nil {
		return nil, nil, err
	}
	cleanUp = func() { os.RemoveAll(dir) }
	suite, err := evidence.Build(ctx, root, dir, packages)
	if err != nil {
		cleanUp()
		return nil, nil, err
	}
	return suite, cleanUp, nil
}

func stampOf(root string, s *evidence.Suite) (evidence.Stamp, error) {
	tree, err := evidence.TreeHash(os.DirFS(root))
	return evidence.Stamp{Tree: tree, Go: s.Go, Tags: []string{"spectrace"}}, err
}

// linkedIn tells whether the code of a side names a requirement.
func linkedIn(root string, registry []trace.Requirement) (func(spec.ID, string) bool, error) {
	m, err := links.Find(os.DirFS(root), registry)
	if err != nil {
		return nil, err
	}
	return func(id spec.ID, side string) bool {
		for _, s := range m.Of(id) {
			if s.Side == side {
				return true
			}
		}
		return false
	}, nil
}
