package suite

import (
	"bytes"
	"testing"

	"mlssim/spec"
)

// TestExpander: it gives what ExpandWithLabel gives, call after call.
func TestExpander(t *testing.T) {
	for _, s := range everySuite() {
		secret, err := s.Random(stream("secret"))
		if err != nil {
			t.Fatal(err)
		}
		x := s.Expander(secret)
		for _, context := range []string{"", "left", "a longer context than any block of a hash: " + string(make([]byte, 200))} {
			for _, label := range []string{spec.LabelEpoch, spec.LabelPath} {
				want := s.ExpandWithLabel(secret, label, []byte(context), s.Nh)
				if got := x.Expand(KDFLabel(label, []byte(context), s.Nh)); !bytes.Equal(got, want) {
					t.Errorf("%v: %s gives %v, want %v", s.ID, label, got, want)
				}
			}
		}
	}
}

// The two ways to derive a secret, side by side.
func BenchmarkExpand(b *testing.B) {
	s := All()[0]
	b.Run("ExpandWithLabel", func(b *testing.B) {
		for b.Loop() {
			s.ExpandWithLabel(s.Zero(), spec.LabelEpoch, nil, s.Nh)
		}
	})
	b.Run("Expander", func(b *testing.B) {
		x, info := s.Expander(s.Zero()), KDFLabel(spec.LabelEpoch, nil, s.Nh)
		for b.Loop() {
			x.Expand(info)
		}
	})
}
