package impl

import (
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.3, 7.9 and 12.4.3.3, when a Welcome brings a tree.

// seated gives a client a Welcome to a tree in which D's leaf is changed and
// signed again.
func seated(change func(*tree.LeafNode)) func(*room) error {
	return seatedBy("D", change)
}

// seatedBy is seated with a leaf that another signs.
func seatedBy(signer string, change func(*tree.LeafNode)) func(*room) error {
	return joining(invitation{edit: reseat(signer, change)})
}

// reseat changes D's leaf in a tree.
func reseat(signer string, change func(*tree.LeafNode)) func(*room, *entries) {
	return func(r *room, all *entries) {
		leaf := *(*all)[6].leaf
		change(&leaf)
		leaf, err := leaf.Sign(r.suite(), r.keyOf(signer), nil, 0)
		r.ok(err)
		(*all)[6].leaf = &leaf
	}
}

// parented gives a client a Welcome to a tree with unmerged leaves [5, 6] at its
// root, after a change of a parent.
func parented(x tree.NodeIndex, unmerged ...tree.LeafIndex) func(*room) error {
	return joining(invitation{base: lagging, edit: func(_ *room, all *entries) { (*all)[x].parent.UnmergedLeaves = unmerged }})
}

// unsorted is parented for a list that is no list of leaves.
func unsorted(unmerged ...tree.LeafIndex) func(*room) error {
	return joining(invitation{base: lagging, extension: func(r *room, b []byte) []byte {
		return r.edited(r.parsed(b), func(all *entries) { (*all)[7].parent.UnmergedLeaves = unmerged })
	}})
}

// listed gives a client a Welcome whose ratchet_tree is another list of the same
// tree.
func listed(change func(*entries)) func(*room) error {
	return joining(invitation{extension: func(r *room, b []byte) []byte {
		var all entries
		r.ok(wire.Decode(b, &all))
		change(&all)
		return wire.Encode(&all)
	}})
}

var treeRefusals = []refusal{
	{"blank at the end", req.TreeTrailingBlank, listed(func(all *entries) { *all = append(*all, nil) }), ""},
	{"a leaf in a parent's place", req.TreeNodeParity, listed(func(all *entries) { (*all)[1] = (*all)[0] }), ""},
	{"too large", req.TreeSize, with(func(e *Env) { e.MaxLeaves = 4 }, joining(invitation{})), ""},
	{"tree hash", req.TreeHash, joining(invitation{extension: func(r *room, b []byte) []byte {
		return r.edited(r.parsed(b), func(all *entries) { *all = append((*all)[:6], append([]*entry{nil}, (*all)[7:]...)...) }) // without D
	}}), ""},
	{"unmerged leaves in disorder", req.ParentUnmergedSorted, unsorted(6, 5), alone},
	{"unmerged leaf twice", req.ParentUnmergedSorted, unsorted(5, 5, 6), alone},
	{"unmerged leaf is blank", req.TreeUnmergedMembers, parented(7, 5, 6, 7), ""},
	// A member that is unmerged where it cannot be spoils the resolution that parent
	// hashes rest on (Section 7.9.2), which are decided later.
	{"unmerged leaf is elsewhere", req.TreeUnmergedMembers, parented(1, 2), req.TreeParentHash},
	{"unmerged leaf is merged below", req.TreeUnmergedMembers, parented(7, 1, 5, 6), req.TreeParentHash},
	{"unmerged leaf left out", req.TreeParentHash, parented(7, 5), ""},
	{"parent hash", req.TreeParentHash, joining(invitation{path: true, forgery: forgery{
		leaf: func(l *tree.LeafNode) { l.ParentHash = make([]byte, 32) },
	}}), ""},
	{"a parent has the key of a leaf", req.TreeKeysUnique, func(r *room) error {
		return r.invite(invitation{path: true, forgery: forgery{keys: func(keys []suite.HPKEPublicKey) { keys[0] = r.leafOf("B").EncryptionKey }}})
	}, ""},
	{"two parents have one key", req.TreeKeysUnique, func(r *room) error {
		return r.invite(invitation{path: true, forgery: forgery{keys: func(keys []suite.HPKEPublicKey) { keys[0] = keys[1] }}})
	}, ""},
	{"a parent has a key that is none", req.SuitePublicKey, joining(invitation{path: true, forgery: forgery{
		keys: func(keys []suite.HPKEPublicKey) { keys[0] = keys[0][1:] },
	}}), ""},

	{"leaf: credential", req.CredentialAS, with(func(e *Env) { e.Auth = strict{identity: "M"} }, seated(func(l *tree.LeafNode) { l.Credential = tree.BasicCredential([]byte("M")) })), ""},
	{"leaf: signature", req.LeafSignature, seatedBy("C", func(*tree.LeafNode) {}), ""},
	{"leaf: no cipher suite", req.LeafRequiredCapabilities, seated(noSuite), ""},
	{"leaf: credential type not listed", req.LeafCredentialListed, seated(unlisted), req.LeafCredentialMembers},
	{"leaf: credential type that others do not know", req.LeafCredentialMembers, seated(x509Only), ""},
	{"leaf: lifetime too long", req.LeafLifetimeMax, seated(tooLong), ""},
	{"leaf: lifetime is over", req.LeafLifetimeNow, seated(func(l *tree.LeafNode) { l.Lifetime.NotBefore, l.Lifetime.NotAfter = now-10, now-1 }), ""},
	{"leaf: lifetime to come", req.LeafLifetimeNow, seated(func(l *tree.LeafNode) { l.Lifetime.NotBefore, l.Lifetime.NotAfter = now+1, now+10 }), ""},
	{"leaf: extension not listed", req.LeafExtensionsListed, seated(strangeExtension), ""},
	{"leaf: extension twice", req.ExtensionUnique, seated(twoExtensions), ""},
	{"leaf: encryption key", req.SuitePublicKey, seated(badKey), ""},
	{"leaf: signature key of another", req.LeafSignatureKeyUnique, func(r *room) error {
		return seatedBy("C", func(l *tree.LeafNode) { l.SignatureKey = r.keyOf("C").Public() })(r)
	}, ""},
	{"leaf: encryption key of another", req.LeafEncryptionKeyUnique, joining(invitation{edit: func(r *room, all *entries) {
		leaf := *(*all)[6].leaf
		leaf.EncryptionKey = (*all)[4].leaf.EncryptionKey
		leaf, err := leaf.Sign(r.suite(), r.keyOf("D"), nil, 0)
		r.ok(err)
		(*all)[6].leaf = &leaf
	}}), ""},
}
