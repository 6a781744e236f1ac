package main

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/sarif"
)

// writeSARIF writes findings on the catalog to a file.
func writeSARIF(name, tool string, findings []trace.Finding, force bool) error {
	var all []sarif.Finding
	for _, f := range findings {
		file, line := placeOf(f.At)
		all = append(all, sarif.Finding{Rule: f.Rule, What: f.At + ": " + f.What, File: file, Line: line, Key: f.At})
	}
	b, err := sarif.Log(tool, all)
	if err != nil {
		return err
	}
	return writeNew(name, b, force)
}

var unitList = regexp.MustCompile(`^u\d{4}( u\d{4})+$`)

// placeOf returns where something of the catalog is written down: a unit in the table,
// an entry of the registry or of the ambiguities, the units of a disposition. Of what
// has several words the first one counts.
func placeOf(at string) (file string, line int) {
	look := func(pattern, begins string) (string, int) {
		names, err := fs.Glob(spec.Files, pattern)
		if err != nil {
			return "", 0
		}
		for _, name := range names {
			b, err := fs.ReadFile(spec.Files, name)
			if err != nil {
				return "", 0
			}
			n := 0
			for l := range strings.Lines(string(b)) {
				n++
				if rest, ok := strings.CutPrefix(l, begins); ok && strings.TrimLeft(rest, "0123456789abcdefghijklmnopqrstuvwxyz_.") != rest {
					continue // a longer id
				} else if ok {
					return path.Join("spec", name), n
				}
			}
		}
		return "", 0
	}
	first, _, _ := strings.Cut(at, " ")
	tries := [][2]string{{"registry/*.yaml", "- id: " + first}, {"ambiguities.yaml", "- id: " + first}, {"units.tsv", first}, {"texts.yaml", "sections:"}}
	if unitList.MatchString(at) {
		tries = [][2]string{{"dispositions.yaml", "- units: [" + first}, {"units.tsv", first}}
	}
	for _, try := range tries {
		if file, line := look(try[0], try[1]); line > 0 {
			return file, line
		}
	}
	return "spec/texts.yaml", 1
}
