package plan

import (
	"cmp"

	"mlssim/sim"
)

// policiesFile turns policies back into their keys.
func policiesFile(p *sim.Policies) Policies {
	f := Policies{Update: Duration(p.Update), Jitter: p.Jitter, Poisson: p.Poisson, How: UpdateHow(p.How),
		CommitDelay: Duration(p.CommitDelay), Evict: Duration(p.Evict), PathOnAdd: p.PathOnAdd,
		AfterMessages: p.AfterMessages, AfterEpochs: p.AfterEpochs, OnReply: p.OnReply, Suspect: Duration(p.Suspect), AllGroups: p.AllGroups,
		CommitAfter: p.CommitAfter, Committer: Committer(cmp.Or(p.Committer, sim.CommitterRandom)),
		Quarantine: Duration(p.Quarantine), Readmit: p.Readmit, KeepEpochs: p.Keep.Epochs, KeepPSKs: p.Keep.PSKs,
		KeepSkipped: cmp.Or(max(0, p.Keep.Skipped), allSkipped), RotateSignature: p.RotateSignature,
		Recovery: Recovery(cmp.Or(p.Recovery, none)),
		PSK:      PSK(cmp.Or(p.PSK, none)), PSKEvery: cmp.Or(p.PSKEvery, 1)}
	if p.Keep.Skipped < 0 {
		f.KeepSkipped = 0
	}
	return f
}

// allSkipped stands for as many keys as are ever needed, which [sim.Retention] writes 0;
// there, a negative number means none.
const allSkipped = 1_000_000

// plan turns keys into policies.
func (f *Policies) plan() sim.Policies {
	p := sim.Policies{Update: sim.Time(f.Update), Jitter: f.Jitter, Poisson: f.Poisson, How: string(f.How),
		CommitDelay: sim.Time(f.CommitDelay), Evict: sim.Time(f.Evict), PathOnAdd: f.PathOnAdd,
		AfterMessages: f.AfterMessages, AfterEpochs: f.AfterEpochs, OnReply: f.OnReply, Suspect: sim.Time(f.Suspect), AllGroups: f.AllGroups,
		CommitAfter: f.CommitAfter, Committer: string(f.Committer),
		Quarantine: sim.Time(f.Quarantine), Readmit: f.Readmit,
		Keep:            sim.Retention{PSKs: f.KeepPSKs, Epochs: f.KeepEpochs, Skipped: f.KeepSkipped},
		RotateSignature: f.RotateSignature}
	switch f.KeepSkipped {
	case allSkipped:
		p.Keep.Skipped = 0
	case 0:
		p.Keep.Skipped = -1
	}
	if f.PSK != none {
		p.PSK, p.PSKEvery = string(f.PSK), f.PSKEvery
	}
	if f.Recovery != none {
		p.Recovery = string(f.Recovery)
	}
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
	if p.Poisson && p.Jitter != Defaults().Policies.Jitter {
		d.failAt("policies.update_jitter", "leave one of the two out", "policies.update_jitter means nothing: with update_poisson the times have the exponential distribution")
	}
	if p.Poisson && p.Update == 0 {
		d.failAt("policies.update_poisson", "update_every", "policies.update_poisson means nothing: nobody refreshes after a time")
	}
	if p.AfterEpochs > 0 && p.How != "propose" {
		d.failAt("policies.update_after_epochs", "update_how: propose", "each Commit ages the leaves of all others: members that commit at an age in epochs would never come to rest")
	}
	if p.Committer == sim.CommitterNext && !f.Habits.speak() {
		d.failAt("policies.committer", "another committer, or messages_per_day", "whoever next has something to say commits, and nobody ever has")
	}
}

// keyPackagesFile turns the pools of KeyPackages back into their keys.
func keyPackagesFile(p *sim.Pools) KeyPackages {
	d := Defaults().KeyPackages
	return KeyPackages{p.Size, cmp.Or(Duration(p.Refill), d.Refill), cmp.Or(Duration(p.Lifetime), d.Lifetime), p.LastResort, p.Demand}
}

// plan turns keys into pools of KeyPackages.
func (f *KeyPackages) plan() sim.Pools {
	if f.Pool == 0 {
		return sim.Pools{}
	}
	return sim.Pools{Size: f.Pool, Refill: sim.Time(f.Refill), Lifetime: sim.Time(f.Lifetime), LastResort: f.LastResort, Demand: f.Demand}
}

// checkKeyPackages refuses pools that nobody fills, or policies that need none.
func (d *decoder) checkKeyPackages(f *File) {
	k, p, usual := &f.KeyPackages, &f.Policies, Defaults().KeyPackages
	if k.Pool == 0 && *k != usual {
		d.failAt("keypackages", "keypackages.pool says how many are published in advance", "keypackages means nothing without a pool")
	}
	if p.Readmit && p.Quarantine == 0 && p.Evict == 0 {
		d.failAt("policies.readmit", "quarantine_after or evict_after", "policies.readmit means nothing: nobody is removed for staying away")
	}
	if p.PSKEvery > 1 && p.PSK == none {
		d.failAt("policies.psk_every", "policies.psk says which", "policies.psk_every means nothing without a PSK")
	}
	if p.Quarantine > 0 && f.Habits.Offline == 0 && len(f.Habits.Classes) == 0 && len(f.Habits.Stale) == 0 {
		d.failAt("policies.quarantine_after", "", "policies.quarantine_after means nothing: nobody is ever offline")
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
