package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/text"
)

func (a *app) traceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "trace",
		Short: "Hold the requirements against the text of RFC 9420",
		Long: `Hold the registry of requirements against the text of RFC 9420, which is a file of
yours: the Markdown source, the RFC XML, or the rendered text. This program has
none of the RFC's sentences; it knows them by their hashes.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return hinted{errors.New("trace wants to know what to do"), "mlssim trace scan | bind | lint | diff | list | show | report | export | errata | evidence | knockout | gate"}
		},
	}
	c.AddCommand(a.traceScan(), a.traceBind(), a.traceLint(), a.traceDiff(), a.traceList(), a.traceShow(), a.traceReport(), a.traceExport(), a.traceErrata())
	c.AddCommand(a.traceEvidence(), a.traceKnockout(), a.traceMutants(), a.traceDiffer(), a.traceGate())
	return c
}

// withRFC adds the flag that names the text.
func withRFC(c *cobra.Command, file *string, required bool) *cobra.Command {
	c.Flags().StringVar(file, "rfc", "", "file of the RFC: .md, .xml or .txt")
	if required {
		c.MarkFlagRequired("rfc")
	}
	return c
}

// readRFC reads a text, and one that is too long only far enough to be refused.
func readRFC(path string) (*text.Document, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, hinted{err, "RFC 9420 can be had at https://www.rfc-editor.org/rfc/rfc9420"}
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, text.MaxSize+1))
	if err != nil {
		return nil, err
	}
	doc, err := text.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

// openCatalog returns the registry that this program was built with.
func openCatalog() (*trace.Catalog, error) { return trace.Open(spec.Files) }

// edition says which edition of the RFC a file is.
func edition(name string) string {
	if name == "" {
		return "unrecognised edition"
	}
	return "edition " + name
}
