package props

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/model"
	"mlssim/sim"
	"mlssim/sim/adversary"
	"mlssim/sim/plan"
	"mlssim/sim/symbolic"
)

// An example is a plan in the documentation, with what is said to come of it.
type example struct {
	plan string
	want string // JSON; empty where nothing is said
}

var fence = regexp.MustCompile("(?s)```(\\w+)\n(.*?)```")

// examples returns the YAML blocks of a page, each with the JSON block that
// follows it before the next.
func examples(t *testing.T, page string) []example {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, m := range fence.FindAllStringSubmatch(string(b), -1) {
		switch m[1] {
		case "yaml":
			all = append(all, example{plan: m[2]})
		case "json":
			if len(all) == 0 || all[len(all)-1].want != "" {
				t.Fatalf("%s: a result without a plan before it:\n%s", page, m[2])
			}
			all[len(all)-1].want = m[2]
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no examples", page)
	}
	return all
}

// outcome is what an example may say to come of a plan.
type outcome struct {
	Leaked         []uint64 `json:"leaked_epochs"`
	Retroactive    []uint64 `json:"retroactive_epochs"`
	Messages       *int     `json:"messages"`
	LeakedMessages *int     `json:"leaked_messages"`

	Branches map[string][]uint64 `json:"branches"` // what leaked on them
}

func outcomeOf(r *sim.Result) outcome {
	o := outcome{Leaked: []uint64{}, Retroactive: []uint64{}, Messages: new(int), LeakedMessages: new(int)}
	for _, e := range r.Epochs {
		if e.LeakedAt != sim.Never {
			o.Leaked = append(o.Leaked, e.Epoch)
		}
		if e.Retroactive {
			o.Retroactive = append(o.Retroactive, e.Epoch)
		}
	}
	for _, b := range r.Branches {
		if o.Branches == nil {
			o.Branches = map[string][]uint64{}
		}
		for _, e := range b.Epochs {
			if e.LeakedAt != sim.Never {
				o.Branches[b.Name] = append(o.Branches[b.Name], e.Epoch)
			}
		}
	}
	for _, m := range r.Messages {
		*o.Messages++
		if m.ReadAt != sim.Never {
			*o.LeakedMessages++
		}
	}
	return o
}

// TestDocumentedScripts carries out each script of docs/scripts.md and compares
// what leaks with what the page says.
func TestDocumentedScripts(t *testing.T) {
	for _, ex := range examples(t, "../docs/scripts.md") {
		p, err := plan.Load("scripts.md", []byte(ex.plan))
		if err != nil {
			t.Errorf("%v\n%s", err, ex.plan)
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			var want outcome
			d := json.NewDecoder(strings.NewReader(ex.want))
			d.DisallowUnknownFields()
			if err := d.Decode(&want); err != nil {
				t.Fatalf("what is to come of it: %v", err)
			}
			p.Engine = "symbolic"
			r, err := sim.Run(p, symbolic.New(func() uint64 { return 0 }), sim.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := outcomeOf(r)
			if want.Messages == nil {
				got.Messages, got.LeakedMessages = nil, nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDocumentedPlans runs the plans of docs/plans.md.
func TestDocumentedPlans(t *testing.T) {
	for _, ex := range examples(t, "../docs/plans.md") {
		p, err := plan.Load("plans.md", []byte(ex.plan))
		if err != nil {
			t.Errorf("%v\n%s", err, ex.plan)
			continue
		}
		r, err := sim.Run(p, symbolic.New(func() uint64 { return 0 }), sim.Options{})
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		} else if len(outcomeOf(r).Leaked) == 0 || len(r.Heals) == 0 {
			t.Errorf("%s: nothing leaks or nothing heals", p.Name)
		}
	}
}

var (
	link  = regexp.MustCompile(`\]\(([^)#]+)\)`)
	coded = regexp.MustCompile("`((?:spec|model|impl|sim|props|plots|cmd|docs)/[a-z0-9_./-]+)`")
)

// TestDocumentedFilesExist follows the links of all pages, and the names of
// files and folders that they mention.
func TestDocumentedFilesExist(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, page := range append(pages, top...) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var targets []string
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if !strings.Contains(m[1], "://") {
				targets = append(targets, path.Join(filepath.ToSlash(filepath.Dir(page)), m[1]))
			}
		}
		for _, m := range coded.FindAllStringSubmatch(string(b), -1) {
			targets = append(targets, path.Join("..", m[1]))
		}
		for _, target := range targets {
			seen++
			if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
				t.Errorf("%s mentions %s: %v", page, target, err)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d files are mentioned: the pattern does not find them", seen)
	}
}

// TestReadingGuideIsComplete: the guide says beside which section each file of
// model and implementation lies, or that it has none.
func TestReadingGuideIsComplete(t *testing.T) {
	guide, err := os.ReadFile("../docs/reading.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"model", "impl", "impl/wire", "impl/suite", "impl/tree", "impl/schedule", "impl/message"} {
		files, err := filepath.Glob(filepath.FromSlash("../" + folder + "/*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			name := folder + "/" + filepath.Base(file)
			if !strings.HasSuffix(name, "_test.go") && !strings.Contains(string(guide), "`"+name+"`") {
				t.Errorf("docs/reading.md does not mention %s", name)
			}
		}
	}
}

// TestDocumentedKeysExist compares the keys of plans with those that docs/plans.md
// and the defaults have.
func TestDocumentedKeysExist(t *testing.T) {
	b, err := os.ReadFile("../docs/plans.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:- )?([a-z_]+):`).FindAllStringSubmatch(string(plan.Template("t")), -1) {
		if !strings.Contains(page, "`"+m[1]+"`") && !strings.Contains(page, "### "+m[1]+"\n") {
			t.Errorf("docs/plans.md does not explain %s", m[1])
		}
	}
}

// TestDocumentedSizes compares the table of suites in docs/plans.md with what they
// say of themselves.
func TestDocumentedSizes(t *testing.T) {
	b, err := os.ReadFile("../docs/plans.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(suite.All(), suite.Experimental()...) {
		z := s.Sizes()
		row := fmt.Sprintf("| `%v` | %d | %d | %d | %d |\n", s.ID, z.HPKEPublicKey, z.KEMOutput, z.SignaturePublicKey, z.Signature)
		if !strings.Contains(string(b), row) {
			t.Errorf("docs/plans.md lacks %s", row)
		}
	}
}

// TestDocumentedDerivations looks up each row of the model's table in docs/rules.md.
func TestDocumentedDerivations(t *testing.T) {
	b, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `?([A-Z][0-9]+x?)`? \\|.*?\\|.*?\\| ([0-9., ]+) \\|").FindAllStringSubmatch(string(b), -1) {
		rows[m[1]] = m[2]
	}
	for _, d := range model.Derivations {
		if sections := strings.Split(rows[string(d.ID)], ", "); !slices.Contains(sections, d.Section) {
			t.Errorf("%s: docs/rules.md cites %q, the model %s", d.ID, rows[string(d.ID)], d.Section)
		}
		delete(rows, string(d.ID))
	}
	for id := range rows {
		if strings.HasPrefix(id, "A") {
			continue // what the adversary makes, whom the model does not know
		}
		t.Errorf("docs/rules.md has a rule %s that the model does not have", id)
	}
}

// TestDocumentedRules compares the rows of docs/rules.md with the table of rules
// that the program cites.
func TestDocumentedRules(t *testing.T) {
	b, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	section := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([A-Z][0-9]+x?) \|.*?\|.*?\| ([0-9., ]+) \|`).FindAllStringSubmatch(string(b), -1) {
		section[m[1]] = m[2]
	}
	for _, row := range adversary.Table {
		if row.ID == sim.RuleTaken {
			continue
		}
		if sections := strings.Split(section[row.ID], ", "); !slices.Contains(sections, row.Section) {
			t.Errorf("%s: docs/rules.md cites %q, the program %s", row.ID, section[row.ID], row.Section)
		}
		delete(section, row.ID)
	}
	for id := range section {
		t.Errorf("docs/rules.md has a rule %s that the program does not have", id)
	}
}

// TestDocumentedDefectsAreTested: each test and each script that docs/defects.md
// names is there.
func TestDocumentedDefectsAreTested(t *testing.T) {
	page, err := os.ReadFile("../docs/defects.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests []byte
	for _, folder := range []string{"impl", "sim/concrete", "cmd/mlssim"} {
		files, err := filepath.Glob(filepath.FromSlash("../" + folder + "/*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests = append(tests, b...)
		}
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| history") {
			continue
		}
		rows++
		named := regexp.MustCompile("`([\\w-]+)`").FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("nothing shows that this works: %s", line)
		}
		for _, m := range named {
			if strings.HasPrefix(m[1], "Test") {
				if !strings.Contains(string(tests), "\nfunc "+m[1]+"(") {
					t.Errorf("there is no %s", m[1])
				}
			} else if _, err := os.Stat(filepath.FromSlash("../cmd/mlssim/plans/" + m[1] + ".yaml")); err != nil {
				t.Error(err)
			}
		}
	}
	if rows < 8 {
		t.Errorf("%d rows: the pattern does not find them", rows)
	}
}

// TestDocumentedRivalRules compares the rules that docs/rivals.md lists with those
// that the program cites.
func TestDocumentedRivalRules(t *testing.T) {
	b, err := os.ReadFile("../docs/rivals.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, there []string
	for _, m := range regexp.MustCompile(`(?m)^\| (R-[A-Z][0-9](?:, R-[A-Z][0-9])*) \|`).FindAllStringSubmatch(string(b), -1) {
		listed = append(listed, strings.Split(m[1], ", ")...)
	}
	for _, row := range adversary.Rivals {
		there = append(there, row.ID)
	}
	if !slices.Equal(listed, there) {
		t.Errorf("docs/rivals.md lists %v, the program has %v", listed, there)
	}
}
