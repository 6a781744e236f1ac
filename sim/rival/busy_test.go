package rival

import (
	"regexp"
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/adversary"
	"mlssim/sim/plan"
)

// busy is a group in which everything happens within some weeks: people come and
// go, Commits race, messages cross, devices are read once or for a day.
const busy = `name: busy
engine: symbolic
protocol: art
horizon: 20d
members: 6
habits: {online: 2h, offline: 4h, messages_per_day: 8, stale: [M3], stale_at: 5d}
policies: {update_every: 2d, commit_delay: 1h, evict_after: 8d, path_on_add: false}
network: {rtt: 200s, retry_within: 10m}
churn: {joins_per_day: 0.4, leaves_per_day: 0.3}
adversary:
  snapshots_per_member_year: 3
  compromises:
    - {member: M1, at: 3d}
    - {member: M2, at: 6d, for: 1d}
    - {member: M3, at: 10d}
    - {member: random, at: 12d, only: [init, enc]}
`

func runBusy(t *testing.T, protocol string, replication int) (*sim.Result, sim.Backend) {
	t.Helper()
	p, err := plan.Load("busy.yaml", []byte(busy))
	if err != nil {
		t.Fatal(err)
	}
	p.Protocol = protocol
	b, err := New(protocol)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(p, b, sim.Options{Replication: replication})
	if err != nil {
		t.Fatalf("%s: %v", protocol, err)
	}
	return r, b
}

func TestBusyGroups(t *testing.T) {
	for _, protocol := range Protocols() {
		t.Run(protocol, func(t *testing.T) {
			rejected := 0
			for i := range 2 {
				r, b := runBusy(t, protocol, i)
				again, _ := runBusy(t, protocol, i)
				if r.Digest != again.Digest {
					t.Error("the same run has another digest")
				}
				rejected += r.Rejected
				read := 0
				for _, m := range r.Messages {
					if m.ReadAt != sim.Never {
						read++
					}
					if m.Bytes <= 0 && r.Epochs[m.Epoch].Members > 1 {
						t.Fatal("a message without a length")
					}
				}
				if read == 0 || read == len(r.Messages) || len(r.Heals) == 0 {
					t.Errorf("%d of %d messages read, %d healed", read, len(r.Messages), len(r.Heals))
				}
				derivations(t, b)
			}
			if rejected == 0 {
				t.Error("no Commit lost a race")
			}
		})
	}
}

// derivations checks that what is known rests on what was taken, by rules of the
// table, and that Names lists every secret there is.
func derivations(t *testing.T, b sim.Backend) {
	t.Helper()
	a, names := b.Adversary().(*Adversary), b.Names()
	if !slices.IsSortedFunc(names, sim.Name.Compare) {
		t.Error("names out of order")
	}
	known := 0
	for _, n := range names {
		if regexp.MustCompile(`^Kind\(`).MatchString(n.String()) {
			t.Errorf("%v has no name", n)
		}
		for _, r := range a.Rules(n) {
			row, ok := adversary.Lookup(r.ID)
			if !ok || r.ID != sim.RuleTaken && row.Section != "" {
				t.Errorf("%v follows by %s", n, r.ID)
			}
			for _, f := range r.From {
				if _, there := slices.BinarySearchFunc(names, f, sim.Name.Compare); !there {
					t.Errorf("%v follows by %s from %v, which was never made", n, r.ID, f)
				}
			}
		}
		if a.Knows(n) {
			known++
		}
	}
	if known == 0 || known == len(names) {
		t.Errorf("%d of %d secrets known", known, len(names))
	}
}

