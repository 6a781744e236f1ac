package props

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A row says what a package may import beside the standard library: packages of
// ours, given without the module, and third-party modules. Its test files may
// import more, and also whatever testLibraries lists.
type row struct {
	ours    []string
	modules []string
	tests   []string          // ours and modules
	ambient map[string]string // of the list below, or cryptography, each with the reason
}

const (
	circl = "github.com/cloudflare/circl"
	yaml  = "github.com/goccy/go-yaml"
)

var (
	engine        = []string{"sim", "sim/plan", "sim/crowd", "sim/adversary", "sim/symbolic", "sim/concrete", "sim/rival"}
	protocol      = []string{"spec", "spec/req", "impl/wire", "impl/suite", "impl/tree", "impl/schedule", "impl/message"}
	vectors       = []string{"impl/vectortest"}
	rpc           = []string{"google.golang.org/grpc", "google.golang.org/protobuf"}
	meters        = []string{"impl/meter"}
	testLibraries = []string{"pgregory.net/rapid", "github.com/google/go-cmp"}
)

// table is the one place that says who may know whom. Model and implementation
// share no code but names and numbers; the engine of the simulator knows
// neither.
var table = map[string]row{
	"spec":     {ambient: map[string]string{"os": "in traced builds alone: what to switch off, and where to write what was seen"}},
	"spec/req": {ours: []string{"spec"}},
	"spec/trace": {
		ours: []string{"spec", "spec/req", "spec/trace/text"}, modules: []string{yaml},
		tests: []string{"spec/trace/rfctest"},
	},
	"spec/speclint":              {ours: []string{"spec", "spec/req", "spec/trace"}, modules: []string{"golang.org/x/tools"}},
	"spec/speclint/cmd/speclint": {ours: []string{"spec/speclint"}, modules: []string{"golang.org/x/tools"}},
	"spec/trace/evidence": {
		ours: []string{"spec", "spec/trace"}, modules: []string{yaml},
		ambient: map[string]string{"os": "runs tests and reads what they have written", "time": "how long a test takes, and may take", "crypto/sha256": "tells one state of the source from another"},
	},
	"spec/trace/text": {
		ambient: map[string]string{"crypto/sha256": "what is known of the text are its hashes"},
	},
	"spec/trace/rfctest": {ambient: map[string]string{"os": "reads the RFC, in tests"}},
	"spec/trace/links":   {ours: []string{"spec", "spec/trace"}},
	"spec/trace/dossier": {
		ours:  []string{"spec", "spec/trace", "spec/trace/links"},
		tests: []string{"spec/trace/rfctest", "spec/trace/text"},
	},
	"spec/trace/report": {
		ours:  []string{"spec", "spec/trace", "spec/trace/text", "spec/trace/links", "spec/trace/dossier"},
		tests: []string{"spec/trace/rfctest"},
	},
	"spec/trace/report/browsertest": {tests: []string{
		"spec", "spec/trace", "spec/trace/text", "spec/trace/links", "spec/trace/dossier", "spec/trace/report", "spec/trace/rfctest",
		"github.com/chromedp",
	}},
	"spec/trace/export": {
		ours: []string{"spec", "spec/trace", "spec/trace/dossier"}, modules: []string{"github.com/google/jsonschema-go"},
		tests: []string{"spec/trace/rfctest", "spec/trace/text", "spec/trace/links", "github.com/santhosh-tekuri/jsonschema"},
	},
	"spec/trace/sarif":  {},
	"spec/trace/errata": {ours: []string{"spec/trace", "spec/trace/text"}},
	"spec/trace/genids": {
		ours:    []string{"spec/trace"},
		ambient: map[string]string{"os": "writes the file of ids"},
	},

	"impl/wire":  {ours: protocol[:2], tests: meters},
	"impl/meter": {ambient: map[string]string{"time": "how long something takes, in tests", "syscall": "the same for one thread"}},
	"impl/suite": {ours: protocol[:3], modules: []string{circl, "golang.org/x/crypto/chacha20poly1305"}},
	"impl/tree": {
		ours: protocol[:4], tests: slices.Concat(vectors, meters),
		ambient: map[string]string{"crypto/x509": "certificates are read here, and what they sign is verified nowhere"},
	},
	"impl/schedule": {ours: protocol[:5]},
	"impl/message":  {ours: protocol[:6], tests: slices.Concat(vectors, meters)},
	"impl":          {ours: protocol, tests: meters},
	"impl/forge":    {ours: slices.Concat(protocol, []string{"impl"}), tests: []string{"spec/trace"}},
	"impl/vectors": {
		ours:    slices.Concat(protocol, []string{"impl", "impl/forge"}),
		tests:   vectors,
		ambient: map[string]string{"math/rand/v2": "ChaCha8, keyed by name, is all the chance in vectors that are made"},
	},
	"impl/calibrate": {
		ours: []string{"impl/wire", "impl/suite"}, modules: []string{"golang.org/x/perf"},
		ambient: map[string]string{"time": "measures how long operations take"},
	},
	"impl/interop/pb": {modules: rpc},
	"impl/interop/pb/genpb": {
		modules: []string{"github.com/bufbuild/protocompile", "google.golang.org/protobuf"},
		ambient: map[string]string{"os": "runs the plugins and writes what they make"},
	},
	"impl/interop": {
		ours: slices.Concat(protocol, []string{"impl", "impl/interop/pb"}), modules: rpc,
		tests: []string{"impl/interop/client", "impl/interop/scenario"},
		ambient: map[string]string{
			"net": "listens where it is told to", "time": "gives calls that have begun some seconds when it stops",
		},
	},
	"impl/interop/client": {
		ours: []string{"impl/interop/pb"}, modules: rpc,
		ambient: map[string]string{"time": "each call has a deadline"},
	},
	// Who plays the scenarios knows nothing of MLS: what is compared are bytes.
	"impl/interop/scenario": {
		ours: []string{"impl/interop/pb", "impl/interop/client"}, modules: rpc,
		ambient: map[string]string{
			"math/rand/v2":  "ChaCha8, keyed by purpose, draws casts, group ids and PSKs",
			"crypto/sha256": "makes the keys of these generators",
		},
	},
	"impl/interop/testpeer": {tests: slices.Concat(rpc, []string{"impl/interop", "impl/interop/pb", "impl/interop/client", "impl/interop/scenario"})},
	"impl/vectortest":       {ambient: map[string]string{"os": "reads the official vectors, in tests", "crypto/sha256": "tells them from others"}},

	"model": {ours: protocol[:2], tests: []string{"spec/trace"}},

	"sim/queue": {},
	"sim": {
		ours:    slices.Concat(protocol[:2], []string{"sim/queue"}),
		ambient: map[string]string{"math/rand/v2": "ChaCha8, keyed by name, feeds real cryptography"},
	},
	"sim/plan": {
		ours:    []string{"spec", "sim"},
		modules: []string{yaml, "github.com/google/jsonschema-go"},
		tests:   []string{"github.com/santhosh-tekuri/jsonschema"},
	},
	// Members on clients under test, on the implementation, and in the model.
	"sim/remote": {
		ours:    slices.Concat(protocol, []string{"impl", "impl/forge", "impl/interop", "impl/interop/pb", "model"}),
		modules: rpc, tests: []string{"impl/interop/client"},
		ambient: map[string]string{
			"math/rand/v2": "ChaCha8, keyed by purpose, draws histories and our own members' keys",
			"time":         "how long a run takes, and how long a client has not answered",
		},
	},
	"sim/adversary": {ours: []string{"sim"}},
	"sim/symbolic":  {ours: []string{"spec", "spec/req", "model", "sim", "sim/adversary"}},
	"sim/crowd": {
		ours:  []string{"sim", "sim/queue"},
		tests: slices.Concat(protocol[:2], []string{"impl/suite", "sim/symbolic", "sim/concrete"}),
	},
	"sim/detlint":             {modules: []string{"golang.org/x/tools"}},
	"sim/detlint/cmd/detlint": {ours: []string{"sim/detlint"}, modules: []string{"golang.org/x/tools"}},
	"sim/rival":               {ours: []string{"spec", "sim", "sim/adversary"}, tests: []string{"sim/plan"}},
	"sim/reproduce": {
		ours: []string{"spec", "impl/suite", "model", "sim", "sim/plan", "sim/concrete", "sim/crowd", "sim/rival", "sim/symbolic"}, modules: []string{yaml, "gonum.org/v1/gonum"},
	},
	// The attacker on bytes does not know the rules.
	"sim/concrete": {ours: slices.Concat(protocol, []string{"impl", "impl/forge", "sim"})},

	"props": {
		ours:    slices.Concat(protocol, engine, []string{"impl", "model", "spec/trace", "spec/trace/text"}),
		modules: testLibraries,
		tests:   []string{"spec/trace/rfctest", "impl/forge", yaml},
	},
	"plots": {ours: []string{"sim"}, modules: []string{"gonum.org/v1/plot"}},
	"cmd/mlssim": {
		ours:    slices.Concat(protocol, engine, []string{"impl", "impl/calibrate", "impl/forge", "impl/vectors", "impl/interop", "impl/interop/client", "impl/interop/scenario", "model", "sim/remote", "sim/reproduce", "plots", "spec/trace", "spec/trace/text", "spec/trace/links", "spec/trace/dossier", "spec/trace/report", "spec/trace/export", "spec/trace/sarif", "spec/trace/errata", "spec/trace/evidence"}),
		modules: []string{"github.com/spf13/cobra", "github.com/cheggaaa/pb", "github.com/klauspost/cpuid", "gonum.org/v1/gonum"},
		tests:   []string{"github.com/rogpeppe/go-internal", "spec/trace/rfctest"},
		ambient: map[string]string{
			"os": "files and signals", "time": "the manifest says when a run took place; deadlines of calls", "syscall": "signals",
			"crypto/rand": "the keys of a server that is under test, and of operations that are measured",
		},
	},
}

