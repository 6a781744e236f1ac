package remote

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShrink makes a script shorter for as long as it has what matters.
func TestShrink(t *testing.T) {
	s, err := Parse(header + `
suite 3
handshake private
create ann@own
commit c1 ann add=m2@A add=m3@B path
send d1 ann
commit c2 m2 add=m4@A tree
read d1 m3
propose p1 m4 update
propose p2 m2 update
commit c3 m4 refs=p1,p2 flip=m2:17
old c1 m3
`)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	short := shrink(s, 400, func(c *Script) bool {
		asked++
		text := c.String()
		known := strings.Contains(text, "c3 m2") || strings.Contains(text, "c3 m4") && strings.Contains(text, "m4@A")
		return c.Private && known && strings.Contains(text, "add=m2@A") && strings.Contains(text, "create") && strings.Contains(text, "@A") && strings.Contains(text, "p2") && strings.Contains(text, "flip=m2:17")
	})
	want := header + `
suite 1
handshake private
seed 0
create ann@own
commit c1 ann add=m2@A
commit c3 m2 refs=p2 flip=m2:17
`
	if diff := cmp.Diff(want, short.String()); diff != "" {
		t.Error(diff)
	}
	if len(s.Steps) != 9 || s.Suite != 3 {
		t.Errorf("the script itself was changed:\n%s", s)
	}
	if few := shrink(s, 3, func(*Script) bool { asked++; return true }); len(few.Steps) == 0 {
		t.Error("nothing is left")
	}
	if asked > 400 {
		t.Errorf("asked %d times", asked)
	}
	late := shrink(s, 5, func(*Script) bool { return false })
	if diff := cmp.Diff(s.Steps, late.Steps); diff != "" {
		t.Error(diff)
	}
}
