package main

import (
	"cmp"
	"fmt"
	"os"
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
	f, _, err := evidence.Open(dir)
	if err != nil {
		return nil, "", hinted{err, "mlssim trace evidence --out " + dir + " makes it"}
	}
	proofs := map[spec.ID][]dossier.Proof{}
	for i := range f.Cells {
		c := &f.Cells[i]
		proofs[c.Req] = append(proofs[c.Req], proofOf(c))
	}
	b.Prove(proofs)
	if place := cmp.Or(source, moduleAround()); place != "" {
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

// proofOf returns what a cell of the evidence says.
func proofOf(c *evidence.Cell) dossier.Proof {
	p := dossier.Proof{
		Side: c.Side, Context: c.Ctx, Grade: c.Grade.String(), Target: c.Target.String(), Reason: c.Reason,
		Accept: append([]string{}, c.Accept...), Reject: append([]string{}, c.Reject...), Isolated: c.Isolated, Asserted: c.Asserted,
		Differs: c.Differ, Properties: append([]string{}, c.Breaks...),
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
