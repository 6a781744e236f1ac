package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

func TestDefaultsFillWhatIsLeftOut(t *testing.T) {
	p, err := Load("p.yaml", []byte("name: small\nmembers: 3\nhabits: {online: 2h}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Name, want.Members, want.Habits.Online = "small", 3, 2*hour
	if diff := cmp.Diff(want.plan(nil), p); diff != "" {
		t.Fatal(diff)
	}
}

const full = `name: full
description: "every key: # and all"
engine: symbolic
suite: MLKEM768_AES256GCM_SHA384_MLDSA65
seed: 18446744073709551615
replications: 3
horizon: 12d
members: 5
habits:
  online: 30m
  offline: 1.5d
  messages_per_day: 0.25
  message_bytes: 0
  stale: [M2, M5]
  stale_at: 2d
policies:
  update_every: 0
  update_jitter: 0
  update_how: propose
  commit_delay: 90s
  evict_after: 9d
  path_on_add: false
network: {rtt: 250ms, retry_within: 1m}
churn: {joins_per_day: 0.5, leaves_per_day: 1}
adversary:
  compromises:
    - {member: M3, at: 1d, for: 6h, only: [init, "node:1"]}
    - member: random
      at: 36h
  snapshots_per_member_year: 2
`

func TestEveryKeyIsRead(t *testing.T) {
	p, err := Load("full.yaml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	const h = sim.Time(hour)
	want := &sim.Plan{Name: "full", Description: "every key: # and all", Engine: "symbolic",
		Suite: "MLKEM768_AES256GCM_SHA384_MLDSA65", Seed: 1<<64 - 1,
		Replications: 3, Horizon: 288 * h, Members: 5,
		Habits: sim.Habits{Online: h / 2, Offline: 36 * h, Stale: []string{"M2", "M5"}, StaleAt: 48 * h,
			Messages: 0.25},
		Policies: sim.Policies{How: "propose", CommitDelay: h / 40, Evict: 216 * h},
		Network:  sim.Network{RTT: 250e6, Retry: 60e9},
		Churn:    sim.Churn{Joins: 0.5, Leaves: 1},
		Adversary: sim.Adversity{Rate: 2, Compromises: []sim.PlannedCompromise{
			{Member: "M3", At: 24 * h, For: 6 * h, Only: []string{"init", "node:1"}}, {Member: "random", At: 36 * h}}},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Fatal(diff)
	}
}

// Each input has one thing wrong; the position and a part of message or hint
// are given.
var refused = []struct{ name, yaml, at, says string }{
	{"empty", "", "1:1", "empty"},
	{"only a comment", "# hi\n", "1:1", "empty"},
	{"not YAML", "name: x\nhabits: [\n", "2:9", "not YAML"},
	{"two documents", "name: x\n---\nname: y\n", "3:1", "second document"},
	{"not a mapping", "- name: x\n", "1:1", "a plan should be a mapping"},
	{"no name", "seed: 1\n", "1:1", `"name" is missing`},
	{"bad name", "name: a/b\n", "1:7", "cannot name a plan"},
	{"no such protocol", "name: x\nprotocol: olm\n", "2:11", "pairwise"},
	{"another protocol on bytes", "name: x\nprotocol: art\n", "2:11", "on symbols alone"},
	{"another protocol with proposals", "name: x\nengine: symbolic\nprotocol: art\npolicies: {update_how: propose}\n", "4:24", "no proposals"},
	{"a step of MLS alone", "name: x\nengine: symbolic\nprotocol: art\nscript: |\n  create A\n  add A B\n  propose B update\n", "7:3", "art cannot carry out"},
	{"a PSK in another protocol", "name: x\nengine: symbolic\nprotocol: art\nscript: |\n  create A\n  add A B psk res:0\n", "6:3", "art cannot carry out"},
	{"unknown key", "name: x\nmemebers: 4\n", "2:1", `did you mean "members"?`},
	{"key of another mapping", "name: x\nonline: 1h\n", "2:1", "did you mean habits.online?"},
	{"unknown key, nothing near", "name: x\nhabits: {zzzzzzzzzz: 1}\n", "2:10", "the keys of habits are online"},
	{"duplicate key", "name: x\nseed: 1\nseed: 2\n", "3:1", "stands in line 2 already"},
	{"text for a number", "name: x\nmembers: four\n", "2:10", `members should be a whole number, not "four"`},
	{"fraction of a member", "name: x\nmembers: 1.5\n", "2:10", "whole number"},
	{"list for a mapping", "name: x\nhabits: [1]\n", "2:9", "habits should be a mapping"},
	{"mapping for a list", "name: x\nadversary: {compromises: {member: M1}}\n", "2:26", "should be a list"},
	{"number for a truth", "name: x\npolicies: {path_on_add: 1}\n", "2:25", "true or false"},
	{"number for text", "name: 7\n", "1:7", "name should be text"},
	{"no value", "name: x\nmembers:\n", "2:1", "leave the key out for its default"},
	{"alias", "name: &x y\n", "1:7", "anchors, aliases and tags"},
	{"tag", "name: x\nseed: !!int 4\n", "2:7", "anchors, aliases and tags"},
	{"negative count", "name: x\nmembers: -4\n", "2:10", "members is -4, it should be 1 to 4194304"},
	{"zero members", "name: x\nmembers: 0\n", "2:10", "members is 0"},
	{"huge count", "name: x\nmembers: 99999999999999999999\n", "2:10", "members"},
	{"negative seed", "name: x\nseed: -1\n", "2:7", "cannot be negative"},
	{"negative rate", "name: x\nchurn: {joins_per_day: -0.5}\n", "2:24", "0 to 100000"},
	{"not a number", "name: x\nchurn: {joins_per_day: .nan}\n", "2:24", "should be a number"},
	{"jitter beside a Poisson process", "name: x\npolicies: {update_poisson: true, update_jitter: 0.2}\n", "2:49", "exponential distribution"},
	{"Poisson process of nothing", "name: x\npolicies: {update_poisson: true, update_every: 0}\n", "2:28", "nobody refreshes"},
	{"jitter", "name: x\npolicies: {update_jitter: 1.5}\n", "2:27", "0 to 1"},
	{"unknown engine", "name: x\nengine: symbolik\n", "2:9", `did you mean "symbolic"?`},
	{"unknown suite", "name: x\nsuite: mlkem768x25519_aes256gcm_sha384_ed25518\n", "2:8", `did you mean "MLKEM768X25519_AES256GCM_SHA384_Ed25519"?`},
	{"unknown policy", "name: x\npolicies: {update_how: zzzzzzzzzzz}\n", "2:24", "it is commit, empty or propose"},
	{"duration without unit", "name: x\nhorizon: 30\n", "2:10", "30 has no unit"},
	{"negative duration", "name: x\nhorizon: -3d\n", "2:10", "cannot be negative"},
	{"no horizon", "name: x\nhorizon: 0\n", "2:10", "horizon is 0"},
	{"compromise after the horizon", "name: x\nhorizon: 2d\nadversary:\n  compromises:\n    - {member: M1, at: 3d}\n", "5:24", "not before the horizon of 2d"},
	{"span beyond the horizon", "name: x\nhorizon: 2d\nadversary: {compromises: [{member: M1, at: 1d, for: 25h}]}\n", "3:53", "ends at 2d1h"},
	{"nobody compromised", "name: x\nmembers: 3\nadversary: {compromises: [{member: M4, at: 1d}]}\n", "3:36", "the members are M1 to M3"},
	{"odd member", "name: x\nadversary: {compromises: [{member: M01, at: 1d}]}\n", "2:36", `no member "M01"`},
	{"compromise of whom", "name: x\nadversary: {compromises: [{at: 1d}]}\n", "2:27", `"member" is missing`},
	{"compromise when", "name: x\nadversary:\n  compromises:\n    - member: M1\n", "4:7", `"at" is missing`},
	{"no component", "name: x\nadversary: {compromises: [{member: M1, at: 1d, only: [laef]}]}\n", "2:55", `did you mean "leaf"?`},
	{"no node", "name: x\nadversary: {compromises: [{member: M1, at: 1d, only: [\"node:01\"]}]}\n", "2:55", "node:1"},
	{"stale stranger", "name: x\nhabits: {stale: [M9]}\n", "2:18", `no member "M9"`},
	{"random is not stale", "name: x\nhabits: {stale: [random]}\n", "2:18", `no member "random"`},
	{"stale_at alone", "name: x\nhabits: {stale_at: 1d}\n", "2:20", "no member is stale"},
	{"stale after the end", "name: x\nhorizon: 1d\nhabits: {stale: [M1], stale_at: 2d}\n", "3:33", "after the horizon"},
	{"a tail without a mean", "name: x\nhabits: {offline_tail: 0.9}\n", "2:24", "has no mean"},
	{"a tail of nothing", "name: x\nhabits: {offline: 0, offline_tail: 2}\n", "2:36", "nobody is ever offline"},
	{"gaps without an end", "name: x\nhabits: {gap_tail: 1}\n", "2:20", "for ever"},
	{"gaps and conversations", "name: x\nhabits: {gap_tail: 2, conversation: 3}\n", "2:20", "not both"},
	{"gaps and days", "name: x\nhabits: {gap_tail: 2, diurnal: 0.5}\n", "2:20", "follow a power law"},
	{"peak of nothing", "name: x\nhabits: {peak: 3h}\n", "2:16", "the same all day"},
	{"pause of nothing", "name: x\nhabits: {conversation_gap: 3m}\n", "2:28", "one by one"},
	{"no time to talk", "name: x\nhabits:\n  messages_per_day: 1000\n  conversation: 5\n  conversation_gap: 10m\n", "3:21", "leave no time"},
	{"class that has no time to talk", "name: x\nhabits:\n  conversation: 5\n  classes:\n    - {share: 1, online: 1h, offline: 23h, messages_per_day: 900}\n", "5:62", "leave no time"},
	{"half a class", "name: x\nhabits: {classes: [{share: 1, online: 1h, offline: 0}]}\n", "2:20", `"messages_per_day" is missing`},
	{"class of nobody", "name: x\nhabits: {classes: [{share: 0, online: 1h, offline: 0, messages_per_day: 1}]}\n", "2:28", "share is 0"},
	{"class with an odd part", "name: x\nhabits: {classes: [{share: 1, online: 1h, offline: 0, messages_per_day: 1, hsm: [sig]}]}\n", "2:82", `no component "sig"`},
	{"class and online", "name: x\nhabits: {online: 2h, classes: [{share: 1, online: 1h, offline: 0, messages_per_day: 1}]}\n", "2:18", "beside classes"},
	{"no rest", "name: x\npolicies: {update_after_epochs: 5}\n", "2:33", "never come to rest"},
	{"negative retention", "name: x\npolicies: {keep_epochs: -1}\n", "2:25", "keep_epochs is -1, it should be 0 to 1000"},
	{"pool of nothing", "name: x\nkeypackages: {demand_per_day: 2}\n", "2:14", "means nothing without a pool"},
	{"back from nowhere", "name: x\npolicies: {readmit: true}\n", "2:21", "nobody is removed"},
	{"PSK of nothing", "name: x\npolicies: {psk_every: 4}\n", "2:23", "without a PSK"},
	{"never away", "name: x\nhabits: {offline: 0}\npolicies: {quarantine_after: 4d}\n", "3:30", "nobody is ever offline"},
	{"PSK in a rival", "name: x\nengine: symbolic\nprotocol: art\npolicies: {psk: external}\n", "4:11", "options of MLS alone"},
	{"hub of nothing", "name: x\nnetwork: {hub: 2}\n", "2:16", "there is no hub 2"},
	{"no such hub", "name: x\nnetwork: {domains: 2, hub: 3}\n", "2:28", "there is no hub 3"},
	{"no hub", "name: x\nnetwork: {domains: 2}\n", "2:20", "none of the 2 domains"},
	{"no such domain", "name: x\nnetwork: {partitions: [{from: 1d, for: 1h, domain: 1}]}\n", "2:52", "there is no domain 1"},
	{"partition of nobody", "name: x\nnetwork: {partitions: [{from: 1d, for: 1h}]}\n", "2:24", "some members, or a domain"},
	{"partition of a stranger", "name: x\nnetwork: {partitions: [{from: 1d, for: 1h, members: [M9]}]}\n", "2:54", `no member "M9"`},
	{"partition after the end", "name: x\nnetwork: {partitions: [{from: 90d, for: 1h, members: [M1]}]}\n", "2:31", "not before the horizon"},
	{"loss of all", "name: x\nnetwork: {loss: 1}\n", "2:17", "it should be 0 to 0.99"},
	{"stay of nobody", "name: x\nadversary: {stay: 1h}\n", "2:12", "no thefts at random times"},
	{"odd part at random", "name: x\nadversary: {snapshots_per_member_year: 1, only: [laef]}\n", "2:50", `did you mean "leaf"?`},
	{"league with nobody", "name: x\nadversary: {suppress: true}\n", "2:23", "nobody is robbed"},
	{"nothing lies about", "name: x\nhabits: {offline: 0}\nadversary: {snapshots_per_member_year: 1, offline_devices: true}\n", "3:60", "nobody is ever offline"},
	{"one group of some", "name: x\ngroups: {size: 3}\n", "2:9", "mean nothing"},
	{"too few for a group", "name: x\ngroups: {number: 2, size: 9}\n", "2:27", "cannot be made of 8"},
	{"all are drawn", "name: x\ngroups: {number: 2, spread: random}\n", "2:29", "nothing to draw"},
	{"no group", "name: x\ngroups: {number: 0}\n", "2:18", "number is 0"},
	{"all groups of one", "name: x\npolicies: {update_all_groups: true}\n", "2:31", "there is one group"},
	{"a rival's groups", "name: x\nengine: symbolic\nprotocol: art\ngroups: {number: 2}\n", "4:18", "one group alone"},
	{"links of a log", "name: x\nnetwork: {link_delay: 3s}\n", "2:23", "no links between members: the service is strict"},
	{"unlike links of a log", "name: x\nnetwork: {link_jitter: 0.5}\n", "2:24", "no links"},
	{"back in a log", "name: x\nnetwork: {rollback_within: 1d}\n", "2:28", "nobody ever goes back"},
	{"no branch to come back from", "name: x\npolicies: {fork_recovery: resync}\n", "2:27", "there are no branches"},
	{"a round trip to nowhere", "name: x\nnetwork: {service: eventual, rtt: 1s}\n", "2:35", "link_delay says"},
	{"domains without services", "name: x\nnetwork: {service: eventual, domains: 2, hub: 1}\n", "2:39", "no services that could fail"},
	{"proposals on branches", "name: x\nnetwork: {service: eventual}\npolicies: {update_how: propose}\n", "3:24", "one branch alone"},
	{"eviction on branches", "name: x\nnetwork: {service: eventual}\npolicies: {evict_after: 3d}\n", "3:25", "could not come back"},
	{"churn on branches", "name: x\nnetwork: {service: eventual}\nchurn: {joins_per_day: 1}\n", "3:8", "newcomers"},
	{"PSKs on branches", "name: x\nnetwork: {service: eventual}\npolicies: {psk: external}\n", "3:17", "the same PSK"},
	{"groups on branches", "name: x\nnetwork: {service: eventual}\ngroups: {number: 2}\n", "3:18", "single group"},
	{"a rival on branches", "name: x\nengine: symbolic\nprotocol: art\nnetwork: {service: eventual}\n", "4:20", "only MLS"},
	{"held up by nothing", "name: x\nnetwork: {reorder_within: 3h}\n", "2:27", "not two of any"},
	{"an insider who is a stranger", "name: x\nadversary: {insiders: [{member: M9, at: 1d}]}\n", "2:33", `no member "M9"`},
	{"an insider who comes late", "name: x\nadversary: {insiders: [{member: M2, at: 31d}]}\n", "2:41", "not before the horizon"},
	{"an insider of a rival", "name: x\nengine: symbolic\nprotocol: art\nadversary: {insiders: [{member: M2, at: 1d}]}\n", "4:24", "how a Commit is forged"},
	{"an insider on branches", "name: x\nnetwork: {service: eventual}\nadversary: {insiders: [{member: M2, at: 1d}]}\n", "3:24", "ignores what it cannot"},
	{"a sequencer with ranks", "name: x\nnetwork: {service: sequencer, rollback_within: 2h}\n", "2:48", "the service is sequencer, and what is in its log counts"},
	{"dropped on the way in", "name: x\nnetwork: {partitions: [{from: 1d, for: 1h, members: [M1], way: in, drop: true}]}\n", "2:74", "lets it through"},
	{"unknown service", "name: x\nnetwork: {service: strikt}\n", "2:20", `did you mean "strict"?`},
	{"unknown committer", "name: x\npolicies: {committer: lowset}\n", "2:23", `did you mean "lowest"?`},
	{"suspicion of nothing", "name: x\npolicies: {suspect_within: 1d}\n", "2:28", "nobody is robbed"},
	{"next speaker of none", "name: x\nhabits: {messages_per_day: 0}\npolicies: {committer: next}\n", "3:23", "nobody ever has"},
	{"script and members", "name: x\nmembers: 4\nscript: |\n  create A\n", "2:1", "means nothing beside a script"},
	{"script and replications", "name: x\nreplications: 4\nscript: |\n  create A\n", "2:15", "the same in each replication"},
	{"empty script", "name: x\nscript: |\n  # nothing\n", "2:9", "no steps"},
	{"script in quotes", "name: x\nscript: create A\n", "2:9", "literal block"},
	{"folded script", "name: x\nscript: >\n  create A\n", "2:9", "literal block"},
}

func TestEachErrorIsFound(t *testing.T) {
	for _, c := range refused {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			p, err := Load("p.yaml", []byte(c.yaml))
			list, ok := errors.AsType[Errors](err)
			if p != nil || !ok || len(list) != 1 {
				t.Fatalf("got %v and %v, want one error", p, err)
			}
			if got := err.Error(); !strings.HasPrefix(got, "p.yaml:"+c.at+": ") || !strings.Contains(got, c.says) {
				t.Fatalf("want %s and %q in\n%s", c.at, c.says, got)
			}
		})
	}
}

func TestAllErrorsOfAFileAreFound(t *testing.T) {
	_, err := Load("p.yaml", []byte(`name: x
memebers: 4
seed: -1
habits:
  online: soon
script: |
  create A
  add A B
  comit B
  commit C
`))
	var at []string
	for _, e := range err.(Errors) {
		at = append(at, strings.SplitN(e.Error(), ": ", 2)[0])
	}
	want := []string{"p.yaml:2:1", "p.yaml:3:7", "p.yaml:5:11", "p.yaml:9:3", "p.yaml:10:10"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Fatalf("%s\n%v", diff, err)
	}
}

// Inputs that keep the YAML parser busy for minutes are refused at once.
func TestOversizedPlansAreRefused(t *testing.T) {
	for _, c := range []struct{ yaml, says string }{
		{"name: " + strings.Repeat("x", maxFile), "bytes long"},
		{strings.Repeat("[", maxFile), "YAML tokens"},
		{strings.Repeat("{a: ", maxFile/4), "YAML tokens"},
		{strings.Repeat("- ", maxFile/2), "YAML tokens"},
		{strings.Repeat("k: 1\n", maxFile/5), "YAML tokens"},
		{"name: x\nscript: |\n" + strings.Repeat("  create A\n", 20_000), "a second group"},
	} {
		if _, err := Load("p.yaml", []byte(c.yaml)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.20s…: want %q, got %.200v", c.yaml, c.says, err)
		}
	}
}

func TestErrorsShowTheLine(t *testing.T) {
	_, err := Load("p.yaml", []byte("name: x\nmembers: -4\n"))
	want := `p.yaml:2:10: members is -4, it should be 1 to 4194304
     2 | members: -4
       |          ^`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Fatal(diff)
	}
}

func TestOverridesAreChecked(t *testing.T) {
	text := []byte("name: x\nadversary: {compromises: [{member: M8, at: 20d}]}\n")
	if _, err := Load("p.yaml", text); err != nil {
		t.Fatal(err)
	}
	_, err := Load("p.yaml", text, func(f *File) { f.Horizon, f.Members = 3*day, 4 })
	if list, _ := err.(Errors); len(list) != 2 {
		t.Fatalf("want two errors, got %v", err)
	}
}
