package impl

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Section 9.2. Deletion is that nothing leads to a value any more.

// TestTypesOfTheState: what lives for one step alone has no place in a state,
// and nothing secret has one in what is public.
func TestTypesOfTheState(t *testing.T) {
	passing := []reflect.Type{
		reflect.TypeFor[schedule.JoinerSecret](), reflect.TypeFor[schedule.MemberSecret](),
		reflect.TypeFor[schedule.WelcomeSecret](), reflect.TypeFor[schedule.EpochSecret](),
		reflect.TypeFor[tree.FreshPath](), reflect.TypeFor[tree.PathSecrets](),
		reflect.TypeFor[stages](), reflect.TypeFor[committing](), reflect.TypeFor[Transition](),
		reflect.TypeFor[message.GroupSecrets](), reflect.TypeFor[KeyPackageKeys](),
	}
	secret := []reflect.Type{
		reflect.TypeFor[suite.Secret](), reflect.TypeFor[suite.HPKEPrivateKey](), reflect.TypeFor[suite.SignatureKey](),
		reflect.TypeFor[schedule.Secrets](), reflect.TypeFor[schedule.SecretTree](),
	}
	for _, c := range []struct {
		state reflect.Type
		not   []reflect.Type
	}{
		{reflect.TypeFor[Member](), passing},
		{reflect.TypeFor[PublicGroup](), slices.Concat(passing, secret)},
	} {
		for _, not := range c.not {
			if path := reaches(c.state, not); path != "" {
				t.Errorf("%v can be reached: %s", not, path)
			}
		}
	}
	for _, lives := range []reflect.Type{reflect.TypeFor[schedule.InitSecret](), reflect.TypeFor[suite.HPKEPrivateKey]()} {
		if reaches(reflect.TypeFor[Member](), lives) == "" {
			t.Errorf("%v is not found, where it must be", lives)
		}
	}
}

// gone fails if any of the secrets is in a byte slice that the state leads to.
func gone(t *testing.T, step string, m *Member, secrets []Held) {
	t.Helper()
	w := walk{bytes: func(path string, b []byte) {
		for _, s := range secrets {
			if bytes.Contains(b, s.Secret) {
				t.Errorf("%s: %s holds a secret of kind %d, index %d, generation %d", step, path, s.Kind, s.Index, s.Generation)
			}
		}
	}}
	w.from(m)
}

// held fails unless Held lists the secrets that the state leads to, and no others.
func held(t *testing.T, step string, m *Member) {
	t.Helper()
	listed, reached := map[string]bool{}, map[string]bool{}
	for _, h := range m.Held() {
		listed[string(h.Secret)] = true
	}
	w := walk{bytes: func(string, []byte) {}, secrets: func(path string, s suite.Secret) {
		reached[string(s)] = true
		if !listed[string(s)] {
			t.Errorf("%s: %s is not in Held", step, path)
		}
	}}
	w.from(m)
	for _, h := range m.Held() {
		if !reached[string(h.Secret)] {
			t.Errorf("%s: Held lists a secret of kind %d that the state does not lead to", step, h.Kind)
		}
	}
}

// ended returns what of a state must not outlive its epoch: its secrets, those
// of the key pairs that the next tree has no longer, and the keys in flight.
func ended(before, after *Member) []Held {
	var over []Held
	public := map[string]bool{}
	for _, p := range after.tree.Parents() {
		public[string(p.EncryptionKey)] = true
	}
	public[string(after.tree.Leaf(after.leaf).EncryptionKey)] = true
	for _, h := range before.Held() {
		switch h.Kind {
		case KindSignatureKey:
			continue
		case KindLeafKey, KindUpdateKey, KindNodeKey:
			key, err := before.suite.ParseHPKEPrivateKey(h.Secret)
			if err != nil {
				panic(err)
			}
			if public[string(key.Public())] {
				continue
			}
		}
		over = append(over, h)
	}
	return over
}

// A witness looks at every step of a group.
type witness struct {
	*room
	t     *testing.T
	steps int
}

// step looks at the state after a step that left the epoch as it is.
func (w *witness) step(what string, p *party, after *Member, out Output) {
	w.t.Helper()
	w.steps++
	gone(w.t, what, after, out.Consumed)
	held(w.t, what, after)
	p.member = after
}

// enter looks at the state after a step that ended the epoch.
func (w *witness) enter(what string, p *party, after *Member, out Output) {
	w.t.Helper()
	gone(w.t, what, after, ended(p.member, after))
	w.step(what, p, after, out)
}

// hand gives a message to all others.
func (w *witness) hand(what string, from *party, msg *message.MLSMessage) {
	w.t.Helper()
	for _, p := range w.parties {
		if p == from {
			continue
		}
		after, out, err := p.member.Receive(w.env, w.over(msg))
		w.ok(err)
		what := fmt.Sprintf("%s, %s", what, p.name)
		if after.Number() != p.member.Number() {
			w.enter(what, p, after, out)
			continue
		}
		w.step(what, p, after, out)
	}
}

