package sim_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

// script reads the steps of a history; the language proper is read by sim/plan.
func script(t testing.TB, text string) *sim.Plan {
	t.Helper()
	p := &sim.Plan{Name: "script", Seed: 1}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, part := range strings.Split(line, ";") {
			if w := strings.Fields(part); len(w) > 0 {
				p.Script = append(p.Script, step(t, i+1, w))
			}
		}
	}
	return p
}

func step(t testing.TB, line int, w []string) sim.ScriptStep {
	s := sim.ScriptStep{Line: line, Verb: sim.Verb(w[0]), Who: w[1], Text: strings.Join(w, " ")}
	rest := w[2:]
	if s.Verb == "propose" {
		s.Verb += sim.Verb(" " + rest[0])
		rest = rest[1:]
	}
	for _, x := range rest {
		n, err := strconv.Atoi(x)
		switch {
		case x == "nopath":
			s.NoPath = true
		case x == "omit":
			s.Omit = true
		case s.Verb == sim.VerbSnapshot && x != "only":
			s.Only = append(s.Only, x)
		case s.Verb == sim.VerbSend && err == nil:
			s.Count = n
		case x != "remove" && x != "only":
			s.Others = append(s.Others, x)
		}
	}
	return s
}

// run runs a plan on a toy.
func run(t testing.TB, p *sim.Plan) *sim.Result {
	t.Helper()
	r, err := sim.Run(p, newToy(""), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// story tells which epochs leaked (those marked * after their end) and what healed.
func story(r *sim.Result) string {
	var s []string
	for _, e := range r.Epochs {
		if e.LeakedAt != sim.Never {
			s = append(s, fmt.Sprint(e.Epoch))
			if e.Retroactive {
				s[len(s)-1] += "*"
			}
		}
	}
	for _, h := range r.Heals {
		s = append(s, fmt.Sprintf("%s@%d:%s", r.Clients[r.Compromises[h.Compromise].Client], h.Epoch, h.Cause))
	}
	return strings.Join(s, " ")
}

// base is a group of four who have all refreshed their keys; it is in epoch 7.
const base = "create A; add A B; add A C; add A D; commit A; commit B; commit C; commit D\n"

func TestScriptsLeakAndHeal(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"own commit", "snapshot A; commit B; commit C; commit A; commit B", "7 8 9 A@10:own_commit"},
		{"update omitted, then covered", "snapshot A; propose A update; commit B omit; propose A update; commit C; commit D", "7 8 A@9:update"},
		{"update stolen with the state", "propose A update; snapshot A; commit C; commit D; commit B; commit A", "7 8 9 10 A@11:own_commit"},
		{"a commit without a path", "snapshot A; add A E nopath; commit B; commit A", "7 8 9 A@10:own_commit"},
		{"removal", "snapshot A; commit B; commit C remove A; commit B", "7 8 A@9:removal"},
		{"removal by reference", "snapshot A; propose B remove A; commit C; commit B", "7 A@8:removal"},
		{"a Remove beats an Update", "snapshot A; propose A update; propose B remove A; commit C", "7 A@8:removal"},
		{"the last of two heals both", "snapshot A; snapshot B; commit A; commit C; commit B; commit D", "7 8 9 A@10:own_commit B@10:own_commit"},
		{"both updates in one commit", "snapshot A; snapshot B; propose A update; propose B update; commit C; commit D", "7 A@8:update B@8:update"},
		{"remover's own path heals both", "snapshot A; snapshot B; commit A remove B; commit C", "7 A@8:own_commit B@8:removal"},
		{"a later theft opens the past", "snapshot A; commit A; commit D; commit D; commit A; snapshot C; commit C", "7 8* 9* 10* 11 A@8:own_commit C@12:own_commit"},
		{"group secrets alone", "snapshot A only init enc; commit B", "7 A@8:path"},
		{"leaf key alone", "snapshot A only leaf; commit B; commit C", "A@8:path"},
		{"init_secret without a path", "snapshot A only init; add A E nopath; commit B", "8 A@9:path"},
		{"hoarding", "hoard A; commit A; commit B; commit C; snapshot A", "7* 8* 9* 10"},
		{"deletion", "commit A; commit B; commit C; snapshot A", "10"},
		{"hoarding survives removal", "hoard A; commit B remove A; snapshot A; commit C", "7* A@8:removal"},
		{"hoarding survives rejoining", "hoard A; commit B remove A; commit C; add B A; snapshot A", "7* 10"},
		{"stale", "freeze B; commit A; commit C; commit D; snapshot B; commit A", "7* 8* 9* 10 11"},
		{"evicted stale", "freeze B; commit A; commit C; commit D remove B; commit A; snapshot B; commit C", "7* 8* 9* B@10:removal"},
		{"thawed", "freeze B; commit A; thaw B; commit C; snapshot B", "9"},
		{"joined anew by a fresh KeyPackage", "snapshot B; commit A; commit C remove B; add A B; commit D", "7 8 B@9:removal"},
		{"secret tree in use", "send A; commit B; send C; snapshot D only enc; commit A", "8 D@9:path"},
		{"what the secret tree no longer holds", "send A; snapshot D only init; commit A", "D@8:path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, script(t, base+test.script))
			if got := story(r); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.script, got, test.want)
			}
			if r.Mismatches != nil {
				t.Error("a plain run says that something was compared")
			}
		})
	}
}