// A theft at the moment at which a member removes another takes the keys that it
// taints. Its next refresh replaces these too.
func TestRefreshReplacesWhatIsTainted(t *testing.T) {
	c := newCrowd(t, Tainted, 8)
	for _, id := range c.ids() {
		c.commit(id, sim.Commit{})
	}
	removal, _ := c.commit(0, sim.Commit{NoPath: true, Removes: []uint32{7}})
	c.b.Adversary().Take(removal.Consumed)
	for _, h := range c.members[0].Secrets() {
		c.b.Adversary().Take([]sim.Name{h.Name})
	}
	leaks := func() bool { return c.b.Adversary().Knows(named(sim.EncryptionSecret, c.step)) }
	c.commit(1, sim.Commit{})
	if !leaks() {
		t.Error("another member's refresh heals")
	}
	c.commit(0, sim.Commit{})
	if leaks() {
		t.Error("the own refresh does not heal")
	}
	c.commit(1, sim.Commit{})
	if leaks() {
		t.Error("what was tainted still opens the group")
	}
}

// Inputs of MLS that these protocols do not have are refused.
func TestUnknownInputsAreRefused(t *testing.T) {
	for _, protocol := range Protocols() {
		c := newCrowd(t, protocol, 3)
		m := c.members[1]
		for _, in := range []sim.Input{
			sim.ProposeUpdate{Step: c.next()}, sim.ProposeAdd{Step: c.next()}, sim.ProposeRemove{Step: c.next(), Leaf: 2},
			sim.Describe{}, sim.Commit{Step: c.next(), PSKs: []sim.PSK{{ID: "p"}}}, sim.Commit{Step: c.next(), NoPath: true}, sim.Commit{Step: c.next(), Private: true},
			sim.Commit{Step: c.next(), Removes: []uint32{1}}, sim.Commit{Step: c.next(), Removes: []uint32{1 << 31}},
			sim.Commit{Step: c.next(), Removes: []uint32{2, 2}}, sim.Commit{Step: c.next(), Adds: []sim.KeyPackage{7}},
		} {
			if next, _, err := m.Step(in); err == nil || next != nil {
				t.Errorf("%s accepts %#v", protocol, in)
			}
		}
		kp, err := c.b.Publish(c.next(), 9)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Step(sim.Commit{Step: c.next(), Adds: []sim.KeyPackage{kp, kp}}); err == nil {
			t.Errorf("%s adds somebody twice", protocol)
		}
		if _, err := c.b.PublishLast(c.next(), 9); err == nil {
			t.Errorf("%s has prekeys of last resort", protocol)
		}
		if _, err := c.b.JoinExternal(c.next(), 9, nil, sim.External{}); err == nil {
			t.Errorf("%s has external Commits", protocol)
		}
		if err := c.b.Share(c.next(), "p", 1); err == nil {
			t.Errorf("%s has pre-shared keys", protocol)
		}
		if _, _, err := c.b.Join(9, nil); err == nil {
			t.Errorf("%s joins without a Welcome", protocol)
		}
		c.commit(0, sim.Commit{}) // and is as it was
		c.send(1)
	}
	if _, err := New("mls"); err == nil {
		t.Error("MLS is no rival")
	}
}

// Who added or removed somebody in ART holds a key that it should not, until the
// newcomer refreshes or the node above the removed leaf is replaced.
func TestDoubleJoinsEnd(t *testing.T) {
	c := newCrowd(t, ART, 4)
	foreign := func(id sim.ClientID) (n int) {
		for _, h := range c.members[id].Secrets() {
			if h.Part == sim.PartNode && h.Node%2 == 0 {
				n++
			}
		}
		return n
	}
	check := func(want int) {
		t.Helper()
		if got := foreign(0); got != want {
			t.Errorf("after step %d the creator holds %d keys of other leaves, want %d", c.step, got, want)
		}
	}
	check(3)
	for id, want := range []int{3, 2, 1, 0} {
		c.commit(sim.ClientID(id), sim.Commit{})
		check(want)
	}
	c.commit(0, sim.Commit{Removes: []uint32{3}})
	check(1)
	c.commit(1, sim.Commit{})
	check(1)
	c.commit(2, sim.Commit{}) // beside the leaf that was removed
	check(0)
}
