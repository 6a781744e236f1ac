package vectors

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mlssim/impl/suite"
	"mlssim/impl/vectortest"
	"mlssim/spec"
)

var long = flag.Bool("long", false, "change 16 values of each case instead of one, and make negative vectors of all suites as a whole")

// TestChangedVectorsFail changes one value in every case of the official files,
// and every case fails. The values are drawn; what a value may become so that it
// says something else is in alter.
func TestChangedVectorsFail(t *testing.T) {
	rounds := 1
	if *long {
		rounds = 16
	}
	for _, f := range official {
		t.Run(f.file, func(t *testing.T) {
			t.Parallel()
			b := vectortest.Read(t, f.file)
			for round := range rounds {
				r := named(fmt.Sprint(f.file, round))
				changed, what := changeAll(t, r, f.kind, b)
				report, err := Verify(changed)
				if err != nil {
					t.Fatal(err)
				}
				failed := map[int]bool{}
				for _, failure := range report.Failures {
					failed[failure.Case] = true
				}
				for i, how := range what {
					if !failed[i] {
						t.Errorf("round %d, case %d passes with %s", round, i, how)
					}
				}
			}
		})
	}
}

// changeAll changes a value in each case, and says which.
func changeAll(t *testing.T, r *source, kind string, b []byte) (changed []byte, what []string) {
	t.Helper()
	var cases []any
	var all any
	if err := unmarshalAny(b, &all); err != nil {
		t.Fatal(err)
	}
	cases = all.([]any)
	for i, v := range cases {
		values := map[string]any{}
		collect(values, "", v)
		path := slices.Sorted(maps.Keys(values))[r.IntN(len(values))]
		m := mutation{source: r, kind: kind, suite: suiteOf(t, v), path: path}
		after := m.alter(values[path])
		if after == values[path] {
			t.Fatalf("case %d: %s stays %v", i, path, after)
		}
		replace(v, strings.Split(path, "."), after)
		what = append(what, fmt.Sprintf("%s %.80v for %.80v", path, after, values[path]))
	}
	changed, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	return changed, what
}

// collect lists the strings and numbers of a JSON value by path.
func collect(into map[string]any, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, part := range v {
			collect(into, join(at, name), part)
		}
	case []any:
		for i, part := range v {
			collect(into, join(at, strconv.Itoa(i)), part)
		}
	case string, json.Number:
		into[at] = v
	}
}

// replace puts a value in the place of the one at a path.
func replace(v any, path []string, value any) {
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 {
			v[path[0]] = value
			return
		}
		replace(v[path[0]], path[1:], value)
	case []any:
		i, _ := strconv.Atoi(path[0])
		if len(path) == 1 {
			v[i] = value
			return
		}
		replace(v[i], path[1:], value)
	}
}

// suiteOf returns the suite of a case, nil if it has none.
func suiteOf(t *testing.T, v any) *suite.Suite {
	t.Helper()
	n, ok := v.(map[string]any)["cipher_suite"]
	if !ok {
		return nil
	}
	id, err := strconv.ParseUint(string(n.(json.Number)), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.Get(spec.CipherSuite(id))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A mutation is a change of one value.
type mutation struct {
	*source
	kind  string
	suite *suite.Suite
	path  string
}

// alter returns another value that says something else.
func (m *mutation) alter(v any) any {
	if n, ok := v.(json.Number); ok {
		return m.number(n)
	}
	s := v.(string)
	name := m.path[strings.LastIndexByte(m.path, '.')+1:]
	switch {
	case name == "label":
		return m.flip(s, 0, len(s))
	case s == "":
		return "00"
	case m.kind == "messages":
		return m.structure(name, s)
	case slices.Contains([]string{"priv", "init_priv", "encryption_priv"}, name) && !strings.Contains(m.path, "sign"):
		// The private keys of X25519 and X448 have bits that do not count, in the
		// first and last byte (RFC 7748, Section 5).
		return m.flip(s, 2, len(s)-2)
	case m.path == "sender_data.ciphertext":
		// A sample of Nh bytes is all that is used of it (RFC 9420, Section 6.3.2).
		return m.flip(s, 0, min(len(s), 2*m.suite.Nh))
	}
	return m.flip(s, 0, len(s))
}

// flip changes a digit from first to before end.
func (m *mutation) flip(s string, first, end int) string {
	const digits = "0123456789abcdef"
	at := first + m.IntN(end-first)
	old := strings.IndexByte(digits, s[at])
	if old < 0 { // a label
		return s[:at] + "." + s[at+1:]
	}
	return s[:at] + string(digits[(old+1+m.IntN(15))%16]) + s[at+1:]
}

// structure changes a structure that is right in form to one that is not: the
// format asks for nothing else, and any signature or key is as good as another.
// What can be changed for that is the version and wire format of a message. All
// that follows, and all of the other structures, may as well be others in the same
// form, even the lengths: of those the last byte is gone.
func (m *mutation) structure(name, s string) string {
	if strings.HasPrefix(name, "mls_") || strings.HasPrefix(name, "public_message") || name == "private_message" {
		return m.flip(s, 0, 8)
	}
	return s[:len(s)-2]
}

// number returns another number.
func (m *mutation) number(n json.Number) json.Number {
	v, err := strconv.ParseUint(string(n), 10, 64)
	if err != nil {
		panic(err) // the file has passed
	}
	switch {
	case m.path == "cipher_suite":
		// One of another hash: 1 and 2 derive the same secrets, and 4 to 6.
		for _, other := range suite.All() {
			if other.Nh != m.suite.Nh {
				return json.Number(strconv.Itoa(int(other.ID)))
			}
		}
	case m.path == "proposal_sender":
		// Whoever sends an Add or a Remove, it has to be a member.
		return json.Number(strconv.FormatUint(v+1<<16, 10))
	case v > 1<<63:
		return json.Number(strconv.FormatUint(v-1-m.Uint64N(7), 10))
	}
	return json.Number(strconv.FormatUint(v+1+m.Uint64N(7), 10))
}
