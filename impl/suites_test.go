package impl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// unknown are code points of no suite: reserved, of RFC 9420's registry, GREASE
// (Section 13.5; the last of them is for private use), and the last there is.
var unknown = []spec.CipherSuite{0, 8, 0x0a0a, 0xeaea, 0xfafa, 0xffff}

// TestExperimentalSuiteIsOptedInto: a client lists an experimental suite if it is
// its own, and is not taken into a group of one that it does not list.
func TestExperimentalSuiteIsOptedInto(t *testing.T) {
	rfc := Capabilities().CipherSuites
	if len(rfc) != 7 || slices.ContainsFunc(rfc, spec.CipherSuite.Experimental) {
		t.Errorf("anybody supports %v", rfc)
	}
	env := testEnv(t.Name())
	for _, s := range append(suite.All(), suite.Experimental()...) {
		id, err := NewIdentity(env, s, []byte("A"))
		if err != nil {
			t.Fatal(err)
		}
		want := rfc
		if s.ID.Experimental() {
			want = append(slices.Clone(rfc), s.ID)
		}
		if got := id.leaf().Capabilities.CipherSuites; !slices.Equal(got, want) {
			t.Errorf("a client of %v lists %v", s.ID, got)
		}
	}
	r := newRoomOf(t, suite.Experimental()[0], spec.WirePublicMessage, "A", "B")
	kp := r.packaged(r.stranger(), func(l *tree.LeafNode) { l.Capabilities = Capabilities() }, nil)
	if err := r.give("A", r.proposing("B", add(kp))); spec.Violated(err) != req.LeafRequiredCapabilities {
		t.Errorf("one who does not list the suite: %v", err)
	}
}

// TestUnknownSuitesAreListed: whoever lists suites that nobody knows, before and
// behind the group's, is taken in and takes part (RFC 9420, Section 13.5).
func TestUnknownSuitesAreListed(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	p := r.party("C")
	k, err := NewKeyPackage(r.env, p.id)
	r.ok(err)
	kp, listed := *k.Package, slices.Concat(unknown, Capabilities().CipherSuites, unknown)
	kp.LeafNode.Capabilities.CipherSuites = listed
	kp.LeafNode, err = kp.LeafNode.Sign(r.suite(), p.id.Signer, nil, 0)
	r.ok(err)
	kp, err = kp.Sign(r.suite(), p.id.Signer)
	r.ok(err)
	k.Package = &kp
	author := r.at("A")
	_, staged, out, err := author.member.Commit(r.env, CommitOptions{Add: packages(kp), Format: r.format})
	r.ok(err)
	r.deliver(author, out.Message)
	author.member = staged.Next
	p.member, _, err = Join(r.env, p.id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
	r.ok(err)
	r.parties = append(r.parties, p)
	r.agree()
	if got := r.leafOf("C").Capabilities.CipherSuites; !slices.Equal(got, listed) {
		t.Errorf("listed %v, in the tree are %v", listed, got)
	}
	r.say("C", "hello")
	r.commit("C", CommitOptions{})
}

// TestUnknownSuiteIsRefusedAtUse: a KeyPackage or a Welcome of a suite that nobody
// knows can be read, and is refused by the suite's name where it is to be used.
func TestUnknownSuiteIsRefusedAtUse(t *testing.T) {
	r := settled(t)
	for _, id := range unknown {
		name := fmt.Sprintf("0x%04x", uint16(id))
		kp := r.packaged(r.stranger(), nil, func(k *message.KeyPackage) { k.CipherSuite = id })
		_, _, proposed := r.at("A").member.ProposeAdd(r.env, &kp, spec.WirePublicMessage)
		_, _, _, committed := r.at("A").member.Commit(r.env, CommitOptions{Add: packages(kp), Format: r.format})
		for what, err := range map[string]error{
			"a proposal that comes": r.give("A", r.proposing("B", add(kp))), "an own proposal": proposed, "an own Commit": committed,
		} {
			if spec.Violated(err) != req.KeyPackageVersion || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with a KeyPackage of %s: %v", what, name, err)
			}
		}
		err := r.invite(invitation{welcome: func(w *message.Welcome) { w.CipherSuite = id }})
		if spec.Violated(err) != req.WelcomeSuite || !strings.Contains(err.Error(), name) {
			t.Errorf("a Welcome of %s: %v", name, err)
		}
	}
}
