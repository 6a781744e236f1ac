package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.2, 12.4, 12.4.2 and 7.5, when a Commit arrives.

// committed gives A a Commit by B.
func committed(f forgery) func(*room) error {
	return func(r *room) error {
		msg, _ := r.forge("B", f)
		return r.give("A", msg)
	}
}

// covering gives A a Commit by B that covers what list returns.
func covering(list func(*room) []message.ProposalOrRef) func(*room) error {
	return func(r *room) error { return committed(forgery{list: list(r)})(r) }
}

var listRefusals = []refusal{
	{"a proposal that is invalid by itself", req.KeyPackageSignature, covering(func(r *room) []message.ProposalOrRef {
		kp := r.packaged(r.stranger(), nil, nil)
		kp.Signature = make([]byte, 64)
		return values(add(kp))
	}), ""},
	{"an Update by the committer", req.ListNoUpdateByCommitter, covering(func(r *room) []message.ProposalOrRef {
		return []message.ProposalOrRef{r.cached("B", r.updating("B", nil, nil))}
	}), ""},
	{"a Remove of the committer", req.ListNoRemoveOfCommitter, covering(func(r *room) []message.ProposalOrRef {
		return values(remove(1))
	}), ""},
	{"an Update and a Remove of one leaf", req.ListOneChangePerLeaf, covering(func(r *room) []message.ProposalOrRef {
		return append(values(remove(2)), r.cached("C", r.updating("C", nil, nil)))
	}), ""},
	{"two Removes of one leaf", req.ListOneChangePerLeaf, covering(func(r *room) []message.ProposalOrRef {
		return values(remove(2), remove(2))
	}), ""},
	{"an Add of a member", req.ListAddUnique, covering(func(r *room) []message.ProposalOrRef {
		return values(add(r.packaged(r.at("D").id, nil, nil)))
	}), req.LeafSignatureKeyUnique},
	{"two Adds of one client", req.ListAddUnique, covering(func(r *room) []message.ProposalOrRef {
		id := r.stranger()
		return values(add(r.packaged(id, nil, nil)), add(r.packaged(id, nil, nil)))
	}), req.LeafSignatureKeyUnique},
	{"two PSKs of one id", req.ListPSKUnique, with(everyPSK, covering(func(*room) []message.ProposalOrRef {
		return values(inapplicable[0], inapplicable[0])
	})), ""},
	{"two GroupContextExtensions", req.ListOneGroupContextExtensions, covering(func(*room) []message.ProposalOrRef {
		return values(inapplicable[3], inapplicable[3])
	}), ""},
	{"a ReInit with a Remove", req.ListReinitAlone, covering(func(*room) []message.ProposalOrRef {
		return values(inapplicable[1], remove(2))
	}), ""},
	{"an ExternalInit", req.ListNoExternalInit, covering(func(*room) []message.ProposalOrRef {
		return values(inapplicable[2])
	}), req.ExternalInitKemOutput},
	{"a type that members do not support", req.ListTypeSupported, covering(func(*room) []message.ProposalOrRef {
		return values(customProposal)
	}), req.ListTypeProcessed},
	{"members share an encryption key", req.LeafEncryptionKeyUnique, covering(func(r *room) []message.ProposalOrRef {
		return values(add(r.packaged(r.stranger(), func(l *tree.LeafNode) { l.EncryptionKey = r.leafOf("D").EncryptionKey }, nil)))
	}), ""},
	{"members share a signature key", req.LeafSignatureKeyUnique, covering(func(r *room) []message.ProposalOrRef {
		return []message.ProposalOrRef{r.cached("C", r.updating("C", func(l *tree.LeafNode) {
			l.SignatureKey = r.keyOf("D").Public()
		}, r.keyOf("D")))}
	}), ""},
	{"a credential type that members do not support", req.LeafCredentialMembers, covering(func(r *room) []message.ProposalOrRef {
		return values(add(r.packaged(r.stranger(), x509Only, nil)))
	}), ""},
}

// x509Only makes a client that has an X.509 certificate and understands no other.
func x509Only(l *tree.LeafNode) {
	l.Credential = tree.X509Credential(certificateFor("E", l.SignatureKey))
	l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
}

var commitRefusals = []refusal{
	{"an unknown reference", req.CommitRefsKnown, committed(forgery{
		list: []message.ProposalOrRef{{Type: spec.ByReference, Reference: make([]byte, 32)}},
	}), req.ListTypeSupported},
	{"a proposal of another epoch", req.CommitRefsKnown, func(r *room) error {
		ref := r.cached("C", remove(3))
		r.commit("A", CommitOptions{Omit: true})
		return committed(forgery{list: []message.ProposalOrRef{ref}})(r)
	}, req.ListTypeSupported},
	{"an Update by value", req.CommitUpdateByReference, covering(func(r *room) []message.ProposalOrRef {
		return values(r.updating("B", nil, nil))
	}), req.ListNoUpdateByCommitter},
	{"no path, and nothing covered", req.CommitPathRequired, committed(forgery{noPath: true}), ""},
	{"no path with a Remove", req.CommitPathRequired, committed(forgery{noPath: true, list: values(remove(2))}), ""},
	{"no path with an Update", req.CommitPathRequired, func(r *room) error {
		return committed(forgery{noPath: true, list: []message.ProposalOrRef{r.cached("C", r.updating("C", nil, nil))}})(r)
	}, ""},
	{"confirmation tag", req.CommitConfirmationTag, committed(forgery{
		auth: func(ac *message.AuthenticatedContent) { ac.Auth.ConfirmationTag[0] ^= 1 },
	}), ""},
	{"no init_secret in the key schedule", req.CommitConfirmationTag, func(r *room) error {
		m := *r.at("B").member
		secrets := *m.secrets
		secrets.Init = schedule.NewInitSecret(m.suite.Zero())
		m.Epoch = &Epoch{m.PublicGroup, &secrets}
		r.at("B").member = &m
		return committed(forgery{})(r)
	}, ""},
}

