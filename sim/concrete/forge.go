package concrete

import (
	"errors"
	"fmt"
	"slices"

	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
)

// The attacker makes messages from the bytes that it has and from what it has seen
// on the wire. The ledger has told it of each value which secret it is; what it does
// not have it cannot ask for.

var _ sim.Forger = (*attacker)(nil)

// nobody draws what the attacker draws.
const nobody = ^sim.ClientID(0)

// Forge makes a message in another's name, with real bytes.
func (a *attacker) Forge(f sim.Forgery) (sim.Forged, error) {
	made, err := a.make(f)
	if errors.Is(err, forge.ErrNoKey) {
		return sim.Forged{}, &sim.Lacking{Rule: err.Error()}
	}
	return made, err
}

func (a *attacker) make(f sim.Forgery) (sim.Forged, error) {
	switch f.Kind {
	case sim.ForgedIdentity:
		return sim.Forged{}, a.vouched(f)
	case sim.ForgedKeyPackage:
		return a.forgePackage(f)
	case sim.ForgedExternal:
		return a.forgeExternal(f)
	}
	if f.Outside {
		return a.forgeProposalOutside(f)
	}
	by, err := a.forger(f)
	if err != nil {
		return sim.Forged{}, err
	}
	under, err := a.forgedUnder(by, &f)
	if err != nil {
		return sim.Forged{}, err
	}
	if f.Guess { // and a guess only where something is missing
		guessed, err := guess(by, f)
		if err != nil {
			return sim.Forged{}, err
		}
		f.Guess = guessed || under.guessed
	}
	made, err := a.forge(by, f, under)
	return a.told(made, by, f), err
}

// identity returns who a client says it is, with its device's key if that signs, else
// the newest signature key in its name that the attacker has; nil without one.
func (a *attacker) identity(f sim.Forgery) (*impl.Identity, bool) {
	id := &impl.Identity{Suite: a.b.suite, Credential: tree.BasicCredential(identityOf(f.As))}
	if f.Oracle {
		id.Signer = a.b.clients[f.As].identity.Signer
		return id, true
	}
	for v := int64(f.Versions); v >= 0; v-- {
		bytes := a.has(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(f.As), Index: uint32(v)})
		if key, err := a.b.suite.ParseSignatureKey(bytes); bytes != nil && err == nil {
			id.Signer = key
			return id, true
		}
	}
	return id, false
}

// anyIdentity is identity, with a guess where that is asked for. f tells afterwards
// whether it is one.
func (a *attacker) anyIdentity(f *sim.Forgery, env *impl.Env) (*impl.Identity, error) {
	id, ok := a.identity(*f)
	if !ok && !f.Guess {
		return nil, fmt.Errorf("%w: signature key", forge.ErrNoKey)
	}
	f.Guess = !ok
	if ok {
		return id, nil
	}
	key, err := a.b.suite.GenerateSignatureKey(env.Rand)
	id.Signer = key
	return id, err
}

// vouched draws a signature key that the Authentication Service accepts for a client.
func (a *attacker) vouched(f sim.Forgery) error {
	key, err := a.b.suite.GenerateSignatureKey(a.b.seed.Reader(nobody, f.Step))
	if err != nil {
		return err
	}
	a.b.authority[string(key.Public())] = holder{f.As, f.Versions + 1}
	n := sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(f.As), Index: f.Versions + 1}
	return a.drew(f, map[sim.Name]suite.Secret{n: key.Bytes()})
}

// forger returns who speaks in a member's name, with as many of its keys as the
// attacker has.
func (a *attacker) forger(f sim.Forgery) (*forge.Forger, error) {
	g, ok := a.begun[f.Epoch]
	if !ok {
		return nil, fmt.Errorf("the epoch of step %d was not seen on the wire", f.Epoch)
	}
	leaf := g.Tree().Leaf(tree.LeafIndex(f.Leaf))
	if leaf == nil {
		return nil, fmt.Errorf("no leaf %d in epoch %d", f.Leaf, g.Number())
	}
	by := &forge.Forger{
		Suite: a.b.suite, Rand: a.b.seed.Reader(nobody, f.Step),
		Tree: g.Tree(), ConfirmationTag: g.ConfirmationTag(), Leaf: tree.LeafIndex(f.Leaf),
		Identity: &impl.Identity{Suite: a.b.suite, Credential: leaf.Credential, Signer: a.signer(f, leaf.SignatureKey)},
		Secrets: &schedule.Secrets{
			Membership: a.has(sim.Name{Kind: sim.MembershipKey, Origin: f.Epoch}),
			Init:       schedule.NewInitSecret(a.has(sim.Name{Kind: sim.InitSecret, Origin: f.Epoch})),
		},
	}
	return by, wire.Decode(g.Context(), &by.Context)
}

