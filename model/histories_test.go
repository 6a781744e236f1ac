package model

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mlssim/spec"
)

// history is a random history of a group of two to eight, in which only what is
// allowed happens.
type history struct {
	*testGroup
	joined   int
	happened map[string]int
	keys     map[string][]Key // of each member before the last Commit, Updates in flight included

	shared map[PreSharedKeyID]Term // PSKs by name, without their nonce
	past   []PreSharedKeyID        // resumption PSKs of the last epochs
	late   []*Message              // data that nobody has read yet
	asked  []KeyPackageKeys        // of clients that asked to be added
}

func newHistory(t *rapid.T) *history {
	h := &history{testGroup: newGroupWith(t, customs, "c0"), happened: map[string]int{}, shared: map[PreSharedKeyID]Term{}}
	h.psk = func(id PreSharedKeyID) Term { id.Nonce = 0; return h.shared[id] }
	h.bounds = Bounds{PastEpochs: 2, PastPSKs: 2}
	h.joined = 1
	n := rapid.IntRange(1, 4).Draw(t, "others")
	h.addSome(t, n)
	return h
}

// addSome lets a member add n newcomers, with or without a path.
func (h *history) addSome(t *rapid.T, n int) {
	var names []string
	for range n {
		names = append(names, fmt.Sprintf("c%d", h.joined))
		h.joined++
	}
	path := rapid.Bool().Draw(t, "path")
	who := h.someone(t)
	h.keep()
	e := MakeCommit{Path: path, Framing: h.framing(t), Welcome: WelcomeOptions{
		Batch: rapid.IntRange(0, 2).Draw(t, "batch"), GroupInfo: GroupInfoOptions{NoTree: rapid.Bool().Draw(t, "no tree")}}}
	var keys []KeyPackageKeys
	for _, name := range names {
		k, made, err := NewKeyPackageWith(h.env(), h.client(name), KeyPackageOptions{LastResort: rapid.Bool().Draw(t, "last resort")})
		if err != nil {
			t.Fatal(err)
		}
		h.made = append(h.made, made...)
		keys, e.Values = append(keys, k), append(e.Values, Add(k.Package))
	}
	h.checkTargets(t, who, h.commit(who, e, keys...).Send)
	h.happened[fmt.Sprintf("add, path %v", path)]++
}

// framing draws how a handshake message goes out.
func (h *history) framing(t *rapid.T) Framing {
	return Framing{Private: rapid.Bool().Draw(t, "private"), Data: rapid.SampledFrom([]string{"", "x"}).Draw(t, "authenticated data")}
}

func (h *history) someone(t *rapid.T) string {
	return rapid.SampledFrom(h.order).Draw(t, "who")
}

// actions are what may happen next.
func (h *history) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"add": func(t *rapid.T) {
			if len(h.order) >= 8 {
				t.Skip("full")
			}
			h.addSome(t, rapid.IntRange(1, min(2, 8-len(h.order))).Draw(t, "n"))
		},
		"update": h.update,
		"remove": func(t *rapid.T) {
			if len(h.order) <= 2 {
				t.Skip("too few")
			}
			h.propose(h.someone(t), ProposeRemove{h.members[h.someone(t)].Leaf, h.framing(t)})
		},
		"commit":   h.commitSome,
		"send":     h.send,
		"late":     h.readLate,
		"propose":  h.proposeOther,
		"outside":  h.proposeOutside,
		"external": h.external,
		"branch":   h.branch,
		"reinit":   h.reinit,
		"":         h.check,
	}
}

// commitSome covers what is pending, and removes someone by value or not.
func (h *history) commitSome(t *rapid.T) {
	who := h.someone(t)
	m := h.members[who]
	e := MakeCommit{Path: true, Framing: h.framing(t)}
	if victim := h.members[h.someone(t)]; len(h.order) > 2 && victim.Leaf != m.Leaf && rapid.Bool().Draw(t, "remove") {
		e.Values = append(e.Values, Remove(victim.Leaf))
	}
	e.References = m.Cover(h.env(), e.Values)
	covers := m.resolve(h.env(), Commit{Proposals: byReference(e.References...)}, member(m.Leaf))
	for _, p := range covers.list {
		h.happened[p.Type.String()]++
	}
	h.keep()
	var keys []KeyPackageKeys
	for _, p := range covers.list {
		if k, ok := h.waiting(p); ok {
			keys = append(keys, k)
		}
	}
	h.checkTargets(t, who, h.commit(who, e, keys...).Send)
	h.happened["commit"]++
}

// checkTargets tests that of the keys that a Commit is sealed to, every member
// that stays holds one, and newcomers none.
func (h *history) checkTargets(t *rapid.T, committer string, msg *Message) {
	boxes := slices.DeleteFunc(h.ciphertexts(msg), func(c Ciphertext) bool { return c.Rule != T4 })
	if len(boxes) == 0 {
		return
	}
	for _, name := range h.order {
		old, was := h.keys[name]
		if !was {
			old = h.members[name].Keys
		}
		opens := 0
		for _, c := range boxes {
			if slices.ContainsFunc(old, func(k Key) bool { return k.Private == c.Private }) {
				opens++
			}
		}
		if name != committer && was && opens != 1 || !was && opens != 0 {
			t.Fatalf("%s, a member before: %v, opens %d ciphertexts", name, was, opens)
		}
	}
}

