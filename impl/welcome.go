package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1, on the committer's side.

// WelcomeOptions say what a Welcome looks like.
type WelcomeOptions struct {
	Batch     int // new members per Welcome; 0 puts all into one
	GroupInfo GroupInfoOptions
	NoPath    bool // of Reinitialize and Branch: the Commit behind it has no path, and it no path secret
}

// welcomes makes the Welcomes for all new members. m is the committer in the new
// epoch. All carry the same encrypted GroupInfo.
func (m *Member) welcomes(env *Env, c *committing, proposed *applied, o *WelcomeOptions) ([]*message.Welcome, error) {
	if len(proposed.added) == 0 {
		return nil, nil
	}
	info, err := m.groupInfo(env, &o.GroupInfo)
	if err != nil {
		return nil, err
	}
	sealed, err := c.stages.welcome.Seal(wire.Encode(info))
	if err != nil {
		return nil, err
	}
	batch := o.Batch
	if batch <= 0 {
		batch = len(proposed.added)
	}
	var list []*message.Welcome
	for some := range slices.Chunk(proposed.added, batch) {
		w := &message.Welcome{CipherSuite: m.suite.ID, EncryptedGroupInfo: sealed}
		for _, n := range some {
			entry, err := m.entry(env, c, n, sealed)
			if err != nil {
				return nil, err
			}
			if spec.Step(env.Rec, req.WelcomeCover) {
				w.Secrets = append(w.Secrets, entry)
			}
		}
		list = append(list, w)
	}
	return list, nil
}

// entry tells one new member the secrets of the epoch.
func (m *Member) entry(env *Env, c *committing, n addition, info []byte) (message.EncryptedGroupSecrets, error) {
	secrets := message.GroupSecrets{JoinerSecret: c.stages.joiner.Bytes()}
	if c.fresh != nil {
		secrets.PathSecret = &message.PathSecret{Secret: c.fresh.SecretFor(n.leaf)}
	}
	for _, psk := range c.psks {
		secrets.PSKs = append(secrets.PSKs, psk.ID)
	}
	if !spec.Step(env.Rec, req.PSKOrder) {
		slices.Reverse(secrets.PSKs)
	}
	entry, err := message.SealGroupSecrets(env.Rand, m.suite, n.pkg, &secrets, info)
	entry.EncryptedGroupSecrets.Ciphertext = spec.Derive(env.Rec, req.WelcomeEntry, entry.EncryptedGroupSecrets.Ciphertext)
	return entry, spec.Checkf(env.Rec, req.SuitePublicKey, err == nil, "init_key of leaf %d: %w", n.leaf, err)
}
