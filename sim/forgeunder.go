package sim

import "slices"

// forgedUnder reads which keys a forged message is to be made with, beside those of its
// kind: PSKs, those of a PrivateMessage, and a device that signs.
func (s *script) forgedUnder(f *Forgery, step ScriptStep, c *client) error {
	for _, text := range step.PSKs {
		psk, secret, err := s.pskOf(text)
		if err != nil {
			return err
		}
		f.PSKs = append(f.PSKs, ForgedPSK{psk, secret})
	}
	f.Oracle = c.signs()
	switch f.Kind {
	case ForgedCommit, ForgedUpdate, ForgedAdd, ForgedRemove:
		f.Private = s.private && !f.Outside
	}
	if f.Private {
		f.Generation = s.handshakes[f.HandshakeKey()]
	}
	return nil
}

// inChip is the component that hardware can hold and use for whoever is on the device.
var inChip = component{part: PartSignature}

// signs tells whether somebody is on a client's device and has it sign: the key lies in
// hardware.
func (c *client) signs() bool {
	return slices.Contains(c.hsm, inChip) && slices.ContainsFunc(c.live, func(t *theft) bool {
		return t.only == nil || slices.Contains(t.only, inChip)
	})
}

// sentUnder notes which keys of its handshake ratchet a client has used up. They are
// counted by the name of the ratchet's first.
func (w *world) sentUnder(consumed []Name) {
	for _, n := range consumed {
		if n.Kind == HandshakeKey {
			used := n.Gen + 1
			n.Gen = 0
			w.handshakes[n] = max(w.handshakes[n], used)
		}
	}
}

// sentForged notes the same of a forged message.
func (w *world) sentForged(f *Forgery) {
	if f.Private {
		w.sentUnder([]Name{f.HandshakeKey()})
	}
}
