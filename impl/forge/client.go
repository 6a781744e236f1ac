package forge

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// What clients make of themselves: leaves, Updates and KeyPackages.

// capabilities returns what a client of a suite lists.
func capabilities(s *suite.Suite) tree.Capabilities {
	k := impl.Capabilities()
	if s.ID.Experimental() {
		k.CipherSuites = append(k.CipherSuites, s.ID)
	}
	return k
}

// Update returns an Update of the member f speaks for, whose leaf is changed before
// it is signed; a nil signer is the member's own.
func (f *Forger) Update(change func(*tree.LeafNode), signer *suite.SignatureKey) (message.Proposal, error) {
	if err := f.holdsSigner(); err != nil {
		return message.Proposal{}, err
	}
	key, err := f.Suite.GenerateKeyPair(f.Rand)
	if err != nil {
		return message.Proposal{}, err
	}
	leaf := f.nextLeaf(f.Tree, f.Leaf)
	leaf.Source, leaf.EncryptionKey = spec.SourceUpdate, key.Public()
	leaf, err = f.signLeaf(leaf, f.Leaf, &Forgery{Leaf: change, Signer: signer})
	return message.Proposal{Type: spec.ProposalUpdate, Update: &message.Update{LeafNode: leaf}}, err
}

// KeyPackage returns a KeyPackage of a client, with a leaf and a body changed before
// each is signed, and its private keys.
func KeyPackage(env *impl.Env, id *impl.Identity, leaf func(*tree.LeafNode), body func(*message.KeyPackage)) (*impl.KeyPackageKeys, error) {
	keys, err := impl.NewKeyPackage(env, id)
	if err != nil {
		return nil, err
	}
	kp := *keys.Package
	if leaf != nil {
		leaf(&kp.LeafNode)
		if kp.LeafNode, err = kp.LeafNode.Sign(id.Suite, id.Signer, nil, 0); err != nil {
			return nil, err
		}
	}
	alter(body, &kp)
	if kp, err = kp.Sign(id.Suite, id.Signer); err != nil {
		return nil, err
	}
	keys.Package = &kp
	return keys, nil
}

// Add returns the proposal to add the client of a KeyPackage.
func Add(kp *message.KeyPackage) message.Proposal {
	return message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}}
}

// Remove returns the proposal to remove the member at a leaf.
func Remove(leaf tree.LeafIndex) message.Proposal {
	return message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: leaf}}
}