// The order of the signs of a leak: it is retroactive only once its epoch is over.
func TestRetroactiveMeansAfterTheEnd(t *testing.T) {
	r := run(t, script(t, base+"freeze B; commit A; snapshot B; thaw B; commit B"))
	for _, e := range r.Epochs {
		if e.LeakedAt == sim.Never {
			continue
		}
		if late := e.LeakedAt > e.Start && e.End != sim.Never && e.LeakedAt >= e.End; late != e.Retroactive {
			t.Errorf("epoch %d from %d to %d leaked at %d, retroactive %v", e.Epoch, e.Start, e.End, e.LeakedAt, e.Retroactive)
		}
	}
	if got := story(r); got != "7* 8 B@9:own_commit" {
		t.Error(got)
	}
}

func TestEpochRecords(t *testing.T) {
	r := run(t, script(t, base+"propose A update; propose B update; propose C update; propose A remove C; commit D; add A E F nopath"))
	type row struct {
		Epoch                           uint64
		Committer                       string
		Path                            bool
		Adds, Updates, Removes, Members int
	}
	var got []row
	for _, e := range r.Epochs[7:] {
		got = append(got, row{e.Epoch, r.Clients[e.Committer], e.Path, e.Adds, e.Updates, e.Removes, e.Members})
	}
	want := []row{
		{7, "D", true, 0, 0, 0, 4},
		{8, "D", true, 0, 2, 1, 3},
		{9, "A", false, 2, 0, 0, 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Epochs[8].End != r.Epochs[9].Start || r.Epochs[9].End != sim.Never {
		t.Errorf("epoch 8 ends at %d, 9 begins at %d and ends at %d", r.Epochs[8].End, r.Epochs[9].Start, r.Epochs[9].End)
	}
	if r.Epochs[9].Cost.Seals != 2 {
		t.Errorf("epoch 9 cost %d encryptions", r.Epochs[9].Cost.Seals)
	}
}

func TestMessagesAreReadForward(t *testing.T) {
	r := run(t, script(t, base+"send A 3; send B; snapshot D; send A 2; commit D; send A"))
	var read []bool
	for _, m := range r.Messages {
		read = append(read, m.ReadAt != sim.Never)
	}
	// D has consumed the keys of the first four; what A sends then, it can read.
	if want := []bool{false, false, false, false, true, true, false}; !slices.Equal(read, want) {
		t.Errorf("messages read: %v, want %v", read, want)
	}
	if m := r.Messages[4]; m.ReadAt != m.At {
		t.Errorf("sent at %d, read at %d", m.At, m.ReadAt)
	}
}

func TestCells(t *testing.T) {
	r := run(t, script(t, base+"snapshot A; commit B; commit A; commit C"))
	got := map[string]string{}
	for _, c := range r.Cells {
		s := string(c.State)
		if c.LeafKey {
			s += " key"
		}
		if c.Taken {
			s += " taken"
		}
		got[fmt.Sprintf("%s%d", r.Clients[c.Client], c.Epoch)] = s
	}
	for cell, want := range map[string]string{
		"A6": "safe key", "A7": "leaked key taken", "B7": "leaked", "A8": "leaked key", "A9": "healed", "B9": "safe", "A10": "safe", "A0": "safe",
	} {
		if got[cell] != want {
			t.Errorf("cell %s: %q, want %q", cell, got[cell], want)
		}
	}
	if _, there := got["D2"]; there {
		t.Error("D has a cell before it joined")
	}
}

func TestIllegalSteps(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"commit A", "there is no group yet"},
		{"external A", "there is no group yet"},
		{"create A; create B", "the group exists already"},
		{"create A; commit B", `nobody is called "B"`},
		{"create A; add A", "needs the names"},
		{"create A; add A B B", "named twice"},
		{"create A; add A A", "A is a member already"},
		{base + "add A B", "B is a member already"},
		{base + "freeze A; add A E", "A is frozen: thaw A first"},
		{base + "freeze A; commit A", "A is frozen"},
		{base + "freeze A; send A", "A is frozen"},
		{base + "freeze A; propose A update", "A is frozen"},
		{base + "freeze A; propose A remove B", "A is frozen"},
		{base + "freeze A; freeze A", "A is frozen"},
		{base + "thaw A", "A is not frozen"},
		{base + "hoard A; hoard A", "hoards already"},
		{base + "commit A remove B; commit B", "B is not a member: add B first"},
		{base + "commit A remove B; send B", "B is not a member"},
		{base + "commit A remove B; snapshot B", "nothing to take"},
		{base + "commit A remove B; snapshot B only init", "it holds nothing"},
		{base + "commit A remove B; commit C remove B", "B is not a member"},
		{base + "commit A remove B; propose C remove B", "B is not a member"},
		{base + "freeze B; commit A remove B; add A B", "removed while frozen and still holds its old state: thaw B first"},
		{base + "commit A remove A", "cannot commit its own removal"},
		{base + "commit A remove B B", "named twice"},
		{base + "commit A remove X", `nobody is called "X"`},
		{base + "propose A remove X", `nobody is called "X"`},
		{base + "commit A nopath", "a Commit without proposals must have a path"},
		{base + "commit A nopath remove B", "covers an Update or a Remove must have a path"},
		{base + "propose B update; commit A nopath", "covers an Update or a Remove must have a path"},
		{base + "propose B update; commit A nopath omit", "a Commit without proposals must have a path"},
		{base + "propose B update; send A", "must commit before it sends"},
		{base + "snapshot A only node:3", "A does not hold node:3: it holds init, enc, leaf, res"},
		{base + "snapshot A only key", `no component is called "key"`},
		{base + "snapshot A only node:x", `no component is called "node:x"`},
		{base + "snapshot X", `nobody is called "X"`},
		{base + "merge A", `no step begins with "merge"`},
	} {
		p := script(t, test.script)
		_, err := sim.Run(p, newToy(""), sim.Options{})
		e, ok := errors.AsType[*sim.StepError](err)
		switch {
		case !ok:
			t.Errorf("%s: %v, want a StepError", test.script, err)
		case !strings.Contains(e.Reason, test.want):
			t.Errorf("%s: %q, want %q", test.script, e.Reason, test.want)
		case e.Step.Text != p.Script[len(p.Script)-1].Text:
			t.Errorf("%s: blames %q", test.script, e.Step.Text)
		}
	}
}

