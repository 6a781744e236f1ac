package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"mlssim/sim"
)

func (a *app) attackCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "attack DIR",
		Short: "Open the messages that a run says can be read, with stolen bytes alone",
		Long: `Run what a run folder holds again on the implementation, and let the attacker on
bytes try every application message: it knows no rules, only what went over the
wire and what was stolen. Say for each message that the run calls readable whether
it was opened. Exit code 1 if one was not, or if one that the run calls safe was.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.attack(c.Context(), args[0], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// An attackReport is what "attack --json" prints.
type attackReport struct {
	Folder       string        `json:"folder"`
	Engine       string        `json:"engine"` // that gave the verdicts: if it is concrete, they are the attacker's own
	Replications []attackFacts `json:"replications"`
}

// attackFacts are those of one replication.
type attackFacts struct {
	Replication int             `json:"replication"`
	Messages    int             `json:"messages"`
	Leaked      int             `json:"leaked"` // of which the run says that they can be read
	Opened      int             `json:"opened"`
	Given       int             `json:"given"`           // of those opened: whose reuse guard the attacker was given
	NotOpened   []attackMessage `json:"not_opened"`      // though leaked
	Surprises   []attackMessage `json:"opened_but_safe"` // opened, though the run says that they cannot be read
}

type attackMessage struct {
	Message int        `json:"message"` // its number, from 1, as in "explain --secret message:3"
	Step    sim.StepID `json:"step"`
	Sender  string     `json:"sender"`
	Epoch   uint64     `json:"epoch"`
}

// attack is the verb attack.
func (a *app) attack(ctx context.Context, path string, asJSON bool) error {
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	if f.plan.Protocol != "" {
		return fmt.Errorf("%s: %s is there on symbols alone, and has no bytes to attack", path, f.plan.Protocol)
	}
	if err := secretive(f.plan); err != nil {
		return err
	}
	was, err := f.results()
	if err != nil {
		return err
	}
	is, given, err := a.attacked(ctx, f, was)
	if err != nil {
		return err
	}
	report := attackReport{Folder: path, Engine: f.plan.Engine, Replications: []attackFacts{}}
	for i, d := range is {
		if d.Result.Digest != was[i].Result.Digest {
			return violation{fmt.Errorf("%s: replication %d is another history on the implementation: its digest is %s, and was %s",
				filepath.Join(path, resultFile), d.Number, d.Result.Digest, was[i].Result.Digest)}
		}
		facts := compareMessages(was[i].Result, d.Result)
		facts.Replication, facts.Given = d.Number, given[d.Number]
		report.Replications = append(report.Replications, facts)
	}
	if asJSON {
		if err := a.printJSON(report); err != nil {
			return err
		}
	} else {
		a.printAttack(&report)
	}
	return report.verdict()
}

// attacked runs the folder's replications on bytes. It also returns how many
// messages of each the attacker was helped with.
func (a *app) attacked(ctx context.Context, f *runFolder, was []*replicate) ([]*replicate, map[int]int, error) {
	p := *f.plan
	p.Engine = "concrete"
	var numbers []int
	for _, d := range was {
		if d.Number < 0 || d.Number >= p.Replications {
			return nil, nil, violation{fmt.Errorf("%s: no replication %d", filepath.Join(f.path, resultFile), d.Number)}
		}
		numbers = append(numbers, d.Number)
	}
	var mutex sync.Mutex
	backends := map[int]sim.Backend{}
	bar := a.newProgress(&p)
	defer bar.finish()
	r := &runner{plan: &p, tick: bar.tick, numbers: numbers, backend: func(p *sim.Plan, i int) (sim.Backend, error) {
		b, err := a.backend(p, i)
		mutex.Lock()
		defer mutex.Unlock()
		backends[i] = b
		return b, err
	}}
	is, err := r.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(is) != len(was) {
		return nil, nil, errors.New("not all replications were run")
	}
	given := map[int]int{}
	for i, b := range backends {
		if h, ok := b.Adversary().(sim.Helped); ok {
			given[i] = h.Given()
		}
	}
	return is, given, nil
}

// compareMessages compares what a run says of each message with what was opened.
func compareMessages(said, opened *sim.Result) attackFacts {
	f := attackFacts{Messages: len(said.Messages), NotOpened: []attackMessage{}, Surprises: []attackMessage{}}
	for i, m := range said.Messages {
		leaked := m.ReadAt != sim.Never
		open := i < len(opened.Messages) && opened.Messages[i].Step == m.Step && opened.Messages[i].ReadAt != sim.Never
		f.Leaked += number(leaked)
		f.Opened += number(leaked && open)
		x := attackMessage{i + 1, m.Step, said.Clients[m.Sender], m.Epoch}
		switch {
		case leaked && !open:
			f.NotOpened = append(f.NotOpened, x)
		case open && !leaked:
			f.Surprises = append(f.Surprises, x)
		}
	}
	return f
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *app) printAttack(r *attackReport) {
	if r.Engine == "concrete" || r.Engine == "isolated" {
		fmt.Fprintln(a.stdout, "the run's verdicts are those of this attacker itself")
	}
	for _, f := range r.Replications {
		if len(r.Replications) > 1 {
			fmt.Fprintf(a.stdout, "replication %d: ", f.Replication)
		}
		fmt.Fprintf(a.stdout, "opened %s of %s that the run says can be read, and %s of %s that it says are safe\n",
			thousands(f.Opened), count(f.Leaked, "message"), thousands(len(f.Surprises)), thousands(f.Messages-f.Leaked))
		if f.Given > 0 {
			fmt.Fprintf(a.stdout, "  of %s it was given the reuse guard, 32 bits that it would have had to guess (RFC 9420, Section 6.3.1)\n",
				count(f.Given, "message"))
		}
		for _, m := range f.NotOpened {
			fmt.Fprintf(a.stdout, "  message %d, by %s in epoch %d (step %d): NOT opened\n", m.Message, m.Sender, m.Epoch, m.Step)
		}
		for _, m := range f.Surprises {
			fmt.Fprintf(a.stdout, "  message %d, by %s in epoch %d (step %d): opened, and the run says that it is safe\n", m.Message, m.Sender, m.Epoch, m.Step)
		}
	}
}

// verdict is the error that says that run and attacker disagree, or nil.
func (r *attackReport) verdict() error {
	missed, more := 0, 0
	for _, f := range r.Replications {
		missed += len(f.NotOpened)
		more += len(f.Surprises)
	}
	if missed+more == 0 {
		return nil
	}
	return violation{fmt.Errorf("%s said to be readable and not opened, %s opened and said to be safe",
		count(missed, "message"), count(more, "message"))}
}
