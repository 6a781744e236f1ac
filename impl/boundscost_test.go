package impl

import (
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// BenchmarkAtTheBound is what docs/bounds.md says that each bound costs. Bounds
// whose cost grows with nothing but the message are not in it.
func BenchmarkAtTheBound(b *testing.B) {
	for name, c := range costs {
		b.Run(name, func(b *testing.B) {
			r := settled(b)
			use := c(r)
			b.ReportAllocs()
			for b.Loop() {
				use()
			}
		})
	}
}

// costs are the dearest uses of each bound.
var costs = map[string]func(*room) func(){
	// Anyone on the way can change the end of a message that skips as much as may be.
	"Window.MaxForward": func(r *room) func() {
		msg := last(r.messages("B", schedule.DefaultMaxForward+1))
		tail(msg.PrivateMessage.Ciphertext)[0] ^= 1
		return func() { r.give("A", msg) }
	},
	"Window.MaxSkipped": func(r *room) func() {
		msg := last(r.messages("B", schedule.DefaultMaxForward+1))
		return func() { r.ok(r.give("A", msg)) }
	},
	"MaxMessage/ciphertext": func(r *room) func() {
		msg := r.messages("B", 1)[0]
		msg.PrivateMessage.Ciphertext = make([]byte, DefaultMaxMessage-1<<10)
		return parsing(r, msg)
	},
	"MaxMessage/removes": func(r *room) func() {
		list := slices.Repeat(values(remove(2)), DefaultMaxMessage/7-1000)
		return parsing(r, message.Public(&message.PublicMessage{Content: message.FramedContent{
			Sender: message.Member(0), Content: message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{Proposals: list}},
		}}))
	},
	"MaxLeaves/blank": func(r *room) func() {
		b := blanks(2*DefaultMaxLeaves-2, r.leafOf("A"))
		return func() {
			_, err := tree.Parse(r.suite(), nil, b, DefaultMaxLeaves)
			r.ok(err)
		}
	},
	"MaxCovered/each Add": func(r *room) func() {
		_, out := r.enlarge("B", 64) // to be divided by 64
		return func() { r.ok(r.give("A", out.Message)) }
	},
	"MaxPSKs": func(r *room) func() {
		everyPSK(r.env)
		_, _, out, err := r.at("B").member.Commit(r.env, CommitOptions{PSKs: psksNamed(DefaultMaxPSKs), Format: spec.WirePublicMessage})
		r.ok(err)
		return func() { r.ok(r.give("A", out.Message)) }
	},
	"MaxNewcomers": func(r *room) func() {
		joiners, out := r.enlarge("B", 1)
		w := out.welcome
		w.Secrets = slices.Repeat(w.Secrets, DefaultMaxNewcomers)
		w.Secrets[0].NewMember = nil
		for i := range w.Secrets {
			w.Secrets[i].NewMember = make([]byte, 32)
		}
		return func() { Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, w, JoinOptions{}) }
	},
	"Proposals": func(r *room) func() {
		a := r.at("A").member
		full := *a.PublicGroup
		full.proposals = slices.Repeat([]cached{{ref: make([]byte, 32)}}, DefaultProposals-1)
		m := *a
		m.Epoch = &Epoch{&full, a.secrets}
		msg := r.proposing("B", remove(2))
		return func() {
			_, _, err := m.Receive(r.env, msg)
			r.ok(err)
		}
	},
}

func parsing(r *room, msg *message.MLSMessage) func() {
	b := wire.Encode(msg)
	return func() { Parse(r.env, b) }
}

// blanks returns a ratchet_tree extension of so many blank nodes and a leaf.
func blanks(n int, leaf *tree.LeafNode) []byte {
	nodes := slices.Concat(make([]byte, n), []byte{1, byte(spec.NodeLeaf)}, wire.Encode(leaf))
	return append(wire.AppendVarint(nil, len(nodes)), nodes...)
}

func last[T any](list []T) T { return list[len(list)-1] }

func tail(b []byte) []byte { return b[len(b)-1:] }
