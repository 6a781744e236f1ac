package tree

import (
	"bytes"
	"slices"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// seven returns a group of seven whose tree has blanks, and an unmerged leaf.
func seven(t testing.TB) *world {
	w := newWorldOf(t, 6)
	w.commit(4)
	w.commit(1)
	w.add()
	w.news = nil
	return w
}

// What one change of a path is refused for. Parent hash and leaf are made to fit
// again where the change is not about them.
func TestMergeRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   spec.ID
		change func(*world, *UpdatePath)
	}{
		{"as it is", "", func(*world, *UpdatePath) {}},
		{"leaf keeps its key", req.PathLeafKeyChanged, func(w *world, p *UpdatePath) { p.LeafNode.EncryptionKey = w.tree.EncryptionKey(0) }},
		{"leaf takes the key of another leaf", req.PathKeysFresh, func(w *world, p *UpdatePath) { p.LeafNode.EncryptionKey = w.tree.EncryptionKey(6) }},
		{"node takes the key of the old leaf", req.PathKeysFresh, func(w *world, p *UpdatePath) { p.Nodes[1].EncryptionKey = w.tree.EncryptionKey(0) }},
		{"node keeps its key", req.PathKeysFresh, func(w *world, p *UpdatePath) { p.Nodes[2].EncryptionKey = w.tree.EncryptionKey(7) }},
		{"node takes the key of a copath node", req.PathKeysFresh, func(w *world, p *UpdatePath) { p.Nodes[0].EncryptionKey = w.tree.EncryptionKey(9) }},
		{"two nodes of one key", req.PathKeysFresh, func(_ *world, p *UpdatePath) { p.Nodes[0].EncryptionKey = p.Nodes[1].EncryptionKey }},
		{"leaf and node of one key", req.PathKeysFresh, func(_ *world, p *UpdatePath) { p.Nodes[0].EncryptionKey = p.LeafNode.EncryptionKey }},
		{"key too short", req.SuitePublicKey, func(_ *world, p *UpdatePath) { p.Nodes[0].EncryptionKey = p.Nodes[0].EncryptionKey[1:] }},
		{"node missing", req.PathNodesCount, func(_ *world, p *UpdatePath) { p.Nodes = p.Nodes[:2] }},
		{"no node", req.PathNodesCount, func(_ *world, p *UpdatePath) { p.Nodes = nil }},
		{"node too many", req.PathNodesCount, func(w *world, p *UpdatePath) {
			p.Nodes = append(p.Nodes, UpdatePathNode{EncryptionKey: w.s.Hash([]byte("another key"))})
		}},
		{"ciphertext missing", req.PathCiphertextCount, func(_ *world, p *UpdatePath) { p.Nodes[2].EncryptedPathSecret = p.Nodes[2].EncryptedPathSecret[1:] }},
		{"ciphertext too many", req.PathCiphertextCount, func(_ *world, p *UpdatePath) {
			p.Nodes[0].EncryptedPathSecret = append(p.Nodes[0].EncryptedPathSecret, suite.HPKECiphertext{})
		}},
		{"parent hash of nothing", req.PathParentHash, func(_ *world, p *UpdatePath) { p.LeafNode.ParentHash = nil }},
		{"parent hash of another path", req.PathParentHash, func(w *world, p *UpdatePath) { p.Nodes[2].EncryptionKey = w.s.Hash([]byte("another key")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := seven(t)
			_, p := w.path(0)
			c.change(w, p)
			_, err := w.tree.Merge(nil, 0, p, nil)
			if got := spec.Violated(err); got != c.want {
				t.Errorf("refused for %q, want %q: %v", got, c.want, err)
			}
		})
	}
}

func TestOpenRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   spec.ID
		to     LeafIndex
		change func(w *world, p *UpdatePath, context *[]byte)
	}{
		{"as it is", "", 5, func(*world, *UpdatePath, *[]byte) {}},
		{"another ciphertext changed", "", 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[1].EncryptedPathSecret[0].Ciphertext[0] ^= 1 }},
		{"ciphertext changed", req.PathDecrypt, 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[2].EncryptedPathSecret[0].Ciphertext[0] ^= 1 }},
		{"KEM output changed", req.PathDecrypt, 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[2].EncryptedPathSecret[0].KEMOutput[0] ^= 1 }},
		{"KEM output empty", req.PathDecrypt, 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[2].EncryptedPathSecret[0].KEMOutput = nil }},
		{"ciphertext missing", req.PathDecrypt, 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[2].EncryptedPathSecret = nil }},
		{"nodes missing", req.PathNodesCount, 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes = nil }},
		{"another context", req.PathDecrypt, 5, func(_ *world, _ *UpdatePath, context *[]byte) { *context = append(*context, 0) }},
		{"key not held", req.PathDecrypt, 5, func(w *world, _ *UpdatePath, _ *[]byte) { w.keys[5] = Keyring{own: 5} }},
		{"committer itself", req.PathDecrypt, 0, func(*world, *UpdatePath, *[]byte) {}},
		{"nobody", req.PathDecrypt, 1 << 31, func(w *world, _ *UpdatePath, _ *[]byte) { w.keys[1<<31] = w.keys[5] }},
		{"key of the shared node changed", req.PathPublicKeyMatches, 2, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[1].EncryptionKey[0] ^= 1 }},
		{"key above the shared node changed", req.PathPublicKeyMatches, 2, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[2].EncryptionKey[0] ^= 1 }},
		{"key below the shared node changed", "", 5, func(_ *world, p *UpdatePath, _ *[]byte) { p.Nodes[1].EncryptionKey[0] ^= 1 }},
		{"unmerged member", "", 6, func(*world, *UpdatePath, *[]byte) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := seven(t)
			fresh, p := w.path(0)
			for k := range p.Nodes { // not to change the committer's own keys
				p.Nodes[k].EncryptionKey = bytes.Clone(p.Nodes[k].EncryptionKey)
			}
			context := w.context(fresh.Tree)
			c.change(w, p, &context)
			_, err := w.tree.OpenPath(nil, 0, c.to, w.keys[c.to], p, context, nil)
			if got := spec.Violated(err); got != c.want {
				t.Errorf("refused for %q, want %q: %v", got, c.want, err)
			}
		})
	}
}

