package impl

import (
	"encoding/binary"
	"io"
	"slices"

	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.5: GREASE. Values that mean nothing go into the seven
// fields in which others have to ignore what they do not know, and nowhere else.
// What is received is treated like any other unknown value: nothing here looks at
// it.

// greasedLeaf returns a leaf with GREASE in its extensions and in four lists of
// its capabilities. Extensions of the leaf, and also, which are to stand in the
// KeyPackage around it, are listed in the capabilities (Sections 7.2 and 10).
func (env *Env) greasedLeaf(leaf tree.LeafNode, also []tree.Extension) (tree.LeafNode, error) {
	if !spec.Branch(env.Rec, req.GreaseSent, env.GREASE) {
		return leaf, nil
	}
	d := dice{rand: env.Rand}
	leaf.Extensions = greased(&d, leaf.Extensions)
	k := &leaf.Capabilities
	k.CipherSuites = scattered(&d, k.CipherSuites, draw[spec.CipherSuite](&d))
	k.Proposals = scattered(&d, k.Proposals, draw[spec.ProposalType](&d))
	k.Credentials = scattered(&d, k.Credentials, draw[spec.CredentialType](&d))
	types := draw[spec.ExtensionType](&d)
	for _, e := range slices.Concat(leaf.Extensions, also) {
		if spec.GREASE(e.Type) {
			types = including(types, e.Type)
		}
	}
	k.Extensions = scattered(&d, k.Extensions, types)
	return leaf, d.err
}

// greasedExtensions returns the extensions of a KeyPackage or GroupInfo with
// GREASE among them.
func (env *Env) greasedExtensions(extensions []tree.Extension) ([]tree.Extension, error) {
	if !spec.Branch(env.Rec, req.GreaseData, env.GREASE) {
		return extensions, nil
	}
	d := dice{rand: env.Rand}
	return greased(&d, extensions), d.err
}

// greased adds extensions of random GREASE types with random data.
func greased(d *dice, extensions []tree.Extension) []tree.Extension {
	var added []tree.Extension
	for _, t := range draw[spec.ExtensionType](d) {
		data := make([]byte, d.below(maxGREASEData))
		d.fill(data)
		added = append(added, tree.Extension{Type: t, Data: data})
	}
	return scattered(d, extensions, added)
}

const (
	maxGREASE     = 3  // values in a list
	maxGREASEData = 64 // bytes in an extension
)

// greaseValues are all that Section 13.5 reserves.
var greaseValues = func() (values [15]uint16) {
	for i := range values {
		values[i] = 0x0a0a + uint16(i)*0x1010
	}
	return values
}()

// draw returns some GREASE values, at least one.
func draw[T ~uint16](d *dice) []T {
	var some []T
	for range 1 + d.below(maxGREASE) {
		some = including(some, T(greaseValues[d.below(len(greaseValues))]))
	}
	return some
}

// scattered returns a list with more elements at random places.
func scattered[T any](d *dice, list, more []T) []T {
	list = slices.Clone(list)
	for _, e := range more {
		list = slices.Insert(list, d.below(len(list)+1), e)
	}
	return list
}

// ungreased returns capabilities and extensions of a leaf without GREASE: what its
// client supports (Section 13.5).
func ungreased(leaf *tree.LeafNode) (tree.Capabilities, []tree.Extension) {
	k := leaf.Capabilities
	k.CipherSuites = plain(k.CipherSuites)
	k.Extensions = plain(k.Extensions)
	k.Proposals = plain(k.Proposals)
	k.Credentials = plain(k.Credentials)
	extensions := slices.DeleteFunc(slices.Clone(leaf.Extensions), func(e tree.Extension) bool { return spec.GREASE(e.Type) })
	return k, extensions
}

// plain returns the values of a list that are no GREASE, nil if there are none.
func plain[T ~uint16](list []T) []T {
	if !spec.Step(nil, req.GreaseOwn) {
		return list
	}
	var rest []T
	for _, t := range list {
		if !spec.GREASE(t) {
			rest = append(rest, t)
		}
	}
	return rest
}

// dice draw small numbers. After the first error they give zeros.
type dice struct {
	rand io.Reader
	err  error
}

func (d *dice) fill(b []byte) {
	if d.err == nil {
		_, d.err = io.ReadFull(d.rand, b)
	}
}

// below returns a number from 0 to n-1. It need not be uniform.
func (d *dice) below(n int) int {
	var b [4]byte
	d.fill(b[:])
	return int(binary.BigEndian.Uint32(b[:]) % uint32(n))
}
