package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mlssim/sim"
)

// anyModels draws options of habits and policies that go together.
func anyModels(t *rapid.T, p *sim.Plan) {
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	number := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(t, name) }
	time := func(name string, high Duration) sim.Time {
		return sim.Time(rapid.Int64Range(1, int64(high)).Draw(t, name))
	}
	h, q := &p.Habits, &p.Policies
	if yes("tail") {
		h.OfflineTail, h.Offline = number("offline tail", 1.1, 10), h.Offline+1
	}
	switch rapid.IntRange(0, 3).Draw(t, "traffic") {
	case 1:
		h.Messages = min(h.Messages, 1)
		h.Conversation, h.Gap = number("conversation", 1.5, 20), 1e6+time("gap", millisecond)
		h.Diurnal, h.Peak = number("diurnal", 0.1, 1), time("peak", day)
	case 2:
		h.GapTail = number("gap tail", 1.1, 10)
	}
	h.Zipf = number("zipf", 0, 5)
	if yes("classes") {
		d := Defaults().Habits
		h.Online, h.Offline, h.Messages = sim.Time(d.Online), sim.Time(d.Offline), d.Messages
		h.Classes = []sim.Class{
			{Share: 1, Online: sim.Time(hour), Messages: 1, HSM: []string{"signature"}, BadRandom: yes("bad")},
			{Share: number("share", 0.1, 5), Online: sim.Time(hour), Offline: sim.Time(day), Hoards: yes("hoards")}}
	}
	if q.Update > 0 && yes("poisson") {
		q.Poisson, q.Jitter = true, Defaults().Policies.Jitter
	}
	q.AfterMessages = rapid.IntRange(0, 9).Draw(t, "k")
	if q.How == "propose" && p.Protocol == "" {
		q.AfterEpochs = rapid.IntRange(0, 9).Draw(t, "age")
	}
	q.OnReply, q.CommitAfter = yes("reply"), rapid.IntRange(0, 9).Draw(t, "n")
	if yes("away") {
		if len(h.Classes) == 0 {
			h.Offline++
		}
		q.Quarantine, q.Readmit = time("quarantine", day), yes("readmit")
	}
	if p.Protocol == "" {
		q.Keep = sim.Retention{PSKs: rapid.IntRange(0, 9).Draw(t, "psks"), Epochs: rapid.IntRange(0, 9).Draw(t, "epochs"), Skipped: rapid.IntRange(-1, 9).Draw(t, "skipped")}
		q.RotateSignature = rapid.IntRange(0, 3).Draw(t, "rotate")
		if yes("psk") {
			q.PSK, q.PSKEvery = rapid.SampledFrom(PSK("").words()[1:]).Draw(t, "which"), rapid.IntRange(1, 9).Draw(t, "every")
		}
		if yes("pool") {
			p.KeyPackages = sim.Pools{Size: rapid.IntRange(1, 9).Draw(t, "pool"), Refill: sim.Time(minute) + time("refill", day),
				Lifetime: sim.Time(hour) + time("lifetime", day), LastResort: yes("last"), Demand: number("demand", 0, 9)}
		}
	}
	n, a := &p.Network, &p.Adversary
	n.Loss = number("loss", 0, 0.9)
	if yes("jostle") {
		n.Duplicate, n.Reorder, n.Window = number("duplicate", 0, 1), number("reorder", 0.1, 1), time("window", day)
	}
	if p.Protocol == "" && yes("sequencer") {
		n.Service = sim.ServiceSequencer
	}
	if p.Protocol == "" && yes("insider") {
		a.Insiders = []sim.Insider{{Member: "M2", At: time("insider", day)}}
	}
	if yes("domains") {
		n.Domains, n.Hub = 3, rapid.IntRange(1, 3).Draw(t, "hub")
		n.Partitions = append(n.Partitions, sim.Partition{From: time("from", day), For: time("for", day), Domain: 2})
	}
	if yes("withheld") {
		n.Partitions = append(n.Partitions, sim.Partition{From: time("from", day), For: time("for", day), Members: []string{"M1"}, Way: sim.WayOut, Drop: yes("drop")})
	}
	if yes("partition") {
		n.Partitions = append(n.Partitions, sim.Partition{From: time("from", day), For: time("for", day), Members: []string{"M1", "M2"}})
	}
	if a.Rate > 0 {
		a.Stay, a.Suppress, a.Seize = time("stay", day), yes("suppress"), h.Offline > 0 && yes("seize")
		a.Only = rapid.SampledFrom([][]string{nil, {"leaf", "node:3"}}).Draw(t, "only")
	}
	if p.Protocol == "" && yes("groups") {
		p.Groups = sim.Groups{Number: rapid.IntRange(2, 9).Draw(t, "groups"), Spread: "even"}
		if yes("size") {
			p.Groups.Size = rapid.IntRange(1, p.Members).Draw(t, "size")
			p.Groups.Spread = rapid.SampledFrom(Spread("").words()).Draw(t, "spread")
		}
		q.AllGroups = yes("all groups")
	}
	if p.Protocol == "" && q.How == "commit" && yes("eventual") {
		*n = sim.Network{Service: sim.ServiceEventual, LinkDelay: time("delay", day), LinkJitter: number("link jitter", 0, 1),
			Rollback: time("rollback", day), Retry: n.Retry, Loss: n.Loss}
		a.Insiders = nil
		q.CommitAfter, q.Evict, q.Quarantine, q.Readmit, q.PSK, q.PSKEvery, q.AllGroups = 0, 0, 0, false, "", 0, false
		q.Recovery = rapid.SampledFrom([]string{"", sim.RecoverReadd, sim.RecoverResync}).Draw(t, "recovery")
		p.Churn, p.Groups = sim.Churn{}, sim.Groups{}
	}
	q.Committer = rapid.SampledFrom([]string{"", "lowest", "designated", "tree"}).Draw(t, "committer")
}

