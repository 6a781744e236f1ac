package impl

import (
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// join lets a client join by an external Commit, and everybody follow.
func (r *room) join(p *party, host string, o ExternalOptions) {
	r.t.Helper()
	info, err := r.at(host).member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true, NoTree: o.RatchetTree != nil})
	r.ok(err)
	staged, out, err := JoinExternal(r.env, p.id, info, o)
	r.ok(err)
	r.deliver(nil, out.Message)
	p.member = staged.Next
	r.parties = append(r.parties, p)
	r.agree()
}

// TestChainedExternalJoins begins with a group of one, which a line of clients
// joins, each with the help of the one before.
func TestChainedExternalJoins(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	host := "A"
	for _, name := range []string{"B", "C", "D", "E", "F"} {
		r.join(r.party(name), host, ExternalOptions{})
		r.say(name, "I am in")
		r.commit(host, CommitOptions{})
		host = name
	}
	r.commit("F", CommitOptions{Remove: []tree.LeafIndex{r.leaf("B"), r.leaf("D")}})
	r.join(r.party("G"), "C", ExternalOptions{RatchetTree: r.at("C").member.Tree().Extension()})
	r.commit("A", CommitOptions{}, "H", "I")
	r.say("I", "all are here")
}

// TestExternalLeaf: who joins by a Commit of its own says what its leaf is like, and
// no more than it can.
func TestExternalLeaf(t *testing.T) {
	r := settled(t)
	name := tree.Extension{Type: spec.ExtApplicationID, Data: []byte("\x05phone")}
	few := Capabilities()
	few.CipherSuites = few.CipherSuites[:1]
	r.join(r.party("E"), "A", ExternalOptions{LeafExtensions: []tree.Extension{name}, Capabilities: &few})
	r.commit("E", CommitOptions{})
	leaf := r.leafOf("E")
	if !sameExtensions(leaf.Extensions, []tree.Extension{name}) || len(leaf.Capabilities.CipherSuites) != 1 {
		t.Errorf("extensions %v, suites %v", leaf.Extensions, leaf.Capabilities.CipherSuites)
	}
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	many := Capabilities()
	many.Proposals = []spec.ProposalType{0xf0f0}
	_, _, err = JoinExternal(r.env, r.stranger(), info, ExternalOptions{Capabilities: &many})
	if spec.Violated(err) != req.KeyPackageCapabilities {
		t.Error(err)
	}
	_, _, err = JoinExternal(r.env, r.stranger(), info, ExternalOptions{LeafExtensions: []tree.Extension{{Type: spec.ExtRatchetTree}}})
	if spec.Violated(err) != req.ExtensionPlace {
		t.Error(err)
	}
}

// TestResync: a member that lost its state comes back in its own place.
func TestResync(t *testing.T) {
	r := settled(t)
	everyPSK(r.env)
	lost := r.leaf("C")
	p := r.at("C")
	r.join(&party{name: "C", id: p.id}, "A", ExternalOptions{Remove: &lost, PSKs: []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("one"))}})
	if got := r.leaf("C"); got != lost {
		t.Errorf("C is at leaf %d, was at %d", got, lost)
	}
	r.commit("D", CommitOptions{})
	r.say("C", "back again")
}
