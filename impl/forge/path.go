package forge

import (
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// RFC 9420, Sections 7.4 to 7.6 and 7.9.

// path is a committer's path with what is wrong with it; without one the tree is
// that after the proposals.
type path struct {
	tree   tree.Tree
	keys   tree.Keyring
	commit suite.Secret     // commit_secret
	fresh  *tree.FreshPath  // as it ought to be
	update *tree.UpdatePath // as it is sent
}

// make makes the path and the tree that has it. Parent hashes are right for
// whatever keys the nodes have.
func (p *path) make(f *Forger, c *change, v *Forgery, as *role) error {
	fresh, err := c.tree.NewPath(f.Rand, as.leaf, f.nextLeaf(c.tree, as.leaf), f.Identity.Signer, f.Context.GroupID)
	if err != nil {
		return err
	}
	keys := make([]suite.HPKEPublicKey, len(fresh.Keys))
	for k := range keys {
		keys[k] = fresh.Keys[k].Key.Public()
	}
	if v.Keys != nil {
		v.Keys(keys)
	}
	parents, hash := reparented(f.Suite, c.tree, as.leaf, keys)
	leaf := *fresh.Tree.Leaf(as.leaf)
	leaf.ParentHash = hash
	if leaf, err = f.signLeaf(leaf, as.leaf, v); err != nil {
		return err
	}
	nodes, err := Edit(fresh.Tree.Extension(), func(all *Nodes) {
		(*all)[as.leaf.Node()].Leaf = &leaf
		for k, x := range c.tree.FilteredDirectPath(as.leaf) {
			(*all)[x].Parent = parents[k]
		}
	})
	if err != nil {
		return err
	}
	if p.tree, err = tree.Parse(f.Suite, nil, nodes, maxLeaves); err != nil {
		return err
	}
	ring := p.keys
	if ring.Leaf() == nil {
		ring = tree.NewKeyring(as.leaf, fresh.LeafKey)
	}
	p.keys = ring.WithLeaf(fresh.LeafKey).With(p.tree, fresh.Keys)
	p.commit, p.fresh = fresh.CommitSecret, fresh
	if err := p.seal(f, c, v, &leaf, keys); err != nil {
		return err
	}
	if len(v.Garbage) > 0 {
		spoil(p.update, c, as.leaf, v.Garbage)
	}
	return nil
}

// maxLeaves is how large a tree is dealt with.
const maxLeaves = 1 << 20

// nextLeaf returns what the next version of a leaf begins with.
func (f *Forger) nextLeaf(t tree.Tree, at tree.LeafIndex) tree.LeafNode {
	leaf := tree.LeafNode{Capabilities: capabilities(f.Suite)}
	if old := t.Leaf(at); old != nil {
		leaf.Capabilities, leaf.Extensions = old.Capabilities, old.Extensions
	}
	leaf.SignatureKey, leaf.Credential = f.Identity.Signer.Public(), f.Identity.Credential
	return leaf
}

// signLeaf signs a leaf for a place, with its changes.
func (f *Forger) signLeaf(leaf tree.LeafNode, at tree.LeafIndex, v *Forgery) (tree.LeafNode, error) {
	alter(v.Leaf, &leaf)
	signer := v.Signer
	if signer == nil {
		signer = f.Identity.Signer
	}
	leaf, err := leaf.Sign(f.Suite, signer, f.Context.GroupID, at)
	if err != nil {
		return leaf, err
	}
	alter(v.Signed, &leaf)
	return leaf, nil
}

// seal encrypts the path secrets.
func (p *path) seal(f *Forger, c *change, v *Forgery, leaf *tree.LeafNode, keys []suite.HPKEPublicKey) error {
	context := f.provisional(p.tree, c.extensions)
	alter(v.Context, &context)
	var err error
	if p.update, err = p.fresh.Seal(f.Rand, wire.Encode(&context), c.added); err != nil {
		return err
	}
	p.update.LeafNode = *leaf
	for k := range keys {
		p.update.Nodes[k].EncryptionKey = keys[k]
	}
	alter(v.Sealed, p.update)
	return nil
}

// spoil flips a bit of each ciphertext that is meant for some members.
func spoil(u *tree.UpdatePath, c *change, from tree.LeafIndex, to []tree.LeafIndex) {
	for k, x := range c.tree.FilteredDirectPath(from) {
		child := x.Left()
		if from.Node().Below(child) {
			child = x.Right()
		}
		targets := slices.DeleteFunc(c.tree.Resolution(child), func(y tree.NodeIndex) bool {
			return y.IsLeaf() && slices.Contains(c.added, y.Leaf())
		})
		for i, y := range targets {
			if slices.ContainsFunc(to, func(l tree.LeafIndex) bool { return l.Node() == y || l.Node().Below(y) }) {
				u.Nodes[k].EncryptedPathSecret[i].Ciphertext[0] ^= 1
			}
		}
	}
}

// parentHashInput is ParentHashInput (RFC 9420, Section 7.9).
type parentHashInput struct {
	key         suite.HPKEPublicKey
	parentHash  []byte
	siblingHash []byte
}

func (p *parentHashInput) Wire(c *wire.Coder) {
	wire.Opaque(c, &p.key)
	wire.Opaque(c, &p.parentHash)
	wire.Opaque(c, &p.siblingHash)
}

// reparented returns the parents that a path from a leaf gives to the nodes of
// its filtered direct path, and the parent hash for the leaf. t is the tree
// before the path; new parents have no unmerged leaves to leave out.
func reparented(s *suite.Suite, t tree.Tree, from tree.LeafIndex, keys []suite.HPKEPublicKey) ([]*tree.ParentNode, []byte) {
	path := t.FilteredDirectPath(from)
	parents := make([]*tree.ParentNode, len(path))
	var hash []byte
	for k := len(path) - 1; k >= 0; k-- {
		sibling := path[k].Left()
		if from.Node().Below(sibling) {
			sibling = path[k].Right()
		}
		parents[k] = &tree.ParentNode{EncryptionKey: keys[k], ParentHash: hash}
		hash = s.Hash(wire.Encode(&parentHashInput{keys[k], hash, t.NodeHash(sibling)}))
	}
	return parents, hash
}

// A Node of a ratchet_tree extension (RFC 9420, Section 12.4.3.3), open to any
// change.
type Node struct {
	Kind   spec.NodeType
	Leaf   *tree.LeafNode
	Parent *tree.ParentNode
}

// Wire describes Node (Section 12.4.3.3).
func (e *Node) Wire(c *wire.Coder) {
	wire.Uint8(c, &e.Kind)
	if e.Kind == spec.NodeLeaf {
		if c.Decoding() {
			e.Leaf = new(tree.LeafNode)
		}
		e.Leaf.Wire(c)
		return
	}
	if c.Decoding() {
		e.Parent = new(tree.ParentNode)
	}
	e.Parent.Wire(c)
}

// Nodes is the content of a ratchet_tree extension; nil is a blank node.
type Nodes []*Node

// Wire describes the ratchet_tree extension (Section 12.4.3.3).
func (l *Nodes) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*Node)(l), func(c *wire.Coder, e **Node) { wire.Optional(c, e, wire.Of[Node]) })
}

// Edit returns a ratchet_tree extension after a change of its nodes.
func Edit(extension []byte, change func(*Nodes)) ([]byte, error) {
	var all Nodes
	if err := wire.Decode(extension, &all); err != nil {
		return nil, err
	}
	change(&all)
	return wire.Encode(&all), nil
}
