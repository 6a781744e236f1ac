package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mlssim/sim/remote"
)

// serving runs interop serve on a free port, and returns the address and what stops
// it, which gives the exit code.
func serving(t *testing.T, args ...string) (address string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		a := &app{stdout: w, stderr: io.Discard}
		code <- a.run(ctx, append([]string{"interop", "serve", "--listen", "127.0.0.1:0"}, args...))
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("no address: %v", err)
	}
	t.Cleanup(cancel)
	return strings.TrimSpace(line), func() int { cancel(); return <-code }
}

// interopRun runs interop run, and returns the exit code and what it prints.
func interopRun(args ...string) (int, string, string) {
	var out, err bytes.Buffer
	a := &app{stdout: &out, stderr: &err}
	return a.run(context.Background(), append([]string{"interop", "run"}, args...)), out.String(), err.String()
}

const scenarios = "../../impl/interop/testdata"

// TestInterop: two servers that are commands play a file, and stop when they are told.
func TestInterop(t *testing.T) {
	first, stopFirst := serving(t, "--name", "one")
	second, stopSecond := serving(t, "--name", "two", "--grease")
	file := filepath.Join(scenarios, "successors.json")
	args := []string{"--scenario", file, "--client", first, "--client", second, "--suite", "1", "--combinations", "2"}
	code, out, errs := interopRun(args...)
	if code != exitOK || !strings.Contains(out, "B  "+second+"  two, suites [1 2 3 4 5 6 7]\n") || !strings.HasSuffix(out, "\n8 plays passed, 0 failed, 0 skipped\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code := stopSecond(); code != exitOK {
		t.Errorf("serve exits with %d", code)
	}

	// One of two clients is gone: that is known before anything is played.
	code, _, errs = interopRun(args...)
	if code != exitUsage || !strings.Contains(errs, second+": no MLS client answers") {
		t.Errorf("exit code %d: %s", code, errs)
	}

	code, out, errs = interopRun("--scenario", file, "--client", first, "--suite", "1", "--handshake", "private", "--json")
	var r interopReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK || r.Passed != 2 || len(r.Rows) != 2 || r.Rows[0].Passed != 1 || r.Clients[0].Name != "one" {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}

	// A script that cannot succeed fails, and the others are played.
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := writeNew(bad, []byte(`{"scripts": {
		"bad": [{"action": "createGroup", "actor": "ann"}, {"action": "removeProposal", "actor": "ann", "removed": "zoe"}],
		"good": [{"action": "createGroup", "actor": "ann"}]}}`), false); err != nil {
		t.Fatal(err)
	}
	code, out, _ = interopRun("--scenario", bad, "--client", first, "--suite", "1")
	for _, want := range []string{
		bad + " bad A: 0/2\n  suite 1, public, ann A: step 1, removeProposal, ann, RemoveProposal: InvalidArgument: removed_id: nobody in the group is named \"zoe\"\n",
		bad + " good A: 2/2\n2 plays passed, 2 failed, 0 skipped\n",
	} {
		if code != exitViolated || !strings.Contains(out, want) {
			t.Errorf("exit code %d, no %q in\n%s", code, want, out)
		}
	}
	code, out, _ = interopRun("--scenario", bad, "--client", first, "--suite", "1", "--json")
	if code != exitViolated || !strings.Contains(out, `"actor": "ann"`) || !strings.Contains(out, `"rpc": "RemoveProposal"`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, errs := interopRun("--scenario", file, "--client", first, "--suite", "9"); code != exitUsage || !strings.Contains(out, "skipped: the clients have no such cipher suite in common") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code := stopFirst(); code != exitOK {
		t.Errorf("serve exits with %d", code)
	}
}

// TestTorture: a server that is a command lives through histories; a script is gone
// through once more; and what a server with a fault does is written down.
func TestTorture(t *testing.T) {
	address, stop := serving(t, "--name", "one")
	torture := func(args ...string) (int, string, string) {
		var out, err bytes.Buffer
		a := &app{stdout: &out, stderr: &err}
		return a.run(context.Background(), append([]string{"interop", "torture", "--client", address, "--timeout", "10s"}, args...)), out.String(), err.String()
	}
	code, out, errs := torture("--steps", "40", "--suite", "1", "--json")
	var r tortureReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK || r.Steps < 40 || r.Happened["commit"] == 0 || r.Clients[0].Name != "one" || len(r.Findings) != 0 {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	folder := t.TempDir()
	script := filepath.Join(folder, "good.script")
	text := "mlssim torture 1\nsuite 1\nhandshake public\ncreate ann@own\ncommit c1 ann add=m2@A\nsend d1 m2\nread d1 ann\n"
	if err := writeNew(script, []byte(text), false); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := torture("--replay", script); code != exitOK || !strings.HasPrefix(out, "4 steps in 1 history, ") || strings.Contains(out, " 0 calls") || !strings.HasSuffix(out, ": 0 found\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code := stop(); code != exitOK {
		t.Errorf("serve exits with %d", code)
	}
	if code, _, errs := torture("--steps", "40"); code != exitUsage || !strings.Contains(errs, address+": no MLS client answers") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// TestFindingsAreWrittenDown lets a report come in that has found something.
func TestFindingsAreWrittenDown(t *testing.T) {
	s, err := remote.Parse("mlssim torture 1\nsuite 1\nhandshake public\ncreate ann@own\n")
	if err != nil {
		t.Fatal(err)
	}
	d := &remote.Difference{Kind: "kind", Party: "A", Name: "one", Line: "create ann@own", What: "A sleeps", Ours: "00", Theirs: "01"}
	r := &remote.Report{Steps: 1, Findings: []*remote.Finding{{Difference: d, Script: s, Original: 9, Trace: []string{"step 0: A asked"}, Again: true, Times: 1}}}
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: io.Discard}
	f := &tortureFlags{out: filepath.Join(t.TempDir(), "found")}
	a.tortureProgress(f, time.Now())(r)
	for name, want := range map[string]string{
		"1.script": "# client A (one)\n# step 0 (create ann@own): A sleeps\nmlssim torture 1\nsuite 1\nhandshake public\nseed 0\ncreate ann@own\n",
		"1.bytes":  "ours   00\ntheirs 01\n\nstep 0: A asked\n",
	} {
		b, err := os.ReadFile(filepath.Join(f.out, name))
		if err != nil || string(b) != want {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	if _, err := readScript(filepath.Join(f.out, "1.script")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "1. client A (one): step 0 (create ann@own): A sleeps\n    mlssim torture 1\n") {
		t.Error(out.String())
	}
	if err := a.concludeTorture(f, nil, r, time.Second); err == nil {
		t.Error("something was found, and the command does not say so")
	}
}
