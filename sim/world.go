package sim

import "strconv"

// world is the state of one replication: the clients, the group's log, and what
// has been recorded and measured. Two drivers move it: a script step by step, or
// members with habits through virtual time.
type world struct {
	plan      *Plan
	backend   Backend
	adversary Adversary
	seed      Seed
	now       Time
	horizon   Time

	clients []*client // by ClientID
	steps   []stepInfo

	psks []sharedPSK // of the application's, in the order in which they came

	*group
	*history
	measured

	handshakes map[Name]uint32 // generations used, by the first key of a handshake ratchet

	offer    *offer // of the step of a script that is carried out; nil for habits
	tampered bool   // the delivery service or the adversary has interfered

	trunk    *group    // where the script began
	branches []*branch // in the order of their forks
	at       string    // the branch of the present step; empty for the trunk
	several  bool      // the branches are groups with habits of their own
}

// A group is one history of a group: its log and its epochs, and where each client
// stands in it. The world embeds the one in which the next step is carried out.
type group struct {
	service delivery
	epochs  []*epoch // of the accepted branch
	seats   []*seat  // by ClientID
	link    *link    // nil: it comes from no other
}

// latest returns the newest epoch.
func (g *group) latest() *epoch { return g.epochs[len(g.epochs)-1] }

// next returns the state behind a staged Commit, if any.
func (s *seat) next() Machine {
	if s.staged == nil {
		return nil
	}
	return s.staged.next
}

// A seat is where a client stands in a group.
type seat struct {
	machine Machine // nil: not in the group
	epoch   uint64  // its own, or the last that it was in
	cursor  int     // the next entry of the log
	pending int     // proposals of its epoch that it has made or received
	staged  *staged // its Commit that is on its way
	welcome Welcome // released, not yet used
	evicted bool    // removed, and not because it was to leave
}

// enterGroup lets the steps that follow be carried out in a group.
func (w *world) enterGroup(g *group) {
	w.group = g
	for len(g.seats) < len(w.clients) {
		g.seats = append(g.seats, &seat{})
	}
	for i, c := range w.clients {
		c.seat = g.seats[i]
	}
}

// A client is a device that can be a member of groups.
type client struct {
	id   ClientID
	name string
	*seat

	keeps    Retention
	hsm      []component // that no theft takes
	bad      bool        // what it draws next the adversary knows
	keys     uint32      // script: the newest version of its signature key
	owned    bool        // script: the adversary's own, that takes no part by itself
	frozen   bool        // script: processes nothing
	hoard    *hoard      // nil: does not stop deleting
	attic    *attic      // nil: deletes all that it should
	live     []*theft    // those that read the device at this time
	habits   *habits     // in the present group; nil in a script
	home     *room       // the group in which its device comes online; nil in a script
	standing             // where there is no log
	class    Class       // of its device, likewise
	pool     *pool       // of its KeyPackages, likewise; nil for none
	robbed   bool        // something was taken from it, or is being
	reads    int         // application messages that it has read
	sender   bool        // script: an external sender of the group
	place    uint32      // among those
}

// staged is a Commit that was sent and of which the committer does not know yet
// whether the log took it.
type staged struct {
	step    StepID
	message Message
	welcome Welcome
	next    Machine
	joiners []*client
	path    bool
	psks    int
	cost    Cost

	external bool // by one who joins
}

// stepInfo is what the world remembers of a step that created something.
type stepInfo struct {
	kind  stepKind
	at    Time
	epoch *epoch // begun by it: a commit that was accepted, or the creation
}

type stepKind uint8

const (
	stepCreate stepKind = iota + 1
	stepPublish
	stepUpdate
	stepPropose
	stepCommit
	stepSend
	stepPSK
	stepForge
)

func newWorld(p *Plan, b Backend, o Options) *world {
	return &world{
		plan: p, backend: b, adversary: b.Adversary(),
		seed:  NewSeed(p.Seed, o.Replication),
		steps: make([]stepInfo, 1), // steps count from 1
		group: &group{},

		handshakes: make(map[Name]uint32),
		history:    newHistory(o.Events),
	}
}

// newClient makes the next client.
func (w *world) newClient(name string) *client {
	c := &client{id: ClientID(len(w.clients)), name: name, seat: &seat{}}
	w.clients = append(w.clients, c)
	w.seats = append(w.seats, c.seat)
	return c
}

