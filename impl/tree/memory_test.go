package tree

import (
	"testing"

	"mlssim/impl/meter"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
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

// TestNodesAreCounted: what nodes take is known before there are any, and more than
// is allowed is refused then. Members have keys and signatures, and are never
// too many.
func TestNodesAreCounted(t *testing.T) {
	s := suite.All()[0]
	key := &entry{kind: spec.NodeParent, parent: &ParentNode{}} // without a key, five bytes
	refused, accepted := 0, 0
	for _, step := range []int{1, 2, 3, 5, 16, 100, 1000} {
		for _, last := range []int{100, 5000, 20000, 60000, 1<<17 - 1} {
			all := every(last, last, leastLeaf(s))
			for i := 0; i < last; i += step {
				all[2*i+1] = key
			}
			b := wire.Encode(&all)
			var tree Tree
			var err error
			most := uint64((wire.Factor+growth)*len(b) + wire.Slack + slack + 32<<10)
			got := meter.Allocated(most, func() { tree, err = Parse(s, nil, b, 1<<17) })
			if got > most {
				t.Errorf("%d bytes allocated for %d", got, len(b))
			}
			switch {
			case spec.Violated(err) == req.WireMemory:
				refused++
			case err != nil:
				t.Errorf("every %d of %d: %v", step, last, err)
			default:
				accepted++
				var r ratchetTree
				if err := wire.Decode(b, &r); err != nil || r.nodes(tree.Size()) != tree.root.count(t) {
					t.Errorf("every %d of %d: %d nodes are counted, there are %d: %v", step, last, r.nodes(tree.Size()), tree.root.count(t), err)
				}
			}
		}
	}
	if refused == 0 || accepted == 0 {
		t.Errorf("%d trees are refused, %d accepted", refused, accepted)
	}
	if tree, err := Parse(s, nil, wire.Encode(new(every(32, 1<<17-1, leastLeaf(s)))), 1<<17); err != nil || tree.Members() != 1<<12+1 {
		t.Errorf("of %d members: %v", tree.Members(), err)
	}
}

// TestParseTakesMemoryForMembers: what a tree takes, the making of it included,
// follows from the members that are in it. Each case is the dearest of its kind.
func TestParseTakesMemoryForMembers(t *testing.T) {
	if spec.Tracing {
		t.Skip("what is recorded takes memory too")
	}
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
			if once := uint64(wire.Factor*len(b) + slack); got > once { // or it cannot be allocated at once
				if got := meter.Largest(func() { _, err = Parse(c.s, nil, b, 1<<17) }); got > int64(once) {
					t.Errorf("%d bytes allocated at once for %d", got, len(b))
				}
			}
		})
	}
}
