package sim

import (
	"fmt"
	"slices"
)

// measured is what a run measures as it goes. It looks at what happened, never
// at how a backend works.
type measured struct {
	messages    []*message
	compromises []Compromise
	thefts      []*theft
	heals       []Heal
	rejected    int // commits that lost a race
	late        int // proposals that came after the end of their epoch
	lost        int // application messages that did not reach one who could have read them
	keyPackages *PoolRecord
	forks       []ForkRecord
	wedged      Time          // when the log took a Commit that nobody can process; 0: never
	keys        map[Name]sent // of application messages
}

// sent is who has sent a message, and in which step.
type sent struct {
	by   *client
	step StepID
}

// An epoch is one of the accepted branch.
type epoch struct {
	EpochRecord
	agreement Name
	members   []Member
	unread    []*message
	stolen    []ClientID // whose state was taken in it
	healed    []ClientID // whose compromise it healed
}

// A message is one application message.
type message struct {
	MessageRecord
	content Message
}

func (e *epoch) taken(c ClientID) {
	if !slices.Contains(e.stolen, c) {
		e.stolen = append(e.stolen, c)
	}
}

// beginFirst records the epoch of the group's creation.
func (w *world) beginFirst(c *client, step StepID) {
	v := c.machine.View()
	w.start(&epoch{
		EpochRecord: EpochRecord{Epoch: v.Epoch, Step: step, Committer: c.id, Members: len(v.Members)},
		agreement:   v.Agreement, members: v.Members,
	})
}

// begin records the epoch that an accepted commit begins.
func (w *world) begin(e entry) {
	v := e.commit.next.View()
	last := w.epochs[len(w.epochs)-1]
	if last.End == Never { // else another branch has gone on from there
		last.End = w.now
	}
	r := changes(last.members, v.Members, e.author.id)
	r.Epoch, r.Step, r.Committer = v.Epoch, e.step, e.author.id
	r.Path, r.PSKs, r.Cost, r.Members = e.commit.path, e.commit.psks, e.commit.cost, len(v.Members)
	r.Forged = e.forged
	w.start(&epoch{EpochRecord: r, agreement: v.Agreement, members: v.Members})
	if w.judging() { // else what heals is said of the trunk, or at the end
		w.heal(w.epochs[len(w.epochs)-1])
	}
}

func (w *world) start(e *epoch) {
	e.Start, e.End, e.LeakedAt = w.now, Never, Never
	w.epochs = append(w.epochs, e)
	w.steps[e.Step].epoch = e
	if b, ok := w.backend.(Beginner); ok {
		b.Begin(e.Step)
	}
	if w.adversary.Knows(e.secret(EncryptionSecret)) {
		w.leak(e)
	}
}

// has tells whether a client is a member of the epoch.
func (e *epoch) has(c ClientID) bool {
	return slices.ContainsFunc(e.members, func(m Member) bool { return m.Client == c })
}

// secret names a secret of the epoch.
func (e *epoch) secret(k Kind) Name { return Name{Kind: k, Origin: e.Step} }

// changes counts what a commit did to the members. A leaf with another key was
// updated, unless it is the committer's.
func changes(before, after []Member, committer ClientID) (r EpochRecord) {
	key := make(map[ClientID]Name, len(before))
	for _, m := range before {
		key[m.Client] = m.Key
	}
	for _, m := range after {
		switch old, was := key[m.Client]; {
		case !was:
			r.Adds++
		case old != m.Key && m.Client != committer:
			r.Updates++
		}
		delete(key, m.Client)
	}
	r.Removes = len(key)
	return r
}

// observe shows the adversary a message.
func (w *world) observe(m Message) {
	w.adversary.Observe(m)
	w.learn()
}

// learn records what the adversary has come to know, and what follows.
func (w *world) learn() {
	names := w.adversary.Learned()
	if len(names) == 0 {
		return
	}
	r := Record{At: w.now, What: DidLearn, Epoch: w.service.epoch}
	for _, n := range names {
		r.Secrets = append(r.Secrets, n.String())
	}
	w.add(r)
	for _, n := range names {
		if n.Kind == SignatureKey || int(n.Origin) >= len(w.steps) {
			continue
		}
		e := w.steps[n.Origin].epoch
		if n.Kind == EncryptionSecret {
			w.leak(e)
		}
		if e != nil && n.Kind == ApplicationKey {
			w.readable(e)
		}
	}
}