// Each option of habits and policies is read into its place.
func TestModelsAreRead(t *testing.T) {
	p, err := Load("models.yaml", []byte(`name: models
groups: {number: 3, size: 4, spread: random}
habits:
  offline_tail: 1.5
  conversation: 4
  conversation_gap: 30s
  diurnal: 0.5
  peak: 14h
  zipf: 1.1
  classes:
    - {share: 3, online: 1h, offline: 2h, messages_per_day: 5, hsm: [signature, init], hoards: true}
    - {share: 1, online: 4h, offline: 0, messages_per_day: 0, bad_random: true}
policies:
  update_poisson: true
  update_how: propose
  update_after_messages: 7
  update_after_epochs: 9
  update_on_reply: true
  suspect_within: 2d
  update_all_groups: true
  commit_after: 3
  committer: tree
  quarantine_after: 9d
  readmit: true
  keep_epochs: 1
  keep_psks: 2
  keep_skipped: 0
  rotate_signature: 4
  psk: external
  psk_every: 5
keypackages: {pool: 6, refill_every: 2h, lifetime: 3d, last_resort: true, demand_per_day: 1.5}
network:
  loss: 0.25
  partitions:
    - {from: 2d, for: 3h, members: [M1, M4]}
    - {from: 4d, for: 1h, domain: 2}
  domains: 3
  hub: 1
adversary: {snapshots_per_member_year: 1, stay: 5h, only: [leaf, init], offline_devices: true, suppress: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults().plan(nil)
	const h = sim.Time(hour)
	want.Name, want.Adversary.Rate = "models", 1
	want.Habits.OfflineTail, want.Habits.Conversation, want.Habits.Gap = 1.5, 4, h/120
	want.Habits.Diurnal, want.Habits.Peak, want.Habits.Zipf = 0.5, 14*h, 1.1
	want.Habits.Classes = []sim.Class{
		{Share: 3, Online: h, Offline: 2 * h, Messages: 5, HSM: []string{"signature", "init"}, Hoards: true},
		{Share: 1, Online: 4 * h, BadRandom: true}}
	want.Policies.How, want.Policies.AfterMessages, want.Policies.AfterEpochs = "propose", 7, 9
	want.Policies.OnReply, want.Policies.Suspect, want.Policies.AllGroups = true, 48*h, true
	want.Policies.Poisson = true
	want.Groups = sim.Groups{Number: 3, Size: 4, Spread: "random"}
	want.Policies.CommitAfter, want.Policies.Committer = 3, "tree"
	want.Network.Loss, want.Network.Domains, want.Network.Hub = 0.25, 3, 1
	want.Network.Partitions = []sim.Partition{{From: 48 * h, For: 3 * h, Members: []string{"M1", "M4"}}, {From: 96 * h, For: h, Domain: 2}}
	want.Adversary.Stay, want.Adversary.Only, want.Adversary.Seize, want.Adversary.Suppress = 5*h, []string{"leaf", "init"}, true, true
	want.Policies.Quarantine, want.Policies.Readmit = 216*h, true
	want.Policies.Keep = sim.Retention{Epochs: 1, PSKs: 2, Skipped: -1}
	want.Policies.RotateSignature, want.Policies.PSK, want.Policies.PSKEvery = 4, "external", 5
	want.KeyPackages = sim.Pools{Size: 6, Refill: 2 * h, Lifetime: 72 * h, LastResort: true, Demand: 1.5}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Fatal(diff)
	}
}

// The defaults of all options leave a plan as it was before there were any.
func TestModelsAreOffByDefault(t *testing.T) {
	p := Defaults().plan(nil)
	if diff := cmp.Diff(sim.Habits{Online: p.Habits.Online, Offline: p.Habits.Offline, Messages: 4, Size: 100}, p.Habits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sim.Policies{Update: p.Policies.Update, Jitter: 0.5, How: "commit", CommitDelay: p.Policies.CommitDelay, PathOnAdd: true}, p.Policies); diff != "" {
		t.Error(diff)
	}
}
