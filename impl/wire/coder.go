// Package wire is the presentation language of RFC 9420, Section 2.1: each
// structure is described once, by its [Struct] method, and that description
// runs in both directions.
package wire

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"mlssim/spec"
	"mlssim/spec/req"
)

// A Struct describes its own encoding: Wire names its fields to the Coder, in
// the order of the RFC. Where the RFC has a select, Wire switches on a field
// that it has already named.
type Struct interface{ Wire(*Coder) }

// A Coder carries a structure to bytes or bytes to a structure. After the
// first error it does nothing more.
type Coder struct {
	mode   mode
	out    []byte // writing: what has been written
	size   int    // measuring: length of what would have been written
	in     []byte // reading: what is left of the innermost vector
	pos    int    // reading: offset of in[0] in the whole input
	memory memory // decoding: what may still be allocated
	err    error
	begun  begun // decoding
}

// A mode is what a Coder does with the fields that it is told of. Each
// direction has a first pass in which nothing is kept, so that in the second one
// everything is allocated once, in its final size.
type mode uint8

const (
	measuring mode = iota // the length of the encoding
	writing
	counting // the elements of a vector
	decoding
)

// Encode returns the encoding of s. It panics if a vector of s is longer than
// MaxVector, or if s holds a value that has no encoding (an unknown
// discriminant): both are mistakes of the program that built s.
func Encode(s Struct) []byte { return new(Buffer).Encode(s) }

// A Buffer encodes one structure after another, all in the same memory.
type Buffer struct{ c Coder }

// Encode is [Encode]. What it returns is valid until the next call.
func (b *Buffer) Encode(s Struct) []byte {
	spec.At(nil, "encode")
	b.c = Coder{mode: measuring, out: b.c.out[:0]}
	s.Wire(&b.c)
	b.c.mode = writing
	if cap(b.c.out) < b.c.size {
		b.c.out = make([]byte, 0, b.c.size)
	}
	s.Wire(&b.c)
	if b.c.err != nil {
		panic(b.c.err)
	}
	return b.c.out
}

// Size returns the length of the encoding of s in bytes. The error is a
// [spec.Violation], where Encode would panic.
func Size(s Struct) (int, error) {
	spec.At(nil, "encode")
	c := Coder{mode: measuring}
	s.Wire(&c)
	return c.size, c.err
}

// Decode fills s from b, which must be the encoding of s and nothing more. The
// error, if any, is a [spec.Violation] that names the offset. Decode keeps no
// reference to b, and allocates at most Factor times len(b) and Slack.
func Decode(b []byte, s Struct) error {
	spec.At(nil, "decode")
	rest, err := DecodePrefix(b, s)
	if err != nil {
		return err
	}
	if !spec.Holds(nil, req.WireTrailing, len(rest) == 0) {
		return &spec.Violation{Req: req.WireTrailing,
			Err: fmt.Errorf("offset %d: %d bytes after the end of the structure", len(b)-len(rest), len(rest))}
	}
	return nil
}

// DecodePrefix is [Decode] for a structure that other bytes may follow; it
// returns these.
func DecodePrefix(b []byte, s Struct) ([]byte, error) {
	spec.At(nil, "decode")
	c := Coder{mode: decoding, in: b, memory: memoryFor(len(b))}
	s.Wire(&c)
	c.decoded()
	if c.err != nil {
		return nil, c.err
	}
	return c.in, nil
}

// Decoding tells whether c runs from bytes to structure.
func (c *Coder) Decoding() bool { return !c.encodes() }

// Err returns the first error so far.
func (c *Coder) Err() error { return c.err }

// Fail stops c with a violation of id at the present offset.
func (c *Coder) Fail(id spec.ID, format string, args ...any) {
	if c.err == nil {
		c.err = &spec.Violation{Req: id, Err: fmt.Errorf("offset %d: "+format, append([]any{c.pos}, args...)...)}
	}
}

// Unknown stops c because a discriminant has no arm in its select.
func (c *Coder) Unknown(field string, value uint64) {
	if !spec.Holds(nil, req.WireSelectUnknown, false) {
		c.Fail(req.WireSelectUnknown, "%s has the unknown value %d", field, value)
	}
}

