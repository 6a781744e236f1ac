package impl

import (
	"fmt"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// sizes are the numbers of members that are measured.
var sizes = []int{8, 64, 1024}

// crowd returns the first two members of a group of n that one Commit has made.
// Nobody else has committed, so that the tree has no parents but on the first
// one's path, and the next Commit is sealed to almost every leaf by itself: the
// worst case, to which n counts in full.
func crowd(b *testing.B, n int) *room {
	b.Helper()
	r := &room{t: b, env: testEnv(b.Name())}
	first, second := r.party("first"), r.party("second")
	m, _, err := Create(r.env, first.id, []byte("group"))
	r.ok(err)
	k, err := NewKeyPackage(r.env, second.id)
	r.ok(err)
	r.parties = append(r.parties, first, second)
	o := CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage}
	for i := 2; i < n; i++ {
		kp := r.packaged(r.party(fmt.Sprint(i)).id, nil, nil)
		o.Add = append(o.Add, &kp)
	}
	_, staged, _, err := m.Commit(r.env, o)
	r.ok(err)
	first.member = staged.Next
	second.member, _, err = Join(r.env, second.id, []*KeyPackageKeys{k}, staged.Welcomes[0], JoinOptions{})
	r.ok(err)
	return r
}

// forSizes runs a benchmark in groups of each size.
func forSizes(b *testing.B, f func(b *testing.B, r *room)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			r := crowd(b, n)
			b.ReportAllocs()
			f(b, r)
		})
	}
}

func size(m *message.MLSMessage) float64 { return float64(len(wire.Encode(m))) }

// BenchmarkCommit is an empty Commit with a path.
func BenchmarkCommit(b *testing.B) {
	forSizes(b, func(b *testing.B, r *room) {
		m := r.at("second").member
		var out Output
		for b.Loop() {
			var err error
			_, _, out, err = m.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
			r.ok(err)
		}
		b.ReportMetric(size(out.Message), "B/message")
	})
}

// BenchmarkProcess is the same Commit where it arrives.
func BenchmarkProcess(b *testing.B) {
	forSizes(b, func(b *testing.B, r *room) {
		_, out := r.begin("second", CommitOptions{Format: spec.WirePublicMessage})
		m := r.at("first").member
		for b.Loop() {
			_, _, err := m.Receive(r.env, out.Message)
			r.ok(err)
		}
		b.ReportMetric(size(out.Message), "B/message")
	})
}

// BenchmarkJoin is a new member that validates the whole tree.
func BenchmarkJoin(b *testing.B) {
	forSizes(b, func(b *testing.B, r *room) {
		id := r.stranger()
		k, err := NewKeyPackage(r.env, id)
		r.ok(err)
		staged, _ := r.begin("first", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
		for b.Loop() {
			_, _, err := Join(r.env, id, []*KeyPackageKeys{k}, staged.Welcomes[0], JoinOptions{})
			r.ok(err)
		}
		b.ReportMetric(float64(len(wire.Encode(staged.Welcomes[0]))), "B/message")
	})
}

// BenchmarkSend is 100 bytes of application data.
func BenchmarkSend(b *testing.B) {
	forSizes(b, func(b *testing.B, r *room) {
		m := r.at("first").member
		var out Output
		for b.Loop() {
			var err error
			m, out, err = m.Send(r.env, make([]byte, 100))
			r.ok(err)
		}
		b.ReportMetric(size(out.Message), "B/message")
	})
}

// BenchmarkReceive is the same data where it arrives, a first message of its
// sender.
func BenchmarkReceive(b *testing.B) {
	forSizes(b, func(b *testing.B, r *room) {
		_, out, err := r.at("second").member.Send(r.env, make([]byte, 100))
		r.ok(err)
		m := r.at("first").member
		for b.Loop() {
			_, _, err := m.Receive(r.env, out.Message)
			r.ok(err)
		}
		b.ReportMetric(size(out.Message), "B/message")
	})
}
