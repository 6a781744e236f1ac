package props

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	writeMutants = flag.Bool("update-mutants", false, "write docs/mutants.md")
	knownMutants = flag.String("mutants-known", "", "the file of verdicts from which a run that was cut short goes on; by default one of these sources in the folder of temporary files")
	onlyMutants  = flag.String("mutants-only", "", "try only faults whose names match this expression")
)

// workers is how many faults are tried side by side.
const workers = 6

// A testSuite is tests that a fault has to get past if the properties do not notice it.
type testSuite struct {
	name  string
	dir   string // of the package, from the root
	run   string // which of its tests
	rapid bool   // some of them are random
}

// suites are such tests, from cheap to dear.
var suites = []testSuite{
	{"scripts", "props", "^(TestForgeriesNeedEveryPremise|TestDeliveryServiceWithholds|TestStolenKeysForge|TestForks|TestIdentities|TestOutside|TestExternalSenders|TestRemovals|TestLifetimes|TestForgedPrivately|TestForgedWithPSKs|TestSigningDevice)$", true},
	{"tests of model", "model", ".", true},
	{"tests of schedule", "impl/schedule", ".", true},
	{"vectors", "impl/vectors", ".", false},
	{"tests of sim", "sim", ".", false},
}

// A mutantBench is where faults are tried: the test binaries with all of them, by the
// folder of their package, and a file of verdicts.
type mutantBench struct {
	binaries map[string]string
	file     string
	known    map[string]mutantVerdict
	mutex    sync.Mutex
}

// TestMutants switches on one fault after the other and looks which property notices.
// A run that was cut short goes on from its verdicts, as long as no source has changed.
func TestMutants(t *testing.T) {
	if !*long {
		t.Skip("it takes half an hour: -long")
	}
	list := mutants(t)
	bench := newMutantBench(t, list)
	bench.judgeAll(t, list)
	verdicts := make([]mutantVerdict, len(list))
	for i, m := range list {
		v, ok := bench.known[m.Name]
		if !ok {
			v.Property = notJudged
		}
		verdicts[i] = v
		if _, argued := survivors[m.Name]; ok && (v.Property == "") != argued {
			t.Errorf("%s: noticed by %q, but argued for: %v", m.Name, v.Property, argued)
		}
	}
	if *writeMutants {
		if err := os.WriteFile("../docs/mutants.md", []byte(mutantPage(list, verdicts)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if *onlyMutants == "" && *knownMutants == "" {
		_ = os.Remove(bench.file) // the next run measures anew
	}
}

// newMutantBench builds the binaries, and reads what is known of these sources.
func newMutantBench(t *testing.T, list []mutant) *mutantBench {
	t.Helper()
	dir := t.TempDir()
	replaced := overlay(t, dir, mutated(t, list))
	bench := &mutantBench{binaries: map[string]string{}, known: map[string]mutantVerdict{}, file: *knownMutants}
	began := time.Now()
	for _, s := range suites {
		binary := filepath.Join(dir, strings.ReplaceAll(s.dir, "/", "-")+".test")
		build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", replaced, "-o", binary, "./"+s.dir)
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		bench.binaries[s.dir] = binary
	}
	t.Logf("built in %v", time.Since(began).Round(time.Second))
	if bench.file == "" {
		bench.file = filepath.Join(os.TempDir(), "mlssim-mutants-"+sourcesDigest(t)+".json")
	}
	if data, err := os.ReadFile(bench.file); err == nil {
		if err := json.Unmarshal(data, &bench.known); err != nil {
			t.Fatalf("%s: %v", bench.file, err)
		}
	}
	t.Logf("%d verdicts in %s", len(bench.known), bench.file)
	return bench
}

// sourcesDigest tells sources apart: all that is compiled, and the list of faults.
func sourcesDigest(t *testing.T) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") && filepath.Base(path) != mutantList {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(data), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// judgeAll tries the faults of which there is no verdict, and notes each verdict in the
// file at once. Without a fault everything has to hold.
func (b *mutantBench) judgeAll(t *testing.T, list []mutant) {
	t.Helper()
	only, err := regexp.Compile(*onlyMutants)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := b.known[""]; !ok {
		v := b.judge(t, "")
		if v.Property != "" {
			t.Fatalf("without a fault %s does not hold\n%s\n%s", v.Property, v.Says, v.History)
		}
		b.note(t, "", v)
	}
	names := make(chan string)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for name := range names {
				b.note(t, name, b.judge(t, name))
			}
		})
	}
	for _, m := range list {
		b.mutex.Lock()
		_, ok := b.known[m.Name]
		b.mutex.Unlock()
		if !ok && only.MatchString(m.Name) {
			names <- m.Name
		}
	}
	close(names)
	group.Wait()
}

// note keeps a verdict, in the file first under another name, so that no cut leaves half
// of one.
func (b *mutantBench) note(t *testing.T, name string, v mutantVerdict) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.known[name] = v
	t.Logf("%-45s %-10s %2d  %v", name, v.Property, v.Steps, v.Took.Round(100*time.Millisecond))
	data, err := json.MarshalIndent(b.known, "", " ")
	if err == nil {
		err = os.WriteFile(b.file+".new", data, 0o644)
	}
	if err == nil {
		err = os.Rename(b.file+".new", b.file)
	}
	if err != nil {
		t.Error(err)
	}
}

// judge looks for what notices a fault: the properties, then the suites.
func (b *mutantBench) judge(t *testing.T, name string) mutantVerdict {
	v := judgeMutant(t, b.binaries["props"], name)
	for _, s := range suites {
		if v.Property != "" {
			return v
		}
		c := exec.Command(b.binaries[s.dir], "-test.run", s.run, "-test.failfast", "-test.timeout", "15m")
		if s.rapid {
			c.Args = append(c.Args, "-rapid.nofailfile", "-rapid.seed=1")
		}
		c.Dir = filepath.Join("..", filepath.FromSlash(s.dir))
		c.Env = append(os.Environ(), mutantVariable+"="+name)
		began := time.Now()
		out, err := c.CombinedOutput()
		v.Took += time.Since(began)
		if c.ProcessState != nil {
			v.CPU += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
		}
		if err != nil {
			v.Property, v.Says = s.name, string(out)
			v.History = strings.TrimPrefix(firstFailure(string(out)), "--- FAIL: ")
		}
	}
	return v
}

// firstFailure returns the line that names the first test that failed.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "--- FAIL: ") {
			name, _, _ := strings.Cut(line, " (")
			return name
		}
	}
	return firstLine(out, "panic:")
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
