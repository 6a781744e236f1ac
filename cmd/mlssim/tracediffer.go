package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/evidence"
)

func (a *app) traceDiffer() *cobra.Command {
	o := differOptions{}
	c := &cobra.Command{
		Use:   "differ [ID...]",
		Short: "Switch requirements off, and see where the programs differ and what breaks",
		Long: `Switch checks off, one at a time: in the implementation alone, in random histories that
model and implementation go through side by side, until they differ; and in both, in the
tests of what an adversary cannot do. What comes of it goes to differences.tsv in DIR, a
folder of "trace evidence", beside what is there of other checks; trace gate, show, report
and export read it. It takes about half a minute for each check; with no ID it is all of
them.`,
		Example: `  mlssim trace differ content.signature --evidence /tmp/evidence`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.differ(c.Context(), &o, args)
		},
	}
	c.Flags().StringVar(&o.evidence, "evidence", "evidence", "folder of the evidence")
	c.Flags().IntVar(&o.jobs, "jobs", runtime.NumCPU(), "checks at a time")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

type differOptions struct {
	evidence string
	jobs     int
	json     bool
}

// differReport is what "trace differ --json" prints.
type differReport struct {
	Differences []evidence.Difference `json:"differences"`
	Seconds     float64               `json:"seconds"`
}

// differencesFile is the name of the file of differences in a folder of evidence.
const differencesFile = "differences.tsv"

// differ is the verb trace differ.
func (a *app) differ(ctx context.Context, o *differOptions, args []string) error {
	began := time.Now()
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	before, err := readDifferences(o.evidence)
	if err != nil {
		return err
	}
	ids, err := checksNamed(root, args)
	if err != nil {
		return err
	}
	suite, cleanUp, err := buildSuite(ctx, root, []string{"./props"})
	if err != nil {
		return err
	}
	defer cleanUp()
	k := &evidence.Knocker{Suite: suite}
	made, err := k.Differences(ctx, ids, evidence.Differential, evidence.Properties, o.jobs, func(d *evidence.Difference) {
		if !o.json {
			fmt.Fprintf(a.stdout, "%s: differs in %s; breaks %s\n", d.Req, orNothing(d.By), orNothing(strings.Join(d.Breaks, ", ")))
		}
	})
	if err != nil {
		return err
	}
	all := append(slices.DeleteFunc(before, func(d evidence.Difference) bool { return slices.Contains(ids, d.Req) }), made...)
	slices.SortFunc(all, func(x, y evidence.Difference) int { return strings.Compare(string(x.Req), string(y.Req)) })
	if err := os.WriteFile(filepath.Join(o.evidence, differencesFile), evidence.WriteDifferences(all), 0o644); err != nil {
		return err
	}
	if o.json {
		return a.printJSON(differReport{made, time.Since(began).Seconds()})
	}
	return nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// checksNamed returns the checks that args name, or all that the two programs decide.
func checksNamed(root string, args []string) ([]spec.ID, error) {
	registry, err := trace.Load(os.DirFS(filepath.Join(root, "spec", "registry")))
	if err != nil {
		return nil, err
	}
	var ids []spec.ID
	for _, r := range registry {
		if r.Kind == "check" && (len(args) == 0 || slices.Contains(args, string(r.ID))) {
			ids = append(ids, r.ID)
		}
	}
	for _, id := range args {
		if !slices.Contains(ids, spec.ID(id)) {
			return nil, fmt.Errorf("there is no check %q", id)
		}
	}
	return ids, nil
}

// readDifferences returns those of a folder of evidence, which may have none.
func readDifferences(dir string) ([]evidence.Difference, error) {
	b, err := os.ReadFile(filepath.Join(dir, differencesFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(dir); err != nil {
			return nil, hinted{err, "mlssim trace evidence --out " + dir + " makes it"}
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return evidence.ReadDifferences(b)
}
