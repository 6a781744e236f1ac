package impl

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// reread returns a member as it is after it was written down.
func (r *room) reread(m *Member) *Member {
	r.t.Helper()
	written := m.Encode()
	read, err := DecodeMember(written)
	r.ok(err)
	if !read.Encode().Equal(written) {
		r.t.Fatalf("%v: what was read is written in another way", m)
	}
	if !reflect.DeepEqual(read, m) {
		r.t.Fatalf("%v: is not the same after it was read", m)
	}
	return read
}

// laden returns a room with a member that has something of everything: own Updates
// in flight and the proposals of others, keys that were skipped, epochs that are
// over and their PSKs. early is the message that it has skipped.
func laden(t testing.TB, s *suite.Suite) (_ *room, early *message.MLSMessage) {
	r := newRoomOf(t, s, spec.WirePrivateMessage, "A", "B", "C", "D")
	everyPSK(r.env)
	r.env.PastEpochs, r.env.PastPSKs = 2, 3
	for _, n := range []string{"B", "C", "D"} {
		r.say(n, "before the next epoch")
		r.commit(n, CommitOptions{})
	}
	b, skipped, err := r.at("B").member.Send(r.env, []byte("skipped"))
	r.ok(err)
	r.at("B").member = b
	r.say("B", "read")
	r.update("A")
	r.update("C")
	a, out, err := r.at("A").member.ProposePSK(r.env, schedule.ExternalPSK([]byte("psk")), r.format)
	r.ok(err)
	r.at("A").member = a
	r.deliver(r.at("A"), out.Message)
	return r, skipped.Message
}

// TestStatesGoOn: what was written down goes on as if it had never been, in every
// suite, those that are experimental too; in one of them through all operations.
func TestStatesGoOn(t *testing.T) {
	for _, s := range append(suite.All(), suite.Experimental()...) {
		t.Run(s.ID.String(), func(t *testing.T) {
			r, early := laden(t, s)
			m := r.at("A").member
			if len(m.updates) == 0 || len(m.past) != 2 || len(m.psks) != 3 || m.Pending() != 3 {
				t.Fatalf("not laden: %d updates, %d epochs, %d PSKs, %d proposals", len(m.updates), len(m.past), len(m.psks), m.Pending())
			}
			read := r.reread(m)
			if _, got, err := read.Receive(r.env, r.over(early)); err != nil || string(got.Data) != "skipped" {
				t.Errorf("%q, %v", got.Data, err)
			}
			r.restart = true
			r.commit("D", CommitOptions{}, "E")
			if s == suite.All()[0] {
				live(r)
			}
		})
	}
}

// TestStatesAreEqual: a state and what is read of it take the same steps from the
// same randomness.
func TestStatesAreEqual(t *testing.T) {
	r, _ := laden(t, suite.All()[0])
	m := r.at("B").member
	step := func(m *Member) []byte {
		env := testEnv("the same")
		env.PSK, env.PastEpochs, env.PastPSKs = r.env.PSK, 2, 3
		after, staged, _, err := m.Commit(env, CommitOptions{Format: spec.WirePrivateMessage})
		r.ok(err)
		return slices.Concat(after.Encode(), staged.Encode())
	}
	if diff := cmp.Diff(step(m), step(r.reread(m))); diff != "" {
		t.Error(diff)
	}
}

// TestPublicGroupsAreWrittenDown: a follower that restarts before each message has
// the same view, and goes on when the group ends.
func TestPublicGroupsAreWrittenDown(t *testing.T) {
	r := settled(t)
	service := r.at("A").member.PublicGroup
	follow := func(msg *message.MLSMessage) {
		t.Helper()
		read, err := DecodePublicGroup(service.Encode())
		r.ok(err)
		if !bytes.Equal(read.Encode(), service.Encode()) {
			t.Fatal("what was read is written in another way")
		}
		v, err := read.VerifyPublic(r.env, r.over(msg).PublicMessage)
		r.ok(err)
		if msg.PublicMessage.Content.ContentType == spec.ContentProposal {
			service, err = read.Cache(r.env, v)
			r.ok(err)
			return
		}
		transition, err := read.Apply(r.env, v)
		r.ok(err)
		service = transition.Public()
	}
	b, out, err := r.at("B").member.ProposeRemove(r.env, r.leaf("D"), r.format)
	r.ok(err)
	r.at("B").member = b
	r.deliver(r.at("B"), out.Message)
	follow(out.Message)
	follow(r.commit("A", CommitOptions{}, "E", "F").Message)
	follow(r.commit("C", CommitOptions{ReInit: &message.ReInit{GroupID: []byte("next"), Version: spec.MLS10, CipherSuite: 1}}).Message)
	read, err := DecodePublicGroup(service.Encode())
	r.ok(err)
	if read.Ended() == nil || !bytes.Equal(read.Context(), r.at("A").member.Context()) {
		t.Errorf("ended by %v, in epoch %d", read.Ended(), read.Number())
	}
}

