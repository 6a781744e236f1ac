package vectors

import (
	"testing"

	"mlssim/impl/vectortest"
	"mlssim/spec"
)

// official says how many cases each official file has.
var official = []struct {
	file, kind string
	cases      int
}{
	{"crypto-basics.json", "crypto-basics", 7},
	{"deserialization.json", "deserialization", 14},
	{"key-schedule.json", "key-schedule", 7},
	{"message-protection.json", "message-protection", 7},
	{"messages.json", "messages", 300},
	{"passive-client-handling-commit.json", "passive-client", 91},
	{"passive-client-random.json", "passive-client", 1},
	{"passive-client-welcome.json", "passive-client", 56},
	{"psk_secret.json", "psk_secret", 77},
	{"secret-tree.json", "secret-tree", 21},
	{"transcript-hashes.json", "transcript-hashes", 7},
	{"tree-math.json", "tree-math", 10},
	{"tree-operations.json", "tree-operations", 5},
	{"tree-validation.json", "tree-validation", 98},
	{"treekem.json", "treekem", 77},
	{"welcome.json", "welcome", 7},
}

// TestOfficialVectors carries out every step of every case of the official files.
func TestOfficialVectors(t *testing.T) {
	total, ran := 0, 0
	for _, f := range official {
		t.Run(f.file, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			r, err := Verify(vectortest.Read(t, f.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, failure := range r.Failures {
				t.Error(failure)
			}
			if r.Kind != f.kind || r.Total != f.cases || r.Passed != f.cases {
				t.Errorf("%s: %d/%d, want %s: %d", r.Kind, r.Passed, r.Total, f.kind, f.cases)
			}
			total += r.Passed
			ran++
		})
	}
	if t.Logf("%d cases", total); total != 785 && ran == len(official) { // less if the files are not at hand, or not all are asked for
		t.Errorf("%d cases passed, want 785", total)
	}
}
