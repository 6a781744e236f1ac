package forge

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.4, 12.4.2 and 7.5, when a Commit arrives.

var commitRows = []row{
	{"an unknown reference", req.CommitRefsKnown, covering(
		func(g *Group) []Covered { return []Covered{{Ref: make([]byte, g.Suite.Nh)}} }, values()), Alone},
	{"a proposal of another epoch", req.CommitRefsKnown, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		old := g.cached("C", Remove(3))
		g.commit("B", impl.CommitOptions{Omit: true})
		return g.forged("B", Forgery{List: []Covered{{Ref: old.Ref}}}, "A"), g.forged("B", Forgery{}, "A")
	}}, Alone},
	{"an Update by value", req.CommitUpdateByReference, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		update := g.updates("B", nil, nil)
		other := g.cached("C", g.updates("C", nil, nil))
		return g.forged("B", Forgery{List: Values(update)}, "A"), g.forged("B", Forgery{List: []Covered{other}}, "A")
	}}, req.ListNoUpdateByCommitter},
	{"no path, and nothing covered", req.CommitPathRequired, committed(Forgery{NoPath: true}), ""},
	{"no path with a Remove", req.CommitPathRequired, committed(Forgery{NoPath: true, List: Values(Remove(2))}), ""},
	{"no path with an Update", req.CommitPathRequired, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		list := []Covered{g.cached("C", g.updates("C", nil, nil))}
		return g.forged("B", Forgery{NoPath: true, List: list}, "A"), g.forged("B", Forgery{List: list}, "A")
	}}, ""},
	{"no path with a GroupContextExtensions", req.CommitPathRequired, committed(Forgery{NoPath: true, List: Values(noneLeft)}), ""},
	{"no path with an Add and a Remove", req.CommitPathRequired, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		kp := Add(ordinary(g))
		return g.forged("B", Forgery{NoPath: true, List: Values(kp, Remove(2))}, "A"), g.forged("B", Forgery{NoPath: true, List: Values(kp)}, "A")
	}}, ""},
	{"confirmation tag", req.CommitConfirmationTag, committed(tagFlipped), ""},
	{"confirmation tag, in private", req.CommitConfirmationTag, both(CommitReceive, tagFlipped, Forgery{}, func(g *Group, v Forgery) *Input {
		v.Format = spec.WirePrivateMessage
		return g.forged("B", v, "A")
	}), ""},
	{"no init_secret in the key schedule", req.CommitConfirmationTag, both(CommitReceive, true, false, func(g *Group, without bool) *Input {
		f := g.by("B")
		if without {
			secrets := *f.Secrets
			secrets.Init = schedule.NewInitSecret(f.Suite.Zero())
			f.Secrets = &secrets
		}
		made, err := f.Commit(Forgery{})
		g.ok(err)
		return g.given("A", made.Message)
	}), ""},
	{"a PSK that is not mixed in", req.CommitConfirmationTag, both(CommitReceive, "other", "psk", func(g *Group, mixed string) *Input {
		g.hold("psk")
		f := g.by("B")
		f.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return suite.Secret("secret of " + mixed) }
		made, err := f.Commit(Forgery{List: Values(pskNamed("psk")(g))})
		g.ok(err)
		return g.given("A", made.Message)
	}), ""},
}

var tagFlipped = Forgery{Framing: Framing{Auth: func(ac *message.AuthenticatedContent) { flip(ac.Auth.ConfirmationTag) }}}

