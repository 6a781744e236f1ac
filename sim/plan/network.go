package plan

import (
	"cmp"
	"fmt"

	"mlssim/sim"
)

// networkFile turns a delivery service back into its keys.
func networkFile(n *sim.Network) Network {
	d := Defaults().Network
	f := Network{Service: cmp.Or(Service(n.Service), d.Service), LinkDelay: cmp.Or(Duration(n.LinkDelay), d.LinkDelay),
		Duplicate: n.Duplicate, Reorder: n.Reorder, Window: cmp.Or(Duration(n.Window), d.Window), LinkJitter: n.LinkJitter, Rollback: d.Rollback, RTT: cmp.Or(Duration(n.RTT), d.RTT), Retry: Duration(n.Retry), Loss: n.Loss, Domains: n.Domains, Hub: n.Hub}
	if n.Service == sim.ServiceEventual {
		f.Rollback = Duration(n.Rollback)
	}
	for _, p := range n.Partitions {
		f.Partitions = append(f.Partitions, Partition{Duration(p.From), Duration(p.For), convert[Member](p.Members), p.Domain, cmp.Or(Way(p.Way), both), p.Drop})
	}
	return f
}

// plan turns keys into a delivery service.
func (f *Network) plan() sim.Network {
	n := sim.Network{Duplicate: f.Duplicate, Reorder: f.Reorder, Retry: sim.Time(f.Retry), Loss: f.Loss, Domains: f.Domains, Hub: f.Hub}
	if f.Duplicate > 0 || f.Reorder > 0 {
		n.Window = sim.Time(f.Window)
	}
	if f.Service != strict {
		n.Service = string(f.Service)
	}
	if f.Service == sim.ServiceEventual {
		n.LinkDelay, n.LinkJitter, n.Rollback = sim.Time(f.LinkDelay), f.LinkJitter, sim.Time(f.Rollback)
	} else {
		n.RTT = sim.Time(f.RTT)
	}
	for _, p := range f.Partitions {
		n.Partitions = append(n.Partitions, sim.Partition{From: sim.Time(p.From), For: sim.Time(p.For),
			Members: convert[string](p.Members), Domain: p.Domain, Way: way(p.Way), Drop: p.Drop})
	}
	return n
}

// way turns what a partition holds up into what [sim.Partition] says.
func way(w Way) string {
	if w == both {
		return ""
	}
	return string(w)
}

// checkNetwork refuses hubs and domains that do not exist, and partitions of nobody.
func (d *decoder) checkNetwork(f *File) {
	n := &f.Network
	d.checkService(f)
	switch {
	case n.Domains == 0 && n.Hub > 0:
		d.failAt("network.hub", "network.domains says how many there are", "there is no hub %d: the delivery service is a single one", n.Hub)
	case n.Domains > 0 && n.Hub == 0:
		d.failAt("network.domains", "network.hub: 1", "none of the %d domains is the hub", n.Domains)
	case n.Hub > n.Domains:
		d.failAt("network.hub", fmt.Sprintf("1 to %d", n.Domains), "there is no hub %d", n.Hub)
	}
	for i, p := range n.Partitions {
		path := fmt.Sprintf("network.partitions[%d]", i)
		for j, m := range p.Members {
			d.checkMember(f, fmt.Sprintf("%s.members[%d]", path, j), m, false)
		}
		switch {
		case p.Domain > n.Domains:
			d.failAt(path+".domain", "", "there is no domain %d", p.Domain)
		case (p.Domain > 0) == (len(p.Members) > 0):
			d.failAt(path, "members or domain", "a partition cuts off some members, or a domain")
		case p.Drop && p.Way == sim.WayIn:
			d.failAt(path+".drop", "way: out, or both", "only what members send is dropped for good, and this partition lets it through")
		case p.From >= f.Horizon:
			d.failAt(path+".from", "", "the partition at %v is not before the horizon of %v", p.From, f.Horizon)
		}
	}
}

// checkRandomThefts refuses what would say something of thefts that there are not.
func (d *decoder) checkRandomThefts(f *File) {
	a := &f.Adversary
	if a.Rate == 0 && (a.Stay > 0 || len(a.Only) > 0 || a.Seize) {
		d.failAt("adversary", "snapshots_per_member_year", "stay, only and offline_devices mean nothing: there are no thefts at random times")
	}
	if a.Suppress && a.Rate == 0 && len(a.Compromises) == 0 {
		d.failAt("adversary.suppress", "", "adversary.suppress means nothing: nobody is robbed")
	}
	if a.Seize && f.Habits.Offline == 0 && len(f.Habits.Classes) == 0 {
		d.failAt("adversary.offline_devices", "", "nobody is ever offline")
	}
	for j, part := range a.Only {
		if hint, ok := component(string(part)); !ok {
			d.failAt(fmt.Sprintf("adversary.only[%d]", j), hint, "no component %q", clip(string(part)))
		}
	}
}
