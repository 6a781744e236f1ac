package impl

import (
	"errors"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 14: in which order own Commits, those of others and what
// belongs to them arrive. A staged Commit is a value: whatever arrives, its author
// goes on with it or drops it.

// A sequence is one order, played by A to D. Who is a member at its end agrees
// with all others, is heard by all, and can commit.
type sequence struct {
	name string
	play func(r *room)
}

func TestOrdersOfArrival(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		for _, a := range sequences {
			t.Run(a.name+"/"+framed(format), func(t *testing.T) {
				r := base.copy(t)
				r.format, r.env.KeyUses = format, &KeyUses{}
				a.play(r)
				r.agree()
				for _, p := range r.parties {
					r.say(p.name, "this is "+p.name)
				}
				for _, p := range slices.Clone(r.parties) {
					r.commit(p.name, CommitOptions{})
				}
			})
		}
	}
}

var sequences = []sequence{
	{"own Commit accepted, another's too late", func(r *room) {
		own, lost := r.stages("A"), r.stages("B")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, lost.Commit, "A", "B", "C", "D")
	}},
	{"another's Commit first, then the own one", func(r *room) {
		own, other := r.stages("A"), r.stages("B")
		r.follows(other.Commit, "A", "C", "D")
		r.entered("B", other)
		r.refuses(spec.ErrEpoch, own.Commit, "A", "B", "C", "D")
	}},
	{"the own Commit comes back before its author goes on", func(r *room) {
		own := r.stages("A")
		r.refuses(spec.ErrOwn, own.Commit, "A")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
	}},
	{"the own Commit comes back after its author went on", func(r *room) {
		own := r.stages("A")
		r.entered("A", own)
		r.refuses(spec.ErrEpoch, own.Commit, "A")
		r.follows(own.Commit, "B", "C", "D")
	}},
	{"two own Commits, the first is accepted", func(r *room) {
		first, second := r.stages("A"), r.stages("A")
		r.refuses(spec.ErrOwn, first.Commit, "A")
		r.follows(first.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, second.Commit, "B", "C", "D")
		r.entered("A", first)
		r.refuses(spec.ErrEpoch, second.Commit, "A")
	}},
	{"two own Commits, the second is accepted", func(r *room) {
		first, second := r.stages("A"), r.stages("A")
		r.follows(second.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, first.Commit, "B", "C", "D")
		r.entered("A", second)
		r.refuses(spec.ErrEpoch, first.Commit, "A")
	}},
	{"the own Commit is dropped and its author stays", func(r *room) {
		dropped := r.stages("A")
		r.say("A", "as if nothing had been")
		r.say("B", "what should have been?")
		own := r.stages("A")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, dropped.Commit, "B", "C", "D")
	}},
	{"the own Commit is dropped and the group goes on", func(r *room) {
		r.stages("A")
		r.commit("C", CommitOptions{})
		r.commit("A", CommitOptions{})
	}},
	{"data of both sides before the Commit is accepted", func(r *room) {
		own := r.stages("A")
		r.say("A", "while you decide")
		r.say("D", "we do")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
	}},

	{"the Welcome before the Commit, which is accepted", func(r *room) {
		own, e := r.invites("A", "E")
		r.welcomes(own, e)
		early := r.sends(e.party)
		r.refuses(spec.ErrEpoch, early, "A", "B", "C", "D")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.follows(early, "A", "B", "C", "D")
		r.parties = append(r.parties, e.party)
	}},
	{"the Commit before the Welcome", func(r *room) {
		own, e := r.invites("A", "E")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.say("B", "E does not hear this")
		r.welcomes(own, e)
		r.parties = append(r.parties, e.party)
	}},
	{"the Welcome before the Commit, which is not accepted", func(r *room) {
		lost, e := r.invites("A", "E")
		r.welcomes(lost, e)
		r.commit("B", CommitOptions{})
		if e.member.Number() != r.at("B").member.Number() || e.member.Authenticator().Equal(r.at("B").member.Authenticator()) {
			r.t.Fatal("E should be alone in an epoch of the same number")
		}
		r.violates(req.PrivateSenderData, r.sends(e.party), "A", "B", "C", "D")
		b := r.at("B")
		if _, _, err := e.member.Receive(r.env, r.sends(b)); spec.Violated(err) != req.PrivateSenderData {
			r.t.Fatalf("E hears of a group that it is not in: %v", err)
		}
		again, e := r.invites("C", "E") // asks once more
		r.entered("C", again)
		r.follows(again.Commit, "A", "B", "D")
		r.welcomes(again, e)
		r.parties = append(r.parties, e.party)
	}},

	{"a proposal after the own Commit was made, which is accepted", func(r *room) {
		own := r.stages("A")
		late := r.proposes("B", "D")
		r.follows(late, "A", "C")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, late, "D")
		r.pending(0)
	}},
	{"a proposal after the own Commit was made, which is not accepted", func(r *room) {
		r.stages("A")
		r.deliver(r.at("B"), r.proposes("B", "D"))
		r.pending(1)
		r.commit("C", CommitOptions{})
		r.members("A", "B", "C")
	}},
	{"a proposal after the own Commit, covered by a second one", func(r *room) {
		first := r.stages("A")
		r.deliver(r.at("B"), r.proposes("B", "D"))
		r.commit("A", CommitOptions{})
		r.members("A", "B", "C")
		r.refuses(spec.ErrEpoch, first.Commit, "B", "C")
	}},
	{"a proposal that a Commit covers comes after it", func(r *room) {
		covered := r.proposes("B", "D")
		r.follows(covered, "A", "D")
		own := r.stages("A")
		r.violates(req.CommitRefsKnown, own.Commit, "C")
		r.follows(covered, "C")
		r.entered("A", own)
		r.deliver(r.at("A"), own.Commit)
		r.members("A", "B", "C")
	}},

	{"an Update in flight, covered", func(r *room) {
		key := r.updates("A", "B", "C", "D")
		r.commit("B", CommitOptions{})
		r.holds("A", key, true)
	}},
	{"an Update in flight, not covered", func(r *room) {
		key := r.updates("A", "B", "C", "D")
		r.commit("B", CommitOptions{Omit: true})
		r.holds("A", key, false)
	}},
	{"an Update that comes after the other's Commit was made", func(r *room) {
		other := r.stages("B")
		key := r.updates("A", "B", "C", "D")
		r.entered("B", other)
		r.follows(other.Commit, "A", "C", "D")
		r.holds("A", key, false)
	}},
	{"an Update in flight and an own Commit, which is accepted", func(r *room) {
		key := r.updates("A", "B", "C", "D")
		own := r.stages("A")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.holds("A", key, false)
	}},
	{"an Update in flight and an own Commit, but another's covers the Update", func(r *room) {
		key := r.updates("A", "B", "C", "D")
		own := r.stages("A")
		r.commit("B", CommitOptions{})
		r.holds("A", key, true)
		r.refuses(spec.ErrEpoch, own.Commit, "A", "B", "C", "D")
	}},
	{"two Updates in flight, and another's Commit covers the newer one", func(r *room) {
		older := r.updates("A", "B", "C", "D")
		newer := r.updates("A", "B", "C", "D")
		r.commit("B", CommitOptions{})
		r.holds("A", older, false)
		r.holds("A", newer, true)
	}},

	{"an external Commit before the own one", func(r *room) {
		own := r.stages("A")
		e := r.comes("E", "B")
		r.follows(e.staged.Commit, "A", "B", "C", "D")
		r.refuses(spec.ErrEpoch, own.Commit, "A", "B", "C", "D")
		e.by.member = e.staged.Next
		r.parties = append(r.parties, e.by)
	}},
	{"an external Commit after the own one", func(r *room) {
		own := r.stages("A")
		e := r.comes("E", "B")
		r.entered("A", own)
		r.follows(own.Commit, "B", "C", "D")
		r.refuses(spec.ErrEpoch, e.staged.Commit, "A", "B", "C", "D")
		r.join(e.by, "C", ExternalOptions{}) // tries again
	}},
	{"two external Commits", func(r *room) {
		e, f := r.comes("E", "B"), r.comes("F", "C")
		r.follows(f.staged.Commit, "A", "B", "C", "D")
		r.refuses(spec.ErrEpoch, e.staged.Commit, "A", "B", "C", "D")
		f.by.member = f.staged.Next
		r.parties = append(r.parties, f.by)
		if _, _, err := f.by.member.Receive(r.env, r.over(e.staged.Commit)); !errors.Is(err, spec.ErrEpoch) {
			r.t.Fatalf("F: %v", err)
		}
		r.join(e.by, "F", ExternalOptions{})
	}},

	{"an own Commit, and another's that removes its author", func(r *room) {
		own := r.stages("D")
		other, _ := r.begin("A", CommitOptions{Remove: leaves(r.leaf("D")), Format: r.format})
		r.refuses(spec.ErrRemoved, other.Commit, "D")
		r.entered("A", other)
		r.deliver(r.at("A"), other.Commit)
		r.members("A", "B", "C")
		r.refuses(spec.ErrEpoch, own.Commit, "A", "B", "C")
	}},
	{"an own Commit that removes the author of another, which is accepted", func(r *room) {
		own, _ := r.begin("A", CommitOptions{Remove: leaves(r.leaf("D")), Format: r.format})
		other := r.stages("D")
		r.follows(other.Commit, "A", "B", "C")
		r.entered("D", other)
		r.refuses(spec.ErrEpoch, own.Commit, "A", "B", "C", "D")
		r.members("A", "B", "C", "D")
	}},
}

