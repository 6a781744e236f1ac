package tree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/impl/vectortest"
	"mlssim/impl/wire"
	"mlssim/spec"
)

type treekemEntry struct {
	Suite     spec.CipherSuite `json:"cipher_suite"`
	GroupID   vectortest.Hex   `json:"group_id"`
	Epoch     uint64           `json:"epoch"`
	Confirmed vectortest.Hex   `json:"confirmed_transcript_hash"`
	Tree      vectortest.Hex   `json:"ratchet_tree"`
	Members   []struct {
		Index         LeafIndex      `json:"index"`
		EncryptionKey vectortest.Hex `json:"encryption_priv"`
		SignatureKey  vectortest.Hex `json:"signature_priv"`
		PathSecrets   []struct {
			Node   NodeIndex      `json:"node"`
			Secret vectortest.Hex `json:"path_secret"`
		} `json:"path_secrets"`
	} `json:"leaves_private"`
	Paths []struct {
		Sender       LeafIndex        `json:"sender"`
		Path         vectortest.Hex   `json:"update_path"`
		PathSecrets  []vectortest.Hex `json:"path_secrets"`
		CommitSecret vectortest.Hex   `json:"commit_secret"`
		HashAfter    vectortest.Hex   `json:"tree_hash_after"`
	} `json:"update_paths"`
}

// groupContext is GroupContext without extensions.
type groupContext struct {
	e    *treekemEntry
	tree []byte
}

func (g *groupContext) Wire(c *wire.Coder) {
	version, cipher, extensions := spec.MLS10, g.e.Suite, []byte(nil)
	wire.Uint16(c, &version)
	wire.Uint16(c, &cipher)
	wire.Opaque(c, &g.e.GroupID)
	wire.Uint64(c, &g.e.Epoch)
	wire.Opaque(c, &g.tree)
	wire.Opaque(c, &g.e.Confirmed)
	wire.Opaque(c, &extensions)
}

func (e *treekemEntry) context(t Tree) []byte { return wire.Encode(&groupContext{e, t.Hash()}) }

func TestTreeKEMVectors(t *testing.T) {
	passed, of := 0, 0
	for k, e := range vectortest.Load[treekemEntry](t, "treekem.json") {
		s, err := suite.Get(e.Suite)
		if err != nil {
			t.Fatal(err)
		}
		of++
		if t.Run(fmt.Sprint(k), func(t *testing.T) { e.verify(t, s) }) {
			passed++
		}
	}
	t.Logf("treekem.json: %d/%d", passed, of)
}

func (e *treekemEntry) verify(t *testing.T, s *suite.Suite) {
	tree := mustParse(t, s, e.Tree)
	rings := e.keyrings(t, tree)
	rules := Rules{Suite: s, GroupID: e.GroupID}
	for _, v := range e.Paths {
		var p UpdatePath
		if err := wire.Decode(v.Path, &p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(wire.Encode(&p), v.Path) {
			t.Errorf("path of %d encodes to %x, want %x", v.Sender, wire.Encode(&p), v.Path)
		}
		// The vectors of suite 0x0007 are about the path alone: their leaves do not
		// list it.
		listed := p.LeafNode.Capabilities.SupportsGroup(spec.MLS10, s.ID)
		if err := rules.CommitLeaf(tree, v.Sender, &p.LeafNode); (err == nil) != listed || !listed && s.ID != spec.P384_AES256GCM_SHA384_P384 {
			t.Errorf("leaf of %d: %v", v.Sender, err)
		}
		merged, err := tree.Merge(nil, v.Sender, &p, nil)
		if err != nil {
			t.Errorf("path of %d: %v", v.Sender, err)
			continue
		}
		if !bytes.Equal(merged.Hash(), v.HashAfter) {
			t.Errorf("path of %d: tree hash %x, want %x", v.Sender, merged.Hash(), v.HashAfter)
		}
		for to, keys := range rings {
			if LeafIndex(to) == v.Sender || keys == nil {
				continue
			}
			got, err := tree.OpenPath(nil, v.Sender, LeafIndex(to), *keys, &p, e.context(merged), nil)
			if err != nil {
				t.Errorf("from %d to %d: %v", v.Sender, to, err)
				continue
			}
			if !bytes.Equal(got.Secrets[0], v.PathSecrets[to]) {
				t.Errorf("from %d to %d: wrong path secret", v.Sender, to)
			}
			if !bytes.Equal(got.CommitSecret, v.CommitSecret) {
				t.Errorf("from %d to %d: wrong commit secret", v.Sender, to)
			}
		}
	}
	for _, m := range e.Members {
		e.commit(t, tree, rings, m.Index, m.SignatureKey)
	}
}

// keyrings returns what each leaf holds, as its path secrets say.
func (e *treekemEntry) keyrings(t *testing.T, tree Tree) []*Keyring {
	s := tree.suite
	rings := make([]*Keyring, tree.Size())
	for _, m := range e.Members {
		leafKey, err := s.ParseHPKEPrivateKey(m.EncryptionKey)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(leafKey.Public(), tree.EncryptionKey(m.Index.Node())) {
			t.Errorf("leaf %d: private key of another public key", m.Index)
		}
		var learned []PathKey
		for _, p := range m.PathSecrets {
			learned = append(learned, PathKey{p.Node, s.DeriveKeyPair(s.DeriveSecret(suite.Secret(p.Secret), spec.LabelNode))})
		}
		keys := NewKeyring(m.Index, leafKey).With(tree, learned)
		if len(keys.Nodes()) != len(learned) {
			t.Errorf("leaf %d: %d of %d path secrets are of keys in the tree", m.Index, len(keys.Nodes()), len(learned))
		}
		rings[m.Index] = &keys
	}
	return rings
}

// commit makes a path of its own for the member at from. All others open it.
func (e *treekemEntry) commit(t *testing.T, tree Tree, rings []*Keyring, from LeafIndex, signer []byte) {
	rand := rand.NewChaCha8([32]byte{byte(from)})
	key, err := tree.suite.ParseSignatureKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := tree.NewPath(rand, from, *tree.Leaf(from), key, e.GroupID)
	if err != nil {
		t.Fatal(err)
	}
	context := e.context(fresh.Tree)
	p, err := fresh.Seal(rand, context, nil)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := tree.Merge(nil, from, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(merged.Hash(), fresh.Tree.Hash()) {
		t.Errorf("from %d: committer and others have different trees", from)
	}
	for to, keys := range rings {
		if LeafIndex(to) == from || keys == nil {
			continue
		}
		got, err := tree.OpenPath(nil, from, LeafIndex(to), *keys, p, context, nil)
		if err != nil {
			t.Errorf("from %d to %d: %v", from, to, err)
			continue
		}
		if d := cmp.Diff(fresh.Secrets[got.Index:], got.Secrets); d != "" {
			t.Errorf("from %d to %d: path secrets:\n%s", from, to, d)
		}
		if !got.CommitSecret.Equal(fresh.CommitSecret) {
			t.Errorf("from %d to %d: commit secret", from, to)
		}
	}
}
