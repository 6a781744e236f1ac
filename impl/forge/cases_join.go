package forge

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.4.3.1 and 12.4.3.2, when a client is invited.

// invited returns the rows of something wrong with a group to be joined: by a
// Welcome, and from outside by its GroupInfo.
func invited(name string, want spec.ID, e entrance, then, thenOutside spec.ID) []row {
	return []row{
		{name, want, joining(e), then},
		{name + ", from outside", want, visiting(e), thenOutside},
	}
}

// inWelcome is an entrance whose Welcome is changed when it is finished.
func inWelcome(change func(*message.Welcome)) entrance {
	return entrance{Invitation: Invitation{Welcome: change}}
}

// inSecrets is an entrance that tells other GroupSecrets.
func inSecrets(change func(*message.GroupSecrets)) entrance {
	return entrance{Invitation: Invitation{Secrets: change}}
}

// inInfo is an entrance whose GroupInfo is changed before it is signed.
func inInfo(change func(*message.GroupInfo)) entrance {
	return entrance{Invitation: Invitation{Info: change}}
}

// inGroup is an entrance to a group whose GroupContext is changed.
func inGroup(change func(*schedule.GroupContext)) entrance {
	return entrance{Invitation: Invitation{Context: change}}
}

var joinRows = rows(
	[]row{
		{"cipher suite", req.WelcomeSuite, joining(inWelcome(func(w *message.Welcome) { w.CipherSuite = otherThan(w.CipherSuite) })), ""},
		{"no KeyPackage of the client", req.WelcomeKeyPackage, joining(entrance{packages: []*impl.KeyPackageKeys{}}).only(ownDoing), Alone},
		{"entry for another KeyPackage", req.WelcomeKeyPackage, joining(inWelcome(func(w *message.Welcome) { flip(w.Secrets[0].NewMember) })), Alone},
		{"group secrets", req.WelcomeGroupSecrets, joining(inWelcome(func(w *message.Welcome) {
			flip(w.Secrets[0].EncryptedGroupSecrets.Ciphertext)
		})), Alone},
		{"group secrets of another GroupInfo", req.WelcomeGroupSecrets, joining(inWelcome(func(w *message.Welcome) {
			w.EncryptedGroupInfo = append(w.EncryptedGroupInfo, 0)
		})), Alone},
		{"a PSK", req.WelcomePSKs, joining(inSecrets(func(s *message.GroupSecrets) {
			id := schedule.ExternalPSK([]byte("psk"))
			id.Nonce = make([]byte, len(s.JoinerSecret))
			s.PSKs = []schedule.PreSharedKeyID{id}
		})), Alone},
		{"a PSK with a short nonce", req.PSKNonceLength, after(func(g *Group) { g.hold("psk") }, joining(entrance{psk: true, short: true})), ""},
		{"GroupInfo", req.WelcomeGroupInfo, joining(entrance{Invitation: Invitation{Sealed: flip}}), Alone},
		{"GroupInfo that goes on", req.WireTrailing, joining(entrance{Invitation: Invitation{Plain: func(b []byte) []byte { return append(b, 0) }}}), Alone},
		{"GroupInfo cut off", req.WireVectorBounds, joining(entrance{Invitation: Invitation{Plain: func(b []byte) []byte { return b[:len(b)-1] }}}), Alone},
		{"joiner_secret", req.WelcomeGroupInfo, joining(inSecrets(func(s *message.GroupSecrets) { flip(s.JoinerSecret) })), Alone},
		{"own leaf", req.WelcomeOwnLeaf, joining(entrance{edit: func(g *Group, all *Nodes) { (*all)[8].Leaf = &ordinary(g).LeafNode }}), Alone},
		{"path secret", req.WelcomePathSecret, joining(entrance{path: true, Invitation: Invitation{
			Secrets: func(s *message.GroupSecrets) { flip(s.PathSecret.Secret) },
		}}), ""},
		{"path secret without a path", req.WelcomePathSecret, joining(inSecrets(func(s *message.GroupSecrets) {
			s.PathSecret = &message.PathSecret{Secret: make(suite.Secret, len(s.JoinerSecret))}
		})), ""},
		{"confirmation tag", req.WelcomeConfirmationTag, joining(inInfo(func(g *message.GroupInfo) { flip(g.ConfirmationTag) })), ""},
		{"a group of the client", req.WelcomeGroupID, joining(entrance{join: inGroups}).only(otherGroup).blind(), ""},
		{"a group of the client, from outside", req.WelcomeGroupID, visiting(entrance{join: inGroups}).only(otherGroup).blind(), ""},
		{"signed by another", req.WelcomeSignature, joining(inInfo(func(g *message.GroupInfo) { g.Signer = 2 })), ""},
		{"signed by another, from outside", req.WelcomeSignature, visiting(inInfo(func(g *message.GroupInfo) { g.Signer = 2 })), ""},
	},
	invited("an extension of the GroupInfo twice", req.ExtensionUnique, inInfo(func(g *message.GroupInfo) {
		g.Extensions = append(g.Extensions, g.Extensions[0])
	}), "", ""),
	invited("an extension of the GroupContext twice", req.ExtensionUnique, inContext(
		tree.Extension{Type: spec.ExtApplicationID}, tree.Extension{Type: spec.ExtApplicationID}), "", ""),
	invited("no ratchet tree", req.WelcomeRatchetTree, inInfo(func(g *message.GroupInfo) { g.Extensions = g.Extensions[1:] }), Alone, Alone),
	invited("signer outside the tree", req.WelcomeSigner, inInfo(func(g *message.GroupInfo) { g.Signer = 9 }), Alone, Alone),
	invited("signer blank", req.WelcomeSigner, inInfo(func(g *message.GroupInfo) { g.Signer = 5 }), Alone, Alone),
	invited("signature", req.WelcomeSignature, entrance{Invitation: Invitation{Signed: func(g *message.GroupInfo) { flip(g.Signature) }}}, "", ""),
	invited("version of the group", req.WelcomeVersion, inGroup(func(c *schedule.GroupContext) { c.Version = 2 }), "", ""),
	invited("cipher suite of the group", req.WelcomeVersion, inGroup(func(c *schedule.GroupContext) { c.CipherSuite = otherThan(c.CipherSuite) }), "", ""),
	invited("an unknown extension of the group", req.WelcomeExtensions, inContext(tree.Extension{Type: 0x0a0a}), "", req.AddExtensions),
	invited("required capabilities that members lack", req.LeafRequiredCapabilities, inContext(requiresIt), req.WelcomeExtensions, req.WelcomeExtensions),
	invited("required capabilities that cannot be read", req.ExtensionRequiredCapabilities,
		inContext(tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0}}), Alone, Alone),
	invited("external senders that cannot be read", req.ExtensionExternalSenders,
		inContext(tree.Extension{Type: spec.ExtExternalSenders, Data: []byte{1}}), Alone, Alone),
)

