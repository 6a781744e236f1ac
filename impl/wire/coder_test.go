package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/meter"
	"mlssim/spec"
	"mlssim/spec/req"
)

// sample uses each construct of the presentation language once.
type sample struct {
	A     uint8
	B     uint16
	C     uint32
	D     uint64
	Fixed [3]byte
	Bytes []byte
	List  []uint16
	Maybe *inner
	Kind  uint8
	One   uint8  // Kind 1
	Two   []byte // Kind 2
}

func (s *sample) Wire(c *Coder) {
	Uint8(c, &s.A)
	Uint16(c, &s.B)
	Uint32(c, &s.C)
	Uint64(c, &s.D)
	Fixed(c, s.Fixed[:])
	Opaque(c, &s.Bytes)
	Vector(c, &s.List, Uint16[uint16])
	Optional(c, &s.Maybe, Of[inner])
	Uint8(c, &s.Kind)
	switch s.Kind {
	case 1:
		Uint8(c, &s.One)
	case 2:
		Opaque(c, &s.Two)
	default:
		c.Unknown("kind", uint64(s.Kind))
	}
}

type inner struct{ Words [][]byte }

func (i *inner) Wire(c *Coder) { Vector(c, &i.Words, Opaque[[]byte]) }

// small has every part, and a known encoding.
var small = sample{
	A: 0x01, B: 0x0203, C: 0x04050607, D: 0x08090a0b0c0d0e0f,
	Fixed: [3]byte{0x10, 0x11, 0x12},
	Bytes: []byte{0x13, 0x14},
	List:  []uint16{0x1516, 0x1718},
	Maybe: &inner{Words: [][]byte{{0x19}, nil}},
	Kind:  2,
	Two:   []byte{0x1a},
}

const smallEncoded = "01" + "0203" + "04050607" + "08090a0b0c0d0e0f" + "101112" +
	"021314" + "0415161718" + "01" + "03" + "0119" + "00" + "02" + "011a"

func TestEncodingIsTheOneOfTheRFC(t *testing.T) {
	if got := hex.EncodeToString(Encode(&small)); got != smallEncoded {
		t.Fatalf("encoded\n%s, want\n%s", got, smallEncoded)
	}
}

