package scenario

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// one returns a file with a script of these steps.
func one(steps string) []byte { return []byte(`{"scripts": {"s": [` + steps + `]}}`) }

// TestSpelling: names of fields count without case and underscores, as the official
// files need it.
func TestSpelling(t *testing.T) {
	f, err := Parse("f.json", []byte(`{"mode": "random", "scripts": {
		"b": [{"action": "createGroup", "actor": "a", "members": ["b"]},
		      {"ACTION": "branch", "actor": "a", "members": ["b"], "external_tree": true, "forcePath": true,
		       "extensions": [{"extension_type": 3, "extensionData": "AAAA"}]}],
		"a": [{"action": "createGroup", "actor": "a"},
		      {"action": "reinit", "committer": "a", "proposer": "a", "welcomer": "a", "changeCiphersuite": true, "change_group_id": true}]
	}}`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range f.Scripts {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"b", "a"}, names); diff != "" {
		t.Errorf("order of scripts: %s", diff)
	}
	want := Step{Action: "branch", Actor: "a", Members: []string{"b"}, ExternalTree: true, ForcePath: true, Extensions: []Extension{{3, []byte{0, 0, 0}}}}
	if diff := cmp.Diff(want, f.Scripts[0].Steps[1]); diff != "" {
		t.Error(diff)
	}
	if s := f.Scripts[1].Steps[1]; !s.ChangeCipherSuite || !s.ChangeGroupID {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff([]string{"a", "b"}, f.Scripts[0].Actors); diff != "" {
		t.Error(diff)
	}
}

// TestWrongFiles: what is wrong is said with the file, the script and the step.
func TestWrongFiles(t *testing.T) {
	const create = `{"action": "createGroup", "actor": "a"}, `
	for _, c := range []struct{ file, want string }{
		{``, "f.json: it is no JSON object"},
		{`[]`, "f.json: it is no JSON object"},
		{`{}`, "f.json: there are no scripts"},
		{`{"script": {}}`, `f.json: there is no field "script"`},
		{`{"scripts": {}} {}`, `f.json: something follows the JSON object`},
		{`{"scripts": {"s": [], "s": []}}`, `f.json: scripts: "s" is there twice`},
		{`{"scripts": {"s": {}}}`, "f.json: script s: it is no list of steps"},
		{string(one(`1`)), "f.json: script s: step 0: it is no JSON object"},
		{string(one(`{"actor": "a"}`)), "f.json: script s: step 0: action is missing"},
		{string(one(`{"action": 1}`)), "f.json: script s: step 0: action: it is no string"},
		{string(one(create + `{"action": "fullcommit", "actor": "a"}`)), `f.json: script s: step 1: there is no action "fullcommit"`},
		{string(one(`{"action": "createGroup"}`)), "f.json: script s: step 0: actor is missing"},
		{string(one(`{"action": "createGroup", "actor": ""}`)), "f.json: script s: step 0: actor is missing"},
		{string(one(`{"action": "createGroup", "actor": "a", "joiners": []}`)), `f.json: script s: step 0: there is no field "joiners" here`},
		{string(one(`{"action": "createGroup", "actor": "a", "Actor_": "b"}`)), `f.json: script s: step 0: "Actor_" is there twice`},
		{string(one(`{"action": "createGroup", "actor": "a", "members": "b"}`)), "f.json: script s: step 0: members: a string does not belong here"},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "external_treee": true}`)), `f.json: script s: step 1: there is no field "external_treee" here`},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "byValue": [{"proposalType": "adds"}]}`)), `f.json: script s: step 1: byValue: 0: there is no proposalType "adds"`},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "byValue": [{"proposalType": "add", "removed": "b"}]}`)), `f.json: script s: step 1: byValue: 0: there is no field "removed" here`},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "byValue": [{"proposalType": "add", "keyPackage": 0}]}`)), "f.json: script s: step 1: keyPackage: step 0 (createGroup) does not leave a KeyPackage"},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "byReference": [1]}`)), "f.json: script s: step 1: byReference: step 1 does not come before this one"},
		{string(one(create + `{"action": "fullCommit", "actor": "a", "byReference": [0]}`)), "f.json: script s: step 1: byReference: step 0 (createGroup) does not leave a proposal"},
		{string(one(create + `{"action": "unprotect", "actor": "a", "ciphertext": -1}`)), "f.json: script s: step 1: ciphertext: step -1 does not come before this one"},
		{string(one(create + `{"action": "externalJoin", "actor": "a", "joiner": "b"}, {"action": "joinGroup", "actor": "a", "welcome": 1}`)), "f.json: script s: step 2: welcome: step 1 (externalJoin) does not leave a Commit and Welcome"},
		{string(one(`{"action": "reinit", "committer": "a", "welcomer": "a", "proposer": "a"}`)), "f.json: script s: step 0: there is no group yet"},
		{string(one(create + `{"action": "reinit", "committer": "a", "welcomer": "a", "externalReinitProposal": 0}`)), "f.json: script s: step 1: externalReinitProposal: step 0 (createGroup) does not leave a proposal"},
		{string(one(create + `{"action": "groupContextExtensionsProposal", "actor": "a", "extensions": [{"extension_type": 3}]}`)), "f.json: script s: step 1: extensions: 0: extensiondata is missing"},
	} {
		_, err := Parse("f.json", []byte(c.file))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.file, err, c.want)
		}
	}
}

// FuzzParse: whatever a file holds, it is read or refused, and what was read refers
// only to what is there.
func FuzzParse(f *testing.F) {
	f.Add(one(`{"action": "createGroup", "actor": "a"}, {"action": "commit", "actor": "a", "byValue": [{"proposalType": "remove", "removed": "b"}]}`))
	f.Add([]byte(`{"scripts": {"s": [{"action": null}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse("f", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f: ") {
				t.Errorf("%v does not name the file", err)
			}
			return
		}
		for _, s := range file.Scripts {
			for i, step := range s.Steps {
				for _, ref := range step.ByReference {
					if ref < 0 || ref >= i {
						t.Errorf("step %d refers to %d", i, ref)
					}
				}
				if steps[step.Action] == nil {
					t.Errorf("nobody plays %s", step.Action)
				}
			}
		}
	})
}

