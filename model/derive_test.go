package model

import (
	"slices"
	"testing"

	"mlssim/spec"
)

// everything is a history in which every kind of secret is made.
func everything(t *testing.T) *testGroup {
	g := newGroupOf(t, "A")
	g.empty("A")
	g.add("A", true, "B", "C", "D", "E")
	g.empty("B", "D")
	g.add("C", false, "F")
	g.propose("E", ProposeUpdate{})
	m := g.members["A"]
	g.commit("A", MakeCommit{References: m.Cover(g.env(), []Proposal{Remove(2)}), Values: []Proposal{Remove(2)}, Path: true})
	msg := g.do("B", Send{Data: "data"}).Send.Private
	g.do("D", Open{msg})
	g.commit("B", MakeCommit{Path: true, Framing: Framing{Private: true}})
	g.do("B", Export{"label", "context"})

	psk, made := NewPSK(g.env())
	g.made = append(g.made, made...)
	g.psk = func(id PreSharedKeyID) Term { return psk }
	now := ResumptionPSKID(spec.UsageApplication, g.members["A"].Context.GroupID, g.members["A"].Context.Epoch)
	one := PSK(ExternalPSKID(g.s.Bytes("one")))
	g.commit("A", MakeCommit{Path: true, Values: []Proposal{one, PSK(now), one}})
	info := g.do("A", Publish{GroupInfoOptions{ExternalPub: true}}).GroupInfo
	out, err := JoinExternal(g.env(), ExternalJoining{Client: g.client("G"), Info: info})
	if err != nil {
		t.Fatal(err)
	}
	g.made = append(g.made, out.Secrets...)
	return g
}

// TestDerivationsAreWhatTheirRulesSay tests each secret made: its row allows its
// kind and premises, and its term is built of its premises, all of them, and of
// nothing else that is secret.
func TestDerivationsAreWhatTheirRulesSay(t *testing.T) {
	g := everything(t)
	kinds := map[Term]Kind{}
	for _, m := range g.made {
		kinds[m.Term] = m.Kind
	}
	rules := map[RuleID]bool{}
	for _, m := range g.made {
		rules[m.By] = true
		at := slices.IndexFunc(Derivations, func(d Derivation) bool { return d.ID == m.By })
		if at < 0 {
			t.Fatalf("%s by %q, which is no rule", m.Kind, m.By)
		}
		row := Derivations[at]
		if !slices.Contains(row.To, m.Kind) {
			t.Errorf("%s does not make %s", m.By, m.Kind)
		}
		for _, from := range m.From {
			if !slices.Contains(row.From, kinds[from]) {
				t.Errorf("%s does not take %s", m.By, kinds[from])
			}
		}
		if fresh := g.s.shapes[m.Term].op == opFresh; fresh != (len(m.From) == 0) {
			t.Errorf("%s: %s has %d premises", m.By, g.s.String(m.Term), len(m.From))
		}
		used := map[Term]bool{}
		if len(m.From) > 0 && (!builtOf(g.s, m.Term, m.From, used) || len(used) != len(m.From)) {
			t.Errorf("%s: %s is not built of its premises alone", m.By, g.s.String(m.Term))
		}
	}
	for _, d := range Derivations {
		if len(d.To) > 0 && !rules[d.ID] && !slices.Contains([]RuleID{T4, W1, W2, K6}, d.ID) {
			t.Errorf("%s was never used", d.ID)
		}
	}
}

// builtOf tells whether a term comes of the premises by KDF and DeriveKeyPair,
// and notes those that it came upon.
func builtOf(s *Store, t Term, from []Term, used map[Term]bool) bool {
	if slices.Contains(from, t) {
		used[t] = true
		return true
	}
	switch h := s.shapes[t]; h.op {
	case opZero:
		return true
	case opExpand, opPrivate:
		return builtOf(s, h.args[0], from, used)
	case opExtract:
		return builtOf(s, h.args[0], from, used) && builtOf(s, h.args[1], from, used)
	}
	return false
}

// TestEachSecretIsMadeOnce tests that kind and place tell the secrets of a step
// apart, and that no two are the same.
func TestEachSecretIsMadeOnce(t *testing.T) {
	g := everything(t)
	seen := map[Term]Secret{}
	for _, m := range g.made {
		old, ok := seen[m.Term]
		if ok && (old.Kind != m.Kind || old.Index != m.Index || old.Gen != m.Gen || old.By != m.By) {
			t.Errorf("%s is %v and %v", g.s.String(m.Term), old, m)
		}
		seen[m.Term] = m
	}
	if len(seen) < 100 {
		t.Errorf("only %d secrets", len(seen))
	}
}

// heldBy returns the secrets of a state, but for its signature key.
func heldBy(m Member) []Term {
	held := m.Ratchets.Held()
	for _, u := range m.Updates {
		held = append(held, u.Key)
	}
	for _, k := range m.Keys {
		held = append(held, k.Private)
	}
	s := m.Secrets
	return append(held, s.SenderData, s.Exporter, s.External, s.Confirmation, s.Membership, s.Resumption, s.Authenticator, s.Init)
}

// TestConsumedSecretsAreGone tests that no state holds what a step used up.
func TestConsumedSecretsAreGone(t *testing.T) {
	g := inStep(t)
	gone := func(what string, m Member, consumed []Term, want int) {
		t.Helper()
		if len(consumed) != want {
			t.Errorf("%s: consumed %d, want %d", what, len(consumed), want)
		}
		for _, c := range consumed {
			if slices.Contains(heldBy(m), c) {
				t.Errorf("%s: still holds %s", what, g.s.String(c))
			}
		}
	}
	commit := g.do("A", MakeCommit{Path: true})
	gone("commit", *commit.Next, commit.Consumed, 2+1+3) // two path secrets, commit_secret; joiner, member, epoch
	for name, want := range map[string]int{"B": 2 + 1 + 3, "C": 1 + 1 + 3} {
		gone("follow", g.members[name], g.do(name, Receive{commit.Send.Public}).Consumed, want)
	}
	g.members["A"] = *commit.Next
	sent := g.do("A", Send{Data: "data"})
	gone("send", g.members["A"], sent.Consumed, 3+1+1) // root, node, leaf; ratchet; key
	gone("open", g.members["B"], g.do("B", Open{sent.Send.Private}).Consumed, 5)
}

// A node's key is made of node_secret, and not of the path secret that this is made of
// (Section 7.4): else who holds the key of a node would have the path above it.
func TestNodeKeyIsMadeOfNodeSecret(t *testing.T) {
	s := NewStore()
	secret := s.Fresh(PathSecret, 1)
	if got, want := nodeKey(s, secret), s.Private(s.DeriveSecret(secret, "node")); got != want || got == s.Private(secret) {
		t.Errorf("the key is %d, want %d", got, want)
	}
}
