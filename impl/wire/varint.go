package wire

import (
	"encoding/binary"

	"mlssim/spec"
	"mlssim/spec/req"
)

// MaxVector is the greatest length of a vector in bytes (RFC 9420, Section 2.1.2).
const MaxVector = 1<<30 - 1

// AppendVarint appends the shortest encoding of n, which is at most MaxVector
// (Section 2.1.2).
func AppendVarint(b []byte, n int) []byte {
	spec.Encode(nil, req.WireVarintShortest)
	switch {
	case spec.SwitchedOff(req.WireVarintShortest):
		return binary.BigEndian.AppendUint32(b, uint32(n)|0x8000_0000)
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return binary.BigEndian.AppendUint16(b, uint16(n)|0x4000)
	default:
		return binary.BigEndian.AppendUint32(b, uint32(n)|0x8000_0000)
	}
}

// varintSize returns the length of what AppendVarint appends.
func varintSize(n int) int {
	switch {
	case spec.SwitchedOff(req.WireVarintShortest):
		return 4
	case n < 1<<6:
		return 1
	case n < 1<<14:
		return 2
	default:
		return 4
	}
}

// length writes the length of a vector.
func (c *Coder) length(n int) {
	if !spec.Holds(nil, req.WireVectorOverflow, n <= MaxVector) {
		c.Fail(req.WireVectorOverflow, "vector of %d bytes, at most %d can be encoded", n, MaxVector)
		return
	}
	c.Is(req.EncodeVarint)
	if c.writes(varintSize(n)) {
		c.out = AppendVarint(c.out, n)
	}
}

// insertLength puts the length of what was written since start before it.
func (c *Coder) insertLength(start int) {
	n := len(c.out) - start
	c.length(n)
	if c.err != nil {
		return
	}
	header := len(c.out) - start - n
	var h [4]byte
	copy(h[:], c.out[start+n:])
	copy(c.out[start+header:], c.out[start:start+n])
	copy(c.out[start:], h[:header])
}

// vectorLength reads the length of a vector and makes sure that the input
// holds as much.
func (c *Coder) vectorLength() int {
	n := c.varint()
	if c.err == nil && !spec.Holds(nil, req.WireVectorBounds, n <= len(c.in)) {
		c.Fail(req.WireVectorBounds, "vector announces %d bytes, %d are left", n, len(c.in))
		return 0
	}
	return n
}

// varint reads a variable-length integer as ReadVarint of Section 2.1.2 does.
func (c *Coder) varint() int {
	c.Is(req.EncodeVarint)
	first := c.take(1, "vector length")
	if first == nil {
		return 0
	}
	v := int(first[0])
	prefix := v >> 6
	if !spec.Holds(nil, req.WireVarintPrefix, prefix != 3) {
		c.Fail(req.WireVarintPrefix, "length prefix 11")
		return 0
	}
	length := 1 << prefix
	v &= 0x3f
	for _, b := range c.take(length-1, "vector length") {
		v = v<<8 + int(b)
	}
	if c.err == nil && !spec.Holds(nil, req.WireVarintMinimal, prefix < 1 || v >= 1<<(8*(length/2)-2)) {
		c.Fail(req.WireVarintMinimal, "length %d in %d bytes", v, length)
		return 0
	}
	return v
}

// ReadVarint returns the length that b begins with, and what follows it. The
// error is a [spec.Violation]. Whether b holds a vector of that length is not
// looked at.
func ReadVarint(b []byte) (n int, rest []byte, err error) {
	c := Coder{in: b, mode: decoding}
	n = c.varint()
	return n, c.in, c.err
}
