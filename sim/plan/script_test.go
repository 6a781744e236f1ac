package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

func TestEveryStepIsRead(t *testing.T) {
	text := `name: all
script: |  # the whole language

  create A
  add A B C     # two at once
    add B D nopath
  commit C nopath remove B D omit
  commit C omit
  propose C update
  propose A remove C
  snapshot A
  snapshot A only init enc leaf node:12 res
  hoard A
  freeze C
  thaw C
  send A
  send A 12
  drop
  deliver B C
  keep m
  expect accept
  expect refuse framing.epoch by B C
  release m
  release m B
  forge A commit add G H remove B garbage C guess
  forge A update
  forge A add I
  forge A remove B guess
  fork x
  fork y at 7
  on x commit A omit
  close x
  commit A rotate
  forge A keypackage guess
  forge A welcome V on z
  vouch A
  revoke A
  groupinfo A
  lure V by m on w resync
  forge A external resync
  forge A groupinfo
  propose A reinit R
  commit C nopath reinit R
  reinit A nopath
  subgroup A T C D nopath
  in T commit A
  wait 1d12h
  retain A skipped=0 paths keys
  watch A only init
  unwatch A
  secret p
  forge A commit psk p res:3
`
	p, err := Load("all.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	seven, none := uint64(7), 0
	want := []sim.ScriptStep{
		{Line: 4, Verb: sim.VerbCreate, Who: "A"},
		{Line: 5, Verb: sim.VerbAdd, Who: "A", Others: []string{"B", "C"}},
		{Line: 6, Verb: sim.VerbAdd, Who: "B", Others: []string{"D"}, NoPath: true},
		{Line: 7, Verb: sim.VerbCommit, Who: "C", Others: []string{"B", "D"}, NoPath: true, Omit: true},
		{Line: 8, Verb: sim.VerbCommit, Who: "C", Omit: true},
		{Line: 9, Verb: sim.VerbProposeUpdate, Who: "C"},
		{Line: 10, Verb: sim.VerbProposeRemove, Who: "A", Others: []string{"C"}},
		{Line: 11, Verb: sim.VerbSnapshot, Who: "A"},
		{Line: 12, Verb: sim.VerbSnapshot, Who: "A", Only: []string{"init", "enc", "leaf", "node:12", "res"}},
		{Line: 13, Verb: sim.VerbHoard, Who: "A"},
		{Line: 14, Verb: sim.VerbFreeze, Who: "C"},
		{Line: 15, Verb: sim.VerbThaw, Who: "C"},
		{Line: 16, Verb: sim.VerbSend, Who: "A", Count: 1},
		{Line: 17, Verb: sim.VerbSend, Who: "A", Count: 12},
		{Line: 18, Verb: sim.VerbDrop},
		{Line: 19, Verb: sim.VerbDeliver, Others: []string{"B", "C"}},
		{Line: 20, Verb: sim.VerbKeep, Name: "m"},
		{Line: 21, Verb: sim.VerbExpectAccept},
		{Line: 22, Verb: sim.VerbExpectRefuse, ID: "framing.epoch", Others: []string{"B", "C"}},
		{Line: 23, Verb: sim.VerbRelease, Name: "m"},
		{Line: 24, Verb: sim.VerbRelease, Name: "m", Others: []string{"B"}},
		{Line: 25, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedCommit, Adds: []string{"G", "H"}, Others: []string{"B"}, Garbage: []string{"C"}, Guess: true},
		{Line: 26, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedUpdate},
		{Line: 27, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedAdd, Adds: []string{"I"}},
		{Line: 28, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedRemove, Others: []string{"B"}, Guess: true},
		{Line: 29, Verb: sim.VerbFork, Name: "x"},
		{Line: 30, Verb: sim.VerbFork, Name: "y", Epoch: &seven},
		{Line: 31, Verb: sim.VerbCommit, On: "x", Who: "A", Omit: true},
		{Line: 32, Verb: sim.VerbClose, Name: "x"},
		{Line: 33, Verb: sim.VerbCommit, Who: "A", Rotate: true},
		{Line: 34, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedKeyPackage, Guess: true},
		{Line: 35, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedWelcome, Adds: []string{"V"}, Name: "z"},
		{Line: 36, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedIdentity},
		{Line: 37, Verb: sim.VerbRevoke, Who: "A"},
		{Line: 38, Verb: sim.VerbGroupInfo, Who: "A"},
		{Line: 39, Verb: sim.VerbLure, Who: "V", ID: "m", Name: "w", Resync: true},
		{Line: 40, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedExternal, Resync: true},
		{Line: 41, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedGroupInfo},
		{Line: 42, Verb: sim.VerbProposeReInit, Who: "A", Name: "R"},
		{Line: 43, Verb: sim.VerbCommit, Who: "C", NoPath: true, Name: "R"},
		{Line: 44, Verb: sim.VerbReInit, Who: "A", NoPath: true},
		{Line: 45, Verb: sim.VerbSubgroup, Who: "A", Name: "T", Others: []string{"C", "D"}, NoPath: true},
		{Line: 46, Verb: sim.VerbCommit, Who: "A", On: "T"},
		{Line: 47, Verb: sim.VerbWait, For: sim.Time(36 * hour)},
		{Line: 48, Verb: sim.VerbRetain, Who: "A", Skipped: &none, Kept: []string{"paths", "keys"}},
		{Line: 49, Verb: sim.VerbWatch, Who: "A", Only: []string{"init"}},
		{Line: 50, Verb: sim.VerbUnwatch, Who: "A"},
		{Line: 51, Verb: sim.VerbSecret, Name: "p"},
		{Line: 52, Verb: sim.VerbForge, Who: "A", Forge: sim.ForgedCommit, PSKs: []string{"p", "res:3"}},
	}
	lines := strings.Split(text, "\n")
	for i := range want {
		line := lines[want[i].Line-1]
		want[i].Column = len(line) - len(strings.TrimLeft(line, " ")) + 1
		line, _, _ = strings.Cut(line, "#")
		want[i].Text = strings.TrimSpace(line)
	}
	if diff := cmp.Diff(want, p.Script); diff != "" {
		t.Fatal(diff)
	}
}

// Each script, behind "create A" and "add A B" in lines 3 and 4, has one thing
// wrong in its last line; the column and a part of the message are given.
var refusedSteps = []struct{ step, column, says string }{
	{"comit A", "3", `did you mean "commit"?`},
	{"zzzzzz A", "3", "the steps are create, add"},
	{"create C", "3", "a second group"},
	{"in G create A", "6", "there is no group"},
	{"group", "8", "missing"},
	{"add", "6", "a member is missing"},
	{"add A", "8", "a member is missing"},
	{"add A nopath", "9", `a member is missing before "nopath"`},
	{"add A A", "9", "A cannot add itself"},
	{"add A C C", "11", "C is named twice"},
	{"add A C nopath nopath", "18", "nothing is to follow"},
	{"add Z C", "7", `nobody is called "Z" here`},
	{"add A 3C", "9", "cannot name a member"},
	{"add A update", "9", "a member is missing"},
	{"commit", "9", "a member is missing"},
	{"commit Z", "10", "so far there are A, B"},
	{"commit A B", "12", "nothing is to follow"},
	{"commit A remove", "18", "a member is missing"},
	{"commit A remove A", "19", "cannot remove its committer"},
	{"commit A remove B B", "21", "B is named twice"},
	{"commit A remove C", "19", `nobody is called "C"`},
	{"commit A omit omit", "17", "nothing is to follow"},
	{"propose A", "12", "update, remove or reinit is missing"},
	{"propose A upgrade", "13", "nobody can propose"},
	{"propose A remove", "19", "a member is missing"},
	{"propose A remove Z", "20", `nobody is called "Z"`},
	{"propose A update B", "20", "nothing is to follow"},
	{"propose A reinit", "19", "a name for the branch is missing"},
	{"commit A reinit A-B", "19", "is no name"},
	{"commit A reinit G reinit H", "21", "nothing is to follow"},
	{"retain A path", "12", "ratchets, keys"},
	{"retain A paths paths", "18", "named twice"},
	{"wait", "7", "a duration is missing"},
	{"wait 5", "8", "has no unit"},
	{"wait 0", "8", "in no time"},
	{"wait 36526d", "8", "more than a hundred years"},
	{"reinit", "9", "a member is missing"},
	{"reinit A G", "12", "nothing is to follow"},
	{"subgroup A", "13", "a name for the branch is missing"},
	{"subgroup A G", "15", "a member is missing"},
	{"subgroup A G A", "16", "A is in it anyway"},
	{"snapshot A only", "18", "a component is missing"},
	{"snapshot A only everything", "19", "no component"},
	{"snapshot A only leaf leaf", "24", "named twice"},
	{"snapshot A only node:x", "19", "index of a node"},
	{"snapshot A leaf", "14", "nothing is to follow"},
	{"hoard", "8", "a member is missing"},
	{"freeze Z", "10", "nobody is called"},
	{"thaw A B", "10", "nothing is to follow"},
	{"send A 0", "10", "not a number of messages"},
	{"send A -1", "10", "not a number of messages"},
	{"send A many", "10", "not a number of messages"},
	{"send A 1 2", "12", "nothing is to follow"},
	{"fork", "7", "a name for the branch is missing"},
	{"fork x at", "12", "is not an epoch"},
	{"fork x at -1", "13", "is not an epoch"},
	{"fork x y", "10", "nothing is to follow"},
	{"on x commit A", "6", "there is no branch"},
	{"on", "5", "the name of a branch is missing"},
	{"close x", "9", "there is no branch"},
	{"forge A welcome", "18", "a member is missing"},
	{"forge A welcome V", "20", "the branch where it leads is missing"},
	{"forge A welcome V on", "23", "a name for the branch is missing"},
	{"vouch", "8", "a member is missing"},
	{"lure V", "9", "the GroupInfo is missing"},
	{"lure V by m on x", "13", "no message is kept"},
	{"revoke Z", "10", "nobody is called"},
	{"forge", "8", "a member is missing"},
	{"forge A", "10", "what to forge is missing"},
	{"forge A magic", "11", "nobody can forge"},
	{"forge A add", "14", "a member is missing"},
	{"forge A add C D", "11", "a proposal is about one member"},
	{"forge A remove", "17", "a member is missing"},
	{"forge A update guess guess", "24", "nothing is to follow"},
	{"forge A commit add C add D", "24", "nothing is to follow"},
	{"forge A commit remove Z", "25", "nobody is called"},
	{"drop m", "8", "nothing is to follow"},
	{"deliver", "10", "a member is missing"},
	{"deliver Z", "11", `nobody is called "Z"`},
	{"deliver A A", "13", "A is named twice"},
	{"keep", "7", "a name for the message is missing"},
	{"keep 1", "8", "is no name"},
	{"release m", "11", `no message is kept as "m"`},
	{"expect", "9", "accept or refuse is missing"},
	{"expect praise", "10", "nobody can be expected"},
	{"expect refuse", "16", "the requirement is missing"},
	{"expect refuse epoch", "17", "is not the name of a requirement"},
	{"expect accept by", "19", "a member is missing"},
	{"expect accept A", "17", "nothing is to follow"},
}

func TestEachWrongStepIsFound(t *testing.T) {
	for _, c := range refusedSteps {
		_, err := Load("p.yaml", []byte("name: x\nscript: |\n  create A\n  add A B\n  "+c.step+"  # why\n"))
		list, _ := err.(Errors)
		if len(list) != 1 {
			t.Errorf("%s: got %v, want one error", c.step, err)
			continue
		}
		if got := err.Error(); !strings.HasPrefix(got, "p.yaml:5:"+c.column+": ") || !strings.Contains(got, c.says) {
			t.Errorf("%s: want column %s and %q in\n%s", c.step, c.column, c.says, got)
		}
	}
}

func TestAScriptStartsWithAGroup(t *testing.T) {
	_, err := Load("p.yaml", []byte("name: x\nscript: |\n  commit A\n  commit B\n"))
	if got := err.Error(); !strings.HasPrefix(got, "p.yaml:3:3: there is no group yet") {
		t.Fatal(got)
	}
}

func TestScriptLinesWithCarriageReturns(t *testing.T) {
	p, err := Load("p.yaml", []byte("name: x\r\nscript: |\r\n  create A\r\n  add A B\r\n"))
	if err != nil || len(p.Script) != 2 || p.Script[1].Text != "add A B" || p.Script[1].Line != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
}

func TestCreateNamesExternalSenders(t *testing.T) {
	p, err := Load("p.yaml", []byte("name: x\nscript: |\n  create A sender S T\n  snapshot T\n"))
	if err != nil || !cmp.Equal(p.Script[0].Others, []string{"S", "T"}) {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, c := range []struct{ step, says string }{
		{"create A B", "nothing is to follow"},
		{"create A sender", "a member is missing"},
		{"create A sender A", "cannot be in the group and outside"},
		{"create A sender S S", "S is named twice"},
	} {
		_, err := Load("p.yaml", []byte("name: x\nscript: |\n  "+c.step+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.step, err)
		}
	}
}
