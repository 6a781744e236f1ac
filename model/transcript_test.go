package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
)

// draw writes the group down: nodes from the left, parents with their unmerged
// leaves, blanks as _; then which nodes' keys each member holds.
func (g *testGroup) draw() string {
	var b strings.Builder
	first := g.members[g.order[0]]
	fmt.Fprintf(&b, "epoch %d:", first.Context.Epoch)
	for x, n := range first.Tree {
		switch {
		case n.Leaf != nil:
			fmt.Fprintf(&b, " %s", n.Leaf.Credential.Identity)
		case n.Parent != nil && len(n.Parent.UnmergedLeaves) > 0:
			fmt.Fprintf(&b, " %d%v", x, n.Parent.UnmergedLeaves)
		case n.Parent != nil:
			fmt.Fprintf(&b, " %d", x)
		default:
			b.WriteString(" _")
		}
	}
	for _, name := range g.order {
		fmt.Fprintf(&b, "; %s", name)
		for _, k := range g.members[name].Keys {
			fmt.Fprintf(&b, " %d", k.Node)
		}
	}
	return b.String()
}

// TestTranscript is the life of a small group.
func TestTranscript(t *testing.T) {
	g := newGroupOf(t, "A")
	for _, step := range []struct {
		what string
		do   func()
		want string
	}{
		{"A is alone", func() {}, "epoch 0: A; A 0"},
		{"A commits alone", func() { g.empty("A") }, "epoch 1: A; A 0"},
		{"A adds B, C, D at once, with a path", func() { g.add("A", true, "B", "C", "D") },
			"epoch 2: A 1 B 3 C _ D; A 0 1 3; B 2 1 3; C 4 3; D 6 3"},
		{"C commits: the last blank is filled", func() { g.empty("C") },
			"epoch 3: A 1 B 3 C 5 D; A 0 1 3; B 2 1 3; C 4 5 3; D 6 5 3"},
		{"B adds E without a path: the tree grows", func() { g.add("B", false, "E") },
			"epoch 4: A 1 B 3 C 5 D _ E _ _ _ _ _ _; A 0 1 3; B 2 1 3; C 4 5 3; D 6 5 3; E 8"},
		{"E commits: a path of one, the rest is filtered out", func() { g.empty("E") },
			"epoch 5: A 1 B 3 C 5 D 7 E _ _ _ _ _ _; A 0 1 3 7; B 2 1 3 7; C 4 5 3 7; D 6 5 3 7; E 8 7"},
		{"D removes B: what is above is blank, and new above D", func() {
			g.commit("D", MakeCommit{Path: true, Values: []Proposal{Remove(1)}})
		}, "epoch 6: A _ _ 3 C 5 D 7 E _ _ _ _ _ _; A 0 3 7; C 4 5 3 7; D 6 5 3 7; E 8 7"},
		{"A adds F without a path: unmerged above its leaf", func() { g.add("A", false, "F") },
			"epoch 7: A _ F 3[1] C 5 D 7[1] E _ _ _ _ _ _; A 0 3 7; C 4 5 3 7; D 6 5 3 7; E 8 7; F 2"},
		{"C covers an Update of D: 5 is blank, then C's own path is new", func() {
			ref := g.propose("D", ProposeUpdate{})
			g.commit("C", MakeCommit{Path: true, References: []Term{ref}})
		}, "epoch 8: A _ F 3 C 5 D 7 E _ _ _ _ _ _; A 0 3 7; C 4 5 3 7; D 6 5 3 7; E 8 7; F 2 3 7"},
		{"A removes E: the tree is halved", func() {
			g.commit("A", MakeCommit{Path: true, Values: []Proposal{Remove(4)}})
		}, "epoch 9: A 1 F 3 C 5 D; A 0 1 3; C 4 5 3; D 6 5 3; F 2 1 3"},
		{"F removes C and adds E in its place, in one commit", func() {
			k := g.keyPackage("E")
			g.commit("F", MakeCommit{Path: true, Values: []Proposal{Remove(2), Add(k.Package)}}, k)
		}, "epoch 10: A 1 F 3 E _ D; A 0 1 3; D 6 3; F 2 1 3; E 4 3"},
	} {
		step.do()
		if d := cmp.Diff(step.want, g.draw()); d != "" {
			t.Errorf("%s (-want +got):\n%s", step.what, d)
		}
	}
}

// TestUnmergedLeavesHaveCiphertextsOfTheirOwn lets E, alone in the right half,
// commit while F is unmerged at the node above the left half.
func TestUnmergedLeavesHaveCiphertextsOfTheirOwn(t *testing.T) {
	g := newGroupOf(t, "A", "B", "C", "D", "E")
	g.empty("A", "C")
	g.commit("D", MakeCommit{Path: true, Values: []Proposal{Remove(1)}})
	g.add("A", false, "F")
	if got, want := g.draw(), "epoch 5: A _ F 3[1] C 5 D 7[1] E _ _ _ _ _ _; A 0 3 7; C 4 5 3 7; D 6 5 3 7; E 8 7; F 2"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	before := g.members["E"].Tree
	msg := g.commit("E", MakeCommit{Path: true}).Send.Public
	var got []NodeIndex
	for _, c := range msg.Ciphertexts(g.s) {
		for x, n := range before {
			if n.Key() == g.s.Public(c.Private) {
				got = append(got, NodeIndex(x))
			}
		}
	}
	if d := cmp.Diff([]NodeIndex{3, 2}, got); d != "" {
		t.Errorf("sealed to nodes (-want +got):\n%s", d)
	}
	if keys := g.members["F"].Keys; len(keys) != 2 || keys[1].Node != 7 {
		t.Errorf("F holds %v, want its leaf and the root", keys)
	}
}

