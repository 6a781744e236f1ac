package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"mlssim/sim"
)

// A runReport is what "run --json" prints.
type runReport struct {
	runFacts
	Folder       string         `json:"folder"`
	note         string         // on the folder
	Replications []runFacts     `json:"replications"`
	Asked        int            `json:"replications_asked"`   // more than there are if the run was cut short
	Aggregates   map[string]any `json:"aggregates,omitempty"` // only of several replications
}

// runFacts are the facts of one replication. Of a run with several, the lists
// are left out, and counts are sums.
type runFacts struct {
	Replication *int         `json:"replication,omitempty"`
	Digest      string       `json:"digest"`
	Engine      string       `json:"engine"`
	Plan        string       `json:"plan"`
	Seed        uint64       `json:"seed"`
	Epochs      *uint64      `json:"epochs,omitempty"` // number of the last one
	Leaked      *[]uint64    `json:"leaked_epochs,omitempty"`
	Retroactive *[]uint64    `json:"retroactive_epochs,omitempty"`
	Messages    int          `json:"messages"`
	Read        int          `json:"leaked_messages"`
	Healed      *[]healFacts `json:"healed,omitempty"`
	Mismatches  *int         `json:"mismatches"` // null where nothing was compared
	Compared    sim.Compared `json:"compared"`
	*scaleFacts              // only of a run in integers
}

type healFacts struct {
	Compromise int    `json:"compromise"` // from 0, in the order of time
	Member     string `json:"member"`
	Epoch      uint64 `json:"epoch"`
	Cause      string `json:"cause"`
}

// factsOf sums up one replication.
func factsOf(d *replicate) runFacts {
	r := d.Result
	leaked, retroactive := leakedEpochs(r)
	healed := []healFacts{}
	for _, h := range r.Heals {
		healed = append(healed, healFacts{h.Compromise, r.Clients[r.Compromises[h.Compromise].Client], h.Epoch, h.Cause})
	}
	last := lastEpoch(r)
	f := runFacts{Digest: r.Digest, Engine: r.Engine, Plan: r.Plan, Seed: r.Seed, Epochs: &last,
		Leaked: &leaked, Retroactive: &retroactive, Messages: len(r.Messages), Read: totals(r).read,
		Healed: &healed, Mismatches: r.Mismatches, Compared: r.Compared}
	if r.Scale != nil {
		f.scaleFacts = newScaleFacts(d)
	}
	return f
}

// lastEpoch returns the number of the last epoch, 0 if there was none.
func lastEpoch(r *sim.Result) uint64 {
	if len(r.Epochs) == 0 {
		return 0
	}
	return r.Epochs[len(r.Epochs)-1].Epoch
}

// reportOf sums up a run.
func reportOf(p *sim.Plan, replicates []*replicate, dir *folder) *runReport {
	rep := &runReport{Folder: dir.place, note: dir.note, Replications: []runFacts{}, Asked: p.Replications}
	for _, d := range replicates {
		f := factsOf(d)
		number := d.Number
		f.Replication = &number
		rep.Replications = append(rep.Replications, f)
	}
	if p.Replications == 1 && len(rep.Replications) == 1 {
		rep.runFacts = rep.Replications[0]
		rep.Replication = nil
		return rep
	}
	rep.runFacts = sumOf(p, rep.Replications)
	rep.Aggregates = map[string]any{"time_to_heal": healTimes(resultsOf(replicates))}
	for _, e := range aggregates(resultsOf(replicates)) {
		rep.Aggregates[e.name] = e
	}
	return rep
}

func resultsOf(replicates []*replicate) []*sim.Result {
	results := make([]*sim.Result, len(replicates))
	for i, d := range replicates {
		results[i] = d.Result
	}
	return results
}

func sumOf(p *sim.Plan, all []runFacts) runFacts {
	var digests []string
	for _, f := range all {
		digests = append(digests, f.Digest)
	}
	sum := runFacts{Digest: digestOf(digests), Engine: p.Engine, Plan: p.Name, Seed: p.Seed}
	for _, f := range all {
		sum.Messages += f.Messages
		sum.Read += f.Read
		sum.Compared.Steps += f.Compared.Steps
		sum.Compared.Verdicts += f.Compared.Verdicts
		sum.Compared.Replayed += f.Compared.Replayed
		sum.Compared.Opened += f.Compared.Opened
		sum.Compared.NotOpened += f.Compared.NotOpened
		sum.Compared.Given += f.Compared.Given
		if f.Mismatches != nil {
			if sum.Mismatches == nil {
				sum.Mismatches = new(int)
			}
			*sum.Mismatches += *f.Mismatches
		}
	}
	return sum
}

// digestOf returns the digest of a run: that of its only replication, or the
// SHA-256 over those of all, one a line.
func digestOf(digests []string) string {
	if len(digests) == 1 {
		return digests[0]
	}
	h := sha256.New()
	for _, d := range digests {
		fmt.Fprintln(h, d)
	}
	return hex.EncodeToString(h.Sum(nil))
}
