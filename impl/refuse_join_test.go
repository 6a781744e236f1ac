package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1, when a Welcome arrives.

// An invitation is what is wrong with a Welcome; all that is nil is right. The
// joiner_secret is made up: nothing in a Welcome tells where it comes from.
type invitation struct {
	base      func(*room, *KeyPackageKeys) (*Member, *committing) // nil: newcomers
	path      bool                                                // base is pathed: a Commit by A with a path, whose secret is told
	forgery   forgery                                             // of that Commit
	edit      func(*room, *entries)                               // of the tree
	context   func(*schedule.GroupContext)
	info      func(*message.GroupInfo) // before it is signed
	signed    func(*message.GroupInfo) // and after
	sealed    func([]byte)             // the encrypted GroupInfo
	secrets   func(*message.GroupSecrets)
	extension func(*room, []byte) []byte // the ratchet_tree, when all that depends on the tree is made
	welcome   func(*message.Welcome)
	options   JoinOptions
	packages  []*KeyPackageKeys // of the client; nil: the right one
}

// newcomers returns A in a group to which B, C, D and the newcomer were added
// at once, without a path: its tree has no parents that depend on the leaves.
func (r *room) newcomers(k *KeyPackageKeys) (*Member, *committing) {
	r.t.Helper()
	m, _, err := Create(r.env, r.at("A").id, []byte("group"))
	r.ok(err)
	o := CommitOptions{NoPath: true, Format: spec.WirePublicMessage}
	for _, p := range r.parties[1:] {
		kp := r.packaged(p.id, nil, nil)
		o.Add = append(o.Add, &kp)
	}
	o.Add = append(o.Add, k.Package)
	_, staged, _, err := m.Commit(r.env, o)
	r.ok(err)
	return staged.Next, nil
}

// pathed returns A after a Commit with a path that adds the newcomer.
func (i *invitation) pathed(r *room, k *KeyPackageKeys) (*Member, *committing) {
	f := i.forgery
	f.list = values(add(*k.Package))
	_, next, c := r.forged("A", f)
	return next, c
}

// lagging returns A in a group with unmerged leaves: F was added with a path,
// G and the newcomer without, so that the root has [5, 6].
func lagging(r *room, k *KeyPackageKeys) (*Member, *committing) {
	r.commit("A", CommitOptions{}, "F")
	r.commit("A", CommitOptions{NoPath: true}, "G")
	_, next := r.forge("A", forgery{noPath: true, list: values(add(*k.Package))})
	return next, nil
}

// invite lets a client outside join by a Welcome.
func (r *room) invite(i invitation) error {
	r.t.Helper()
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	base := i.base
	switch {
	case i.path:
		base = i.pathed
	case base == nil:
		base = (*room).newcomers
	}
	m, c := base(r, k)
	secrets := message.GroupSecrets{JoinerSecret: r.suite().Hash([]byte("joiner"))}
	if i.path {
		secrets.PathSecret = &message.PathSecret{Secret: slices.Clone(c.fresh.SecretFor(4))}
	}
	w := r.welcoming(i, m, k, &secrets)
	packages := i.packages
	if packages == nil {
		packages = []*KeyPackageKeys{k}
	}
	_, _, err = Join(r.env, id, packages, r.welcome(w), i.options)
	return err
}

// welcoming makes the Welcome from inside out.
func (r *room) welcoming(i invitation, m *Member, k *KeyPackageKeys, secrets *message.GroupSecrets) *message.Welcome {
	r.t.Helper()
	extension := m.tree.Extension()
	if i.edit != nil {
		extension = r.edited(m.tree, func(all *entries) { i.edit(r, all) })
	}
	context := m.context
	context.TreeHash = r.parsed(extension).Hash()
	alter(i.context, &context)
	st := stages{joiner: schedule.NewJoinerSecret(m.suite, slices.Clone(secrets.JoinerSecret))}
	st.extract(m.suite.Zero())
	keys, _ := st.member.Epoch(wire.Encode(&context)).Derive()
	alter(i.secrets, secrets)
	if i.extension != nil {
		extension = i.extension(r, extension)
	}
	info := message.GroupInfo{
		GroupContext:    context,
		Extensions:      []tree.Extension{{Type: spec.ExtRatchetTree, Data: extension}},
		ConfirmationTag: message.ConfirmationTag(m.suite, keys.Confirmation, context.ConfirmedTranscriptHash),
		Signer:          m.leaf,
	}
	alter(i.info, &info)
	info, err := info.Sign(m.suite, m.identity.Signer)
	r.ok(err)
	alter(i.signed, &info)
	w := &message.Welcome{CipherSuite: m.suite.ID}
	w.EncryptedGroupInfo, err = st.welcome.Seal(wire.Encode(&info))
	r.ok(err)
	if i.sealed != nil {
		i.sealed(w.EncryptedGroupInfo)
	}
	entry, err := message.SealGroupSecrets(r.env.Rand, m.suite, k.Package, secrets, w.EncryptedGroupInfo)
	r.ok(err)
	w.Secrets = []message.EncryptedGroupSecrets{entry}
	alter(i.welcome, w)
	return w
}

