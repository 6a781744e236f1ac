package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mlssim/spec"
)

// columns of spec/knockouts.tsv.
const columns = "req\tside\tctx\tforced\tby\treverse\tagainst\tpair\tsites\tms\n"

// WriteVerdicts returns verdicts as a table.
func WriteVerdicts(verdicts []Verdict) []byte {
	var b bytes.Buffer
	b.WriteString(columns)
	for _, v := range verdicts {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", v.Req, v.Side, v.Ctx, v.Forced, v.By, v.Reverse, v.Against, v.Pair, v.Sites, v.Millis)
	}
	return b.Bytes()
}

// ReadVerdicts reads what WriteVerdicts wrote.
func ReadVerdicts(b []byte) ([]Verdict, error) {
	var all []Verdict
	n := 0
	for line := range strings.Lines(string(b)) {
		if n++; n == 1 {
			if line != columns {
				return nil, fmt.Errorf("knockouts.tsv: columns %q", line)
			}
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != strings.Count(columns, "\t")+1 {
			return nil, fmt.Errorf("knockouts.tsv:%d: %d fields", n, len(f))
		}
		ms, err := strconv.ParseInt(f[9], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("knockouts.tsv:%d: %w", n, err)
		}
		all = append(all, Verdict{spec.ID(f[0]), f[1], f[2], f[3], f[4], f[5], f[6], spec.ID(f[7]), f[8], ms})
	}
	return all, nil
}

// Fresh tells whether a verdict is still about the source as it is. One by which no test
// needs the requirement never is: there may be a new test.
func (k *Knocker) Fresh(v *Verdict) bool {
	if !v.Holds() {
		return false
	}
	_, _, files := k.witnesses(&Cell{Req: v.Req, Side: v.Side, Ctx: v.Ctx})
	return v.Sites == k.Files(append(files, k.testFiles(v.By, v.Against)...))
}

// HashFiles returns a function that hashes files of the module: the names of some,
// or a package and a test, as "impl#TestX/part", for the files that this test needs.
func HashFiles(module fs.FS) func([]string) string {
	var mu sync.Mutex
	tests := map[string][]string{} // parsing takes longer than hashing
	needed := func(name string) []string {
		dir, test, is := strings.Cut(name, "#")
		if !is {
			return []string{name}
		}
		test, _, _ = strings.Cut(test, "/")
		mu.Lock()
		defer mu.Unlock()
		files, known := tests[dir+"#"+test]
		if !known {
			files = reached(module, dir, test)
			tests[dir+"#"+test] = files
		}
		return files
	}
	return func(names []string) string {
		var files []string
		for _, name := range names {
			files = append(files, needed(name)...)
		}
		slices.Sort(files)
		h := sha256.New()
		for _, name := range slices.Compact(files) {
			b, err := fs.ReadFile(module, name)
			fmt.Fprintf(h, "%s %d %v\n", name, len(b), err)
			h.Write(b)
		}
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
}

// SortVerdicts puts verdicts into the order of their cells.
func SortVerdicts(verdicts []Verdict) { slices.SortFunc(verdicts, Verdict.compare) }

// PackagesOf returns the packages of the tests that saw a cell's requirement.
func (k *Knocker) PackagesOf(c *Cell) []string {
	var all []string
	accept, reject, _ := k.witnesses(c)
	for _, t := range slices.Concat(accept, reject) {
		if p := packageOf(t); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}
