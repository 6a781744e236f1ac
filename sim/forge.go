package sim

import (
	"errors"
	"slices"
)

// What the adversary makes in the steps of a script.

// errNoForger tells that the adversary of a backend is passive.
const errNoForger = illegal("the adversary of this engine makes no messages")

// runForge lets the adversary make a message in the name of a client, and offers it.
func (s *script) runForge(c *client, step ScriptStep) error {
	f := Forgery{
		Kind: step.Forge, Epoch: s.epochs[s.service.epoch].Step, As: c.id, Versions: c.keys, Guess: step.Guess,
	}
	f.Outside = c.sender && (f.Kind == ForgedAdd || f.Kind == ForgedRemove)
	if f.Outside {
		f.Leaf = c.place
	} else if f.Kind.ByMember() {
		m := s.member(c)
		if m == nil {
			return illegalf("%s is not a member, and cannot be impersonated in the group", c.name)
		}
		f.Leaf = m.Leaf
	}
	if f.Kind == ForgedExternal {
		if err := s.prepareExternal(c, step, &f); err != nil {
			return err
		}
	}
	if f.Kind == ForgedWelcome {
		if err := s.noBranch(step.Name); err != nil {
			return err
		}
	}
	joiners, err := s.forgedList(&f, step)
	if err != nil {
		return err
	}
	if err := s.forgedUnder(&f, step, c); err != nil {
		return err
	}
	made, err := s.forged(c, &f)
	if err != nil {
		return err
	}
	s.sentForged(&f)
	s.note(DidForge, c, f.Step, append(slices.Clone(step.Adds), step.Others...)...)
	e := entry{kind: isProposal, author: c, forged: true, epoch: s.service.epoch, step: f.Step, message: made.Message}
	switch f.Kind {
	case ForgedIdentity:
		c.keys++
		return nil
	case ForgedKeyPackage:
		s.packages[c] = append(s.packages[c], keptPackage{KeyPackage: made.KeyPackage, forged: true})
		return nil
	case ForgedWelcome:
		if len(joiners) == 0 {
			return illegal("the KeyPackage is the adversary's own")
		}
		return s.offerWelcome(e, made.Welcome, joiners[0], step.Name)
	case ForgedGroupInfo:
		s.observe(made.Message)
		s.keepInfo(c, f.Step, made.Message)
		return nil
	case ForgedCommit, ForgedExternal:
		e.kind = isCommit
		e.commit = &staged{step: f.Step, message: made.Message, welcome: made.Welcome, joiners: joiners, path: true}
	}
	s.observe(made.Message)
	return s.deliver(e)
}

// noBranch refuses a name that a branch has.
func (s *script) noBranch(name string) error {
	if slices.ContainsFunc(s.branches, func(b *branch) bool { return b.name == name }) {
		return illegalf("there is a branch %s already", name)
	}
	return nil
}

// forged lets the adversary make a message. That it lacks something is the reason of
// an illegal step.
func (s *script) forged(c *client, f *Forgery) (Forged, error) {
	forger, ok := s.adversary.(Forger)
	if !ok {
		return Forged{}, errNoForger
	}
	f.Step = s.newStep(stepForge)
	made, err := forger.Forge(*f)
	if lacking, ok := errors.AsType[*Lacking](err); ok {
		return Forged{}, illegal(lacking.Error())
	}
	s.tampered = true
	if err == nil {
		s.learn()
	}
	return made, err
}

// offerWelcome gives a client a forged Welcome. If it accepts, it is on a branch
// where nobody is but it and the adversary.
func (s *script) offerWelcome(e entry, w Welcome, c *client, name string) error {
	s.offer.sent++
	s.adversary.Welcome(w)
	s.learn()
	m, out, err := s.backend.Join(c.id, w)
	if ok, err := s.judged(c, "forged Welcome", e, err); !ok {
		return err
	}
	b := s.fork(name)
	for _, seat := range b.seats {
		*seat = seatOff(seat)
	}
	s.branches = append(s.branches, b)
	return s.within(b, func() error {
		s.add(Record{At: s.now, What: DidFork, Whom: []string{name}, Epoch: s.service.epoch})
		s.service.epoch++
		c.machine, c.epoch, c.cursor = m, s.service.epoch, len(s.service.log)
		v := m.View()
		s.start(&epoch{agreement: v.Agreement, members: v.Members, EpochRecord: EpochRecord{
			Epoch: v.Epoch, Step: e.step, Committer: e.author.id, Members: len(v.Members), Adds: 1, Forged: true}})
		s.note(DidJoin, c, 0)
		s.expose(c, out.Consumed)
		return s.agrees(c)
	})
}

// forgedList reads what a forged message adds, removes and spoils. It returns
// those who are added and are honest. Somebody whom no step has named before is the
// adversary's own: it holds all that this client has, and the Authentication Service
// knows nothing to its discredit.
func (s *script) forgedList(f *Forgery, step ScriptStep) (joiners []*client, err error) {
	for _, name := range step.Adds {
		if err := s.canJoin(name); err != nil {
			return nil, err
		}
		j := s.byName[name]
		if j == nil {
			j = s.introduce(name)
			j.owned = f.Kind != ForgedWelcome
		}
		kp, err := s.packageOf(j)
		if err != nil {
			return nil, err
		}
		switch {
		case j.owned:
			s.adversary.Take(s.held(j))
			s.learn()
		case !kp.forged:
			joiners = append(joiners, j)
		}
		f.Adds = append(f.Adds, kp.KeyPackage)
	}
	for _, list := range []struct {
		names []string
		to    *[]uint32
	}{{step.Others, &f.Removes}, {step.Garbage, &f.Garbage}} {
		all, err := s.named(list.names)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			m := s.member(c)
			if m == nil {
				return nil, illegalf("%s is not a member", c.name)
			}
			*list.to = append(*list.to, m.Leaf)
		}
	}
	return joiners, nil
}
