package vectors

import (
	"maps"
	"math"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A treeGroup is a ratchet tree and what its members hold, for vectors about
// trees alone.
type treeGroup struct {
	*suite.Suite
	r       *source
	id      Hex
	tree    tree.Tree
	members map[tree.LeafIndex]*treeMember
	news    []tree.LeafIndex // added since the last commit
	epoch   uint64
}

// treeMember is what a member holds: the secrets are those that its private
// keys were derived from.
type treeMember struct {
	signer  *suite.SignatureKey
	ring    tree.Keyring
	secrets map[tree.NodeIndex]suite.Secret
}

// newTreeGroup returns a group of one.
func newTreeGroup(r *source, s *suite.Suite) (*treeGroup, error) {
	g := &treeGroup{Suite: s, r: r, id: r.bytes(16), tree: tree.New(s), members: map[tree.LeafIndex]*treeMember{}}
	_, err := g.add()
	g.news = nil
	return g, err
}

// grow lets the last leaf add the next one until there are n.
func (g *treeGroup) grow(n int) error {
	for i := tree.LeafIndex(g.tree.Members() - 1); int(i) < n-1; i++ {
		if _, err := g.add(); err != nil {
			return err
		}
		if err := g.commit(i); err != nil {
			return err
		}
	}
	return nil
}

// client returns a KeyPackage and what its owner holds.
func (g *treeGroup) client() (message.KeyPackage, *suite.HPKEPrivateKey, *suite.SignatureKey, error) {
	signer, err := g.GenerateSignatureKey(g.r)
	if err != nil {
		return message.KeyPackage{}, nil, nil, err
	}
	key, err := g.GenerateKeyPair(g.r)
	if err != nil {
		return message.KeyPackage{}, nil, nil, err
	}
	leaf := tree.LeafNode{
		EncryptionKey: key.Public(),
		SignatureKey:  signer.Public(),
		Credential:    tree.BasicCredential(g.r.bytes(8)),
		Capabilities: tree.Capabilities{
			Versions:     []spec.ProtocolVersion{spec.MLS10},
			CipherSuites: []spec.CipherSuite{g.ID},
			Credentials:  []spec.CredentialType{spec.CredentialBasic},
		},
		Source:   spec.SourceKeyPackage,
		Lifetime: tree.Lifetime{NotAfter: math.MaxUint64},
	}
	leaf, err = leaf.Sign(g.Suite, signer, nil, 0)
	if err != nil {
		return message.KeyPackage{}, nil, nil, err
	}
	initKey, err := g.GenerateKeyPair(g.r)
	if err != nil {
		return message.KeyPackage{}, nil, nil, err
	}
	kp := message.KeyPackage{Version: spec.MLS10, CipherSuite: g.ID, InitKey: initKey.Public(), LeafNode: leaf}
	kp, err = kp.Sign(g.Suite, signer)
	return kp, key, signer, err
}

// add adds a client and returns the Add.
func (g *treeGroup) add() (*message.Proposal, error) {
	kp, key, signer, err := g.client()
	if err != nil {
		return nil, err
	}
	var i tree.LeafIndex
	g.tree, i = g.tree.Add(kp.LeafNode)
	g.members[i] = &treeMember{signer, tree.NewKeyring(i, key), map[tree.NodeIndex]suite.Secret{}}
	g.news = append(g.news, i)
	g.settle()
	return &message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: kp}}, nil
}

// update gives a member another leaf key and returns the Update.
func (g *treeGroup) update(i tree.LeafIndex) (*message.Proposal, error) {
	key, err := g.GenerateKeyPair(g.r)
	if err != nil {
		return nil, err
	}
	leaf := *g.tree.Leaf(i)
	leaf.Source, leaf.Lifetime, leaf.ParentHash, leaf.EncryptionKey = spec.SourceUpdate, tree.Lifetime{}, nil, key.Public()
	leaf, err = leaf.Sign(g.Suite, g.members[i].signer, g.id, i)
	if err != nil {
		return nil, err
	}
	g.tree = g.tree.Update(i, leaf)
	g.members[i].ring = g.members[i].ring.WithLeaf(key)
	g.settle()
	return &message.Proposal{Type: spec.ProposalUpdate, Update: &message.Update{LeafNode: leaf}}, nil
}

// remove removes a member and returns the Remove.
func (g *treeGroup) remove(i tree.LeafIndex) *message.Proposal {
	g.tree = g.tree.Remove(i)
	delete(g.members, i)
	g.news = slices.DeleteFunc(g.news, func(j tree.LeafIndex) bool { return i == j })
	g.settle()
	return &message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: i}}
}

