package plan

import (
	"cmp"

	"mlssim/sim"
)

// policiesFile turns policies back into their keys.
func policiesFile(p *sim.Policies) Policies {
	return Policies{Update: Duration(p.Update), Jitter: p.Jitter, How: UpdateHow(p.How),
		CommitDelay: Duration(p.CommitDelay), Evict: Duration(p.Evict), PathOnAdd: p.PathOnAdd,
		AfterMessages: p.AfterMessages, AfterEpochs: p.AfterEpochs, OnReply: p.OnReply, Suspect: Duration(p.Suspect),
		CommitAfter: p.CommitAfter, Committer: Committer(cmp.Or(p.Committer, sim.CommitterRandom))}
}

// plan turns keys into policies.
func (f *Policies) plan() sim.Policies {
	p := sim.Policies{Update: sim.Time(f.Update), Jitter: f.Jitter, How: string(f.How),
		CommitDelay: sim.Time(f.CommitDelay), Evict: sim.Time(f.Evict), PathOnAdd: f.PathOnAdd,
		AfterMessages: f.AfterMessages, AfterEpochs: f.AfterEpochs, OnReply: f.OnReply, Suspect: sim.Time(f.Suspect),
		CommitAfter: f.CommitAfter, Committer: string(f.Committer)}
	if f.Committer == sim.CommitterRandom {
		p.Committer = ""
	}
	return p
}

// checkPolicies refuses policies that contradict each other.
func (d *decoder) checkPolicies(f *File) {
	p := &f.Policies
	if p.Suspect > 0 && len(f.Adversary.Compromises) == 0 && f.Adversary.Rate == 0 {
		d.failAt("policies.suspect_within", "", "policies.suspect_within means nothing: nobody is robbed")
	}
	if p.AfterEpochs > 0 && p.How != "propose" {
		d.failAt("policies.update_after_epochs", "update_how: propose", "each Commit ages the leaves of all others: members that commit at an age in epochs would never come to rest")
	}
	if p.Committer == sim.CommitterNext && !f.Habits.speak() {
		d.failAt("policies.committer", "another committer, or messages_per_day", "whoever next has something to say commits, and nobody ever has")
	}
}

// speak tells whether anybody sends application messages.
func (f *Habits) speak() bool {
	for _, c := range f.Classes {
		if c.Messages > 0 {
			return true
		}
	}
	return len(f.Classes) == 0 && f.Messages > 0
}
