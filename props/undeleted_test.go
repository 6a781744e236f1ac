package props

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/symbolic"
)

// undeleted are histories in which B's device is robbed in the end: what comes of them
// if it deletes all that it should from epoch 5 on, and if it leaves out one row of the
// deletion schedule. Rows that are not listed change nothing.
var undeleted = []struct {
	name, script, base string
	rows               map[string]string
}{
	{"its own path, with an init_secret from elsewhere", "snapshot C only init; commit B; commit C; commit B; snapshot B", "8",
		map[string]string{"paths": "6* 7* 8", "schedule": "6* 7* 8", "epochs": "5* 6* 7* 8"}},
	{"the keys that it had before", "snapshot A only init; commit C; commit B; commit D; snapshot B", "8",
		map[string]string{"replaced": "6* 8", "paths": "6* 7* 8", "schedule": "6* 7* 8", "epochs": "5* 6* 7* 8"}},
	{"init_secret", "commit C; commit D; commit C; snapshot B", "8",
		map[string]string{"init": "6* 7* 8", "schedule": "6* 7* 8", "epochs": "5* 6* 7* 8"}},
	{"messages, of which it has read the first", "send C; send C; deliver A D; send D; deliver A C; commit C; snapshot B", "6 read 0",
		map[string]string{"keys": "5* 6 read 1", "ratchets": "5* 6 read 2", "tree": "5* 6 read 3", "epochs": "5* 6 read 3"}},
	{"the KeyPackage that it has come by", "commit A remove B; keypackage B; add A B; commit B; commit C; snapshot B", "9",
		map[string]string{"initkeys": "7* 9", "schedule": "7* 8* 9", "epochs": "7* 8* 9", "removal": "5* 9"}},
	{"it is removed", "commit A remove B; commit C; snapshot B", "B has wiped its state: there is nothing to take",
		map[string]string{"removal": "5*"}},
}

// Each row of the deletion schedule, left out by one member, changes the verdicts that it
// is there for and no others. Model and implementation agree on what is then found.
func TestUndeleted(t *testing.T) {
	changes := map[string]bool{}
	for _, c := range undeleted {
		for _, row := range append([]string{""}, sim.Deletions()...) {
			t.Run(c.name+"/"+row, func(t *testing.T) {
				before, want, b := four, c.base, sim.Backend(symbolic.New(nil))
				if row != "" {
					before += "retain B " + row + "; "
				}
				if changed, ok := c.rows[row]; ok {
					want, b = changed, sim.Lockstep(symbolic.New(nil), Concrete(1))
					changes[row] = true
				}
				if got := comesOf(t, before+c.script, b); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
	}
	for _, row := range sim.Deletions() {
		if !changes[row] {
			t.Errorf("no history shows what row %s is for", row)
		}
	}
}

// All devices leave out everything, and one is robbed of it.
func TestNothingIsDeleted(t *testing.T) {
	const all = " paths replaced init schedule tree ratchets keys epochs initkeys removal; "
	var script strings.Builder
	script.WriteString("create A; add A B C D; ")
	for _, m := range []string{"A", "B", "C", "D"} {
		script.WriteString("retain " + m + all)
	}
	script.WriteString("commit A; send B 2; framing private; propose C update; commit D; keypackage E; retain E" + all +
		"add D E; send E; hoard A; commit E; fork x; commit A remove B; on x commit C; group G; in G create C; in G add C D; " +
		"snapshot B; commit D; in G commit D; on x commit D; snapshot D")
	got := comesOf(t, script.String(), sim.Lockstep(symbolic.New(nil), Concrete(1)))
	if want := "1* 2* 3* 4* 5* 6* 7 read 3 | x 6 7 | G 1* 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// comesOf says which epochs leak in a script, here and elsewhere, and how many of its
// messages are read, or why a step is not possible.
func comesOf(t *testing.T, script string, b sim.Backend) string {
	t.Helper()
	r, err := sim.Run(planned(t, lines(script)), b, sim.Options{})
	if e, ok := errors.AsType[*sim.StepError](err); ok {
		return e.Reason
	}
	if err != nil {
		t.Fatal(err)
	}
	says, read := leaked(r.Epochs), 0
	for _, m := range r.Messages {
		read += one(m.ReadAt != sim.Never)
	}
	if len(r.Messages) > 0 {
		says = append(says, fmt.Sprintf("read %d", read))
	}
	for _, b := range r.Branches {
		says = append(append(says, "|", b.Name), leaked(b.Epochs)...)
	}
	return strings.Join(says, " ")
}
