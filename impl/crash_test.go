package impl

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestCrash lets a client crash at each point of a history, before, in and after
// each write and after each message: it comes back with what is on its disk, and
// in the end everybody has read everything once and is in one epoch. No key ever
// encrypts two messages.
func TestCrash(t *testing.T) {
	base := settled(t)
	points := 0
	for crash := 0; crash <= points; crash++ {
		h := newCrashHistory(t, base.copy(t), crash)
		h.live(false)
		if crash == 0 {
			points = h.alice.disk.points
		}
		h.agree()
		if len(h.service.reused) > 0 {
			t.Errorf("crash at %d: %d keys were used twice", crash, len(h.service.reused))
		}
	}
	if points < 30 {
		t.Errorf("%d points of the history to crash at", points)
	}
	t.Logf("%d crashes", points)
}

// TestCarelessCrash shows that TestCrash can fail: who sends before writing, and
// crashes at the first message, uses a key twice.
func TestCarelessCrash(t *testing.T) {
	base := settled(t)
	reused := 0
	for crash := 1; crash <= 8; crash++ {
		h := newCrashHistory(t, base.copy(t), crash)
		h.live(true)
		reused += len(h.service.reused)
	}
	if reused == 0 {
		t.Error("no key was used twice")
	}
}

// A file is what is on a disk at a time: the state, and what the application has
// to know about it, in one write.
type file struct {
	state []byte
	heard []string
	done  int // steps of its script that the client has taken
}

// A disk keeps the files that were written, the newest last. At its points the
// power may fail.
type disk struct {
	files   []file
	points  int
	crashAt int // 0 for never
}

var errCrash = errors.New("crash")

func (d *disk) point() error {
	d.points++
	if d.points == d.crashAt {
		return errCrash
	}
	return nil
}

// write writes a file. The crash may come before, after a part of it, and after.
func (d *disk) write(f file) error {
	if err := d.point(); err != nil {
		return err
	}
	if err := d.point(); err != nil {
		f.state = f.state[:len(f.state)*2/3]
		d.files = append(d.files, f)
		return err
	}
	d.files = append(d.files, f)
	return d.point()
}

// A device is a client that knows nothing but what is on its disk.
type device struct {
	h    *crashHistory
	disk disk
}

// load returns the newest file that is whole.
func (d *device) load() (file, *Checkpoint) {
	for _, f := range slices.Backward(d.disk.files) {
		p, err := DecodeCheckpoint(f.state)
		if err == nil {
			return f, p
		}
		if !errors.Is(err, ErrStateDamaged) {
			d.h.t.Fatal(err)
		}
	}
	d.h.t.Fatal("nothing is written down")
	return file{}, nil
}

func (d *device) save(f file, p *Checkpoint) error {
	f.state = p.Encode()
	return d.disk.write(f)
}

// A script is what a client does of itself: each step gives the state to go on
// with, a staged Commit or nil, and a message.
type script []func(*Env, *Member) (*Member, *Staged, Output, error)

func saying(text string) func(*Env, *Member) (*Member, *Staged, Output, error) {
	return func(env *Env, m *Member) (*Member, *Staged, Output, error) {
		after, out, err := m.Send(env, []byte(text))
		return after, nil, out, err
	}
}

func renewing(env *Env, m *Member) (*Member, *Staged, Output, error) {
	after, out, err := m.ProposeUpdate(env, spec.WirePrivateMessage)
	return after, nil, out, err
}

func closing(env *Env, m *Member) (*Member, *Staged, Output, error) {
	return m.Commit(env, CommitOptions{Format: spec.WirePrivateMessage})
}

// step takes a step of the script, if it has not been taken: it writes down what the step leads to,
// with the message, and sends that then. The careless sends first.
func (d *device) step(s script, i int, careless bool) error {
	f, p := d.load()
	if f.done > i {
		return nil
	}
	after, staged, out, err := s[i](d.h.env, p.Member)
	if err != nil {
		d.h.t.Fatal(err)
	}
	d.h.service.watch(out)
	f.done++
	p.Member, p.Outbox = after, []*message.MLSMessage{out.Message}
	if staged != nil {
		p.Staged = append(p.Staged, staged)
	}
	if careless {
		d.h.service.send(out.Message)
		if err := d.disk.point(); err != nil {
			return err
		}
	}
	if err := d.save(f, p); err != nil {
		return err
	}
	return d.flush()
}

// flush sends what may not have been sent, as it was made.
func (d *device) flush() error {
	f, p := d.load()
	for _, msg := range p.Outbox {
		d.h.service.send(msg)
		if err := d.disk.point(); err != nil {
			return err
		}
	}
	p.Outbox = nil
	return d.save(f, p)
}

