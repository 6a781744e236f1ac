package impl

import (
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/meter"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A load is a long message and what is done with it.
type load struct {
	length int // bytes
	use    func() error
}

// received is a message that a member receives.
func received(r *room, msg *message.MLSMessage) load {
	a := r.at("A").member
	return load{len(wire.Encode(msg)), func() error { _, _, err := a.Receive(r.env, msg); return err }}
}

// enlarged returns a group of n and four, and its description.
func enlarged(r *room, n int) (*room, *message.GroupInfo) {
	_, out := r.enlarge("B", n)
	a, _, err := r.at("A").member.Receive(r.env, out.Message)
	r.ok(err)
	r.at("A").member = a
	return r, r.info(GroupInfoOptions{ExternalPub: true})
}

// largest returns what may be allocated at once for a message of a length: four
// times as much, and what the client needs whatever comes.
func largest(length int) int64 { return 4*int64(length) + 64<<10 }

// TestMemoryGrowsWithTheMessage measures how many times its length a message makes
// an entry point allocate, what is given back at once included, and what of it is
// allocated in one piece. The numbers are those of docs/bounds.md.
func TestMemoryGrowsWithTheMessage(t *testing.T) {
	if spec.Tracing {
		t.Skip("what is recorded takes memory too")
	}
	const (
		long  = 1 << 20
		many  = 400
		slack = 64 << 10 // for the group as it is
	)
	base := settled(t)
	for _, c := range []struct {
		name   string
		factor float64
		load   func(r *room) load
	}{
		{"application data", 3.1, func(r *room) load {
			_, out, err := r.at("B").member.Send(r.env, make([]byte, long))
			r.ok(err)
			return received(r, out.Message)
		}},
		{"proposal of a long extension", 3.1, func(r *room) load {
			extensions := []tree.Extension{{Type: spec.ExtApplicationID, Data: make([]byte, long)}}
			return received(r, r.proposing("B", message.Proposal{
				Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{Extensions: extensions}}))
		}},
		{"proposal of a long KeyPackage", 4.1, func(r *room) load {
			id := r.stranger()
			kp := r.packaged(id, nil, nil)
			kp.Extensions = append(kp.Extensions, tree.Extension{Type: 0xf00d, Data: make([]byte, long)})
			kp, err := kp.Sign(r.suite(), id.Signer)
			r.ok(err)
			return received(r, r.proposing("B", add(kp)))
		}},
		{"Commit of many Adds", 8.5, func(r *room) load {
			_, out := r.enlarge("B", many)
			return received(r, out.Message)
		}},
		{"Welcome to many", 7.5, func(r *room) load {
			joiners, out := r.enlarge("B", many)
			return load{len(wire.Encode(out.welcome)), func() error { _, err := joiners[0].joins(r, out.welcome); return err }}
		}},
		{"GroupInfo of many, to follow", 8, func(r *room) load {
			r, info := enlarged(r, many)
			return load{len(wire.Encode(info)), func() error { _, err := Follow(r.env, info, nil); return err }}
		}},
		{"GroupInfo of many, to come in from outside", 28, func(r *room) load {
			r, info := enlarged(r, many)
			return load{len(wire.Encode(info)), func() error {
				_, _, err := JoinExternal(r.env, r.stranger(), info, ExternalOptions{})
				return err
			}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.load(base.copy(t))
			var err error
			most := uint64(c.factor*float64(l.length) + slack)
			got := meter.Allocated(most, func() { err = l.use() })
			if got > most || err != nil {
				t.Errorf("%d bytes allocated for %d, which is %.2f times as many: %v", got, l.length, float64(got)/float64(l.length), err)
			}
			if got > uint64(largest(l.length)) { // or it cannot be allocated at once
				if got := meter.Largest(func() { err = l.use() }); got > largest(l.length) || err != nil {
					t.Errorf("%d bytes allocated at once for %d: %v", got, l.length, err)
				}
			}
		})
	}
}
