package vectors

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mlssim/impl/suite"
)

// FuzzVerify: no file makes the verifier panic, and what it counts adds up. Bytes
// drawn by the fuzzer seldom get behind JSON and hexadecimal digits, so that the
// same file is also verified with values changed by a seed.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(`[{"vlbytes_header":"00","length":0},{}]`), uint64(0))
	f.Add([]byte(`{}`), uint64(0))
	for _, kind := range Kinds() {
		for i, b := range caseByCase(f, generate(f, kind, 1, suite.All()[0])) {
			f.Add(b, uint64(i))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		if len(b) > 1<<16 {
			t.Skip("nothing new is in large files")
		}
		addsUp(t, b)
		var cases any
		if unmarshalAny(b, &cases) != nil {
			return
		}
		disturb(named(strconv.FormatUint(seed, 10)), cases)
		changed, err := json.Marshal(cases)
		if err != nil {
			t.Fatal(err)
		}
		addsUp(t, changed)
	})
}

// addsUp verifies a file.
func addsUp(t *testing.T, b []byte) {
	t.Helper()
	r, err := Verify(b)
	if err != nil {
		if !errors.Is(err, ErrUnknown) || r != nil {
			t.Errorf("%v, with the report %v", err, r)
		}
		return
	}
	failed := map[int]bool{}
	for _, f := range r.Failures {
		if f.Case < 0 || f.Case >= r.Total || f.Step == "" || f.Detail == "" {
			t.Errorf("of %d cases: %+v", r.Total, f)
		}
		failed[f.Case] = true
	}
	if r.Passed+len(failed) != r.Total {
		t.Errorf("%d passed, %d failed, %d in all", r.Passed, len(failed), r.Total)
	}
}

// caseByCase returns a file for each of the first cases of a file.
func caseByCase(f *testing.F, b []byte) [][]byte {
	var cases []json.RawMessage
	if err := json.Unmarshal(b, &cases); err != nil {
		f.Fatal(err)
	}
	var files [][]byte
	for _, raw := range cases[:min(len(cases), 3)] {
		files = append(files, slices.Concat([]byte("["), raw, []byte("]")))
	}
	return files
}

// disturb puts other values in the place of up to four: digits changed, cut off or
// put in, numbers that are out of range, other types.
func disturb(r *source, v any) {
	values := map[string]any{}
	collect(values, "", v)
	paths := slices.Sorted(maps.Keys(values))
	if len(paths) == 0 || paths[0] == "" { // v itself is a value
		return
	}
	for range 1 + r.IntN(4) {
		path := paths[r.IntN(len(paths))]
		replace(v, strings.Split(path, "."), disturbed(r, values[path]))
	}
}

func disturbed(r *source, v any) any {
	s, ok := v.(string)
	if !ok {
		numbers := []uint64{0, 1, 2, 3, 7, 8, 255, 1 << 16, 1<<31 - 1, math.MaxUint32, math.MaxUint64}
		return json.Number(strconv.FormatUint(numbers[r.IntN(len(numbers))], 10))
	}
	at := r.IntN(len(s)/2 + 1)
	switch r.IntN(6) {
	case 0:
		return nil
	case 1:
		return s[:2*at]
	case 2:
		return string(appendHex(nil, r.upTo(80)))
	case 3:
		return s[:2*at] + string(appendHex(nil, r.upTo(3))) + s[2*at:]
	}
	if 2*at+2 > len(s) {
		return ""
	}
	return s[:2*at] + string(appendHex(nil, r.bytes(1))) + s[2*at+2:]
}

func appendHex(b []byte, h Hex) []byte {
	text, _ := h.MarshalText() // never fails
	return append(b, text...)
}