// stages lets a member make a Commit, of which it does not know yet whether it
// will be accepted.
func (r *room) stages(name string) *Staged {
	staged, _ := r.begin(name, CommitOptions{Format: r.format})
	return staged
}

// entered lets a member go on with what it has staged.
func (r *room) entered(name string, s *Staged) { r.at(name).member = s.Next }

// follows lets members take a message.
func (r *room) follows(msg *message.MLSMessage, names ...string) {
	r.t.Helper()
	for _, n := range names {
		if err := r.receive(n, msg); err != nil {
			r.t.Fatalf("%s: %v", n, err)
		}
	}
}

// refuses gives members a message that they do not take for a reason.
func (r *room) refuses(reason error, msg *message.MLSMessage, names ...string) {
	r.t.Helper()
	for _, n := range names {
		if err := r.receive(n, msg); !errors.Is(err, reason) {
			r.t.Fatalf("%s: %v, want %v", n, err, reason)
		}
	}
}

// violates is refuses with a requirement for the reason.
func (r *room) violates(id spec.ID, msg *message.MLSMessage, names ...string) {
	r.t.Helper()
	for _, n := range names {
		if err := r.receive(n, msg); spec.Violated(err) != id {
			r.t.Fatalf("%s: %v, want %s", n, err, id)
		}
	}
}