// ciphertexts returns what is sealed in a message.
func (h *history) ciphertexts(msg *Message) []Ciphertext {
	if msg.Public != nil {
		return msg.Public.Ciphertexts(h.s)
	}
	return msg.Private.Ciphertexts(h.s)
}

// keep notes the keys that each member has before a Commit.
func (h *history) keep() {
	h.keys = map[string][]Key{}
	for name, m := range h.members {
		h.keys[name] = m.candidates()
	}
}

// check is what holds between steps: all agree, each knows the keys that Section
// 4.2 says, and all parents are vouched for.
func (h *history) check(t *rapid.T) {
	first := h.members[h.order[0]]
	for _, name := range h.order {
		m := h.members[name]
		if d := cmp.Diff(first.Context, m.Context); d != "" || m.Secrets != first.Secrets || m.Interim != first.Interim {
			t.Fatalf("%s and %s disagree:\n%s", h.order[0], name, d)
		}
		if m.Tree.Hash(h.s) != m.Context.TreeHash {
			t.Fatalf("%s: the tree is not that of the context", name)
		}
		if d := cmp.Diff(keysByDefinition(h.s, m), m.Keys); d != "" {
			t.Fatalf("%s holds (-want +got):\n%s", name, d)
		}
	}
	for x, n := range first.Tree {
		if n.Parent != nil && !first.Tree.parentHashValid(h.s, NodeIndex(x)) {
			t.Fatalf("node %d is not vouched for", x)
		}
	}
}

// keysByDefinition returns the keys of the nodes above a member, itself
// included, that are not blank and at which it is not unmerged (Section 4.2).
func keysByDefinition(s *Store, m Member) Keys {
	var keys Keys
	for x := m.Leaf.Node(); ; x = parent(x) {
		if n := m.Tree[x]; n.Leaf != nil || n.Parent != nil && !slices.Contains(n.Parent.UnmergedLeaves, m.Leaf) {
			private, _ := s.PrivateOf(n.Key())
			keys = append(keys, Key{x, private})
		}
		if x == m.Tree.Root() {
			return keys
		}
	}
}

func TestMembersAgreeAndKnowTheirKeys(t *testing.T) {
	happened := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		h.happened = happened
		t.Repeat(h.actions())
	})
	for _, what := range []string{"add, path true", "add, path false", "update", "remove", "commit", "psk", "group_context_extensions",
		"0xf000", "external", "resync", "branch", "reinit", "outside", "late", "new key", "no path"} {
		if happened[what] == 0 {
			t.Errorf("%s never happened", what)
		}
	}
}

// fingerprint is all of a state that a step could have changed by mistake.
func fingerprint(s *Store, m Member) string {
	return fmt.Sprint(m.Client, m.Leaf, m.Context, m.Tree.Hash(s), len(m.Tree), m.Interim, m.Tag, m.Keys, m.Secrets, m.Ratchets.Held(),
		m.Updates, len(m.Proposals), m.Ended, m.Sent, len(m.Past), m.PSKs)
}

// TestStepsLeaveStatesAsTheyAre goes on twice from each state, in two ways.
func TestStepsLeaveStatesAsTheyAre(t *testing.T) {
	g := inStep(t)
	k, data := g.keyPackage("E"), g.private("B", nil)
	remove, update := g.do("B", ProposeRemove{Leaf: 3}).Send.Public, g.do("C", ProposeUpdate{}).Send.Public
	commit := g.forged("B", byValue(Add(k.Package)), true, nil, nil).message()
	a := g.members["A"]
	before := fingerprint(g.s, a)
	for i, e := range []Event{
		Send{Data: "data"},
		Receive{remove}, Receive{update}, ProposeUpdate{}, ProposeRemove{Leaf: 1}, ProposeAdd{KeyPackage: k.Package}, Receive{commit},
		MakeCommit{Path: true, Values: []Proposal{Remove(3), Add(k.Package)}}, Open{data},
	} {
		env := g.env()
		first, out, err := a.Step(env, e)
		if err != nil {
			t.Fatalf("%d: %T: %v", i, e, err)
		}
		other := first
		for _, then := range []Event{Send{Data: "x"}, ProposeUpdate{}, MakeCommit{Path: true}} {
			if _, next, err := other.Step(g.env(), then); err == nil && next.Next != nil {
				other = *next.Next
			}
		}
		again, outAgain, _ := a.Step(env, e)
		if fingerprint(g.s, a) != before {
			t.Fatalf("%d: %T changed the state that it began with", i, e)
		}
		if fingerprint(g.s, first) != fingerprint(g.s, again) || !slices.Equal(out.Consumed, outAgain.Consumed) {
			t.Fatalf("%d: %T gave something else the second time", i, e)
		}
	}
}

func TestRemovedMemberCannotFollow(t *testing.T) {
	g := inStep(t)
	gone := g.members["D"]
	out := g.commit("B", MakeCommit{Path: true, Values: []Proposal{Remove(3)}})
	for _, c := range out.Send.Public.Ciphertexts(g.s) {
		for _, k := range gone.Keys {
			if k.Private == c.Private {
				t.Errorf("the path is sealed to node %d, whose key the removed member holds", k.Node)
			}
		}
	}
	if _, _, err := gone.Step(g.env(), Receive{out.Send.Public}); err != spec.ErrRemoved {
		t.Errorf("%v, want %v", err, spec.ErrRemoved)
	}
}
