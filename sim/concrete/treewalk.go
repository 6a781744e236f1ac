package concrete

import (
	"encoding/binary"
	"math/bits"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/sim"
	"mlssim/spec"
)

// A treeWalk derives a leaf's keys from encryption_secret and enters them in
// the ledger: RFC 9420, Sections 9 and 9.1, written a second time and without
// deletion, so that the ledger does not depend on what it is compared with.
type treeWalk struct {
	ledger *ledger
	suite  *suite.Suite
	epoch  sim.StepID
	errs   []error
}

func (w *treeWalk) enter(k sim.Kind, index, gen uint32, s suite.Secret) {
	n := sim.Name{Kind: k, Origin: w.epoch, Index: index, Gen: gen}
	w.errs = append(w.errs, w.ledger.register(n, s))
}

// descend returns the tree secret of a leaf, and enters those of the nodes on
// the way down and of their siblings.
func (w *treeWalk) descend(root suite.Secret, leaves uint32, leaf tree.LeafIndex) suite.Secret {
	secret, node := root, leaves-1
	for level := bits.Len32(leaves) - 2; level >= 0; level-- {
		half := uint32(1) << level
		left := w.suite.ExpandWithLabel(secret, spec.LabelTree, []byte(spec.ContextLeft), w.suite.Nh)
		right := w.suite.ExpandWithLabel(secret, spec.LabelTree, []byte(spec.ContextRight), w.suite.Nh)
		w.enter(sim.TreeSecret, node-half, 0, left)
		w.enter(sim.TreeSecret, node+half, 0, right)
		if uint32(leaf)&half == 0 {
			secret, node = left, node-half
		} else {
			secret, node = right, node+half
		}
	}
	return secret
}

// ratchets are the two of a leaf, with the kinds of their keys.
var ratchets = []ratchetKinds{
	{sim.HandshakeRatchet, sim.HandshakeKey}, {sim.ApplicationRatchet, sim.ApplicationKey},
}

type ratchetKinds struct{ secret, key sim.Kind }

// ratchet enters a ratchet of a leaf from its first secret: its keys up to a
// generation, and the secrets up to the one after it.
func (w *treeWalk) ratchet(r ratchetKinds, s suite.Secret, leaf tree.LeafIndex, generation uint32) {
	for g := uint32(0); g <= generation; g++ {
		k := messageKey(w.suite, s, g)
		w.enter(r.key, uint32(leaf), g, k.Key)
		w.ledger.nonces[sim.Name{Kind: r.key, Origin: w.epoch, Index: uint32(leaf), Gen: g}] = k.Nonce
		s = w.suite.DeriveTreeSecret(s, spec.LabelSecret, g, w.suite.Nh)
		w.enter(r.secret, uint32(leaf), g+1, s)
	}
}

// messageKey returns key and nonce of a generation from its ratchet secret.
func messageKey(s *suite.Suite, ratchet suite.Secret, g uint32) schedule.KeyNonce {
	context := binary.BigEndian.AppendUint32(nil, g)
	return schedule.KeyNonce{
		Key:   s.ExpandWithLabel(ratchet, spec.LabelKey, context, s.Nk),
		Nonce: s.ExpandWithLabel(ratchet, spec.LabelNonce, context, s.Nn),
	}
}
