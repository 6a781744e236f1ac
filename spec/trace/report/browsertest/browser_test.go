// Package browsertest looks at the pages of a report in a browser: Chromium, if it is
// installed.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
	"mlssim/spec/trace/report"
	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

// browsers are the names under which Chromium may be installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// A browser has one tab, and remembers what went wrong in it.
type browser struct {
	ctx context.Context
	dir string // of the report

	mu    sync.Mutex
	wrong []string
}

// start begins a browser, or skips the test where there is none, unless MLS_BROWSER
// says that there is one.
func start(t *testing.T) *browser {
	t.Helper()
	place := ""
	for _, name := range browsers {
		if p, err := exec.LookPath(name); err == nil {
			place = p
			break
		}
	}
	if place == "" {
		if os.Getenv("MLS_BROWSER") != "" {
			t.Fatal("no Chromium")
		}
		t.Skip("no Chromium: the pages are not looked at; .ci/run browser installs it")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(place), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it has none for root
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, dir: t.TempDir()}
	b.do(t) // begins the browser
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do(t, command(network.Enable, network.EnableParams{}), command(runtime.Enable, cdp.Empty{}))
	return b
}

// hear remembers errors of scripts, and whatever is asked of others.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, fmt.Sprintf("%s, line %d", e.ExceptionDetails.Text, e.ExceptionDetails.LineNumber))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			b.wrong = append(b.wrong, fmt.Sprintf("console: %s", e.Args[0].Value))
		}
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file://"+b.dir) && !strings.HasPrefix(u, "data:") {
			b.wrong = append(b.wrong, "it asks for "+u)
		}
	case *network.EventLoadingFailed:
		b.wrong = append(b.wrong, "not loaded: "+e.ErrorText)
	}
}

// complaints returns what has gone wrong, and forgets it.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.wrong
	b.wrong = nil
	return w
}

// command is a command of the protocol that returns nothing.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// open loads a page of the report.
func (b *browser) open(t *testing.T, name string) {
	t.Helper()
	b.do(t, chromedp.Navigate("file://"+filepath.ToSlash(filepath.Join(b.dir, name))))
}