var pathRows = []row{
	{"leaf: credential", req.CredentialAS, disliking(strict{identity: "B"}, releafed(nil)), ""},
	{"leaf: successor", req.CredentialSuccessor, disliking(strict{successor: "B"}, releafed(nil)), ""},
	{"leaf: signature", req.LeafSignature, committed(Forgery{Signed: func(l *tree.LeafNode) { l.Signature = make([]byte, 64) }}), ""},
	{"leaf: no cipher suite", req.LeafRequiredCapabilities, releafed(noSuite), ""},
	{"leaf: no version", req.LeafRequiredCapabilities, releafed(noVersion), ""},
	{"leaf: credential type not listed", req.LeafCredentialListed, releafed(unlisted), req.LeafCredentialMembers},
	{"leaf: extension not listed", req.LeafExtensionsListed, releafed(strangeExtension), ""},
	{"leaf: extension twice", req.ExtensionUnique, releafed(twoExtensions), ""},
	{"leaf: source update", req.LeafSourceCommit, releafed(plain(func(l *tree.LeafNode) { l.Source = spec.SourceUpdate })), req.PathParentHash},
	{"leaf: encryption key", req.SuitePublicKey, releafed(badKey), ""},
	{"leaf: credential type of which others know nothing", req.LeafCredentialMembers, releafed(x509Only), ""},
	{"leaf: a member's signature key", req.LeafSignatureKeyUnique, committedTo("A", func(g *Group) Forgery {
		return Forgery{Leaf: func(l *tree.LeafNode) { l.SignatureKey = g.keyOf("D").Public() }, Signer: g.keyOf("D")}
	}), ""},
	{"leaf: a member's encryption key", req.LeafEncryptionKeyUnique, releafed(keyOfD), req.PathKeysFresh},
	{"leaf: the committer's old key", req.PathLeafKeyChanged, releafed(func(g *Group, l *tree.LeafNode) { l.EncryptionKey = g.leafOf("B").EncryptionKey }), ""},
	{"leaf: the key of a parent", req.PathKeysFresh, releafed(func(g *Group, l *tree.LeafNode) { l.EncryptionKey = g.keyOfNode(5) }), ""},
	{"a node has a key of the tree", req.PathKeysFresh, rekeyed(func(g *Group, keys []suite.HPKEPublicKey) { keys[0] = g.keyOfNode(5) }), ""},
	{"a key twice in the path", req.PathKeysFresh, rekeyed(func(_ *Group, keys []suite.HPKEPublicKey) { keys[0] = keys[1] }), ""},
	{"a key that is none", req.SuitePublicKey, rekeyed(func(_ *Group, keys []suite.HPKEPublicKey) { keys[0] = keys[0][1:] }), ""},
	{"a node too many", req.PathNodesCount, committedTo("A", func(g *Group) Forgery {
		return Forgery{Sealed: func(p *tree.UpdatePath) { p.Nodes = append(p.Nodes, tree.UpdatePathNode{EncryptionKey: g.freshKey()}) }}
	}), ""},
	{"a node too few", req.PathNodesCount, committed(Forgery{Sealed: func(p *tree.UpdatePath) { p.Nodes = p.Nodes[:1] }}), Alone},
	{"a ciphertext too many", req.PathCiphertextCount, committed(Forgery{Sealed: func(p *tree.UpdatePath) {
		n := &p.Nodes[1]
		n.EncryptedPathSecret = append(n.EncryptedPathSecret, n.EncryptedPathSecret[0])
	}}), ""},
	{"a ciphertext too few", req.PathCiphertextCount, committed(Forgery{Sealed: func(p *tree.UpdatePath) {
		p.Nodes[1].EncryptedPathSecret = nil // C and D cannot go on, A can
	}}), ""},
	{"a ciphertext for a new member", req.PathCiphertextCount, committedTo("A", func(g *Group) Forgery {
		return Forgery{List: Values(Add(ordinary(g))), Sealed: func(p *tree.UpdatePath) {
			n := &p.Nodes[len(p.Nodes)-1] // above which E is the only one
			n.EncryptedPathSecret = append(n.EncryptedPathSecret, p.Nodes[0].EncryptedPathSecret[0])
		}}
	}), ""},
	{"parent hash", req.PathParentHash, releafed(func(g *Group, l *tree.LeafNode) { l.ParentHash = make([]byte, g.Suite.Nh) }), ""},
	{"sealed in another context", req.PathDecrypt, committed(Forgery{Context: func(c *schedule.GroupContext) { c.Epoch-- }}), Alone},
	{"ciphertext", req.PathDecrypt, committed(Forgery{Sealed: func(p *tree.UpdatePath) {
		flip(p.Nodes[0].EncryptedPathSecret[0].Ciphertext)
	}}), Alone},
	{"a public key that is not derived", req.PathPublicKeyMatches, committedTo("A", func(g *Group) Forgery {
		return Forgery{Keys: func(keys []suite.HPKEPublicKey) { keys[1] = g.freshKey() }}
	}), ""},
}

// rekeyed gives C, who does not have to derive the first of them, a Commit by B
// whose path has changed keys.
func rekeyed(change func(*Group, []suite.HPKEPublicKey)) recipe {
	return committedTo("C", func(g *Group) Forgery {
		return Forgery{Keys: func(keys []suite.HPKEPublicKey) { change(g, keys) }}
	})
}

// keyOfNode returns the encryption key of a node of the tree.
func (g *Group) keyOfNode(x tree.NodeIndex) suite.HPKEPublicKey {
	return g.at("B").Member.Tree().EncryptionKey(x)
}

// freshKey returns a public key to which nobody has the private one.
func (g *Group) freshKey() suite.HPKEPublicKey {
	key, err := g.Suite.GenerateKeyPair(g.Env.Rand)
	g.ok(err)
	return key.Public()
}
