package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/spec/trace"
)

func (a *app) traceBind() *cobra.Command {
	var rfc string
	var asJSON bool
	c := &cobra.Command{
		Use:   "bind --rfc FILE",
		Short: "Find each unit of the registry in the text",
		Long: `Find each unit of the registry in a text, and each unit of the text in the registry.
Prints how many keyword statements are bound, how many units of the text have
neither a requirement nor a disposition, and how many cited sections do not exist;
then each unit that has moved, was edited, has another level, is gone or new, with
the requirements that rest on it. Words are compared without references, markup,
punctuation and line breaks. What is only similar is never bound.

A file that is none of the known editions is labelled so. Exit code 1 unless all of
the text is accounted for.`,
		Example: `  mlssim trace bind --rfc rfc9420.xml --json`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.bindTrace(rfc, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return withRFC(c, &rfc, true)
}

// boundText is what "trace bind --json" prints.
type boundText struct {
	*trace.Binding
	Changes []trace.ChangeReport `json:"changes"`
}

// bindTrace is the verb trace bind.
func (a *app) bindTrace(rfc string, asJSON bool) error {
	doc, err := readRFC(rfc)
	if err != nil {
		return err
	}
	c, err := openCatalog()
	if err != nil {
		return err
	}
	b := c.Bind(doc)
	if b.Bound == 0 {
		return hinted{fmt.Errorf("%s: no statement of it is one of RFC 9420", rfc), "is it another document?"}
	}
	r := boundText{b, trace.Report(b.Changes, c.Required())}
	if asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s: %s\n", rfc, edition(b.Edition))
		fmt.Fprintf(a.stdout, "%d of %d keyword statements bound\n%s, %d unmapped\n%s\n",
			b.Bound, b.Statements, count(b.Units, "unit"), b.Unmapped, count(b.Dead, "dead section number"))
		for _, change := range r.Changes {
			a.printChange(&change)
		}
		if b.Dead > 0 {
			fmt.Fprintf(a.stdout, "dead: %s\n", strings.Join(b.Sections, ", "))
		}
	}
	if !b.Complete() {
		return violation{fmt.Errorf("%s is not all accounted for", rfc)}
	}
	return nil
}

// printChange prints what became of a unit on a line, and below it the words that
// differ, if they are known.
func (a *app) printChange(c *trace.ChangeReport) {
	where := c.Section
	if c.NewSection != "" && c.NewSection != c.Section {
		if where != "" {
			where += " -> "
		}
		where += c.NewSection
	}
	line := fmt.Sprintf("%-6s %s  %s", c.What, where, c.Kind)
	if c.Name != "" {
		line += " " + c.Name
	}
	keywords := strings.Join(c.Keywords, ", ")
	if now := strings.Join(c.NewKeywords, ", "); now != keywords {
		keywords += " -> " + now
	}
	if keywords != "" {
		line += "  " + keywords
	}
	if c.Unit != "" {
		line += "  " + c.Unit
	}
	if len(c.Requirements) > 0 {
		line += "  [" + strings.Join(c.Requirements, " ") + "]"
	}
	fmt.Fprintln(a.stdout, line)
	if c.Words != "" {
		fmt.Fprintf(a.stdout, "       %s\n", c.Words)
	}
}
