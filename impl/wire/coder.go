// Package wire is the presentation language of RFC 9420, Section 2.1: each
// structure is described once, by its [Struct] method, and that description
// runs in both directions.
package wire

import (
	"encoding/binary"
	"fmt"

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
	out      []byte // encoding: what has been written
	in       []byte // decoding: what is left of the innermost vector
	pos      int    // decoding: offset of in[0] in the whole input
	decoding bool
	err      error
}

// Encode returns the encoding of s. It panics if a vector of s is longer than
// MaxVector, or if s holds a value that has no encoding (an unknown
// discriminant): both are mistakes of the program that built s.
func Encode(s Struct) []byte {
	var c Coder
	s.Wire(&c)
	if c.err != nil {
		panic(c.err)
	}
	return c.out
}

// Decode fills s from b, which must be the encoding of s and nothing more. The
// error, if any, is a [spec.Violation] that names the offset. Decode keeps no
// reference to b, and allocates no more than a small multiple of len(b).
func Decode(b []byte, s Struct) error {
	rest, err := DecodePrefix(b, s)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return &spec.Violation{Req: req.WireTrailing,
			Err: fmt.Errorf("offset %d: %d bytes after the end of the structure", len(b)-len(rest), len(rest))}
	}
	return nil
}

// DecodePrefix is [Decode] for a structure that other bytes may follow; it
// returns these.
func DecodePrefix(b []byte, s Struct) ([]byte, error) {
	c := Coder{in: b, decoding: true}
	s.Wire(&c)
	if c.err != nil {
		return nil, c.err
	}
	return c.in, nil
}

// Decoding tells whether c runs from bytes to structure.
func (c *Coder) Decoding() bool { return c.decoding }

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
	c.Fail(req.WireSelectUnknown, "%s has the unknown value %d", field, value)
}

// take returns the next n bytes of the input, or nil and fails.
func (c *Coder) take(n int, what string) []byte {
	if c.err != nil {
		return nil
	}
	if n > len(c.in) {
		c.Fail(req.WireTruncated, "%s needs %d bytes, %d are left", what, n, len(c.in))
		return nil
	}
	b := c.in[:n]
	c.in = c.in[n:]
	c.pos += n
	return b
}

// Uint8 is a uint8, or an enum of at most 255.
func Uint8[T ~uint8](c *Coder, v *T) {
	if !c.decoding {
		c.out = append(c.out, byte(*v))
	} else if b := c.take(1, "uint8"); b != nil {
		*v = T(b[0])
	}
}

// Uint16 is a uint16, or an enum of at most 65535.
func Uint16[T ~uint16](c *Coder, v *T) {
	if !c.decoding {
		c.out = binary.BigEndian.AppendUint16(c.out, uint16(*v))
	} else if b := c.take(2, "uint16"); b != nil {
		*v = T(binary.BigEndian.Uint16(b))
	}
}

// Uint32 is a uint32.
func Uint32[T ~uint32](c *Coder, v *T) {
	if !c.decoding {
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(*v))
	} else if b := c.take(4, "uint32"); b != nil {
		*v = T(binary.BigEndian.Uint32(b))
	}
}

// Uint64 is a uint64.
func Uint64[T ~uint64](c *Coder, v *T) {
	if !c.decoding {
		c.out = binary.BigEndian.AppendUint64(c.out, uint64(*v))
	} else if b := c.take(8, "uint64"); b != nil {
		*v = T(binary.BigEndian.Uint64(b))
	}
}

// Fixed is an opaque vector of the fixed length len(b).
func Fixed(c *Coder, b []byte) {
	if !c.decoding {
		c.out = append(c.out, b...)
	} else {
		copy(b, c.take(len(b), "fixed opaque"))
	}
}

// Opaque is opaque v<V>. A decoded empty vector is nil.
func Opaque[T ~[]byte](c *Coder, v *T) {
	if !c.decoding {
		c.length(len(*v))
		c.out = append(c.out, *v...)
		return
	}
	if b := c.take(c.vectorLength(), "opaque"); len(b) > 0 {
		*v = append(T(nil), b...)
	} else {
		*v = nil
	}
}

// Rest is all that follows up to the end of the input or of the enclosing
// vector, without a length of its own.
func Rest[T ~[]byte](c *Coder, v *T) {
	if !c.decoding {
		c.out = append(c.out, *v...)
	} else if b := c.take(len(c.in), "rest"); len(b) > 0 {
		*v = append(T(nil), b...)
	}
}

// Vector is T v<V>, each element described by each. A decoded empty vector is nil.
func Vector[T any](c *Coder, v *[]T, each func(*Coder, *T)) {
	if !c.decoding {
		start := len(c.out)
		for i := range *v {
			each(c, &(*v)[i])
		}
		c.insertLength(start)
		return
	}
	*v = nil
	n := c.vectorLength()
	body := c.in
	if c.err != nil {
		return
	}
	c.in = body[:n]
	for c.err == nil && len(c.in) > 0 {
		var e T
		before := len(c.in)
		each(c, &e)
		if c.err == nil && len(c.in) == before {
			c.Fail(req.WireTruncated, "element of no length")
		}
		*v = append(*v, e)
	}
	c.in = body[n:]
}

// Optional is optional<T> (Section 2.1.1): a nil pointer is the absent value.
func Optional[T any](c *Coder, v **T, each func(*Coder, *T)) {
	var present uint8
	if *v != nil {
		present = 1
	}
	Uint8(c, &present)
	switch {
	case c.err != nil:
	case present == 0:
		*v = nil
	case present == 1:
		if c.decoding {
			*v = new(T)
		}
		each(c, *v)
	default:
		c.Fail(req.WireOptionalPresence, "presence octet %d", present)
	}
}

// Of describes one element that is a Struct, for [Vector] and [Optional].
func Of[T any, P interface {
	*T
	Struct
}](c *Coder, v *T) {
	P(v).Wire(c)
}
