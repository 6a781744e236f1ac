package props

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goyaml "github.com/goccy/go-yaml"

	"mlssim/sim/adversary"
	"mlssim/spec"
	"mlssim/spec/trace"
)

// A mutant is a fault that can be switched on, as props/mutants.yaml lists them.
type mutant struct {
	Name  string `yaml:"name"`
	Kind  string `yaml:"kind"` // rule, behaviour, deletion, check
	What  string `yaml:"what"`
	File  string `yaml:"file"` // of a check: impl or model
	Edits []edit `yaml:"edits"`
}

type edit struct {
	Old string `yaml:"old"`
	New string `yaml:"new"`
}

const mutantList = "mutants.yaml"

func mutants(t *testing.T) []mutant {
	t.Helper()
	data, err := os.ReadFile(mutantList)
	if err != nil {
		t.Fatal(err)
	}
	var list []mutant
	if err := goyaml.NewDecoder(bytes.NewReader(data), goyaml.DisallowUnknownField()).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// hooks are edits that serve many mutants, by the beginning of their names.
var hooks = map[string][]edit{
	"sim/adversary/knowledge.go": {{
		Old: "func (k *Knowledge) Add(r sim.Rule) {\n",
		New: "func (k *Knowledge) Add(r sim.Rule) {\n\tdrop, without := mutant.Rule(r.ID)\n\tif drop {\n\t\treturn\n\t}\n" +
			"\tif len(r.From) > max(without, 1) && without >= 0 {\n\t\tr.From = slices.Delete(slices.Clone(r.From), without, without+1)\n\t}\n",
	}},
	"spec/trace_off.go": {{
		Old: "func decide(_ Recorder, _ ID, ok bool) bool { return ok }",
		New: "func decide(_ Recorder, id ID, ok bool) bool { return ok || mutant.Check(string(id)) }",
	}},
	"sim/compromise.go": {
		{Old: "func (w *world) held(c *client) []Name {\n\tvar names []Name\n", New: "func (w *world) held(c *client) []Name {\n\tnames := w.heldNow(c)\n\tnames = append(names, attic[c]...)\n\treturn sorted(names)\n}\n\nfunc (w *world) heldNow(c *client) []Name {\n\tvar names []Name\n"},
		{Old: "func (w *world) expose(c *client, consumed []Name) {\n", New: "func (w *world) expose(c *client, consumed []Name) {\n\tw.putAway(c, consumed)\n"},
	},
}

// added are files that the mutated program has more.
var added = map[string]string{
	"spec/mutant/mutant.go": `// Package mutant tells which fault is switched on.
package mutant

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

var name = os.Getenv("` + mutantVariable + `")

func On(n string) bool { return n == name }

var rule, premise = ruleOf(name)

func ruleOf(name string) (id string, premise int) {
	rest, ok := strings.CutPrefix(name, "rule:")
	if !ok {
		return "", -1
	}
	id, number, ok := strings.Cut(rest, "-")
	if !ok {
		return id, -1
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	return id, n
}

func Rule(id string) (drop bool, without int) {
	if id != rule {
		return false, -1
	}
	return premise < 0, premise
}

func Keep(kind string) bool { return name == "keep:"+kind }

func Keeps() bool { return strings.HasPrefix(name, "keep:") }

var side, check = checkOf(name)

func checkOf(name string) (side, id string) {
	if rest, ok := strings.CutPrefix(name, "check:"); ok {
		side, id, _ = strings.Cut(rest, ":")
	}
	return side, id
}

// Check tells whether a check that fails is to be passed all the same.
func Check(id string) bool {
	if id != check {
		return false
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "mlssim/model.") || strings.HasPrefix(f.Function, "mlssim/impl") {
			return strings.HasPrefix(f.Function, "mlssim/"+side)
		}
		if !more {
			return false
		}
	}
}
`,
	"sim/attic.go": `package sim

import (
	"slices"

	"mlssim/spec/mutant"
)

var (
	attic    = map[*client][]Name{}
	heldLast = map[*client][]Name{}
)

// putAway keeps what a device should have deleted.
func (w *world) putAway(c *client, consumed []Name) {
	if !mutant.Keeps() {
		return
	}
	now := w.heldNow(c)
	for _, n := range slices.Concat(heldLast[c], consumed) {
		if mutant.Keep(n.Kind.String()) && !slices.Contains(attic[c], n) {
			attic[c] = append(attic[c], n)
		}
	}
	heldLast[c] = now
}
`,
}

const mutantVariable = "MLSSIM_MUTANT"

// mutated returns the sources that differ, by path from the module's root.
func mutated(t *testing.T, list []mutant) map[string]string {
	t.Helper()
	edits := map[string][]edit{}
	for file, hook := range hooks {
		edits[file] = append(edits[file], hook...)
	}
	for _, m := range list {
		for _, e := range m.Edits {
			e.New = strings.ReplaceAll(e.New, "ON", fmt.Sprintf("mutant.On(%q)", m.Name))
			edits[m.File] = append(edits[m.File], e)
		}
	}
	sources := maps.Clone(added)
	for file, all := range edits {
		data, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, e := range all {
			if n := strings.Count(text, e.Old); n != 1 {
				t.Errorf("%s has this %d times, want once; props/mutants.yaml (or hooks) is to follow the source:\n%s", file, n, e.Old)
				continue
			}
			text = strings.Replace(text, e.Old, e.New, 1)
		}
		if !strings.Contains(text, "mutant.") {
			sources[file] = text
			continue
		}
		clause := text[strings.Index("\n"+text, "\npackage "):]
		clause = clause[:strings.Index(clause, "\n")+1]
		sources[file] = strings.Replace(text, clause, clause+"\nimport \"mlssim/spec/mutant\"\n", 1)
	}
	return sources
}

// overlay writes the mutated sources to a folder and returns the file that
// go build -overlay takes.
func overlay(t *testing.T, dir string, sources map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for path, text := range sources {
		at := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(path))] = at
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMutantList holds the list to what it has to cover: each rule of the closure,
// each row of the deletion schedule, each kind of check; and to the sources, in
// which every fragment has to be found.
func TestMutantList(t *testing.T) {
	list := mutants(t)
	names := map[string]bool{}
	kinds := map[string]int{}
	for _, m := range list {
		if names[m.Name] || m.What == "" || m.File == "" {
			t.Errorf("%q: twice, or incomplete", m.Name)
		}
		names[m.Name] = true
		kinds[m.Kind]++
	}
	if len(list) < 120 {
		t.Errorf("%d mutants", len(list))
	}
	for _, kind := range []string{"rule", "behaviour", "deletion", "check"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	for _, r := range adversary.Table {
		if passive[r.ID] && !names["rule:"+r.ID] {
			t.Errorf("rule %s is never left out", r.ID)
		}
	}
	for _, kind := range []string{"init_secret", "leaf_key", "node_key", "path_secret", "commit_secret", "joiner_secret", "member_secret",
		"epoch_secret", "encryption_secret", "tree_secret", "application_ratchet", "application_key", "init_key"} {
		if !names["keep:"+kind] {
			t.Errorf("%s is deleted by every mutant", kind)
		}
	}
	requirements, err := trace.Load(os.DirFS("../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[spec.ID]bool{}
	for _, r := range requirements {
		known[r.ID] = true
	}
	areas := map[string]bool{}
	for _, m := range list {
		if m.Kind == "check" {
			_, id, _ := strings.Cut(strings.TrimPrefix(m.Name, "check:"), ":")
			if !known[spec.ID(id)] {
				t.Errorf("%s: no such requirement", m.Name)
			}
			area, _, _ := strings.Cut(id, ".")
			areas[area] = true
		}
	}
	for _, area := range []string{"commit", "content", "credential", "external", "framing", "gce", "key_package", "leaf", "list",
		"parent", "path", "private", "proposal", "psk", "public", "ratchet", "reinit", "remove", "tree", "welcome", "wire"} {
		if !areas[area] {
			t.Errorf("no check on %s is left out", area)
		}
	}
	if mutated(t, list); t.Failed() {
		t.Log("a fragment that the source no longer has is to be looked for anew")
	}
}

// passive are the rules that are about deriving, and not about forging.
var passive = map[string]bool{"T1": true, "T2": true, "T3": true, "T4": true, "K1": true, "K2": true, "K3": true, "K4": true, "K10": true,
	"W1": true, "W2": true, "M2": true, "M3": true, "M4": true}

var (
	writeMutants = flag.Bool("update-mutants", false, "write docs/mutants.md")
	knownMutants = flag.String("mutants-known", "", "a file of verdicts: a run that was cut short goes on from there")
)

// workers is how many faults are tried side by side.
const workers = 6

// TestMutants switches on one fault after the other and looks which property notices.
func TestMutants(t *testing.T) {
	if !*long {
		t.Skip("it takes half an hour: -long")
	}
	list := mutants(t)
	dir := t.TempDir()
	binary := filepath.Join(dir, "mutants.test")
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay(t, dir, mutated(t, list)), "-o", binary, ".")
	began := time.Now()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("built in %v", time.Since(began).Round(time.Second))
	verdicts := judgeMutants(t, binary, list)
	page := mutantPage(list, verdicts)
	if *writeMutants {
		if err := os.WriteFile("../docs/mutants.md", []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range verdicts {
		if _, argued := survivors[list[i].Name]; (v.Property == "") != argued {
			t.Errorf("%s: noticed by %q, but argued for: %v", list[i].Name, v.Property, argued)
		}
	}
}

// judgeMutants tries all faults, and notes each verdict in the file of known ones.
func judgeMutants(t *testing.T, binary string, list []mutant) []mutantVerdict {
	t.Helper()
	known := map[string]mutantVerdict{}
	if *knownMutants != "" {
		if data, err := os.ReadFile(*knownMutants); err == nil {
			if err := json.Unmarshal(data, &known); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, ok := known[""]; !ok {
		if known[""] = judgeMutant(t, binary, ""); known[""].Property != "" {
			t.Fatalf("without a fault %s does not hold\n%s", known[""].Property, known[""].History)
		}
	}
	var mutex sync.Mutex
	names := make(chan string)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for name := range names {
				v := judgeMutant(t, binary, name)
				mutex.Lock()
				known[name] = v
				t.Logf("%-45s %-10s %2d  %v", name, v.Property, v.Steps, v.Took.Round(100*time.Millisecond))
				if data, err := json.MarshalIndent(known, "", " "); err == nil && *knownMutants != "" {
					if err := os.WriteFile(*knownMutants, data, 0o644); err != nil {
						t.Error(err)
					}
				}
				mutex.Unlock()
			}
		})
	}
	for _, m := range list {
		mutex.Lock()
		_, ok := known[m.Name]
		mutex.Unlock()
		if !ok {
			names <- m.Name
		}
	}
	close(names)
	group.Wait()
	verdicts := make([]mutantVerdict, len(list))
	for i, m := range list {
		verdicts[i] = known[m.Name]
	}
	return verdicts
}

// judgeMutant runs TestSubject with a fault switched on.
func judgeMutant(t *testing.T, binary, name string) mutantVerdict {
	t.Helper()
	c := exec.Command(binary, "-test.run", "^TestSubject$", "-test.timeout", "15m", "-rapid.nofailfile", "-rapid.seed=1",
		"-rapid.checks=20", "-rapid.steps=20", "-rapid.shrinktime=5s")
	c.Env = append(os.Environ(), mutantVariable+"="+name, subjectVariable+"=1")
	began := time.Now()
	out, err := c.CombinedOutput()
	v := mutantVerdict{Took: time.Since(began)}
	if c.ProcessState != nil {
		v.CPU = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, subjectMark); ok {
			if err := json.Unmarshal([]byte(rest), &v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return v
		}
	}
	switch {
	case bytes.Contains(out, []byte("test timed out")):
		v.Property = "end"
	case err != nil:
		v.Property, v.History = "panic", firstLine(string(out), "panic:")
	default:
		t.Errorf("%s: no verdict\n%s", name, out)
	}
	return v
}

func firstLine(out, prefix string) string {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return "the process ended"
}

// A mutantVerdict is which property noticed a fault, and the shortest history found.
type mutantVerdict struct {
	Property string `json:"property"` // "" for none
	Steps    int    `json:"steps"`
	History  string `json:"history"`
	Says     string `json:"says"`

	Took time.Duration `json:"took,omitempty"`
	CPU  time.Duration `json:"cpu,omitempty"`
}

// notJudged marks a fault for which a run that was cut short has no verdict.
const notJudged = "not judged"

// mutantPage is docs/mutants.md.
func mutantPage(list []mutant, verdicts []mutantVerdict) string {
	var cpu time.Duration
	var b strings.Builder
	killed, by := 0, map[string]int{}
	var steps []int
	judged := 0
	for _, v := range verdicts {
		cpu += v.CPU
		judged += one(v.Property != notJudged)
		if v.Property != "" && v.Property != notJudged {
			killed++
			by[v.Property]++
			if v.Steps > 0 && v.Property != "catalogue" {
				steps = append(steps, v.Steps)
			}
		}
	}
	slices.Sort(steps)
	fmt.Fprintf(&b, "%s", mutantHead)
	fmt.Fprintf(&b, "\n%d of %d faults are noticed. By property: %s. The shortest history of those that\nrandom scripts and twins notice has %d steps in the median, %d at most. The run took %v of processor time, beside the\nbuild of the one binary. %d faults of the list were not judged.\n",
		killed, judged, frequent(by), steps[len(steps)/2], steps[len(steps)-1], cpu.Round(time.Minute), len(list)-judged)
	b.WriteString("\n## Survivors\n\n| fault | what | why nothing is noticed |\n|---|---|---|\n")
	for i, m := range list {
		if verdicts[i].Property == "" {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Name, m.What, survivors[m.Name])
		}
	}
	b.WriteString("\n## All\n\n| fault | kind | what | file | noticed by | steps | in |\n|---|---|---|---|---|---|---|\n")
	for i, m := range list {
		v := verdicts[i]
		history := strings.ReplaceAll(strings.TrimSpace(v.History), "\n", "; ")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", m.Name, m.Kind, m.What, m.File, v.Property, count(v.Steps), strings.ReplaceAll(history, "|", "\\|"))
	}
	return b.String()
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
