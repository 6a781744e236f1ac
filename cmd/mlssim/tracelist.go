package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/impl/forge"
	"mlssim/spec"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
)

// withSource adds the flag that names the source of this program.
func withSource(c *cobra.Command, dir *string) *cobra.Command {
	c.Flags().StringVar(dir, "source", "", "folder of this program's source (default the module around the working folder)")
	return c
}

// openBook reads registry, source and catalogue of cases. Without source it has no
// sites, and the note says so; a folder that is named must be the source.
func openBook(source string) (b *dossier.Book, note string, err error) {
	c, err := openCatalog()
	if err != nil {
		return nil, "", err
	}
	m, place := new(links.Map), source
	if place == "" {
		place = moduleAround()
	}
	if place == "" {
		note = "no source at hand: --source names its folder"
	} else if m, err = links.Find(os.DirFS(place), c.Requirements); err != nil {
		if source != "" {
			return nil, "", fmt.Errorf("%s: %w", place, err)
		}
		m, note = new(links.Map), fmt.Sprintf("no source at hand (%v): --source names its folder", err)
	}
	return dossier.New(c, m, cases()), note, nil
}

// moduleAround returns the folder of go.mod at or above the working folder, or "".
func moduleAround() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); !errors.Is(err, fs.ErrNotExist) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// cases are the inputs of the forgers' catalogue.
func cases() []dossier.Case {
	var all []dossier.Case
	for _, c := range forge.Catalogue() {
		all = append(all, dossier.Case{Requirement: c.Want, Section: c.Section, Name: c.Name, Entry: string(c.Entry), Then: string(c.Then), Bound: c.Bound})
	}
	return all
}

func (a *app) traceList() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List the requirements, and how much code there is for each",
		Long: `List the requirements of the registry, one a line: id, section, level, kind; in how
many places the model, the implementation and tests name it; how many inputs of the
catalogue of forged messages it refuses; and what it asks for, in our words. Places
are read from the source, which is not run.`,
		Example: `  mlssim trace list --section 7 --level MUST
  mlssim trace list --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.listTrace(&f) },
	}
	c.Flags().StringVar(&f.section, "section", "", "only this section and those in it")
	c.Flags().StringVar(&f.level, "level", "", "only this level: MUST, SHOULD, MAY, IMPLIED, FORMAT, DERIVE")
	c.Flags().StringVar(&f.kind, "kind", "", "only this kind, such as check")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	return withSource(c, &f.source)
}

type listFlags struct {
	section, level, kind string
	json                 bool
	source               string
}

// picks tells whether a requirement is asked for.
func (f *listFlags) picks(r *dossier.Requirement) bool {
	inside := f.section == "" || r.Section == f.section || strings.HasPrefix(r.Section, f.section+".")
	return inside && (f.level == "" || r.Level == f.level) && (f.kind == "" || r.Kind == f.kind)
}

// listed is what "trace list --json" prints.
type listed struct {
	Requirements []dossier.Requirement `json:"requirements"`
}

// listTrace is the verb trace list.
func (a *app) listTrace(f *listFlags) error {
	b, note, err := openBook(f.source)
	if err != nil {
		return err
	}
	l := listed{Requirements: []dossier.Requirement{}}
	for i := range b.All {
		if f.picks(&b.All[i]) {
			l.Requirements = append(l.Requirements, b.All[i])
		}
	}
	a.say(note)
	if f.json {
		return a.printJSON(l)
	}
	if len(l.Requirements) == 0 {
		return hinted{errors.New("no requirement is like that"), "mlssim trace list lists all"}
	}
	width := len("requirement")
	for _, r := range l.Requirements {
		width = max(width, len(r.ID))
	}
	fmt.Fprintf(a.stdout, "%-*s  %-8s  %-7s  %-8s  model  impl  tests  cases\n", width, "requirement", "section", "level", "kind")
	for _, r := range l.Requirements {
		fmt.Fprintf(a.stdout, "%-*s  %-8s  %-7s  %-8s  %5d  %4d  %5d  %5d  %s\n", width, r.ID, r.Section, r.Level, r.Kind,
			len(r.On("model")), len(r.On("impl")), len(r.On("test")), len(r.Cases), r.Text)
	}
	fmt.Fprintln(a.stdout, count(len(l.Requirements), "requirement"))
	return nil
}

func (a *app) traceShow() *cobra.Command {
	var source, proofs string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show all that is known of a requirement",
		Long: `Show a requirement: what the registry says, the places of the text that it rests on,
