package model

import (
	"slices"

	"mlssim/spec"
)

// RFC 9420, Sections 8.6 and 15.3: what a client keeps of epochs that are over, if
// it is told to.

// A PastEpoch is what it takes to read the application messages of an epoch that
// is over.
type PastEpoch struct {
	Context    GroupContext
	Tree       Tree
	SenderData Term
	Ratchets   SecretTree
}

// A PastPSK is the resumption_psk of an epoch that is over.
type PastPSK struct {
	Epoch uint64
	PSK   Term
}

// reading returns what a member needs to open messages of the present epoch.
func (m *Member) reading() PastEpoch {
	return PastEpoch{m.Context, m.Tree, m.Secrets.SenderData, m.Ratchets}
}

// remember returns the state m with what is kept of before, the same member's in
// the epoch before: the newest first.
func (m Member) remember(env *Env, before *Member) Member {
	if n := env.PastEpochs; n > 0 {
		m.Past = append([]PastEpoch{before.reading()}, first(before.Past, n-1)...)
	}
	if n := env.PastPSKs; n > 0 {
		m.PSKs = append([]PastPSK{{before.Context.Epoch, before.Secrets.Resumption}}, first(before.PSKs, n-1)...)
	}
	return m
}

func first[T any](items []T, n int) []T { return items[:min(n, len(items))] }

// openLate reads an application message of an epoch that is over. Others of it
// have no effect any more, as have those of epochs that are not kept.
func (m Member) openLate(env *Env, msg *PrivateMessage) (Member, Output, error) {
	at := slices.IndexFunc(m.Past, func(p PastEpoch) bool { return p.Context.Epoch == msg.Epoch })
	if at < 0 || msg.Type != spec.ContentApplication {
		return Member{}, Output{}, spec.ErrEpoch
	}
	c := newPrivateCtx(env, m.Past[at], m.Leaf, msg)
	if err := refusal(c.validate()); err != nil {
		return Member{}, Output{}, err
	}
	m.Past = slices.Clone(m.Past)
	m.Past[at].Ratchets = c.ratchets
	return m, c.read(), nil
}
