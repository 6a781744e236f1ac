package model

// What messages give away to whoever holds the right key: RFC 9420, Sections 7.6
// and 12.4.3.1, from outside.

// A Ciphertext is a sealed secret in a message that anyone can see.
type Ciphertext struct {
	Rule    RuleID
	Private Term      // the key that opens it
	Secret  Term      // what is in it
	At      [2]uint32 // T4: path node, ciphertext; W1, W2: entry of the Welcome
}

// Ciphertexts returns the sealed path secrets of a Commit; none for other messages.
func (p *PublicMessage) Ciphertexts(s *Store) []Ciphertext {
	if p.Content.Commit == nil || p.Content.Commit.Path == nil {
		return nil
	}
	var boxes []Ciphertext
	for j, n := range p.Content.Commit.Path.Nodes {
		for k, box := range n.EncryptedPathSecret {
			if private, secret, ok := s.SealedBy(box); ok {
				boxes = append(boxes, Ciphertext{T4, private, secret, [2]uint32{uint32(j), uint32(k)}})
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
		boxes = append(boxes, Ciphertext{W1, private, secrets.Joiner, at})
		if secrets.PathSecret != 0 {
			boxes = append(boxes, Ciphertext{W2, private, secrets.PathSecret, at})
		}
	}
	return boxes
}
