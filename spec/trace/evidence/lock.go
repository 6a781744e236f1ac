package evidence

import (
	"bytes"
	"fmt"
	"strings"
)

// A Lock is what was reached: spec/coverage.lock, a line for each cell with its
// grade, and if that is below the target the reason.
type Lock map[place]locked

type locked struct {
	grade  Grade
	reason string
}

// WriteLock returns the lock of graded cells: all but those that are absent.
func WriteLock(cells []Cell) []byte {
	var b bytes.Buffer
	for i := range cells {
		c := &cells[i]
		if c.Absent != "" {
			continue
		}
		fmt.Fprintf(&b, "%s %s %s %v", c.Req, c.Side, c.Ctx, c.Grade)
		if c.Grade < c.Target && c.Reason != "" {
			b.WriteString(" " + c.Reason)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// ReadLock reads what WriteLock wrote.
func ReadLock(b []byte) (Lock, error) {
	lock := Lock{}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 5)
		if len(words) < 4 {
			return nil, fmt.Errorf("coverage.lock:%d: %d words, want at least 4", n, len(words))
		}
		var l locked
		if err := l.grade.UnmarshalText([]byte(words[3])); err != nil {
			return nil, fmt.Errorf("coverage.lock:%d: %w", n, err)
		}
		if len(words) == 5 {
			l.reason = words[4]
		}
		p := placeAt(words[0], words[1], words[2])
		if _, twice := lock[p]; twice {
			return nil, fmt.Errorf("coverage.lock:%d: a second line for %s %s %s", n, words[0], words[1], words[2])
		}
		lock[p] = l
	}
	return lock, nil
}
