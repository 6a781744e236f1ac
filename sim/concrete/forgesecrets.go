package concrete

import (
	"maps"
	"slices"

	"mlssim/impl/forge"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/sim"
)

// What the attacker knows of what it has made.

// commitSecrets returns what the maker of a Commit knows of it.
func (a *attacker) commitSecrets(step sim.StepID, made *forge.Made, psk suite.Secret) map[sim.Name]suite.Secret {
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
	if len(made.PSKs) > 0 {
		enter(sim.PSKSecret, 0, psk)
	}
	a.fromJoiner(step, made.Joiner, psk, all)
	return all
}

// fromJoiner enters what follows from joiner_secret and psk_secret, in an epoch that
// the attacker has begun.
func (a *attacker) fromJoiner(step sim.StepID, joiner schedule.JoinerSecret, psk suite.Secret, all map[sim.Name]suite.Secret) {
	s := a.b.suite
	enter := func(k sim.Kind, secret suite.Secret) {
		all[sim.Name{Kind: k, Origin: step}] = slices.Clone(secret)
	}
	enter(sim.JoinerSecret, joiner.Bytes())
	member := joiner.Member(psk)
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
