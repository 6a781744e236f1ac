package wire

import (
	"bytes"
	"slices"
	"testing"

	"mlssim/impl/meter"
	"mlssim/spec"
	"mlssim/spec/req"
)

// empties is what grows most: an empty element is one byte, and 24 in memory.
type empties struct{ list [][]byte }

func (w *empties) Wire(c *Coder) { Vector(c, &w.list, Opaque[[]byte]) }

// emptiesOf returns the encoding of n empty elements.
func emptiesOf(n int) []byte { return append(AppendVarint(nil, n), make([]byte, n)...) }

// TestMemoryBound finds the longest list that is let through, and holds what it
// takes against what is promised.
func TestMemoryBound(t *testing.T) {
	refused := func(n int) bool { return spec.Violated(Decode(emptiesOf(n), new(empties))) == req.WireMemory }
	least, most := 0, 1<<20
	for least+1 < most {
		if n := (least + most) / 2; refused(n) {
			most = n
		} else {
			least = n
		}
	}
	if want := Slack / (24 - Factor); least < want*9/10 || least > want {
		t.Errorf("%d elements are let through, want about %d", least, want)
	}
	for _, n := range []int{least, most, 1 << 24} {
		b := emptiesOf(n)
		bound := uint64(Factor*len(b) + Slack)
		if got := meter.Allocated(bound, func() { Decode(b, new(empties)) }); got > bound {
			t.Errorf("%d elements: %d bytes allocated for %d", n, got, len(b))
		} else if n == least && got < 23*uint64(n) {
			t.Errorf("%d elements: %d bytes allocated, but there are %d slices", n, got, n)
		}
	}
}

// TestAllocationIsExact: what is decoded is allocated once, in its final size; and
// so is what is encoded.
func TestAllocationIsExact(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 1<<20)
	for name, s := range map[string]sample{
		"opaque":    {Kind: 2, Two: long},
		"vector":    {Kind: 1, List: make([]uint16, 1<<19)},
		"in vector": {Kind: 1, Maybe: &inner{Words: [][]byte{long[:1<<19], long[:1<<19]}}},
	} {
		b := Encode(&s)
		bound := uint64(len(b) + len(b)/50)
		if got := meter.Allocated(bound, func() { Encode(&s) }); got > bound {
			t.Errorf("%s: %d bytes allocated to encode %d", name, got, len(b))
		}
		if got := meter.Allocated(bound, func() { Decode(b, new(sample)) }); got > bound {
			t.Errorf("%s: %d bytes allocated to decode %d", name, got, len(b))
		}
	}
}

// TestSize: the length is known before anything is encoded.
func TestSize(t *testing.T) {
	for _, s := range []Struct{&small, &sample{Kind: 1}, &opaque{make([]byte, 70000)}, &opaque{make([]byte, 10000)}, &octets{make([]uint8, 20000)}} {
		if got, err := Size(s); err != nil || got != len(Encode(s)) {
			t.Errorf("%d and %v, want %d", got, err, len(Encode(s)))
		}
	}
	if _, err := Size(&sample{Kind: 3}); spec.Violated(err) != req.WireSelectUnknown {
		t.Errorf("of what has no encoding: %v", err)
	}
}

// A deep structure has as many vectors in each other as it has levels.
type deep struct{ list []deep }

var visits int

func (d *deep) Wire(c *Coder) {
	visits++
	Vector(c, &d.list, Of[deep])
}

// TestNestedVectorsAreReadFewTimes: each level of vectors adds one pass over what
// is in it, and no more. What RFC 9420 nests has three levels.
func TestNestedVectorsAreReadFewTimes(t *testing.T) {
	var d deep
	for range 3 {
		d.list, d = nil, deep{slices.Repeat([]deep{d}, 10)}
	}
	b := Encode(&d)
	visits = 0
	if err := Decode(b, new(deep)); err != nil {
		t.Fatal(err)
	}
	if elements := 1 + 10 + 100 + 1000; visits > 4*elements {
		t.Errorf("%d elements were read in %d visits", elements, visits)
	}
}
