package vectors

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
)

// deserialization is a case of deserialization: the length of a vector (RFC
// 9420, Section 2.1.2).
type deserialization struct {
	Header Hex `json:"vlbytes_header"`
	Length int `json:"length"`
}

func (v *deserialization) verify(c *check) {
	n, rest, err := wire.ReadVarint(v.Header)
	if !c.ok("vlbytes_header", err) {
		return
	}
	c.holds("vlbytes_header", len(rest) == 0, "%d bytes follow", len(rest))
	if c.holds("length", n == v.Length, "%d, want %d", n, v.Length) {
		equal(c, "length, encoded", wire.AppendVarint(nil, n), v.Header)
	}
}

// makeDeserialization returns the lengths at which the encoding changes, and
// some of each size.
func makeDeserialization(r *source, _ *suite.Suite) ([]vector, error) {
	lengths := []int{0, 1<<6 - 1, 1 << 6, 1<<14 - 1, 1 << 14, wire.MaxVector}
	for range 3 {
		lengths = append(lengths, r.IntN(1<<6), 1<<6+r.IntN(1<<14-1<<6), 1<<14+r.IntN(wire.MaxVector-1<<14))
	}
	var all []vector
	for _, n := range lengths {
		all = append(all, &deserialization{wire.AppendVarint(nil, n), n})
	}
	return all, nil
}