// ambient are the packages of the standard library by which a step could know
// or draw something that is not among its arguments.
var ambient = []string{"crypto/rand", "math/rand", "math/rand/v2", "net", "os", "syscall", "time"}

// TestImports holds every Go file of the module against the table. It parses the
// files itself: what a subprocess reads, the test cache does not see.
func TestImports(t *testing.T) {
	root := os.DirFS("..")
	found := map[string]bool{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		found[path.Dir(name)] = true
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, complaint := range judge(name, src) {
			t.Error(complaint)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Sorted(maps.Keys(table)) {
		if !found[p] {
			t.Errorf("the table has a row for %s, and there is no such package", p)
		}
	}
}

// judge returns what is wrong with the imports of a file, by its path in the module.
func judge(name string, src []byte) (complaints []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return []string{err.Error()}
	}
	pkg := path.Dir(name)
	row, ok := table[pkg]
	if !ok {
		return []string{fmt.Sprintf("%s: package %s has no row in the table", name, pkg)}
	}
	test := strings.HasSuffix(name, "_test.go")
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !row.permits(pkg, imported, test) {
			complaints = append(complaints, fmt.Sprintf("%s: package %s may not import %s", name, pkg, imported))
		}
	}
	return complaints
}

func (r row) permits(pkg, imported string, test bool) bool {
	first, _, _ := strings.Cut(imported, "/")
	ours, isOurs := strings.CutPrefix(imported, "mlssim/")
	switch {
	case isOurs && slices.Contains(r.ours, ours), within(imported, r.modules):
		return true
	case test && (ours == pkg || slices.Contains(r.tests, ours) || within(imported, r.tests) || within(imported, testLibraries)):
		return true
	case isOurs || strings.Contains(first, "."):
		return false
	case test:
		return true
	case within(imported, ambient):
		return within(imported, slices.Collect(maps.Keys(r.ambient)))
	case first == "crypto":
		return !secretive(pkg) || within(imported, slices.Collect(maps.Keys(r.ambient)))
	}
	return true
}

