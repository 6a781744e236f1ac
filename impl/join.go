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
}

// Join enters a group by a Welcome for one of the client's KeyPackages. The
// init key of that KeyPackage is to be deleted: it is in the Output's Consumed,
// with all that the client used up on the way; the leaf key lives on in the
// Member. The error wraps [spec.ErrMissing] if the tree or a PSK is not at hand.
func Join(env *Env, id *Identity, packages []*KeyPackageKeys, w *message.Welcome, o JoinOptions) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "welcome.join", &err)()
	kp, secrets, err := openSecrets(env, id, packages, w)
	if err != nil {
		return nil, Output{}, err
	}
	var st stages
	info, err := st.openGroupInfo(env, id, secrets, w)
	if err != nil {
		return nil, Output{}, err
	}
	t, err := welcomeTree(env, id, info, o)
	if err != nil {
		return nil, Output{}, err
	}
	if err := validateGroupInfo(env, id, kp, info, t, o); err != nil {
		return nil, Output{}, err
	}
	m, used, err := enterByWelcome(env, id, kp, info, t, secrets)
	if err != nil {
		return nil, Output{}, err
	}
	if err := m.start(env, &st, info); err != nil {
		return nil, Output{}, err
	}
	used = append(st.consumed(used, true), Consumed{Kind: KindInitKey, Secret: kp.Init.Bytes()})
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
	return kp, secrets, spec.Checkf(env.Rec, req.WelcomePSKs, len(secrets.PSKs) == 0, "%d PSKs: %w", len(secrets.PSKs), spec.ErrMissing)
}

func findEntry(id *Identity, packages []*KeyPackageKeys, w *message.Welcome) (*KeyPackageKeys, *message.EncryptedGroupSecrets) {
	for _, kp := range packages {
		if entry := w.Entry(kp.Package.Ref(id.Suite)); entry != nil {
			return kp, entry
		}
	}
	return nil, nil
}

// openGroupInfo opens the GroupInfo with the key that joiner_secret gives.
func (st *stages) openGroupInfo(env *Env, id *Identity, secrets *message.GroupSecrets, w *message.Welcome) (*message.GroupInfo, error) {
	st.joiner = schedule.NewJoinerSecret(id.Suite, secrets.JoinerSecret)
	st.member = st.joiner.Member(id.Suite.Zero())
	st.welcome = st.member.Welcome()
	return w.OpenGroupInfo(env.Rec, st.welcome)
}

// welcomeTree returns the ratchet tree, from the GroupInfo or as it was brought.
func welcomeTree(env *Env, id *Identity, info *message.GroupInfo, o JoinOptions) (tree.Tree, error) {
	data, ok := message.FindExtension(info.Extensions, spec.ExtRatchetTree)
	if !ok {
		data = o.RatchetTree
	}
	if err := spec.Checkf(env.Rec, req.WelcomeRatchetTree, ok || len(data) > 0, "%w", spec.ErrMissing); err != nil {
		return tree.Tree{}, err
	}
	return tree.Parse(id.Suite, env.Rec, data, env.maxLeaves())
}

// validateGroupInfo verifies signature, group and tree, in the RFC's order.
func validateGroupInfo(env *Env, id *Identity, kp *KeyPackageKeys, info *message.GroupInfo, t tree.Tree, o JoinOptions) error {
	signer := t.Leaf(info.Signer)
	if err := spec.Checkf(env.Rec, req.WelcomeSigner, signer != nil, "leaf %d", info.Signer); err != nil {
		return err
	}
	if err := spec.Checkf(env.Rec, req.WelcomeSignature, info.VerifySignature(id.Suite, signer.SignatureKey), "leaf %d", info.Signer); err != nil {
		return err
	}
	context := &info.GroupContext
	if err := spec.Checkf(env.Rec, req.WelcomeGroupID, !contains(o.Groups, context.GroupID), "group_id %x", context.GroupID); err != nil {
		return err
	}
	if err := spec.Checkf(env.Rec, req.WelcomeVersion,
		context.CipherSuite == kp.Package.CipherSuite && context.Version == kp.Package.Version,
		"version %d, cipher suite %v", context.Version, context.CipherSuite); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.WelcomeExtensions, supportsExtensions(context.Extensions)); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.TreeHash, bytes.Equal(t.Hash(), context.TreeHash)); err != nil {
		return err
	}
	for i, leaf := range t.Leaves() { // what came by message was checked there (Section 13.4)
		if err := spec.Checkf(env.Rec, req.ExtensionUnique, message.UniqueExtensions(leaf.Extensions), "leaf %d", i); err != nil {
			return err
		}
	}
	g := &PublicGroup{suite: id.Suite, context: *context, tree: t}
	return g.rules(env, false).Tree(t)
}

func contains(groups iter.Seq[[]byte], id []byte) bool {
	if groups == nil {
		return false
	}
	for g := range groups {
		if bytes.Equal(g, id) {
			return true
		}
	}
	return false
}

// supportsExtensions tells whether this client can take part in a group with
// these GroupContext extensions (Section 13.4).
func supportsExtensions(extensions []tree.Extension) bool {
	for _, e := range extensions {
		switch e.Type {
		case spec.ExtApplicationID, spec.ExtRatchetTree, spec.ExtExternalPub:
		default:
			return false
		}
	}
	return true
}

// enterByWelcome finds the own leaf and takes the private keys that are the
// client's: of its leaf, and from the common ancestor with the committer up if
// there is a path secret.
func enterByWelcome(env *Env, id *Identity, kp *KeyPackageKeys, info *message.GroupInfo, t tree.Tree, secrets *message.GroupSecrets) (*Member, []Consumed, error) {
	own, ok := findLeaf(t, wire.Encode(&kp.Package.LeafNode))
	if err := spec.Check(env.Rec, req.WelcomeOwnLeaf, ok); err != nil {
		return nil, nil, err
	}
	m := &Member{
		Epoch:    &Epoch{PublicGroup: newPublicGroup(id.Suite, info.GroupContext, t, info.ConfirmationTag)},
		identity: id,
		leaf:     own,
		keys:     tree.NewKeyring(own, kp.Leaf),
	}
	if secrets.PathSecret == nil {
		return m, nil, nil
	}
	p, err := t.Implant(env.Rec, info.Signer, own, secrets.PathSecret.Secret)
	if err != nil {
		return nil, nil, err
	}
	m.keys = m.keys.With(t, p.Keys)
	return m, pathSecrets(nil, p.Index, p.Secrets, nil)[:len(p.Secrets)], nil
}

func findLeaf(t tree.Tree, encoded []byte) (tree.LeafIndex, bool) {
	for i, leaf := range t.Leaves() {
		if bytes.Equal(wire.Encode(leaf), encoded) {
			return i, true
		}
	}
	return 0, false
}

// start runs the key schedule from joiner_secret on and checks the
// confirmation tag.
func (m *Member) start(env *Env, st *stages, info *message.GroupInfo) error {
	secrets, encryption := st.fromJoiner(m.suite, m.encoded)
	if err := spec.Check(env.Rec, req.WelcomeConfirmationTag,
		m.suite.VerifyMAC(secrets.Confirmation, info.GroupContext.ConfirmedTranscriptHash, info.ConfirmationTag)); err != nil {
		return err
	}
	m.secrets = secrets
	m.ratchets = schedule.NewSecretTree(m.suite, encryption, m.tree.Size())
	return nil
}
