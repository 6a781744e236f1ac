package concrete

import (
	"errors"
	"fmt"
	"maps"
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
	if f.Guess { // and a guess only where something is missing
		if f.Guess, err = guess(by, f.Kind); err != nil {
			return sim.Forged{}, err
		}
	}
	return a.forge(by, f)
}

// identity returns who a client says it is, with the newest signature key in its
// name that the attacker has; nil without one.
func (a *attacker) identity(f sim.Forgery) (*impl.Identity, bool) {
	id := &impl.Identity{Suite: a.b.suite, Credential: tree.BasicCredential(identityOf(f.As))}
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

// forgePackage makes a KeyPackage in a client's name.
func (a *attacker) forgePackage(f sim.Forgery) (sim.Forged, error) {
	env := &impl.Env{Rand: a.b.seed.Reader(nobody, f.Step), Now: a.b.now()}
	id, err := a.anyIdentity(&f, env)
	if err != nil {
		return sim.Forged{}, err
	}
	keys, err := impl.NewKeyPackage(env, id)
	if err != nil {
		return sim.Forged{}, err
	}
	return sim.Forged{KeyPackage: keyPackage{keys.Package}}, a.drew(f, map[sim.Name]suite.Secret{
		{Kind: sim.InitKey, Origin: f.Step}: keys.Init.Bytes(),
		{Kind: sim.LeafKey, Origin: f.Step}: keys.Leaf.Bytes(),
	})
}

// forgeWelcome makes a Welcome to an epoch that there is not.
func (a *attacker) forgeWelcome(by *forge.Forger, f sim.Forgery) (sim.Forged, error) {
	joiner, err := a.b.suite.Random(by.Rand)
	if err != nil {
		return sim.Forged{}, err
	}
	to := f.Adds[0].(keyPackage).pkg
	next := *by
	next.Tree, _ = by.Tree.Add(to.LeafNode)
	next.Context.Epoch++
	next.Context.TreeHash = next.Tree.Hash()
	w, err := next.Welcome(to, message.GroupSecrets{JoinerSecret: joiner}, forge.Invitation{})
	if err != nil {
		return sim.Forged{}, err
	}
	a.own[f.Step] = wire.Encode(&next.Context)
	a.b.epochs[f.Step] = next.Context.Epoch
	secrets := map[sim.Name]suite.Secret{}
	a.fromJoiner(f.Step, schedule.NewJoinerSecret(a.b.suite, joiner), secrets)
	if err := a.drew(f, secrets); err != nil {
		return sim.Forged{}, err
	}
	confirmation := secrets[sim.Name{Kind: sim.ConfirmationKey, Origin: f.Step}]
	next.ConfirmationTag = message.ConfirmationTag(a.b.suite, confirmation, next.Context.ConfirmedTranscriptHash)
	return sim.Forged{Welcome: welcome{raw: wire.Encode(w), step: f.Step}}, a.followOwn(f, &next)
}

// followOwn follows a group that the attacker has made up, as it follows others.
func (a *attacker) followOwn(f sim.Forgery, by *forge.Forger) error {
	if f.Guess {
		return nil // nobody else will
	}
	info, err := by.GroupInfo(forge.Invitation{})
	if err != nil {
		return err
	}
	g, err := impl.Follow(&impl.Env{Now: a.b.now()}, info, nil)
	if err != nil {
		return err
	}
	a.follow(f.Step, g)
	a.search()
	return nil
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
		Identity: &impl.Identity{Suite: a.b.suite, Credential: leaf.Credential, Signer: a.signer(leaf.SignatureKey)},
		Secrets: &schedule.Secrets{
			Membership: a.has(sim.Name{Kind: sim.MembershipKey, Origin: f.Epoch}),
			Init:       schedule.NewInitSecret(a.has(sim.Name{Kind: sim.InitSecret, Origin: f.Epoch})),
		},
	}
	if err := wire.Decode(g.Context(), &by.Context); err != nil {
		return nil, err
	}
	return by, nil
}

