package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mlssim/impl/vectors"
)

// vectorsReport is what "vectors verify --json" prints.
type vectorsReport struct {
	Files  []vectorsFile `json:"files"`
	Total  int           `json:"total"` // cases
	Passed int           `json:"passed"`
}

// A vectorsFile is what has come of a file; Kind is empty if it could not be
// read, and Error says why.
type vectorsFile struct {
	File     string            `json:"file"`
	Kind     string            `json:"kind"`
	Total    int               `json:"total"`
	Passed   int               `json:"passed"`
	Failures []vectors.Failure `json:"failures"`
	Error    string            `json:"error,omitempty"`
}

func (f *vectorsFile) failed() bool { return f.Error != "" || f.Passed < f.Total }

// verifyVectors is the verb vectors verify.
func (a *app) verifyVectors(ctx context.Context, paths []string, asJSON bool) error {
	r := vectorsReport{Files: []vectorsFile{}}
	failed := 0
	for path, err := range vectorFiles(paths) {
		if ctx.Err() != nil {
			return errInterrupted
		}
		f := verifyFile(path, err)
		r.Files = append(r.Files, f)
		r.Total += f.Total
		r.Passed += f.Passed
		if f.failed() {
			failed++
		}
		if !asJSON {
			a.printVectors(&f)
		}
	}
	if asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else if len(r.Files) > 1 {
		fmt.Fprintf(a.stdout, "%s: %d/%d\n", count(len(r.Files), "file"), r.Passed, r.Total)
	}
	if failed > 0 {
		return violation{fmt.Errorf("%d of %s failed", failed, count(len(r.Files), "file"))}
	}
	return nil
}

func (a *app) printVectors(f *vectorsFile) {
	if f.Error != "" {
		fmt.Fprintf(a.stdout, "%s: %s\n", f.File, f.Error)
		return
	}
	fmt.Fprintf(a.stdout, "%s: %d/%d\n", f.File, f.Passed, f.Total)
	for _, failure := range f.Failures {
		fmt.Fprintf(a.stdout, "  %v\n", failure)
	}
}

// vectorFiles runs through the files of paths, with what prevents one from being
// read if that is known already.
func vectorFiles(paths []string) func(yield func(string, error) bool) {
	return func(yield func(string, error) bool) {
		for _, path := range paths {
			if info, err := os.Stat(path); err != nil || !info.IsDir() {
				if !yield(path, err) {
					return
				}
				continue
			}
			found, stopped := false, false
			err := fs.WalkDir(os.DirFS(path), ".", func(name string, d fs.DirEntry, err error) error {
				if err == nil && (d.IsDir() || !strings.HasSuffix(name, ".json")) {
					return nil
				}
				found = true
				if err == nil && d.Type()&^fs.ModeSymlink != 0 {
					err = errors.New("it is no regular file")
				}
				if !yield(filepath.Join(path, filepath.FromSlash(name)), err) {
					stopped = true
					return fs.SkipAll
				}
				return nil
			})
			if stopped {
				return
			}
			if !found {
				if err == nil {
					err = errors.New("no *.json below it")
				}
				if !yield(path, err) {
					return
				}
			}
		}
	}
}

// verifyFile verifies a file, unless err says that it cannot be read.
func verifyFile(path string, err error) vectorsFile {
	f := vectorsFile{File: path, Failures: []vectors.Failure{}}
	var b []byte
	if err == nil {
		b, err = readVectors(path)
	}
	var r *vectors.Report
	if err == nil {
		r, err = vectors.Verify(b)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok { // the path is said already
		err = e.Err
	}
	if err != nil {
		f.Error = err.Error()
		return f
	}
	f.Kind, f.Total, f.Passed, f.Failures = r.Kind, r.Total, r.Passed, r.Failures
	return f
}

// readVectors reads a file, and one that is too large only far enough to be
// refused for it.
func readVectors(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, vectors.MaxSize+1))
}
