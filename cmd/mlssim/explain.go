package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// An explainer is an adversary that knows its rules.
type explainer interface {
	sim.Adversary
	adversary.Base
}

func (a *app) explainCommand() *cobra.Command {
	var secret string
	var asJSON bool
	var replication int
	c := &cobra.Command{
		Use:   "explain DIR --secret epoch:41",
		Short: "Say why the adversary knows a secret, and what heals, or what it lacks",
		Long: `Run what a run folder holds again on the symbolic model, and derive a secret from
what was taken by the fewest rules; say which Commits would have healed the epoch,
and which would not. For a secret that is safe, say what is missing, and the
fewest secrets whose theft would open it.

A secret is named by its kind and epoch:
  epoch:41      and likewise init, encryption, commit, joiner, member, welcome,
                sender_data, exporter, external, confirmation, membership,
                resumption, authenticator
  path:41/2     path_secret of the Commit that began epoch 41, counted from below
  node:41/7     private key of tree node 7 in epoch 41 (RFC 9420, Appendix C)
  leaf:C@41     leaf key of member C in epoch 41
  message:3     key of the third application message
or as in events.jsonl: path_secret[57]/2.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if secret == "" {
				return hinted{fmt.Errorf("explain wants a --secret"), "a secret is named as " + targetForms}
			}
			return a.explain(c.Context(), args[0], secret, replication, asJSON)
		},
	}
	c.Flags().StringVar(&secret, "secret", "", "the secret, such as epoch:41")
	c.Flags().IntVar(&replication, "replication", 0, "of which replication, from 0")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// explain is the verb explain.
func (a *app) explain(ctx context.Context, path, secret string, replication int, asJSON bool) error {
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	if replication < 0 || replication >= f.plan.Replications {
		return fmt.Errorf("no replication %d: there are %d, from 0", replication, f.plan.Replications)
	}
	if err := secretive(f.plan); err != nil {
		return err
	}
	p := *f.plan
	p.Engine = "symbolic"
	b, err := a.backend(&p, replication)
	if err != nil {
		return err
	}
	o := newObserver(b)
	bar := a.newProgress(&p)
	learnt := newLearnt()
	r, err := sim.Run(&p, o, sim.Options{Replication: replication, Stop: func() bool { return ctx.Err() != nil },
		Progress: func(t sim.Time) { bar.tick(0, t) }, Events: learnt})
	bar.finish()
	if errors.Is(err, sim.ErrStopped) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	known, ok := b.Adversary().(explainer)
	if !ok {
		return errors.New("the engine cannot explain")
	}
	h := &history{Result: r, observer: o, names: b.Names()}
	target, err := h.find(secret)
	if err != nil {
		return err
	}
	e := explanationOf(h, known, target, learnt)
	if asJSON {
		return a.printJSON(e)
	}
	return (&explanationText{a.stdout, h, p.Script}).print(e)
}

// An explanation is what "explain --json" prints.
type explanation struct {
	Secret string     `json:"secret"`
	Known  bool       `json:"known"`
	Since  *sim.Time  `json:"since_ns"`    // null for a safe secret
	Event  int        `json:"since_event"` // number of the record in events.jsonl, 0 for a safe secret
	Size   uint64     `json:"size"`        // of the shortest derivation: rules, as often as their conclusions are used
	Taken  []theft    `json:"taken"`       // what the derivation rests on
	Rules  []ruleText `json:"rules"`       // the derivation, premises before conclusions
	Heal   *remedies  `json:"heal"`        // null for a safe secret, and for one that belongs to no epoch
	Lacks  []lackText `json:"missing"`     // of a safe secret: each rule that would give it
	Miss   *miss      `json:"cheapest"`    // of a safe secret: the fewest thefts that would give it

	target     sim.Name
	derivation *adversary.Derivation
	lacks      []lack
}

type ruleText struct {
	ID      string   `json:"id"`
	Section string   `json:"section"`
	From    []string `json:"from"`
	To      string   `json:"to"`
}

type lackText struct {
	Rule    ruleText `json:"rule"`
	Missing []string `json:"missing"`
}

// A lack is a rule that would give a secret, and the premises that are not known.
type lack struct {
	rule    sim.Rule
	missing []sim.Name
}

// A miss is what would have had to be taken beside all that was.
type miss struct {
	Sets    [][]heldText `json:"sets"`     // of equal size, some of them if there are many
	Count   int          `json:"count"`    // of all such sets
	Exact   bool         `json:"exact"`    // whether the search was complete
	HeldBy  []holderText `json:"held_by"`  // of the secret itself, if it ever was in somebody's state
	AtLeast int          `json:"at_least"` // secrets: the size of the sets, or more than was looked for
}

// heldText is a secret, and in whose state it was.
type heldText struct {
	Secret string       `json:"secret"`
	HeldBy []holderText `json:"held_by"`

	name sim.Name
}

type holderText struct {
	Member string   `json:"member"`
	From   sim.Time `json:"from_ns"`
	Until  sim.Time `json:"until_ns"` // -1: it still is there
}

func explanationOf(h *history, known explainer, target sim.Name, l *learnt) *explanation {
	e := &explanation{Secret: target.String(), Known: known.Knows(target), target: target,
		Taken: []theft{}, Rules: []ruleText{}, Lacks: []lackText{}}
	if e.Known {
		e.derivation, e.Size = adversary.Shortest(known, target)
		first := l.at[target.String()]
		e.Since, e.Event = &first.At, first.Event
		for _, n := range e.derivation.Taken() {
			e.Taken = append(e.Taken, l.at[n.String()])
		}
		for _, r := range e.derivation.Rules() {
			e.Rules = append(e.Rules, textOf(r))
		}
		e.Heal = remediesOf(h, known, target)
		return e
	}
	for _, r := range known.Rules(target) {
		l := lack{rule: r}
		for _, from := range r.From {
			if !known.Knows(from) {
				l.missing = append(l.missing, from)
			}
		}
		e.lacks = append(e.lacks, l)
		e.Lacks = append(e.Lacks, lackText{textOf(r), spell(l.missing)})
	}
	e.Miss = missOf(h, known, target)
	return e
}

// mostShown is how many sets of thefts are printed.
const mostShown = 20

func missOf(h *history, known explainer, target sim.Name) *miss {
	sets, exact := adversary.Cheapest(known, target, func(n sim.Name) bool { return len(h.holds[n]) > 0 })
	m := &miss{Sets: [][]heldText{}, Count: len(sets), Exact: exact, HeldBy: h.holders(target), AtLeast: 4}
	for i, set := range sets {
		m.AtLeast = len(set)
		if i == mostShown {
			break
		}
		texts := []heldText{}
		for _, n := range set {
			texts = append(texts, heldText{n.String(), h.holders(n), n})
		}
		m.Sets = append(m.Sets, texts)
	}
	return m
}

// holders says in whose state a secret was, and when.
func (h *history) holders(n sim.Name) []holderText {
	list := []holderText{}
	for _, x := range h.holds[n] {
		list = append(list, holderText{h.Clients[x.client], x.from, x.until})
	}
	return list
}

func textOf(r sim.Rule) ruleText {
	row, _ := adversary.Lookup(r.ID)
	return ruleText{r.ID, row.Section, spell(r.From), r.To.String()}
}

func spell(names []sim.Name) []string {
	s := make([]string, len(names))
	for i, n := range names {
		s[i] = n.String()
	}
	return s
}