// eval returns what an expression gives on the page.
func eval[T any](t *testing.T, b *browser, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// write makes a report, with the text if there is a file.
func (b *browser) write(t *testing.T, rfc string) {
	t.Helper()
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	m, err := links.Find(os.DirFS("../../../.."), c.Requirements)
	if err != nil {
		t.Fatal(err)
	}
	in := report.Input{Book: dossier.New(c, m, []dossier.Case{{Requirement: "leaf.signature", Section: "7.3", Name: "of another", Entry: "decode"}})}
	proofs := map[spec.ID][]dossier.Proof{}
	for i, r := range in.Book.All { // whatever there can be
		proofs[r.ID] = []dossier.Proof{{Side: "impl", Context: r.Contexts[0], Grade: fmt.Sprintf("G%d", i%6), Target: "G5", Accept: []string{"impl.TestX"}, Properties: []string{"fork"}, Knockout: "killed", Killer: "impl.TestX"}}
	}
	in.Book.Prove(proofs)
	in.Stamp = "none, for a test"
	if rfc != "" {
		if in.Text, err = text.Read(rfctest.Read(t, rfc)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := report.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		place := filepath.Join(b.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReport looks at a report in a browser, first without the text and then with it.
func TestReport(t *testing.T) {
	b := start(t)
	b.write(t, "")
	t.Run("pages", func(t *testing.T) { testPages(t, b) })
	t.Run("light", func(t *testing.T) { testLight(t, b) })
	t.Run("filter", func(t *testing.T) { testFilter(t, b) })
	t.Run("sentences", func(t *testing.T) { testSentences(t, b) })
}

var someOfAll = []string{"index.html", "text-7.html", "requirements.html", "sections.html", "reverse.html", "ambiguities.html", "changes.html", "detection.html", "r/leaf.signature.html"}

// faint returns texts whose contrast with what is behind them is below 4.5 to 1, as
// WCAG counts it.
const faint = `(() => {
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const rgba = (s) => (s.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.5) return c;
    }
    return [255, 255, 255];
  };
  const all = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.offsetParent || e.closest(".vh, .skip, svg, option")) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) all.add(e.className + " " + e.tagName + " " + ratio.toFixed(2) + " " + n.data.trim().slice(0, 20));
  }
  return [...all].slice(0, 10);
})()`

// testPages: on a large screen and a small one, in light and in dark, each page loads
// without errors and asks nobody for anything, is no wider than the screen, can be read,
// has one heading of the first level and none that is skipped, and its links lead
// somewhere.
func testPages(t *testing.T, b *browser) {
	for _, name := range someOfAll {
		for _, view := range []struct {
			width  int64
			scheme string
		}{{1400, "light"}, {400, "dark"}} {
			b.do(t, chromedp.EmulateViewport(view.width, 900),
				command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: view.scheme}}}))
			b.open(t, name)
			where := fmt.Sprintf("%s, %d wide, %s", name, view.width, view.scheme)
			for _, w := range b.complaints() {
				t.Errorf("%s: %s", where, w)
			}
			if wide := eval[int64](t, b, `document.documentElement.scrollWidth`); wide > view.width {
				t.Errorf("%s: it is %d wide", where, wide)
			}
			for _, e := range eval[[]string](t, b, faint) {
				t.Errorf("%s: hard to read: %s", where, e)
			}
		}
		levels := eval[[]int](t, b, `[...document.querySelectorAll("main :is(h1,h2,h3,h4)")].map((h) => +h.tagName[1])`)
		for i, l := range levels {
			if (l == 1) != (i == 0) || i > 0 && l > levels[i-1]+1 {
				t.Errorf("%s: headings of levels %v", name, levels)
				break
			}
		}
		for _, href := range eval[[]string](t, b, `[...new Set([...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")))]`) {
			if strings.HasPrefix(href, "https://www.rfc-editor.org/") {
				continue
			}
			target, mark, _ := strings.Cut(href, "#")
			if target == "" {
				target = path.Base(name)
			}
			page, err := os.ReadFile(filepath.Join(b.dir, path.Join(path.Dir(name), target)))
			if err != nil || mark != "" && !strings.Contains(string(page), `id="`+mark+`"`) {
				t.Errorf("%s: %s leads nowhere: %v", name, href, err)
			}
		}
	}
}

// lit is what is lit up on a page: how many pieces of code, sentences and ids, whether
// all are of the requirement, and whether some code, and something else, can be seen.
type lit struct {
	Code, Words, IDs int
	Others           int
	CodeSeen         bool
	WordsSeen        bool
}

func litBy(t *testing.T, b *browser, id string) lit {
	t.Helper()
	return eval[lit](t, b, fmt.Sprintf(`(() => {
  const all = [...document.querySelectorAll(".lit")];
  const of = (s) => all.filter((e) => e.matches(s));
  const seen = (list) => list.some((e) => { const r = e.getBoundingClientRect(); return r.bottom > 60 && r.top < innerHeight; });
  const has = (e) => (e.dataset.r || "").split(" ").includes(%s);
  return {Code: of("figure").length, Words: of("span.asked, tr").length, IDs: of("button.id").length,
    Others: all.filter((e) => !has(e)).length, CodeSeen: seen(of("figure")), WordsSeen: seen(of("span.asked, button.id"))};
})()`, quoted(id)))
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // strings can be encoded
	return string(b)
}

// testLight: to choose an id lights up its code, by mouse and by keyboard, and Escape
// puts the light out; code that stands further down is brought into view.
func testLight(t *testing.T, b *browser) {
	b.do(t, chromedp.EmulateViewport(1400, 900))
	b.open(t, "text-7.html")
	const id = "leaf.signature"
	button := fmt.Sprintf(`[...document.querySelectorAll("button.id")].filter((e) => e.dataset.r === %s)`, quoted(id))
	b.do(t, chromedp.Click(chromedp.CSS(`#section-7\.3-4\.2 button.id[data-r="leaf.signature"]`)))
	got := litBy(t, b, id)
	if got.Code < 2 || got.Others > 0 || !got.CodeSeen || got.IDs == 0 {
		t.Errorf("lit by a click: %+v", got)
	}
	if !eval[bool](t, b, button+`.every((e) => e.getAttribute("aria-pressed") === "true")`) {
		t.Error("the buttons are not said to be pressed")
	}
	b.do(t, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}),
		chromedp.KeyEvent("\u001b"), chromedp.Click(chromedp.CSS(`#section-7\.2-2 button.id[data-r="leaf.signature"]`)))
	if got := litBy(t, b, id); got.Code < 2 || !got.CodeSeen {
		t.Errorf("lit from a row that has not got the code: %+v", got)
	}
	b.do(t, chromedp.KeyEvent("\u001b"))
	if got := eval[int](t, b, `document.querySelectorAll(".lit").length`); got > 0 && litBy(t, b, id).IDs > 0 && eval[bool](t, b, button+`.some((e) => e.getAttribute("aria-pressed") === "true")`) {
		t.Errorf("%d lit after Escape", got)
	}
	eval[bool](t, b, `(() => { `+button+`[0].focus(); return true; })()`)
	b.do(t, chromedp.KeyEvent("\r"))
	if got := litBy(t, b, id); got.Code < 2 || got.Others > 0 {
		t.Errorf("lit by Enter: %+v", got)
	}
	for _, w := range b.complaints() {
		t.Error(w)
	}
}