// within tells whether imported is one of the packages, or lies below one.
func within(imported string, packages []string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		return imported == p || strings.HasPrefix(imported, p+"/")
	})
}

// secretive tells whether a package does cryptography only through impl/suite,
// or not at all.
func secretive(pkg string) bool {
	return pkg == "model" || within(pkg, []string{"spec", "impl"}) && pkg != "impl/suite"
}

// TestImportsAreJudged asks the judge about imports of which it is known what
// is to be said: the test above is worth what this one shows.
func TestImportsAreJudged(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		want           bool
	}{
		{"model/tree.go", "slices", true},
		{"model/tree.go", "mlssim/spec/req", true},
		{"model/tree.go", "mlssim/impl/tree", false},
		{"model/tree.go", "time", false},
		{"model/tree.go", "crypto/sha256", false},
		{"model/tree_test.go", "time", true},
		{"model/tree_test.go", "mlssim/model", true},
		{"model/tree_test.go", "mlssim/impl", false},
		{"model/tree_test.go", "pgregory.net/rapid", true},
		{"model/tree.go", "pgregory.net/rapid", false},
		{"impl/suite/kem.go", circl + "/hpke", true},
		{"impl/suite/kem.go", "crypto/hkdf", true},
		{"impl/suite/kem.go", "crypto/rand", false},
		{"impl/tree/path.go", circl + "/hpke", false},
		{"impl/tree/path.go", "crypto/sha256", false},
		{"impl/tree/path.go", "mlssim/impl/schedule", false},
		{"impl/commit.go", "mlssim/impl/message", true},
		{"sim/world.go", "mlssim/model", false},
		{"sim/world.go", "mlssim/impl", false},
		{"sim/random.go", "math/rand/v2", true},
		{"sim/random.go", "math/rand", false},
		{"sim/adversary/knowledge.go", "math/rand/v2", false},
		{"sim/symbolic/backend.go", "mlssim/impl", false},
		{"sim/concrete/backend.go", "mlssim/model", false},
		{"plots/exposure.go", "gonum.org/v1/plot/vg", true},
		{"plots/exposure.go", "gonum.org/v1/plotter", false},
		{"plots/exposure.go", "net/http", false},
		{"spec/new/new.go", "fmt", false},
		{"cmd/mlssim/run.go", "os/signal", true},
		{"cmd/mlssim/run.go", "net/http", false},
	} {
		src := fmt.Sprintf("package p\nimport _ %q\n", c.imported)
		if got := judge(c.file, []byte(src)); (len(got) == 0) != c.want {
			t.Errorf("%s imports %s: permitted %v, want %v", c.file, c.imported, len(got) == 0, c.want)
		}
	}
}
