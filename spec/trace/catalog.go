package trace

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A Catalog is all that is known about the text: its units, what they ask for or
// why they ask for nothing, its editions, and where it can be read in two ways.
type Catalog struct {
	Units        []Unit
	Requirements []Requirement // in the order of their ids
	Dispositions []Disposition
	Texts        Texts
	Ambiguities  []Ambiguity
}

// A Disposition says of units that no requirement stands for them, and why.
type Disposition struct {
	Units  Units  `yaml:"units"`
	As     string `yaml:"as"`     // one of dispositions
	Of     Units  `yaml:"of"`     // of duplicates: the units that say the same
	Reason string `yaml:"reason"` // our own words
}

var dispositions = []string{"informative", "example", "duplicate-of", "app-policy", "future-spec", "iana-process"}

// Texts are the editions of the text that are known.
type Texts struct {
	Editions []Edition `yaml:"editions"`
	Sections []string  `yaml:"sections"` // numbers of all sections but the references
}

// An Edition is a file that is known by its hash.
type Edition struct {
	Name   string `yaml:"name"`
	Format string `yaml:"format"`
	SHA256 string `yaml:"sha256"`
	About  string `yaml:"about"`
}

// An Ambiguity is a place where the text can be read in more than one way, or is at
// odds with itself: what is in question, what follows, and what is done here.
type Ambiguity struct {
	ID           string   `yaml:"id"`
	Sections     []string `yaml:"sections"`
	Question     string   `yaml:"question"`
	Effect       string   `yaml:"effect"`  // of taking the other reading
	Reading      string   `yaml:"reading"` // the one taken
	Why          string   `yaml:"why"`
	Option       string   `yaml:"option"`       // what can be set otherwise, if anything
	Runs         []string `yaml:"runs"`         // "package.TestName", or the path of a script
	Requirements []string `yaml:"requirements"` // that it touches
}

// Open reads the catalog from its files, such as spec.Files, strictly.
func Open(dir fs.FS) (*Catalog, error) {
	var c Catalog
	sub, err := fs.Sub(dir, "registry")
	if err != nil {
		return nil, err
	}
	if c.Requirements, err = Load(sub); err != nil {
		return nil, err
	}
	b, err := fs.ReadFile(dir, "units.tsv")
	if err != nil {
		return nil, err
	}
	if c.Units, err = ReadUnits(b); err != nil {
		return nil, fmt.Errorf("units.tsv: %w", err)
	}
	return &c, cmp.Or(
		readYAML(dir, "dispositions.yaml", &c.Dispositions),
		readYAML(dir, "texts.yaml", &c.Texts),
		readYAML(dir, "ambiguities.yaml", &c.Ambiguities),
	)
}

func readYAML(dir fs.FS, name string, into any) error {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(b, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s:%w", name, err)
	}
	return nil
}

// Edition returns the name of the edition with a sha256, or "".
func (t *Texts) Edition(sha256 string) string {
	for _, e := range t.Editions {
		if e.SHA256 == sha256 {
			return e.Name
		}
	}
	return ""
}

// fates returns for each unit the ids of the requirements that stand for it, and how
// many dispositions there are of it.
func (c *Catalog) fates() (required map[string][]string, disposed map[string]int) {
	required, disposed = map[string][]string{}, map[string]int{}
	for _, r := range c.Requirements {
		for _, u := range r.Units {
			required[u] = append(required[u], string(r.ID))
		}
	}
	for _, d := range c.Dispositions {
		for _, u := range d.Units {
			disposed[u]++
		}
	}
	return required, disposed
}

// CompareSections compares numbers of sections: 7.9 is before 7.10, appendices come last.
func CompareSections(a, b string) int { return before(a, b) }

// before compares numbers of sections: 7.9 is before 7.10, appendices come last.
func before(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(x)+letter(x), len(y)+letter(y)), cmp.Compare(x, y))
	})
}

func letter(s string) int {
	if s != "" && s[0] >= 'A' {
		return 10
	}
	return 0
}
