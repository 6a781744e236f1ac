package adversary

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

// stolen is the knowledge of one who took a leaf key and init_secret of epoch 4
// and has seen a Commit with a path in step 9 and one without in step 12.
func stolen() *Knowledge {
	k := New()
	of := func(kind sim.Kind, origin sim.StepID) sim.Name { return sim.Name{Kind: kind, Origin: origin} }
	path := sim.Name{Kind: sim.PathSecret, Origin: 9, Index: 1}
	epoch := func(parent, step sim.StepID, from ...sim.Name) {
		k.Add(sim.Rule{ID: "K1", From: append([]sim.Name{of(sim.InitSecret, parent)}, from...), To: of(sim.JoinerSecret, step)})
		k.Add(sim.Rule{ID: "K2", From: []sim.Name{of(sim.JoinerSecret, step)}, To: of(sim.MemberSecret, step)})
		k.Add(sim.Rule{ID: "K3", From: []sim.Name{of(sim.MemberSecret, step)}, To: of(sim.EpochSecret, step)})
		k.Add(sim.Rule{ID: "K4", From: []sim.Name{of(sim.EpochSecret, step)}, To: of(sim.InitSecret, step)})
	}
	k.Add(sim.Rule{ID: "T4", From: []sim.Name{of(sim.LeafKey, 4)}, To: path, At: [2]uint32{1, 0}})
	k.Add(sim.Rule{ID: "T3", From: []sim.Name{path}, To: of(sim.CommitSecret, 9)})
	epoch(4, 9, of(sim.CommitSecret, 9))
	epoch(9, 12)
	k.Learn(of(sim.LeafKey, 4), of(sim.InitSecret, 4))
	return k
}

func TestExplanation(t *testing.T) {
	d := Explain(stolen(), sim.Name{Kind: sim.EpochSecret, Origin: 12})
	var b strings.Builder
	if err := d.Print(&b, nil); err != nil {
		t.Fatal(err)
	}
	want := `
init_secret[4]                       taken in a compromise
leaf_key[4]                          taken in a compromise
└ path_secret[9]/1                   HPKE decryption of a ciphertext in the UpdatePath                                                  RFC 9420, Section 7.6
  └ commit_secret[9]                 DeriveSecret with "path", above the last path secret                                               Section 12.4.1
    └ joiner_secret[9]               Extract of init_secret and commit_secret, then Expand, from this and init_secret[4]   Section 8
`
	got := "\n" + b.String()
	head := strings.Join(strings.Split(got, "\n")[:6], "\n") + "\n"
	if diff := cmp.Diff(squeeze(want), squeeze(head)); diff != "" {
		t.Errorf("%s\n%s", diff, got)
	}
	if !strings.Contains(got, "                └ epoch_secret[12]  ") {
		t.Errorf("the secret itself is not at the end of its chain:\n%s", got)
	}
	if n := strings.Count(got, "RFC 9420"); n != 1 {
		t.Errorf("RFC 9420 is named %d times", n)
	}
	taken := d.Taken()
	if len(taken) != 2 || taken[0].Kind != sim.InitSecret || taken[1].Kind != sim.LeafKey {
		t.Errorf("rests on %v", taken)
	}
	if Explain(stolen(), sim.Name{Kind: sim.NodeKey, Origin: 9}) != nil {
		t.Error("an explanation of what is not known")
	}
}

// squeeze makes one run of spaces out of those between columns.
func squeeze(s string) string { return regexp.MustCompile(`(\S)   +`).ReplaceAllString(s, "$1   ") }

// A secret on which two others rest is explained once.
func TestSharedPremiseIsExplainedOnce(t *testing.T) {
	k := New()
	a, b, c, d := secret(0), secret(1), secret(2), secret(3)
	k.Add(sim.Rule{ID: "T1", From: []sim.Name{a}, To: b})
	k.Add(sim.Rule{ID: "T2", From: []sim.Name{b}, To: c})
	k.Add(sim.Rule{ID: "K1", From: []sim.Name{b, c}, To: d})
	k.Learn(a)
	e := Explain(k, d)
	if e.From[0] != e.From[1].From[0] {
		t.Error("one secret has two derivations")
	}
	var s strings.Builder
	if err := e.Print(&s, func(n sim.Name) string { return "s" + string(rune('0'+n.Origin)) }); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.String(), "\n"); n != 4 || !strings.Contains(s.String(), "from this and s1") {
		t.Errorf("\n%s", s.String())
	}
}

// A ratchet of a long conversation is explained without deep recursion, and
// within the width of a page.
func TestLongChain(t *testing.T) {
	k := New()
	const n = 20_000
	for i := range n {
		k.Add(sim.Rule{ID: "M4", From: []sim.Name{{Kind: sim.ApplicationRatchet, Gen: uint32(i)}},
			To: sim.Name{Kind: sim.ApplicationRatchet, Gen: uint32(i + 1)}})
	}
	k.Learn(sim.Name{Kind: sim.ApplicationRatchet})
	e := Explain(k, sim.Name{Kind: sim.ApplicationRatchet, Gen: n})
	if e == nil || e.Depth != n || len(e.Rules()) != n+1 {
		t.Fatal("the chain is broken")
	}
	var s strings.Builder
	if err := e.Print(&s, nil); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(s.String(), "\n"); len(lines[n]) > 200 {
		t.Errorf("line of %d bytes", len(lines[n]))
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	section := regexp.MustCompile(`^\d+(\.\d+)*$`)
	for _, r := range slices.Concat(Table, Rivals) {
		uncited := r.ID == sim.RuleTaken || strings.HasPrefix(r.ID, "R-")
		if seen[r.ID] || r.Text == "" || uncited != (r.Section == "") || !uncited && !section.MatchString(r.Section) {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
		if got, ok := Lookup(r.ID); !ok || got != r {
			t.Errorf("%s is not found", r.ID)
		}
	}
	if _, ok := Lookup("T9"); ok {
		t.Error("a rule that there is not")
	}
}
