package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Say which program this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return a.printJSON(b)
			}
			revision := ""
			if b.Revision != "" {
				revision = ", revision " + b.Revision
				if b.Dirty {
					revision += " with changes"
				}
			}
			_, err := fmt.Fprintf(a.stdout, "mlssim %s%s, %s, %s/%s\n", b.Version, revision, b.Go, b.OS, b.Arch)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object, with the versions of all dependencies")
	return c
}
