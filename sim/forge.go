package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Forgery is a message that the adversary is to make in the name of a client.
// Nothing that it makes keeps to any rule; whether a receiver accepts it is for the
// receiver to say.
type Forgery struct {
	Step  StepID // what it draws is named after this step
	Kind  ForgeryKind
	Epoch StepID   // the step that began the epoch in which it is made
	As    ClientID // who is impersonated
	// Outside tells that the client is an external sender, and the proposal its own.
	// Leaf is then its place among those.
	Outside bool
	Leaf    uint32 // where that one is in the group

	// Versions is the newest of the client's signature keys, counted from 0.
	Versions uint32

	Info    Message      // that an external Commit is made of
	Adds    []KeyPackage // of a Commit, an Add or a Welcome
	Removes []uint32     // of a Commit or a Remove; of an external Commit one at most
	Garbage []uint32     // members for whom the path of a Commit holds garbage

	// Guess lets it put random bytes in the place of what it lacks.
	Guess bool
}

// ForgeryKind is what a [Forgery] is to be.
type ForgeryKind uint8

const (
	ForgedCommit    ForgeryKind = iota + 1 // with a path, of Removes and Adds by value
	ForgedUpdate                           // of the leaf of who is impersonated
	ForgedAdd                              // of one KeyPackage
	ForgedRemove                           // of one member
	ForgedGroupInfo                        // with keys of the adversary's
	ForgedWelcome                          // to an epoch that there is not, for the client of a KeyPackage

	// What follows is not from a leaf of the group.

	ForgedKeyPackage // of the client
	ForgedExternal   // a Commit by which the client joins
	ForgedIdentity   // no message: the Authentication Service accepts one more key for the client
)

var forgeryKinds = [...]string{
	ForgedCommit: "Commit", ForgedUpdate: "Update", ForgedAdd: "Add", ForgedRemove: "Remove", ForgedWelcome: "Welcome",
	ForgedGroupInfo: "GroupInfo", ForgedKeyPackage: "KeyPackage", ForgedExternal: "external Commit", ForgedIdentity: "identity",
}

// ByMember tells whether the message is signed with the key of a leaf of the group.
func (k ForgeryKind) ByMember() bool { return k <= ForgedWelcome }

// String returns what the message is called.
func (k ForgeryKind) String() string { return forgeryKinds[k] }

// Forged is what became of a [Forgery].
type Forged struct {
	Message    Message // for the group
	Welcome    Welcome // for those whom a Commit adds, if any
	KeyPackage KeyPackage
}

// A Forger is an adversary that makes messages of what it holds. The error is a
// [*Lacking] if it lacks something.
type Forger interface {
	Forge(Forgery) (Forged, error)
}

// Lacking tells what an adversary lacks for a forgery.
type Lacking struct {
	Rule    string // row of the table in docs/rules.md
	Missing []Name
}

// Error names the rule and what is missing.
func (e *Lacking) Error() string {
	names := make([]string, len(e.Missing))
	for i, n := range e.Missing {
		names[i] = n.String()
	}
	return fmt.Sprintf("the adversary lacks %s (rule %s)", strings.Join(names, " and "), e.Rule)
}

// Forge lets both adversaries make a message: both can, or neither.
func (w *watcher) Forge(f Forgery) (Forged, error) {
	s, ok := w.symbolic.(Forger)
	if !ok {
		return Forged{}, errNoForger
	}
	c, ok := w.concrete.(Forger)
	if !ok {
		return Forged{}, errNoForger
	}
	inS, inC := f, f
	inS.Adds, inC.Adds = splitAll(f.Adds)
	inS.Info, inC.Info = split(f.Info)
	madeS, errS := s.Forge(inS)
	madeC, errC := c.Forge(inC)
	w.l.counts.Steps++
	what := fmt.Sprintf("forged %v of step %d", f.Kind, f.Step)
	if (errS == nil) != (errC == nil) {
		w.l.differ(what+" can be made", text(errS), text(errC))
		return Forged{}, w.l.err
	}
	if errS != nil {
		return Forged{}, errS
	}
	w.compare(what)
	return Forged{
		Message:    w.l.pair(what+": a message", madeS.Message, madeC.Message),
		Welcome:    w.l.pair(what+": a Welcome", madeS.Welcome, madeC.Welcome),
		KeyPackage: w.l.pair(what+": a KeyPackage", madeS.KeyPackage, madeC.KeyPackage),
	}, w.l.err
}

// splitAll undoes pair for a list.
func splitAll(all []KeyPackage) (s, c []KeyPackage) {
	for _, one := range all {
		x, y := split(one)
		s, c = append(s, x), append(c, y)
	}
	return s, c
}

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
	made, err := s.forged(c, &f)
	if err != nil {
		return err
	}
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

// offerForged gives a forged message to those who are to have it. It becomes part
// of the log, and a Commit begins its epoch, if anybody accepts it.
func (s *script) offerForged(e entry) error {
	type next struct {
		c   *client
		m   Machine
		out Output
	}
	var accepted []next
	at := len(s.service.log)
	for _, c := range s.clients {
		if c.machine == nil || c.frozen || c.owned || !e.isFor(c) {
			continue
		}
		if c.cursor == at {
			c.cursor++ // it meets the message here
		}
		m, out, err := c.machine.Step(Handle{e.message})
		switch ok, err := s.judged(c, "forged message", e, err); {
		case err != nil:
			return err
		case ok:
			accepted = append(accepted, next{c, m, out})
		}
	}
	i := slices.IndexFunc(accepted, func(n next) bool { return n.m != nil })
	if i < 0 && e.kind == isCommit || len(accepted) == 0 {
		for _, c := range s.clients {
			c.cursor = min(c.cursor, at)
		}
	}
	if e.kind == isProposal && len(accepted) > 0 {
		s.service.offer(e)
	}
	if e.kind == isCommit && i >= 0 {
		e.commit.next = accepted[i].m
		if !s.submit(e) {
			return illegalf("%s is still in epoch %d and would go where nobody else is: fork first", accepted[i].c.name, e.epoch)
		}
	}
	for _, n := range accepted {
		n.c.machine = n.m
		if err := s.tookForged(n.c, e, n.out); err != nil {
			return err
		}
	}
	return s.settle()
}

// tookForged notes that a client has accepted a forged message.
func (s *script) tookForged(c *client, e entry, out Output) error {
	switch {
	case e.kind == isProposal:
		c.pending++
		s.note(DidProcess, c, e.step)
		s.expose(c, out.Consumed)
		return nil
	case out.Removed:
		return s.left(c, e, out)
	}
	return s.entered(c, e, out.Consumed)
}
