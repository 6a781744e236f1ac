package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
)

func (a *app) traceDiff() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a new edition changes, unit by unit, and whom it concerns",
		Long: `Compare two editions of the RFC, each a file in any of the formats. Prints each unit
that has moved to another section, was edited, has another level (MUST, SHOULD,
MAY), is gone or new, with the words that differ and the requirements that rest on
it. Sentences are followed by their hashes, and by sketches of 64 bits where words
have changed.`,
		Example: `  mlssim trace diff rfc9420.md my-draft.md`,
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.diffTrace(args[0], args[1], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// diffReport is what "trace diff --json" prints.
type diffReport struct {
	Old     diffText             `json:"old"`
	New     diffText             `json:"new"`
	Same    int                  `json:"same"` // units
	Counts  map[string]int       `json:"counts"`
	Changes []trace.ChangeReport `json:"changes"`
}

// A diffText is one of two texts that are compared.
type diffText struct {
	File    string `json:"file"`
	Format  string `json:"format"`
	Edition string `json:"edition"` // empty if it is none that is known
	SHA256  string `json:"sha256"`
	Units   int    `json:"units"`
}

// diffTrace is the verb trace diff.
func (a *app) diffTrace(oldFile, newFile string, asJSON bool) error {
	c, err := openCatalog()
	if err != nil {
		return err
	}
	var texts [2]diffText
	var units [2][]trace.Unit
	for i, file := range []string{oldFile, newFile} {
		doc, err := readRFC(file)
		if err != nil {
			return err
		}
		units[i] = trace.Scan(doc)
		texts[i] = diffText{file, doc.Format, c.Texts.Edition(doc.SHA256), doc.SHA256, len(units[i])}
	}
	r := diffReport{Old: texts[0], New: texts[1], Counts: map[string]int{}}
	var changes []trace.Change
	for _, change := range trace.Match(units[0], units[1]) {
		if change.What == trace.Same {
			r.Same++
			continue
		}
		r.Counts[change.What]++
		changes = append(changes, change)
	}
	r.Changes = trace.Report(changes, c.Impact(units[0]))
	if asJSON {
		return a.printJSON(r)
	}
	for _, t := range texts {
		fmt.Fprintf(a.stdout, "%s: %s, %s\n", t.File, edition(t.Edition), count(t.Units, "unit"))
	}
	for i := range r.Changes {
		a.printChange(&r.Changes[i])
	}
	fmt.Fprintf(a.stdout, "%d same", r.Same)
	for _, what := range []string{trace.Moved, trace.Edited, trace.Level, trace.Gone, trace.New} {
		fmt.Fprintf(a.stdout, ", %d %s", r.Counts[what], what)
	}
	fmt.Fprintln(a.stdout)
	return nil
}
