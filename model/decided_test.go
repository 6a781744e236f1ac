package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// undecided are the requirements that symbols cannot decide, each with the reason.
var undecided = map[spec.ID]string{
	"wire.optional.presence": inBytes, "wire.varint.prefix": inBytes, "wire.varint.minimal": inBytes,
	"wire.vector.bounds": inBytes, "wire.vector.overflow": inBytes, "wire.truncated": inBytes, "wire.memory": inBytes, "wire.trailing": inBytes,
	"message.size":             inBytes,
	"suite.public_key":         "every public key is one of the suite: terms have no length",
	"framing.version":          "a message has no version field, as there is one version",
	"private.sender.member":    "a PrivateMessage is made of a member's state alone",
	"private.padding.zero":     "padding has no symbol",
	"extension.application_id": "it is read by the application, and nobody is refused for it",
	"extension.external_pub":   "external_pub is a field of GroupInfo, and each term is a key",
}

const inBytes = "structures are not written as bytes"

// TestDecidedRules compares what the model decides with the checks of the
// registry: each is decided, or cannot be, for a reason.
func TestDecidedRules(t *testing.T) {
	registry, err := trace.Load(os.DirFS("../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	decided := mentioned(t)
	checks := map[spec.ID]bool{}
	for _, r := range registry {
		if r.Kind != "check" {
			continue
		}
		checks[r.ID] = true
		_, excused := undecided[r.ID]
		switch is := decided[trace.ConstName(r.ID)]; {
		case !is && !excused:
			t.Errorf("%s is not decided: %s", r.ID, r.Text)
		case is && excused:
			t.Errorf("%s is decided, and said not to be: %s", r.ID, undecided[r.ID])
		}
	}
	for id := range undecided {
		if !checks[id] {
			t.Errorf("%s is no check of the registry", id)
		}
	}
}

// mentioned returns the names of the requirements that files of the model name.
func mentioned(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "req" {
					names[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return names
}
