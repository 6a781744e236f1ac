package sim

// An Authority is a backend whose Authentication Service (RFC 9420, Section 5.3.1)
// can be told to accept a client's newest signature key alone. It accepts all that the
// client has had otherwise, and those that it was made to accept.
type Authority interface {
	Revoke(c ClientID, newest uint32)
}

// Revoke tells both services.
func (l *lockstep) Revoke(c ClientID, newest uint32) {
	for _, b := range [...]Backend{l.symbolic, l.concrete} {
		if a, ok := b.(Authority); ok {
			a.Revoke(c, newest)
		}
	}
}

// runRevoke makes the older keys of a client worthless wherever they are new.
func (s *script) runRevoke(c *client) error {
	a, ok := s.backend.(Authority)
	if !ok {
		return illegal("this engine has no Authentication Service")
	}
	s.tampered = true // members can no longer make new leaves with such a key
	a.Revoke(c.id, c.keys)
	s.note(DidRevoke, c, 0)
	return nil
}
