package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/impl/suite"
	"mlssim/impl/vectors"
	"mlssim/spec"
)

func (a *app) vectorsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "vectors",
		Short: "Verify and make test vectors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return hinted{errors.New("vectors wants to know what to do"), "mlssim vectors verify PATH… | generate KIND"}
		},
	}
	c.AddCommand(a.vectorsVerify(), a.vectorsGenerate())
	return c
}

func (a *app) vectorsVerify() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify PATH…",
		Short: "Carry out every step of every case of test vector files",
		Long: `Verify files of test vectors in the formats of the MLS working group, whatever
their names are; of a folder all files below it that are named *.json. Every step
of every case is carried out, whatever fails before it.

Prints passed/total for each file, and below it each step that failed, with the
number of its case, from 0, and the requirement of RFC 9420 that it rests on.
Exit code 1 if a case failed or a file could not be read.`,
		Example: `  mlssim vectors verify test-vectors
  mlssim vectors verify treekem.json welcome.json --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.verifyVectors(c.Context(), args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (a *app) vectorsGenerate() *cobra.Command {
	var f generateFlags
	c := &cobra.Command{
		Use:   "generate KIND",
		Short: "Make test vectors: the same from the same seed",
		Long: `Make a file of test vectors in the format of the MLS working group. The kinds are
` + wrap(vectors.Kinds(), 72),
		Example:   `  mlssim vectors generate treekem --suite 2 --seed 7 -o treekem.json`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: vectors.Kinds(),
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed("suite")
			return a.generateVectors(args[0], &f)
		},
	}
	c.Flags().Uint16Var(&f.suite, "suite", 0, "number of the one cipher suite, 1 to 7, to make cases for (default all)")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "where all chance comes from")
	c.Flags().StringVarP(&f.out, "out", "o", "", "write this file (default standard output)")
	c.Flags().BoolVar(&f.force, "force", false, "overwrite a file that exists")
	return c
}

type generateFlags struct {
	suite uint16
	given bool // a suite
	seed  uint64
	out   string
	force bool
}

// generateVectors is the verb vectors generate.
func (a *app) generateVectors(kind string, f *generateFlags) error {
	hasSuites, ok := vectors.HasSuites(kind)
	if !ok {
		return hinted{fmt.Errorf("no test vectors of the kind %q", kind), `"mlssim vectors generate --help" lists the kinds`}
	}
	var suites []*suite.Suite
	if f.given {
		if !hasSuites {
			return fmt.Errorf("--suite means nothing to %s: it has cases of no suite, or of many", kind)
		}
		for _, s := range suite.All() {
			if s.ID == spec.CipherSuite(f.suite) {
				suites = []*suite.Suite{s}
			}
		}
		if suites == nil {
			return hinted{fmt.Errorf("no cipher suite %d", f.suite), "RFC 9420 has 1 to 7"}
		}
	}
	b, err := vectors.Generate(kind, f.seed, suites...)
	if err != nil {
		return err
	}
	if f.out != "" {
		return writeNew(f.out, b, f.force)
	}
	_, err = a.stdout.Write(b)
	return err
}

// wrap writes words in lines of at most so many characters.
func wrap(words []string, width int) string {
	var b strings.Builder
	column := 0
	for i, w := range words {
		switch {
		case i > 0 && column+1+len(w) > width:
			b.WriteByte('\n')
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}