// newStep numbers a step.
func (w *world) newStep(kind stepKind) StepID {
	w.steps = append(w.steps, stepInfo{kind: kind, at: w.now})
	return StepID(len(w.steps) - 1)
}

// note writes a record about a client.
func (w *world) note(what What, c *client, step StepID, whom ...string) {
	w.add(Record{At: w.now, What: what, Who: c.name, Whom: whom, Step: step, Epoch: c.epoch})
}

// create makes the group.
func (w *world) create(c *client) error {
	step := w.newStep(stepCreate)
	m, err := w.createIn(step, c)
	if err != nil {
		return w.failed(c, "create", step, err)
	}
	c.machine = m
	w.note(DidCreate, c, step)
	w.beginFirst(c, step)
	w.expose(c, nil)
	w.drawn(c, step)
	return nil
}

// publish makes a KeyPackage.
func (w *world) publish(c *client) (KeyPackage, error) { return w.publishBy(c, w.backend.Publish) }

func (w *world) publishBy(c *client, make func(StepID, ClientID) (KeyPackage, error)) (KeyPackage, error) {
	step := w.newStep(stepPublish)
	kp, err := make(step, c.id)
	if err != nil {
		return nil, w.failed(c, "publish", step, err)
	}
	w.note(DidPublish, c, step)
	w.expose(c, nil)
	w.drawn(c, step)
	return kp, nil
}

// join lets a client use the Welcome that it was sent.
func (w *world) join(c *client) error {
	if err := w.giveAll(c); err != nil {
		return err
	}
	m, out, ok, err := w.enter(c)
	c.welcome = nil
	if !ok {
		return err
	}
	c.machine, c.pending = m, 0
	w.leaveBehind(c)
	w.note(DidJoin, c, 0)
	w.expose(c, out.Consumed)
	return w.agrees(c)
}

// propose carries out one of the three proposals and returns its message.
func (w *world) propose(c *client, kind stepKind, step StepID, in Input, whom ...string) (entry, error) {
	out, err := w.step(c, in)
	if err != nil {
		return entry{}, err
	}
	c.pending++
	w.sentUnder(out.Consumed)
	w.note(DidPropose, c, step, whom...)
	w.expose(c, out.Consumed)
	w.observe(out.Send)
	w.drawn(c, step)
	return entry{kind: isProposal, author: c, epoch: c.epoch, step: step, message: out.Send}, nil
}

// commit carries out a Commit and leaves it staged.
func (w *world) commit(c *client, in Commit, joiners []*client, whom []string) (entry, error) {
	out, err := w.step(c, in)
	if err != nil {
		return entry{}, err
	}
	c.staged = &staged{
		step: in.Step, message: out.Send, welcome: out.Welcome, next: out.Next,
		joiners: joiners, path: !in.NoPath, psks: len(in.PSKs), cost: out.Cost,
	}
	w.sentUnder(out.Consumed)
	w.note(DidCommit, c, in.Step, whom...)
	w.observe(out.Send) // before what it begins is read off the device
	w.expose(c, out.Consumed)
	w.drawn(c, in.Step)
	return entry{kind: isCommit, author: c, epoch: c.epoch, step: in.Step, message: out.Send, commit: c.staged}, nil
}

// send protects one application message.
func (w *world) send(c *client, size int) (entry, error) {
	step := w.newStep(stepSend)
	data := payload(step, size)
	out, err := w.step(c, Send{Step: step, Data: data})
	if err != nil {
		return entry{}, err
	}
	if err := w.keyOnce(c, step, out); err != nil {
		return entry{}, err
	}
	w.note(DidSend, c, step)
	w.expose(c, out.Consumed)
	w.sent(c, step, out)
	w.observe(out.Send)
	return entry{kind: isApplication, author: c, epoch: c.epoch, step: step, message: out.Send, data: data}, nil
}

// payload returns application data that no other message has, if it is long
// enough to tell.
func payload(step StepID, size int) []byte {
	data := make([]byte, size)
	copy(data, strconv.FormatUint(uint64(step), 10))
	return data
}

// step carries out one input. Every Machine is used once: from here on the
// client has the next one.
func (w *world) step(c *client, in Input) (Output, error) {
	m, out, err := c.machine.Step(in)
	if err != nil {
		return Output{}, err
	}
	c.machine = m
	return out, nil
}
