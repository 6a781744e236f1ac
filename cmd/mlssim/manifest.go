package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// A manifest says how the files of a run folder came to be.
type manifest struct {
	build
	Plan       string    `json:"plan"`
	PlanSHA256 string    `json:"plan_sha256"` // of plan.resolved.json
	Seed       uint64    `json:"seed"`
	Engine     string    `json:"engine"`
	Asked      int       `json:"replications"`
	Finished   []int     `json:"replications_finished"` // their numbers, from 0
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Host       host      `json:"host"`
	Events     int       `json:"events"`
	Digest     string    `json:"digest"`
	Digests    []string  `json:"digests"` // of each replication that was finished
	Command    []string  `json:"command"`
	Outputs    []output  `json:"outputs"`
}

// build says which program ran.
type build struct {
	Version      string   `json:"version"`
	Revision     string   `json:"vcs_revision"` // empty where the build does not know
	Dirty        bool     `json:"vcs_modified"`
	Go           string   `json:"go"`
	OS           string   `json:"goos"`
	Arch         string   `json:"goarch"`
	Dependencies []module `json:"dependencies"`
}

type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"`
}

// host says what the program ran on, as far as it may explain running times.
type host struct {
	CPUs       int `json:"cpus"`
	GOMAXPROCS int `json:"gomaxprocs"`
}

// An output is a file of the folder.
type output struct {
	Name   string `json:"name"` // with forward slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// thisBuild describes the running program.
func thisBuild() build {
	b := build{Version: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Dependencies: []module{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = info.Main.Version
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		b.Dependencies = append(b.Dependencies, module{d.Path, d.Version, d.Sum})
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	return b
}

// newManifest describes a run whose files stand in the folder at path.
func newManifest(path string, p *sim.Plan, replicates []*replicate, start time.Time, command []string) (*manifest, error) {
	m := &manifest{
		build: thisBuild(), Plan: p.Name, PlanSHA256: plan.Hash(p), Seed: p.Seed, Engine: p.Engine,
		Asked: p.Replications, Finished: []int{}, Start: start.UTC(), End: time.Now().UTC(),
		Host: host{runtime.NumCPU(), runtime.GOMAXPROCS(0)}, Command: command,
		Digests: []string{},
	}
	for _, d := range replicates {
		m.Finished = append(m.Finished, d.Number)
		m.Events += d.Result.Events
		m.Digests = append(m.Digests, d.Result.Digest)
	}
	m.Digest = digestOf(m.Digests)
	var err error
	m.Outputs, err = outputsOf(path)
	return m, err
}

// outputsOf lists the files of a folder, but for the manifest, by name.
func outputsOf(path string) ([]output, error) {
	var all []output
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(path, name)
		if err != nil || rel == manifestFile {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all = append(all, output{filepath.ToSlash(rel), int64(len(data)), sha256Hex(data)})
		return nil
	})
	slices.SortFunc(all, func(a, b output) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all, err
}

func (m *manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
