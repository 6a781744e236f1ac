package props

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/symbolic"
)

// play carries out a script in lockstep and on each engine alone, which must write
// the same history, and returns which epochs leaked, or the reason of an illegal
// step.
func play(t *testing.T, script string) (leaks, reason string) {
	t.Helper()
	p := planned(t, script)
	r, err := sim.Run(p, sim.Lockstep(symbolic.New(nil), Concrete(1)), sim.Options{})
	for name, engine := range map[string]sim.Backend{"symbolic": symbolic.New(nil), "concrete": Concrete(1)} {
		alone, errAlone := sim.Run(p, engine, sim.Options{})
		if (err == nil) != (errAlone == nil) || err == nil && alone.Digest != r.Digest {
			t.Errorf("%s alone gives another history: %v and %v\n%s", name, errAlone, err, script)
		}
	}
	return cameOf(t, script, r, err)
}

// planned reads a script.
func planned(t *testing.T, script string) *sim.Plan {
	t.Helper()
	p, err := plan.Load("script", []byte("name: script\nscript: |\n"+indent(script)))
	if err != nil {
		t.Fatalf("%v\n%s", err, script)
	}
	p.Seed = 1
	return p
}

// cameOf says what came of a script.
func cameOf(t *testing.T, script string, r *sim.Result, err error) (leaks, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*sim.StepError](err); ok {
		return "", e.Error()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, script)
	}
	all := leaked(r.Epochs)
	for _, b := range r.Branches {
		all = append(append(all, "|", b.Name), leaked(b.Epochs)...)
	}
	return strings.Join(all, " "), ""
}

// leaked returns which of some epochs leaked, those marked * after their end.
func leaked(epochs []sim.EpochRecord) []string {
	var leaks []string
	for _, e := range epochs {
		if e.LeakedAt != sim.Never {
			leaks = append(leaks, fmt.Sprint(e.Epoch))
			if e.Retroactive {
				leaks[len(leaks)-1] += "*"
			}
		}
	}
	return leaks
}

// four is a group of four in epoch 5, who have all refreshed their keys.
const four = "create A; add A B C D; commit A; commit B; commit C; commit D; "

// lines writes one step a line.
func lines(script string) string { return strings.ReplaceAll(script, "; ", "\n") + "\n" }

// played is a script and what comes of it: which epochs leak, or what the error
// says.
type played struct{ name, script, want string }

// check plays the script behind others. What leaks has to be what is wanted; of a
// reason a part is enough.
func (c played) check(t *testing.T, before string) {
	t.Helper()
	leaks, reason := play(t, lines(before+c.script))
	c.compare(t, leaks, reason)
}

func (c played) compare(t *testing.T, leaks, reason string) {
	t.Helper()
	if reason == "" && leaks != c.want || reason != "" && (c.want == "" || !strings.Contains(reason, c.want)) {
		t.Errorf("%s\n got %s%s\nwant %s", c.script, leaks, reason, c.want)
	}
}

func playEach(t *testing.T, all []played) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, four)
		})
	}
}

