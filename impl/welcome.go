package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3, on the committer's side.

// welcome makes one Welcome for all new members (Section 12.4.3.1). m is the
// committer in the new epoch.
func (m *Member) welcome(env *Env, c *committing, proposed *applied) (*message.Welcome, error) {
	info, err := m.groupInfo()
	if err != nil {
		return nil, err
	}
	w := &message.Welcome{CipherSuite: m.suite.ID}
	w.EncryptedGroupInfo, err = c.stages.welcome.Seal(wire.Encode(info))
	if err != nil {
		return nil, err
	}
	for _, n := range proposed.added {
		secrets := message.GroupSecrets{JoinerSecret: c.stages.joiner.Bytes()}
		if c.fresh != nil {
			secrets.PathSecret = &message.PathSecret{Secret: c.fresh.SecretFor(n.leaf)}
		}
		entry, err := message.SealGroupSecrets(env.Rand, m.suite, n.pkg, &secrets, w.EncryptedGroupInfo)
		if err := spec.Checkf(env.Rec, req.SuitePublicKey, err == nil, "init_key of leaf %d: %w", n.leaf, err); err != nil {
			return nil, err
		}
		w.Secrets = append(w.Secrets, entry)
	}
	return w, nil
}

// groupInfo describes the present epoch, with its tree, signed by this member
// (Section 12.4.3).
func (m *Member) groupInfo() (*message.GroupInfo, error) {
	info := message.GroupInfo{
		GroupContext:    m.context,
		Extensions:      []tree.Extension{{Type: spec.ExtRatchetTree, Data: m.tree.Extension()}},
		ConfirmationTag: m.tag,
		Signer:          m.leaf,
	}
	info, err := info.Sign(m.suite, m.identity.Signer)
	return &info, err
}
