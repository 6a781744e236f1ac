package sim

// External senders (RFC 9420, Section 12.1.8.1): who may propose to a group without
// being in it.

// A Founder is a backend that can make a group with external senders.
type Founder interface {
	// Admit makes a client an external sender of the group that is made next, behind
	// those who are it already. Its signature key is then part of its Store.
	Admit(ClientID) error
}

// Admit implements [Founder].
func (l *lockstep) Admit(c ClientID) error {
	for _, b := range [...]Backend{l.symbolic, l.concrete} {
		f, ok := b.(Founder)
		if !ok {
			return errNoFounder
		}
		if err := f.Admit(c); err != nil {
			return err
		}
	}
	return nil
}

const errNoFounder = illegal("this engine has no external senders")

// admit makes clients external senders of the group that is to be made.
func (s *script) admit(names []string) error {
	for i, name := range names {
		f, ok := s.backend.(Founder)
		if !ok {
			return errNoFounder
		}
		if s.byName[name] != nil {
			return illegalf("%s is named twice", name)
		}
		c := s.introduce(name)
		c.sender, c.place = true, uint32(i)
		if err := f.Admit(c.id); err != nil {
			return err
		}
	}
	return nil
}
