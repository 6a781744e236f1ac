package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mlssim/plots"
	"mlssim/sim"
	"mlssim/sim/plan"
)

// Files of a run folder.
const (
	manifestFile = "manifest.json"
	planName     = "plan.yaml"          // as it was given
	resolvedFile = "plan.resolved.json" // what was run: every default and every flag filled in
	eventsFile   = "events.jsonl"
	exposureFile = "exposure.csv"
	metricsFile  = "metrics.csv"
	resultFile   = "result.json"
	plotsFolder  = "plots"
)

// folderName returns the name of a plan's run folder below runs.
func folderName(p *sim.Plan) string {
	return fmt.Sprintf("%s-%s-s%d", p.Name, plan.Hash(p)[:8], p.Seed)
}

// A folder is a run folder while it is made: under another name beside its
// place, so that nothing half stands there.
type folder struct {
	place   string
	scratch string
	force   bool
	again   bool   // the same plan was run before, and its folder stands at place
	note    string // what became of a folder that is run again
	parent  string // of place, if it was made for it
}

// newFolder prepares a folder at a place where there is none yet; where the
// same plan was run before, which is never replaced; or, if forced, where a run
// folder may be replaced.
func newFolder(place string, force bool, p *sim.Plan) (*folder, error) {
	place = filepath.Clean(place)
	f := &folder{place: place, force: force}
	if err := vacant(place, force); err != nil {
		if f.again = holds(place, p); !f.again {
			return nil, err
		}
	}
	parent := filepath.Dir(place)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		f.parent = parent
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	var err error
	if f.scratch, err = os.MkdirTemp(parent, "."+filepath.Base(place)+"-*"); err != nil {
		return nil, err
	}
	return f, os.Chmod(f.scratch, 0o755)
}

// vacant refuses a place that must not be written to. Even a forced run
// replaces nothing but a run folder or an empty one.
func vacant(place string, force bool) error {
	entries, err := os.ReadDir(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s is not a folder", place)
	case len(entries) == 0:
		return nil
	case !force:
		return hinted{fmt.Errorf("%s exists", place), "--force replaces it, --out names another place"}
	}
	if _, err := os.Stat(filepath.Join(place, manifestFile)); err != nil {
		return hinted{fmt.Errorf("%s is not a run folder, it is not replaced", place), "--out names another place"}
	}
	return nil
}

// holds tells whether a run folder of this plan stands at a place.
func holds(place string, p *sim.Plan) bool {
	before, err := openFolder(place)
	return err == nil && before.manifest.PlanSHA256 == plan.Hash(p)
}

// keepAgain drops the folder if it is like the one that stands at its place, and
// moves it beside that if it is not.
func (f *folder) keepAgain() error {
	before, err := outputsOf(f.place)
	if err != nil {
		return err
	}
	now, err := outputsOf(f.scratch)
	if err != nil {
		return err
	}
	if slices.EqualFunc(before, now, sameOutput) {
		f.note = "as they were: the same run was there before"
		return nil
	}
	f.note = "not the same as " + f.place + ", which stays"
	first := f.place
	for n := 2; vacant(f.place, false) != nil; n++ {
		f.place = fmt.Sprintf("%s.%d", first, n)
	}
	return os.Rename(f.scratch, f.place)
}

// sameOutput compares two files. The words of the plan may differ where its
// meaning is the same.
func sameOutput(a, b output) bool {
	return a.Name == b.Name && (a.Name == planName || a.SHA256 == b.SHA256)
}

// keep moves the folder to its place.
func (f *folder) keep() error {
	if f.again {
		return f.keepAgain()
	}
	if err := vacant(f.place, f.force); err != nil { // somebody else was faster
		return err
	}
	old := f.scratch + ".old"
	if err := os.Rename(f.place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.scratch, f.place); err != nil {
		return errors.Join(err, os.Rename(old, f.place))
	}
	return os.RemoveAll(old)
}

// discard removes what has not been kept.
func (f *folder) discard() {
	os.RemoveAll(f.scratch)
	if f.parent != "" {
		os.Remove(f.parent) // stays unless it is empty
	}
}

func (f *folder) write(name string, data []byte) error {
	path := filepath.Join(f.scratch, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// results is the content of result.json.
type results struct {
	Plan         string       `json:"plan"`
	Replications []*replicate `json:"replications"`
}

// fill writes everything but the manifest.
func (f *folder) fill(src *planFile, p *sim.Plan, replicates []*replicate) error {
	result, err := json.MarshalIndent(results{p.Name, replicates}, "", " ")
	if err != nil {
		return err
	}
	files := []struct {
		name string
		data []byte
	}{
		{planName, src.data}, {resolvedFile, plan.Resolved(p)}, {resultFile, append(result, '\n')},
		{exposureFile, exposureTable(replicates)}, {metricsFile, metricsTable(replicates)},
	}
	for _, x := range files {
		if err := f.write(x.name, x.data); err != nil {
			return err
		}
	}
	if err := f.writeEvents(replicates, p.Replications > 1); err != nil {
		return err
	}
	for _, d := range drawings(resultsOf(replicates), plotKinds, plots.Formats()) {
		data, err := d.figure.Encode(d.format)
		if err != nil {
			return err
		}
		if err := f.write(filepath.Join(plotsFolder, d.name()), data); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) writeEvents(replicates []*replicate, several bool) error {
	out, err := newBuffered(filepath.Join(f.scratch, eventsFile))
	if err != nil {
		return err
	}
	return errors.Join(joinEvents(out, replicates, several), out.Close())
}

// buffered is a file that is written in large pieces.
type buffered struct {
	*bufio.Writer
	file *os.File
}

func newBuffered(name string) (*buffered, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return &buffered{bufio.NewWriterSize(f, 1<<16), f}, nil
}

func (b *buffered) Close() error { return errors.Join(b.Flush(), b.file.Close()) }

// A runFolder is a finished one, read back.
type runFolder struct {
	path     string
	manifest *manifest
	plan     *sim.Plan
}

// openFolder reads manifest and plan of a run folder. A plan that is not the
// one that was run is a violation.
func openFolder(path string) (*runFolder, error) {
	m, err := os.ReadFile(filepath.Join(path, manifestFile))
	if err != nil {
		return nil, hinted{fmt.Errorf("%s is not a run folder", path), `"mlssim run" makes one and says where`}
	}
	f := &runFolder{path: path, manifest: new(manifest)}
	if err := json.Unmarshal(m, f.manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, manifestFile), err)
	}
	resolved, err := os.ReadFile(filepath.Join(path, resolvedFile))
	if err != nil {
		return nil, err
	}
	if got := sha256Hex(resolved); got != f.manifest.PlanSHA256 {
		return nil, violation{fmt.Errorf("%s is not the plan that was run: its SHA-256 is %s, the manifest says %s",
			filepath.Join(path, resolvedFile), got, f.manifest.PlanSHA256)}
	}
	if f.plan, err = plan.ParseResolved(resolved); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, resolvedFile), err)
	}
	return f, nil
}

// results reads result.json.
func (f *runFolder) results() ([]*replicate, error) {
	data, err := os.ReadFile(filepath.Join(f.path, resultFile))
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var r results
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(f.path, resultFile), err)
	}
	for _, d := range r.Replications {
		if d == nil || d.Result == nil {
			return nil, fmt.Errorf("%s: a replication without a result", filepath.Join(f.path, resultFile))
		}
	}
	return r.Replications, nil
}
