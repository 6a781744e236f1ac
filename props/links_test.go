package props

import (
	"testing"

	"mlssim/sim"
	"mlssim/sim/symbolic"
)

// Groups that come from others, by ReInit and as subgroups. Each script is carried out
// by both engines, which have to agree on every secret.
func TestGroupsThatComeFromOthers(t *testing.T) {
	for _, c := range []played{
		{"a reinit ends the group", "commit A reinit G; commit B; expect refuse reinit.closed; send B; expect refuse reinit.closed; propose C update; expect refuse reinit.closed; " +
			"external E; expect refuse reinit.closed; subgroup A S B; expect refuse reinit.closed; reinit C; in G commit A", "| G"},
		{"and nothing is beside it", "commit A remove B reinit G; expect refuse list.reinit.alone; commit A reinit H; reinit A; in H commit B", "| H"},
		{"by reference, and private", "framing private; propose B reinit G; commit A; reinit D; in G send C; in G commit C", "| G"},
		{"anything else comes first", "propose B reinit G; propose C update; commit A; reinit A", "has not been ended"},
		{"fresh KeyPackages keep a thief out who knows the resumption PSK", "snapshot A; commit B nopath reinit G; reinit B nopath; in G commit C", "3 4 | G"},
		{"stolen ones let it in", "keypackage C; steal C; snapshot A; commit B nopath reinit G; reinit B; in G commit A; in G commit C; in G commit B", "3 4 | G 1 2"},
		{"unless it lacks the PSK", "keypackage C; steal C; commit B reinit G; reinit B; in G commit A; in G commit C", "| G"},
		{"what is over is wiped", "commit B reinit G; reinit B; snapshot A only res", "does not hold res"},
		{"but by who has missed the Welcome", "keypackage D; steal D; commit B reinit G; reinit B; deliver A C; in G commit A; snapshot D only res", "| G 1* 2"},
		{"or the ReInit", "commit A reinit G; deliver B C; reinit B; expect refuse welcome.psks by D; expect accept by A C; in G commit C", "| G"},
		{"a member that sleeps", "freeze D; commit A reinit G; reinit B", "D is frozen, and has published no KeyPackage"},
		{"a member that slept", "keypackage D; freeze D; commit A reinit G; reinit B; in G commit A; thaw D; in G commit D", "| G"},
		{"a member that hoards", "hoard C; commit A reinit G; reinit B; in G commit A; snapshot C", "3* 4 | G 1* 2"},
		{"a creator that hoards", "hoard B; commit A reinit G; reinit B; in G commit A; snapshot B", "3* 4 | G 0* 1* 2"},
		{"a creator whose randomness is bad", "commit A reinit G; badrandom B; reinit B; in G commit A", "| G 0"},
		{"which is watched", "snapshot A; commit B nopath reinit G; badrandom B; reinit B; in G commit A", "3 4 | G 0 1 2"},
		{"a false KeyPackage", "snapshot C; forge C keypackage; commit B reinit G; reinit B; in G commit A", "3 4 | G 1 2"},
		{"a fork ends on one side", "fork x; commit A reinit G; on x commit B; reinit B; on x commit C; in G commit D", "| x | G"},
		{"a subgroup", "snapshot A; subgroup A S B C; in S commit B; commit D", "3 4 | S"},
		{"with a stolen KeyPackage", "keypackage C; steal C; snapshot A; subgroup A S B C nopath; in S commit B; in S commit C", "3 | S 1 2"},
		{"of a group that has healed", "keypackage C; steal C; snapshot A; commit A; subgroup B S C; in S commit B; in S snapshot B only init; in S commit B", "3 | S 3"},
		{"of strangers", "commit A remove D; subgroup A S D B", "branch.members"},
		{"of one that sleeps", "freeze B; subgroup A S B", "B is frozen"},
		{"of which others learn later", "subgroup A S B; in S add B E; in S send E; commit A reinit G; reinit B; in G add A F; in G commit F; in S commit E", "| S | G"},
		{"of a subgroup", "subgroup A S B C; in S subgroup B T C; in T commit C; in S commit A; commit A", "| S | T"},
		{"of a member with a new signature key", "commit A rotate; subgroup A S B; in S commit B", "| S"},
		{"proposed on both sides of a fork", "framing private; fork x; propose A reinit G; on x propose A reinit H", "under the same keys"},
		{"twice", "subgroup A S B; subgroup A T B; in T commit B", "| S | T"},
		{"a reinit that was set up already", "commit A reinit G; reinit B; reinit C", "the group has ended"},
		{"nobody is there", "commit A reinit G; in G commit A", "there is no branch G"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script := lines("create A; add A B C D; commit A; commit C; " + c.script)
			r, err := sim.Run(planned(t, script), sim.Lockstep(symbolic.New(nil), Concrete(1)), sim.Options{})
			leaks, reason := cameOf(t, script, r, err)
			c.compare(t, leaks, reason)
		})
	}
}
