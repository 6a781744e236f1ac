package tree

import "slices"

// Lists of code points (RFC 9420, Section 7.2) are as long as their sender wants,
// and are compared with each other. That must not cost the product of their lengths.

// A set is a list of code points to look things up in.
type set[T ~uint16] struct {
	list []T
	bits *[1 << 10]uint64 // nil for a short list
}

// short is how long a list may be that is searched from the front: as long as
// bits, so that these take no more memory than a few times the list.
const short = 1 << 10

func setOf[T ~uint16](list []T) set[T] {
	s := set[T]{list: list}
	if len(list) > short {
		s.bits = new([1 << 10]uint64)
		for _, t := range list {
			s.bits[t/64] |= 1 << (t % 64)
		}
	}
	return s
}

func (s set[T]) has(t T) bool {
	if s.bits != nil {
		return s.bits[t/64]>>(t%64)&1 == 1
	}
	return slices.Contains(s.list, t)
}

// lacks returns the first element of a list that is not in the set, and whether
// there is one.
func (s set[T]) lacks(list []T) (T, bool) {
	for _, t := range list {
		if !s.has(t) {
			return t, true
		}
	}
	return 0, false
}

// distinct returns the elements of a list, each once, in increasing order.
func distinct[T ~uint16](list []T) []T {
	d := slices.Clone(list)
	slices.Sort(d)
	return slices.Compact(d)
}
