package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mlssim/spec/trace/rfctest"
)

var long = flag.Bool("long", false, "run scripts that build programs")

// TestMain lets the test binary be mlssim, for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mlssim": main})
}

func TestCommand(t *testing.T) {
	module, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	rfc := filepath.Dir(rfctest.Path(t, "rfc9420.md"))
	_, err = os.Stat(filepath.Join(rfc, "rfc9420.md"))
	if err != nil && os.Getenv("CI") != "" {
		t.Error(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("RFC", rfc)
			e.Setenv("MODULE", module)
			if *long { // scripts that build something
				cache, err := exec.Command("go", "env", "GOCACHE").Output()
				e.Setenv("GOCACHE", strings.TrimSpace(string(cache)))
				return err
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "rfc":
				return err == nil, nil
			case "long":
				return *long, nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "field": field, "edit": edit, "golden": goldenModule,
		},
	})
}

// exits CODE COMMAND… runs a command, which has to exit with the code.
func exits(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// field PATH JSON compares a part of the JSON object on standard output, such as
// replications.0.digest; with ! it has to be different. Without a value it has
// to be there.
func field(ts *testscript.TestScript, not bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: [!] field PATH [JSON]")
	}
	var v any
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	ts.Check(d.Decode(&v))
	for _, key := range strings.Split(args[0], ".") {
		var there bool
		switch x := v.(type) {
		case map[string]any:
			v, there = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if there = err == nil && i >= 0 && i < len(x); there {
				v = x[i]
			}
		}
		if !there {
			ts.Fatalf("there is no %s", args[0])
		}
	}
	got, err := json.Marshal(v)
	ts.Check(err)
	if len(args) == 1 {
		return
	}
	var want bytes.Buffer
	ts.Check(json.Compact(&want, []byte(args[1])))
	if (string(got) == want.String()) == not {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

// edit FILE OLD NEW replaces the first OLD, which must be there; \n in NEW ends a line.
func edit(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("no %q in %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], strings.ReplaceAll(args[2], `\n`, "\n"), 1)), 0o644))
}