// alter carries out a change, if there is one.
func alter[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}

// joining gives the invitation to a client.
func joining(i invitation) func(*room) error { return func(r *room) error { return r.invite(i) } }

var joinRefusals = []refusal{
	{"cipher suite", req.WelcomeSuite, joining(invitation{welcome: func(w *message.Welcome) { w.CipherSuite = 2 }}), ""},
	{"no KeyPackage of the client", req.WelcomeKeyPackage, joining(invitation{packages: []*KeyPackageKeys{}}), alone},
	{"entry for another KeyPackage", req.WelcomeKeyPackage, joining(invitation{welcome: func(w *message.Welcome) { w.Secrets[0].NewMember[0] ^= 1 }}), alone},
	{"group secrets", req.WelcomeGroupSecrets, joining(invitation{welcome: func(w *message.Welcome) {
		w.Secrets[0].EncryptedGroupSecrets.Ciphertext[0] ^= 1
	}}), req.WireTruncated},
	{"group secrets of another GroupInfo", req.WelcomeGroupSecrets, joining(invitation{welcome: func(w *message.Welcome) {
		w.EncryptedGroupInfo = append(w.EncryptedGroupInfo, 0)
	}}), req.WireTruncated},
	{"a PSK", req.WelcomePSKs, joining(invitation{secrets: func(s *message.GroupSecrets) {
		s.PSKs = []schedule.PreSharedKeyID{inapplicable[0].PreSharedKey.PSK}
	}}), req.WelcomeGroupInfo},
	{"GroupInfo", req.WelcomeGroupInfo, joining(invitation{sealed: func(b []byte) { b[0] ^= 1 }}), req.WireTruncated},
	{"an extension of the GroupInfo twice", req.ExtensionUnique, joining(invitation{info: func(g *message.GroupInfo) {
		g.Extensions = append(g.Extensions, g.Extensions[0])
	}}), ""},
	{"an extension of the GroupContext twice", req.ExtensionUnique, joining(invitation{context: func(c *schedule.GroupContext) {
		c.Extensions = []tree.Extension{{Type: spec.ExtApplicationID}, {Type: spec.ExtApplicationID}}
	}}), ""},
	{"no ratchet tree", req.WelcomeRatchetTree, joining(invitation{info: func(g *message.GroupInfo) { g.Extensions = nil }}), req.WireTruncated},
	{"signer outside the tree", req.WelcomeSigner, joining(invitation{info: func(g *message.GroupInfo) { g.Signer = 9 }}), alone},
	{"signer blank", req.WelcomeSigner, joining(invitation{info: func(g *message.GroupInfo) { g.Signer = 5 }}), alone},
	{"signed by another", req.WelcomeSignature, joining(invitation{info: func(g *message.GroupInfo) { g.Signer = 2 }}), ""},
	{"signature", req.WelcomeSignature, joining(invitation{signed: func(g *message.GroupInfo) { g.Signature[0] ^= 1 }}), ""},
	{"a group of the client", req.WelcomeGroupID, joining(invitation{options: JoinOptions{
		Groups: slices.Values([][]byte{[]byte("other"), []byte("group")}),
	}}), ""},
	{"version of the group", req.WelcomeVersion, joining(invitation{context: func(c *schedule.GroupContext) { c.Version = 2 }}), ""},
	{"cipher suite of the group", req.WelcomeVersion, joining(invitation{context: func(c *schedule.GroupContext) { c.CipherSuite = 2 }}), ""},
	{"an unknown extension of the group", req.WelcomeExtensions, joining(invitation{context: func(c *schedule.GroupContext) {
		c.Extensions = []tree.Extension{{Type: 0x0a0a}}
	}}), ""},
	{"required capabilities that members lack", req.LeafRequiredCapabilities, joining(invitation{context: func(c *schedule.GroupContext) {
		c.Extensions = []tree.Extension{requiresIt}
	}}), req.WelcomeExtensions},
	{"own leaf", req.WelcomeOwnLeaf, joining(invitation{edit: func(r *room, all *entries) {
		kp := r.packaged(r.stranger(), nil, nil)
		(*all)[8].leaf = &kp.LeafNode
	}}), alone},
	{"path secret", req.WelcomePathSecret, joining(invitation{path: true, secrets: func(s *message.GroupSecrets) { s.PathSecret.Secret[0] ^= 1 }}), ""},
	{"path secret without a path", req.WelcomePathSecret, joining(invitation{secrets: func(s *message.GroupSecrets) {
		s.PathSecret = &message.PathSecret{Secret: make(suite.Secret, 32)}
	}, info: func(g *message.GroupInfo) { g.Signer = 0 }}), ""},
	{"confirmation tag", req.WelcomeConfirmationTag, joining(invitation{info: func(g *message.GroupInfo) { g.ConfirmationTag[0] ^= 1 }}), ""},
	{"joiner_secret", req.WelcomeGroupInfo, joining(invitation{secrets: func(s *message.GroupSecrets) { s.JoinerSecret[0] ^= 1 }}), req.WireTruncated},
}
