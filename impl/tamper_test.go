package impl

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// TestFlippedBitsAreRefused flips one bit of each byte of a message in turn: the
// lowest, then the highest, which in lengths makes the most of it.
func TestFlippedBitsAreRefused(t *testing.T) {
	base := settled(t)
	for _, c := range []struct {
		name string
		make func(r *room) (*message.MLSMessage, error)
	}{
		{"commit", func(r *room) (*message.MLSMessage, error) { return r.busyCommit(spec.WirePublicMessage) }},
		{"commit in private", func(r *room) (*message.MLSMessage, error) { return r.busyCommit(spec.WirePrivateMessage) }},
		{"proposal", func(r *room) (*message.MLSMessage, error) {
			_, out, err := r.at("B").member.ProposeUpdate(r.env, spec.WirePublicMessage)
			return out.Message, err
		}},
		{"proposal in private", func(r *room) (*message.MLSMessage, error) {
			_, out, err := r.at("B").member.ProposeUpdate(r.env, spec.WirePrivateMessage)
			return out.Message, err
		}},
		{"application data", func(r *room) (*message.MLSMessage, error) {
			_, out, err := r.at("B").member.Send(r.env, []byte("attack at dawn"))
			return out.Message, err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := base.copy(t)
			msg, err := c.make(r)
			r.ok(err)
			m := r.at("A").member
			before := m.Held()
			raw := wire.Encode(msg)
			flips(raw, func(i int, b []byte) {
				var changed message.MLSMessage
				err := wire.Decode(b, &changed)
				if err == nil {
					_, _, err = m.Receive(r.env, &changed)
				}
				if !refusedAsSpecified(err) {
					t.Fatalf("byte %d of %d: %v", i, len(raw), err)
				}
			})
			sameSecrets(t, before, m.Held())
			if err := r.give("A", msg); err != nil {
				t.Errorf("the message itself: %v", err)
			}
			t.Logf("%d bytes", len(raw))
		})
	}
}

// busyCommit returns a Commit by B that removes D and adds E.
func (r *room) busyCommit(format spec.WireFormat) (*message.MLSMessage, error) {
	kp := r.packaged(r.stranger(), nil, nil)
	o := CommitOptions{Remove: leaves(3), Add: packages(kp), Format: format}
	_, _, out, err := r.at("B").member.Commit(r.env, o)
	return out.Message, err
}

func TestFlippedBitsOfAWelcomeAreRefused(t *testing.T) {
	r := settled(t)
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	_, staged, _, err := r.at("B").member.Commit(r.env, CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
	r.ok(err)
	join := func(w *message.Welcome) error {
		_, _, err := Join(r.env, id, []*KeyPackageKeys{k}, w, JoinOptions{})
		return err
	}
	raw := wire.Encode(staged.Welcomes[0])
	flips(raw, func(i int, b []byte) {
		var w message.Welcome
		err := wire.Decode(b, &w)
		if err == nil {
			err = join(&w)
		}
		if !refusedAsSpecified(err) {
			t.Fatalf("byte %d of %d: %v", i, len(raw), err)
		}
	})
	if err := join(r.welcome(staged.Welcomes[0])); err != nil {
		t.Errorf("the Welcome itself: %v", err)
	}
	t.Logf("%d bytes", len(raw))
}

// TestTruncatedMessagesAreRefused cuts a Commit off at each byte.
func TestTruncatedMessagesAreRefused(t *testing.T) {
	r := settled(t)
	msg, err := r.busyCommit(spec.WirePublicMessage)
	r.ok(err)
	raw := wire.Encode(msg)
	for n := range raw {
		var cut message.MLSMessage
		if err := wire.Decode(raw[:n], &cut); spec.Violated(err) == "" {
			t.Fatalf("%d of %d bytes: %v", n, len(raw), err)
		}
	}
}

// flips gives f each way to flip the lowest or highest bit of a byte.
func flips(raw []byte, f func(i int, b []byte)) {
	for i := range raw {
		for _, bit := range []byte{1, 0x80} {
			b := bytes.Clone(raw)
			b[i] ^= bit
			f(i, b)
		}
	}
}

// refusedAsSpecified tells whether an error names a requirement or is one of
// the sentinels.
func refusedAsSpecified(err error) bool {
	return spec.Violated(err) != "" || slices.ContainsFunc([]error{spec.ErrEpoch, spec.ErrOwn, spec.ErrMissing}, func(s error) bool {
		return errors.Is(err, s)
	})
}

func sameSecrets(t *testing.T, want, got []Held) {
	t.Helper()
	same := slices.EqualFunc(want, got, func(a, b Held) bool {
		return a.Kind == b.Kind && a.Index == b.Index && a.Generation == b.Generation && a.Secret.Equal(b.Secret)
	})
	if !same {
		t.Errorf("other secrets are held: %v, before %v", got, want)
	}
}
