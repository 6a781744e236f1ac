package wire

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// Decode allocates at most Factor times the length of its input, and Slack bytes.
// What is encoded in few bytes can take many in memory: the longest way from one
// to the other is that of a proposal of an unknown type in a Commit, 4 bytes that
// become 144. Messages that consist of real keys and signatures stay below Factor,
// and Slack leaves room for as many small things as anyone sends: a Commit with
// 2^14 Removes takes less. More is refused before it is allocated.
const (
	Factor = 4
	Slack  = 2 << 20
)

// memory is how many bytes may still be allocated.
type memory int

func memoryFor(input int) memory { return memory(Factor*input + Slack) }

// allocate tells whether n bytes may be allocated, and fails c if not.
func (c *Coder) allocate(n int) bool {
	if c.err != nil {
		return false
	}
	if c.memory -= memory(rounded(n)); !spec.Holds(nil, req.WireMemory, c.memory >= 0) {
		c.Fail(req.WireMemory, "more than %d times the input and %d bytes would be kept of it", Factor, Slack)
	}
	return c.err == nil
}

// rounded returns at least what the runtime takes for an object of n bytes, in
// its classes of sizes and for large ones in pages.
func rounded(n int) int {
	switch {
	case n > 32<<10:
		return n + 8<<10
	case n > 128:
		n += n / 7
	}
	return (n + 15) &^ 15
}