// sync reads all that was delivered so far. What was read before and what is of
// an epoch that is over is refused, and changes nothing.
func (d *device) sync() error {
	for _, raw := range d.h.service.log {
		f, p := d.load()
		if own := slices.IndexFunc(p.Staged, func(s *Staged) bool { return bytes.Equal(wire.Encode(s.Commit), raw) }); own >= 0 {
			p.Member, p.Staged = p.Staged[own].Next, nil
		} else {
			var msg message.MLSMessage
			d.h.ok(wire.Decode(raw, &msg))
			after, out, err := p.Member.Receive(d.h.env, &msg)
			if errors.Is(err, spec.ErrOwn) || errors.Is(err, spec.ErrEpoch) || spec.Violated(err) == req.RatchetKeyOnce {
				continue
			}
			d.h.ok(err)
			if after.Number() != p.Member.Number() {
				p.Staged = nil
			}
			if out.Data != nil {
				f.heard = append(slices.Clip(f.heard), string(out.Data))
			}
			p.Member = after
		}
		if err := d.save(f, p); err != nil {
			return err
		}
	}
	return nil
}

// A service delivers to all in one order: of an epoch the first Commit and no
// other, of a message that comes twice one.
type service struct {
	log    [][]byte
	ended  map[uint64]bool
	used   map[string]string // message keys, and the message that each encrypts
	made   map[string][]Consumed
	reused []Consumed
}

// watch notes which keys went into a message.
func (s *service) watch(out Output) { s.made[string(wire.Encode(out.Message))] = out.Consumed }

func (s *service) send(msg *message.MLSMessage) {
	raw := wire.Encode(msg)
	for _, c := range s.made[string(raw)] {
		if c.Kind != KindApplicationKey && c.Kind != KindHandshakeKey {
			continue
		}
		if other, ok := s.used[string(c.Secret)]; ok && other != string(raw) {
			s.reused = append(s.reused, c)
		}
		s.used[string(c.Secret)] = string(raw)
	}
	commit := msg.PrivateMessage.ContentType == spec.ContentCommit
	if commit && s.ended[msg.PrivateMessage.Epoch] || slices.ContainsFunc(s.log, func(b []byte) bool { return bytes.Equal(b, raw) }) {
		return
	}
	if commit {
		s.ended[msg.PrivateMessage.Epoch] = true
	}
	s.log = append(s.log, raw)
}

// A crashHistory is that of Alice, who crashes once, and of Bob, who does not.
type crashHistory struct {
	*room
	t          *testing.T
	service    service
	alice, bob *device
}

func newCrashHistory(t *testing.T, r *room, crashAt int) *crashHistory {
	h := &crashHistory{room: r, t: t, service: service{ended: map[uint64]bool{}, used: map[string]string{}, made: map[string][]Consumed{}}}
	for _, d := range []**device{&h.alice, &h.bob} {
		*d = &device{h: h}
		name := map[bool]string{true: "A", false: "B"}[d == &h.alice]
		p := &Checkpoint{Member: r.at(name).member}
		(*d).disk.files = []file{{state: p.Encode()}}
	}
	h.alice.disk.crashAt = crashAt
	return h
}

// live lets both follow their scripts by turns. In the last turn both end the
// epoch, and Bob's Commit is the first.
func (h *crashHistory) live(careless bool) {
	bob := script{saying("eins"), closing, renewing, saying("zwei"), closing, saying("drei"), closing}
	alice := script{saying("one"), saying("two"), closing, renewing, closing, saying("three"), closing}
	for i := range alice {
		h.run(h.bob.sync)
		h.run(func() error { return h.bob.step(bob, i, false) })
		if i+1 < len(alice) {
			h.run(h.alice.sync)
		}
		h.run(func() error { return h.alice.step(alice, i, careless) })
	}
	h.run(h.bob.sync)
	h.run(h.alice.sync)
}

// run does something, and does it again if there was a crash.
func (h *crashHistory) run(do func() error) {
	if err := do(); err == nil {
		return
	}
	h.ok(h.alice.flush())
	h.ok(do())
}

func (h *crashHistory) agree() {
	h.t.Helper()
	alice, a := h.alice.load()
	bob, b := h.bob.load()
	if !a.Member.Authenticator().Equal(b.Member.Authenticator()) {
		h.t.Errorf("crash at %d: epochs %d and %d", h.alice.disk.crashAt, a.Member.Number(), b.Member.Number())
	}
	if want := []string{"eins", "zwei", "drei"}; !slices.Equal(alice.heard, want) {
		h.t.Errorf("crash at %d: Alice heard %q", h.alice.disk.crashAt, alice.heard)
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(bob.heard, want) {
		h.t.Errorf("crash at %d: Bob heard %q", h.alice.disk.crashAt, bob.heard)
	}
	if len(a.Staged)+len(a.Outbox) > 0 {
		h.t.Errorf("crash at %d: %d Commits and %d messages are left over", h.alice.disk.crashAt, len(a.Staged), len(a.Outbox))
	}
}
