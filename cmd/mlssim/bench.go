package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"mlssim/impl/calibrate"
	"mlssim/impl/suite"
)

// figures is what "bench primitives --json" prints and --compare reads.
type figures struct {
	Build   build              `json:"build"`
	Machine machine            `json:"machine"`
	Figures []calibrate.Figure `json:"figures"`
	Changes []calibrate.Change `json:"changes,omitempty"` // with --compare
}

// machine says on what it was measured.
type machine struct {
	host
	CPU string `json:"cpu"` // as it calls itself; may be empty
}

func thisMachine() machine {
	return machine{host{runtime.NumCPU(), runtime.GOMAXPROCS(0)}, strings.TrimSpace(cpuid.CPU.BrandName)}
}

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure what operations cost on this machine",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return hinted{errors.New("bench wants to know what to measure"), "mlssim bench primitives"}
		},
	}
	c.AddCommand(a.benchPrimitives())
	return c
}

type benchFlags struct {
	suites  []string
	each    time.Duration
	asJSON  bool
	compare string
}

func (a *app) benchPrimitives() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "primitives",
		Short: "Measure the cryptographic operations of every cipher suite",
		Long: `Measure each operation of each cipher suite, the experimental post-quantum ones
too: the median of 31 samples in a row, and an interval that has the true median
with a probability of at least 95 %. What is signed, hashed and sealed has 1,024
bytes; what is encrypted is a path secret.

--compare reads what an earlier --json has printed and says which operations take
another time now, by a test that assumes nothing of the distribution.`,
		Example: `  mlssim bench primitives --json > before.json
  mlssim bench primitives --suite X25519_AES128GCM_SHA256_Ed25519 --compare before.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.measurePrimitives(c.Context(), &f) },
	}
	c.Flags().StringSliceVar(&f.suites, "suite", nil, "name of a cipher suite to measure, may be repeated (default all)")
	c.Flags().DurationVar(&f.each, "each", 50*time.Millisecond, "time for each operation, 31 samples in all")
	c.Flags().StringVar(&f.compare, "compare", "", "compare with this file of earlier figures")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON object, with all samples")
	return c
}

// maxEach bounds the time for one operation.
const maxEach = time.Minute

func (a *app) measurePrimitives(ctx context.Context, f *benchFlags) error {
	if f.each <= 0 || f.each > maxEach {
		return fmt.Errorf("--each %v: more than 0 and at most %v", f.each, maxEach)
	}
	suites, err := benchSuites(f.suites)
	if err != nil {
		return err
	}
	var before *figures
	if f.compare != "" {
		if before, err = readFigures(f.compare); err != nil {
			return err
		}
	}
	now := figures{Build: thisBuild(), Machine: thisMachine(), Figures: []calibrate.Figure{}}
	err = calibrate.Measure(ctx, suites, f.each, rand.Reader, func(g calibrate.Figure) { now.Figures = append(now.Figures, g) })
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if before != nil {
		now.Changes = calibrate.Compare(before.Figures, now.Figures)
	}
	if f.asJSON {
		err = errors.Join(a.printJSON(now), interrupted(err))
	} else {
		err = errors.Join(a.printFigures(&now, before), interrupted(err))
	}
	return err
}

// interrupted turns the end of a context into the error that the exit code is
// made from: what was measured till then has been printed.
func interrupted(err error) error {
	if err != nil {
		return errInterrupted
	}
	return nil
}

// benchSuites finds suites by name.
func benchSuites(names []string) ([]*suite.Suite, error) {
	if len(names) == 0 {
		return append(suite.All(), suite.Experimental()...), nil
	}
	var suites []*suite.Suite
	for _, name := range names {
		s, err := suite.Named(name)
		if err != nil {
			return nil, hinted{err, `"mlssim bench primitives" without --suite measures all`}
		}
		suites = append(suites, s)
	}
	return suites, nil
}

// readFigures reads a file of figures.
func readFigures(name string) (*figures, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var f figures
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("%s: not what \"bench primitives --json\" prints: %w", name, err)
	}
	if err := calibrate.Check(f.Figures); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &f, nil
}

// printFigures prints a table, and what has changed.
func (a *app) printFigures(now, before *figures) error {
	m := now.Machine
	fmt.Fprintf(a.stdout, "%s, %s/%s, %s\n", now.Build.Go, now.Build.OS, now.Build.Arch, m)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	last := ""
	for _, f := range now.Figures {
		if f.Suite != last {
			fmt.Fprintf(w, "\n%s\n", f.Suite)
			last = f.Suite
		}
		fmt.Fprintf(w, "  %s\t%s\t%s to %s\n", f.Operation, tookShort(f.Nanosecond), tookShort(f.Low), tookShort(f.High))
	}
	if err := w.Flush(); err != nil || before == nil {
		return err
	}
	return a.printChanges(now, before)
}

// printChanges says which operations take another time.
func (a *app) printChanges(now, before *figures) error {
	fmt.Fprintf(a.stdout, "\ncompared with %s, %s/%s, %s\n", before.Build.Go, before.Build.OS, before.Build.Arch, before.Machine)
	if before.Machine != now.Machine {
		fmt.Fprintln(a.stdout, "which is another machine: the difference may be its")
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	differ := 0
	for _, c := range now.Changes {
		if c.Differs {
			differ++
			fmt.Fprintf(w, "  %s\t%s\t%s\t-> %s\t%+.1f %%\n", c.Suite, c.Operation, tookShort(c.Before), tookShort(c.After), 100*(c.After/c.Before-1))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "  %d of %s differ\n", differ, count(len(now.Changes), "operation"))
	return err
}

// String names the machine.
func (m machine) String() string {
	cpu := m.CPU
	if cpu == "" {
		cpu = "a CPU without a name"
	}
	return fmt.Sprintf("%s, %s", cpu, count(m.CPUs, "core"))
}

// tookShort writes a time to three digits.
func tookShort(ns float64) string {
	switch {
	case ns >= 1e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	case ns >= 1e3:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	}
	return fmt.Sprintf("%.3g ns", ns)
}
