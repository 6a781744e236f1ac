package impl

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/meter"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// An announced number is one that a message gives and that costs its sender
// nothing to make large.
type announced struct {
	small, large uint64
	message      func(r *room, n uint64) *message.MLSMessage
}

// numbers are those that somebody can set who does not keep to the rules.
var numbers = map[string]announced{
	"epoch of a public message": {1, math.MaxUint64, func(r *room, n uint64) *message.MLSMessage {
		msg := r.proposing("B", remove(2))
		msg.PublicMessage.Content.Epoch = n
		return msg
	}},
	"epoch of a private message": {1, math.MaxUint64, func(r *room, n uint64) *message.MLSMessage {
		msg := r.messages("B", 1)[0]
		msg.PrivateMessage.Epoch = n
		return msg
	}},
	"generation": {schedule.DefaultMaxForward + 1, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		return r.from("B", message.SenderData{LeafIndex: 1, Generation: uint32(n)})
	}},
	"leaf in sender data": {9, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		return r.from("B", message.SenderData{LeafIndex: tree.LeafIndex(n)})
	}},
	"leaf of a member": {9, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		return r.inTheNameOf("B", message.Member(tree.LeafIndex(n)))
	}},
	"place of an external sender": {1, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		return r.inTheNameOf("B", message.Sender{Type: spec.SenderExternal, SenderIndex: uint32(n)})
	}},
	"leaf of a Remove": {9, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		return r.proposing("B", remove(tree.LeafIndex(n)))
	}},
	"leaf of a Remove in a Commit": {9, math.MaxUint32, func(r *room, n uint64) *message.MLSMessage {
		m := r.at("B").member
		ac, err := m.sign(message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{
			Proposals: values(remove(tree.LeafIndex(n))),
		}}, spec.WirePublicMessage, nil)
		r.ok(err)
		ac.Auth.ConfirmationTag = make([]byte, 32)
		return m.tagged(ac)
	}},
}

// from returns a PrivateMessage by a member whose sender data are others.
func (r *room) from(by string, data message.SenderData) *message.MLSMessage {
	m := r.at(by).member
	msg := r.messages(by, 1)[0]
	k := message.SenderDataKey(m.suite, m.secrets.SenderData, msg.PrivateMessage.Ciphertext)
	var err error
	msg.PrivateMessage.EncryptedSenderData, err = m.suite.Seal(k.Key, k.Nonce, wire.Encode((*plainSenderData)(msg.PrivateMessage)), wire.Encode(&data))
	r.ok(err)
	return msg
}

// plainSenderData is SenderDataAAD (Section 6.3.2).
type plainSenderData message.PrivateMessage

func (m *plainSenderData) Wire(c *wire.Coder) {
	wire.Opaque(c, &m.GroupID)
	wire.Uint64(c, &m.Epoch)
	wire.Uint8(c, &m.ContentType)
}

// inTheNameOf returns a proposal by a member in the name of another sender.
func (r *room) inTheNameOf(by string, s message.Sender) *message.MLSMessage {
	m := r.at(by).member
	p := remove(2)
	ac, err := m.frame(m.identity, s, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
	r.ok(err)
	return m.tagged(ac)
}

// TestAnnouncedNumbersCostNothing: the largest number of a field is refused with
// the same work as a small one, and no more memory.
func TestAnnouncedNumbersCostNothing(t *testing.T) {
	var work suite.Work
	r := newRoomOf(t, suite.All()[0].Counting(&work), spec.WirePublicMessage, "A", "B", "C", "D")
	a := r.at("A").member
	refuse := func(msg *message.MLSMessage) (suite.Work, uint64) {
		work = suite.Work{}
		_, _, err := a.Receive(r.env, msg)
		if spec.Violated(err) == "" {
			t.Fatalf("not refused: %v", err)
		}
		spent := work
		return spent, meter.Allocated(0, func() { a.Receive(r.env, msg) })
	}
	for name, n := range numbers {
		t.Run(name, func(t *testing.T) {
			little, some := refuse(n.message(r, n.small))
			much, all := refuse(n.message(r, n.large))
			if little != much {
				t.Errorf("%+v for %d, %+v for %d", little, n.small, much, n.large)
			}
			if all > some+1<<10 {
				t.Errorf("%d bytes for %d, %d bytes for %d", some, n.small, all, n.large)
			}
			if most := (suite.Work{Verifies: 1, Hashes: 4, Derivations: 2}); much.Verifies > most.Verifies || much.Hashes > most.Hashes || much.Derivations > most.Derivations {
				t.Errorf("refused after %+v", much)
			}
		})
	}
}

// TestErrorsAreShort: what is refused is quoted in part.
func TestErrorsAreShort(t *testing.T) {
	r := settled(t)
	long := make([]byte, 1<<20)
	public, private := r.proposing("B", remove(2)), r.messages("B", 1)[0]
	public.PublicMessage.Content.GroupID = long
	private.PrivateMessage.GroupID = long
	m := r.at("B").member
	ac, err := m.sign(message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{
		Proposals: []message.ProposalOrRef{{Type: spec.ByReference, Reference: long}},
	}}, spec.WirePublicMessage, nil)
	r.ok(err)
	ac.Auth.ConfirmationTag = make([]byte, 32)
	for name, msg := range map[string]*message.MLSMessage{"group_id": public, "private group_id": private, "reference": m.tagged(ac)} {
		_, _, err := r.at("A").member.Receive(r.env, msg)
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes", name, len(fmt.Sprint(err)))
		}
	}
}

