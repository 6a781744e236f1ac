package model

import "mlssim/spec"

// What messages give away to whoever holds the right key: RFC 9420, Sections 7.6,
// 8.3 and 12.4.3.1, from outside.

// A Ciphertext is a sealed secret in a message that anyone can see.
type Ciphertext struct {
	Rule    RuleID
	Private Term      // the key that opens it
	Under   Term      // of a PrivateMessage: the handshake key that is needed besides; else empty
	Secret  Term      // what is in it
	At      [2]uint32 // T4: path node, ciphertext; W1, W2: entry of the Welcome
}

// Ciphertexts returns what is sealed in a Commit: path secrets, and the init_secret
// of an external one; nothing for other messages.
func (p *PublicMessage) Ciphertexts(s *Store) []Ciphertext { return p.Content.Commit.ciphertexts(s, 0) }

// Ciphertexts is the same for a PrivateMessage, which has to be opened first.
func (p *PrivateMessage) Ciphertexts(s *Store) []Ciphertext {
	key, plaintext, ok := s.EncryptedBy(p.Ciphertext)
	content, decoded := decode[privateMessageContent](s, plaintext)
	if !ok || !decoded {
		return nil
	}
	return content.Commit.ciphertexts(s, key)
}

func (c *Commit) ciphertexts(s *Store, under Term) []Ciphertext {
	if c == nil {
		return nil
	}
	var boxes []Ciphertext
	see := func(rule RuleID, box Term, at [2]uint32) {
		if private, secret, ok := s.SealedBy(box); ok {
			boxes = append(boxes, Ciphertext{rule, private, under, secret, at})
		}
	}
	for i, p := range c.Proposals {
		if p.Proposal.Type == spec.ProposalExternalInit {
			see(K6, p.Proposal.KEMOutput, [2]uint32{uint32(i)})
		}
	}
	if c.Path != nil {
		for j, n := range c.Path.Nodes {
			for k, box := range n.EncryptedPathSecret {
				see(T4, box, [2]uint32{uint32(j), uint32(k)})
			}
		}
	}
	return boxes
}

// Ciphertexts returns the secrets that each new member is sent.
func (w *Welcome) Ciphertexts(s *Store) []Ciphertext {
	var boxes []Ciphertext
	for i, e := range w.Secrets {
		private, plaintext, ok := s.SealedBy(e.Secrets)
		secrets, decoded := decode[GroupSecrets](s, plaintext)
		if !ok || !decoded {
			continue
		}
		at := [2]uint32{uint32(i)}
		boxes = append(boxes, Ciphertext{W1, private, 0, secrets.Joiner, at})
		if secrets.PathSecret != 0 {
			boxes = append(boxes, Ciphertext{W2, private, 0, secrets.PathSecret, at})
		}
	}
	return boxes
}
