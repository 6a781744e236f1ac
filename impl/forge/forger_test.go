package forge

import (
	"errors"
	"testing"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/spec"
)

// TestForgerNeedsKeys: each message takes the keys that its method names, and who
// lacks one is told so.
func TestForgerNeedsKeys(t *testing.T) {
	g := settled(t, suite.All()[0])
	all := g.by("B")
	p := Remove(2)
	content := message.Content{ContentType: spec.ContentProposal, Proposal: &p}
	private := Framing{Format: spec.WirePrivateMessage}
	for _, c := range []struct {
		name string
		lose func(*Forger)
		make func(*Forger) error
		can  bool
	}{
		{"PublicMessage with all", func(*Forger) {}, framing(content, Framing{}), true},
		{"PublicMessage with no ratchets", func(f *Forger) { f.Ratchets = nil }, framing(content, Framing{}), true},
		{"PublicMessage without signature key", func(f *Forger) { f.Identity = nil }, framing(content, Framing{}), false},
		{"PublicMessage without membership_key", func(f *Forger) { f.Secrets = nil }, framing(content, Framing{}), false},
		{"PrivateMessage with all", func(*Forger) {}, framing(content, private), true},
		{"PrivateMessage without ratchets", func(f *Forger) { f.Ratchets = nil }, framing(content, private), false},
		{"PrivateMessage without sender_data_secret", func(f *Forger) { f.Secrets = nil }, framing(content, private), false},
		{"Commit with all", func(*Forger) {}, commits, true},
		{"Commit without init_secret", func(f *Forger) { f.Secrets = nil }, commits, false},
		{"Commit without signature key", func(f *Forger) { f.Identity = &impl.Identity{} }, commits, false},
		{"Update with a signature key alone", func(f *Forger) { f.Secrets, f.Ratchets = nil, nil }, updates, true},
		{"Update without signature key", func(f *Forger) { f.Identity = nil }, updates, false},
		{"GroupInfo with a signature key alone", func(f *Forger) { f.Secrets, f.Ratchets = nil, nil }, describesGroup, true},
		{"GroupInfo without signature key", func(f *Forger) { f.Identity = nil }, describesGroup, false},
		{"external_pub without external_secret", func(f *Forger) { f.Secrets = nil }, func(f *Forger) error {
			_, err := f.ExternalPub()
			return err
		}, false},
	} {
		f := *all
		c.lose(&f)
		if err := c.make(&f); c.can != (err == nil) || !c.can && !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func framing(c message.Content, v Framing) func(*Forger) error {
	return func(f *Forger) error {
		_, err := f.Message(c, v)
		return err
	}
}

func commits(f *Forger) error {
	_, err := f.Commit(Forgery{})
	return err
}

func updates(f *Forger) error {
	_, err := f.Update(nil, nil)
	return err
}

func describesGroup(f *Forger) error {
	_, err := f.GroupInfo(Invitation{})
	return err
}
