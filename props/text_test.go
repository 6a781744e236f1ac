package props

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

func catalog(t *testing.T) *trace.Catalog {
	t.Helper()
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tracked returns the files of the repository by name, as git lists them; without git
// all files below its folder that do not begin with a dot.
func tracked(t *testing.T) map[string][]byte {
	t.Helper()
	var names []string
	out, err := exec.Command("git", "-C", "..", "ls-files", "-z").Output()
	if err == nil {
		names = strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	} else {
		err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && name != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			if err == nil && d.Type().IsRegular() {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	files := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) { // deleted, and not committed yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	if len(files) < 100 {
		t.Fatalf("only %d files", len(files))
	}
	return files
}

// maxSharedWords is how many words in a row a file may have in common with the RFC.
const maxSharedWords = 7

// TestNoSentenceOfTheRFC: no file has eight words in a row that the RFC has in its
// prose, its tables or the comments of its code.
func TestNoSentenceOfTheRFC(t *testing.T) {
	doc, err := text.Read(rfctest.Read(t, "rfc9420.md"))
	if err != nil {
		t.Fatal(err)
	}
	runs := trace.NewRuns(doc, maxSharedWords+1)
	if runs.Len() < 20000 {
		t.Fatalf("the RFC has only %d runs of words", runs.Len())
	}
	for name, b := range tracked(t) {
		if bytes.IndexByte(b, 0) >= 0 { // an image
			continue
		}
		if run := runs.In(string(b)); run != "" {
			t.Errorf("%s: %q", name, run)
		}
	}
}

var (
	cited = regexp.MustCompile(`\bSections? (\d+(?:\.\d+)*|[A-D](?:\.\d+)*)((?:(?:, | and | or | to |–)\d+(?:\.\d+)*)*)`)
	other = regexp.MustCompile(`^,? of (RFC|draft|the|FIPS|SEC|NIST)|^ (of|in) `)
	whose = regexp.MustCompile(`(RFC|FIPS|SEC|SP|draft-[a-z0-9-]+)[ ]?([0-9-]*)[^.;]{0,30}$`)
)

// TestCitedSectionsExist: a section that code or pages cite is one of RFC 9420, unless
// another document is named beside it.
func TestCitedSectionsExist(t *testing.T) {
	sections := catalog(t).Texts.Sections
	seen := 0
	for name, b := range tracked(t) {
		if !slices.Contains([]string{".go", ".md", ".yaml"}, filepath.Ext(name)) || strings.Contains(name, "/testdata/") {
			continue
		}
		flat := strings.Join(strings.Fields(strings.ReplaceAll(string(b), "//", " ")), " ")
		for _, m := range cited.FindAllStringSubmatchIndex(flat, -1) {
			if other.MatchString(flat[m[1]:]) {
				continue
			}
			if w := whose.FindStringSubmatch(flat[max(0, m[0]-40):m[0]]); w != nil && w[2] != "9420" {
				continue
			}
			numbers := regexp.MustCompile(`\d+(\.\d+)*|[A-D](\.\d+)*`).FindAllString(flat[m[2]:m[1]], -1)
			for _, n := range numbers {
				seen++
				if !slices.Contains(sections, n) {
					t.Errorf("%s: RFC 9420 has no Section %s: …%s", name, n, flat[max(0, m[0]-30):min(len(flat), m[1]+20)])
				}
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d sections are cited: the pattern does not find them", seen)
	}
}

// TestAmbiguitiesRun: what is said to run an ambiguity exists.
func TestAmbiguitiesRun(t *testing.T) {
	seen := 0
	for _, a := range catalog(t).Ambiguities {
		for _, r := range a.Runs {
			seen++
			pkg, test, inner := trace.SplitRun(r)
			files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			var all []byte
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, b...)
			}
			inner, _ = strings.CutSuffix(inner, ", in a Commit")
			if !bytes.Contains(all, []byte("func "+test+"(")) || !bytes.Contains(all, []byte(`"`+inner)) {
				t.Errorf("%s: there is no %s", a.ID, r)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d runs", seen)
	}
}