// TestOmittedUpdateDiesWithItsEpoch tests that neither the proposal nor its key
// outlives the epoch.
func TestOmittedUpdateDiesWithItsEpoch(t *testing.T) {
	g := inStep(t)
	ref := g.propose("A", ProposeUpdate{})
	g.empty("B")
	if a := g.members["A"]; len(a.Updates) != 0 || len(a.Proposals) != 0 {
		t.Error("A keeps its Update")
	}
	if _, _, err := g.members["C"].Step(g.env(), MakeCommit{Path: true, References: []Term{ref}}); err == nil {
		t.Error("C covers a proposal of another epoch")
	}
}

// TestCover tests the preferences of Section 12.2: of what contradicts itself a
// Commit covers what wins.
func TestCover(t *testing.T) {
	g := inStep(t)
	g.propose("A", ProposeUpdate{})
	old := g.propose("B", ProposeUpdate{})
	g.propose("D", ProposeRemove{Leaf: 0})
	g.propose("D", ProposeUpdate{})
	removeD := g.propose("C", ProposeRemove{Leaf: 3})
	g.propose("B", ProposeRemove{Leaf: 3})
	newer := g.propose("B", ProposeUpdate{})
	add := g.propose("B", ProposeAdd{KeyPackage: g.keyPackage("E").Package})
	a := g.members["A"]
	for _, c := range []struct {
		values []Proposal
		want   []Term
	}{
		{nil, []Term{removeD, newer, add}},
		{[]Proposal{Remove(3)}, []Term{newer, add}},
		{[]Proposal{Remove(1)}, []Term{removeD, add}},
	} {
		refs := a.Cover(g.env(), c.values)
		if d := cmp.Diff(c.want, refs); d != "" {
			t.Errorf("with %v by value (-want +got), an old Update is %d:\n%s", c.values, old, d)
		}
		if _, _, err := a.Step(g.env(), MakeCommit{Path: true, References: refs, Values: c.values}); err != nil {
			t.Errorf("with %v: %v", c.values, err)
		}
	}
}

// TestCoverOfOtherTypes tests the same for PSKs, extensions, ReInits, and what
// two proposals bring together.
func TestCoverOfOtherTypes(t *testing.T) {
	g := inStep(t)
	held := g.s.Bytes("held")
	g.psk = func(id PreSharedKeyID) Term {
		if id.ID == held {
			return g.s.Fresh(ExternalPSK, 1)
		}
		return 0
	}
	reinit := g.propose("B", Propose{Proposal: ReInit{Version: spec.MLS10, CipherSuite: 1}.Proposal()})
	if d := cmp.Diff([]Term{reinit}, g.cover("A")); d != "" {
		t.Errorf("a ReInit alone (-want +got):\n%s", d)
	}
	psk := g.propose("B", Propose{Proposal: PSK(ExternalPSKID(held))})
	g.propose("B", Propose{Proposal: PSK(ExternalPSKID(g.s.Bytes("unheld")))})
	first := g.propose("C", ProposeAdd{KeyPackage: g.keyPackage("E").Package})
	g.propose("D", ProposeAdd{KeyPackage: g.keyPackage("E").Package})
	g.propose("B", Propose{Proposal: GroupContextExtensions()})
	newest := g.propose("B", Propose{Proposal: GroupContextExtensions(ExternalSenders{}.Extension(g.s))})
	g.propose("C", Propose{Proposal: GroupContextExtensions(
		RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s))}) // nobody has it
	refs := g.cover("A")
	if d := cmp.Diff([]Term{psk, first, newest}, refs); d != "" {
		t.Errorf("what goes together (-want +got):\n%s", d)
	}
	fixed := []Proposal{GroupContextExtensions()}
	if a := g.members["A"]; !cmp.Equal([]Term{psk, first}, a.Cover(g.env(), fixed)) {
		t.Error("extensions by reference beside extensions by value")
	}
	g.commit("A", MakeCommit{Path: true, References: refs})
}

// cover is what a member chooses.
func (g *testGroup) cover(name string) []Term {
	m := g.members[name]
	return m.Cover(g.env(), nil)
}

// TestAbsentPathIsForAddsAlone tests that a Commit that only adds may go
// without a path, and may have one.
func TestAbsentPathIsForAddsAlone(t *testing.T) {
	g := inStep(t)
	out := g.add("A", false, "E")
	if out.Send.Public.Content.Commit.Path != nil || out.Cost.Seals != 1 {
		t.Errorf("path %v, %d seals", out.Send.Public.Content.Commit.Path, out.Cost.Seals)
	}
	for _, box := range out.Welcomes[0].Ciphertexts(g.s) {
		if box.Rule == W2 {
			t.Error("a path secret without a path")
		}
	}
	if out = g.add("A", true, "F"); out.Send.Public.Content.Commit.Path == nil {
		t.Error("no path although it was asked for")
	}
	if _, _, err := g.members["A"].Step(g.env(), MakeCommit{References: []Term{}}); err == nil || spec.Violated(err) != "" {
		t.Errorf("an empty commit without a path: %v", err)
	}
}
