package impl

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// now is the time of the tests, in seconds since 1970.
const now = 1_800_000_000

// testEnv returns surroundings whose randomness is that of a name.
func testEnv(name string) *Env {
	var seed [32]byte
	copy(seed[:], name)
	return &Env{Rand: rand.NewChaCha8(seed), Now: now}
}

// party is a client in a test group.
type party struct {
	name   string
	id     *Identity
	member *Member
}

// tester is what a room asks of *testing.T, *testing.B or *rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// room is a group whose members all process each message at once.
type room struct {
	t       tester
	env     *Env
	of      *suite.Suite // nil for the first
	format  spec.WireFormat
	parties []*party
	restart bool // whoever acts has been written down and read again before
}

func newRoom(t testing.TB, format spec.WireFormat, names ...string) *room {
	t.Helper()
	return newRoomOf(t, suite.All()[0], format, names...)
}

func newRoomOf(t testing.TB, s *suite.Suite, format spec.WireFormat, names ...string) *room {
	t.Helper()
	r := &room{t: t, env: testEnv(t.Name()), of: s, format: format}
	first := r.party(names[0])
	m, _, err := Create(r.env, first.id, []byte("group"))
	r.ok(err)
	first.member = m
	r.parties = append(r.parties, first)
	for _, n := range names[1:] {
		r.commit(names[0], CommitOptions{}, n)
	}
	return r
}

func (r *room) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) party(name string) *party {
	r.t.Helper()
	id, err := NewIdentity(r.env, cmp.Or(r.of, suite.All()[0]), []byte(name))
	r.ok(err)
	return &party{name: name, id: id}
}

func (r *room) at(name string) *party {
	for _, p := range r.parties {
		if p.name == name {
			if r.restart {
				p.member = r.reread(p.member)
			}
			return p
		}
	}
	r.t.Fatalf("no member %s", name)
	return nil
}

// commit lets a member commit, add newcomers, and everybody follow.
func (r *room) commit(name string, o CommitOptions, add ...string) Output {
	r.t.Helper()
	o.Format = r.format
	var joining []*party
	var keys []*KeyPackageKeys
	for _, n := range add {
		p := r.party(n)
		k, err := NewKeyPackage(r.env, p.id)
		r.ok(err)
		joining, keys = append(joining, p), append(keys, k)
		o.Add = append(o.Add, k.Package)
	}
	author := r.at(name)
	_, staged, out, err := author.member.Commit(r.env, o)
	r.ok(err)
	r.deliver(author, out.Message)
	author.member = staged.Next
	for i, p := range joining {
		p.member, _, err = Join(r.env, p.id, keys[i:i+1], r.welcome(staged.Welcomes[0]), JoinOptions{})
		r.ok(err)
		r.parties = append(r.parties, p)
	}
	r.agree()
	return out
}

// welcome returns a Welcome as it comes off the wire.
func (r *room) welcome(w *message.Welcome) *message.Welcome {
	var decoded message.Welcome
	r.ok(wire.Decode(wire.Encode(w), &decoded))
	return &decoded
}

// over returns a message as it comes off the wire.
func (r *room) over(m *message.MLSMessage) *message.MLSMessage {
	r.t.Helper()
	var decoded message.MLSMessage
	r.ok(wire.Decode(wire.Encode(m), &decoded))
	return &decoded
}

// deliver gives a message to all but its sender; who is removed leaves.
func (r *room) deliver(from *party, m *message.MLSMessage) {
	r.t.Helper()
	var rest []*party
	for _, p := range r.parties {
		if p == from {
			rest = append(rest, p)
			continue
		}
		if r.restart {
			p.member = r.reread(p.member)
		}
		after, _, err := p.member.Receive(r.env, r.over(m))
		if errors.Is(err, spec.ErrRemoved) {
			continue
		}
		if err != nil {
			r.t.Fatalf("%s: %v", p.name, err)
		}
		p.member = after
		rest = append(rest, p)
	}
	r.parties = rest
}

