package message

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// TestUnknownSuitesAreCarried: what names a cipher suite is read and written as
// it came, whichever suite it names, keys of any length included.
func TestUnknownSuitesAreCarried(t *testing.T) {
	g := newEpoch(t)
	kp, _ := newKeyPackage(t, g)
	kp.InitKey, kp.Signature = make([]byte, 1568), make([]byte, 4627)
	for _, id := range []spec.CipherSuite{0, 8, 0x0a0a, 0xfafa, 0xffff} {
		kp.CipherSuite = id
		kp.LeafNode.Capabilities.CipherSuites = []spec.CipherSuite{id, 1, id}
		w := &Welcome{CipherSuite: id, Secrets: []EncryptedGroupSecrets{{NewMember: []byte("one")}}, EncryptedGroupInfo: []byte("info")}
		for _, test := range []struct {
			in, out wire.Struct
		}{
			{&MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: kp}, new(MLSMessage)},
			{&MLSMessage{WireFormat: spec.WireWelcome, Welcome: w}, new(MLSMessage)},
			{&Proposal{Type: spec.ProposalAdd, Add: &Add{KeyPackage: *kp}}, new(Proposal)},
			{&Proposal{Type: spec.ProposalReInit, ReInit: &ReInit{GroupID: []byte("next"), Version: spec.MLS10, CipherSuite: id, Extensions: []tree.Extension{{Type: 1}}}}, new(Proposal)},
		} {
			encoded := wire.Encode(test.in)
			if err := wire.Decode(encoded, test.out); err != nil {
				t.Errorf("%T of suite %v: %v", test.in, id, err)
				continue
			}
			if again := wire.Encode(test.out); !bytes.Equal(again, encoded) {
				t.Errorf("%T of suite %v came out as %x, went in as %x", test.in, id, again, encoded)
			}
			if p, ok := test.out.(*Proposal); ok && p.ReInit != nil && p.ReInit.CipherSuite != id {
				t.Errorf("a ReInit to %v came out as %v", id, p.ReInit.CipherSuite)
			}
			if m, ok := test.out.(*MLSMessage); ok && m.KeyPackage != nil {
				if diff := cmp.Diff(kp.LeafNode.Capabilities, m.KeyPackage.LeafNode.Capabilities); m.KeyPackage.CipherSuite != id || diff != "" {
					t.Errorf("a KeyPackage of %v came out as %v, with %s", id, m.KeyPackage.CipherSuite, diff)
				}
			}
			if m, ok := test.out.(*MLSMessage); ok && m.Welcome != nil && m.Welcome.CipherSuite != id {
				t.Errorf("a Welcome of %v came out as %v", id, m.Welcome.CipherSuite)
			}
		}
	}
}