// take returns the next n bytes of the input, or nil and fails.
func (c *Coder) take(n int, what string) []byte {
	if c.err != nil {
		return nil
	}
	if !spec.Holds(nil, req.WireTruncated, n <= len(c.in)) {
		c.Fail(req.WireTruncated, "%s needs %d bytes, %d are left", what, n, len(c.in))
		return nil
	}
	b := c.in[:n]
	c.in = c.in[n:]
	c.pos += n
	return b
}

// encodes tells whether c runs from structure to bytes.
func (c *Coder) encodes() bool { return c.mode <= writing }

// writes tells whether n bytes are to be written now; if c measures it counts them.
func (c *Coder) writes(n int) bool {
	if c.mode == measuring {
		c.size += n
	}
	return c.mode == writing
}

// read is take for fields of a fixed length; nil if c does not read at all.
func (c *Coder) read(n int, what string) []byte {
	if c.encodes() {
		return nil
	}
	return c.take(n, what)
}

// Uint8 is a uint8, or an enum of at most 255.
func Uint8[T ~uint8](c *Coder, v *T) {
	if c.writes(1) {
		c.out = append(c.out, byte(*v))
	} else if b := c.read(1, "uint8"); b != nil {
		*v = T(b[0])
	}
}

// Uint16 is a uint16, or an enum of at most 65535.
func Uint16[T ~uint16](c *Coder, v *T) {
	if c.writes(2) {
		c.out = binary.BigEndian.AppendUint16(c.out, uint16(*v))
	} else if b := c.read(2, "uint16"); b != nil {
		*v = T(binary.BigEndian.Uint16(b))
	}
}

// Uint32 is a uint32.
func Uint32[T ~uint32](c *Coder, v *T) {
	if c.writes(4) {
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(*v))
	} else if b := c.read(4, "uint32"); b != nil {
		*v = T(binary.BigEndian.Uint32(b))
	}
}

// Uint64 is a uint64.
func Uint64[T ~uint64](c *Coder, v *T) {
	if c.writes(8) {
		c.out = binary.BigEndian.AppendUint64(c.out, uint64(*v))
	} else if b := c.read(8, "uint64"); b != nil {
		*v = T(binary.BigEndian.Uint64(b))
	}
}

// Fixed is an opaque vector of the fixed length len(b).
func Fixed(c *Coder, b []byte) {
	if c.writes(len(b)) {
		c.out = append(c.out, b...)
	} else {
		copy(b, c.read(len(b), "fixed opaque"))
	}
}

// Opaque is opaque v<V>. A decoded empty vector is nil.
func Opaque[T ~[]byte](c *Coder, v *T) {
	if c.encodes() {
		c.length(len(*v))
		if c.writes(len(*v)) {
			c.out = append(c.out, *v...)
		}
		return
	}
	keep(c, v, c.take(c.vectorLength(), "opaque"))
}

// Rest is all that follows up to the end of the input or of the enclosing
// vector, without a length of its own.
func Rest[T ~[]byte](c *Coder, v *T) {
	if c.encodes() {
		if c.writes(len(*v)) {
			c.out = append(c.out, *v...)
		}
		return
	}
	keep(c, v, c.take(len(c.in), "rest"))
}

// keep sets v to a copy of b, if c decodes.
func keep[T ~[]byte](c *Coder, v *T, b []byte) {
	switch {
	case c.mode != decoding:
	case len(b) > 0 && c.allocate(len(b)):
		*v = append(make(T, 0, len(b)), b...)
	default:
		*v = nil
	}
}

// Vector is T v<V>, each element described by each. A decoded empty vector is nil.
func Vector[T any](c *Coder, v *[]T, each func(*Coder, *T)) {
	switch c.mode {
	case measuring:
		start := c.size
		for i := range *v {
			each(c, &(*v)[i])
		}
		c.length(c.size - start)
	case writing:
		start := len(c.out)
		for i := range *v {
			each(c, &(*v)[i])
		}
		c.insertLength(start)
	case counting:
		c.within(func() { count(c, v, each) })
	case decoding:
		c.within(func() { elements(c, v, each) })
	}
}

