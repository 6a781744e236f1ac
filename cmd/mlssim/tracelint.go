package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
)

func (a *app) traceLint() *cobra.Command {
	var rfc, sarifFile string
	var asJSON, force bool
	c := &cobra.Command{
		Use:   "lint [--rfc FILE]",
		Short: "Check the registry by itself, and beside the text",
		Long: `Check the registry: each unit of the text has requirements or one disposition with a
reason, each keyword a requirement of its level, no MUST and no step of Sections 5
to 15 is put aside, units, requirements and sections that are named exist. With a
text also: no paraphrase shares six words in a row with it. Exit code 1 if there
are findings. --sarif writes them to a file as well, in SARIF 2.1.0, for services that
show findings beside code.`,
		Example: `  mlssim trace lint --rfc rfc9420.md
  mlssim trace lint --sarif lint.sarif`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.lintTrace(rfc, sarifFile, asJSON, force)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().StringVar(&sarifFile, "sarif", "", "write the findings to this file, too")
	c.Flags().BoolVar(&force, "force", false, "overwrite a file that exists")
	return withRFC(c, &rfc, false)
}

// lintReport is what "trace lint --json" prints.
type lintReport struct {
	Units        int             `json:"units"`
	Requirements int             `json:"requirements"`
	Dispositions int             `json:"dispositions"`
	Ambiguities  int             `json:"ambiguities"`
	Text         string          `json:"text,omitempty"` // the edition, or that it is not known
	Findings     []trace.Finding `json:"findings"`
}

// lintTrace is the verb trace lint.
func (a *app) lintTrace(rfc, sarifFile string, asJSON, force bool) error {
	c, err := openCatalog()
	if err != nil {
		return err
	}
	r := lintReport{
		Units: len(c.Units), Requirements: len(c.Requirements), Dispositions: len(c.Dispositions), Ambiguities: len(c.Ambiguities),
		Findings: append([]trace.Finding{}, c.Lint()...),
	}
	if rfc != "" {
		doc, err := readRFC(rfc)
		if err != nil {
			return err
		}
		r.Text = edition(c.Texts.Edition(doc.SHA256))
		r.Findings = append(r.Findings, c.LintText(doc)...)
	}
	if sarifFile != "" {
		if err := writeSARIF(sarifFile, "mlssim trace lint", r.Findings, force); err != nil {
			return err
		}
	}
	if asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		for _, f := range r.Findings {
			fmt.Fprintln(a.stdout, f)
		}
		fmt.Fprintf(a.stdout, "%s, %s, %s, %d ambiguities", count(r.Units, "unit"), count(r.Requirements, "requirement"),
			count(r.Dispositions, "disposition"), r.Ambiguities)
		if r.Text != "" {
			fmt.Fprintf(a.stdout, ", beside %s", r.Text)
		}
		fmt.Fprintf(a.stdout, ": %s\n", count(len(r.Findings), "finding"))
	}
	if len(r.Findings) > 0 {
		return violation{fmt.Errorf("%s", count(len(r.Findings), "finding"))}
	}
	return nil
}
