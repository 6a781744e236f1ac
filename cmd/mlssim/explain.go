package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// An explainer is an adversary that knows its rules.
type explainer interface {
	sim.Adversary
	sim.Deriver
	Rules(sim.Name) []sim.Rule
}

func (a *app) explainCommand() *cobra.Command {
	var secret string
	var asJSON bool
	var replication int
	c := &cobra.Command{
		Use:   "explain DIR --secret epoch:41",
		Short: "Say why the adversary knows a secret, or what it lacks",
		Long: `Run what a run folder holds again on the symbolic model, and derive a secret from
what was taken, rule by rule. For a secret that is safe, say what is missing.

A secret is named by its kind and epoch:
  epoch:41      and likewise init, encryption, commit, joiner, member, welcome,
                sender_data, exporter, external, confirmation, membership,
                resumption, authenticator
  path:41/2     path_secret of the Commit that began epoch 41, counted from below
  node:41/7     private key of tree node 7 in epoch 41 (RFC 9420, Appendix C)
  leaf:C@41     leaf key of member C in epoch 41
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
	e := explanationOf(known, target, learnt)
	if asJSON {
		return a.printJSON(e)
	}
	return a.printExplanation(h, e)
}

// An explanation is what "explain --json" prints.
type explanation struct {
	Secret string     `json:"secret"`
	Known  bool       `json:"known"`
	Since  *sim.Time  `json:"since_ns"` // null for a safe secret
	Taken  []theft    `json:"taken"`    // what the derivation rests on
	Rules  []ruleText `json:"rules"`    // the derivation, premises before conclusions
	Lacks  []lackText `json:"missing"`  // of a safe secret: each rule that would give it

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

func explanationOf(known explainer, target sim.Name, l *learnt) *explanation {
	e := &explanation{Secret: target.String(), Known: known.Knows(target), target: target,
		Taken: []theft{}, Rules: []ruleText{}, Lacks: []lackText{}}
	if e.Known {
		e.derivation = adversary.Explain(known, target)
		since := l.at[target.String()].At
		e.Since = &since
		for _, n := range e.derivation.Taken() {
			e.Taken = append(e.Taken, l.at[n.String()])
		}
		for _, r := range e.derivation.Rules() {
			e.Rules = append(e.Rules, textOf(r))
		}
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
	return e
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

func (a *app) printExplanation(h *history, e *explanation) error {
	if e.Known {
		fmt.Fprintf(a.stdout, "%s: known to the adversary since %s\n\n", h.call(e.target), span(*e.Since))
		if err := e.derivation.Print(a.stdout, h.call); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
		for i, n := range e.derivation.Taken() {
			t := e.Taken[i]
			fmt.Fprintf(a.stdout, "%s was taken from %s at %s\n", h.call(n), t.From, span(t.At))
		}
		return nil
	}
	fmt.Fprintf(a.stdout, "%s: safe\n\n", h.call(e.target))
	if len(e.lacks) == 0 {
		fmt.Fprintln(a.stdout, "no rule gives it: it would have to be taken")
		return nil
	}
	for _, l := range e.lacks {
		row, _ := adversary.Lookup(l.rule.ID)
		var missing []string
		for _, n := range l.missing {
			missing = append(missing, h.call(n))
		}
		fmt.Fprintf(a.stdout, "missing: %s\n  %s (RFC 9420, Section %s)\n", strings.Join(missing, " and "), row.Text, row.Section)
	}
	return nil
}
