package crowd

import (
	"fmt"
	"slices"
	"testing"

	"mlssim/sim"
)

// A twin is one history in a Group and on a backend of the simulator, where each
// member has a state of its own.
type twin struct {
	g       *Group
	b       sim.Backend
	bytes   bool // the backend knows what a message weighs
	step    sim.StepID
	devices []*device // by Member
	log     []post
	epochs  []sim.StepID        // by number: what began it
	exposed map[sim.StepID]bool // something of its secret tree was taken
	welcome map[sim.StepID]bool // its Welcome was opened with stolen keys: what it holds shows what the path was made of
	ended   []bool              // by number: it leaked when it ended
	compared
}

// compared counts what was compared and agreed.
type compared struct{ verdicts, leaked, late, healed, nodes, unmerged, commits, sealed int }

func (c *compared) add(d compared) {
	c.verdicts += d.verdicts
	c.leaked += d.leaked
	c.late += d.late
	c.healed += d.healed
	c.nodes += d.nodes
	c.unmerged += d.unmerged
	c.commits += d.commits
	c.sealed += d.sealed
}

// A device is a member on the backend.
type device struct {
	machine    sim.Machine // nil: not joined yet, or removed and aware of it
	keyPackage sim.KeyPackage
	welcome    sim.Welcome
	away       bool
	next       int // entry of the log
}

type post struct {
	from    Member
	message sim.Message
}

func (w *twin) newStep() sim.StepID { w.step++; return w.step }

// newTwin makes a group of one.
func newTwin(b sim.Backend, bytes bool) (*twin, error) {
	g, err := New(1, Warm, true)
	if err != nil {
		return nil, err
	}
	w := &twin{g: g, b: b, bytes: bytes, exposed: map[sim.StepID]bool{}, welcome: map[sim.StepID]bool{}}
	m, err := b.Create(w.newStep(), 0)
	w.devices, w.epochs = []*device{{machine: m}}, []sim.StepID{w.step}
	return w, err
}

// do carries out a step on a member's device.
func (w *twin) do(m Member, in sim.Input) (sim.Output, error) {
	d := w.devices[m]
	next, out, err := d.machine.Step(in)
	if err != nil {
		return out, fmt.Errorf("member %d: %T: %w", m, in, err)
	}
	d.machine = next
	return out, nil
}

// say puts a message into the log, and lets all who follow process it.
func (w *twin) say(from Member, msg sim.Message) error {
	w.b.Adversary().Observe(msg)
	w.log = append(w.log, post{from, msg})
	for m := range w.devices {
		if err := w.catchUp(Member(m)); err != nil {
			return err
		}
	}
	return nil
}

