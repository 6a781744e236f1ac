package sim

import "errors"

// What a delivery service does to messages beside losing them: it holds them up, has two
// of one, and takes Commits that nobody can process.

// carry sends a message after the time for which it is held up, and its copy if there is
// one. Only application messages suffer that: the service, or the members, know a
// handshake message by its epoch.
func (d *driver) carry(e entry, send func(e entry, after Time)) {
	n := &d.plan.Network
	if e.kind != isApplication || n.Duplicate == 0 && n.Reorder == 0 {
		send(e, 0)
		return
	}
	s := d.seed.Stream("order", ClientID(e.step))
	held, twice := s.Float64() < n.Reorder, s.Float64() < n.Duplicate
	late, copied := s.Within(n.Window), s.Within(n.Window)
	if !held {
		late = 0
	}
	e.jostled = held || twice
	send(e, late)
	if e.again = true; twice {
		send(e, copied)
	}
}

// errNoInsider tells that the adversary of a backend is passive.
var errNoInsider = errors.New("the adversary of this engine makes no messages: there can be no insiders")

// sabotage takes the device of an insider and sends a Commit in its name whose path
// holds garbage for all others.
func (d *driver) sabotage(x Insider) error {
	c, err := d.victim(x.Member, len(d.compromises))
	if err != nil {
		return err
	}
	if c.home != nil {
		d.enterRoom(c.home)
	}
	forger, ok := d.adversary.(Forger)
	if !ok {
		return errNoInsider
	}
	if err := d.steal(c, nil, 0); err != nil || c.machine == nil {
		return err
	}
	v := c.machine.View()
	f := Forgery{Step: d.newStep(stepForge), Kind: ForgedCommit, Epoch: d.epochs[c.epoch].Step, As: c.id, Leaf: v.Leaf, Versions: c.keys}
	for _, m := range v.Members {
		if m.Client != c.id {
			f.Garbage = append(f.Garbage, m.Leaf)
		}
	}
	made, err := forger.Forge(f)
	if _, lacks := errors.AsType[*Lacking](err); lacks { // such as a signature key in hardware
		d.note(DidNothing, c, f.Step)
		return nil
	}
	if err != nil {
		return err
	}
	d.tampered = true
	d.note(DidForge, c, f.Step)
	d.observe(made.Message)
	return d.post(entry{kind: isCommit, author: c, forged: true, epoch: c.epoch, step: f.Step, message: made.Message,
		commit: &staged{step: f.Step, message: made.Message, path: true}})
}