// invites lets a member stage a Commit that adds a client.
func (r *room) invites(name, who string) (*Staged, *newcomer) {
	r.t.Helper()
	p := r.party(who)
	k, err := NewKeyPackage(r.env, p.id)
	r.ok(err)
	staged, _ := r.begin(name, CommitOptions{Add: packages(*k.Package), Format: r.format})
	return staged, &newcomer{p, k}
}

// welcomes gives a client its Welcome.
func (r *room) welcomes(s *Staged, n *newcomer) {
	r.t.Helper()
	m, _, err := Join(r.env, n.id, []*KeyPackageKeys{n.keys}, r.welcome(s.Welcomes[0]), JoinOptions{})
	r.ok(err)
	n.member = m
}

// sends returns application data of a client.
func (r *room) sends(p *party) *message.MLSMessage {
	r.t.Helper()
	after, out, err := p.member.Send(r.env, []byte("data of "+p.name))
	r.ok(err)
	p.member = after
	return out.Message
}

// proposes returns a member's proposal to remove another.
func (r *room) proposes(by, who string) *message.MLSMessage {
	r.t.Helper()
	p := r.at(by)
	after, out, err := p.member.ProposeRemove(r.env, r.leaf(who), r.format)
	r.ok(err)
	p.member = after
	return out.Message
}

// updates lets a member propose an Update that some receive, and returns its key.
func (r *room) updates(by string, names ...string) []byte {
	r.t.Helper()
	p := r.at(by)
	after, out, err := p.member.ProposeUpdate(r.env, r.format)
	r.ok(err)
	p.member = after
	r.follows(out.Message, names...)
	return after.updates[len(after.updates)-1].key.Public()
}

// holds tells whether a member's leaf has a key, in the tree and in its hands, and
// nothing is in flight any more.
func (r *room) holds(name string, key []byte, want bool) {
	r.t.Helper()
	m := r.at(name).member
	tree, own := string(r.leafOf(name).EncryptionKey), string(m.keys.Leaf().Public())
	if tree != own || (own == string(key)) != want || len(m.updates) > 0 {
		r.t.Fatalf("%s: the key of its Update is its leaf's: %v, want %v; %d in flight", name, own == string(key), want, len(m.updates))
	}
}

// comes lets a client make a Commit by which it joins.
func (r *room) comes(name, host string) *contender {
	r.t.Helper()
	info, err := r.at(host).member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	c := &contender{by: r.party(name), external: true}
	c.staged, _, err = JoinExternal(r.env, c.by.id, info, ExternalOptions{})
	r.ok(err)
	return c
}

// pending fails unless all members wait for so many proposals.
func (r *room) pending(n int) {
	r.t.Helper()
	for _, p := range r.parties {
		if got := p.member.Pending(); got != n {
			r.t.Fatalf("%s waits for %d proposals, want %d", p.name, got, n)
		}
	}
}

// members fails unless these are in the group, for all who are.
func (r *room) members(names ...string) {
	r.t.Helper()
	for _, p := range r.parties {
		var got []string
		for _, leaf := range p.member.tree.Leaves() {
			got = append(got, string(leaf.Credential.Identity))
		}
		if !slices.Equal(got, names) || len(r.parties) != len(names) {
			r.t.Fatalf("%s: %v are members, want %v", p.name, got, names)
		}
	}
}
