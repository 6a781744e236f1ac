package message

import (
	"bytes"
	"testing"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// reader is an extension whose content is read, and one that is right.
type reader struct {
	good tree.Extension
	want spec.ID
	read func([]tree.Extension) (present bool, err error)
}

func readers() map[string]reader {
	sender := ExternalSender{SignatureKey: suite.SignaturePublicKey("key"), Credential: tree.BasicCredential([]byte("robot"))}
	return map[string]reader{
		"required_capabilities": {
			tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{2, 0xf0, 1, 2, 0xf0, 2, 4, 0, 1, 0, 2}}, req.ExtensionRequiredCapabilities,
			func(l []tree.Extension) (bool, error) {
				r, err := tree.RequiredCapabilitiesOf(l)
				return len(r.Extensions)+len(r.Proposals)+len(r.Credentials) == 4, err
			},
		},
		"external_senders": {
			ExternalSendersExtension([]ExternalSender{sender, sender}), req.ExtensionExternalSenders,
			func(l []tree.Extension) (bool, error) {
				senders, ok, err := ExternalSendersOf(l)
				return ok && len(senders) == 2 && string(senders[1].Credential.Identity) == "robot", err
			},
		},
		"external_pub": {
			ExternalPubExtension(suite.HPKEPublicKey("public")), req.ExtensionExternalPub,
			func(l []tree.Extension) (bool, error) {
				key, ok, err := ExternalPubOf(l)
				return ok && bytes.Equal(key, []byte("public")), err
			},
		},
	}
}

func TestExtensionsAreReadToTheirEnd(t *testing.T) {
	for name, r := range readers() {
		t.Run(name, func(t *testing.T) {
			other := tree.Extension{Type: 0x0a0a, Data: []byte{1}}
			if present, err := r.read([]tree.Extension{other, r.good}); err != nil || !present {
				t.Errorf("read %v, %v", present, err)
			}
			if present, err := r.read([]tree.Extension{other}); err != nil || present {
				t.Errorf("read from a list without one: %v, %v", present, err)
			}
			for n := range r.good.Data { // each prefix, and one byte more
				bad := tree.Extension{Type: r.good.Type, Data: r.good.Data[:n]}
				if _, err := r.read([]tree.Extension{bad}); spec.Violated(err) != r.want {
					t.Errorf("%d bytes of %d: %v, want %q", n, len(r.good.Data), err, r.want)
				}
			}
			long := tree.Extension{Type: r.good.Type, Data: append(bytes.Clone(r.good.Data), 0)}
			if _, err := r.read([]tree.Extension{long}); spec.Violated(err) != r.want {
				t.Errorf("one byte more: %v, want %q", err, r.want)
			}
		})
	}
}