func (w *twin) catchUp(m Member) error {
	d := w.devices[m]
	if d.away || d.machine == nil && d.welcome == nil {
		return nil
	}
	if d.machine == nil {
		joined, _, err := w.b.Join(sim.ClientID(m), d.welcome)
		if err != nil {
			return err
		}
		d.machine, d.welcome = joined, nil
	}
	for ; d.next < len(w.log) && d.machine != nil; d.next++ {
		if p := w.log[d.next]; p.from != m {
			if _, err := w.do(m, sim.Handle{Message: p.message}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *twin) update(m Member) error {
	if err := w.g.Update(m); err != nil {
		return err
	}
	out, err := w.do(m, sim.ProposeUpdate{Step: w.newStep()})
	if err != nil {
		return err
	}
	if got := w.g.Sizes.Update(); w.bytes && got != out.Cost.Bytes {
		return fmt.Errorf("an Update of %d bytes, the twin has %d", got, out.Cost.Bytes)
	}
	return w.say(m, out.Send)
}

func (w *twin) join() error {
	m := w.g.Join()
	kp, err := w.b.Publish(w.newStep(), sim.ClientID(m))
	w.devices = append(w.devices, &device{keyPackage: kp})
	return err
}

func (w *twin) leave(m Member) {
	w.g.Leave(m)
	w.devices[m].away = true
}

func (w *twin) follow(m Member) error {
	w.g.Follow(m)
	w.devices[m].away = false
	return w.catchUp(m)
}

// commit carries out a Commit; late is how many of those whom it adds do not use
// their Welcome at once.
func (w *twin) commit(by Member, noPath bool, late int, spoil func(*Group, Commit)) error {
	joining, leaving := slices.Clone(w.g.joining), slices.Clone(w.g.leaving)
	in := sim.Commit{Step: w.newStep()}
	for _, m := range leaving {
		in.Removes = append(in.Removes, uint32(w.g.members[m].leaf))
	}
	for _, m := range joining {
		in.Adds = append(in.Adds, w.devices[m].keyPackage)
	}
	c, err := w.g.Commit(by, noPath)
	if err != nil {
		return err
	}
	if spoil != nil {
		spoil(w.g, c)
	}
	in.NoPath = !c.Path
	out, err := w.do(by, in)
	if err != nil {
		return err
	}
	w.ended = append(w.ended, w.leaks(len(w.epochs)-1))
	w.epochs = append(w.epochs, in.Step)
	w.devices[by].machine = out.Next
	if out.Welcome != nil {
		w.b.Adversary().Welcome(out.Welcome)
	}
	for i, m := range joining {
		d := w.devices[m]
		d.welcome, d.next = out.Welcome, len(w.log)+1
		if i < late {
			w.leave(m)
		}
	}
	if err := w.say(by, out.Send); err != nil {
		return err
	}
	return w.sameCommit(c, out)
}

// take robs a device of parts of its state, or of what it has instead of one.
func (w *twin) take(m Member, parts Parts) {
	d := w.devices[m]
	w.g.adversary.Take(m, parts)
	a := w.b.Adversary()
	if d.machine == nil {
		for _, h := range w.b.Store(sim.ClientID(m)) {
			a.Take([]sim.Name{h.Name})
		}
		if d.welcome != nil {
			w.welcome[w.epochs[w.g.members[m].joined]] = true
		}
		return
	}
	for _, h := range d.machine.Secrets() {
		if parts != Everything && parts&partOf[h.Part] == 0 {
			continue
		}
		if h.Part == sim.PartEnc && h.Name.Kind != sim.EncryptionSecret {
			w.exposed[h.Name.Origin] = true
		}
		a.Take([]sim.Name{h.Name})
	}
}

var partOf = map[sim.Part]Parts{sim.PartLeaf: LeafKey, sim.PartNode: PathKeys, sim.PartPending: PendingKey,
	sim.PartInit: InitSecret, sim.PartEnc: EpochSecret}

func (w *twin) leaks(epoch int) bool {
	step := w.epochs[epoch]
	return w.exposed[step] || w.knows(sim.EncryptionSecret, epoch)
}

func (w *twin) knows(kind sim.Kind, epoch int) bool {
	return w.b.Adversary().Knows(sim.Name{Kind: kind, Origin: w.epochs[epoch]})
}

// sameVerdicts compares what the adversaries know of every epoch.
func (w *twin) sameVerdicts() error {
	a := w.g.adversary
	before := false
	for e := range w.epochs {
		at, late := a.Leaked(uint32(e))
		leaked := w.leaks(e)
		if got := at != Never; got != leaked {
			return fmt.Errorf("epoch %d of %d leaks: %v, the twin says %v", e, len(w.epochs)-1, got, leaked)
		}
		if want := leaked && e < len(w.ended) && !w.ended[e]; late != want {
			return fmt.Errorf("epoch %d of %d leaks when it is over: %v, the twin says %v", e, len(w.epochs)-1, late, want)
		}
		if want := w.knows(sim.InitSecret, e); a.Init(uint32(e)) != want {
			return fmt.Errorf("init_secret of epoch %d of %d: %v, the twin says %v", e, len(w.epochs)-1, !want, want)
		}
		if e > 0 && a.commits[e].path && !w.welcome[w.epochs[e]] {
			if want := w.knows(sim.CommitSecret, e); a.Opens(uint32(e)) != want {
				return fmt.Errorf("commit_secret of epoch %d of %d: %v, the twin says %v", e, len(w.epochs)-1, !want, want)
			}
		}
		w.verdicts++
		if leaked {
			w.leaked++
		}
		if late {
			w.late++
		}
		if before && !leaked {
			w.healed++
		}
		before = leaked
	}
	return nil
}

// sameCommit compares what a Commit was, and the tree that it leaves.
func (w *twin) sameCommit(c Commit, out sim.Output) error {
	if got := c.Ciphertexts + c.Adds; got != out.Cost.Seals {
		return fmt.Errorf("Commit of epoch %d: %d ciphertexts, the twin has %d", c.Epoch, got, out.Cost.Seals)
	}
	if w.bytes && c.Bytes != out.Cost.Bytes {
		return fmt.Errorf("Commit of epoch %d: %d bytes, the twin has %d: %+v", c.Epoch, c.Bytes, out.Cost.Bytes, c)
	}
	w.commits++
	w.sealed += c.Ciphertexts
	t, v := w.g.tree, out.Next.View()
	if int(v.Epoch) != int(w.g.epoch) || len(v.Members) != t.members {
		return fmt.Errorf("epoch %d with %d members, the twin is at %d with %d", w.g.epoch, t.members, v.Epoch, len(v.Members))
	}
	for _, m := range v.Members {
		if l := Leaf(m.Leaf); t.stamp[2*l] == 0 || w.g.owners[l] != Member(m.Client) || w.g.members[m.Client].leaf != l {
			return fmt.Errorf("epoch %d: leaf %d is not that of member %d", c.Epoch, l, m.Client)
		}
	}
	if len(v.Parents) != t.parents {
		return fmt.Errorf("epoch %d: %d parents are not blank, the twin has %d", c.Epoch, t.parents, len(v.Parents))
	}
	for _, p := range v.Parents {
		if t.stamp[p.Node] == 0 || w.epochs[t.stamp[p.Node]-1] != p.Key.Origin {
			return fmt.Errorf("epoch %d: node %d has the stamp %d, the twin's key is from step %d", c.Epoch, p.Node, t.stamp[p.Node], p.Key.Origin)
		}
		unmerged := slices.Clone(t.unmerged[p.Node])
		slices.Sort(unmerged)
		if !slices.EqualFunc(unmerged, p.Unmerged, func(a Leaf, b uint32) bool { return uint32(a) == b }) {
			return fmt.Errorf("epoch %d: unmerged at node %d are %v, the twin has %v", c.Epoch, p.Node, unmerged, p.Unmerged)
		}
		w.nodes++
		w.unmerged += len(unmerged)
	}
	return nil
}

// live lists the members that follow the group.
func (w *twin) live() []Member {
	var all []Member
	for m := range w.g.members {
		if x := &w.g.members[m]; x.cursor == live && x.joined != forever && x.left == forever {
			all = append(all, Member(m))
		}
	}
	return all
}

// history lets a group of at most size members live for some steps that are drawn
// from a stream.
func (w *twin) history(s *sim.Stream, size, steps int, spoil func(*Group, Commit)) error {
	any := func(all []Member) Member { return all[s.IntN(len(all))] }
	for range size/2 + s.IntN(size/2+1) {
		if err := w.join(); err != nil {
			return err
		}
	}
	if err := w.commit(0, s.IntN(2) == 0, 0, spoil); err != nil {
		return err
	}
	for range steps {
		here := w.live()
		whoever := Member(s.IntN(len(w.g.members)))
		var err error
		switch x := s.IntN(100); {
		case x < 22:
			err = w.update(any(here))
		case x < 32:
			if len(here) > 2 {
				w.leave(any(here))
			}
		case x < 42:
			if d := w.devices[whoever]; d.away {
				err = w.follow(whoever)
			}
		case x < 50:
			if w.g.Size()+len(w.g.joining) < size {
				err = w.join()
			}
		case x < 56:
			if len(here) > 2 && w.g.members[whoever].joined != forever && w.g.members[whoever].left == forever {
				err = w.g.Remove(whoever)
			}
		case x < 61:
			parts := Everything
			if s.IntN(2) == 0 && w.devices[whoever].machine != nil {
				parts = Parts(1 + s.IntN(int(Everything)))
			}
			w.take(whoever, parts)
			err = w.sameVerdicts()
		default:
			staying := slices.DeleteFunc(here, func(m Member) bool { return slices.Contains(w.g.leaving, m) })
			if len(staying) == 0 {
				w.g.leaving = nil
				continue
			}
			if err = w.commit(any(staying), s.IntN(2) == 0, s.IntN(3), spoil); err == nil {
				err = w.sameVerdicts()
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func compare(t *testing.T, name string, runs, size, steps int, bytes bool, backend func(int) sim.Backend) compared {
	t.Helper()
	var sum compared
	for i := range runs {
		w, err := newTwin(backend(i), bytes)
		if err == nil {
			err = w.history(sim.NewSeed(1, i).Stream(name, 0), size, steps, nil)
		}
		if err != nil {
			t.Fatalf("%s, history %d: %v", name, i, err)
		}
		sum.add(w.compared)
	}
	t.Logf("%s: %+v", name, sum)
	return sum
}
