package sim

import "slices"

// drawn gives the adversary what a client has drawn in a step, if its randomness was
// bad: fresh keys, the epoch_secret of a group that it has created, the first path secret or,
// without one, commit_secret, and, since
// what HPKE draws for a ciphertext opens it, the joiner_secret of a Welcome.
func (w *world) drawn(c *client, steps ...StepID) {
	if !c.bad {
		return
	}
	c.bad = c.class.BadRandom
	var names []Name
	for _, step := range steps {
		names = append(names, w.drawnIn(c, step)...)
	}
	w.adversary.Take(names)
	w.learn()
}

// drawnIn names what a client has drawn in one step.
func (w *world) drawnIn(c *client, step StepID) []Name {
	var names []Name
	path := slices.Contains(w.backend.Names(), Name{Kind: PathSecret, Origin: step})
	for _, n := range w.backend.Names() {
		if n.Origin != step {
			continue
		}
		switch n.Kind {
		case InitKey, LeafKey, ExternalInitSecret:
			names = append(names, n)
		case EpochSecret:
			if w.steps[step].kind == stepCreate {
				names = append(names, n)
			}
		case PathSecret:
			if n.Index == 0 {
				names = append(names, n)
			}
		case CommitSecret:
			if !path {
				names = append(names, n)
			}
		case JoinerSecret:
			if c.staged != nil && c.staged.step == step && c.staged.welcome != nil {
				names = append(names, n)
			}
		}
	}
	return names
}

// runBadRandom lets the adversary know what a client draws in its next step.
func (s *script) runBadRandom(c *client) error {
	c.bad = true
	s.note(DidBadRandom, c, 0)
	return nil
}

// runHSM puts parts of a client's state where no theft takes them.
func (s *script) runHSM(c *client, step ScriptStep) error {
	parts, err := parseComponents(step.Only)
	if err != nil {
		return illegal(err.Error())
	}
	c.hsm = append(slices.Clip(c.hsm), parts...)
	return nil
}
