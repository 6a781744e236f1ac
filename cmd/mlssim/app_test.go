package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mlssim/sim"
)

// late is a backend whose members are an epoch ahead after the third one.
type late struct{ sim.Backend }

func (l late) Create(s sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := l.Backend.Create(s, c)
	return lateMachine{m}, err
}

func (l late) Join(c sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	m, out, err := l.Backend.Join(c, w)
	return lateMachine{m}, out, err
}

type lateMachine struct{ sim.Machine }

func (m lateMachine) View() sim.View {
	v := m.Machine.View()
	if v.Epoch > 3 {
		v.Epoch++
	}
	return v
}

func (m lateMachine) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	next, out, err := m.Machine.Step(in)
	if out.Next != nil {
		out.Next = lateMachine{out.Next}
	}
	if next != nil {
		next = lateMachine{next}
	}
	return next, out, err
}

// in runs a test in a folder of its own.
func in(t *testing.T) (a *app, stdout, stderr *bytes.Buffer) {
	t.Chdir(t.TempDir())
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	return &app{stdout: stdout, stderr: stderr, backend: newBackend}, stdout, stderr
}

func TestMismatchIsACounterexample(t *testing.T) {
	a, stdout, stderr := in(t)
	a.backend = func(p *sim.Plan, replication int) (sim.Backend, error) {
		return sim.Lockstep(newSymbolic(), late{newSymbolic()}), nil
	}
	if code := a.run(context.Background(), []string{"run", "S7", "--json", "--out", "here"}); code != exitViolated {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	var r struct{ Mismatches, Epochs int }
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || r.Mismatches != 1 {
		t.Errorf("%v\n%s", err, stdout)
	}
	for _, want := range []string{"mlssim: the two engines differ: view of leaf", "symbolic: 4", "concrete: 5",
		"to reproduce: mlssim run S7 --engine lockstep --seed 1\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join("here", eventsFile)); err != nil {
		t.Error(err)
	}
	stdout.Reset()
	if code := a.run(context.Background(), []string{"run", "S7", "--out", "there"}); code != exitViolated ||
		!strings.Contains(stdout.String(), "model and implementation DIFFER") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

const many = `name: many
engine: symbolic
replications: 400
horizon: 20d
members: 4
`

// An interrupted run keeps the replications that were finished, and can be
// replayed.
func TestInterruptedRunKeepsWhatIsFinished(t *testing.T) {
	a, stdout, stderr := in(t)
	if err := os.WriteFile("many.yaml", []byte(many), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	a.backend = func(p *sim.Plan, replication int) (sim.Backend, error) {
		if replication == 5 {
			interrupt()
		}
		return newBackend(p, replication)
	}
	if code := a.run(ctx, []string{"run", "many.yaml", "--json", "--out", "here"}); code != exitInterrupted {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if !strings.HasPrefix(stderr.String(), "mlssim: interrupted\n") || !strings.Contains(stderr.String(), "of 400 replications finished and are kept in here") {
		t.Error(stderr)
	}
	var r struct {
		Replications []struct{ Digest string }
		Asked        int `json:"replications_asked"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || len(r.Replications) == 0 || len(r.Replications) > 20 || r.Asked != 400 {
		t.Errorf("%v: %d of %d", err, len(r.Replications), r.Asked)
	}
	a.backend = newBackend
	if code := a.run(context.Background(), []string{"replay", "here", "--verify"}); code != exitOK {
		t.Errorf("replay: exit code %d\n%s", code, stderr)
	}
}

func TestInterruptedAtOnceKeepsNothing(t *testing.T) {
	a, stdout, stderr := in(t)
	ctx, interrupt := context.WithCancel(context.Background())
	interrupt()
	if code := a.run(ctx, []string{"run", "S1", "--engine", "symbolic"}); code != exitInterrupted || stdout.Len() > 0 {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr.String(), "nothing is kept") {
		t.Error(stderr)
	}
	if entries, _ := os.ReadDir("runs"); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// The error of the replication with the lowest number is reported, whichever
// was met first.
func TestABackendThatFailsEndsTheRun(t *testing.T) {
	a, _, stderr := in(t)
	if err := os.WriteFile("many.yaml", []byte(many), 0o644); err != nil {
		t.Fatal(err)
	}
	a.backend = func(p *sim.Plan, replication int) (sim.Backend, error) {
		if replication >= 2 {
			return nil, os.ErrPermission
		}
		return newBackend(p, replication)
	}
	if code := a.run(context.Background(), []string{"run", "many.yaml", "--out", "here"}); code != exitUsage {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if _, err := os.Stat("here"); err == nil {
		t.Error("a run that failed left a folder")
	}
}

func TestFolderIsReplacedAsAWhole(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, f := range []string{"old/manifest.json", "old/plots/stale.svg"} {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := newFolder("old", true, &sim.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.write("manifest.json", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if old, _ := os.ReadFile("old/manifest.json"); string(old) != "old" {
		t.Errorf("the old folder changed before its time: %s", old)
	}
	if err := f.keep(); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile("old/manifest.json"); string(now) != "new" {
		t.Errorf("manifest: %s", now)
	}
	entries, err := filepath.Glob("*")
	hidden, _ := filepath.Glob(".*")
	if err != nil || len(entries) != 1 || len(hidden) != 0 {
		t.Errorf("left behind: %v %v %v", entries, hidden, err)
	}
	if _, err := os.Stat("old/plots/stale.svg"); err == nil {
		t.Error("a file of the old folder survived")
	}
}
