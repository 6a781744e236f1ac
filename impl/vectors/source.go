package vectors

import (
	"fmt"
	"math/rand/v2"

	"mlssim/impl/suite"
)

// A source is where chance comes from: a ChaCha8 generator that has a name, so
// that what one purpose draws does not move what another draws.
type source struct {
	name string
	*rand.ChaCha8
	*rand.Rand // over the same generator
}

// newSource returns the source of the cases of a kind and suite.
func newSource(seed uint64, kind string, s *suite.Suite) *source {
	name := fmt.Sprintf("%d %s", seed, kind)
	if s != nil {
		name = fmt.Sprintf("%s %d", name, s.ID)
	}
	return named(name)
}

// named returns the source of a name, which is hashed by the first suite.
func named(name string) *source {
	r := rand.NewChaCha8([32]byte(suite.All()[0].Hash([]byte(name))))
	return &source{name, r, rand.New(r)}
}

// Uint64 returns 64 random bits.
func (r *source) Uint64() uint64 { return r.ChaCha8.Uint64() }

// sub returns the source of a part, from its beginning.
func (r *source) sub(part ...any) *source {
	return named(fmt.Sprint(r.name, " ", part))
}

// bytes draws n bytes.
func (r *source) bytes(n int) Hex {
	b := make(Hex, n)
	r.Read(b) // never fails
	return b
}

// upTo draws at most n bytes, of any number.
func (r *source) upTo(n int) Hex { return r.bytes(r.IntN(n + 1)) }
