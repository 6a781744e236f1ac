package main

import (
	"bytes"
	"encoding/json"

	"mlssim/sim"
)

// learnt reads a run's events and remembers when the adversary came to know
// each secret. A device that is read is that of the record before.
type learnt struct {
	at   map[string]theft // by the secret's name
	rest []byte           // of a line
	who  string           // in the last record that names somebody
	last sim.Record       // that is no learning
}

// A theft says when and off whose device a secret was taken; of one that was
// derived, the device is that of whoever made the last premise known.
type theft struct {
	Secret string   `json:"secret"`
	From   string   `json:"from"`
	At     sim.Time `json:"at_ns"`
	Event  int      `json:"event"` // number of the record in events.jsonl

	what sim.What // the record before
	step sim.StepID
}

func newLearnt() *learnt { return &learnt{at: map[string]theft{}} }

// Write implements [io.Writer] for events.
func (l *learnt) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		var r sim.Record
		if err := json.Unmarshal(line, &r); err != nil {
			return 0, err
		}
		l.record(r)
		l.rest = rest
	}
}

func (l *learnt) record(r sim.Record) {
	if r.What != sim.DidLearn {
		l.last = r
		if r.Who != "" {
			l.who = r.Who
		}
		return
	}
	for _, name := range r.Secrets {
		if _, ok := l.at[name]; !ok {
			l.at[name] = theft{name, l.who, r.At, r.N, l.last.What, l.last.Step}
		}
	}
}