// TestDeliveryServiceWithholds drops, delays, repeats and reorders messages, and
// shows them to some only.
func TestDeliveryServiceWithholds(t *testing.T) {
	playEach(t, []played{
		{"a commit that is dropped heals nothing", "snapshot A; commit A; drop; commit B; commit C", "5 6 7"},
		{"a commit that is not dropped does", "snapshot A; commit A; commit B; commit C", "5"},
		{"an update that is dropped is not covered", "snapshot A; propose A update; drop; commit B; commit C", "5 6 7"},
		{"an old commit comes too late", "commit A; drop; keep m; commit B; release m; expect refuse framing.epoch", ""},
		{"a commit that was held back and comes in time", "snapshot A; commit A; drop; keep m; release m; expect accept; commit B", "5"},
		{"its committer has dropped it", "commit A; drop; keep m; commit A; drop; release m; expect refuse commit.sender.self by A; commit B", ""},
		{"a member that was not told waits", "commit A; deliver B D; expect accept; keep m; commit B; send D; snapshot C; release m C; expect accept; commit C; commit D",
			"5* 6* 7"},
		{"a member that waits cannot act", "commit A; deliver B D; commit C", "C is in epoch 5 and the group in 6"},
		{"a proposal that some were not told", "propose B update; deliver A; commit A; expect refuse commit.refs.known by C D", ""},
		{"a message again", "send A; keep m; release m; expect refuse ratchet.key.once", ""},
		{"messages in another order", "send A; drop; keep m; send A; release m; expect accept; release m; expect refuse ratchet.key.once", ""},
		{"a message of an epoch that is over", "send A; drop; keep m; commit B; release m; expect refuse framing.epoch", ""},
		{"a commit again", "commit A; keep m; release m; expect refuse framing.epoch", ""},
		{"a newcomer whose Welcome is dropped", "add A E; deliver B C D; commit A remove E; deliver B C D; add B E; expect accept; commit E", ""},
		{"everything is expected", "commit A; expect accept; send B; expect accept; add A E; expect accept by C", ""},
		{"what one does not even make", "forge C keypackage guess; add B C; expect refuse credential.as; commit C", ""},
		{"what one makes and should not", "add A E; expect refuse credential.as", "B accepts it"},
		{"what one does not make for another reason", "forge C keypackage guess; add B C; expect refuse framing.epoch", "refuses it by"},
		{"a wrong expectation", "commit A; expect refuse framing.epoch", "B accepts it"},
		{"another wrong expectation", "commit A; drop; keep m; commit B; release m; expect accept", "refuses it by framing.epoch"},
		{"nobody was asked", "commit A; drop; expect accept", "nobody of those was given the message"},
		{"nothing was sent", "snapshot A; expect accept", "the step before has sent nothing"},
		{"nowhere to go", "commit A; drop; keep m; commit B; deliver C; release m D", "fork first"},
	})
}

// TestStolenKeysForge: who has stolen a member's state speaks in its name.
func TestStolenKeysForge(t *testing.T) {
	playEach(t, []played{
		{"a commit of the thief", "snapshot A; forge A commit; expect accept; expect refuse commit.sender.self by A; commit B; commit C", "5 6 7 8"},
		{"removal of the thief", "snapshot A; forge A commit; commit B remove A; commit C", "5 6"},
		{"an update of the thief", "snapshot A; forge A update; expect accept; commit B; expect refuse commit.refs.known by A; commit C", "5 6 7"},
		{"an update of the thief is not covered", "snapshot A; forge A update; commit B omit; commit A", "5 6"},
		{"a ghost", "snapshot A; forge A commit add G; expect accept; commit B; commit C; commit D", "5 6 7 8 9"},
		{"a ghost that is removed", "snapshot A; forge A commit add G; commit B remove G; commit C remove A; commit D", "5 6 7"},
		{"removal by the thief", "snapshot A; forge A commit remove B; expect accept; commit C", "5 6 7"},
		{"a proposal of removal by the thief", "snapshot A; forge A remove B; expect accept; commit C", "5 6"},
		{"nothing was stolen", "forge A commit", "the adversary lacks signature_key[0] and membership_key[9] and init_secret[9] (rule A2)"},
		{"a guess", "forge A commit guess; expect refuse public.membership_tag; commit B", ""},
	})
}

