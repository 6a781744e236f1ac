package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
	"mlssim/spec"
)

// handshakeKey names the key under which a forged PrivateMessage goes out, and what
// lies between it and encryption_secret. It returns the secret tree before its use.
func (b *Backend) handshakeKey(f sim.Forgery) model.SecretTree {
	g := b.groups[f.Epoch]
	encryption := b.names.terms[sim.Name{Kind: sim.EncryptionSecret, Origin: f.Epoch}]
	t, made := g.HandshakeKeys(b.store, encryption, model.LeafIndex(f.Leaf), f.Generation)
	b.made(f.Step, made)
	return t
}

// underRatchet gives who is impersonated what a PrivateMessage takes.
func (b *Backend) underRatchet(m *model.Member, f sim.Forgery, has func(sim.Name) model.Term) {
	if !f.Private {
		return
	}
	m.Secrets.SenderData = has(sim.Name{Kind: sim.SenderDataSecret, Origin: f.Epoch})
	m.Ratchets = b.handshakeKey(f)
	if key := f.HandshakeKey(); has(key) != b.names.terms[key] {
		m.Ratchets = m.Ratchets.WithHandshakeRatchet(m.Leaf, has(key))
	}
}

// forgedPSK is where the adversary finds the PSKs that a forged Commit covers.
func (b *Backend) forgedPSK(f sim.Forgery, has func(sim.Name) model.Term) func(model.PreSharedKeyID) model.Term {
	return func(id model.PreSharedKeyID) model.Term {
		for _, p := range f.PSKs {
			if p.ID != "" && id.ID == b.store.Bytes(p.ID) || p.ID == "" && id.Type == spec.PSKResumption && id.Epoch == p.Epoch {
				return has(p.Secret)
			}
		}
		return 0
	}
}
