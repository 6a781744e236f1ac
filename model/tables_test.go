package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
)

// The tables of rules: each rule refuses what no other refuses. A file each for the
// sections that state the rules.

// bad is what violates one rule of a table and no other.
type bad[C any] struct {
	req spec.ID
	c   C
}

// checkTable tests that a table accepts what is good, that each rule refuses
// something which no other refuses, and that no rule was forgotten here.
func checkTable[C any](t *testing.T, rules []Rule[C], good C, cases []bad[C]) {
	t.Helper()
	if v := judge(nil, rules, good); v != nil {
		t.Errorf("what is good %v", v)
	}
	for _, c := range cases {
		if d := cmp.Diff(spec.Violations{c.req}, judge(nil, rules, c.c)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.req, d)
		}
	}
	for _, r := range rules {
		if !slices.ContainsFunc(cases, func(c bad[C]) bool { return c.req == r.Req }) {
			t.Errorf("%s: nothing here violates it", r.Req)
		}
	}
}

// alsoGood tests that a second context is good too, and passes the cases on.
func alsoGood[C any](t *testing.T, rules []Rule[C], good C, cases []bad[C]) []bad[C] {
	t.Helper()
	if v := judge(nil, rules, good); v != nil {
		t.Errorf("what is good too %v", v)
	}
	return cases
}

// change returns a copy of v, changed.
func change[T any](v T, f func(*T)) T {
	f(&v)
	return v
}

const unknownType = 0xf000 // of a proposal or extension