// leak records that an epoch leaks, unless it does already. A step that began
// no epoch, such as a commit that was refused, has none to leak.
func (w *world) leak(e *epoch) {
	if e == nil || e.LeakedAt != Never {
		return
	}
	e.LeakedAt = w.now
	e.Retroactive = e.End != Never
	w.add(Record{At: w.now, What: DidLeak, Step: e.Step, Epoch: e.Epoch})
}

// keyOnce fails if a message was encrypted under a key that another one was
// encrypted under before, by whomever (RFC 9420, Section 9.1). A key names its
// epoch, leaf and generation.
func (w *world) keyOnce(c *client, step StepID, out Output) error {
	i := slices.IndexFunc(out.Consumed, func(n Name) bool { return n.Kind == ApplicationKey })
	if i < 0 {
		return fmt.Errorf("%s sends in epoch %d, step %d, and names no key", c.name, c.epoch, step)
	}
	key := out.Consumed[i]
	if first, used := w.keys[key]; used {
		return fmt.Errorf("%s (step %d) and %s (step %d) encrypt under the same key: epoch %d, leaf %d, generation %d",
			first.by.name, first.step, c.name, step, c.epoch, key.Index, key.Gen)
	}
	if w.keys == nil {
		w.keys = map[Name]sent{}
	}
	w.keys[key] = sent{c, step}
	return nil
}

// sent records an application message.
func (w *world) sent(c *client, step StepID, out Output) {
	m := &message{MessageRecord{
		Step: step, Sender: c.id, Epoch: c.epoch, At: w.now, Bytes: out.Cost.Bytes, ReadAt: Never,
	}, out.Send}
	if w.several {
		m.Group = w.at
	}
	w.messages = append(w.messages, m)
	e := w.epochs[c.epoch]
	e.unread = append(e.unread, m)
}

// readable asks for each message of an epoch that the adversary could not read
// whether it now can.
func (w *world) readable(e *epoch) {
	e.unread = slices.DeleteFunc(e.unread, func(m *message) bool {
		if !w.adversary.Reads(m.content) {
			return false
		}
		m.ReadAt = w.now
		return true
	})
}

// readAll asks about every message that the adversary could not read, once more
// and at the end: what it can read must not depend on when it was asked.
func (w *world) readAll() {
	for _, e := range w.epochs {
		w.readable(e)
	}
	w.readBranches()
}

func (w *world) newTheft(c *client, kind string, only []string, parts []component, until Time) *theft {
	own, outside := c.epoch, c.machine == nil && c.welcome == nil && c.cursor == 0
	if outside {
		own = w.service.epoch // never in the group: its KeyPackage is for one to come
	}
	t := &theft{here: c.here, index: len(w.compromises), victim: c, only: parts, outside: outside, at: w.at}
	w.thefts = append(w.thefts, t)
	w.compromises = append(w.compromises, Compromise{
		Client: c.id, Kind: kind, Only: only, From: w.now, Until: until, Epoch: own, Last: own,
	})
	if w.several {
		w.compromises[t.index].Group = w.at
	}
	return t
}

func (w *world) endTheft(t *theft) {
	t.ended = true
	t.last, t.here = StepID(len(w.steps)-1), t.victim.here
	c := &w.compromises[t.index]
	c.Until = w.now
	if t.victim.machine != nil {
		c.Last = t.victim.epoch
	}
	// The device of a member that has slept for long gives away epochs that are
	// over; the group may have got rid of it in one of them.
	for _, e := range w.epochs {
		if e.Epoch > c.Last && !t.healed && w.judging() {
			w.close(t, e, w.secret(e))
		}
	}
}

// judging tells whether an epoch that begins here can heal a compromise.
func (w *world) judging() bool {
	return (w.at == "" || w.several) && w.plan.Network.Service != ServiceEventual
}

// secret tells whether the adversary knows none of the secrets from which all
// of an epoch follows.
func (w *world) secret(e *epoch) bool {
	return !w.adversary.Knows(e.secret(EpochSecret)) && !w.adversary.Knows(e.secret(EncryptionSecret))
}

// heal closes the compromises that are over if the adversary does not know the
// secrets of the epoch that begins.
func (w *world) heal(e *epoch) {
	safe := w.secret(e)
	for _, t := range w.thefts {
		if t.ended && !t.healed && t.at == w.at {
			w.close(t, e, safe)
		}
	}
	w.thefts = slices.DeleteFunc(w.thefts, func(t *theft) bool { return t.healed })
}

