package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
)

func (a *app) traceDiff() *cobra.Command {
	var source string
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a new edition changes, unit by unit, and whom it concerns",
		Long: `Compare two editions of the RFC, each a file in any of the formats. Prints each unit
that has moved to another section, was edited, has another level (MUST, SHOULD,
MAY), is gone or new, with the words that differ and the requirements that rest on
it; and for each of these the rules of the model, the checks of the implementation,
how many places of tests name it, and the forged inputs that it refuses. Sentences are
followed by their hashes, and by sketches of 64 bits where words have changed.`,
		Example: `  mlssim trace diff rfc9420.md my-draft.md`,
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.diffTrace(args[0], args[1], source, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return withSource(c, &source)
}

// diffReport is what "trace diff --json" prints.
type diffReport struct {
	Old     diffText       `json:"old"`
	New     diffText       `json:"new"`
	Same    int            `json:"same"` // units
	Counts  map[string]int `json:"counts"`
	Changes []diffChange   `json:"changes"`
}

// A diffChange is what became of a unit, and what code that touches.
type diffChange struct {
	trace.ChangeReport
	Impact []dossier.Impact `json:"impact"`
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
func (a *app) diffTrace(oldFile, newFile, source string, asJSON bool) error {
	b, note, err := openBook(source)
	if err != nil {
		return err
	}
	c := b.Catalog
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
	r.Changes = []diffChange{}
	touched := 0
	for _, change := range trace.Report(changes, c.Impact(units[0])) {
		r.Changes = append(r.Changes, diffChange{change, b.Impact(change.Requirements)})
		touched += len(change.Requirements)
	}
	if touched > 0 {
		a.say(note)
	}
	if asJSON {
		return a.printJSON(r)
	}
	for _, t := range texts {
		fmt.Fprintf(a.stdout, "%s: %s, %s\n", t.File, edition(t.Edition), count(t.Units, "unit"))
	}
	for i := range r.Changes {
		a.printChange(&r.Changes[i].ChangeReport)
		for _, x := range r.Changes[i].Impact {
			a.printImpact(&x)
		}
	}
	fmt.Fprintf(a.stdout, "%d same", r.Same)
	for _, what := range []string{trace.Moved, trace.Edited, trace.Level, trace.Gone, trace.New} {
		fmt.Fprintf(a.stdout, ", %d %s", r.Counts[what], what)
	}
	fmt.Fprintln(a.stdout)
	return nil
}

// printImpact prints what a change of a requirement touches.
func (a *app) printImpact(x *dossier.Impact) {
	fmt.Fprintf(a.stdout, "       %s\n", x.Requirement)
	for _, side := range []struct {
		name   string
		places []string
	}{{"model", x.Model}, {"impl", x.Impl}} {
		for _, p := range side.places {
			fmt.Fprintf(a.stdout, "         %-5s %s\n", side.name, p)
		}
	}
	if len(x.Tests)+len(x.Cases) > 0 {
		fmt.Fprintf(a.stdout, "         tests %s, %s, %s\n", count(len(x.Tests), "place"), count(len(x.Cases), "forged input"), count(x.Vectors, "vector"))
	}
}
