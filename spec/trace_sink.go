//go:build spectrace

package spec

import (
	"encoding/json"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
)

// A sink sees all probes of the process, and writes each thing that it has not seen
// before as a line to the file that SPEC_RECORDS names.
type sink struct {
	mu      sync.Mutex
	file    *os.File
	witness string
	seen    map[seenKey]bool
	often   map[callKey]int
	last    map[violated]*place // where each was last found
	done    map[violated]*place // where what refuses nothing was first done
	named   map[violated]*place // where each was last found when a test asked for it
}

var theSink = openSink()

func openSink() *sink {
	s := &sink{seen: map[seenKey]bool{}, often: map[callKey]int{}, last: map[violated]*place{}, done: map[violated]*place{}, named: map[violated]*place{}}
	if name := os.Getenv("SPEC_RECORDS"); name != "" {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			panic(err) // the evidence would be lost without a word
		}
		s.file = file
	}
	return s
}

// violated is a requirement that one of the two programs found violated.
type violated struct {
	side string
	id   ID
}

// Witness gives what is recorded the name of a part of a test, until what it returns
// is called: defer spec.Witness(t.Name())().
func Witness(name string) func() {
	set := func(name string) {
		theSink.mu.Lock()
		defer theSink.mu.Unlock()
		theSink.witness = name
	}
	set(name)
	return func() { set("") }
}

// A function is one that stands in a stack.
type function struct {
	name  string
	file  string // base name
	side  string // "impl", "model", or "" for what is neither
	label string // the entry point that it is; "" for none
}

// functions are all that were seen in stacks: by name, and by the places in the
// program at which they, or what is inlined there, were called.
var functions = struct {
	sync.Mutex
	byName map[string]*function
	byPC   map[uintptr][]located
}{byName: map[string]*function{}, byPC: map[uintptr][]located{}}

type located struct {
	*function
	line int
}

// A place is where a probe stands: its function, and the entry points around it.
type place struct {
	site *function
	line int
	path [4]*function // the entry points, the innermost first
}

// labels returns the entry points, the outermost first.
func (p *place) labels() []string {
	var path []string
	for i := len(p.path) - 1; i >= 0; i-- {
		if f := p.path[i]; f != nil {
			path = append(path, f.label)
		}
	}
	return path
}

// How far placeOf looks: to the probe itself, or to the entry points around it.
const (
	near = 8
	far  = 256
)

// placeOf returns the place of the probe that is being called.
func placeOf(depth int) *place {
	var pcs [far]uintptr
	n := runtime.Callers(3, pcs[:depth])
	p, k := new(place), 0
	functions.Lock()
	defer functions.Unlock()
	for _, pc := range pcs[:n] {
		for _, f := range at(pc) {
			if p.site == nil {
				if strings.HasPrefix(f.name, "mlssim/spec.") {
					continue
				}
				p.site, p.line = f.function, f.line
			}
			if f.label != "" && k < len(p.path) && (k == 0 || p.path[k-1].label != f.label) {
				p.path[k] = f.function
				k++
			}
		}
	}
	return p
}

// at returns the functions at a place of the program, the innermost first.
func at(pc uintptr) []located {
	if list, ok := functions.byPC[pc]; ok {
		return list
	}
	var list []located
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		f := functions.byName[frame.Function]
		if f == nil {
			f = &function{name: frame.Function, file: path.Base(frame.File), side: sideOf(frame.Function)}
			functions.byName[frame.Function] = f
		}
		list = append(list, located{f, frame.Line})
		if !more {
			break
		}
	}
	functions.byPC[pc] = list
	return list
}

// sideOf returns which of the two programs a function belongs to.
func sideOf(name string) string {
	if _, rest, ok := strings.Cut(name, "/testdata/golden/"); ok { // of the tests of the gate
		name = "mlssim/" + rest
	}
	for _, side := range []string{"impl", "model"} {
		if rest, ok := strings.CutPrefix(name, "mlssim/"+side); ok && rest != "" && (rest[0] == '.' || rest[0] == '/') {
			return side
		}
	}
	return ""
}

// seenKey is what tells two lines apart.
type seenKey struct {
	event   Event
	place   place
	witness string
}