// inGroups is a client that is in the group already, and in another.
var inGroups = impl.JoinOptions{Groups: slices.Values([][]byte{[]byte("other"), []byte(groupID)})}

// parented is an entrance to a tree with unmerged leaves [5, 6] at its root, after a
// change of a parent.
func parented(x tree.NodeIndex, unmerged ...tree.LeafIndex) entrance {
	return entrance{base: lagging, edit: func(_ *Group, all *Nodes) { (*all)[x].Parent.UnmergedLeaves = unmerged }}
}

// relisted is an entrance whose ratchet_tree is another list of the same tree.
func relisted(change func(*Nodes)) entrance {
	return entrance{Invitation: Invitation{Extension: func(b []byte) []byte {
		var all Nodes
		if wire.Decode(b, &all) != nil {
			return nil
		}
		change(&all)
		return wire.Encode(&all)
	}}}
}

// unsorted is parented for a list that is no list of leaves.
func unsorted(unmerged ...tree.LeafIndex) entrance {
	e := relisted(func(all *Nodes) { (*all)[7].Parent.UnmergedLeaves = unmerged })
	e.base = lagging
	return e
}

// rerouted is an entrance after a Commit with a path that something is wrong with.
func rerouted(v func(*Group) Forgery) entrance { return entrance{path: true, forgery: v} }

// withKeys is rerouted with changed keys of the path.
func withKeys(change func(*Group, []suite.HPKEPublicKey)) entrance {
	return rerouted(func(g *Group) Forgery { return Forgery{Keys: func(keys []suite.HPKEPublicKey) { change(g, keys) }} })
}

