package main

import (
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// presets are the shipped plans that set the options as others do or advise.
var presets = []string{"openmls-stable", "openmls-somewhat-stable", "openmls-fluctuating", "openmls-blank-leaves",
	"openmls-offline-device", "rfc9750", "keep-openmls", "keep-mls-rs", "keep-ts-mls"}

// Model and implementation agree under every preset, and with many options at once.
func TestPresetsInLockstep(t *testing.T) {
	files := []*planFile{{"many", []byte(manyOptions)}, {"staying", []byte(staying)}, {"groups", []byte(someGroups)},
		{"jostled", []byte(jostled)}, {"branches", []byte(branching)}, {"readd", []byte(strings.Replace(branching, "resync", "readd", 1))}}
	for _, name := range presets {
		f, err := findPlan(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			r := carriedOut(t, f, func(f *plan.File) {
				f.Engine, f.Horizon, f.Members = "lockstep", min(f.Horizon, 2*86400e9), min(f.Members, 5)
				for i := range f.Adversary.Compromises {
					f.Adversary.Compromises[i].At = 36 * 3600e9
				}
				f.Adversary.Rate *= 15 // in so short a time
			})
			if *r.Mismatches != 0 || r.Compared.Steps < 20 || r.Compared.Verdicts < 100 {
				t.Errorf("%d mismatches, %+v", *r.Mismatches, r.Compared)
			}
		})
	}
}

// staying has thieves who read along while Commits are made.
const staying = `name: staying
policies: {update_every: 8h}
adversary: {snapshots_per_member_year: 20, stay: 12h}
`

const someGroups = `name: groups
groups: {number: 2, size: 3, spread: random}
policies: {update_every: 12h, update_how: propose, update_all_groups: true, rotate_signature: 2, psk: external, suspect_within: 3h}
churn: {joins_per_day: 0.5, leaves_per_day: 0.5}
adversary: {snapshots_per_member_year: 20, stay: 2h}
`

const jostled = `name: jostled
habits: {messages_per_day: 8}
policies: {update_every: 8h, keep_epochs: 2, keep_skipped: 3}
network: {service: sequencer, loss: 0.1, duplicate: 0.4, reorder: 0.4, reorder_within: 4h}
adversary: {snapshots_per_member_year: 1, insiders: [{member: M2, at: 30h}]}
`

const branching = `name: branching
habits: {online: 4h, offline: 1h, messages_per_day: 6}
policies: {update_every: 6h, keep_epochs: 1, rotate_signature: 3, fork_recovery: resync}
network: {service: eventual, link_delay: 20m, link_jitter: 0.9, rollback_within: 2h, loss: 0.1, partitions: [{from: 6h, for: 12h, members: [M1, M2]}]}
keypackages: {pool: 2, last_resort: true}
adversary: {snapshots_per_member_year: 3, stay: 1h}
`

// carriedOut returns the result of a plan, with some changes.
func carriedOut(t *testing.T, f *planFile, change func(*plan.File)) *sim.Result {
	t.Helper()
	p, err := f.load(change)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBackend(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(p, b, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const manyOptions = `name: many
habits:
  offline_tail: 1.5
  conversation: 2
  diurnal: 0.5
  zipf: 1
  classes:
    - {share: 2, online: 4h, offline: 4h, messages_per_day: 6, hoards: true}
    - {share: 1, online: 4h, offline: 8h, messages_per_day: 6, hsm: [signature], bad_random: true}
policies:
  update_every: 1d
  update_how: propose
  update_after_messages: 4
  update_after_epochs: 6
  update_on_reply: true
  commit_after: 2
  committer: tree
  suspect_within: 6h
  quarantine_after: 12h
  readmit: true
  keep_epochs: 2
  keep_psks: 2
  keep_skipped: 3
  rotate_signature: 2
  psk: external
  psk_every: 2
network:
  loss: 0.2
  domains: 2
  hub: 1
  partitions: [{from: 1d, for: 6h, domain: 2}]
churn: {joins_per_day: 1, leaves_per_day: 0.5}
keypackages: {pool: 2, refill_every: 12h, last_resort: true, demand_per_day: 2}
adversary: {snapshots_per_member_year: 3, suppress: true}
`