// written are all kinds of state, each with its Decode.
func written(t testing.TB) map[stateKind][]byte {
	r, _ := laden(t, suite.All()[0])
	k, err := NewKeyPackage(r.env, r.stranger())
	r.ok(err)
	after, staged, out, err := r.at("B").member.Commit(r.env, CommitOptions{Add: packages(*k.Package), Format: r.format})
	r.ok(err)
	return map[stateKind][]byte{
		stateMember:      after.Encode(),
		statePublicGroup: after.PublicGroup.Encode(),
		stateStaged:      staged.Encode(),
		stateKeyPackage:  k.Encode(),
		stateIdentity:    r.stranger().Encode(),
		stateCheckpoint: (&Checkpoint{
			Member: after, Staged: []*Staged{staged}, Keys: []*KeyPackageKeys{k}, Outbox: []*message.MLSMessage{out.Message},
		}).Encode(),
	}
}

// again reads a state of a kind and writes it down once more.
func again(kind stateKind, b []byte) ([]byte, error) {
	type encoder interface{ Encode() suite.Secret }
	var e encoder
	var err error
	switch kind {
	case statePublicGroup:
		g, err := DecodePublicGroup(b)
		if err != nil {
			return nil, err
		}
		return g.Encode(), nil
	case stateMember:
		e, err = DecodeMember(b)
	case stateStaged:
		e, err = DecodeStaged(b)
	case stateKeyPackage:
		e, err = DecodeKeyPackageKeys(b)
	case stateIdentity:
		e, err = DecodeIdentity(b)
	case stateCheckpoint:
		e, err = DecodeCheckpoint(b)
	}
	if err != nil {
		return nil, err
	}
	return e.Encode(), nil
}

func TestStatesAreReadAsWritten(t *testing.T) {
	for kind, b := range written(t) {
		if got, err := again(kind, b); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%v: %v; the same: %v", kind, err, bytes.Equal(got, b))
		}
	}
}

// TestDamagedStates: a state that was cut off, or has one bit changed, is refused
// and never misread; one of another kind or version is refused by name.
func TestDamagedStates(t *testing.T) {
	for kind, b := range written(t) {
		for n := 0; n < len(b); n += max(1, len(b)/200) {
			if _, err := again(kind, b[:n]); !errors.Is(err, ErrStateDamaged) {
				t.Errorf("%v, the first %d bytes: %v", kind, n, err)
			}
			changed := bytes.Clone(b)
			changed[n] ^= 1 << (n % 8)
			_, err := again(kind, changed)
			if !errors.Is(err, ErrStateDamaged) && !errors.Is(err, ErrStateVersion) && !errors.Is(err, ErrStateKind) {
				t.Errorf("%v, byte %d changed: %v", kind, n, err)
			}
		}
		if _, err := again(kind, append(bytes.Clone(b), 0)); !errors.Is(err, ErrStateDamaged) {
			t.Errorf("%v with a byte behind it: %v", kind, err)
		}
		for other := stateMember; other <= stateCheckpoint; other++ {
			if _, err := again(other, b); other != kind && !errors.Is(err, ErrStateKind) {
				t.Errorf("%v for a %v: %v", kind, other, err)
			}
		}
		for _, version := range []byte{0, 2} {
			unknown := bytes.Clone(b)
			unknown[len(stateMagic)+2] = version
			if _, err := again(kind, unknown); !errors.Is(err, ErrStateVersion) {
				t.Errorf("%v of version %d: %v", kind, version, err)
			}
		}
	}
}

