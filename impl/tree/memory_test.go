package tree

import (
	"testing"

	"mlssim/impl/meter"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// leastLeaf returns an entry of a leaf that is as short as one with real keys and a
// signature can be.
func leastLeaf(s *suite.Suite) *entry {
	return &entry{kind: spec.NodeLeaf, leaf: &LeafNode{
		EncryptionKey: make([]byte, 32),
		SignatureKey:  make([]byte, 32),
		Credential:    BasicCredential(nil),
		Capabilities: Capabilities{
			Versions:     []spec.ProtocolVersion{spec.MLS10},
			CipherSuites: []spec.CipherSuite{s.ID},
			Credentials:  []spec.CredentialType{spec.CredentialBasic},
		},
		Source:    spec.SourceUpdate,
		Signature: make([]byte, 64),
	}}
}

// every returns a list of nodes up to leaf last, in which every step-th leaf has
// content, and the last one.
func every(step, last int, leaf *entry) entries {
	all := make(entries, 2*last+1)
	for i := 0; i < last; i += step {
		all[2*i] = leaf
	}
	all[2*last] = leaf
	return all
}

// TestParseTakesMemoryForMembers: what a tree takes, the making of it included,
// follows from the members that are in it. Each case is the dearest of its kind.
func TestParseTakesMemoryForMembers(t *testing.T) {
	const slack = 32 << 10
	short, long := suite.All()[0], suite.All()[4] // hashes of 32 and of 64 bytes
	powers := func(s *suite.Suite, n int) entries {
		all := make(entries, n+1)
		for i := 1; i <= n/2; i *= 2 {
			all[2*i] = leastLeaf(s)
		}
		return all
	}
	for _, c := range []struct {
		name   string
		s      *suite.Suite
		list   entries
		factor float64
	}{
		{"blank but for both ends", short, every(1<<17, 1<<17-1, leastLeaf(short)), 1},
		{"blank but for both ends, long hashes", long, every(1<<17, 1<<17-1, leastLeaf(long)), 1.3},
		{"blank, and as much behind the list", short, every(1<<17, 1<<16, leastLeaf(short)), 2},
		{"blank, and as much behind the list, long hashes", long, every(1<<17, 1<<16, leastLeaf(long)), 2.5},
		{"one in each power of two", short, powers(short, 1<<17), 2},
		{"every leaf", short, every(1, 1<<12-1, leastLeaf(short)), 5},
		{"every second leaf", short, every(2, 1<<12-1, leastLeaf(short)), 6.2},
		{"every 16th leaf", short, every(16, 1<<14-1, leastLeaf(short)), 8.5},
		{"every 64th leaf", short, every(64, 1<<15-1, leastLeaf(short)), 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := wire.Encode(&c.list)
			var err error
			most := uint64(c.factor*float64(len(b)) + slack)
			got := meter.Allocated(most, func() { _, err = Parse(c.s, nil, b, 1<<17) })
			if got > most || err != nil {
				t.Errorf("%d bytes allocated for %d, which is %.2f times as many: %v", got, len(b), float64(got)/float64(len(b)), err)
			}
		})
	}
}