// TestWorkGrowsWithTheMessage: what is ten times as long takes about ten times as
// long, and not a hundred times.
func TestWorkGrowsWithTheMessage(t *testing.T) {
	const most = 30
	r := settled(t)
	everyPSK(r.env)
	r.env.MaxCovered, r.env.MaxPSKs = 1<<20, 1<<16
	m := r.at("A").member
	for name, c := range map[string]struct {
		n    int
		make func(n int) func()
	}{
		"references": {300, func(n int) func() {
			g := *m.PublicGroup
			commit := new(message.Commit)
			for i := range n {
				ref := fmt.Appendf(make([]byte, 28), "%d", i)
				g.proposals = append(g.proposals, cached{ref: ref})
				commit.Proposals = append(commit.Proposals, message.ProposalOrRef{Type: spec.ByReference, Reference: ref})
			}
			return func() { g.resolve(r.env, commit, message.Member(1)) }
		}},
		"PSKs": {100, func(n int) func() {
			l := &proposalList{committer: message.Member(1)}
			for _, id := range psksNamed(n) {
				id.Nonce = make([]byte, 32)
				l.proposals = append(l.proposals, byValue(pskProposal(id), l.committer))
			}
			return func() { r.ok(m.validateList(r.env, l, false)) }
		}},
		"extensions that nobody supports": {100, func(n int) func() {
			g, p := *m.PublicGroup, *m
			for i := range n {
				g.proposals = append(g.proposals,
					cached{ref: fmt.Append(nil, i), proposal: extended(tree.Extension{Type: 0x0a0a}), sender: message.Member(1)},
					cached{ref: fmt.Append(nil, "add", i), proposal: add(r.packaged(r.stranger(), nil, nil)), sender: message.Member(1)})
			}
			p.Epoch = &Epoch{&g, m.secrets}
			return func() { p.cover(r.env, nil) }
		}},
		"members of a branch": {50, func(n int) func() {
			leaves := make([]*tree.LeafNode, n)
			for i := range leaves {
				leaves[i] = new(*r.leafOf("A"))
				leaves[i].Credential = tree.BasicCredential(fmt.Append(nil, i))
			}
			whole, _ := tree.New(m.suite).AddAll(leaves)
			slices.Reverse(leaves)
			part, _ := tree.New(m.suite).AddAll(leaves)
			g := &PublicGroup{suite: m.suite, tree: whole}
			return func() { r.ok(g.lacks(r.env, part)) }
		}},
		"entries of a Welcome": {100, func(n int) func() {
			joiners, out := r.enlarge("B", 1)
			w := out.welcome
			w.Secrets = slices.Repeat([]message.EncryptedGroupSecrets{{NewMember: make([]byte, 32)}}, n)
			return func() { Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, w, JoinOptions{}) }
		}},
		"extensions of one list": {300, func(n int) func() {
			list := make([]tree.Extension, n)
			for i := range list {
				list[i].Type = spec.ExtensionType(i)
			}
			return func() { message.UniqueExtensions(list) }
		}},
		"padding": {10000, func(n int) func() {
			env := r.unbounded()
			env.Padding = func(int) int { return n }
			_, out, err := r.at("B").member.Send(env, nil)
			r.ok(err)
			return func() { r.ok(r.give("A", out.Message)) }
		}},
		"proposals of a Commit": {1000, func(n int) func() {
			b := wire.Encode(&message.Commit{Proposals: slices.Repeat(values(remove(2)), n)})
			return func() { r.ok(wire.Decode(b, new(message.Commit))) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if g := meter.Growth(c.n, most, c.make); g > most {
				t.Errorf("ten times as much takes %.0f times as long", g)
			}
		})
	}
}
