package impl

import (
	"bytes"
	"iter"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.

// GroupInfoOptions say what a GroupInfo carries beside the GroupContext.
type GroupInfoOptions struct {
	NoTree      bool             // the ratchet tree reaches the reader in another way (Section 12.4.3.3)
	ExternalPub bool             // the key for external Commits (Section 12.4.3.2)
	Extensions  []tree.Extension // of the application
}

// GroupInfo describes the present epoch to those outside: with ExternalPub it
// lets its readers join by an external Commit. Callers must not write to it.
func (m *Member) GroupInfo(env *Env, o GroupInfoOptions) (_ *message.GroupInfo, err error) {
	defer spec.Enter(env.Rec, "group_info.make", &err)()
	if err := m.checkOpen(env); err != nil {
		return nil, err
	}
	return m.groupInfo(env, &o)
}

func (m *Member) groupInfo(env *Env, o *GroupInfoOptions) (*message.GroupInfo, error) {
	var extensions []tree.Extension
	if !o.NoTree {
		extensions = append(extensions, tree.Extension{Type: spec.ExtRatchetTree, Data: m.tree.Extension()})
	}
	if spec.Branch(env.Rec, req.GroupInfoExternalPub, o.ExternalPub) {
		extensions = append(extensions, message.ExternalPubExtension(m.external().Public()))
	}
	extensions = append(extensions, o.Extensions...)
	if err := env.checkPlaced(extensions, InGroupInfo); err != nil {
		return nil, err
	}
	extensions, err := env.greasedExtensions(extensions)
	if err != nil {
		return nil, err
	}
	info := message.GroupInfo{
		GroupContext:    m.context,
		Extensions:      extensions,
		ConfirmationTag: m.tag,
		Signer:          m.leaf,
	}
	if err := info.CheckExtensions(env.Rec); err != nil {
		return nil, err
	}
	info, err = info.Sign(m.suite, m.identity.Signer)
	info.Signature = spec.Derive(env.Rec, req.GroupInfoMade, info.Signature)
	return &info, err
}

// external returns the key pair of the epoch for external Commits (Section 8).
func (e *Epoch) external() *suite.HPKEPrivateKey {
	return schedule.ExternalKeyPair(e.suite, e.secrets.External)
}

// An infoReader is a client that a GroupInfo invites.
type infoReader struct {
	suite   *suite.Suite
	version spec.ProtocolVersion
	tree    []byte           // if the GroupInfo carries none
	groups  iter.Seq[[]byte] // that the client is in; may be nil
	unknown bool             // extensions of the GroupContext that it does not support are no obstacle: it does not join
}

// ratchetTree returns the tree, from the GroupInfo or as it was brought.
func (r *infoReader) ratchetTree(env *Env, info *message.GroupInfo) (tree.Tree, error) {
	data, ok := message.FindExtension(info.Extensions, spec.ExtRatchetTree)
	if !ok {
		data = r.tree
	}
	if err := spec.Checkf(env.Rec, req.WelcomeRatchetTree, ok || len(data) > 0, "%w", spec.ErrMissing); err != nil {
		return tree.Tree{}, err
	}
	if err := env.checkSize(len(data)); err != nil {
		return tree.Tree{}, err
	}
	return tree.Parse(r.suite, env.Rec, data, env.maxLeaves())
}

// validate verifies signature, group and tree, in the RFC's order.
func (r *infoReader) validate(env *Env, info *message.GroupInfo, t tree.Tree) (*PublicGroup, error) {
	signer := t.Leaf(info.Signer)
	if err := spec.Checkf(env.Rec, req.WelcomeSigner, signer != nil, "leaf %d", info.Signer); err != nil {
		return nil, err
	}
	if err := spec.Checkf(env.Rec, req.WelcomeSignature, info.VerifySignature(r.suite, signer.SignatureKey), "leaf %d", info.Signer); err != nil {
		return nil, err
	}
	context := &info.GroupContext
	if err := spec.Checkf(env.Rec, req.WelcomeGroupID, !contains(r.groups, context.GroupID), "group_id %.32x", context.GroupID); err != nil {
		return nil, err
	}
	if err := spec.Checkf(env.Rec, req.WelcomeVersion,
		context.CipherSuite == r.suite.ID && context.Version == r.version,
		"version %d, cipher suite %v", context.Version, context.CipherSuite); err != nil {
		return nil, err
	}
	unsupported := env.unsupported(context.Extensions)
	if err := spec.Checkf(env.Rec, req.WelcomeExtensions, r.unknown || unsupported == nil, "%w", unsupported); err != nil {
		return nil, err
	}
	if err := env.validateContextExtensions(r.suite, context.Extensions); err != nil {
		return nil, err
	}
	if err := env.validateCustom(info.Extensions, InGroupInfo); err != nil {
		return nil, err
	}
	if err := spec.Check(env.Rec, req.TreeHash, bytes.Equal(t.Hash(), context.TreeHash)); err != nil {
		return nil, err
	}
	for i, leaf := range t.Leaves() { // what came by message was checked there (Section 13.4)
		if err := spec.Checkf(env.Rec, req.ExtensionUnique, message.UniqueExtensions(leaf.Extensions), "leaf %d", i); err != nil {
			return nil, err
		}
	}
	g := newPublicGroup(r.suite, *context, t, info.ConfirmationTag)
	if err := g.rules(env, false).Tree(t); err != nil {
		return nil, err
	}
	return g, spec.Check(env.Rec, req.WelcomeExtensions, r.unknown || env.meets(g))
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
