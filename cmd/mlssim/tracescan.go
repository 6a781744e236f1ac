package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
)

func (a *app) traceScan() *cobra.Command {
	var rfc, out string
	var force bool
	c := &cobra.Command{
		Use:   "scan --rfc FILE",
		Short: "Print the units of the text: facts, hashes and sketches",
		Long: `Print a table of the units of a text, one a line, with tabs between columns: each
sentence with a keyword of BCP 14, what else list items say, structures, arms of
selects, enums, equations, calls of derivations in drawings, rows of tables. There
are section, kind, keywords, paragraph, hash and sketch of each, and none of its
words. Of RFC 9420 it is spec/units.tsv, whatever the format of the file; rendered
text does not tell paragraphs.`,
		Example: `  mlssim trace scan --rfc rfc9420.md -o units.tsv`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			doc, err := readRFC(rfc)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := trace.WriteUnits(&b, trace.Scan(doc)); err != nil {
				return err
			}
			if out != "" {
				return writeNew(out, b.Bytes(), force)
			}
			_, err = a.stdout.Write(b.Bytes())
			return err
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "write this file (default standard output)")
	c.Flags().BoolVar(&force, "force", false, "overwrite a file that exists")
	return withRFC(c, &rfc, true)
}
