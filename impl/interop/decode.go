package interop

import (
	"bytes"
	"fmt"

	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// What fields of requests hold. Each function names the field that it refuses.

// suiteOf returns the cipher suite of a field.
func suiteOf(field string, id uint32) (*suite.Suite, error) {
	for _, s := range suite.All() {
		if uint32(s.ID) == id {
			return s, nil
		}
	}
	return nil, invalid(field, "there is no cipher suite %d", id)
}

// filled refuses an empty field: it was left out.
func filled(field string, b []byte) error {
	if len(b) == 0 {
		return invalid(field, "it is empty")
	}
	return nil
}

// decode returns the MLSMessage of a field, which has to be of one of the formats.
func decode(field string, b []byte, formats ...spec.WireFormat) (*message.MLSMessage, error) {
	var m message.MLSMessage
	if err := wire.Decode(b, &m); err != nil {
		return nil, invalid(field, "it is no MLSMessage: %v", err)
	}
	for _, f := range formats {
		if m.WireFormat == f {
			return &m, nil
		}
	}
	return nil, invalid(field, "an MLSMessage of wire format %d is not what belongs here", m.WireFormat)
}

// framed returns the PublicMessage or PrivateMessage of a field, whose content has
// to be of a type.
func framed(field string, b []byte, want spec.ContentType) (*message.MLSMessage, error) {
	m, err := decode(field, b, spec.WirePublicMessage, spec.WirePrivateMessage)
	if err != nil {
		return nil, err
	}
	got := spec.ContentType(0)
	if m.PublicMessage != nil {
		got = m.PublicMessage.Content.ContentType
	} else {
		got = m.PrivateMessage.ContentType
	}
	if got != want {
		return nil, invalid(field, "a message of content type %d is not what belongs here", got)
	}
	return m, nil
}

func keyPackageOf(field string, b []byte) (*message.KeyPackage, error) {
	m, err := decode(field, b, spec.WireKeyPackage)
	if err != nil {
		return nil, err
	}
	return m.KeyPackage, nil
}

func keyPackagesOf(field string, list [][]byte) ([]*message.KeyPackage, error) {
	packages := make([]*message.KeyPackage, len(list))
	for i, b := range list {
		var err error
		if packages[i], err = keyPackageOf(at(field, i), b); err != nil {
			return nil, err
		}
	}
	return packages, nil
}

func welcomeOf(field string, b []byte) (*message.Welcome, error) {
	m, err := decode(field, b, spec.WireWelcome)
	if err != nil {
		return nil, err
	}
	return m.Welcome, nil
}

// groupInfoOf returns a GroupInfo and the suite of its group.
func groupInfoOf(field string, b []byte) (*message.GroupInfo, *suite.Suite, error) {
	m, err := decode(field, b, spec.WireGroupInfo)
	if err != nil {
		return nil, nil, err
	}
	s, err := suiteOf(field, uint32(m.GroupInfo.GroupContext.CipherSuite))
	return m.GroupInfo, s, err
}

// checkTree refuses a ratchet_tree that is none; that it is absent is no mistake.
func checkTree(field string, s *suite.Suite, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := tree.Parse(s, nil, b, maxLeaves); err != nil {
		return invalid(field, "it is no ratchet_tree: %v", err)
	}
	return nil
}

const maxLeaves = 1 << 17

// extensionsOf returns extensions for a GroupContext, of which those of RFC 9420
// have to be readable.
func extensionsOf(field string, list []*pb.Extension) ([]tree.Extension, error) {
	var extensions []tree.Extension
	for i, e := range list {
		if e.ExtensionType > 0xffff {
			return nil, invalid(at(field, i)+".extension_type", "%d has more than 16 bits", e.ExtensionType)
		}
		one := tree.Extension{Type: spec.ExtensionType(e.ExtensionType), Data: bytes.Clone(e.ExtensionData)}
		_, err := tree.RequiredCapabilitiesOf([]tree.Extension{one})
		if err == nil {
			_, _, err = message.ExternalSendersOf([]tree.Extension{one})
		}
		if err != nil {
			return nil, invalid(at(field, i)+".extension_data", "%v", err)
		}
		extensions = append(extensions, one)
	}
	return extensions, nil
}

// leafOf returns the first member with a basic credential of a name.
func leafOf(field string, t tree.Tree, identity []byte) (tree.LeafIndex, error) {
	for i, leaf := range t.Leaves() {
		if leaf.Credential.Type == spec.CredentialBasic && bytes.Equal(leaf.Credential.Identity, identity) {
			return i, nil
		}
	}
	return 0, invalid(field, "nobody in the group is named %q", identity)
}

// at is the path of an element of a repeated field.
func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// Messages as the interface carries them.

func encodeKeyPackage(kp *message.KeyPackage) []byte {
	return wire.Encode(&message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: kp})
}

func encodeGroupInfo(info *message.GroupInfo) []byte {
	return wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info})
}

// encodeWelcome returns the one Welcome of a Commit, or nothing if nobody joins.
func encodeWelcome(list []*message.Welcome) []byte {
	if len(list) == 0 {
		return nil
	}
	return wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: list[0]})
}