// guess puts random bytes in the place of what is missing, if anything is.
func guess(by *forge.Forger, of sim.ForgeryKind) (guessed bool, err error) {
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
		{by.Secrets.Membership == nil, func(s suite.Secret) { by.Secrets.Membership = s }},
		{by.Secrets.Init.Bytes() == nil && of == sim.ForgedCommit, func(s suite.Secret) { by.Secrets.Init = schedule.NewInitSecret(s) }},
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

// signer returns the private key that belongs to a public one, if it is among what
// the attacker has: it tries everything.
func (a *attacker) signer(public suite.SignaturePublicKey) *suite.SignatureKey {
	for _, v := range a.values {
		if key, err := a.b.suite.ParseSignatureKey(v.bytes); err == nil && slices.Equal(key.Public(), public) {
			return key
		}
	}
	return nil
}

// forge makes the message, and learns what it has drawn for it.
func (a *attacker) forge(by *forge.Forger, f sim.Forgery) (sim.Forged, error) {
	switch f.Kind {
	case sim.ForgedCommit:
		return a.forgeCommit(by, f, values(f))
	case sim.ForgedGroupInfo:
		return a.forgeGroupInfo(by, f)
	case sim.ForgedWelcome:
		return a.forgeWelcome(by, f)
	case sim.ForgedUpdate:
		return a.forgeUpdate(by, f)
	}
	msg, _, err := by.Proposal(values(f)[0], forge.Framing{})
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

func (a *attacker) forgeUpdate(by *forge.Forger, f sim.Forgery) (sim.Forged, error) {
	key, err := a.b.suite.GenerateKeyPair(by.Rand)
	if err != nil {
		return sim.Forged{}, err
	}
	p, err := by.Update(func(l *tree.LeafNode) { l.EncryptionKey = key.Public() }, nil)
	if err != nil {
		return sim.Forged{}, err
	}
	msg, _, err := by.Proposal(p, forge.Framing{})
	if err != nil {
		return sim.Forged{}, err
	}
	return a.sends(f.Step, msg), a.drew(f, map[sim.Name]suite.Secret{{Kind: sim.LeafKey, Origin: f.Step}: key.Bytes()})
}

func (a *attacker) forgeCommit(by *forge.Forger, f sim.Forgery, values []message.Proposal) (sim.Forged, error) {
	v := forge.Forgery{List: forge.Values(values...)}
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
	return out, a.drew(f, a.commitSecrets(f.Step, made))
}

// invites returns the Welcome of a forged Commit, for all whom it adds.
func (a *attacker) invites(made *forge.Made, adds []sim.KeyPackage) (*message.Welcome, error) {
	var w *message.Welcome
	for i, kp := range adds {
		to, secrets := kp.(keyPackage).pkg, message.GroupSecrets{JoinerSecret: made.Joiner.Bytes()}
		if s := made.Path.SecretFor(made.Added[i]); s != nil {
			secrets.PathSecret = &message.PathSecret{Secret: s}
		}
		if i == 0 {
			var err error
			if w, err = made.Next.Welcome(to, secrets, forge.Invitation{}); err != nil {
				return nil, err
			}
			continue
		}
		entry, err := message.SealGroupSecrets(made.Next.Rand, a.b.suite, to, &secrets, w.EncryptedGroupInfo)
		if err != nil {
			return nil, err
		}
		w.Secrets = append(w.Secrets, entry)
	}
	return w, nil
}

// commitSecrets returns what the maker of a Commit knows of it.
func (a *attacker) commitSecrets(step sim.StepID, made *forge.Made) map[sim.Name]suite.Secret {
	all := map[sim.Name]suite.Secret{}
	enter := func(k sim.Kind, index uint32, secret suite.Secret) {
		all[sim.Name{Kind: k, Origin: step, Index: index}] = slices.Clone(secret)
	}
	enter(sim.LeafKey, 0, made.Path.LeafKey.Bytes())
	for i, secret := range made.Path.Secrets {
		enter(sim.PathSecret, uint32(i), secret)
		enter(sim.NodeKey, uint32(made.Path.Keys[i].Node), made.Path.Keys[i].Key.Bytes())
	}
	enter(sim.CommitSecret, 0, made.Path.CommitSecret)
	a.fromJoiner(step, made.Joiner, all)
	return all
}

// fromJoiner enters what follows from joiner_secret without PSKs, in an epoch that
// the attacker has begun.
func (a *attacker) fromJoiner(step sim.StepID, joiner schedule.JoinerSecret, all map[sim.Name]suite.Secret) {
	s := a.b.suite
	enter := func(k sim.Kind, secret suite.Secret) {
		all[sim.Name{Kind: k, Origin: step}] = slices.Clone(secret)
	}
	enter(sim.JoinerSecret, joiner.Bytes())
	member := joiner.Member(s.Zero())
	enter(sim.MemberSecret, member.Bytes())
	enter(sim.WelcomeSecret, member.Welcome().Bytes())
	epoch := member.Epoch(a.own[step]).Bytes()
	enter(sim.EpochSecret, epoch)
	for k, label := range epochLabels { //det:ok into a map
		enter(k, s.DeriveSecret(epoch, label))
	}
}

// drew enters what the attacker has drawn, and what it computed from that, in the
// ledger. What was made with a guess is no secret of the run: nobody will ever
// have it.
func (a *attacker) drew(f sim.Forgery, secrets map[sim.Name]suite.Secret) error {
	if f.Guess {
		return nil
	}
	names := slices.SortedFunc(maps.Keys(secrets), sim.Name.Compare)
	epoch := a.epoch
	if e, ok := a.b.epochs[f.Step]; ok {
		epoch = e
	}
	for _, n := range names {
		if err := a.b.ledger.register(n, secrets[n]); err != nil {
			return err
		}
		a.drawn[n] = secrets[n]
		a.learn(value{bytes: secrets[n], epoch: epoch, alone: n.Kind >= sim.EncryptionSecret})
	}
	a.search()
	return nil
}
