package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
	"mlssim/spec/trace/report"
)

type reportFlags struct {
	rfc, old, out, source, evidence string
	force                           bool
}

func (a *app) traceReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report [--rfc FILE] -o DIR",
		Short: "Draw text, model and implementation side by side, as pages for a browser",
		Long: `Write a folder of HTML pages that need no server and load nothing from elsewhere: the
text beside the rules of the model and the checks of the implementation, a page for
each requirement, sections by what is missing, ambiguities, refusals without text,
what another edition changes, and what notices a missing check.

The words of the RFC come from your file, and are in the pages: keep them to yourself
where you may not pass the text on. Without --rfc there are paraphrases and links to
rfc-editor.org in their place. With --evidence the pages say what tests have seen, and
what a test noticed when it was switched off. The same input gives the same bytes.`,
		Example: `  mlssim trace report --rfc rfc9420.xml -o report
  mlssim trace report --rfc rfc9420.md --old draft-20.md -o report --force`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.reportTrace(&f) },
	}
	c.Flags().StringVarP(&f.out, "out", "o", "", "folder to write")
	c.MarkFlagRequired("out")
	c.Flags().StringVar(&f.old, "old", "", "an earlier edition, to say what has changed")
	c.Flags().BoolVar(&f.force, "force", false, "replace a report that is there")
	return withEvidence(withSource(withRFC(c, &f.rfc, false), &f.source), &f.evidence)
}

// reportTrace is the verb trace report.
func (a *app) reportTrace(f *reportFlags) error {
	if err := vacantReport(f.out, f.force); err != nil {
		return err
	}
	b, note, err := openBook(f.source)
	if err != nil {
		return err
	}
	stamp, old, err := prove(b, f.evidence, f.source)
	if err != nil {
		return err
	}
	in := report.Input{Book: b, Stamp: stampWords(stamp, old)}
	if f.rfc != "" {
		doc, err := readRFC(f.rfc)
		if err != nil {
			return err
		}
		binding := b.Catalog.Bind(doc)
		if binding.Bound == 0 {
			return hinted{fmt.Errorf("%s: no statement of it is one of RFC 9420", f.rfc), "is it another document?"}
		}
		in.Text, in.Edition, in.Since = doc, binding.Edition, "what the registry knows"
		in.Changes = trace.Report(binding.Changes, b.Catalog.Required())
	}
	if f.old != "" {
		if in.Text == nil {
			return errors.New("--old wants --rfc as well: two texts are compared")
		}
		old, err := readRFC(f.old)
		if err != nil {
			return err
		}
		units := trace.Scan(old)
		changes := slices.DeleteFunc(trace.Match(units, trace.Scan(in.Text)), func(c trace.Change) bool { return c.What == trace.Same })
		in.Since, in.Changes = filepath.Base(f.old), trace.Report(changes, b.Catalog.Impact(units))
	}
	files, err := report.Make(in)
	if err != nil {
		return err
	}
	if err := writeReport(f.out, files); err != nil {
		return err
	}
	a.say(note, old)
	pages := 0
	for name := range files {
		if strings.HasSuffix(name, ".html") {
			pages++
		}
	}
	fmt.Fprintf(a.stdout, "%s: %s, %.1f MB\n", filepath.Join(f.out, "index.html"), count(pages, "page"), float64(report.Size(files))/1e6)
	return nil
}

// vacantReport refuses a folder that has something in it; even if forced, one that is
// no report.
func vacantReport(dir string, force bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s is not a folder", dir)
	case len(entries) == 0:
		return nil
	case !force:
		return hinted{fmt.Errorf("%s exists", dir), "--force replaces a report"}
	}
	if _, err := os.Stat(filepath.Join(dir, report.Marker)); err != nil {
		return hinted{fmt.Errorf("%s is no report, it is not replaced", dir), "-o names another folder"}
	}
	return nil
}

// writeReport writes files below a folder, where a report may be, which goes.
func writeReport(dir string, files map[string][]byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}
