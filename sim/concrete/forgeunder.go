package concrete

import (
	"fmt"
	"io"
	"slices"

	"mlssim/impl/forge"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// under is what a forged message is made with beside the keys of who is impersonated.
type under struct {
	framing forge.Framing
	psks    []message.Proposal
	guessed bool // something of it is a guess
}

// forgedUnder finds the keys of a PrivateMessage, and PSKs.
func (a *attacker) forgedUnder(by *forge.Forger, f *sim.Forgery) (*under, error) {
	u := &under{}
	if f.Private {
		if err := a.b.registerHandshake(*f, by.Tree.Size()); err != nil {
			return nil, err
		}
		// A guess that nobody took was not counted on the wire, and used up a generation.
		for epoch := by.Context.Epoch; a.sent[epoch] < int(f.Generation); {
			a.sent[epoch]++
			a.nextGeneration(epoch)
		}
		a.search()
		key, err := a.or(u, f, by, f.HandshakeKey(), a.b.suite.Nk)
		if err != nil {
			return nil, err
		}
		nonce := a.nonceOf(key)
		if nonce == nil {
			nonce = make(suite.Secret, a.b.suite.Nn)
		}
		senderData, err := a.or(u, f, by, sim.Name{Kind: sim.SenderDataSecret, Origin: f.Epoch}, a.b.suite.Nh)
		if err != nil {
			return nil, err
		}
		by.Secrets.SenderData = senderData
		u.framing.Format = spec.WirePrivateMessage
		u.framing.Sealing.Key = &forge.GenerationKey{Generation: f.Generation, KeyNonce: schedule.KeyNonce{Key: key, Nonce: nonce}}
	}
	secrets := make([]suite.Secret, len(f.PSKs))
	for i, p := range f.PSKs {
		secret, err := a.or(u, f, by, p.Secret, a.b.suite.Nh)
		if err != nil {
			return nil, err
		}
		nonce, err := a.b.suite.Random(by.Rand)
		if err != nil {
			return nil, err
		}
		id := a.b.pskID(by.Context.GroupID, p.PSK)
		id.Nonce = nonce
		secrets[i] = secret
		u.psks = append(u.psks, message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: id}})
		if p.ID == "" && p.Epoch == by.Context.Epoch {
			by.Secrets.Resumption = secret
		}
	}
	by.PSK = func(id *schedule.PreSharedKeyID) suite.Secret {
		i := slices.IndexFunc(u.psks, func(p message.Proposal) bool { return slices.Equal(p.PreSharedKey.PSK.Nonce, id.Nonce) })
		if i < 0 {
			return nil
		}
		return secrets[i]
	}
	return u, nil
}

// or returns a secret that the attacker has, or random bytes if it may guess.
func (a *attacker) or(u *under, f *sim.Forgery, by *forge.Forger, n sim.Name, length int) (suite.Secret, error) {
	if s := a.has(n); s != nil {
		return s, nil
	}
	if !f.Guess {
		return nil, fmt.Errorf("%w: %v", forge.ErrNoKey, n)
	}
	u.guessed = true
	random := make(suite.Secret, length)
	_, err := io.ReadFull(by.Rand, random)
	return random, err
}

// nonceOf returns the nonce that goes with a message key that the attacker has.
func (a *attacker) nonceOf(key suite.Secret) suite.Secret {
	i := slices.IndexFunc(a.values, func(v value) bool { return v.nonce != nil && v.bytes.Equal(key) })
	if i < 0 {
		return nil
	}
	return a.values[i].nonce
}

// registerHandshake enters what lies between encryption_secret of an epoch and the key
// under which a forged PrivateMessage goes out.
func (b *Backend) registerHandshake(f sim.Forgery, leaves uint32) error {
	return b.registerLeaf(f.Epoch, leaves, tree.LeafIndex(f.Leaf), sim.HandshakeKey, f.Generation)
}

// forgedPSKs returns psk_secret of the PSKs that a forged Commit covers, and lets the
// attacker see them as it would on the wire.
func (a *attacker) forgedPSKs(by *forge.Forger, f sim.Forgery, ids []schedule.PreSharedKeyID) (suite.Secret, error) {
	secret := a.b.suite.Zero()
	if len(ids) == 0 || f.Guess {
		return secret, nil
	}
	for i, label := range pskLabels(ids) {
		input := pskInput(a.b.suite, by.PSK(&ids[i]), label)
		a.b.ledger.passing[string(input)] = true
		secret = a.b.suite.Extract(input, secret)
	}
	a.mixed(f.Step, ids, a.b.epochs[f.Step])
	return secret, nil
}

// told returns a forged PrivateMessage with what the run tells the attacker of those of
// members: what it does to the group. A guess is nobody's.
func (a *attacker) told(made sim.Forged, by *forge.Forger, f sim.Forgery) sim.Forged {
	p, ok := made.Message.(*packet)
	if !ok || !f.Private || f.Guess {
		return made
	}
	var msg message.MLSMessage
	if wire.Decode(p.raw, &msg) != nil {
		return made
	}
	context := wire.Encode(&by.Context)
	encryption := a.b.ledger.secrets[sim.Name{Kind: sim.EncryptionSecret, Origin: f.Epoch}]
	keys := schedule.NewSecretTree(a.b.suite, encryption, by.Tree.Size())
	signer := func(message.Sender) (suite.SignaturePublicKey, error) { return by.Identity.Signer.Public(), nil }
	v, _, _, err := message.UnprotectPrivate(nil, a.b.suite, msg.PrivateMessage, context, keys, schedule.Window{}, by.Secrets.SenderData, signer)
	if err == nil {
		p.data, p.told = &sealedData{epoch: f.Epoch}, &told{context, v}
	}
	return made
}
