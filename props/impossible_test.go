package props

import (
	"errors"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// script reads the steps of a script, written with "; " between them.
func script(t *testing.T, text string) []sim.ScriptStep {
	t.Helper()
	p, err := plan.Load("test.yaml", []byte("name: test\nscript: |\n  "+strings.ReplaceAll(text, "; ", "\n  ")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p.Script
}

// impossible are scripts whose last step cannot be carried out, and a part of the
// reason.
var impossible = []struct{ script, says string }{
	{"create A; add A B; commit A psk res:2", "there is no epoch 2"},
	{"create A; keepres A 1; add A B; commit A psk res:0", "B does not hold res:0"},
	{"create A; add A B; commit A; commit B psk res:1", "A does not hold res:1"},
	{"create A; add A B C; keepres A 1; keepres B 1; commit A; freeze C; commit B psk res:1; thaw C", "psk"},
	{"create A; add A B; secret p; propose B update; commit A nopath psk p", "must have a path"},
	{"create A; add A B; secret p; commit A nopath remove B psk p", "must have a path"},
	{"create A; group G; in G external A", "nobody is in the group yet"},
	{"create A; group G; in G create A; add A B; in G commit B", "B is not a member"},
	{"create A; add A B; group G; in G create A; in G add A B; in G commit A psk res:0", "does not hold res:0"},
	{"create A; add A B C; external B", "leaf.signature_key.unique"},
	{"create A; add A B C; external D resync", "D is not a member"},
	{"create A; external A resync", "no member can give"},
	{"create A; add A B C; freeze B; external B resync", "B is frozen"},
	{"create A; add A B; external C psk res:1", "who joins has not got res:1"},
	{"create A; add A B; steal B", "no KeyPackage"},
	{"create A; add A B; add A C psk res:1", "who joins has not got res:1"},
}

func TestImpossibleSteps(t *testing.T) {
	for _, c := range impossible {
		steps := script(t, c.script)
		_, err := Carry(steps, 1, nil)
		e, ok := errors.AsType[*sim.StepError](err)
		if !ok || e.Step.Line != steps[len(steps)-1].Line || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.script, err, c.says)
		}
	}
}

// agreeing are scripts on which the two engines have to agree, for what each teaches
// the attacker at a moment when no shipped plan does.
var agreeing = []string{
	// A label of the application's is known before the exporter_secret is.
	"create A; add A B C; commit A; export A p; snapshot B only exporter init leaf path; commit C psk p",
	// A Welcome of a young group is opened while the first is older.
	"create A; add A B; commit A; commit B; group G; in G create A; keypackage D; steal D; in G add A D nopath; in G commit D",
	// A PrivateMessage is opened long after it was sent.
	"create A; add A B C; framing private; commit A; freeze C; commit B; propose A update; commit B; snapshot C",
	// What is known of a Welcome without any key of its receiver.
	"create A; add A B C; known p; badrandom B; add B D psk p; commit D",
}

func TestEnginesAgree(t *testing.T) {
	for _, text := range agreeing {
		r, err := Carry(script(t, text), 1, nil)
		if err != nil || len(r.Leaked()) == 0 && len(r.Result.Branches) == 0 {
			t.Errorf("%s: %v", text, err)
		}
	}
}
