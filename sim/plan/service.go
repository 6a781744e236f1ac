package plan

import (
	"fmt"

	"mlssim/sim"
)

const strict Service = sim.ServiceStrict

// checkService refuses what a kind of delivery service would have to ignore, and what
// only makes sense with a log.
func (d *decoder) checkService(f *File) {
	n, p, usual := &f.Network, &f.Policies, Defaults()
	if n.Window != usual.Network.Window && n.Duplicate == 0 && n.Reorder == 0 {
		d.failAt("network.reorder_within", "network.reorder says how many are held up", "network.reorder_within means nothing: no message is held up, and there are not two of any")
	}
	for i, x := range f.Adversary.Insiders {
		path := fmt.Sprintf("adversary.insiders[%d]", i)
		d.checkMember(f, path+".member", x.Member, true)
		switch {
		case x.At >= f.Horizon:
			d.failAt(path+".at", "", "the insider at %v is not before the horizon of %v", x.At, f.Horizon)
		case f.Protocol != mls:
			d.failAt(path, "protocol: mls", "only of MLS it is known how a Commit is forged")
		case n.Service == sim.ServiceEventual:
			d.failAt(path, "service: strict or sequencer", "without a log each member ignores what it cannot process")
		}
	}
	if n.Service != sim.ServiceEventual {
		switch {
		case n.LinkDelay != usual.Network.LinkDelay:
			d.failAt("network.link_delay", "network.rtt, or service: eventual", "there are no links between members: the service is %s", n.Service)
		case n.LinkJitter != 0:
			d.failAt("network.link_jitter", "service: eventual", "there are no links between members: the service is %s", n.Service)
		case n.Rollback != usual.Network.Rollback:
			d.failAt("network.rollback_within", "service: eventual", "nobody ever goes back: the service is %s, and what is in its log counts", n.Service)
		case p.Recovery != none:
			d.failAt("policies.fork_recovery", "service: eventual", "there are no branches: the service is %s", n.Service)
		}
		return
	}
	for _, c := range []struct {
		bad       bool
		path, why string
	}{
		{f.Protocol != mls, "network.service", "only MLS has branches here"},
		{n.RTT != usual.Network.RTT, "network.rtt", "there is no service to go to and back from: link_delay says how far members are apart"},
		{n.Domains > 0, "network.domains", "there are no services that could fail"},
		{f.Groups.Number > 1, "groups.number", "only a single group can have branches"},
		{p.How == "propose", "policies.update_how", "a proposal counts on one branch alone: members commit their own refreshes"},
		{p.CommitAfter > 0, "policies.commit_after", "there are no proposals"},
		{p.Evict > 0, "policies.evict_after", "who was removed could not come back when that Commit is undone"},
		{p.Quarantine > 0, "policies.quarantine_after", "who was removed could not come back when that Commit is undone"},
		{p.PSK != none, "policies.psk", "branches would mix in the same PSK"},
		{f.Churn != Churn{}, "churn", "newcomers could not come back when the Commit that adds them is undone"},
	} {
		if c.bad {
			d.failAt(c.path, "leave it out, or leave out service: eventual", "%s does not go with an eventually consistent service: %s", c.path, c.why)
		}
	}
}