// What ends in an error above is legal a step later.
func TestLegalAfterwards(t *testing.T) {
	for _, s := range []string{
		"freeze B; commit A remove B; thaw B; add A B; commit B",
		"freeze A; thaw A; commit A",
		"propose B update; commit A; send A",
		"propose B update; commit B; commit A",
		"propose A remove A; commit B; commit C",
		"freeze B; snapshot B; commit A; commit C; thaw B; send B 2",
		"freeze B; send A 2; propose C update; commit A; send C; thaw B; send B",
		"propose B update; freeze B; commit A; thaw B; commit B",
		"propose B update; propose B update; commit A; commit B",
		"commit A remove B; add A B; hoard B; commit B",
		"add A E nopath; commit E",
	} {
		run(t, script(t, base+s))
	}
}

// A refusal by the protocol of a step's own commit is the script's fault, and
// names the requirement; a receiver's is not.
func TestRefusals(t *testing.T) {
	p := script(t, "create A; add A B; commit A")
	_, err := sim.Run(p, refuser{newToy("")}, sim.Options{})
	if e, ok := errors.AsType[*sim.StepError](err); !ok || !strings.Contains(e.Reason, "commit.path.required") {
		t.Errorf("%v", err)
	}
	_, err = sim.Run(p, newToy("refuse"), sim.Options{})
	if _, ok := errors.AsType[*sim.StepError](err); ok || err == nil || !strings.Contains(err.Error(), "commit.confirmation_tag") {
		t.Errorf("%v", err)
	}
}

// The engine looks at what members believe and read, without a second backend.
func TestMembersMustAgree(t *testing.T) {
	for broken, want := range map[string]string{
		"agreement": "where the committer", "data": "reads",
		"forgets": "A (step 12) and A (step 13) encrypt under the same key: epoch 7, leaf 0, generation 0",
	} {
		_, err := sim.Run(script(t, base+"send A 2"), newToy(broken), sim.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s broken: %v", broken, err)
		}
	}
}

// refuser refuses a Commit that adds nobody by asking for it without a path.
type refuser struct{ *toy }

func (r refuser) Create(s sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := r.toy.Create(s, c)
	return refusing{m}, err
}

type refusing struct{ sim.Machine }

func (r refusing) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	if c, ok := in.(sim.Commit); ok && len(c.Adds) == 0 {
		c.NoPath = true
		in = c
	}
	m, out, err := r.Machine.Step(in)
	if out.Next != nil {
		out.Next = refusing{out.Next}
	}
	return refusing{m}, out, err
}
