package impl

import (
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 9.1: a key and nonce are used for one message.

// KeyUses remembers under which keys and nonces messages were encrypted. It may
// watch one client, which then cannot send twice from the same state, not even
// after a restart with an old one; or all clients of a test. Its zero value has seen
// nothing. It holds no secret but hashes of some, and is not safe for concurrent use.
type KeyUses struct {
	seen map[string]keyUser
}

// keyUser is the message that a key was used for.
type keyUser struct {
	group      []byte
	epoch      uint64
	content    spec.ContentType
	leaf       tree.LeafIndex
	generation uint32
}

func (u keyUser) String() string {
	return fmt.Sprintf("leaf %d, generation %d, content type %d in epoch %d of group %x", u.leaf, u.generation, u.content, u.epoch, u.group)
}

// Count returns how many messages have been encrypted.
func (k *KeyUses) Count() int { return len(k.seen) / usesPerMessage }

// usesPerMessage are the pairs of a message that note remembers.
const usesPerMessage = 3

// note remembers a message, unless a pair of key and nonce has been used before.
// Those of the content are asked for twice: as the ratchet gives them, since the
// reuse guard makes a repetition unlikely to do harm and is not there to permit
// it; and as they are used.
func (k *KeyUses) note(env *Env, g *PublicGroup, u *message.KeyUse) error {
	if k == nil {
		return nil
	}
	pairs := [usesPerMessage]string{
		pairOf(g.suite, "ratchet", u.Ratchet.Key, u.Ratchet.Nonce),
		pairOf(g.suite, "used", u.Ratchet.Key, u.Guarded),
		pairOf(g.suite, "used", u.SenderData.Key, u.SenderData.Nonce),
	}
	user := keyUser{g.context.GroupID, g.context.Epoch, u.Content, u.Leaf, u.Generation}
	for i, p := range pairs {
		first, used := k.seen[p]
		if err := spec.Checkf(env.Rec, req.RatchetKeyOnce, !used,
			"%s of (%v) are those of (%v)", pairNames[i], user, first); err != nil {
			return err
		}
	}
	if k.seen == nil {
		k.seen = map[string]keyUser{}
	}
	for _, p := range pairs {
		k.seen[p] = user
	}
	return nil
}

var pairNames = [usesPerMessage]string{"ratchet key and nonce", "key and nonce", "sender data key and nonce"}

// pairOf returns a hash that stands for a key and nonce.
func pairOf(s *suite.Suite, use string, key, nonce suite.Secret) string {
	return string(s.Hash(slices.Concat([]byte(use), key, nonce)))
}
