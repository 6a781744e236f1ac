package props

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

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
