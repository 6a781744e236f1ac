package evidence

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Test is a test, an example, or a fuzz target with its seeds.
type Test struct {
	Package string // from the root of the module
	Name    string
}

func (t Test) String() string { return t.Package + "." + t.Name }

// A Suite are test binaries that were built with the tag spectrace.
type Suite struct {
	root     string // of the module
	dir      string // of the binaries
	packages map[string]*binary
	Tests    []Test
	Go       string // version
}

type binary struct {
	path string
	dir  string
	args []string
}

// Packages are those whose tests are run if no others are asked for.
var Packages = []string{"./impl", "./impl/forge", "./impl/message", "./impl/schedule", "./impl/suite", "./impl/tree", "./impl/vectors", "./impl/wire", "./model"}

// tooLong are tests that show nothing of a requirement that shorter ones do not, and
// take long: they are about costs, to which recording adds, or repeat what others do
// with chance.
var tooLong = regexp.MustCompile(`^(TestChanged.*|TestGenerated|TestRecordedHistories.*|TestNegativeVectorsOfAllSuites|FuzzVerify|` +
	`TestRandomHistories|TestGroupLives|TestCrash|TestCarelessCrash|.*Memory.*|.*Alloc.*|TestNodesAreCounted|TestWork.*|TestCost.*|` +
	`TestMembersAgreeAndKnowTheirKeys|TestLockstep|TestAccumulated|TestMonotone|TestBounds.*CanFail|TestDeliveryService.*|TestImports|TestCited.*|Benchmark.*)$`)

// Build builds the test binaries of packages in a module, into dir, and lists their
// tests.
func Build(ctx context.Context, root, dir string, packages []string) (*Suite, error) {
	s := &Suite{root: root, dir: dir, packages: map[string]*binary{}}
	list, err := s.output(ctx, append([]string{"list", "-json=ImportPath,Dir,Module,TestImports,XTestImports,TestGoFiles,XTestGoFiles", "-tags", "spectrace"}, packages...)...)
	if err != nil {
		return nil, err
	}
	version, err := s.output(ctx, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	s.Go = strings.TrimSpace(string(version))
	type built struct{ path, name string }
	var all []built
	for d := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct {
			ImportPath, Dir                                      string
			Module                                               struct{ Path string }
			TestImports, XTestImports, TestGoFiles, XTestGoFiles []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
		b := &binary{path: filepath.Join(dir, strings.ReplaceAll(cmp.Or(name, "root"), "/", "_")+".test"), dir: p.Dir}
		if slices.Contains(slices.Concat(p.TestImports, p.XTestImports), "pgregory.net/rapid") {
			b.args = []string{"-rapid.seed=1", "-rapid.nofailfile"} // the same tests every time
		}
		s.packages[name] = b
		all = append(all, built{p.ImportPath, name})
	}
	for _, b := range all {
		if _, err := s.output(ctx, "test", "-c", "-tags", "spectrace", "-o", s.packages[b.name].path, b.path); err != nil {
			return nil, err
		}
	}
	return s, s.list(ctx)
}

// names returns the packages in order.
func (s *Suite) names() []string {
	var names []string
	for name := range s.packages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// output runs the go command in the module.
func (s *Suite) output(ctx context.Context, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = s.root
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", args[0], err, last(stderr.Bytes(), 500))
	}
	return out, nil
}

func last(b []byte, n int) string { return string(bytes.TrimSpace(b[max(0, len(b)-n):])) }

// list asks each binary for its tests.
func (s *Suite) list(ctx context.Context) error {
	for _, name := range s.names() {
		b := s.packages[name]
		c := exec.CommandContext(ctx, b.path, "-test.list", ".*")
		c.Dir = b.dir
		out, err := c.Output()
		if err != nil {
			return fmt.Errorf("tests of %s: %w", name, err)
		}
		for test := range strings.FieldsSeq(string(out)) {
			if !tooLong.MatchString(test) {
				s.Tests = append(s.Tests, Test{name, test})
			}
		}
	}
	return nil
}

// A Result is what became of a test.
type Result struct {
	Passed  bool
	Skipped bool // it said that there was nothing to test
	Records []byte
	Output  []byte
	Time    time.Duration
}

// testTime is how long one test may take.
const testTime = 5 * time.Minute

// Run runs a test, or a part of it that is named like "TestX/part", in a process of
// its own. force is what SPEC_KNOCKOUT says; records tells whether the probes write.
func (s *Suite) Run(ctx context.Context, t Test, force string, records bool) (*Result, error) {
	b := s.packages[t.Package]
	if b == nil {
		return nil, fmt.Errorf("no tests of %s", t.Package)
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	c := exec.CommandContext(ctx, b.path, append([]string{"-test.run", pattern(t.Name), "-test.v", "-test.count=1", "-test.timeout=" + testTime.String()}, b.args...)...)
	c.Dir = b.dir
	c.Env = append(os.Environ(), "SPEC_KNOCKOUT="+force, "SPEC_RECORDS=")
	var file string
	if records {
		f, err := os.CreateTemp(s.dir, "records")
		if err != nil {
			return nil, err
		}
		f.Close()
		file = f.Name()
		defer os.Remove(file)
		c.Env = append(c.Env, "SPEC_RECORDS="+file)
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	began := time.Now()
	err := c.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return nil, err
	}
	r := &Result{Passed: err == nil, Output: out.Bytes(), Time: time.Since(began)}
	r.Skipped = bytes.Contains(r.Output, []byte("--- SKIP: "+t.Name+" "))
	if r.Passed && bytes.Contains(r.Output, []byte("testing: warning: no tests to run")) {
		return nil, fmt.Errorf("%v: there is no such test", t)
	}
	if records {
		r.Records, err = os.ReadFile(file)
		return r, err
	}
	return r, nil
}

// pattern matches one test alone, level by level.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
