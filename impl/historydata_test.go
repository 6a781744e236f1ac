package impl

import (
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/spec"
	"mlssim/spec/req"
)

// Application data of a random history, and restarts.

// send lets a member send data that nobody has received yet.
func (h *history) send() {
	if h.parties[0].member.Pending() > 0 {
		h.t.Skip("proposals wait for a Commit")
	}
	p := h.anyone("by")
	h.count++
	parcel := &parcel{number: h.count, epoch: p.member.Number(), data: fmt.Sprintf("%s, %d", p.name, h.count)}
	var authenticated []byte
	if h.rarely(3, "authenticated_data") {
		authenticated = []byte("for all to read")
		h.did("data: with authenticated_data")
	}
	after, out, err := p.member.SendWith(h.env, []byte(parcel.data), authenticated)
	h.ok(err)
	h.did("data: sent")
	p.member, parcel.msg = after, out.Message
	parcel.to = slices.DeleteFunc(slices.Clone(h.parties), func(q *party) bool { return q == p })
	h.late = append(h.late, parcel)
}

// deliver hands any of what is on its way to any who waits for it.
func (h *history) deliver() {
	h.late = slices.DeleteFunc(h.late, func(p *parcel) bool { return len(p.to) == 0 })
	if len(h.late) == 0 {
		h.t.Skip("nothing is on its way")
	}
	sent := rapid.SampledFrom(h.late).Draw(h.t, "which")
	i := rapid.IntRange(0, len(sent.to)-1).Draw(h.t, "to")
	p := sent.to[i]
	sent.to = slices.Delete(slices.Clone(sent.to), i, i+1)
	after, out, err := p.member.Receive(h.env, h.over(sent.msg))
	switch past := p.member.Number() - sent.epoch; {
	case past > uint64(h.env.PastEpochs):
		if !errors.Is(err, spec.ErrEpoch) {
			h.t.Fatalf("%s, of %d epochs ago: %v", p.name, past, err)
		}
		h.did("data: too old")
		return
	case past > 0:
		h.did("data: of an epoch that is over")
	case slices.ContainsFunc(h.late, func(q *parcel) bool { return q.number < sent.number && slices.Contains(q.to, p) }):
		h.did("data: out of order")
	default:
		h.did("data: in order")
	}
	if err != nil || string(out.Data) != sent.data {
		h.t.Fatalf("%s read %q, %v, want %q", p.name, out.Data, err, sent.data)
	}
	p.member = after
	if h.rarely(3, "replay") {
		if _, _, err := p.member.Receive(h.env, h.over(sent.msg)); spec.Violated(err) != req.RatchetKeyOnce {
			h.t.Fatalf("%s, a second time: %v", p.name, err)
		}
		h.did("data: replayed")
	}
}

// restarts lets a member, or the follower, go on from what it has written down.
func (h *history) restarts() {
	p := h.anyone("who")
	written := p.member.Encode()
	m, err := DecodeMember(written)
	h.ok(err)
	if !m.Encode().Equal(written) {
		h.t.Fatalf("%s: what was read is written in another way", p.name)
	}
	p.member = m
	h.did("restart: member")
	if h.follower != nil {
		g, err := DecodePublicGroup(h.follower.Encode())
		h.ok(err)
		h.follower = g
		h.did("restart: follower")
	}
}

func (h *history) everyoneReadsEveryone() {
	if p := h.parties[0]; p.member.Pending() > 0 {
		h.commit(p, CommitOptions{Format: spec.WirePublicMessage, Omit: true}, nil)
	}
	for _, p := range h.parties[:min(len(h.parties), 6)] {
		h.say(p.name, "I am "+p.name)
	}
}
