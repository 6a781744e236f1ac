package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/plots"
	"mlssim/sim"
)

// plotKinds are the figures of a run.
var plotKinds = []string{"exposure", "healing", "cost"}

// A drawing is one figure in one format.
type drawing struct {
	figure *plots.Figure
	format string
}

func (d drawing) name() string { return d.figure.Name + "." + d.format }

// drawings makes the figures of the given kinds. Exposure and cost show the
// first replication, healing all of them.
func drawings(results []*sim.Result, kinds, formats []string) []drawing {
	var all []drawing
	for _, kind := range kinds {
		var f *plots.Figure
		switch kind {
		case "exposure":
			f = plots.Exposure(results[0])
		case "healing":
			f = plots.Healing(results)
		case "cost":
			f = plots.Cost(results[0])
		}
		for _, format := range formats {
			all = append(all, drawing{f, format})
		}
	}
	return all
}

func (a *app) plotCommand() *cobra.Command {
	var kinds, formats []string
	var force bool
	c := &cobra.Command{
		Use:   "plot DIR",
		Short: "Draw the figures of a run folder",
		Long: `Draw the figures of a run folder again, into its folder plots. Exposure and cost
show the first replication, healing takes all of them together.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := known("figure", kinds, plotKinds); err != nil {
				return err
			}
			if err := known("format", formats, plots.Formats()); err != nil {
				return err
			}
			return a.plot(args[0], kinds, formats, force)
		},
	}
	c.Flags().StringSliceVar(&kinds, "kind", plotKinds, "which figures")
	c.Flags().StringSliceVar(&formats, "format", plots.Formats(), "as which kinds of files")
	c.Flags().BoolVar(&force, "force", false, "overwrite figures that are different")
	return c
}

// known refuses words that are not in a list.
func known(what string, words, list []string) error {
	for _, w := range words {
		if !slices.Contains(list, w) {
			return hinted{fmt.Errorf("no %s %q", what, w), "there are " + strings.Join(list, ", ")}
		}
	}
	return nil
}

func (a *app) plot(path string, kinds, formats []string, force bool) error {
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	replicates, err := f.results()
	if err != nil {
		return err
	}
	if len(replicates) == 0 {
		return fmt.Errorf("%s holds no finished replication", path)
	}
	for _, d := range drawings(resultsOf(replicates), kinds, formats) {
		data, err := d.figure.Encode(d.format)
		if err != nil {
			return err
		}
		name := filepath.Join(path, plotsFolder, d.name())
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := writeChanged(name, data, force); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, name)
	}
	return nil
}

// writeChanged writes a file unless it is there and the same; one that is different
// is left as it is, unless forced.
func writeChanged(name string, data []byte, force bool) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return writeNew(name, data, force)
}
