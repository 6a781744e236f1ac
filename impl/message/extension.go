package message

import (
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.4.

// FindExtension returns the data of the extension of a type in a list, and
// whether there is one (RFC 9420, Section 13.4).
func FindExtension(list []tree.Extension, t spec.ExtensionType) (data []byte, ok bool) {
	i := slices.IndexFunc(list, func(e tree.Extension) bool { return e.Type == t })
	if i < 0 {
		return nil, false
	}
	return list[i].Data, true
}

// ExternalSendersOf returns who may send proposals from outside, by the
// external_senders extension of a GroupContext, and whether there is one (RFC
// 9420, Section 12.1.8.1). The error is a [spec.Violation].
func ExternalSendersOf(extensions []tree.Extension) ([]ExternalSender, bool, error) {
	data, ok := FindExtension(extensions, spec.ExtExternalSenders)
	if !ok {
		return nil, false, nil
	}
	var list externalSenders
	err := wire.Decode(data, &list)
	if err := spec.Checkf(nil, req.ExtensionExternalSenders, err == nil, "%w", err); err != nil {
		return nil, true, err
	}
	return list, true, nil
}

// externalSenders is the content of an external_senders extension.
type externalSenders []ExternalSender

func (l *externalSenders) Wire(c *wire.Coder) {
	c.Is(req.EncodeExternalSenders)
	wire.Vector(c, (*[]ExternalSender)(l), wire.Of[ExternalSender])
}

// ExternalSendersExtension returns the external_senders extension of these
// senders (RFC 9420, Section 12.1.8.1).
func ExternalSendersExtension(senders []ExternalSender) tree.Extension {
	list := externalSenders(senders)
	return tree.Extension{Type: spec.ExtExternalSenders, Data: wire.Encode(&list)}
}

// ExternalPubOf returns the key of the external_pub extension of a GroupInfo,
// and whether there is one (RFC 9420, Section 12.4.3.2). Whether the cipher
// suite has such a key is not decided here. The error is a [spec.Violation].
func ExternalPubOf(extensions []tree.Extension) (suite.HPKEPublicKey, bool, error) {
	data, ok := FindExtension(extensions, spec.ExtExternalPub)
	if !ok {
		return nil, false, nil
	}
	var key externalPub
	err := wire.Decode(data, &key)
	if err := spec.Checkf(nil, req.ExtensionExternalPub, err == nil, "%w", err); err != nil {
		return nil, true, err
	}
	return suite.HPKEPublicKey(key), true, nil
}

// externalPub is ExternalPub (Section 12.4.3.2).
type externalPub suite.HPKEPublicKey

func (p *externalPub) Wire(c *wire.Coder) {
	c.Is(req.EncodeExternalPub)
	wire.Opaque(c, p)
}

// ExternalPubExtension returns the external_pub extension of a key (RFC 9420,
// Section 12.4.3.2).
func ExternalPubExtension(key suite.HPKEPublicKey) tree.Extension {
	pub := externalPub(key)
	return tree.Extension{Type: spec.ExtExternalPub, Data: wire.Encode(&pub)}
}

// UniqueExtensions tells whether no extension type occurs twice in a list. It
// does not look at types, so that unknown ones are held to the same rule.
func UniqueExtensions(list []tree.Extension) bool {
	if len(list) > 1<<16 {
		return false // there are not as many types
	}
	seen := make(map[spec.ExtensionType]bool, len(list))
	for _, e := range list {
		if seen[e.Type] {
			return false
		}
		seen[e.Type] = true
	}
	return true
}

// checkExtensions decides the rule for every list in a content.
func (t *Content) checkExtensions(rec spec.Recorder) error {
	switch t.ContentType {
	case spec.ContentProposal:
		return checkUnique(rec, t.Proposal.extensionLists())
	case spec.ContentCommit:
		return checkUnique(rec, t.Commit.extensionLists())
	}
	return nil
}

func checkUnique(rec spec.Recorder, lists [][]tree.Extension) error {
	return spec.Check(rec, req.ExtensionUnique,
		!slices.ContainsFunc(lists, func(l []tree.Extension) bool { return !UniqueExtensions(l) }))
}