// send lets a member make a message that does not end the epoch.
func (w *witness) send(what, name string, make func(*Member) (*Member, Output, error)) {
	w.t.Helper()
	p := w.at(name)
	after, out, err := make(p.member)
	w.ok(err)
	w.step(what, p, after, out)
	w.hand(what, p, out.Message)
}

// end lets a member commit, others follow, and newcomers join.
func (w *witness) end(what, name string, o CommitOptions, add ...string) {
	w.t.Helper()
	p := w.at(name)
	var joining []*party
	var keys []*KeyPackageKeys
	for _, n := range add {
		q := w.party(n)
		k, err := NewKeyPackage(w.env, q.id)
		w.ok(err)
		joining, keys, o.Add = append(joining, q), append(keys, k), append(o.Add, k.Package)
	}
	after, staged, out, err := p.member.Commit(w.env, o)
	w.ok(err)
	w.step(what+", not accepted", p, after, out)
	w.parties = slices.DeleteFunc(w.parties, func(q *party) bool { return slices.Contains(o.Remove, q.member.leaf) })
	w.hand(what, p, out.Message)
	w.enter(what+", accepted", p, staged.Next, out)
	for i, q := range joining {
		m, out, err := Join(w.env, q.id, keys[i:i+1], w.welcome(staged.Welcomes[0]), JoinOptions{})
		w.ok(err)
		w.step(what+", "+q.name+" joins", q, m, out)
		w.parties = append(w.parties, q)
	}
	w.agree()
}

// TestConsumedIsGone walks a group through each kind of step.
func TestConsumedIsGone(t *testing.T) {
	for _, format := range formats {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			r := &room{t: t, env: testEnv(t.Name())}
			a := r.party("A")
			r.parties = append(r.parties, a)
			w := &witness{room: r, t: t}
			m, out, err := Create(w.env, a.id, []byte("group"))
			w.ok(err)
			a.member = m
			w.step("create", a, m, out)
			w.end("add with a path", "A", CommitOptions{Format: format}, "B", "C", "D")
			w.end("add without a path", "B", CommitOptions{Format: format, NoPath: true}, "E", "F")
			w.end("an empty commit", "F", CommitOptions{Format: format})
			w.send("update", "B", func(m *Member) (*Member, Output, error) { return m.ProposeUpdate(w.env, format) })
			w.send("another update", "B", func(m *Member) (*Member, Output, error) { return m.ProposeUpdate(w.env, format) })
			w.send("remove", "C", func(m *Member) (*Member, Output, error) { return m.ProposeRemove(w.env, 5, format) })
			w.end("commit without the update", "D", CommitOptions{Format: format, Omit: true})
			w.send("update again", "B", func(m *Member) (*Member, Output, error) { return m.ProposeUpdate(w.env, format) })
			w.end("commit with the update", "D", CommitOptions{Format: format})
			w.end("remove", "A", CommitOptions{Format: format, Remove: leaves(2)}, "G")
			w.send("data", "E", func(m *Member) (*Member, Output, error) { return m.Send(w.env, []byte("data")) })
			w.skip("E", 3)
			w.end("commit at last", "E", CommitOptions{Format: format})
			t.Logf("%d states", w.steps)
		})
	}
}

// skip lets a member send messages that arrive in reverse.
func (w *witness) skip(name string, n int) {
	w.t.Helper()
	p := w.at(name)
	var sent []*message.MLSMessage
	for range n {
		after, out, err := p.member.Send(w.env, []byte("data"))
		w.ok(err)
		w.step("send", p, after, out)
		sent = append(sent, out.Message)
	}
	for i := range sent {
		w.hand("late", p, sent[n-1-i])
	}
}

// TestJoinUsesUpTheInitKey: the leaf key of the KeyPackage is the member's, the
// init key nobody's.
func TestJoinUsesUpTheInitKey(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	p := r.party("B")
	k, err := NewKeyPackage(r.env, p.id)
	r.ok(err)
	staged, _ := r.begin("A", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
	m, joined, err := Join(r.env, p.id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
	r.ok(err)
	consumed := func(s suite.Secret) bool {
		return slices.ContainsFunc(joined.Consumed, func(c Consumed) bool { return c.Secret.Equal(s) })
	}
	if !consumed(k.Init.Bytes()) || consumed(k.Leaf.Bytes()) || !m.keys.Leaf().Bytes().Equal(k.Leaf.Bytes()) {
		t.Errorf("consumed %v", joined.Consumed)
	}
	gone(t, "join", m, []Held{{Kind: KindInitKey, Secret: k.Init.Bytes()}})
}
