package concrete

import (
	"errors"

	"mlssim/impl"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/sim"
	"mlssim/spec"
)

// kinds gives the kinds of secrets of package impl their names in the simulator.
var kinds = map[impl.SecretKind]sim.Kind{
	impl.KindSignatureKey:       sim.SignatureKey,
	impl.KindInitKey:            sim.InitKey,
	impl.KindLeafKey:            sim.LeafKey,
	impl.KindUpdateKey:          sim.LeafKey,
	impl.KindNodeKey:            sim.NodeKey,
	impl.KindPathSecret:         sim.PathSecret,
	impl.KindCommitSecret:       sim.CommitSecret,
	impl.KindJoinerSecret:       sim.JoinerSecret,
	impl.KindMemberSecret:       sim.MemberSecret,
	impl.KindWelcomeSecret:      sim.WelcomeSecret,
	impl.KindEpochSecret:        sim.EpochSecret,
	impl.KindInitSecret:         sim.InitSecret,
	impl.KindSenderDataSecret:   sim.SenderDataSecret,
	impl.KindExporterSecret:     sim.ExporterSecret,
	impl.KindExternalSecret:     sim.ExternalSecret,
	impl.KindConfirmationKey:    sim.ConfirmationKey,
	impl.KindMembershipKey:      sim.MembershipKey,
	impl.KindResumptionPSK:      sim.ResumptionPSK,
	impl.KindEpochAuthenticator: sim.EpochAuthenticator,
	impl.KindPSKSecret:          sim.PSKSecret,
	impl.KindEncryptionSecret:   sim.EncryptionSecret,
	impl.KindTreeSecret:         sim.TreeSecret,
	impl.KindHandshakeRatchet:   sim.HandshakeRatchet,
	impl.KindApplicationRatchet: sim.ApplicationRatchet,
	impl.KindHandshakeKey:       sim.HandshakeKey,
	impl.KindApplicationKey:     sim.ApplicationKey,
}

// parts says to which part of a client's state a secret belongs.
var parts = map[impl.SecretKind]sim.Part{
	impl.KindSignatureKey:       sim.PartSignature,
	impl.KindLeafKey:            sim.PartLeaf,
	impl.KindUpdateKey:          sim.PartPending,
	impl.KindNodeKey:            sim.PartNode,
	impl.KindInitSecret:         sim.PartInit,
	impl.KindSenderDataSecret:   sim.PartEpoch,
	impl.KindExporterSecret:     sim.PartEpoch,
	impl.KindExternalSecret:     sim.PartEpoch,
	impl.KindConfirmationKey:    sim.PartEpoch,
	impl.KindMembershipKey:      sim.PartEpoch,
	impl.KindEpochAuthenticator: sim.PartEpoch,
	impl.KindResumptionPSK:      sim.PartRes,
	impl.KindEncryptionSecret:   sim.PartEnc,
	impl.KindTreeSecret:         sim.PartEnc,
	impl.KindHandshakeRatchet:   sim.PartEnc,
	impl.KindApplicationRatchet: sim.PartEnc,
	impl.KindHandshakeKey:       sim.PartEnc,
	impl.KindApplicationKey:     sim.PartEnc,
}

// registerEpoch enters the secrets of the epoch that a step began, as its
// creator m holds them, and those that were used up on the way.
func (b *Backend) registerEpoch(step sim.StepID, m *impl.Member, consumed []impl.Consumed) error {
	b.epochs[step] = m.Number()
	var errs []error
	enter := func(n sim.Name, s suite.Secret) { errs = append(errs, b.ledger.register(n, s)) }
	for _, c := range consumed {
		if inSecretTree(c.Kind) { // of the epoch before, for the message
			continue
		}
		kind := kinds[c.Kind]
		if kind == sim.InitSecret { // m holds its own
			kind = sim.ExternalInitSecret
		}
		enter(sim.Name{Kind: kind, Origin: step, Index: c.Index}, c.Secret)
		if c.Kind == impl.KindMemberSecret { // with nobody to welcome the implementation does not derive it
			enter(sim.Name{Kind: sim.WelcomeSecret, Origin: step}, b.suite.DeriveSecret(c.Secret, spec.LabelWelcomeSecret))
		}
	}
	for _, h := range m.Held() {
		n := sim.Name{Kind: kinds[h.Kind], Origin: step}
		if h.Kind == impl.KindNodeKey {
			n.Index = h.Index
		}
		if _, known := b.ledger.name(h.Secret); !known {
			enter(n, h.Secret)
		}
	}
	return errors.Join(errs...)
}

// inSecretTree tells whether a secret is of the secret tree.
func inSecretTree(k impl.SecretKind) bool {
	return k >= impl.KindEncryptionSecret && k <= impl.KindApplicationKey
}

// registerKeys enters what the secret tree of an epoch holds for the key that a
// message has used up, derived from encryption_secret anew.
func (b *Backend) registerKeys(epoch sim.StepID, m *impl.Member, consumed []impl.Consumed) error {
	var errs []error
	for _, c := range consumed {
		if c.Kind == impl.KindApplicationKey || c.Kind == impl.KindHandshakeKey {
			errs = append(errs, b.registerLeaf(epoch, m.Tree().Size(), tree.LeafIndex(c.Index), kinds[c.Kind], c.Generation))
		}
	}
	return errors.Join(errs...)
}

// registerLeaf enters what lies between encryption_secret of an epoch and a key of one
// generation, in a tree of so many leaves.
func (b *Backend) registerLeaf(epoch sim.StepID, leaves uint32, leaf tree.LeafIndex, key sim.Kind, generation uint32) error {
	w := &treeWalk{ledger: b.ledger, suite: b.suite, epoch: epoch}
	root, ok := b.ledger.secrets[sim.Name{Kind: sim.EncryptionSecret, Origin: epoch}]
	if !ok {
		return errors.New("message of an epoch that nobody began")
	}
	secret := w.descend(root, leaves, leaf)
	for _, r := range ratchets {
		s := b.suite.DeriveSecret(secret, ratchetLabels[r.secret])
		w.enter(r.secret, uint32(leaf), 0, s)
		if r.key == key {
			w.ratchet(r, s, leaf, generation)
		}
	}
	return errors.Join(w.errs...)
}
