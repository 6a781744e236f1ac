package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/evidence"
	"mlssim/spec/trace/export"
)

// withEvidence adds the flag that names a folder of "trace evidence".
func withEvidence(c *cobra.Command, dir *string) *cobra.Command {
	c.Flags().StringVar(dir, "evidence", "", `folder that "mlssim trace evidence" has written`)
	return c
}

// prove adds evidence to a book, from a folder; "" has none. The note says if it is of
// another state of the source.
func prove(b *dossier.Book, dir, source string) (stamp *export.Stamp, note string, err error) {
	if dir == "" {
		return nil, "", nil
	}
	f, records, err := evidence.Open(dir)
	if err != nil {
		return nil, "", hinted{err, "mlssim trace evidence --out " + dir + " makes it"}
	}
	place := cmp.Or(source, moduleAround())
	if err := complete(b, f, records, dir, place); err != nil {
		return nil, "", err
	}
	proofs := map[spec.ID][]dossier.Proof{}
	for i := range f.Cells {
		c := &f.Cells[i]
		proofs[c.Req] = append(proofs[c.Req], proofOf(c))
	}
	b.Prove(proofs)
	if place != "" {
		tree, err := evidence.TreeHash(os.DirFS(place))
		if err != nil {
			return nil, "", err
		}
		if tree != f.Tree {
			note = "the evidence is of another state of the source"
		}
	}
	return &export.Stamp{Tree: f.Tree, Go: f.Go, Tags: append([]string{}, f.Tags...)}, note, nil
}

// complete adds to evidence the verdicts of knockouts, if the folder has them, and why
// grades may be below their targets, if the source says it.
func complete(b *dossier.Book, f *evidence.File, records []evidence.Record, dir, source string) error {
	table, err := os.ReadFile(filepath.Join(dir, verdictsFile))
	if err == nil {
		verdicts, err := evidence.ReadVerdicts(table)
		if err != nil {
			return fmt.Errorf("%s: %w", verdictsFile, err)
		}
		linked := func(id spec.ID, side string) bool { return b.Of(id) != nil && len(b.Of(id).On(side)) > 0 }
		f.Cells = evidence.Cells(b.Catalog.Requirements, linked, records, verdicts)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	differences, err := readDifferences(dir)
	if err != nil {
		return err
	}
	evidence.Differ(f.Cells, differences)
	excuses, err := os.ReadFile(filepath.Join(source, "spec", "exemptions.yaml"))
	if source == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	g := evidence.Gate{Registry: b.Catalog.Requirements, File: f, Records: records}
	if g.Exemptions, err = evidence.ReadExemptions(excuses); err != nil {
		return err
	}
	g.Run() // for the reasons alone
	return nil
}

// proofOf returns what a cell of the evidence says.
func proofOf(c *evidence.Cell) dossier.Proof {
	p := dossier.Proof{
		Side: c.Side, Context: c.Ctx, Grade: c.Grade.String(), Target: c.Target.String(), Reason: c.Reason,
		Accept: append([]string{}, c.Accept...), Reject: append([]string{}, c.Reject...), Isolated: c.Isolated, Asserted: c.Asserted,
		Differs: c.Differ, Properties: append([]string{}, c.Breaks...),
	}
	if c.Absent != "" {
		p.Reason = "absent: " + c.Absent
	}
	if v := c.Knockout; v != nil {
		p.Knockout, p.Killer, p.Reverse, p.Against = v.Forced, v.By, v.Reverse, v.Against
	}
	return p
}

// stampWords says in a line what evidence is of.
func stampWords(s *export.Stamp, note string) string {
	if s == nil {
		return ""
	}
	words := fmt.Sprintf("source %.12s, %s, tags %s", s.Tree, s.Go, strings.Join(s.Tags, " "))
	if note != "" {
		words += "; " + note
	}
	return words
}