// commit lets the member at from commit with a path, and all others follow.
func (g *treeGroup) commit(from tree.LeafIndex) error {
	p, err := g.path(from)
	if err != nil {
		return err
	}
	merged := p.fresh.Tree
	for _, to := range g.leaves() {
		m, learned := g.members[to], (*tree.PathSecrets)(nil)
		switch {
		case to == from:
			m.ring = m.ring.WithLeaf(p.fresh.LeafKey)
			learned = &tree.PathSecrets{Secrets: p.fresh.Secrets, Keys: p.fresh.Keys}
		case slices.Contains(g.news, to):
			learned, err = merged.Implant(nil, from, to, p.fresh.SecretFor(to))
		default:
			learned, err = g.tree.OpenPath(nil, from, to, m.ring, p.update, p.context, g.news)
		}
		if err != nil {
			return err
		}
		m.ring = m.ring.With(merged, learned.Keys)
		for i, k := range learned.Keys {
			m.secrets[k.Node] = learned.Secrets[i]
		}
	}
	g.tree, g.news = merged, nil
	g.epoch++
	g.settle()
	return nil
}

// freshPath is a path with what its maker knows of it.
type freshPath struct {
	fresh   *tree.FreshPath
	update  *tree.UpdatePath
	context []byte // that the ciphertexts are bound to
}

func (g *treeGroup) path(from tree.LeafIndex) (*freshPath, error) {
	fresh, err := g.tree.NewPath(g.r, from, *g.tree.Leaf(from), g.members[from].signer, g.id)
	if err != nil {
		return nil, err
	}
	context := wire.Encode(g.context(fresh.Tree))
	update, err := fresh.Seal(g.r, context, g.news)
	return &freshPath{fresh, update, context}, err
}

// context returns the GroupContext of a tree. The group has no transcript: its
// hash is that of its name.
func (g *treeGroup) context(t tree.Tree) *schedule.GroupContext {
	return &schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: g.ID, GroupID: g.id, Epoch: g.epoch, TreeHash: t.Hash(), ConfirmedTranscriptHash: g.Hash(g.id),
	}
}

// settle lets everybody forget what the tree no longer has.
func (g *treeGroup) settle() {
	for _, m := range g.members {
		m.ring = m.ring.With(g.tree, nil)
		maps.DeleteFunc(m.secrets, func(x tree.NodeIndex, _ suite.Secret) bool {
			_, held := m.ring.Key(x)
			return !held
		})
	}
}

// leaves returns those of the members, from the left.
func (g *treeGroup) leaves() []tree.LeafIndex { return slices.Sorted(maps.Keys(g.members)) }

// someone draws a member.
func (g *treeGroup) someone() tree.LeafIndex {
	leaves := g.leaves()
	return leaves[g.r.IntN(len(leaves))]
}

// shapes are ways for a group to come to its tree, from the simple ones on: full
// trees and others, blank nodes that a path skips, members that are unmerged.
var shapes = []func(g *treeGroup) error{
	func(g *treeGroup) error { return g.grow(2) },
	func(g *treeGroup) error { return g.grow(4) },
	func(g *treeGroup) error { return g.grow(3 + 2*g.r.IntN(2)) },
	func(g *treeGroup) error { // unmerged
		if err := g.grow(3); err != nil {
			return err
		}
		_, err := g.add()
		g.news = nil
		return err
	},
	func(g *treeGroup) error { // blanks inside, one of them filled again
		if err := g.grow(6); err != nil {
			return err
		}
		g.remove(2)
		g.remove(3)
		if _, err := g.add(); err != nil {
			return err
		}
		return g.commit(0)
	},
	func(g *treeGroup) error { // parent hashes that skip blanks
		if err := g.grow(7); err != nil {
			return err
		}
		for i := range tree.LeafIndex(3) {
			g.remove(i + 1)
		}
		return g.commit(0)
	},
	(*treeGroup).wander,
}

// wander lets a group of four live through some random steps.
func (g *treeGroup) wander() error {
	if err := g.grow(4); err != nil {
		return err
	}
	for range 8 {
		var err error
		switch n := len(g.members); {
		case g.r.IntN(3) == 0:
			err = g.commit(g.someone())
		case g.r.IntN(3) == 0:
			_, err = g.update(g.someone())
		case n > 2 && g.r.IntN(2) == 0:
			g.remove(g.someone())
		case n < 8:
			_, err = g.add()
		}
		if err != nil {
			return err
		}
	}
	g.news = nil
	return nil
}
