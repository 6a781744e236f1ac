package vectors

import (
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// secretTree is a case of secret-tree: RFC 9420, Sections 9 and 6.3.2.
type secretTree struct {
	Suite            spec.CipherSuite       `json:"cipher_suite"`
	EncryptionSecret Hex                    `json:"encryption_secret"`
	SenderData       senderData             `json:"sender_data"`
	Leaves           [][]ratchetGenerations `json:"leaves"`
}

type senderData struct {
	Secret     Hex `json:"sender_data_secret"`
	Ciphertext Hex `json:"ciphertext"`
	Key        Hex `json:"key"`
	Nonce      Hex `json:"nonce"`
}

// ratchetGenerations are the keys of one generation of a leaf's two ratchets.
type ratchetGenerations struct {
	Generation       uint32 `json:"generation"`
	HandshakeKey     Hex    `json:"handshake_key"`
	HandshakeNonce   Hex    `json:"handshake_nonce"`
	ApplicationKey   Hex    `json:"application_key"`
	ApplicationNonce Hex    `json:"application_nonce"`
}

func (v *secretTree) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	k := message.SenderDataKey(s, suite.Secret(v.SenderData.Secret), v.SenderData.Ciphertext)
	equal(c, "sender_data.key", k.Key, v.SenderData.Key)
	equal(c, "sender_data.nonce", k.Nonce, v.SenderData.Nonce)

	c.holds("leaves", len(v.Leaves) > 0, "there is none")
	keys := schedule.NewSecretTree(s, suite.Secret(v.EncryptionSecret), uint32(len(v.Leaves)))
	for i, generations := range v.Leaves {
		for j, want := range generations {
			got, after, err := generation(keys, tree.LeafIndex(i), want.Generation)
			at := fmt.Sprintf("leaves.%d.%d", i, j)
			if !c.ok(at+".generation", err) {
				continue
			}
			keys = after
			equal(c, at+".handshake_key", got.HandshakeKey, want.HandshakeKey)
			equal(c, at+".handshake_nonce", got.HandshakeNonce, want.HandshakeNonce)
			equal(c, at+".application_key", got.ApplicationKey, want.ApplicationKey)
			equal(c, at+".application_nonce", got.ApplicationNonce, want.ApplicationNonce)
		}
	}
}

// generation takes the keys of a generation of a leaf as a receiver does, and
// returns the secret tree to go on with.
func generation(keys *schedule.SecretTree, leaf tree.LeafIndex, n uint32) (ratchetGenerations, *schedule.SecretTree, error) {
	h, keys, _, err := keys.Key(nil, leaf, schedule.Handshake, n, schedule.Window{})
	if err != nil {
		return ratchetGenerations{}, nil, err
	}
	a, keys, _, err := keys.Key(nil, leaf, schedule.Application, n, schedule.Window{})
	return ratchetGenerations{n, Hex(h.Key), Hex(h.Nonce), Hex(a.Key), Hex(a.Nonce)}, keys, err
}

func makeSecretTree(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for _, leaves := range []int{1, 8, 32} {
		v := &secretTree{
			Suite:            s.ID,
			EncryptionSecret: r.bytes(s.Nh),
			SenderData:       senderData{Secret: r.bytes(s.Nh), Ciphertext: r.bytes(1 + r.IntN(2*s.Nh))},
		}
		k := message.SenderDataKey(s, suite.Secret(v.SenderData.Secret), v.SenderData.Ciphertext)
		v.SenderData.Key, v.SenderData.Nonce = Hex(k.Key), Hex(k.Nonce)
		keys := schedule.NewSecretTree(s, suite.Secret(v.EncryptionSecret), uint32(leaves))
		for i := range leaves {
			var list []ratchetGenerations
			for _, n := range []uint32{0, 1 + r.Uint32N(20)} {
				g, after, err := generation(keys, tree.LeafIndex(i), n)
				if err != nil {
					return nil, err
				}
				list, keys = append(list, g), after
			}
			v.Leaves = append(v.Leaves, list)
		}
		all = append(all, v)
	}
	return all, nil
}