// guess puts random bytes in the place of what is missing, if anything is.
func guess(by *forge.Forger, f sim.Forgery) (guessed bool, err error) {
	if by.Identity.Signer == nil {
		guessed = true
		key, err := by.Suite.GenerateSignatureKey(by.Rand)
		if err != nil {
			return guessed, err
		}
		by.Identity.Signer = key
	}
	for _, s := range []struct {
		missing bool
		put     func(suite.Secret)
	}{
		{by.Secrets.Membership == nil && !f.Private, func(s suite.Secret) { by.Secrets.Membership = s }},
		{by.Secrets.Init.Bytes() == nil && f.Kind == sim.ForgedCommit, func(s suite.Secret) { by.Secrets.Init = schedule.NewInitSecret(s) }},
	} {
		random, err := by.Suite.Random(by.Rand)
		if err != nil {
			return guessed, err
		}
		if s.missing {
			s.put(random)
			guessed = true
		}
	}
	return guessed, nil
}

// has returns a secret if the attacker has it, by its own bytes.
func (a *attacker) has(n sim.Name) suite.Secret {
	return a.known[n]
}

// signer returns the private key that belongs to a public one, if a device signs with
// it or it is among what the attacker has: it tries everything.
func (a *attacker) signer(f sim.Forgery, public suite.SignaturePublicKey) *suite.SignatureKey {
	if f.Oracle {
		if key := a.b.clients[f.As].identity.Signer; slices.Equal(key.Public(), public) {
			return key
		}
	}
	for _, v := range a.values {
		if key, err := a.b.suite.ParseSignatureKey(v.bytes); err == nil && slices.Equal(key.Public(), public) {
			return key
		}
	}
	return nil
}

// forge makes the message, and learns what it has drawn for it.
func (a *attacker) forge(by *forge.Forger, f sim.Forgery, under *under) (sim.Forged, error) {
	switch f.Kind {
	case sim.ForgedCommit:
		return a.forgeCommit(by, f, under)
	case sim.ForgedGroupInfo:
		return a.forgeGroupInfo(by, f)
	case sim.ForgedWelcome:
		return a.forgeWelcome(by, f)
	case sim.ForgedUpdate:
		return a.forgeUpdate(by, f, under.framing)
	}
	msg, _, err := by.Proposal(values(f)[0], under.framing)
	return a.sends(f.Step, msg), err
}

// values returns the proposals that a forged message carries by value.
func values(f sim.Forgery) []message.Proposal {
	var all []message.Proposal
	for _, leaf := range f.Removes {
		all = append(all, forge.Remove(tree.LeafIndex(leaf)))
	}
	for _, kp := range f.Adds {
		all = append(all, forge.Add(kp.(keyPackage).pkg))
	}
	return all
}

// sends returns a message as it goes over the wire.
func (a *attacker) sends(step sim.StepID, msg *message.MLSMessage) sim.Forged {
	if msg == nil {
		return sim.Forged{}
	}
	return sim.Forged{Message: &packet{raw: wire.Encode(msg), step: step}}
}

func (a *attacker) forgeUpdate(by *forge.Forger, f sim.Forgery, framing forge.Framing) (sim.Forged, error) {
	key, err := a.b.suite.GenerateKeyPair(by.Rand)
	if err != nil {
		return sim.Forged{}, err
	}
	p, err := by.Update(func(l *tree.LeafNode) { l.EncryptionKey = key.Public() }, nil)
	if err != nil {
		return sim.Forged{}, err
	}
	msg, _, err := by.Proposal(p, framing)
	if err != nil {
		return sim.Forged{}, err
	}
	return a.sends(f.Step, msg), a.drew(f, map[sim.Name]suite.Secret{{Kind: sim.LeafKey, Origin: f.Step}: key.Bytes()})
}

func (a *attacker) forgeCommit(by *forge.Forger, f sim.Forgery, under *under) (sim.Forged, error) {
	v := forge.Forgery{List: forge.Values(append(values(f), under.psks...)...), Framing: under.framing}
	for _, leaf := range f.Garbage {
		v.Garbage = append(v.Garbage, tree.LeafIndex(leaf))
	}
	made, err := by.Commit(v)
	if err != nil {
		return sim.Forged{}, err
	}
	out := a.sends(f.Step, made.Message)
	if len(made.Added) > 0 {
		w, err := a.invites(made, f.Adds)
		if err != nil {
			return sim.Forged{}, err
		}
		out.Welcome = welcome{raw: wire.Encode(w), step: f.Step}
	}
	a.b.epochs[f.Step] = made.Next.Context.Epoch
	a.own[f.Step] = wire.Encode(&made.Next.Context)
	psk, err := a.forgedPSKs(by, f, made.PSKs)
	if err != nil {
		return sim.Forged{}, err
	}
	return out, a.drew(f, a.commitSecrets(f.Step, made, psk))
}
