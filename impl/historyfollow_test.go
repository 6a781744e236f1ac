package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Who follows a random history without a secret.

// hand gives a handshake message to all members, and to who follows without
// being one.
func (h *history) hand(from *party, msg *message.MLSMessage) {
	h.room.deliver(from, msg)
	if h.follower == nil {
		return
	}
	if pm := msg.PrivateMessage; pm != nil {
		h.missed = true
		if pm.ContentType == spec.ContentCommit {
			h.follower = nil
		}
		return
	}
	pm := h.over(msg).PublicMessage
	v, err := h.follower.VerifyPublic(h.env, pm)
	h.ok(err)
	outside := pm.Content.Sender.Type != spec.SenderMember
	if pm.Content.Content.ContentType == spec.ContentProposal {
		h.follower, err = h.follower.Cache(h.env, v)
		h.ok(err)
		h.did("follower: %s", map[bool]string{false: "proposal", true: "proposal from outside"}[outside])
		return
	}
	transition, err := h.follower.Apply(h.env, v)
	if h.missed && spec.Violated(err) == req.CommitRefsKnown {
		h.follower = nil
		return
	}
	h.ok(err)
	h.follower, h.missed = transition.Public(), false
	h.did("follower: %s", map[bool]string{false: "Commit", true: "external Commit"}[outside])
}

// follow lets one without any secret begin to follow the group.
func (h *history) follow() {
	host, apart := h.anyone("informs"), h.flip("tree apart")
	info, err := host.member.GroupInfo(h.env, GroupInfoOptions{NoTree: apart})
	h.ok(err)
	var tree []byte
	if apart {
		tree = host.member.Tree().Extension()
	}
	h.follower, err = Follow(h.env, h.info(info), tree)
	h.ok(err)
	h.missed = false
}

// info returns a GroupInfo as it comes off the wire.
func (h *history) info(info *message.GroupInfo) *message.GroupInfo {
	var decoded message.GroupInfo
	h.ok(wire.Decode(wire.Encode(info), &decoded))
	return &decoded
}