// TestEveryActionIsPlayed: what can be read can be played, and the other way round.
func TestEveryActionIsPlayed(t *testing.T) {
	for a := range actions {
		if steps[a] == nil {
			t.Errorf("nobody plays %s", a)
		}
	}
	if len(actions) != len(steps) {
		t.Errorf("%d actions, %d are played", len(actions), len(steps))
	}
}

// TestCasts: all ways to spread actors over clients, each once; or as many different
// ones as asked for, the same from the same seed.
func TestCasts(t *testing.T) {
	draw := func(actors, clients, most int) [][]int {
		return casts(actors, clients, most, rand.New(rand.NewPCG(1, 2)))
	}
	if diff := cmp.Diff([][]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, draw(2, 2, 16)); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ actors, clients, most, want int }{
		{3, 3, 27, 27}, {3, 3, 26, 26}, {8, 2, 256, 256}, {8, 2, 100, 100}, {841, 2, 5, 5}, {841, 1, 5, 1}, {0, 2, 5, 1},
	} {
		list := draw(c.actors, c.clients, c.most)
		if again := draw(c.actors, c.clients, c.most); !cmp.Equal(list, again) {
			t.Errorf("%+v: not the same twice", c)
		}
		slices.SortFunc(list, slices.Compare)
		if n := len(slices.CompactFunc(list, slices.Equal)); n != c.want {
			t.Errorf("%+v: %d different ones", c, n)
		}
		for place := range c.actors { // of many actors none is always with the same client
			if c.clients > 1 && c.want >= 26 && !slices.ContainsFunc(list, func(l []int) bool { return l[place] != list[0][place] }) {
				t.Errorf("%+v: actor %d is always played by %d", c, place, list[0][place])
			}
		}
	}
}
