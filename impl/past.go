package impl

import (
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
)

// RFC 9420, Sections 8.6 and 15.3: what a client keeps of epochs that are over,
// if it is told to. Nothing is the default, for what is kept can be stolen.

// A pastEpoch is what it takes to read the application messages of an epoch
// that is over.
type pastEpoch struct {
	*PublicGroup
	senderData suite.Secret
	ratchets   *schedule.SecretTree
}

// remember moves what is kept of the epoch of before into m, a state in the next
// epoch that nobody else has yet.
func (m *Member) remember(env *Env, before *Member) {
	if n := env.PastEpochs; n > 0 {
		last := pastEpoch{before.PublicGroup, before.secrets.SenderData, before.ratchets}
		m.past = slices.Insert(slices.Clone(first(before.past, n-1)), 0, last)
	}
	if n := env.PastPSKs; n > 0 {
		last := pastPSK{before.context.Epoch, before.secrets.Resumption}
		m.psks = slices.Insert(slices.Clone(first(before.psks, n-1)), 0, last)
	}
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// receiveLate reads an application message of an epoch that is over. Handshake
// messages of it have no effect any more, and are refused with the epoch's error.
func (m *Member) receiveLate(env *Env, msg *message.MLSMessage, refused error) (*Member, Output, error) {
	pm := msg.PrivateMessage
	if pm == nil || pm.ContentType != spec.ContentApplication || string(pm.GroupID) != string(m.context.GroupID) {
		return nil, Output{}, refused
	}
	i := slices.IndexFunc(m.past, func(p pastEpoch) bool { return p.context.Epoch == pm.Epoch })
	if i < 0 {
		return nil, Output{}, refused
	}
	p := m.past[i]
	v, ratchets, used, err := message.UnprotectPrivate(env.Rec, m.suite, pm, p.encoded, p.ratchets, env.Window, p.senderData, p.signatureKey(env))
	if err != nil {
		return nil, Output{}, fmt.Errorf("of epoch %d: %w", pm.Epoch, err)
	}
	after := *m
	after.past = slices.Clone(m.past)
	after.past[i].ratchets = ratchets
	content := &v.Content().Content
	return &after, Output{Data: content.ApplicationData, Sender: content.Sender.LeafIndex, Consumed: fromTree(used)}, nil
}