// TestForks carries a group on in two branches.
func TestForks(t *testing.T) {
	playEach(t, []played{
		{"members who may go either way can lose both", "fork x at 5; commit A; snapshot C; on x commit B; commit D; on x commit D",
			"5* 6 7 | x 6 7"},
		{"what they have left on both is gone", "fork x at 5; commit A; on x commit B; snapshot C; commit D; on x commit D", "6 7 | x 6 7"},
		{"and the branch that they have left is not theirs to lose", "fork x; commit A; on x commit B; close x; snapshot C; commit D", "6 7 | x"},
		{"each branch heals by itself", "snapshot A; fork x; commit A; on x commit B; commit C; on x commit C; on x commit A", "5 | x 6 7"},
		{"a branch of a branch", "snapshot A; fork x; on x commit B; on x fork y; on y commit A; on x commit C; commit A", "5 | x 6 7 | y"},
		{"messages of one do not fit the other", "fork x; commit A; on x commit B; keep m; send A; keep d; release m; expect refuse framing.epoch; on x release d; expect refuse private.sender_data; commit D", "| x"},
		{"a forgery on a branch", "snapshot A; fork x; commit A; on x commit B; on x forge A commit; expect accept; on x commit C; commit C", "5 | x 6 7 8"},
		{"new members of a branch", "fork x; on x add A E; on x send E; snapshot E; on x commit E; commit A", "| x 6"},
		{"the shared epoch has one set of message keys", "fork x; commit A; on x send B", "message keys it has on branch x as well"},
		{"which the branches that go on have not", "fork x; commit A; send B; on x commit B; on x send B", "| x"},
		{"nor has a private Commit keys for two", "framing private; fork x; commit A; on x commit A", "A has sent a PrivateMessage of epoch 5 on another branch"},
		{"but others may commit", "framing private; fork x; commit A; on x commit B; commit C; on x commit C", "| x"},
		{"no way back", "commit A; fork x at 5", "have kept nothing to go on from"},
		{"a closed branch", "fork x; close x; on x commit A", "branch x is closed"},
	})
}

// TestIdentities: what a signature key is good for without anything else, and what
// becomes of it.
func TestIdentities(t *testing.T) {
	playEach(t, []played{
		{"a new signature key", "snapshot A; commit A rotate; snapshot C; forge A commit guess; expect refuse content.signature; commit C", "5 6"},
		{"the old one would have done", "snapshot A; commit A; snapshot C; forge A commit; expect accept by B C D; commit C", "5 6 7 8"},
		{"what is lacking then", "snapshot A; commit A rotate; snapshot C; forge A commit", "lacks signature_key[0]/1 (rule A2)"},
		{"but it is still A's for a KeyPackage", "snapshot A; commit A rotate; commit B; forge A keypackage; add C A; commit B; commit D", "5 8 9 10"},
		{"which the group does not take beside A's leaf", "snapshot A; commit A; forge A keypackage; add C A", "list.add.unique"},
		{"a KeyPackage for one who was removed", "snapshot A; commit B remove A; commit C; forge A keypackage; add B A; expect accept; commit C; commit B remove A; commit C", "5 8 9"},
		{"a KeyPackage without the key", "forge A keypackage", "lacks signature_key[0] (rule A3)"},
		{"a guess at one", "commit B remove A; forge A keypackage guess; add B A", "credential.as"},
		{"a KeyPackage signed with a key that is no longer valid", "snapshot A; commit A rotate; revoke A; commit B remove A; forge A keypackage; add B A", "credential.as"},
		{"who has a new key can go on", "snapshot A; commit A rotate; revoke A; commit B; commit A; forge A keypackage; add B A", "credential.as"},
		{"a key that the Authentication Service vouches for", "commit B remove A; vouch A; forge A keypackage; add B A; commit C", "7 8"},
		{"beside A's own", "vouch A; forge A keypackage; add B A; commit C", "6 7"},
		{"a newcomer does not join a group with a leaf that was revoked", "vouch A; forge A external; commit A rotate; revoke A; add B E; commit B; commit E", "E is not a member"},
		{"an invitation to nowhere", "snapshot A; forge A welcome V on x; expect accept; on x send V 2; commit B; on x commit V", "5 6 | x 6 7"},
		{"by one whose key is not known", "forge A welcome V on x", "lacks signature_key[0] (rule A7)"},
		{"a guess at an invitation", "forge A welcome V on x guess; expect refuse welcome.signature", ""},
		{"an invitation for one who is in the group", "snapshot A; forge A welcome B on x", "B is a member already"},
		{"garbage for some", "snapshot D; forge D commit garbage A B; expect refuse path.decrypt by A B; expect accept by C; commit C", "5 6 7"},
		{"garbage and then nothing", "snapshot D; forge D commit garbage A; drop; commit A; commit D", "5 6"},
	})
}

