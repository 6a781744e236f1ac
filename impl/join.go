package impl

import (
	"bytes"
	"iter"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1.

// JoinOptions is what a client brings to a Welcome beside its KeyPackages.
type JoinOptions struct {
	RatchetTree []byte           // of the ratchet_tree extension's form, if the Welcome carries none
	Groups      iter.Seq[[]byte] // group_ids of the groups that the client is in; may be nil

	// Parent returns the client's state in a group and epoch from which a new group
	// may come, by ReInit or branching (RFC 9420, Sections 11.2 and 11.3), or nil. It
	// may be nil itself.
	Parent func(groupID []byte, epoch uint64) *Epoch
}

// Join enters a group by a Welcome for one of the client's KeyPackages. The
// init key of that KeyPackage is to be deleted: it is in the Output's Consumed,
// with all that the client used up on the way; the leaf key lives on in the
// Member. A KeyPackage of last resort is kept instead, init key and all, for the
// next Welcome. The error wraps [spec.ErrMissing] if the tree or a PSK is not at hand.
func Join(env *Env, id *Identity, packages []*KeyPackageKeys, w *message.Welcome, o JoinOptions) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "welcome.join", &err)()
	if err := env.admit(w); err != nil {
		return nil, Output{}, err
	}
	if err := env.checkNewcomers(w); err != nil {
		return nil, Output{}, err
	}
	kp, secrets, err := openSecrets(env, id, packages, w)
	if err != nil {
		return nil, Output{}, err
	}
	link, err := linkOf(env, secrets.PSKs, &o)
	if err != nil {
		return nil, Output{}, err
	}
	var st stages
	info, err := st.openGroupInfo(env, id, secrets, w, link)
	if err != nil {
		return nil, Output{}, err
	}
	reader := &infoReader{suite: id.Suite, version: kp.Package.Version, tree: o.RatchetTree, groups: o.Groups}
	g, err := reader.read(env, info)
	if err != nil {
		return nil, Output{}, err
	}
	m, used, err := enterByWelcome(env, id, kp, info.Signer, g, secrets)
	if err != nil {
		return nil, Output{}, err
	}
	if err := m.start(env, &st, info); err != nil {
		return nil, Output{}, err
	}
	if err := link.validate(env, g); err != nil {
		return nil, Output{}, err
	}
	used = st.consumed(used, true)
	if !kp.Package.LastResort() {
		used = append(used, Consumed{Kind: KindInitKey, Secret: kp.Init.Bytes()})
	}
	return m, Output{Sender: info.Signer, Consumed: used}, nil
}

// openSecrets finds the entry for one of the client's KeyPackages and opens it.
func openSecrets(env *Env, id *Identity, packages []*KeyPackageKeys, w *message.Welcome) (*KeyPackageKeys, *message.GroupSecrets, error) {
	kp, entry := findEntry(id, packages, w)
	if err := spec.Checkf(env.Rec, req.WelcomeKeyPackage, kp != nil, "none of %d", len(packages)); err != nil {
		return nil, nil, err
	}
	if err := spec.Checkf(env.Rec, req.WelcomeSuite, w.CipherSuite == kp.Package.CipherSuite, "cipher suite %v", w.CipherSuite); err != nil {
		return nil, nil, err
	}
	secrets, err := w.OpenGroupSecrets(env.Rec, id.Suite, entry, kp.Init)
	if err != nil {
		return nil, nil, err
	}
	if err := env.checkPSKs(len(secrets.PSKs)); err != nil {
		return nil, nil, err
	}
	for i := range secrets.PSKs {
		if err := checkNonce(env, id.Suite, &secrets.PSKs[i]); err != nil {
			return nil, nil, err
		}
	}
	return kp, secrets, nil
}

func findEntry(id *Identity, packages []*KeyPackageKeys, w *message.Welcome) (*KeyPackageKeys, *message.EncryptedGroupSecrets) {
	for _, kp := range packages {
		if entry := w.Entry(kp.Package.Ref(id.Suite)); entry != nil {
			return kp, entry
		}
	}
	return nil, nil
}

// openGroupInfo opens the GroupInfo with the key that joiner_secret and the PSKs
// give.
func (st *stages) openGroupInfo(env *Env, id *Identity, secrets *message.GroupSecrets, w *message.Welcome, l *link) (*message.GroupInfo, error) {
	psks, err := lookup(env, req.WelcomePSKs, secrets.PSKs, l.source(env))
	if err != nil {
		return nil, err
	}
	if !spec.Step(env.Rec, req.PSKOrder) {
		for i := range psks {
			psks[i].Secret = psks[len(psks)-1].Secret
		}
	}
	psk, err := schedule.PSKSecret(env.Rec, id.Suite, psks)
	if err != nil {
		return nil, err
	}
	st.joiner = schedule.NewJoinerSecret(id.Suite, secrets.JoinerSecret)
	st.extract(psk)
	return w.OpenGroupInfo(env.Rec, st.welcome)
}

// enterByWelcome finds the own leaf and takes the private keys that are the
// client's: of its leaf, and from the common ancestor with the committer up if
// there is a path secret.
func enterByWelcome(env *Env, id *Identity, kp *KeyPackageKeys, signer tree.LeafIndex, g *PublicGroup, secrets *message.GroupSecrets) (*Member, []Consumed, error) {
	own, ok := findLeaf(g.tree, &kp.Package.LeafNode)
	if err := spec.Check(env.Rec, req.WelcomeOwnLeaf, ok); err != nil {
		return nil, nil, err
	}
	m := &Member{
		Epoch:    &Epoch{PublicGroup: g},
		identity: id,
		leaf:     own,
		keys:     tree.NewKeyring(own, kp.Leaf),
	}
	if secrets.PathSecret == nil {
		return m, nil, nil
	}
	p, err := g.tree.Implant(env.Rec, signer, own, secrets.PathSecret.Secret)
	if err != nil {
		return nil, nil, err
	}
	m.keys = m.keys.With(g.tree, p.Keys)
	return m, pathSecrets(nil, p.Index, p.Secrets, nil)[:len(p.Secrets)], nil
}

func findLeaf(t tree.Tree, own *tree.LeafNode) (tree.LeafIndex, bool) {
	encoded := wire.Encode(own)
	for i, leaf := range t.Leaves() {
		if bytes.Equal(leaf.EncryptionKey, own.EncryptionKey) && bytes.Equal(wire.Encode(leaf), encoded) {
			return i, true
		}
	}
	return 0, false
}

// start runs the key schedule from joiner_secret on and checks the
// confirmation tag.
func (m *Member) start(env *Env, st *stages, info *message.GroupInfo) error {
	st.epoch = st.member.Epoch(m.encoded)
	if !spec.Step(env.Rec, req.WelcomeState) {
		return nil
	}
	secrets, encryption := st.epoch.Derive()
	if err := spec.Check(env.Rec, req.WelcomeConfirmationTag,
		message.Confirms(m.suite, secrets.Confirmation, info.GroupContext.ConfirmedTranscriptHash, info.ConfirmationTag)); err != nil {
		return err
	}
	m.secrets = secrets
	m.ratchets = schedule.NewSecretTree(m.suite, encryption, m.tree.Size())
	return nil
}
