package props

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mlssim/sim"
	"mlssim/sim/symbolic"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A trial is what the model alone makes of a script: whether its steps are possible,
// and where that leaves its clients. A history in which the adversary acts is drawn
// with its help, for what can be done depends on what the adversary knows.
type trial struct {
	refusal error // why a step is not possible; nil if all are
	places  map[string]*place
}

// A place is a group or one of its branches: "" is the first group.
type place struct {
	epoch   uint64
	members map[string]uint64 // who is in it, and in which epoch
	away    map[string]bool   // of these, who is frozen
}

// try runs a script on the model. An error is no fault of the script.
func try(steps []sim.ScriptStep) (trial, error) {
	var events bytes.Buffer
	p := &sim.Plan{Name: "trial", Engine: "symbolic", Seed: 1, Replications: 1, Script: steps}
	_, err := sim.Run(p, symbolic.New(nil), sim.Options{Events: &events})
	if refusal, ok := errors.AsType[*sim.StepError](err); ok {
		return trial{refusal: refusal}, nil
	}
	if err != nil {
		return trial{}, err
	}
	t := trial{places: map[string]*place{}}
	for d := json.NewDecoder(&events); d.More(); {
		var r sim.Record
		if err := d.Decode(&r); err != nil {
			return trial{}, err
		}
		t.note(r)
	}
	return t, nil
}

// at returns a place, new if nothing has happened there.
func (t trial) at(branch string) *place {
	p := t.places[branch]
	if p == nil {
		p = &place{members: map[string]uint64{}, away: map[string]bool{}}
		t.places[branch] = p
	}
	return p
}

// note follows a record.
func (t trial) note(r sim.Record) {
	p := t.at(r.Branch)
	switch r.What {
	case sim.DidCreate, sim.DidJoin, sim.DidProcess:
		p.members[r.Who] = r.Epoch
		p.epoch = max(p.epoch, r.Epoch)
	case sim.DidLeave:
		delete(p.members, r.Who)
	case sim.DidAccept:
		p.epoch = r.Epoch
	case sim.DidFreeze, sim.DidThaw:
		for _, p := range t.places {
			p.away[r.Who] = r.What == sim.DidFreeze
		}
	case sim.DidFork:
		t.fork(r)
	case sim.DidClose:
		delete(t.places, r.Whom[0])
	}
}

// fork lets a branch begin with the members of the group. A branch onto which
// somebody was led begins with nobody: its record is one of the branch itself.
func (t trial) fork(r sim.Record) {
	b := t.at(r.Whom[0])
	b.epoch = r.Epoch
	if r.Branch == r.Whom[0] {
		return
	}
	from := t.at(r.Branch)
	for who, epoch := range from.members {
		b.members[who], b.away[who] = epoch, from.away[who]
	}
}

// present returns who is in the newest epoch of a place and not frozen, in order.
func (t trial) present(branch string) []string {
	p := t.places[branch]
	if p == nil {
		return nil
	}
	var names []string
	for who, epoch := range p.members {
		if epoch == p.epoch && !p.away[who] {
			names = append(names, who)
		}
	}
	slices.Sort(names)
	return names
}

// lacking returns the kinds of secret that the adversary lacked for a forgery, if
// that is why a step is not possible.
func (t trial) lacking() []sim.Kind {
	if t.refusal == nil || !strings.Contains(t.refusal.Error(), "the adversary lacks") {
		return nil
	}
	var kinds []sim.Kind
	for _, m := range missed {
		if strings.Contains(t.refusal.Error(), fmt.Sprintf(" %v[", m.kind)) {
			kinds = append(kinds, m.kind)
		}
	}
	return kinds
}

// refusedBy returns the requirements that somebody found violated in what it was
// expected to accept or to refuse for another reason. A model finds all that are.
func (t trial) refusedBy() []spec.ID {
	if t.refusal == nil {
		return nil
	}
	_, why, refused := strings.Cut(t.refusal.Error(), "refuses it")
	if !refused {
		return nil
	}
	if _, id, ok := strings.Cut(why, " by "); ok {
		return []spec.ID{spec.ID(id)}
	}
	_, list, _ := strings.Cut(why, "violates ")
	var ids []spec.ID
	for id := range strings.SplitSeq(list, ", ") {
		ids = append(ids, spec.ID(id))
	}
	return ids
}

// missed is what a receiver refuses a message for whose maker has put random bytes in
// the place of a secret, in the order in which receivers look (RFC 9420, Sections 6.1,
// 6.2, 6.3 and 12.4.2).
var missed = []struct {
	kind sim.Kind
	id   spec.ID
}{
	{sim.SenderDataSecret, req.PrivateSenderData}, {sim.HandshakeKey, req.PrivateCiphertext}, {sim.MembershipKey, req.PublicMembershipTag},
	{sim.SignatureKey, req.ContentSignature}, {sim.InitSecret, req.CommitConfirmationTag},
	{sim.ExternalPSK, req.CommitConfirmationTag}, {sim.ResumptionPSK, req.CommitConfirmationTag}, {sim.ExportedSecret, req.CommitConfirmationTag},
}

// missing returns what a forgery is refused for that lacks secrets of these kinds.
func missing(kinds []sim.Kind) spec.ID {
	for _, m := range missed {
		if slices.Contains(kinds, m.kind) {
			return m.id
		}
	}
	return ""
}
