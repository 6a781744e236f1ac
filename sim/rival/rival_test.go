package rival

import (
	"fmt"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// play runs a script; steps are separated by semicolons.
func play(t testing.TB, protocol, text string) (*sim.Result, sim.Backend) {
	t.Helper()
	yaml := "name: x\nengine: symbolic\nprotocol: " + protocol + "\nscript: |\n"
	for _, line := range strings.Split(text, ";") {
		yaml += "  " + strings.TrimSpace(line) + "\n"
	}
	p, err := plan.Load("x.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(protocol)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(p, b, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, b
}

// story tells which epochs leaked (those marked * after their end), which messages
// could be read, by their number from 1, and what healed.
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
	for i, m := range r.Messages {
		if m.ReadAt != sim.Never {
			s = append(s, fmt.Sprintf("m%d", i+1))
		}
	}
	for _, h := range r.Heals {
		s = append(s, fmt.Sprintf("%s@%d:%s", r.Clients[r.Compromises[h.Compromise].Client], h.Epoch, h.Cause))
	}
	return strings.Join(s, " ")
}

const (
	// fresh is a group of four in epoch 5 who have all refreshed their keys.
	fresh = "create A; add A B C D; commit A; commit B; commit C; commit D; "
	// talk is a group of four in epoch 1 who have all spoken twice.
	talk = "create A; add A B C D; send A; send B; send C; send D; send A; send B; send C; send D; "
)

// What each protocol is known to give, and not to give, after the compromise of a
// member. The expectations follow from docs/rivals.md.
func TestWhatLeaksAndHeals(t *testing.T) {
	for _, test := range []struct {
		name, script string
		want         map[string]string
	}{
		{"an own Commit heals trees and channels, and of sender keys one chain",
			fresh + "snapshot A; commit B; commit A; commit C", map[string]string{
				ART: "5 6 A@7:own_commit", Tainted: "5 6 A@7:own_commit", Pairwise: "5 6 A@7:own_commit", SenderKeys: "5 6 7 8"}},
		{"with sender keys it takes everybody's new chain, after the victim's answer",
			fresh + "snapshot A; commit A; commit B; commit C; commit D; commit A", map[string]string{
				ART: "5 A@6:own_commit", Tainted: "5 A@6:own_commit", Pairwise: "5 A@6:own_commit", SenderKeys: "5 6 7 8 A@9:own_commit"}},
		{"what is over stays closed", fresh + "send A; commit A; send B; commit B; commit C; snapshot A", map[string]string{
			ART: "8", Tainted: "8", Pairwise: "8", SenderKeys: "8"}},
		{"removal heals all", fresh + "snapshot A; commit B remove A; commit C", map[string]string{
			ART: "5 A@6:removal", Tainted: "5 A@6:removal", Pairwise: "5 A@6:removal", SenderKeys: "5 A@6:removal"}},
		{"double join: whoever added a member that has not refreshed its leaf is still there when removed",
			"create A; add A B; add A C; commit A; commit C; snapshot A; commit C remove A; commit C; commit B; commit C",
			map[string]string{ART: "4 5 6 A@7:removal", Tainted: "4 A@5:removal", Pairwise: "4 A@5:removal", SenderKeys: "4 A@5:removal"}},
		{"and an own Commit of the one who added does not heal",
			"create A; add A B C; commit A; snapshot A; commit A; commit B; commit C; commit A", map[string]string{
				ART: "2 3 4 A@5:own_commit", Tainted: "2 A@3:own_commit", Pairwise: "2 3 4 5 A@6:own_commit", SenderKeys: "2 3 4 5 6"}},
		{"double join: so is whoever removed a member, until somebody beside that leaf refreshes",
			fresh + "commit A remove D; snapshot A; commit B; commit B remove A; commit B; commit C; commit B", map[string]string{
				ART: "6 7 8 9 A@10:removal", Tainted: "6 7 A@8:removal", Pairwise: "6 7 A@8:removal", SenderKeys: "6 7 A@8:removal"}},
		{"a removed member that kept all it ever had, tainted nodes included",
			fresh + "hoard A; commit A remove D; commit B remove A; send B; snapshot A; commit C", map[string]string{
				ART: "5* 6* 7 m1 A@8:removal", Tainted: "5* 6* A@7:removal", Pairwise: "A@7:removal", SenderKeys: "A@7:removal"}},
		{"after a theft pairwise channels heal by a message and its answer, without any Commit",
			talk + "snapshot B; send A; send B; send A; send B; send C; send D; send A", map[string]string{
				ART:      "1 m9 m10 m11 m12 m13 m14 m15",
				Tainted:  "1 m9 m10 m11 m12 m13 m14 m15",
				Pairwise: "1 m9", SenderKeys: "1 m9 m10 m11 m12 m13 m14 m15"}},
		{"chain keys alone do not open the next turn; sender keys need no more",
			talk + "snapshot B only enc; send A; send B; send C 2", map[string]string{
				ART: "1 m9 m10 m11 m12", Tainted: "1 m9 m10 m11 m12", Pairwise: "1", SenderKeys: "1 m9 m10 m11 m12"}},
		{"a stolen chain reads all later messages of its sender until that commits, and none before",
			talk + "snapshot B; send A 3; commit A; send A; send C; commit C; send C; send D", map[string]string{
				ART:      "1 2 3 m9 m10 m11 m12 m13 m14 m15",
				Tainted:  "1 2 3 m9 m10 m11 m12 m13 m14 m15",
				Pairwise: "1 2 3 m9 m10 m11 m12 m13 m14 m15", SenderKeys: "1 2 3 m9 m10 m11 m12 m13 m14 m15"}},
		{"a newcomer cannot read the past", talk + "add A E; snapshot E; send B", map[string]string{
			ART: "2 m9", Tainted: "2 m9", Pairwise: "2 m9", SenderKeys: "2 m9"}},
		{"after a removal every sender begins a new chain",
			talk + "snapshot B; commit C remove B; send A; send C; send D", map[string]string{
				ART: "1 B@2:removal", Tainted: "1 B@2:removal", Pairwise: "1 B@2:removal", SenderKeys: "1 B@2:removal"}},
		{"who is behind gives away what was sent meanwhile",
			talk + "freeze B; send A; send C; commit C; send A; snapshot B; thaw B; send A", map[string]string{
				ART: "1* 2 m9 m10 m11 m12", Tainted: "1* 2 m9 m10 m11 m12", Pairwise: "1* 2 m9 m10 m11 m12", SenderKeys: "1* 2 m9 m10 m11 m12"}},
		{"and are deleted when they have served", "create A; add A B C; send B; snapshot C", map[string]string{
			ART: "1", Tainted: "1", Pairwise: "1", SenderKeys: "1"}},
		{"prekeys that are stolen open the sessions that begin with them",
			"create A; add A B C; snapshot C; send B; send C; send B", map[string]string{
				ART: "1 m1 m2 m3", Tainted: "1 m1 m2 m3", Pairwise: "1 m1", SenderKeys: "1 m1 m3"}},
	} {
		for _, p := range Protocols() {
			t.Run(p+"/"+test.name, func(t *testing.T) {
				r, _ := play(t, p, test.script)
				if got := story(r); got != test.want[p] {
					t.Errorf("%s\n got %s\nwant %s", test.script, got, test.want[p])
				}
			})
		}
	}
}