// Bytes are the encoding of a structure, to be written as they are.
type Bytes []byte

// Wire describes what Bytes are written as.
func (b Bytes) Wire(c *Coder) { Rest(c, &b) }

// Nested is opaque v<V> that holds the encoding of s, which is written where it
// belongs and not copied there.
func Nested(c *Coder, s Struct) {
	switch c.mode {
	case measuring:
		start := c.size
		s.Wire(c)
		c.length(c.size - start)
	case writing:
		start := len(c.out)
		s.Wire(c)
		c.insertLength(start)
	default:
		c.within(func() {
			if s.Wire(c); c.err == nil && !spec.Holds(nil, req.WireTrailing, len(c.in) == 0) {
				c.Fail(req.WireTrailing, "%d bytes after the end of the structure", len(c.in))
			}
		})
	}
}

// within reads the length of a vector, and lets read have what is in it.
func (c *Coder) within(read func()) {
	n := c.vectorLength()
	if c.err != nil {
		return
	}
	body := c.in
	c.in = body[:n]
	read()
	c.in = body[n:]
}

// count returns how many elements follow up to the end of the vector. Of v it
// keeps one element, to read them all into.
func count[T any](c *Coder, v *[]T, each func(*Coder, *T)) (n int) {
	if len(c.in) > 0 && len(*v) == 0 {
		*v = make([]T, 1)
	}
	for ; c.err == nil && len(c.in) > 0; n++ {
		one(c, &(*v)[0], each)
	}
	return n
}

// elements sets v to the elements that follow up to the end of the vector.
func elements[T any](c *Coder, v *[]T, each func(*Coder, *T)) {
	*v = nil
	if len(c.in) == 0 {
		return
	}
	in, pos := c.in, c.pos
	c.mode = counting
	n := count(c, v, each)
	c.mode, c.in = decoding, in
	if !c.allocate((n + 1) * int(unsafe.Sizeof((*v)[0]))) { // one was needed to count
		*v = nil
		return
	}
	c.pos = pos
	*v = make([]T, n)
	for i := 0; c.err == nil && i < n; i++ {
		one(c, &(*v)[i], each)
	}
}

// one reads an element, which has a length.
func one[T any](c *Coder, e *T, each func(*Coder, *T)) {
	before := len(c.in)
	each(c, e)
	if c.err == nil && !spec.Holds(nil, req.WireTruncated, len(c.in) < before) {
		c.Fail(req.WireTruncated, "element of no length")
	}
}

// Optional is optional<T> (Section 2.1.1): a nil pointer is the absent value.
func Optional[T any](c *Coder, v **T, each func(*Coder, *T)) {
	c.Is(req.EncodeOptional)
	var present uint8
	if *v != nil {
		present = 1
	}
	Uint8(c, &present)
	switch {
	case c.err != nil:
	case !spec.Holds(nil, req.WireOptionalPresence, present <= 1):
		c.Fail(req.WireOptionalPresence, "presence octet %d", present)
	case present == 0:
		if c.mode == decoding {
			*v = nil
		}
	default:
		pointed(c, v, each)
	}
}

// Arm is the structure that a discriminant has selected, behind a pointer that
// is nil while another one is selected.
func Arm[T any, P interface {
	*T
	Struct
}](c *Coder, v **T) {
	if !spec.Holds(nil, req.WireSelectUnknown, true) {
		c.Fail(req.WireSelectUnknown, "an arm that is known")
	}
	pointed(c, v, Of[T, P])
}

// pointed is what v points to, which is there on the wire.
func pointed[T any](c *Coder, v **T, each func(*Coder, *T)) {
	switch {
	case c.err != nil:
		return
	case c.mode == decoding:
		if *v = nil; !c.allocate(int(unsafe.Sizeof(**v))) {
			return
		}
		*v = new(T)
	case c.mode == counting && *v == nil: // kept, for all elements to come
		*v = new(T)
	}
	each(c, *v)
}

// Of describes one element that is a Struct, for [Vector] and [Optional].
func Of[T any, P interface {
	*T
	Struct
}](c *Coder, v *T) {
	P(v).Wire(c)
}