// A new member finds the keys above it and the committer, or says that its
// Welcome is not of this tree.
func TestImplant(t *testing.T) {
	w := newWorldOf(t, 5)
	w.commit(2)
	i := w.add()
	fresh := w.commit(0)
	learned, err := w.tree.Implant(nil, 0, i, fresh.SecretFor(i))
	w.must(err)
	if len(learned.Keys) != 1 || learned.Keys[0].Node != 7 || learned.Index != 2 {
		t.Errorf("learns %v from %d", learned.Keys, learned.Index)
	}
	for name, c := range map[string]struct {
		from, to LeafIndex
		secret   suite.Secret
	}{
		"another secret":       {0, i, fresh.Secrets[1]},
		"no secret":            {0, i, nil},
		"nobody":               {0, 99, fresh.SecretFor(i)},
		"from nobody":          {99, i, fresh.SecretFor(i)},
		"the committer itself": {0, 0, fresh.Secrets[0]},
		"another committer":    {4, i, fresh.SecretFor(i)},
	} {
		if _, err := w.tree.Implant(nil, c.from, c.to, c.secret); spec.Violated(err) != req.WelcomePathSecret {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := fresh.SecretFor(99); s != nil {
		t.Errorf("a path secret for nobody: %v", s)
	}
}

// One member alone has no path, and a commit_secret that nobody else makes.
func TestPathOfOne(t *testing.T) {
	w := newWorldOf(t, 1)
	first, p := w.path(0)
	second, _ := w.path(0)
	if len(p.Nodes) != 0 || len(first.Secrets) != 0 || len(p.LeafNode.ParentHash) != 0 {
		t.Errorf("a path of %d nodes, parent hash %x", len(p.Nodes), p.LeafNode.ParentHash)
	}
	if len(first.CommitSecret) != w.s.Nh || first.CommitSecret.Equal(second.CommitSecret) || first.CommitSecret.Equal(w.s.Zero()) {
		t.Error("commit_secret is not fresh")
	}
}

// commit_secret is one step above the last path secret, and each path secret one
// above the one below it.
func TestPathSecretsChain(t *testing.T) {
	w := seven(t)
	fresh, _ := w.path(3)
	for k, secret := range append(fresh.Secrets[1:len(fresh.Secrets):len(fresh.Secrets)], fresh.CommitSecret) {
		if !secret.Equal(w.s.DeriveSecret(fresh.Secrets[k], "path")) {
			t.Errorf("path secret %d", k+1)
		}
	}
	for k, key := range fresh.Keys {
		if !bytes.Equal(w.s.DeriveKeyPair(w.s.DeriveSecret(fresh.Secrets[k], "node")).Public(), key.Key.Public()) {
			t.Errorf("key of node %d", key.Node)
		}
	}
}

// Who is added by the Commit gets no ciphertext; a node with nobody else below
// its copath stays in the path, empty (Section 7.6).
func TestNewLeavesGetNoCiphertext(t *testing.T) {
	w := newWorldOf(t, 2)
	w.remove(1)
	w.commit(0)
	for range 3 {
		w.add()
	}
	_, p := w.path(0)
	if len(p.Nodes) != 2 || len(p.Nodes[0].EncryptedPathSecret)+len(p.Nodes[1].EncryptedPathSecret) != 0 {
		t.Errorf("path %v", p.Nodes)
	}
	merged, err := w.tree.Merge(nil, 0, p, w.news)
	w.must(err)
	if merged.Parent(1) == nil || merged.Parent(3) == nil || len(merged.Parent(3).UnmergedLeaves) != 0 {
		t.Error("a node of the path is blank, or does not count the new leaves as merged")
	}
	if _, err := w.tree.Merge(nil, 0, p, nil); spec.Violated(err) != req.PathCiphertextCount {
		t.Errorf("with nobody new: %v", err)
	}
}

// A leaf that is removed and taken again by the same Commit is new.
func TestRemovedAndAddedAtOnePlace(t *testing.T) {
	w := newWorldOf(t, 4)
	w.commit(0)
	old := w.keys[2]
	w.remove(2)
	if i := w.add(); i != 2 {
		t.Fatalf("added at %d", i)
	}
	tree, news := w.tree, w.news
	fresh, p := w.path(0)
	if got := len(p.Nodes[1].EncryptedPathSecret); got != 1 {
		t.Errorf("%d ciphertexts, want that of leaf 3 alone", got)
	}
	if _, err := tree.OpenPath(nil, 0, 2, old, p, w.context(fresh.Tree), news); spec.Violated(err) != req.PathDecrypt {
		t.Errorf("the removed member: %v", err)
	}
	if keys := old.With(tree, nil); len(keys.Nodes()) != 0 {
		t.Errorf("the removed member still has keys of the tree: %v", keys.Nodes())
	}
	w.commit(0)
}

// An external committer takes the leftmost blank leaf, or a new one, and all
// follow (Section 12.4.2).
func TestPathFromOutside(t *testing.T) {
	for _, members := range []int{1, 3, 4} {
		w := newWorldOf(t, members)
		w.commit(0)
		leaf, _, signer := w.client()
		tree, from := w.tree.Vacancy()
		if int(from) != members {
			t.Fatalf("leaf %d is vacant, want %d", from, members)
		}
		fresh, err := tree.NewPath(w.rand, from, leaf, signer, w.group)
		w.must(err)
		context := w.context(fresh.Tree)
		p, err := fresh.Seal(w.rand, context, nil)
		w.must(err)
		w.must(w.rules().CommitLeaf(tree, from, &p.LeafNode))
		merged, err := tree.Merge(nil, from, p, nil)
		w.must(err)
		w.must(w.rules().Tree(merged))
		for to := range w.tree.Leaves() {
			learned, err := tree.OpenPath(nil, from, to, w.keys[to], p, context, nil)
			w.must(err)
			if !learned.CommitSecret.Equal(fresh.CommitSecret) {
				t.Errorf("leaf %d of %d: another commit_secret", to, members)
			}
		}
	}
	w := newWorldOf(t, 4)
	if _, err := w.tree.NewPath(w.rand, 4, *w.tree.Leaf(0), w.signers[0], w.group); err == nil {
		t.Error("a path from outside the tree")
	}
}

// A node of the direct path that is not in the filtered one is blank after a
// path, whatever was there.
func TestFilteredNodeIsBlanked(t *testing.T) {
	w := newWorldOf(t, 3)
	w.tree = w.tree.withNode(5, nil, &ParentNode{EncryptionKey: w.s.Hash([]byte("a key"))})
	fresh, p := w.path(2)
	merged, err := w.tree.Merge(nil, 2, p, nil)
	w.must(err)
	if fresh.Tree.Parent(5) != nil || merged.Parent(5) != nil || merged.Parent(3) == nil {
		t.Errorf("nodes after the path: %v, %v", filledNodes(fresh.Tree), filledNodes(merged))
	}
}

// A key ring keeps what belongs to the tree, and is not changed by what follows.
func TestKeyringForgets(t *testing.T) {
	w := newWorldOf(t, 4)
	w.commit(0)
	before := w.keys[1]
	if got := len(before.Nodes()); got != 2 {
		t.Fatalf("holds %d nodes", got)
	}
	kept := slices.Clone(before.Nodes())
	w.remove(3)
	if nodes := w.keys[1].Nodes(); len(nodes) != 1 || nodes[0].Node != 1 {
		t.Errorf("with the root blank it holds %v", nodes)
	}
	if _, ok := w.keys[1].Key(3); ok {
		t.Error("the key of a blank node is held")
	}
	w.commit(2)
	if !slices.Equal(before.Nodes(), kept) {
		t.Error("a key ring has changed")
	}
	key := w.keys[1].Nodes()[0]
	if got := w.keys[2].With(w.tree, []PathKey{key}); len(got.Nodes()) != 1 {
		t.Errorf("leaf 2 takes the key of node %d, which is not above it", key.Node)
	}
	foreign := PathKey{3, before.Leaf()}
	if got := w.keys[1].With(w.tree, []PathKey{foreign}); !slices.Equal(got.Nodes(), w.keys[1].Nodes()) {
		t.Error("a key is taken that is not the node's")
	}
}