with links to the RFC Editor's page; each place in model, implementation and tests
that names it, with the entry points from which code leads there; the forged inputs
that it refuses, and whether they are test vectors; the ambiguities that touch it; and,
with --evidence, what tests have seen of it.`,
		Example: `  mlssim trace show leaf.lifetime.now`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.showTrace(spec.ID(args[0]), source, proofs, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return withEvidence(withSource(c, &source), &proofs)
}

// maxNear is how many ids are named to somebody who has misspelt one.
const maxNear = 8

// showTrace is the verb trace show.
func (a *app) showTrace(id spec.ID, source, proofs string, asJSON bool) error {
	b, note, err := openBook(source)
	if err != nil {
		return err
	}
	_, old, err := prove(b, proofs, source)
	if err != nil {
		return err
	}
	r := b.Of(id)
	if r == nil {
		hint := "mlssim trace list lists them"
		if near := b.Near(string(id)); len(near) > 0 {
			hint = "there are " + strings.Join(near[:min(len(near), maxNear)], ", ")
		}
		return hinted{fmt.Errorf("no requirement %q", id), hint}
	}
	a.say(note, old)
	if asJSON {
		return a.printJSON(r)
	}
	a.printRequirement(b, r)
	return nil
}

// say prints notes that are not empty.
func (a *app) say(notes ...string) {
	for _, n := range notes {
		if n != "" {
			fmt.Fprintf(a.stderr, "mlssim: %s\n", n)
		}
	}
}

// printRequirement prints what is known of a requirement.
func (a *app) printRequirement(b *dossier.Book, r *dossier.Requirement) {
	fmt.Fprintf(a.stdout, "%s\n  %s\n  Section %s, %s, kind %s, role %s\n  decided at %s\n", r.ID, r.Text, r.Section, r.Level, r.Kind, r.Role, strings.Join(r.Contexts, ", "))
	for _, u := range r.Units {
		words := append(append([]string{u.Unit, u.Kind}, u.Keywords...), u.Name)
		fmt.Fprintf(a.stdout, "text   %s  %s\n", strings.TrimRight(strings.Join(words, " "), " "), u.Link)
	}
	for _, side := range links.Sides {
		for _, s := range r.On(side) {
			fmt.Fprintf(a.stdout, "%-6s %s  %s", side, dossier.At(s), s.In)
			if len(s.Contexts) > 0 {
				fmt.Fprintf(a.stdout, "  (%s)", strings.Join(s.Contexts, ", "))
			}
			fmt.Fprintln(a.stdout)
		}
	}
	for _, c := range r.Cases {
		kind := "no vector: " + c.Bound
		if c.Vector > 0 {
			kind = fmt.Sprintf("vector %d", c.Vector)
		}
		fmt.Fprintf(a.stdout, "case   %s: %s  %s  (%s)\n", c.Section, c.Name, c.Entry, kind)
	}
	for _, p := range r.Proofs {
		fmt.Fprintf(a.stdout, "seen   %s %s: %s, to be %s\n", p.Side, p.Context, p.Grade, p.Target)
		for _, w := range []struct {
			what  string
			tests []string
		}{{"accepted", p.Accept}, {"refused", p.Reject}} {
			if len(w.tests) > 0 {
				fmt.Fprintf(a.stdout, "         %s: %s\n", w.what, dossier.Run(w.tests[0]))
			}
		}
		if p.Knockout != "" {
			fmt.Fprintf(a.stdout, "         switched off: %s %s\n", p.Knockout, p.Killer)
		}
	}
	for _, name := range r.Ambiguities {
		for _, x := range b.Catalog.Ambiguities {
			if x.ID == name {
				fmt.Fprintf(a.stdout, "unclear %s: %s\n        read here: %s\n", x.ID, x.Question, x.Reading)
			}
		}
	}
}
