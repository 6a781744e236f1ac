package plan

import "mlssim/sim"

const strict Service = sim.ServiceStrict

// checkService refuses what a kind of delivery service would have to ignore, and what
// only makes sense with a log.
func (d *decoder) checkService(f *File) {
	n, p, usual := &f.Network, &f.Policies, Defaults()
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
