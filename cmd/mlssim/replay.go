package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) replayCommand() *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use:   "replay DIR",
		Short: "Run what a run folder holds again: it gives the same digest",
		Long: `Run the plan of a run folder again and compare the digest. With --verify, compare
every event and every table, too, and the checksums of all files.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.replay(c.Context(), args[0], verify)
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "compare all files, not the digest alone")
	return c
}

// replay is the verb replay.
func (a *app) replay(ctx context.Context, path string, verify bool) error {
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	for _, n := range f.manifest.Finished {
		if n < 0 || n >= f.plan.Replications {
			return violation{fmt.Errorf("%s: no replication %d", filepath.Join(path, manifestFile), n)}
		}
	}
	scratch, err := os.MkdirTemp("", "mlssim-replay-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	again := &folder{scratch: scratch}
	replicates, err := a.again(ctx, f, scratch)
	if err != nil {
		return explainFailure(err, &planFile{name: filepath.Join(path, planName)}, f.plan, &runFlags{given: func(string) bool { return false }}, "")
	}
	if err := again.fill(&planFile{name: planName}, f.plan, replicates); err != nil {
		return err
	}
	var digests []string
	for _, d := range replicates {
		digests = append(digests, d.Result.Digest)
	}
	if got := digestOf(digests); got != f.manifest.Digest {
		return violation{errors.Join(fmt.Errorf("the digest is %s, and was %s", got, f.manifest.Digest),
			sameEvents(path, scratch))}
	}
	if verify {
		if err := verifyFiles(f, scratch); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "%s: the same digest again, %s\n", path, f.manifest.Digest)
	if verify {
		fmt.Fprintf(a.stdout, "%s the same, one by one; all files as they were written\n", count(f.manifest.Events, "event"))
	}
	return nil
}

// again runs the replications that the folder holds.
func (a *app) again(ctx context.Context, f *runFolder, scratch string) ([]*replicate, error) {
	bar := a.newProgress(f.plan)
	defer bar.finish()
	r := &runner{plan: f.plan, backend: a.backend, scratch: scratch, tick: bar.tick, numbers: f.manifest.Finished}
	return r.run(ctx)
}

// verifyFiles compares events and tables with those of the run made again, and
// all files with the manifest's checksums.
func verifyFiles(f *runFolder, scratch string) error {
	if err := sameEvents(f.path, scratch); err != nil {
		return violation{err}
	}
	for _, name := range []string{exposureFile, metricsFile, resultFile} {
		was, err := os.ReadFile(filepath.Join(f.path, name))
		if err != nil {
			return violation{err}
		}
		is, err := os.ReadFile(filepath.Join(scratch, name))
		if err != nil {
			return err
		}
		if line, is, was := firstDifference(string(is), string(was)); line > 0 {
			return violation{fmt.Errorf("%s, line %d differs\n  was: %s\n  is:  %s", filepath.Join(f.path, name), line, was, is)}
		}
	}
	outputs, err := outputsOf(f.path)
	if err != nil {
		return err
	}
	for _, o := range f.manifest.Outputs {
		if !slices.Contains(outputs, o) {
			return violation{fmt.Errorf("%s is not as it was written", filepath.Join(f.path, filepath.FromSlash(o.Name)))}
		}
	}
	return nil
}

// sameEvents compares events.jsonl of two folders line by line.
func sameEvents(was, is string) error {
	a, err := os.Open(filepath.Join(was, eventsFile))
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := os.Open(filepath.Join(is, eventsFile))
	if err != nil {
		return err
	}
	defer b.Close()
	ra, rb := bufio.NewReader(a), bufio.NewReader(b)
	for n := 1; ; n++ {
		x, errA := ra.ReadString('\n')
		y, errB := rb.ReadString('\n')
		if x != y {
			return fmt.Errorf("%s, line %d: the first event that differs\n  was: %s\n  is:  %s", eventsFile, n, line(x), line(y))
		}
		if errA != nil || errB != nil {
			return errors.Join(notEnd(errA), notEnd(errB))
		}
	}
}

func notEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func line(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return strings.TrimSuffix(s, "\n")
}

// firstDifference returns the first line, from 1, in which two texts differ, or 0.
func firstDifference(a, b string) (n int, lineA, lineB string) {
	if a == b {
		return 0, "", ""
	}
	for n = 1; ; n++ {
		x, restA, moreA := strings.Cut(a, "\n")
		y, restB, moreB := strings.Cut(b, "\n")
		if x != y || !moreA || !moreB {
			return n, line(x), line(y)
		}
		a, b = restA, restB
	}
}
