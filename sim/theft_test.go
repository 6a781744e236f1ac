package sim_test

import (
	"slices"
	"testing"

	"mlssim/sim"
)

// slow is a group whose messages take two hours, so that there is time to steal
// what is under way.
func slow() *sim.Plan {
	return &sim.Plan{
		Name: "slow", Seed: 3, Horizon: 15 * day, Members: 4,
		Policies: sim.Policies{Update: 2 * day, Jitter: 0.3, How: "commit", CommitDelay: hour},
		Network:  sim.Network{RTT: 2 * hour, Retry: hour},
	}
}

// first returns the first record of a kind after a time.
func (o outcome) first(t *testing.T, what sim.What, after sim.Time) sim.Record {
	t.Helper()
	i := slices.IndexFunc(o.records, func(r sim.Record) bool { return r.What == what && r.At > after })
	if i < 0 {
		t.Fatalf("no %s after %d", what, after)
	}
	return o.records[i]
}

// steal runs a plan again with one more compromise. Streams keep apart, so that
// all else happens again.
func steal(t *testing.T, p *sim.Plan, c sim.PlannedCompromise) outcome {
	t.Helper()
	p.Adversary.Compromises = append(p.Adversary.Compromises, c)
	return live(t, p, 0)
}

// epochOf returns the epoch that a step began.
func (o outcome) epochOf(t *testing.T, step sim.StepID) sim.EpochRecord {
	t.Helper()
	i := slices.IndexFunc(o.Epochs, func(e sim.EpochRecord) bool { return e.Step == step })
	if i < 0 {
		t.Fatalf("step %d began no epoch", step)
	}
	return o.Epochs[i]
}

// A Commit that is stolen before the log has it does not heal its committer:
// the theft took the state after it, too.
func TestStagedCommitIsStolen(t *testing.T) {
	commit := live(t, slow(), 0).first(t, sim.DidCommit, 4*day)
	o := steal(t, slow(), sim.PlannedCompromise{Member: commit.Who, At: commit.At + hour/2})
	e := o.epochOf(t, commit.Step)
	if e.Start != commit.At+hour {
		t.Fatalf("sent at %d, accepted at %d", commit.At, e.Start)
	}
	if e.LeakedAt == sim.Never || e.LeakedAt > e.Start || e.Retroactive {
		t.Errorf("the staged epoch: %+v", e)
	}
	if len(o.Heals) != 1 || o.Heals[0].Epoch <= e.Epoch {
		t.Errorf("heals %+v, the stolen epoch is %d", o.Heals, e.Epoch)
	}
}

// Stolen just before it makes a Commit, the committer is healed by that.
func TestCommitAfterTheTheftHeals(t *testing.T) {
	commit := live(t, slow(), 0).first(t, sim.DidCommit, 4*day)
	before := steal(t, slow(), sim.PlannedCompromise{Member: commit.Who, At: commit.At - 1})
	if e := before.epochOf(t, commit.Step); e.LeakedAt != sim.Never || len(before.Heals) != 1 || before.Heals[0].Epoch != e.Epoch {
		t.Errorf("stolen before the commit: %+v, heals %+v", e, before.Heals)
	}
}

// Until it joins, a client that was added holds the keys of its KeyPackage, and
// who has those can read the epoch that it is added in.
func TestWaitingNewcomerIsRobbed(t *testing.T) {
	growing := func() *sim.Plan {
		p := slow()
		p.Churn.Joins, p.Policies.PathOnAdd = 0.5, true
		return p
	}
	published := live(t, growing(), 0).first(t, sim.DidPublish, day)
	o := steal(t, growing(), sim.PlannedCompromise{Member: published.Who, At: published.At + 1})
	added := slices.IndexFunc(o.records, func(r sim.Record) bool {
		return r.What == sim.DidCommit && slices.Contains(r.Whom, published.Who)
	})
	joined := slices.IndexFunc(o.records, func(r sim.Record) bool { return r.What == sim.DidJoin && r.Who == published.Who })
	if added < 0 || joined < added {
		t.Fatalf("added in record %d, joined in %d", added, joined)
	}
	e := o.Epochs[o.records[joined].Epoch]
	if e.Adds != 1 || e.LeakedAt != e.Start {
		t.Errorf("the epoch of the newcomer: %+v", e)
	}
	if last := o.Epochs[e.Epoch-1]; last.LeakedAt != sim.Never {
		t.Errorf("the epoch before: %+v", last)
	}
	if len(o.Compromises) != 1 || o.Compromises[0].Epoch != e.Epoch-1 {
		t.Errorf("%+v", o.Compromises)
	}
}

