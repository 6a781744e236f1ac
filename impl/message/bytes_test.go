package message

import (
	"bytes"
	"encoding/hex"
	"testing"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestExtensionsInBytes writes the contents of extensions down by hand (RFC 9420,
// Sections 11.1, 12.1.8.1 and 12.4.3.2): what writer and reader have in common would
// not show that it is something else.
func TestExtensionsInBytes(t *testing.T) {
	external := ExternalPubExtension(suite.HPKEPublicKey{7, 8})
	senders := ExternalSendersExtension([]ExternalSender{{SignatureKey: suite.SignaturePublicKey{9}, Credential: tree.BasicCredential([]byte("S"))}})
	required := tree.RequiredCapabilities{
		Extensions: []spec.ExtensionType{0x0a0b}, Proposals: []spec.ProposalType{0x0c0d}, Credentials: []spec.CredentialType{1, 2},
	}
	for _, c := range []struct {
		req  spec.ID
		got  []byte
		want string
		read func([]byte) error
	}{
		{req.EncodeExternalPub, external.Data, "02 0708", func(b []byte) error {
			_, _, err := ExternalPubOf([]tree.Extension{{Type: spec.ExtExternalPub, Data: b}})
			return err
		}},
		{req.EncodeExternalSenders, senders.Data, "06 01 09 0001 01 53", func(b []byte) error {
			_, _, err := ExternalSendersOf([]tree.Extension{{Type: spec.ExtExternalSenders, Data: b}})
			return err
		}},
		{req.EncodeRequiredCapabilities, wire.Encode(&required), "02 0a0b 02 0c0d 04 0001 0002", func(b []byte) error {
			return wire.Decode(b, new(tree.RequiredCapabilities))
		}},
	} {
		want, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(c.want), []byte(" "), nil)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s: %x, want %x", c.req, c.got, want)
		}
		if err := c.read(want); err != nil {
			t.Errorf("%s: %v", c.req, err)
		}
		spec.Shows(c.req)
	}
}
