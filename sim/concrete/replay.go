package concrete

import (
	"encoding/binary"
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// Replay carries out one derivation of the model on the bytes that earlier ones
// gave, and compares what comes out with the truth.
func (a *attacker) Replay(r sim.Rule) error {
	if r.ID == sim.RuleTaken {
		if !a.taken[r.To] {
			return fmt.Errorf("%v was not taken", r.To)
		}
		return nil
	}
	from := make([]suite.Secret, len(r.From))
	for i, n := range r.From {
		s, ok := a.replay[n]
		if !ok {
			return fmt.Errorf("rule %s: premise %v was not derived before", r.ID, n)
		}
		from[i] = s
	}
	got, err := a.derive(r, from)
	if err != nil {
		return fmt.Errorf("rule %s gives no %v: %w", r.ID, r.To, err)
	}
	if want := a.b.ledger.secrets[r.To]; !want.Equal(got) {
		return fmt.Errorf("rule %s gives %v for %v, which is %v", r.ID, got, r.To, want)
	}
	a.replay[r.To] = got
	return nil
}

// derive computes the conclusion of a rule (docs/rules.md).
func (a *attacker) derive(r sim.Rule, from []suite.Secret) (suite.Secret, error) {
	s := a.b.suite
	switch r.ID {
	case "T1", "T3":
		return s.DeriveSecret(from[0], spec.LabelPath), nil
	case "T2":
		return s.DeriveKeyPair(s.DeriveSecret(from[0], spec.LabelNode)).Bytes(), nil
	case "T4":
		if err := a.openPrivately(r, from); err != nil {
			return nil, err
		}
		return a.openPath(r, from[0])
	case "W1", "W2":
		return a.openWelcome(r, from[0])
	case "K5":
		return s.DeriveKeyPair(from[0]).Bytes(), nil
	case "K6":
		return a.openInit(r, from[0])
	case "K1", "K1x":
		commit := s.Zero()
		if len(from) > 1 {
			commit = from[1]
		}
		return a.inEpoch(r, s.Extract(from[0], commit), spec.LabelJoiner)
	case "K2":
		psk := s.Zero()
		if len(from) > 1 {
			psk = from[1]
		}
		return s.Extract(from[0], psk), nil
	case "K10":
		return a.mixAll(r, from)
	case "K3":
		if r.To.Kind == sim.WelcomeSecret {
			return s.DeriveSecret(from[0], spec.LabelWelcomeSecret), nil
		}
		return a.inEpoch(r, from[0], spec.LabelEpoch)
	case "K4":
		return s.DeriveSecret(from[0], epochLabels[r.To.Kind]), nil
	case "M7":
		return a.b.exportBy(from[0], a.b.exports[r.To.Origin]), nil
	case "M2":
		return s.ExpandWithLabel(from[0], spec.LabelTree, []byte(side(tree.NodeIndex(r.To.Index))), s.Nh), nil
	case "M3":
		return s.DeriveSecret(from[0], ratchetLabels[r.To.Kind]), nil
	case "M4":
		return a.ratchet(r, from[0]), nil
	}
	if s, ok := a.drawn[r.To]; ok {
		return s, nil // it knows what it drew
	}
	return nil, fmt.Errorf("unknown rule")
}

// epochLabels are those of RFC 9420, Table 4.
var epochLabels = map[sim.Kind]string{
	sim.InitSecret:         spec.LabelInit,
	sim.SenderDataSecret:   spec.LabelSenderData,
	sim.EncryptionSecret:   spec.LabelEncryption,
	sim.ExporterSecret:     spec.LabelExporter,
	sim.ExternalSecret:     spec.LabelExternal,
	sim.ConfirmationKey:    spec.LabelConfirm,
	sim.MembershipKey:      spec.LabelMembership,
	sim.ResumptionPSK:      spec.LabelResumption,
	sim.EpochAuthenticator: spec.LabelAuthentication,
}

var ratchetLabels = map[sim.Kind]string{
	sim.HandshakeRatchet:   spec.LabelHandshake,
	sim.ApplicationRatchet: spec.LabelApplication,
}

// inEpoch expands under the GroupContext of the epoch that the conclusion's
// Commit began, as the attacker computed it from the wire.
func (a *attacker) inEpoch(r sim.Rule, prk suite.Secret, label string) (suite.Secret, error) {
	if context, ok := a.own[r.To.Origin]; ok {
		return a.b.suite.ExpandWithLabel(prk, label, context, a.b.suite.Nh), nil
	}
	t, ok := a.commits[r.To.Origin]
	if !ok {
		return nil, fmt.Errorf("no commit of step %d on the wire", r.To.Origin)
	}
	return a.b.suite.ExpandWithLabel(prk, label, t.Public().Context(), a.b.suite.Nh), nil
}

// openPath opens the ciphertext that the rule points at.
func (a *attacker) openPath(r sim.Rule, key suite.Secret) (suite.Secret, error) {
	t, ok := a.commits[r.To.Origin]
	if !ok || t.Path() == nil {
		return nil, fmt.Errorf("no path of step %d on the wire", r.To.Origin)
	}
	nodes := t.Path().Nodes
	if int(r.At[0]) >= len(nodes) || int(r.At[1]) >= len(nodes[r.At[0]].EncryptedPathSecret) {
		return nil, fmt.Errorf("no ciphertext %v in the path", r.At)
	}
	private, err := a.b.suite.ParseHPKEPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return a.b.suite.DecryptWithLabel(private, spec.LabelUpdatePathNode, t.Provisional(), nodes[r.At[0]].EncryptedPathSecret[r.At[1]])
}

// openWelcome opens the group secrets that the rule points at.
func (a *attacker) openWelcome(r sim.Rule, key suite.Secret) (suite.Secret, error) {
	w, ok := a.opening[r.To.Origin]
	if !ok || int(r.At[0]) >= len(w.Secrets) {
		return nil, fmt.Errorf("no welcome of step %d on the wire", r.To.Origin)
	}
	private, err := a.b.suite.ParseHPKEPrivateKey(key)
	if err != nil {
		return nil, err
	}
	plain, err := a.b.suite.DecryptWithLabel(private, spec.LabelWelcome, w.EncryptedGroupInfo, w.Secrets[r.At[0]].EncryptedGroupSecrets)
	if err != nil {
		return nil, err
	}
	var secrets message.GroupSecrets
	if err := wire.Decode(plain, &secrets); err != nil {
		return nil, err
	}
	if r.ID == "W1" {
		return secrets.JoinerSecret, nil
	}
	if secrets.PathSecret == nil {
		return nil, fmt.Errorf("no path secret in the welcome")
	}
	return secrets.PathSecret.Secret, nil
}

// side says which child of its parent a node of the secret tree is.
func side(x tree.NodeIndex) string {
	if x < x.Parent() {
		return spec.ContextLeft
	}
	return spec.ContextRight
}

// ratchet derives the next secret or the key of a generation.
func (a *attacker) ratchet(r sim.Rule, secret suite.Secret) suite.Secret {
	s, g := a.b.suite, r.From[0].Gen
	if r.To.Kind == sim.HandshakeKey || r.To.Kind == sim.ApplicationKey {
		return messageKey(s, secret, g).Key
	}
	return s.ExpandWithLabel(secret, spec.LabelSecret, binary.BigEndian.AppendUint32(nil, g), s.Nh)
}