var treeRows = rows(
	invited("blank at the end", req.TreeTrailingBlank, relisted(func(all *Nodes) { *all = append(*all, nil) }), "", req.TreeHash),
	invited("a leaf in a parent's place", req.TreeNodeParity, relisted(func(all *Nodes) { (*all)[1] = (*all)[0] }), "", ""),
	[]row{
		{"too large", req.TreeSize, with(ownLimit, func(e *impl.Env) { e.MaxLeaves = 4 }, joining(entrance{})).blind(), ""},
		{"tree hash of a tree without D", req.TreeHash, joining(relisted(func(all *Nodes) { (*all)[6] = nil })), ""},
		{"tree hash of a tree without D, from outside", req.TreeHash, visiting(relisted(func(all *Nodes) { *all = (*all)[:5] })), ""},
	},
	invited("tree hash", req.TreeHash, inGroup(func(c *schedule.GroupContext) { c.TreeHash = append([]byte{c.TreeHash[0] ^ 1}, c.TreeHash[1:]...) }), "", ""),
	invited("unmerged leaves in disorder", req.ParentUnmergedSorted, unsorted(6, 5), Alone, Alone),
	invited("unmerged leaf twice", req.ParentUnmergedSorted, unsorted(5, 5, 6), Alone, Alone),
	invited("unmerged leaf is blank", req.TreeUnmergedMembers, parented(7, 5, 6, 7), "", ""),
	// A member that is unmerged where it cannot be spoils the resolution that parent
	// hashes rest on (Section 7.9.2), which are decided later.
	invited("unmerged leaf is elsewhere", req.TreeUnmergedMembers, parented(1, 2), req.TreeParentHash, req.TreeParentHash),
	invited("unmerged leaf is merged below", req.TreeUnmergedMembers, parented(7, 1, 5, 6), req.TreeParentHash, req.TreeParentHash),
	invited("unmerged leaf left out", req.TreeParentHash, parented(7, 5), "", ""),
	invited("parent hash", req.TreeParentHash, rerouted(func(g *Group) Forgery {
		return Forgery{Leaf: func(l *tree.LeafNode) { l.ParentHash = make([]byte, g.Suite.Nh) }}
	}), "", ""),
	invited("a parent has the key of a leaf", req.TreeKeysUnique, withKeys(func(g *Group, keys []suite.HPKEPublicKey) {
		keys[0] = g.leafOf("B").EncryptionKey
	}), "", ""),
	invited("two parents have one key", req.TreeKeysUnique, withKeys(func(_ *Group, keys []suite.HPKEPublicKey) { keys[0] = keys[1] }), "", ""),
	invited("a parent has a key that is none", req.SuitePublicKey, withKeys(func(_ *Group, keys []suite.HPKEPublicKey) { keys[0] = keys[0][1:] }), "", Alone),

	[]row{
		{"leaf: credential", req.CredentialAS, disliking(strict{identity: "M"}, joining(renamed)), ""},
		{"leaf: credential, from outside", req.CredentialAS, disliking(strict{identity: "M"}, visiting(renamed)), ""},
		{"leaf: lifetime too long", req.LeafLifetimeMax, limited(joining(reseated(longLived))), ""},
		{"leaf: lifetime too long, from outside", req.LeafLifetimeMax, limited(visiting(reseated(longLived))), ""},
	},
	invited("leaf: signature", req.LeafSignature, reseatedBy("C", nil), "", ""),
	invited("leaf: no cipher suite", req.LeafRequiredCapabilities, reseated(noSuite), "", ""),
	invited("leaf: no version", req.LeafRequiredCapabilities, reseated(noVersion), "", ""),
	invited("leaf: credential type not listed", req.LeafCredentialListed, reseated(unlisted), req.LeafCredentialMembers, req.LeafCredentialMembers),
	invited("leaf: credential type that others do not know", req.LeafCredentialMembers, reseated(x509Only), "", ""),
	invited("leaf: lifetime is over", req.LeafLifetimeNow, reseated(expired), "", ""),
	invited("leaf: lifetime to come", req.LeafLifetimeNow, reseated(toCome), "", ""),
	invited("leaf: extension not listed", req.LeafExtensionsListed, reseated(strangeExtension), "", ""),
	invited("leaf: extension twice", req.ExtensionUnique, reseated(twoExtensions), "", ""),
	invited("leaf: encryption key", req.SuitePublicKey, reseated(badKey), "", Alone),
	invited("leaf: signature key of another", req.LeafSignatureKeyUnique, reseatedBy("C", func(g *Group, l *tree.LeafNode) { l.SignatureKey = g.keyOf("C").Public() }), "", ""),
	invited("leaf: encryption key of another", req.LeafEncryptionKeyUnique, entrance{edit: func(g *Group, all *Nodes) {
		leaf := *(*all)[6].Leaf
		leaf.EncryptionKey = (*all)[4].Leaf.EncryptionKey
		leaf, err := leaf.Sign(g.Suite, g.keyOf("D"), nil, 0)
		g.ok(err)
		(*all)[6].Leaf = &leaf
	}}, "", ""),
)

// renamed is an entrance to a group in which D calls itself M.
var renamed = reseated(plain(func(l *tree.LeafNode) { l.Credential = tree.BasicCredential([]byte("M")) }))
