package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mlssim/impl/suite"
	"mlssim/impl/vectors"
	"mlssim/spec"
	"mlssim/spec/trace/export"
)

type exportFlags struct {
	out, vectors, source, evidence string
	force                          bool
	suite                          uint16
	seed                           uint64
}

func (a *app) traceExport() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export [-o FILE] [--vectors DIR]",
		Short: "Write requirements, places in the code, and test vectors for other programs",
		Long: `Write what is known of the requirements as JSON, to standard output or to a file: units
of the text, requirements with their places in the code and the inputs that they
refuse, dispositions, ambiguities, and with --evidence what tests have seen.
docs/spec.schema.json is its schema. It has none of the RFC's sentences.

With --vectors, write the negative test vectors by requirement instead: a folder for
each, in it reject-1.json and accept-1.json and so on, each a file of one case.`,
		Example: `  mlssim trace export -o spec.json
  mlssim trace export --vectors negative --suite 1`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if f.vectors != "" {
				return a.exportVectors(&f)
			}
			return a.exportSpec(&f)
		},
	}
	c.Flags().StringVarP(&f.out, "out", "o", "", "write this file (default standard output)")
	c.Flags().StringVar(&f.vectors, "vectors", "", "write test vectors into this folder, which must not be there")
	c.Flags().Uint16Var(&f.suite, "suite", 1, "cipher suite of the vectors, 1 to 7")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "where all chance in the vectors comes from")
	c.Flags().BoolVar(&f.force, "force", false, "overwrite a file that exists")
	c.MarkFlagsMutuallyExclusive("out", "vectors")
	return withEvidence(withSource(c, &f.source), &f.evidence)
}

// exportSpec is the verb trace export.
func (a *app) exportSpec(f *exportFlags) error {
	b, note, err := openBook(f.source)
	if err != nil {
		return err
	}
	stamp, old, err := prove(b, f.evidence, f.source)
	if err != nil {
		return err
	}
	a.say(note, old)
	j, err := export.Of(b, stamp).Encode()
	if err != nil {
		return err
	}
	if f.out != "" {
		return writeNew(f.out, j, f.force)
	}
	_, err = a.stdout.Write(j)
	return err
}

// exportVectors writes the negative vectors by requirement.
func (a *app) exportVectors(f *exportFlags) error {
	if _, err := os.Lstat(f.vectors); err == nil {
		return hinted{fmt.Errorf("%s exists", f.vectors), "--vectors names a folder that is not there yet"}
	}
	i := slices.IndexFunc(suite.All(), func(s *suite.Suite) bool { return s.ID == spec.CipherSuite(f.suite) })
	if i < 0 {
		return hinted{fmt.Errorf("no cipher suite %d", f.suite), "RFC 9420 has 1 to 7"}
	}
	files, err := vectors.ByRequirement(f.seed, suite.All()[i])
	if err != nil {
		return err
	}
	folders := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		place := filepath.Join(f.vectors, filepath.FromSlash(name))
		folders[filepath.Dir(place)] = true
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(place, files[name], 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "%s: %s of %s\n", f.vectors, count(len(files), "file"), count(len(folders), "requirement"))
	return nil
}
