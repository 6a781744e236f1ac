package message

import (
	"slices"

	"mlssim/impl/tree"
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

// UniqueExtensions tells whether no extension type occurs twice in a list. It
// does not look at types, so that unknown ones are held to the same rule.
func UniqueExtensions(list []tree.Extension) bool {
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
