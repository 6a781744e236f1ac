package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
	"mlssim/spec/trace/evidence"
)

func (a *app) traceGate() *cobra.Command {
	var o gateOptions
	c := &cobra.Command{
		Use:   "gate",
		Short: "Hold the evidence against what was reached before",
		Long: `Hold the evidence in DIR, with its knockouts, against spec/coverage.lock, which has the
grade that each requirement has reached, and against what it has to reach. Refused are:
findings in the registry, evidence of another state of the source, a grade that is
lower than it was, a grade below its target for which spec/exemptions.yaml has no
reason, reasons that are out of date, and more than 3 % of waivers. Exit code 1 if
anything is. --open N lets so many be below their target without a reason, while the
tests are being written; --update writes coverage.lock.`,
		Example: `  mlssim trace gate --evidence /tmp/evidence`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.gate(&o)
		},
	}
	c.Flags().StringVar(&o.evidence, "evidence", "evidence", "folder of the evidence")
	c.Flags().IntVar(&o.open, "open", 0, "how many may be below their target without a reason")
	c.Flags().BoolVar(&o.update, "update", false, "write spec/coverage.lock and spec/knockouts.tsv")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	c.Flags().StringVar(&o.sarif, "sarif", "", "write the findings to this file, too, in SARIF 2.1.0")
	c.Flags().BoolVar(&o.force, "force", false, "overwrite a file that exists")
	return c
}

type gateOptions struct {
	open                int
	evidence, sarif     string
	update, json, force bool
}

// gate is the verb trace gate.
func (a *app) gate(o *gateOptions) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	g, verdicts, err := openGate(root, o.evidence)
	if err != nil {
		return err
	}
	r := g.Run()
	if o.update {
		err := os.WriteFile(filepath.Join(root, lockFile), evidence.WriteLock(g.File.Cells), 0o644)
		if err == nil {
			err = os.WriteFile(filepath.Join(root, "spec", verdictsFile), verdicts, 0o644)
		}
		if err != nil {
			return err
		}
		if g.Lock, err = evidence.ReadLock(evidence.WriteLock(g.File.Cells)); err != nil {
			return err
		}
		r = g.Run()
	}
	if o.sarif != "" {
		if err := writeSARIF(o.sarif, "mlssim trace gate", r.Findings, o.force); err != nil {
			return err
		}
	}
	if o.json {
		err = a.printJSON(r)
	} else {
		for _, f := range r.Findings {
			fmt.Fprintln(a.stdout, f)
		}
		printLevels(a.stdout, r.Levels)
		fmt.Fprintf(a.stdout, "%d cells: %d reach their target, %d are excused, %d of these waived; %d are absent: %s\n",
			r.Cells, r.Reached, r.Excused, r.Waived, r.Absent, count(len(r.Findings), "finding"))
	}
	if err != nil {
		return err
	}
	if bad := refused(r.Findings, o.open); bad > 0 {
		return violation{fmt.Errorf("%s", count(bad, "finding"))}
	}
	return nil
}

// printLevels writes a row for each side and level: its cells by grade.
func printLevels(w io.Writer, levels []evidence.Level) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "side\tlevel\tcells\tG0\tG1\tG2\tG3\tG4\tG5\treached\texcused\twaived\tabsent\t+D\t+P\t")
	for _, l := range levels {
		fmt.Fprintf(t, "%s\t%s\t%d\t", l.Side, l.Level, l.Cells)
		for g := evidence.Mapped; g <= evidence.Load; g++ {
			fmt.Fprintf(t, "%d\t", l.Grades[g.String()])
		}
		fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%d\t%d\t\n", l.Reached, l.Excused, l.Waived, l.Absent, l.Differ, l.Breaks)
	}
	t.Flush()
}

// refused returns how many findings are none of those that may be open.
func refused(findings []trace.Finding, open int) int {
	below := 0
	for _, f := range findings {
		switch f.Rule {
		case "floor", "decorative", "context.wrong":
			below++
		}
	}
	return len(findings) - min(below, open)
}

// lockFile is where coverage.lock stands in the module.
var lockFile = filepath.Join("spec", "coverage.lock")

// openGate reads what the gate looks at, and the table of knockouts as it is.
func openGate(root, dir string) (*evidence.Gate, []byte, error) {
	c, err := trace.Open(os.DirFS(filepath.Join(root, "spec")))
	if err != nil {
		return nil, nil, err
	}
	g := &evidence.Gate{Registry: c.Requirements, Lint: c.Lint(), Today: time.Now()}
	if g.File, g.Records, err = evidence.Open(dir); err != nil {
		return nil, nil, hinted{err, "mlssim trace evidence makes it"}
	}
	table, err := os.ReadFile(filepath.Join(dir, verdictsFile))
	if err != nil {
		return nil, nil, hinted{err, "mlssim trace knockout makes it"}
	}
	verdicts, err := evidence.ReadVerdicts(table)
	if err != nil {
		return nil, nil, err
	}
	linked, err := linkedIn(root, c.Requirements)
	if err != nil {
		return nil, nil, err
	}
	g.File.Cells = evidence.Cells(c.Requirements, linked, g.Records, verdicts)
	differences, err := readDifferences(dir)
	if err != nil {
		return nil, nil, err
	}
	evidence.Differ(g.File.Cells, differences)
	excuses, err := os.ReadFile(filepath.Join(root, "spec", "exemptions.yaml"))
	if err != nil {
		return nil, nil, err
	}
	if g.Exemptions, err = evidence.ReadExemptions(excuses); err != nil {
		return nil, nil, err
	}
	lock, err := os.ReadFile(filepath.Join(root, lockFile))
	if err != nil && !os.IsNotExist(err) {
		return nil, nil, err
	}
	if g.Lock, err = evidence.ReadLock(lock); err != nil {
		return nil, nil, err
	}
	g.Tree, err = evidence.TreeHash(os.DirFS(root))
	return g, table, err
}