func (r *room) agree() {
	r.t.Helper()
	first := r.parties[0].member
	for _, p := range r.parties[1:] {
		if !bytes.Equal(first.Authenticator(), p.member.Authenticator()) || !bytes.Equal(first.Context(), p.member.Context()) {
			r.t.Fatalf("%s and %s are in different epochs", r.parties[0].name, p.name)
		}
	}
}

func (r *room) update(name string) {
	r.t.Helper()
	p := r.at(name)
	after, out, err := p.member.ProposeUpdate(r.env, r.format)
	r.ok(err)
	p.member = after
	r.deliver(p, out.Message)
}

func (r *room) leaf(name string) tree.LeafIndex { return r.at(name).member.Leaf() }

// say lets a member send and everybody read.
func (r *room) say(name, text string) {
	r.t.Helper()
	p := r.at(name)
	after, out, err := p.member.Send(r.env, []byte(text))
	r.ok(err)
	p.member = after
	for _, q := range r.parties {
		if q == p {
			continue
		}
		after, got, err := q.member.Receive(r.env, r.over(out.Message))
		r.ok(err)
		if string(got.Data) != text {
			r.t.Fatalf("%s read %q", q.name, got.Data)
		}
		q.member = after
	}
}

// TestGroupLives walks a group through every operation, in every suite, those
// that are experimental too, and both framings.
func TestGroupLives(t *testing.T) {
	for _, s := range append(suite.All(), suite.Experimental()...) {
		for _, format := range []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage} {
			t.Run(fmt.Sprintf("%v/%d", s.ID, format), func(t *testing.T) { live(newRoomOf(t, s, format, "A", "B", "C", "D", "E")) })
		}
	}
}

func live(r *room) {
	r.say("B", "hello")
	r.say("B", "again")
	r.commit("C", CommitOptions{})
	r.update("A")
	r.update("D")
	r.commit("B", CommitOptions{})
	r.commit("E", CommitOptions{Remove: []tree.LeafIndex{r.leaf("B")}})
	r.commit("A", CommitOptions{NoPath: true}, "F", "G", "H", "I")
	r.say("I", "late, but here")
	for _, n := range []string{"A", "C", "D", "E", "F", "G", "H", "I"} {
		r.commit(n, CommitOptions{})
	}
	r.commit("I", CommitOptions{Remove: []tree.LeafIndex{r.leaf("H"), r.leaf("A")}})
	r.say("D", "bye")
}

// TestUnmergedMemberFollows: a member that came without a path is not below the
// parents that it is unmerged at, and gets the path secret by itself.
func TestUnmergedMemberFollows(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B", "C", "D", "E", "F", "G", "H")
	r.commit("C", CommitOptions{Remove: leaves(r.leaf("B"))})
	r.commit("C", CommitOptions{NoPath: true}, "I")
	i := r.at("I").member
	if u := i.tree.Parent(3).UnmergedLeaves; i.Leaf() != 1 || !slices.Equal(u, leaves(1)) {
		t.Fatalf("leaf %d, node 3 has %v", i.Leaf(), u)
	}
	out := r.commit("F", CommitOptions{})
	sealed := out.Message.PublicMessage.Content.Commit.Path.Nodes
	if n := len(sealed[len(sealed)-1].EncryptedPathSecret); n != 2 {
		t.Errorf("%d ciphertexts for node 3 and leaf 1", n)
	}
	r.say("I", "still here")
}

// TestPathIsNotSealedToNewcomers: they get the path secret by Welcome.
func TestPathIsNotSealedToNewcomers(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	out := r.commit("A", CommitOptions{}, "C", "D")
	var counts []int
	for _, n := range out.Message.PublicMessage.Content.Commit.Path.Nodes {
		counts = append(counts, len(n.EncryptedPathSecret))
	}
	if want := []int{1, 0}; !slices.Equal(counts, want) {
		t.Errorf("ciphertexts %v, want %v: B's, and none for C and D", counts, want)
	}
}