// TestStatesThatCannotBe: each has one thing that cannot be in a state, and is
// written with a right checksum.
func TestStatesThatCannotBe(t *testing.T) {
	r, _ := laden(t, suite.All()[0])
	other, err := suite.All()[0].GenerateKeyPair(r.env.Rand)
	r.ok(err)
	const parent = 2 // as a secret tree is written
	for name, change := range map[string]func(*memberRecord){
		"another suite":        func(m *memberRecord) { m.group.context.CipherSuite = 0x0a0a },
		"another tree":         func(m *memberRecord) { m.group.tree = newRoom(t, r.format, "X").at("X").member.tree.Extension() },
		"another tree hash":    func(m *memberRecord) { m.group.context.TreeHash = []byte("another") },
		"no tree":              func(m *memberRecord) { m.group.tree = nil },
		"short secret":         func(m *memberRecord) { m.secrets[3] = m.secrets[3][1:] },
		"no init_secret":       func(m *memberRecord) { m.secrets[7] = nil },
		"blank leaf":           func(m *memberRecord) { m.leaf = 77 },
		"another's leaf":       func(m *memberRecord) { m.leaf = 1 },
		"another leaf key":     func(m *memberRecord) { m.key = other.Bytes() },
		"short leaf key":       func(m *memberRecord) { m.key = m.key[1:] },
		"another node key":     func(m *memberRecord) { m.path[0].key = other.Bytes() },
		"no node key":          func(m *memberRecord) { m.path[0].key = nil },
		"key of another node":  func(m *memberRecord) { m.path[0].node = 5 },
		"key twice":            func(m *memberRecord) { m.path = append(m.path, m.path[0]) },
		"another signature":    func(m *memberRecord) { m.identity.signer = r.keyOf("B").Bytes() },
		"no signature key":     func(m *memberRecord) { m.identity.signer = nil },
		"no secret tree":       func(m *memberRecord) { m.ratchets = nil },
		"secret tree too deep": func(m *memberRecord) { m.ratchets = append([]byte{parent, parent}, m.ratchets...) },
		"update without a key": func(m *memberRecord) { m.updates[0].key = nil },
		"update unsigned":      func(m *memberRecord) { m.updates[0].identity.signer = nil },
		"past of another group": func(m *memberRecord) {
			m.past[0].group = recordOfGroup(newRoomOf(t, suite.All()[2], r.format, "X").at("X").member.PublicGroup)
		},
		"past without key":  func(m *memberRecord) { m.past[1].senderData = nil },
		"past without tree": func(m *memberRecord) { m.past[1].ratchets = nil },
		"proposal of a blank leaf": func(m *memberRecord) {
			m.group.proposals[0].sender = message.Member(77)
		},
		"Update of no member": func(m *memberRecord) {
			i := slices.IndexFunc(m.group.proposals, func(p cached) bool { return p.proposal.Type == spec.ProposalUpdate })
			m.group.proposals[i].sender = message.Sender{Type: spec.SenderNewMemberProposal}
		},
		"short PSK": func(m *memberRecord) { m.psks[0].secret = m.psks[0].secret[1:] },
		"extension": func(m *memberRecord) {
			m.group.context.Extensions = append(m.group.context.Extensions, tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{1}})
		},
	} {
		record := recordOf(r.at("A").member)
		record.past, record.psks, record.updates, record.path = slices.Clone(record.past), slices.Clone(record.psks), slices.Clone(record.updates), slices.Clone(record.path)
		record.group.proposals = slices.Clone(record.group.proposals)
		if _, err := DecodeMember(encodeState(stateMember, &record)); err != nil {
			t.Fatalf("%s, unchanged: %v", name, err)
		}
		change(&record)
		if _, err := DecodeMember(encodeState(stateMember, &record)); !errors.Is(err, ErrStateDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var writeStates = flag.Bool("states", false, "write the states of testdata/state anew")

// TestStatesOfVersion1 reads what the first version wrote, and goes on with it.
func TestStatesOfVersion1(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", "state", name+".v1") }
	if *writeStates {
		r, early := laden(t, suite.All()[0])
		outbox := &Checkpoint{Member: r.at("B").member, Outbox: []*message.MLSMessage{early}}
		for name, b := range map[string][]byte{"member": r.at("A").member.Encode(), "checkpoint": outbox.Encode(), "public": r.at("C").member.PublicGroup.Encode()} {
			r.ok(os.MkdirAll(filepath.Dir(file(name)), 0o755))
			r.ok(os.WriteFile(file(name), b, 0o644))
		}
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	env := testEnv("version 1")
	everyPSK(env)
	a, err := DecodeMember(read("member"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := DecodeCheckpoint(read("checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := DecodePublicGroup(read("public"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.Context(), a.Context()) || g.Pending() != 3 {
		t.Errorf("epoch %d, %d proposals", g.Number(), g.Pending())
	}
	if _, got, err := a.Receive(env, p.Outbox[0]); err != nil || string(got.Data) != "skipped" {
		t.Errorf("%q, %v", got.Data, err)
	}
	_, staged, out, err := p.Member.Commit(env, CommitOptions{Format: spec.WirePrivateMessage})
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := a.Receive(env, out.Message)
	if err != nil || !after.Authenticator().Equal(staged.Next.Authenticator()) {
		t.Errorf("the Commit: %v", err)
	}
}

// FuzzStates gives bodies with a right checksum to each Decode. What is read is
// written down again as the same bytes, and can be used.
func FuzzStates(f *testing.F) {
	for kind, b := range written(f) {
		var file stateFile
		if err := wire.Decode(b, &file); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(kind), []byte(file.body))
	}
	env := testEnv("fuzz")
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		k := stateKind(kind)
		if k < stateMember || k > stateCheckpoint {
			return
		}
		file := stateFile{kind: k, version: stateVersion, body: body}
		copy(file.magic[:], stateMagic)
		file.sum = file.checksum()
		b := wire.Encode(&file)
		got, err := again(k, b)
		if err != nil {
			return
		}
		if !bytes.Equal(got, b) {
			t.Errorf("%v: read and written in another way", k)
		}
		if k == stateMember {
			m, _ := DecodeMember(b)
			fmt.Fprint(io.Discard, m)
			m.Held()
			if after, _, err := m.Send(env, nil); err == nil {
				after.Encode()
			}
			if _, staged, _, err := m.Commit(env, CommitOptions{Format: spec.WirePrivateMessage}); err == nil {
				staged.Encode()
			}
		}
	})
}
