package report

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

// book is that of this module, read once.
var book = sync.OnceValues(func() (*dossier.Book, error) {
	c, err := trace.Open(spec.Files)
	if err != nil {
		return nil, err
	}
	m, err := links.Find(os.DirFS("../../.."), c.Requirements)
	if err != nil {
		return nil, err
	}
	return dossier.New(c, m, []dossier.Case{{Requirement: "leaf.signature", Section: "7.3 leaf", Name: "of another", Entry: "decode"}}), nil
})

func input(t testing.TB) Input {
	t.Helper()
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	return Input{Book: b}
}

// bare are the pages without text.
var bare = sync.OnceValues(func() (map[string][]byte, error) {
	b, err := book()
	if err != nil {
		return nil, err
	}
	return Make(Input{Book: b})
})

func barePages(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := bare()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func pages(t testing.TB, in Input) map[string][]byte {
	t.Helper()
	files, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// withText is the input with the RFC from a file; where there is none the test is skipped.
func withText(t testing.TB, name string) Input {
	t.Helper()
	in := input(t)
	doc, err := text.Read(rfctest.Read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	in.Text, in.Edition = doc, name
	return in
}

var (
	attribute = regexp.MustCompile(`\b(href|src)="([^"]*)"`)
	identity  = regexp.MustCompile(`\bid="([^"]*)"`)
	labelled  = regexp.MustCompile(`aria-labelledby="([^"]*)"`)
)

// complaints returns what is wrong with the links of pages: those that lead nowhere,
// those that load something from elsewhere, ids that stand twice.
func complaints(files map[string][]byte) []string {
	var all []string
	ids := map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		ids[name] = map[string]bool{}
		for _, m := range identity.FindAllSubmatch(files[name], -1) {
			if id := string(m[1]); ids[name][id] {
				all = append(all, fmt.Sprintf("%s: id %s twice", name, id))
			}
			ids[name][string(m[1])] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range labelled.FindAllSubmatch(files[name], -1) {
			if !ids[name][string(m[1])] {
				all = append(all, fmt.Sprintf("%s: no label %s", name, m[1]))
			}
		}
		for _, m := range attribute.FindAllSubmatch(files[name], -1) {
			target, mark, _ := strings.Cut(string(m[2]), "#")
			switch {
			case target == "data:,":
			case strings.HasPrefix(target, "https://www.rfc-editor.org/") && string(m[1]) == "href" && !bytes.Contains(m[0], []byte("stylesheet")):
			case strings.Contains(target, ":"):
				all = append(all, fmt.Sprintf("%s: leads out: %s", name, m[0]))
			default:
				to := name
				if target != "" {
					to = path.Join(path.Dir(name), target)
				}
				if files[to] == nil {
					all = append(all, fmt.Sprintf("%s: no file %s", name, to))
				} else if mark != "" && !ids[to][mark] {
					all = append(all, fmt.Sprintf("%s: no place %s in %s", name, mark, to))
				}
			}
		}
	}
	return all
}

// TestPagesWithoutText: all pages are there, and what they link to; nothing is loaded
// from elsewhere.
func TestPagesWithoutText(t *testing.T) {
	in, files := input(t), barePages(t)
	for _, c := range complaints(files) {
		t.Error(c)
	}
	for _, r := range in.Book.All {
		p := files["r/"+string(r.ID)+".html"]
		if !bytes.Contains(p, []byte(">"+string(r.ID)+"</h1>")) {
			t.Errorf("%s has no page", r.ID)
		}
		for _, u := range r.Units {
			if !bytes.Contains(p, []byte(u.Link)) {
				t.Errorf("the page of %s does not link to %s", r.ID, u.Link)
			}
		}
	}
	if n := Size(files); n > 8e6 {
		t.Errorf("%d bytes", n)
	}
}

// TestComplaints: the check above finds what it looks for.
func TestComplaints(t *testing.T) {
	for page, want := range map[string]string{
		`<a href="b.html">`:                                  "a.html: no file b.html",
		`<a href="#x">`:                                      "a.html: no place x in a.html",
		`<script src="https://x.org/x.js">`:                  `a.html: leads out: src="https://x.org/x.js"`,
		`<i id="x"></i><i id="x"></i>`:                       "a.html: id x twice",
		`<section aria-labelledby="y">`:                      "a.html: no label y",
		`<i id="x"></i><a href="#x">`:                        "",
		`<a href="https://www.rfc-editor.org/rfc/x.html#y">`: "",
	} {
		if got := strings.Join(complaints(map[string][]byte{"a.html": []byte(page)}), "; "); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

// TestSameBytes: nothing of a report depends on when it is made, or on the order of maps.
func TestSameBytes(t *testing.T) {
	before, again := barePages(t), pages(t, input(t))
	for name, b := range again {
		if !bytes.Equal(b, before[name]) {
			t.Errorf("%s differs", name)
		}
	}
	if len(before) != len(again) {
		t.Errorf("%d files, then %d", len(before), len(again))
	}
}

// TestPagesHaveNoWordsOfTheRFC unless it is given: eight in a row are a copy.
func TestPagesHaveNoWordsOfTheRFC(t *testing.T) {
	doc, err := text.Read(rfctest.Read(t, "rfc9420.md"))
	if err != nil {
		t.Fatal(err)
	}
	runs := trace.NewRuns(doc, 8)
	tag := regexp.MustCompile(`<[^>]*>`)
	found := func(files map[string][]byte) (n int) {
		for name, b := range files {
			if run := runs.In(string(tag.ReplaceAll(b, []byte(" ")))); run != "" {
				if n++; n == 1 {
					t.Logf("%s: %s", name, run)
				}
			}
		}
		return n
	}
	if n := found(barePages(t)); n > 0 {
		t.Errorf("%d pages have words of the RFC", n)
	}
	if n := found(pages(t, withText(t, "rfc9420.md"))); n < 10 {
		t.Errorf("given the RFC, only %d pages have words of it", n)
	}
}

var (
	sentenceSpan = regexp.MustCompile(`<span class="(asked|disposed|plain|new)"(?: data-r="([^"]*)")?[^>]*>(.*?)</span>`)
	keywordMark  = regexp.MustCompile(`<b>(MUST NOT|MUST|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|MAY)</b>`)
)

// TestTextPages: each sentence with a keyword of the RFC stands on a page, marked with
// the requirements that rest on it, whatever the format of the file; and all links lead
// somewhere.
func TestTextPages(t *testing.T) {
	var first []string
	for _, name := range []string{"rfc9420.md", "rfc9420.xml"} {
		in := withText(t, name)
		files := pages(t, in)
		for _, c := range complaints(files) {
			t.Errorf("%s: %s", name, c)
		}
		var asked []string
		for _, c := range in.Book.Catalog.Texts.Sections {
			if strings.Contains(c, ".") {
				continue
			}
			for _, m := range sentenceSpan.FindAllSubmatch(files["text-"+c+".html"], -1) {
				if n := len(keywordMark.FindAll(m[3], -1)); n > 0 && string(m[1]) != "plain" {
					asked = append(asked, fmt.Sprintf("%s %s %s %d", c, m[1], m[2], n))
				}
			}
		}
		if len(asked) != 181 {
			t.Errorf("%s: %d sentences with keywords, want 181", name, len(asked))
		}
		if first == nil {
			first = asked
		} else if diff := cmp.Diff(first, asked); diff != "" {
			t.Errorf("the two formats differ: %s", diff)
		}
	}
}

// TestChangedTextIsMarked: what the registry does not have, and what was edited, is
// told on the page.
func TestChangedTextIsMarked(t *testing.T) {
	b := bytes.Replace(rfctest.Read(t, "rfc9420.md"), []byte("\n# Sequencing"), []byte("\n# Sequencing\n\nIt MUST rain.\n\n## More"), 1)
	doc, err := text.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	in := input(t)
	in.Text = doc
	binding := in.Book.Catalog.Bind(doc)
	in.Since, in.Changes = "the registry", trace.Report(binding.Changes, in.Book.Catalog.Required())
	files := pages(t, in)
	if !regexp.MustCompile(`<span class="new"[^>]*>It <b>MUST</b> rain.</span>`).Match(files["text-14.html"]) {
		t.Error("a new sentence is not marked")
	}
	if !bytes.Contains(files["changes.html"], []byte("new: ")) {
		t.Error("the page of changes does not have it")
	}
	if !bytes.Contains(files["index.html"], []byte("an edition that is not known")) {
		t.Error("the edition is not called unknown")
	}
}

// TestColour: what is marked is what stands there, line by line.
func TestColour(t *testing.T) {
	src := "package x // <&>\n\nvar s = `a\nb` + \"<i>\"\n\nvar y = req.Leaf\n"
	got := colour([]byte(src))
	tag := regexp.MustCompile(`</?i[^>]*>`)
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`, "&#39;", "'")
	var plain []string
	for _, l := range got {
		plain = append(plain, unescape.Replace(tag.ReplaceAllString(string(l), "")))
	}
	if diff := cmp.Diff(strings.Split(src, "\n"), plain); diff != "" {
		t.Error(diff)
	}
	for i, want := range map[int]string{0: `<i class="c">// &lt;&amp;&gt;</i>`, 2: `<i class="s">` + "`a</i>", 3: `<i class="s">b` + "`</i>", 5: `req.<i class="r">Leaf</i>`} {
		if !strings.Contains(string(got[i]), want) {
			t.Errorf("line %d: %s, want %s", i, got[i], want)
		}
	}
}

// TestUnitRanges: units that follow each other are written as one range.
func TestUnitRanges(t *testing.T) {
	for want, units := range map[string][]string{
		"":                             nil,
		"u0007":                        {"u0007"},
		"u0007, u0009 to u0012, u0020": {"u0007", "u0009", "u0010", "u0011", "u0012", "u0020"},
	} {
		if got := unitRanges(units); got != want {
			t.Errorf("%v: %s, want %s", units, got, want)
		}
	}
}

// TestDetection: what is known of a missing check is in the table, the worst of the entry
// points for what came of switching it off, and no column for what nobody has looked at.
func TestDetection(t *testing.T) {
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	own := *b
	own.All = slices.Clone(b.All)
	own.Prove(map[spec.ID][]dossier.Proof{"leaf.signature": {
		{Side: "impl", Context: "commit.receive", Grade: "G5", Knockout: "killed", Killer: "impl.TestX"},
		{Side: "impl", Context: "welcome.join", Grade: "G3", Knockout: "survived"},
		{Side: "model", Context: "welcome.join", Grade: "G2", Knockout: "unreached"},
	}})
	page := string(pages(t, Input{Book: &own, Stamp: "of a test"})["detection.html"])
	row := regexp.MustCompile(`<tr><th scope="row"><a href="r/leaf.signature.html">.*?</tr>`).FindString(page)
	if !strings.HasSuffix(row, "<td>1</td><td>1</td><td>survived</td><td>1</td></tr>") {
		t.Errorf("row %s", row)
	}
	if strings.Contains(page, "by properties") || strings.Contains(page, "by the other side") {
		t.Error("there is a column without anything in it")
	}
}