// testSentences: with the text, a sentence lights up its code, and the code its
// sentence, and both can be seen then.
func testSentences(t *testing.T, b *browser) {
	b.write(t, "rfc9420.md") // or skip
	b.do(t, chromedp.EmulateViewport(1400, 900))
	b.open(t, "text-7.html")
	const id = "leaf.lifetime.now"
	b.do(t, chromedp.Click(chromedp.CSS(`#section-7\.3-4\.5\.2\.1 span.asked`)))
	if got := litBy(t, b, id); got.Code < 2 || got.Words < 2 || got.Others > 0 || !got.CodeSeen {
		t.Errorf("lit by a sentence: %+v", got)
	}
	b.do(t, chromedp.KeyEvent("\u001b"), chromedp.Click(chromedp.CSS(`figure[data-r~="parent.unmerged.sorted"]`)))
	if got := litBy(t, b, "parent.unmerged.sorted"); got.Code < 2 || got.Words < 1 || got.Others > 0 || !got.WordsSeen {
		t.Errorf("lit by code: %+v", got)
	}
	b.do(t, chromedp.EmulateViewport(400, 900))
	b.open(t, "text-12.html")
	if wide := eval[int](t, b, `document.documentElement.scrollWidth`); wide > 400 {
		t.Errorf("the text is %d wide on a small screen", wide)
	}
	for _, w := range b.complaints() {
		t.Error(w)
	}
}

// testFilter: what is typed leaves the rows that have it.
func testFilter(t *testing.T, b *browser) {
	b.open(t, "requirements.html")
	const rows = `[...document.querySelectorAll("#all tbody tr")].filter((r) => !r.hidden).length`
	all := eval[int](t, b, rows)
	b.do(t, chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "lifetime"))
	some := eval[int](t, b, rows)
	if some == 0 || some >= all/4 {
		t.Errorf("%d of %d rows have the word", some, all)
	}
	b.do(t, chromedp.SetValue(chromedp.CSS(`select[name=level]`), "SHOULD"))
	eval[bool](t, b, `document.querySelector("form").dispatchEvent(new Event("input"))`)
	if fewer := eval[int](t, b, rows); fewer >= some {
		t.Errorf("%d rows of one level, %d of all", fewer, some)
	}
	if said := eval[string](t, b, `document.querySelector("output").textContent`); !strings.HasSuffix(said, fmt.Sprintf(" of %d", all)) {
		t.Errorf("it says %q", said)
	}
	b.open(t, "index.html")
	b.do(t, chromedp.KeyEvent("\t"))
	if first := eval[string](t, b, `document.activeElement.className`); first != "skip" {
		t.Errorf("the first stop is %q, and not the way past the menu", first)
	}
}
