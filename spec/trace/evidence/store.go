package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// A File is evidence.json.
type File struct {
	Stamp
	Tests []Ran  `json:"tests"`
	Cells []Cell `json:"cells"`
}

// Names of the files in a folder of evidence.
const (
	recordsFile = "evidence.ndjson"
	gradesFile  = "evidence.json"
)

// Save writes evidence into a folder, which it makes if need be.
func Save(dir string, f *File, records []Record) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var lines bytes.Buffer
	if err := WriteRecords(&lines, records); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, recordsFile), lines.Bytes(), 0o644); err != nil {
		return err
	}
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, gradesFile), append(b, '\n'), 0o644)
}

// Open reads what Save wrote.
func Open(dir string) (*File, []Record, error) {
	lines, err := os.ReadFile(filepath.Join(dir, recordsFile))
	if err != nil {
		return nil, nil, err
	}
	records, err := ReadRecords(bytes.NewReader(lines))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", recordsFile, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, gradesFile))
	if err != nil {
		return nil, nil, err
	}
	var f File
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", gradesFile, err)
	}
	return &f, records, nil
}