// releafed gives A a Commit by B whose path has a changed leaf.
func releafed(change func(*tree.LeafNode)) func(*room) error {
	return committed(forgery{leaf: change})
}

var pathRefusals = []refusal{
	{"leaf: credential", req.CredentialAS, with(func(e *Env) { e.Auth = strict{identity: "B"} }, committed(forgery{})), ""},
	{"leaf: successor", req.CredentialSuccessor, with(func(e *Env) { e.Auth = strict{successor: "B"} }, committed(forgery{})), ""},
	{"leaf: signature", req.LeafSignature, committed(forgery{signed: func(l *tree.LeafNode) { l.Signature = make([]byte, 64) }}), ""},
	{"leaf: no cipher suite", req.LeafRequiredCapabilities, releafed(noSuite), ""},
	{"leaf: credential type not listed", req.LeafCredentialListed, releafed(unlisted), req.LeafCredentialMembers},
	{"leaf: extension not listed", req.LeafExtensionsListed, releafed(strangeExtension), ""},
	{"leaf: extension twice", req.ExtensionUnique, releafed(twoExtensions), ""},
	{"leaf: source update", req.LeafSourceCommit, releafed(func(l *tree.LeafNode) { l.Source = spec.SourceUpdate }), req.PathParentHash},
	{"leaf: encryption key", req.SuitePublicKey, releafed(badKey), ""},
	{"leaf: credential type of which others know nothing", req.LeafCredentialMembers, releafed(x509Only), ""},
	{"leaf: a member's signature key", req.LeafSignatureKeyUnique, func(r *room) error {
		change := func(l *tree.LeafNode) { l.SignatureKey = r.keyOf("D").Public() }
		return committed(forgery{leaf: change, signer: r.keyOf("D")})(r)
	}, ""},
	{"leaf: a member's encryption key", req.LeafEncryptionKeyUnique, func(r *room) error {
		return releafed(func(l *tree.LeafNode) { l.EncryptionKey = r.leafOf("D").EncryptionKey })(r)
	}, req.PathKeysFresh},
	{"leaf: the committer's old key", req.PathLeafKeyChanged, func(r *room) error {
		return releafed(func(l *tree.LeafNode) { l.EncryptionKey = r.leafOf("B").EncryptionKey })(r)
	}, ""},
	{"leaf: the key of a parent", req.PathKeysFresh, func(r *room) error {
		return releafed(func(l *tree.LeafNode) { l.EncryptionKey = r.at("B").member.tree.EncryptionKey(5) })(r)
	}, ""},
	{"a node has a key of the tree", req.PathKeysFresh, func(r *room) error { // which C does not have to derive
		old := r.at("B").member.tree.EncryptionKey(5)
		msg, _ := r.forge("B", forgery{keys: func(keys []suite.HPKEPublicKey) { keys[0] = old }})
		return r.give("C", msg)
	}, ""},
	{"a key twice in the path", req.PathKeysFresh, func(r *room) error {
		msg, _ := r.forge("B", forgery{keys: func(keys []suite.HPKEPublicKey) { keys[0] = keys[1] }})
		return r.give("C", msg)
	}, ""},
	{"a key that is none", req.SuitePublicKey, func(r *room) error {
		msg, _ := r.forge("B", forgery{keys: func(keys []suite.HPKEPublicKey) { keys[0] = keys[0][1:] }})
		return r.give("C", msg)
	}, ""},
	{"a node too many", req.PathNodesCount, committed(forgery{sealed: func(p *tree.UpdatePath) {
		key := make(suite.HPKEPublicKey, 32)
		key[0] = 9
		p.Nodes = append(p.Nodes, tree.UpdatePathNode{EncryptionKey: key})
	}}), ""},
	{"a node too few", req.PathNodesCount, committed(forgery{sealed: func(p *tree.UpdatePath) { p.Nodes = p.Nodes[:1] }}), alone},
	{"a ciphertext too many", req.PathCiphertextCount, committed(forgery{sealed: func(p *tree.UpdatePath) {
		n := &p.Nodes[1]
		n.EncryptedPathSecret = append(n.EncryptedPathSecret, n.EncryptedPathSecret[0])
	}}), ""},
	{"a ciphertext too few", req.PathCiphertextCount, committed(forgery{sealed: func(p *tree.UpdatePath) {
		p.Nodes[1].EncryptedPathSecret = nil // C and D cannot go on, A can
	}}), ""},
	{"parent hash", req.PathParentHash, releafed(func(l *tree.LeafNode) { l.ParentHash = make([]byte, 32) }), ""},
	{"sealed in another context", req.PathDecrypt, committed(forgery{context: func(c *schedule.GroupContext) { c.Epoch-- }}), alone},
	{"ciphertext", req.PathDecrypt, committed(forgery{sealed: func(p *tree.UpdatePath) {
		p.Nodes[0].EncryptedPathSecret[0].Ciphertext[0] ^= 1
	}}), alone},
	{"a public key that is not derived", req.PathPublicKeyMatches, committed(forgery{keys: func(keys []suite.HPKEPublicKey) {
		keys[1] = append(suite.HPKEPublicKey{9}, keys[1][1:]...)
	}}), ""},
}