// A line of the file that SPEC_RECORDS names.
type line struct {
	Req     ID     `json:"req"`
	Kind    string `json:"kind"`
	OK      bool   `json:"ok"`
	Side    string `json:"side"`
	Site    string `json:"site"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Path    string `json:"path"`
	Witness string `json:"witness,omitempty"`
}

var kindNames = map[EventKind]string{
	Checked: "checked", Branched: "branched", Ignored: "ignored", Derived: "derived", Encoded: "encoded", Decoded: "decoded",
	Ordered: "ordered", Produced: "produced", Deleted: "deleted", Named: "named", Alone: "alone", Inspected: "inspected",
}

// anywhere tells whether it does not matter where a probe stands: it always stands
// in the same entry point, and there are very many of them.
func anywhere(e Event) bool {
	return e.Kind == Encoded || e.Kind == Decoded || strings.HasPrefix(string(e.Req), "wire.")
}

// enough is how often a probe says the same before it is listened to no more: all that
// could be new is from where it was called.
const enough = 100

// callKey is what a probe says, without the entry points around it.
type callKey struct {
	event   Event
	witness string
	pcs     [2]uintptr
}

// usual tells whether a probe has said the same very often, and nothing new came of it.
func (s *sink) usual(k callKey) bool {
	if e := k.event; e.Kind == Named || e.Kind == Alone || e.Kind == Checked && !e.OK {
		return false
	}
	s.often[k]++
	return s.often[k] > enough
}

// caller returns a value that is another one for calls from other places: of the
// probe, and of the function that it stands in.
func caller() [2]uintptr {
	var pcs [2]uintptr
	runtime.Callers(5, pcs[:])
	return pcs
}

func (s *sink) record(e Event) {
	if e.Kind == Left || s.file == nil && (e.Kind != Entered || len(forces) == 0) {
		return
	}
	if e.Kind == Entered {
		p := placeOf(near)
		functions.Lock()
		p.site.label = e.At
		functions.Unlock()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	witness := s.witness
	if e.OK && e.Kind != Named && e.Kind != Alone {
		witness = "" // what holds is seen often: once is enough
	}
	if anywhere(e) {
		key := seenKey{event: e, witness: witness}
		if s.seen[key] {
			return
		}
		s.seen[key] = true
	}
	call := callKey{e, witness, caller()}
	if s.usual(call) {
		return
	}
	p := placeOf(far)
	if e.Kind == Inspected {
		s.inspected(e, p)
		return
	}
	if e.Kind != Named && e.Kind != Alone && (e.Kind != Checked || !e.OK) {
		s.done[violated{p.site.side, e.Req}] = p
	}
	if e.Kind == Checked && !e.OK {
		s.last[violated{p.site.side, e.Req}] = p
	}
	if e.Kind == Named || e.Kind == Alone {
		if e.Kind == Named && !strings.HasSuffix(p.site.file, "_test.go") {
			return // it is no test that asks
		}
		of := violated{e.At, e.Req}
		if p = s.last[of]; e.Kind == Alone && e.At == "impl" {
			p = s.named[of]
		}
		if p == nil && e.Kind == Named {
			p = s.done[of]
		}
		if p == nil {
			return // a refusal that no probe made
		}
		s.named[of] = p
	}
	key := seenKey{e, *p, witness}
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	s.often[call] = 0
	s.write(e, p, p.site.side, strings.Join(p.labels(), ">"))
}

// inspected writes what a test says itself: whose output it looked at, and where that was
// made.
func (s *sink) inspected(e Event, p *place) {
	side, at, _ := strings.Cut(e.At, " ")
	key := seenKey{e, place{site: p.site, line: p.line}, s.witness}
	if !s.seen[key] {
		s.seen[key] = true
		s.write(e, p, side, at)
	}
}

func (s *sink) write(e Event, p *place, side, path string) {
	b, err := json.Marshal(line{
		Req: e.Req, Kind: kindNames[e.Kind], OK: e.OK, Side: side, Site: p.site.name, File: p.site.file, Line: p.line,
		Path: path, Witness: s.witness,
	})
	if err == nil {
		_, err = s.file.Write(append(b, '\n'))
	}
	if err != nil {
		panic(err)
	}
}