// TestOutside: who comes from outside needs a signature key and nothing of the group.
func TestOutside(t *testing.T) {
	playEach(t, []played{
		{"a signature key alone comes back in its owner's place", "snapshot A only signature; forge A external resync; expect accept; commit B; commit C remove A; commit B", "6 7"},
		{"which its owner sees", "snapshot A only signature; forge A external resync; expect accept by A B C D; send A", "A is not a member"},
		{"but not beside its owner", "snapshot A only signature; forge A external; expect refuse leaf.signature_key.unique; commit B", ""},
		{"without a key", "forge A external", "lacks signature_key[0] (rule A5)"},
		{"with one that nobody vouches for", "forge A external guess; expect refuse credential.as; commit B", ""},
		{"with one that somebody vouches for", "vouch A; forge A external; expect accept; commit B; commit C remove A; commit B", "6 7"},
		{"with one that was revoked", "snapshot A; commit A rotate; revoke A; forge A external resync; expect refuse credential.as; commit B", "5"},
		{"with an old one that was not", "snapshot A; commit A rotate; commit B; forge A external resync; expect accept by B C D; commit B", "5 8 9"},
		{"one who was removed", "snapshot A; commit B remove A; commit C; forge A external; expect accept; commit C", "5 8 9"},
		{"back to where the group was", "snapshot A; groupinfo B; keep old; commit A; commit C; lure B by old on x resync; on x send B; commit C remove B", "5 | x 6"},
		{"a GroupInfo of the thief", "snapshot A only signature; forge A groupinfo; keep bait; lure V by bait on x; on x send V; on x commit V; commit B", "| x 6 7"},
		{"one that is not signed right", "forge A groupinfo guess; keep bait; lure V by bait on x; expect refuse credential.as", ""},
		{"one who has no key", "forge A groupinfo", "lacks signature_key[0] (rule A6)"},
		{"a genuine GroupInfo of the present", "groupinfo B; keep now; lure V by now on x; on x commit V", "| x"},
		{"no GroupInfo", "commit A; keep m; lure V by m on x", "not the name of a GroupInfo"},
	})
}

// TestRemovals: a Remove blanks also the nodes at which the leaf that goes is unmerged.
// Who has their keys all the same is sealed to no more.
func TestRemovals(t *testing.T) {
	const group = "create A; add A B; add A C; add A D; add A E; commit B; commit C; commit D; commit E; commit A remove D; "
	played{"unmerged", "add E F nopath; snapshot A only node:3 init; commit E remove F; commit C", ""}.check(t, group)
	played{"merged", "add A F; snapshot A only node:3 init; commit E remove F; commit C", ""}.check(t, group)
	played{"nobody goes", "add E F nopath; snapshot A only node:3 init; commit E; commit C", "11"}.check(t, group)
}

// TestLifetimes: who adds somebody looks at how old the KeyPackage is. Those who learn of
// it by a Commit do not, but who joins then looks at the whole tree.
func TestLifetimes(t *testing.T) {
	playEach(t, []played{
		{"an old one", "keypackage E; steal E; wait 86d; add A E; expect refuse leaf.lifetime.now; commit B", ""},
		{"one that is not so old", "keypackage E; steal E; wait 84d; add A E; commit B", "6 7"},
		{"one of an insider's", "keypackage E; steal E; wait 86d; snapshot A; forge A commit add E; expect accept; commit B; add B F; send F", "F is not a member"},
		{"who does not join by it", "keypackage E; wait 86d; snapshot A; forge A commit add E; expect accept; commit E", "E is not a member"},
	})
}

// TestExternalSenders: who may propose from outside needs no secret of the group.
func TestExternalSenders(t *testing.T) {
	const group = "create A sender S T; add A B C D; commit A; commit B; commit C; commit D; "
	for _, c := range []played{
		{"the key of one", "snapshot T; forge T remove B; expect accept; commit A; expect accept by C D; commit C", ""},
		{"a ghost that it brings in", "snapshot S; forge S add G; expect accept; commit A; commit B; commit B remove G; commit A", "6 7"},
		{"the key of another", "snapshot S; forge T remove B", "lacks signature_key[2] (rule A8)"},
		{"a guess", "forge S remove B guess; expect refuse content.signature; commit A", ""},
		{"what nobody outside can say", "forge S update", "S is not a member"},
		{"signed for every branch", "add A E; snapshot C; forge C welcome V on x; vouch B; forge B external; snapshot S; forge S remove E; commit C", "6 7 8 | x 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, group)
		})
	}
}