// A device that has nothing gives nothing.
func TestRemovedMemberHasNothing(t *testing.T) {
	p := slow()
	p.Churn.Leaves = 0.3
	left := live(t, p, 0).first(t, sim.DidLeave, 0)
	o := steal(t, p, sim.PlannedCompromise{Member: left.Who, At: left.At + hour})
	if len(o.Compromises) != 0 || len(o.Heals) != 0 {
		t.Errorf("%+v", o.Compromises)
	}
	o.first(t, sim.DidNothing, left.At)
	for _, e := range o.Epochs {
		if e.LeakedAt != sim.Never {
			t.Errorf("epoch %d leaks", e.Epoch)
		}
	}
}

func TestPathOnAdd(t *testing.T) {
	for _, path := range []bool{false, true} {
		p := slow()
		p.Policies = sim.Policies{PathOnAdd: path}
		p.Churn.Joins = 1
		added := 0
		for _, e := range live(t, p, 0).Epochs[1:] {
			added += e.Adds
			if e.Adds > 0 && e.Path != path {
				t.Errorf("path on add %v: %+v", path, e)
			}
		}
		if added < 8 {
			t.Errorf("%d added", added)
		}
	}
}

// A compromise of components takes no more than those, live or at once.
func TestOnlyComponents(t *testing.T) {
	p := slow()
	p.Adversary.Compromises = []sim.PlannedCompromise{
		{Member: "M2", At: 3 * day, For: 2 * day, Only: []string{"leaf"}},
		{Member: "M3", At: 4 * day, Only: []string{"res"}},
	}
	o := live(t, p, 0)
	if len(o.Compromises) != 2 || len(o.Heals) != 2 {
		t.Fatalf("%+v %+v", o.Compromises, o.Heals)
	}
	leaf := 0
	for _, e := range o.Epochs {
		if e.LeakedAt != sim.Never {
			t.Errorf("epoch %d leaks by a leaf key alone", e.Epoch)
		}
	}
	for _, c := range o.Cells {
		if c.LeafKey && o.Clients[c.Client] == "M2" {
			leaf++
		} else if c.LeafKey {
			t.Errorf("leaf key of %s in epoch %d", o.Clients[c.Client], c.Epoch)
		}
	}
	if leaf < 2 {
		t.Errorf("leaf key known in %d epochs", leaf)
	}
}

// A group of many is set up by several commits, all at time 0.
func TestLargeGroupIsSetUp(t *testing.T) {
	p := slow()
	p.Members, p.Horizon, p.Policies = 600, 1, sim.Policies{}
	o := live(t, p, 0)
	if last := o.Epochs[len(o.Epochs)-1]; last.Members != 600 || last.Epoch != 3 || last.Start != 0 {
		t.Errorf("%+v", last)
	}
}

func TestUnknownVictim(t *testing.T) {
	p := slow()
	p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M99", At: 1}}
	if _, err := sim.Run(p, newToy(""), sim.Options{}); err == nil {
		t.Error("nobody was robbed")
	}
	p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M1", At: 1, Only: []string{"nothing"}}}
	if _, err := sim.Run(p, newToy(""), sim.Options{}); err == nil {
		t.Error("a component that there is not was taken")
	}
}

// Who keeps what it should delete, or is read live, loses also what each step
// has used up: the secrets between the states.
func TestConsumedSecretsAreTaken(t *testing.T) {
	const life = "commit A; send A; send B; commit B"
	check := func(name string, toy *toy, commit sim.StepID) {
		for _, n := range []sim.Name{
			{Kind: sim.PathSecret, Origin: commit}, {Kind: sim.CommitSecret, Origin: commit},
			{Kind: sim.JoinerSecret, Origin: commit}, {Kind: sim.EpochSecret, Origin: commit},
			{Kind: sim.EncryptionSecret, Origin: commit}, {Kind: sim.InitSecret, Origin: commit},
			{Kind: sim.ApplicationKey, Origin: commit, Index: 0}, {Kind: sim.ApplicationKey, Origin: commit, Index: 1},
			{Kind: sim.LeafKey, Origin: commit},
		} {
			if !toy.taken[n] {
				t.Errorf("%s: %v was not taken", name, n)
			}
		}
	}
	p := script(t, base+"hoard A; "+life+"; snapshot A")
	hoarding := newToy("")
	r, err := sim.Run(p, hoarding, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	check("hoarding", hoarding, r.Epochs[8].Step)

	q := slow()
	q.Network.RTT, q.Habits.Messages = 0, 20
	q.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M1", At: day, For: 10 * day}}
	o := live(t, q, 0)
	own := slices.IndexFunc(o.Epochs, func(e sim.EpochRecord) bool { return e.Committer == 0 && e.Start > 2*day })
	check("live", o.toy, o.Epochs[own].Step)
}
