package impl

import (
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/spec"
	"mlssim/spec/req"
)

// groupLimits are those of a group, of who joins it and of its past.
var groupLimits = map[string]limit{
	"MaxLifetime": {req.LeafLifetimeMax, func(r *room, more int) error {
		r.env.MaxLifetime = 86400
		k, err := NewKeyPackageWith(r.unbounded(), r.stranger(), KeyPackageOptions{Lifetime: 86400 - clockSkew + uint64(more)})
		r.ok(err)
		_, out, err := r.at("B").member.ProposeAdd(r.unbounded(), k.Package, spec.WirePublicMessage)
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"Expired": {req.LeafLifetimeNow, func(r *room, more int) error {
		r.commit("A", CommitOptions{}, "E") // whose leaf is the one of its KeyPackage
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		r.env.Now += DefaultMaxLifetime + 1
		r.env.Expired = more == 0
		_, _, err = JoinExternal(r.env, r.party("F").id, info, ExternalOptions{})
		return err
	}},
	"MaxLeaves": {req.TreeSize, func(r *room, more int) error {
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{})
		r.ok(err)
		r.env.MaxLeaves = len(r.parties) - more
		_, err = Follow(r.env, info, nil)
		return err
	}},
	"MaxNewcomers": {req.WelcomeSecretsCount, func(r *room, more int) error {
		r.env.MaxNewcomers = few
		joiners, out := r.enlarge("B", few+more)
		_, _, err := Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, out.welcome, JoinOptions{})
		return err
	}},
	"PastEpochs": {req.FramingEpoch, func(r *room, more int) error {
		r.env.PastEpochs = few
		late := r.messages("B", 1)[0]
		for range few + more {
			r.commit("C", CommitOptions{})
		}
		return r.give("A", late)
	}},
	"PastPSKs": {req.PSKAvailable, func(r *room, more int) error {
		r.env.PastPSKs = few
		m := r.at("A").member
		kept := schedule.ResumptionPSK(spec.UsageApplication, m.ID(), m.Number())
		for range few + more {
			r.commit("C", CommitOptions{})
		}
		_, _, _, err := r.at("A").member.Commit(r.env, CommitOptions{PSKs: []schedule.PreSharedKeyID{kept}, Format: spec.WirePublicMessage})
		return err
	}},
}

// A joiner is a client that a Commit adds.
type joiner struct {
	id   *Identity
	keys *KeyPackageKeys
}

// An enlargement is a Commit that adds clients, with its Welcome.
type enlargement struct {
	Output
	welcome *message.Welcome
}

// enlarge lets a member add so many clients.
func (r *room) enlarge(by string, n int) ([]joiner, enlargement) {
	var joiners []joiner
	o := CommitOptions{Format: spec.WirePublicMessage}
	for i := range n {
		id := r.party(fmt.Sprint("newcomer ", i)).id
		k, err := NewKeyPackage(r.unbounded(), id)
		r.ok(err)
		joiners, o.Add = append(joiners, joiner{id, k}), append(o.Add, k.Package)
	}
	_, staged, out, err := r.at(by).member.Commit(r.unbounded(), o)
	r.ok(err)
	return joiners, enlargement{out, staged.Welcomes[0]}
}

func (r *room) info(o GroupInfoOptions) *message.GroupInfo {
	info, err := r.at("A").member.GroupInfo(r.env, o)
	r.ok(err)
	return info
}
