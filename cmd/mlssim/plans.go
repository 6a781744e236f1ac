package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/sim"
	"mlssim/sim/plan"
)

//go:embed plans/*.yaml
var shipped embed.FS

// shippedNames lists the plans that come with the command, without suffix.
func shippedNames() []string {
	entries, err := fs.ReadDir(shipped, "plans")
	if err != nil { // part of the binary
		panic(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// A planFile is a plan as text.
type planFile struct {
	name string // for errors
	data []byte
}

func (f *planFile) load(overrides ...func(*plan.File)) (*sim.Plan, error) {
	return plan.Load(f.name, f.data, overrides...)
}

// findPlan reads a plan: a file, or one of those that come with the command if
// there is no such file. The empty name is the default plan.
func findPlan(name string) (*planFile, error) {
	if name == "" {
		name = "default"
	} else if data, err := os.ReadFile(name); err == nil {
		return &planFile{name, data}, nil
	} else if info, e := os.Stat(name); e == nil && !info.IsDir() || looksLikePath(name) {
		return nil, err
	}
	data, err := shipped.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		return nil, hinted{fmt.Errorf("no plan %q", name), `"mlssim plan list" names those that come with the command; a file has a name such as weekly.yaml`}
	}
	return &planFile{"plans/" + name + ".yaml", data}, nil
}

func looksLikePath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Write, check and list plans",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return hinted{errors.New("plan wants to know what to do"), "mlssim plan new NAME | check FILE | schema | list"}
		},
	}
	c.AddCommand(a.planNew(), a.planCheck(), a.planSchema(), a.planList())
	return c
}

func (a *app) planNew() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "new NAME",
		Short: "Write NAME.yaml: every key with its default and what it means",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			name := strings.TrimSuffix(args[0], ".yaml")
			text := plan.Template(filepath.Base(name))
			if _, err := plan.Load(name+".yaml", text); err != nil {
				return hinted{fmt.Errorf("%q cannot name a plan", args[0]), "up to 64 letters, digits, dots, dashes and underscores"}
			}
			if err := writeNew(name+".yaml", text, force); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, name+".yaml")
			return nil
		},
	}
	c.Flags().BoolVar(&force, "force", false, "overwrite a file that exists")
	return c
}

// writeNew writes a file that does not exist yet, or any if forced.
func writeNew(name string, data []byte, force bool) error {
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		how = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, how, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return hinted{fmt.Errorf("%s exists", name), "--force overwrites it"}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (a *app) planCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a plan, with line and column",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := findPlan(args[0])
			if err != nil {
				return err
			}
			p, err := f.load()
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s: %s\n", f.name, outline(p))
			return nil
		},
	}
}

// outline says in a few words what a plan runs.
func outline(p *sim.Plan) string {
	if len(p.Script) > 0 {
		return fmt.Sprintf("a script of %s", count(len(p.Script), "step"))
	}
	s := fmt.Sprintf("%s for %v", count(p.Members, "member"), plan.Duration(p.Horizon))
	if p.Replications > 1 {
		s += fmt.Sprintf(", %s replications", thousands(p.Replications))
	}
	return s
}

func (a *app) planSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of plans",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(plan.Schema())
			return err
		},
	}
}

func (a *app) planList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the plans that come with the command",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			names := shippedNames()
			width := 0
			for _, name := range names {
				width = max(width, len(name))
			}
			for _, name := range names {
				f, err := findPlan(name)
				if err != nil {
					return err
				}
				p, err := f.load()
				if err != nil {
					return err
				}
				first, _, _ := strings.Cut(p.Description, "\n")
				fmt.Fprintf(a.stdout, "%-*s  %s\n", width, name, first)
			}
			return nil
		},
	}
}
