package concrete

import (
	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/sim"
)

// What the attacker makes to bring somebody into a group: KeyPackages and Welcomes.

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
	a.fromJoiner(f.Step, schedule.NewJoinerSecret(a.b.suite, joiner), a.b.suite.Zero(), secrets)
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
