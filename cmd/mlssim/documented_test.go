package main

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("update", false, "write docs/explain.md instead of comparing it")

const explained = "docs/explain.md"

// TestDocumentedCommands runs the commands in docs/explain.md, one after the other
// in one folder, and compares what they print where the page shows it: where the
// line after the command is not empty.
func TestDocumentedCommands(t *testing.T) {
	const path = "../../" + explained
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	a, stdout, stderr := in(t)
	var again []string
	commands, skip := 0, false
	lines := strings.Split(string(page), "\n")
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "    $ mlssim ")
		inBlock := strings.HasPrefix(line, "    ") && !ok || line == "" && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    ") && !strings.HasPrefix(lines[i+1], "    $ ")
		if skip = skip && inBlock; !skip {
			again = append(again, line)
		}
		if !ok {
			continue
		}
		commands++
		stdout.Reset()
		if code := a.run(context.Background(), strings.Fields(command)); code != exitOK {
			t.Fatalf("%s: exit code %d\n%s", command, code, stderr)
		}
		if skip = lines[i+1] != ""; skip {
			for _, l := range strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n") {
				again = append(again, strings.TrimRight("    "+l, " "))
			}
		}
	}
	if commands < 4 {
		t.Errorf("%d commands", commands)
	}
	t.Chdir(home)
	made := strings.Join(again, "\n")
	if *rewrite {
		if err := os.WriteFile(path, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if line, is, was := firstDifference(made, string(page)); line > 0 {
		t.Errorf("%s, line %d: %q, and the commands print %q: go test ./cmd/mlssim -run TestDocumentedCommands -update", explained, line, was, is)
	}
}
