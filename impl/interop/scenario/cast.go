package scenario

import (
	"math"
	"math/rand/v2"
)

// casts returns ways to let clients play actors: for each actor the index of a
// client. All there are, in order, if that is at most as many as asked for; else so
// many different ones that the generator draws.
func casts(actors, clients, most int, chance *rand.Rand) [][]int {
	if all := power(clients, actors); all <= most {
		list := make([][]int, all)
		for n := range list {
			list[n] = digits(n, clients, actors)
		}
		return list
	}
	var list [][]int
	seen := map[string]bool{}
	for len(list) < most {
		c := make([]int, actors)
		key := make([]byte, actors)
		for i := range c {
			c[i] = chance.IntN(clients)
			key[i] = byte(c[i])
		}
		if !seen[string(key)] {
			seen[string(key)] = true
			list = append(list, c)
		}
	}
	return list
}

// power returns base to the power of exponent, or MaxInt if that is less.
func power(base, exponent int) int {
	n := 1
	for range exponent {
		if n > math.MaxInt/base {
			return math.MaxInt
		}
		n *= base
	}
	return n
}

// digits writes n with a base, in so many places.
func digits(n, base, places int) []int {
	d := make([]int, places)
	for i := places - 1; i >= 0; i-- {
		d[i] = n % base
		n /= base
	}
	return d
}
