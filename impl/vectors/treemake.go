package vectors

import (
	"maps"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
)

// groups returns a group of each shape.
func groups(r *source, s *suite.Suite) ([]*treeGroup, error) {
	var all []*treeGroup
	for i, shape := range shapes {
		g, err := newTreeGroup(r.sub("shape", i), s)
		if err == nil {
			err = shape(g)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

func makeTreeValidation(r *source, s *suite.Suite) ([]vector, error) {
	all, err := groups(r, s)
	var vectors []vector
	for _, g := range all {
		v := &treeValidation{Suite: s.ID, Tree: g.tree.Extension(), GroupID: g.id}
		for x := range tree.NodeIndex(2*g.tree.Size() - 1) {
			v.Resolutions = append(v.Resolutions, append([]tree.NodeIndex{}, g.tree.Resolution(x)...))
			v.Hashes = append(v.Hashes, g.tree.NodeHash(x))
		}
		vectors = append(vectors, v)
	}
	return vectors, err
}

// makeTreeOperations returns each operation at a place of its own: an Add that
// extends the tree and one that fills a blank, an Update, a Remove that leaves
// the size and one that halves it.
func makeTreeOperations(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for i, operation := range []struct {
		members int
		blank   tree.LeafIndex // is removed before, unless it is 0
		apply   func(g *treeGroup, sender tree.LeafIndex) (*message.Proposal, error)
	}{
		{4, 0, func(g *treeGroup, _ tree.LeafIndex) (*message.Proposal, error) { return g.add() }},
		{6, 2, func(g *treeGroup, _ tree.LeafIndex) (*message.Proposal, error) { return g.add() }},
		{5, 0, (*treeGroup).update},
		{6, 0, func(g *treeGroup, sender tree.LeafIndex) (*message.Proposal, error) {
			return g.remove((sender + 1) % 6), nil
		}},
		{5, 0, func(g *treeGroup, _ tree.LeafIndex) (*message.Proposal, error) { return g.remove(4), nil }},
	} {
		g, err := newTreeGroup(r.sub("operation", i), s)
		if err != nil {
			return nil, err
		}
		if err := g.grow(operation.members); err != nil {
			return nil, err
		}
		if operation.blank != 0 {
			g.remove(operation.blank)
		}
		v := &treeOperations{Suite: s.ID, Before: g.tree.Extension(), HashBefore: g.tree.Hash(), Sender: g.leaves()[g.r.IntN(4)]}
		p, err := operation.apply(g, v.Sender)
		if err != nil {
			return nil, err
		}
		v.Proposal, v.After, v.HashAfter = wire.Encode(p), g.tree.Extension(), g.tree.Hash()
		all = append(all, v)
	}
	return all, nil
}

func makeTreeKEM(r *source, s *suite.Suite) ([]vector, error) {
	all, err := groups(r, s)
	if err != nil {
		return nil, err
	}
	var vectors []vector
	for _, g := range all {
		context := g.context(g.tree)
		v := &treeKEM{Suite: s.ID, GroupID: g.id, Epoch: g.epoch, Confirmed: context.ConfirmedTranscriptHash, Tree: g.tree.Extension()}
		for _, i := range g.leaves() {
			v.Private = append(v.Private, g.members[i].private(i))
		}
		for _, i := range g.leaves() {
			p, err := g.updatePath(i)
			if err != nil {
				return nil, err
			}
			v.UpdatePaths = append(v.UpdatePaths, *p)
		}
		vectors = append(vectors, v)
	}
	return vectors, nil
}

// private returns what the member at i holds.
func (m *treeMember) private(i tree.LeafIndex) privateLeaf {
	p := privateLeaf{Index: i, EncryptionKey: Hex(m.ring.Leaf().Bytes()), SignatureKey: Hex(m.signer.Bytes()), PathSecrets: []pathSecret{}}
	for _, x := range slices.Sorted(maps.Keys(m.secrets)) {
		p.PathSecrets = append(p.PathSecrets, pathSecret{x, Hex(m.secrets[x])})
	}
	return p
}

// updatePath returns a path by the member at from, which is not applied.
func (g *treeGroup) updatePath(from tree.LeafIndex) (*updatePath, error) {
	p, err := g.path(from)
	if err != nil {
		return nil, err
	}
	v := &updatePath{
		Sender: from, Path: wire.Encode(p.update), PathSecrets: make([]*Hex, g.tree.Size()),
		CommitSecret: Hex(p.fresh.CommitSecret), HashAfter: p.fresh.Tree.Hash(),
	}
	for _, to := range g.leaves() {
		if to != from {
			secret := Hex(p.fresh.SecretFor(to))
			v.PathSecrets[to] = &secret
		}
	}
	return v, nil
}
