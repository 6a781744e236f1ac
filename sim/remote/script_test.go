package remote

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScriptsAreRead reads a script that has everything, and what is wrong in others.
func TestScriptsAreRead(t *testing.T) {
	text := `mlssim torture 1
suite 3
handshake private
seed 9
create ann@own
commit c1 ann add=m2@A add=m3@A path flip=ann:17
propose p1 m2 update
commit c2 ann refs=p1,p2 lost
`
	s, err := Parse("# a comment\n\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, s.String()); diff != "" {
		t.Error(diff)
	}
	if got := s.Steps[3].listed("refs"); !cmp.Equal(got, []string{"p1", "p2"}) || s.Suite != 3 || !s.Private || s.Seed != 9 {
		t.Errorf("%v of %+v", got, s)
	}
	for _, c := range []struct{ lines, want string }{
		{"", "begins with"},
		{"suite 1", "line 1: a script begins with"},
		{header, "no line says which suite"},
		{header + "\nsuite 0", `line 2: no suite "0"`},
		{header + "\nsuite 65536", `line 2: no suite "65536"`},
		{header + "\nsuite 1\nhandshake open", `line 3: handshake is public or private`},
		{header + "\nsuite 1\ndance ann", `line 3: there is no step "dance"`},
		{header + "\nsuite 1\ncommit c1", `line 3: commit wants 2 names`},
		{header + "\nsuite 1\ncommit c1 ann path=yes", `line 3: commit does not take "path=yes"`},
		{header + "\nsuite 1\ncommit c1 ann add", `line 3: commit does not take "add"`},
		{header + "\nsuite 1\ncommit c1 ann add=", `line 3: commit does not take "add="`},
	} {
		if _, err := Parse(c.lines); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.lines, err, c.want)
		}
	}
}