// close notes what an epoch means for a compromise, and closes it if the epoch
// is safe.
func (w *world) close(t *theft, e *epoch, safe bool) {
	t.outside = t.outside && !e.has(t.victim.id)
	if t.outside {
		return // what was taken is for an epoch to come
	}
	if t.rotated == "" {
		t.rotated = w.rotation(t, e)
	}
	if !safe {
		return
	}
	t.healed = true
	h := Heal{Compromise: t.index, Epoch: e.Epoch, At: w.now, Cause: t.rotated}
	if h.Cause == "" && e.PSKs > 0 {
		h.Cause = "psk"
	}
	if h.Cause == "" {
		h.Cause = "path"
	}
	w.heals = append(w.heals, h)
	e.healed = append(e.healed, t.victim.id)
	w.add(Record{At: w.now, What: DidHeal, Who: t.victim.name, Epoch: e.Epoch, Cause: h.Cause})
}

// rotation says how the victim's stolen leaf key has left the tree by epoch e,
// or "" if it has not. A key made before the theft ended was stolen with it.
func (w *world) rotation(t *theft, e *epoch) string {
	i := slices.IndexFunc(e.members, func(m Member) bool { return m.Client == t.victim.id })
	if i < 0 {
		return "removal"
	}
	switch made := e.members[i].Key.Origin; {
	case made <= t.last:
		return ""
	case w.steps[made].kind == stepForge:
		return ""
	case w.steps[made].kind == stepCommit:
		return "own_commit"
	case w.steps[made].kind == stepUpdate:
		return "update"
	default: // joined again by a fresh KeyPackage
		return "removal"
	}
}

// result gathers what was measured, at the end.
func (w *world) result() *Result {
	r := &Result{
		Plan: w.plan.Name, Engine: w.plan.Engine, Protocol: w.plan.Protocol, Seed: w.plan.Seed, Digest: w.digest(),
		Horizon: w.horizon, Events: w.n, Rejected: w.rejected,
		Clients: []string{}, Epochs: []EpochRecord{}, Messages: []MessageRecord{},
		Compromises: append([]Compromise{}, w.compromises...),
		Heals:       append([]Heal{}, w.heals...), Cells: []Cell{},
	}
	for _, c := range w.clients {
		r.Clients = append(r.Clients, c.name)
	}
	for _, e := range w.epochs {
		r.Epochs = append(r.Epochs, e.EpochRecord)
		r.Cells = append(r.Cells, w.cells(e)...)
	}
	r.Branches, r.Forks, r.Wedged = w.measuredBranches(), w.forks, w.wedged
	r.KeyPackages, r.Late, r.Lost = w.keyPackages, w.late, w.lost
	r.Members = w.memberRecords()
	for _, m := range w.messages {
		r.Messages = append(r.Messages, m.MessageRecord)
	}
	return r
}

// cells returns the verdict on each member of an epoch, by leaf.
func (w *world) cells(e *epoch) []Cell {
	cells := make([]Cell, len(e.members))
	for i, m := range e.members {
		state := CellSafe
		switch {
		case e.Retroactive:
			state = CellRetroactive
		case e.LeakedAt != Never:
			state = CellLeaked
		case slices.Contains(e.healed, m.Client):
			state = CellHealed
		}
		cells[i] = Cell{
			Client: m.Client, Epoch: e.Epoch, State: state,
			LeafKey: w.adversary.Knows(m.Key), Taken: slices.Contains(e.stolen, m.Client),
		}
	}
	return cells
}

// memberRecords describes the members of the last epoch at the horizon.
func (w *world) memberRecords() []MemberRecord {
	if len(w.plan.Script) > 0 {
		return nil
	}
	var all []MemberRecord
	last := w.epochs[len(w.epochs)-1]
	for _, m := range last.members {
		c := w.clients[m.Client]
		r := MemberRecord{Client: m.Client, Behind: last.Epoch - min(last.Epoch, c.epoch),
			LeafAge: w.horizon - w.steps[m.Key.Origin].at, Known: w.adversary.Knows(m.Key)}
		for _, h := range w.holding(c, false) {
			r.Held++
			if h.Part == PartPast || h.Part == PartOldRes {
				r.Past++
			}
		}
		all = append(all, r)
	}
	return all
}
