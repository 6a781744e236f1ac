package tree

import (
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// testSuite returns the cipher suite of these tests.
func testSuite(t testing.TB) *suite.Suite {
	t.Helper()
	s, err := suite.Get(spec.X25519_AES128GCM_SHA256_Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustParse returns the tree of a vector, which encodes to the same bytes again.
func mustParse(t testing.TB, s *suite.Suite, b []byte) Tree {
	t.Helper()
	tree, err := Parse(s, nil, b, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	if string(tree.Extension()) != string(b) {
		t.Fatalf("tree encodes to %x, want %x", tree.Extension(), b)
	}
	return tree
}
