package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/errata"
)

func (a *app) traceErrata() *cobra.Command {
	var rfc, source string
	var asJSON bool
	c := &cobra.Command{
		Use:   "errata FILE --rfc FILE",
		Short: "Say which requirements and code the errata of RFC 9420 concern",
		Long: `Read the RFC Editor's list of errata, a file of yours (https://www.rfc-editor.org/errata.json),
and find the paragraphs of a text that those of RFC 9420 quote. Prints each erratum
with its status, and the requirements and the code that rest on these paragraphs.
Where it quotes nothing that is found, somebody has to look.`,
		Example: `  mlssim trace errata errata.json --rfc rfc9420.md`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.errataTrace(args[0], rfc, source, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return withSource(withRFC(c, &rfc, true), &source)
}

// erratumReport is an entry of what "trace errata --json" prints.
type erratumReport struct {
	errata.Erratum
	Units  []string         `json:"units"` // of the text at hand
	Impact []dossier.Impact `json:"impact"`
}

// readErrata reads a list of errata, and one that is too long only far enough to be
// refused.
func readErrata(path string) ([]errata.Erratum, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, hinted{err, "the list can be had at https://www.rfc-editor.org/errata.json"}
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, errata.MaxSize+1))
	if err != nil {
		return nil, err
	}
	all, err := errata.Read(b, 9420)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// errataTrace is the verb trace errata.
func (a *app) errataTrace(file, rfc, source string, asJSON bool) error {
	list, err := readErrata(file)
	if err != nil {
		return err
	}
	doc, err := readRFC(rfc)
	if err != nil {
		return err
	}
	b, note, err := openBook(source)
	if err != nil {
		return err
	}
	required := b.Catalog.Impact(trace.Scan(doc))
	all := []erratumReport{}
	for _, e := range list {
		r := erratumReport{Erratum: e, Units: []string{}}
		var ids []string
		for _, u := range e.Units(doc) {
			r.Units = append(r.Units, u.Unit)
			for _, id := range required[u.Unit] {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		r.Impact = b.Impact(ids)
		all = append(all, r)
	}
	a.say(note)
	if asJSON {
		return a.printJSON(map[string]any{"errata": all})
	}
	for _, r := range all {
		fmt.Fprintf(a.stdout, "%d  Section %s  %s, %s  https://www.rfc-editor.org/errata/eid%d\n", r.ID, r.Section, r.Type, r.Status, r.ID)
		if len(r.Units) == 0 {
			fmt.Fprintln(a.stdout, "       no place of the text is found")
			continue
		}
		fmt.Fprintf(a.stdout, "       %s\n", strings.Join(r.Units, " "))
		for _, x := range r.Impact {
			a.printImpact(&x)
		}
	}
	if len(all) == 1 {
		fmt.Fprintln(a.stdout, "1 erratum")
	} else {
		fmt.Fprintf(a.stdout, "%d errata\n", len(all))
	}
	return nil
}