func TestRoundTrip(t *testing.T) {
	long := small
	long.Bytes = bytes.Repeat([]byte{7}, 20000)
	long.List = slices.Repeat([]uint16{1, 2}, 5000)
	bare := sample{Kind: 1, One: 9}
	for i, want := range []sample{small, long, bare} {
		b := Encode(&want)
		var got sample
		if err := Decode(b, &got); err != nil {
			t.Fatalf("sample %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sample %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestVectorLengthsAtTheirBounds(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 16383, 16384, 70000} {
		want := bytes.Repeat([]byte{1}, n)
		b := Encode(&opaque{want})
		if h := AppendVarint(nil, n); len(b) != len(h)+n || !bytes.Equal(b[:len(h)], h) {
			t.Errorf("%d bytes: encoded in %d bytes with header %x", n, len(b), b[:min(4, len(b))])
		}
		elements := make([]uint8, n)
		if v := Encode(&octets{elements}); len(v) != len(b) {
			t.Errorf("vector of %d elements: encoded in %d bytes, opaque in %d", n, len(v), len(b))
		}
		var got opaque
		if err := Decode(b, &got); err != nil || !bytes.Equal(got.b, want) {
			t.Errorf("%d bytes: decoded to %d bytes, %v", n, len(got.b), err)
		}
	}
}

type opaque struct{ b []byte }

func (o *opaque) Wire(c *Coder) { Opaque(c, &o.b) }

type octets struct{ v []uint8 }

func (o *octets) Wire(c *Coder) { Vector(c, &o.v, Uint8[uint8]) }

// Whatever the place of the cut, it falls into a field, a vector's header or a
// vector's body.
func TestEveryTruncationIsRefused(t *testing.T) {
	b := Encode(&small)
	seen := map[spec.ID]int{}
	for n := range b {
		var s sample
		id := spec.Violated(Decode(b[:n], &s))
		if id != req.WireTruncated && id != req.WireVectorBounds {
			t.Errorf("cut to %d of %d bytes: %q", n, len(b), id)
		}
		seen[id]++
	}
	if seen[req.WireTruncated] == 0 || seen[req.WireVectorBounds] == 0 {
		t.Errorf("cuts met only %v", seen)
	}
}

func TestMalformedInputIsRefusedByItsRequirement(t *testing.T) {
	tests := []struct {
		name, input string
		into        Struct
		want        spec.ID
	}{
		{"length 0 in two bytes", "4000", &opaque{}, req.WireVarintMinimal},
		{"length 63 in two bytes", "403f", &opaque{}, req.WireVarintMinimal},
		{"length 64 in four bytes", "80000040", &opaque{}, req.WireVarintMinimal},
		{"length 16383 in four bytes", "80003fff", &opaque{}, req.WireVarintMinimal},
		{"prefix 11", "c000000000000000", &opaque{}, req.WireVarintPrefix},
		{"prefix 11 alone", "ff", &opaque{}, req.WireVarintPrefix},
		{"1 GiB announced", "bfffffff00", &opaque{}, req.WireVectorBounds},
		{"1 GiB of elements announced", "bfffffff00", &octets{}, req.WireVectorBounds},
		{"vector beyond the enclosing one", "02" + "0500" + "0000000000", &inner{}, req.WireVectorBounds},
		{"header cut", "80", &opaque{}, req.WireTruncated},
		{"nothing", "", &opaque{}, req.WireTruncated},
		{"presence octet 2", "02", &optional{}, req.WireOptionalPresence},
		{"presence octet 255", "ff00", &optional{}, req.WireOptionalPresence},
		{"a byte behind the end", "0000", &opaque{}, req.WireTrailing},
		{"half an element", "0100", &words{}, req.WireTruncated},
		{"elements of no length", "0100", &endless{}, req.WireTruncated},
		{"unknown discriminant", smallEncoded[:len(smallEncoded)-6] + "03" + "011a", &sample{}, req.WireSelectUnknown},
	}
	for _, test := range tests {
		b, err := hex.DecodeString(test.input)
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.Violated(Decode(b, test.into)); got != test.want {
			t.Errorf("%s: refused by %q, want %q", test.name, got, test.want)
		}
	}
}

type optional struct{ p *inner }

func (o *optional) Wire(c *Coder) { Optional(c, &o.p, Of[inner]) }

type words struct{ v []uint16 }

func (w *words) Wire(c *Coder) { Vector(c, &w.v, Uint16[uint16]) }

type endless struct{ v []struct{} }

func (e *endless) Wire(c *Coder) { Vector(c, &e.v, func(*Coder, *struct{}) {}) }

func TestErrorNamesTheOffset(t *testing.T) {
	err := Decode([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0, 0, 2}, &sample{})
	if want := "wire.optional.presence: offset 21: presence octet 2"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestAnnouncedSizeIsNotAllocated(t *testing.T) {
	inputs := [][]byte{{0xbf, 0xff, 0xff, 0xff}, append([]byte{0xbf, 0xff, 0xff, 0xff}, make([]byte, 100)...)}
	for _, b := range inputs {
		for _, s := range []Struct{&opaque{}, &octets{}, &inner{}} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := Decode(b, s)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatalf("%T accepted %x", s, b)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
				t.Errorf("%T: %d input bytes made it allocate %d", s, len(b), n)
			}
		}
	}
}

func TestDecodedValueSharesNothingWithTheInput(t *testing.T) {
	b := Encode(&small)
	var s sample
	if err := Decode(b, &s); err != nil {
		t.Fatal(err)
	}
	clear(b)
	if diff := cmp.Diff(small, s); diff != "" {
		t.Errorf("changed with the input (-want +got):\n%s", diff)
	}
}

func TestDecodePrefixReturnsWhatFollows(t *testing.T) {
	var o opaque
	rest, err := DecodePrefix([]byte{1, 7, 8, 9}, &o)
	if err != nil || !bytes.Equal(o.b, []byte{7}) || !bytes.Equal(rest, []byte{8, 9}) {
		t.Errorf("read %x, left %x, %v", o.b, rest, err)
	}
}

// nested has a structure in a vector of its own.
type nested struct {
	in    inner
	after uint8
}

func (n *nested) Wire(c *Coder) {
	Nested(c, &n.in)
	Uint8(c, &n.after)
}

// TestNested: a structure in a vector is what its encoding in an opaque one is, and
// fills it.
func TestNested(t *testing.T) {
	for _, n := range []int{0, 1, 60, 70, 20000} {
		v := nested{inner{[][]byte{make([]byte, n)}}, 7}
		b := Encode(&v)
		if want := append(Encode(&opaque{Encode(&v.in)}), 7); !bytes.Equal(b, want) {
			t.Errorf("%d bytes: encoded %.20x, want %.20x", n, b, want)
		}
		if got, want := Encode(&opaque{b}), Encode(&outer{Bytes(b)}); !bytes.Equal(got, want) {
			t.Errorf("%d bytes as they are: encoded %.20x, want %.20x", n, want, got)
		}
		var got nested
		if err := Decode(b, &got); err != nil || !bytes.Equal(Encode(&got), b) {
			t.Errorf("%d bytes: decoded to %v, %v", n, got, err)
		}
	}
	for input, want := range map[string]spec.ID{"020000" + "07": req.WireTrailing, "00" + "07": req.WireTruncated, "0100": req.WireTruncated, "0500": req.WireVectorBounds} {
		b, _ := hex.DecodeString(input)
		if got := spec.Violated(Decode(b, new(nested))); got != want {
			t.Errorf("%s: refused by %q, want %q", input, got, want)
		}
	}
}

type outer struct{ s Struct }

func (o *outer) Wire(c *Coder) { Nested(c, o.s) }

func TestEncodePanicsOnWhatHasNoEncoding(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		if v, ok := errors.AsType[*spec.Violation](err); !ok || v.Req != req.WireSelectUnknown {
			t.Errorf("panicked with %v", err)
		}
	}()
	Encode(&sample{Kind: 3})
	t.Error("encoded an unknown discriminant")
}

// A vector of more than MaxVector bytes is not built here: the length alone is
// tried.
func TestLengthBeyondTheFormatIsReported(t *testing.T) {
	var c Coder
	c.length(MaxVector)
	if c.err != nil {
		t.Fatalf("length %d: %v", MaxVector, c.err)
	}
	c.length(MaxVector + 1)
	if got := spec.Violated(c.err); got != req.WireVectorOverflow {
		t.Errorf("refused by %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(&small))
	f.Add(Encode(&sample{Kind: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s sample
		var err error
		bound := uint64(min(48*len(b)+8<<10, Factor*len(b)+Slack))
		if got := meter.Allocated(bound, func() { err = Decode(b, &s) }); got > bound {
			t.Errorf("allocated %d bytes for %d", got, len(b))
		}
		if err != nil {
			if spec.Violated(err) == "" {
				t.Errorf("refused without a requirement: %v", err)
			}
		} else if again := Encode(&s); !bytes.Equal(again, b) {
			t.Errorf("encoded to\n%x, was\n%x", again, b)
		}
	})
}
