// Package evidence says what tests have shown of each requirement: who accepted and
// who refused at which entry point, what the refusal was worth, and what breaks when
// the requirement is switched off. It runs tests that were built with the tag
// spectrace, each in a process of its own, and reads what their probes wrote.
package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Record is what one probe has seen in one test: a line of evidence.ndjson.
type Record struct {
	Req      spec.ID `json:"req"`
	Side     string  `json:"side"`    // "impl" or "model"
	Kind     string  `json:"kind"`    // of the probe: "checked", "derived" …; "inspected" of what a test looked at itself
	Site     string  `json:"site"`    // the function, "impl/tree.Tree.Merge"
	File     string  `json:"file"`    // from the root of the module
	Line     int     `json:"line"`    //
	Ctx      string  `json:"ctx"`     // entry point: the innermost one that the registry lists, or else the innermost
	Listed   bool    `json:"listed"`  // whether the registry lists it
	Witness  string  `json:"witness"` // the test: "impl/forge.TestRefusals/12.2_lists/an_Update_by_value"
	Accept   bool    `json:"accept"`
	Reject   bool    `json:"reject"`
	Isolated bool    `json:"isolated"` // what was refused violates nothing else
	Asserted bool    `json:"asserted"` // the test asked which requirement it was
}

// A line is what a probe writes: see package spec, trace_sink.go.
type line struct {
	Req     spec.ID `json:"req"`
	Kind    string  `json:"kind"`
	OK      bool    `json:"ok"`
	Side    string  `json:"side"`
	Site    string  `json:"site"`
	File    string  `json:"file"`
	Line    int     `json:"line"`
	Path    string  `json:"path"`
	Witness string  `json:"witness"`
}

// joined collects records.
type joined struct {
	contexts map[spec.ID][]string
	records  map[key]*Record
}

// key is what tells two records apart.
type key struct {
	req                          spec.ID
	side, kind, site, ctx, where string
	line                         int
}

func newJoined(registry []trace.Requirement) *joined {
	j := &joined{contexts: map[spec.ID][]string{}, records: map[key]*Record{}}
	for _, r := range registry {
		j.contexts[r.ID] = r.Contexts
	}
	return j
}

// add takes in what the probes of one test have written. Requirements that the
// registry does not have, as those of tests of the probes, are left out, and so is
// what no side has done.
func (j *joined) add(test Test, lines []byte) error {
	for b := range bytes.Lines(lines) {
		var l line
		if err := json.Unmarshal(b, &l); err != nil {
			return fmt.Errorf("%v: %w", test, err)
		}
		if listed, ok := j.contexts[l.Req]; ok && l.Side != "" {
			j.one(test, &l, listed)
		}
	}
	return nil
}

func (j *joined) one(test Test, l *line, listed []string) {
	witness := test.String()
	if l.Witness != "" {
		witness = test.Package + "." + l.Witness
	}
	ctx := innermost(l.path(), listed)
	kind := l.Kind
	if kind == "named" || kind == "alone" {
		kind = "checked"
	}
	site := strings.TrimPrefix(l.Site, "mlssim/")
	k := key{l.Req, l.Side, kind, site, ctx, witness, l.Line}
	r := j.records[k]
	if r == nil {
		r = &Record{
			Req: l.Req, Side: l.Side, Kind: kind, Site: site, File: path.Join(packageOf(site), l.File), Line: l.Line,
			Ctx: ctx, Listed: slices.Contains(listed, ctx), Witness: witness,
		}
		j.records[k] = r
	}
	switch {
	case l.Kind == "named":
		r.Asserted = true
	case l.Kind == "alone":
		r.Isolated = true
	case l.OK:
		r.Accept = true
	default:
		r.Reject = true
	}
}

// path returns the entry points that the probe lay in, the outermost first. A
// structure is written or read wherever that happens.
func (l *line) path() []string {
	var path []string
	if l.Path != "" {
		path = strings.Split(l.Path, ">")
	}
	switch l.Kind {
	case "encoded":
		path = append(path, "encode")
	case "decoded":
		path = append(path, "decode")
	}
	return path
}

// innermost returns the last entry point of a path that is listed, or else the last.
func innermost(path, listed []string) string {
	for _, at := range slices.Backward(path) {
		if slices.Contains(listed, at) {
			return at
		}
	}
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// packageOf returns the package of a function or test, from the root of the module.
func packageOf(name string) string {
	pkg, _, _ := strings.Cut(name, ".")
	return pkg
}

// sorted returns the records in an order that does not depend on that of the tests.
func (j *joined) sorted() []Record {
	var all []Record
	for _, r := range j.records {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Req, b.Req), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Ctx, b.Ctx), cmp.Compare(a.Site, b.Site),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Witness, b.Witness))
	})
	return all
}

// WriteRecords writes records as NDJSON.
func WriteRecords(w io.Writer, records []Record) error {
	e := json.NewEncoder(w)
	for i := range records {
		if err := e.Encode(&records[i]); err != nil {
			return err
		}
	}
	return nil
}

// ReadRecords reads what WriteRecords wrote.
func ReadRecords(r io.Reader) ([]Record, error) {
	var all []Record
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one Record
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("record %d: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	return all, lines.Err()
}

// Witnesses returns the tests of some records, each once, in order.
func Witnesses(records []Record, which func(*Record) bool) []string {
	names := map[string]bool{}
	for i := range records {
		if which(&records[i]) {
			names[records[i].Witness] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
