package impl

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestPSKs: PSKs proposed, covered by value and told to a new member lead to one
// epoch, and to another one than without them.
func TestPSKs(t *testing.T) {
	for _, format := range formats {
		r := newRoom(t, format, "A", "B", "C")
		everyPSK(r.env)
		a, out, err := r.at("A").member.ProposePSK(r.env, schedule.ExternalPSK([]byte("one")), format)
		r.ok(err)
		r.at("A").member = a
		r.deliver(r.at("A"), out.Message)
		present := schedule.ResumptionPSK(spec.UsageApplication, a.ID(), a.Number())
		r.commit("B", CommitOptions{PSKs: []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("two"))}})
		r.say("C", "both PSKs are in")

		// A resumption PSK of an epoch that is over only those have who kept it.
		_, _, _, err = r.at("B").member.Commit(&Env{Rand: r.env.Rand, Now: r.env.Now}, CommitOptions{PSKs: []schedule.PreSharedKeyID{present}, Format: format})
		if !errors.Is(err, spec.ErrMissing) {
			t.Errorf("committed with a PSK that is gone: %v", err)
		}
		r.env.PastPSKs = 2
		last := r.at("B").member
		kept := schedule.ResumptionPSK(spec.UsageApplication, last.ID(), last.Number())
		r.commit("A", CommitOptions{})
		r.env.PSK = nil
		r.commit("C", CommitOptions{PSKs: []schedule.PreSharedKeyID{kept}})
		r.say("A", "the past counts")

		everyPSK(r.env)
		r.commit("A", CommitOptions{PSKs: []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("one"))}, Add: nil}, "D")
		r.say("D", "told by the Welcome")
	}
}

// TestPSKsMatter: the same Commit with another PSK is another epoch.
func TestPSKsMatter(t *testing.T) {
	r := settled(t)
	everyPSK(r.env)
	msg, _ := r.forge("B", forgery{list: values(psk(nil))})
	r.env.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return suite.Secret("another secret") }
	if err := r.give("A", msg); err == nil {
		t.Error("A followed with another PSK")
	}
}

// TestCommitterWithoutThePSK leaves a PSK proposal aside that it cannot follow.
func TestCommitterWithoutThePSK(t *testing.T) {
	r := settled(t)
	r.cached("B", psk(nil))
	r.commit("A", CommitOptions{})
	r.say("B", "we go on")
}

// TestExtensionsAreReplaced: all members have the new GroupContext, and a new one
// learns of it; the committer keeps to what all support.
func TestExtensionsAreReplaced(t *testing.T) {
	r := settled(t)
	senders := message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: r.stranger().Signer.Public(), Credential: tree.BasicCredential([]byte("service"))}})
	after, out, err := r.at("A").member.ProposeExtensions(r.env, []tree.Extension{senders}, spec.WirePrivateMessage)
	r.ok(err)
	r.at("A").member = after
	r.deliver(r.at("A"), out.Message)
	r.cached("B", extended(unknownExtension)) // newer, and nobody's
	r.commit("C", CommitOptions{}, "E")
	for _, p := range r.parties {
		if got := p.member.Extensions(); !sameExtensions(got, []tree.Extension{senders}) {
			t.Errorf("%s has extensions %v", p.name, got)
		}
	}
	r.commit("E", CommitOptions{Extensions: &[]tree.Extension{}})
	if got := r.at("A").member.Extensions(); len(got) != 0 {
		t.Errorf("A has extensions %v", got)
	}
}

// TestOutsiders: an external sender has a member removed, and a client asks to
// be added itself.
func TestOutsiders(t *testing.T) {
	r := settled(t)
	service := r.party("service").id
	r.commit("A", CommitOptions{Extensions: &[]tree.Extension{
		message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: service.Signer.Public(), Credential: service.Credential}}),
	}})
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{})
	r.ok(err)
	g, err := Follow(r.env, info, nil)
	r.ok(err)

	misplaced := extended(tree.Extension{Type: spec.ExtRatchetTree})
	if _, err := g.ProposeExternal(r.env, service, 0, misplaced); spec.Violated(err) != req.ExtensionPlace {
		t.Errorf("an external sender proposes ratchet_tree for the GroupContext: %v", err)
	}
	msg, err := g.ProposeExternal(r.env, service, 0, remove(3))
	r.ok(err)
	r.deliver(nil, msg)
	p := r.party("E")
	keys, err := NewKeyPackage(r.env, p.id)
	r.ok(err)
	if msg, err = g.ProposeJoin(r.env, p.id, keys.Package); err != nil {
		t.Fatal(err)
	}
	v, err := g.VerifyPublic(r.env, msg.PublicMessage)
	r.ok(err)
	if g, err = g.Cache(r.env, v); err != nil || g.Pending() != 1 {
		t.Fatalf("who follows has %d proposals, %v", g.Pending(), err)
	}
	r.deliver(nil, msg)

	author := r.at("B")
	_, staged, out, err := author.member.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	r.deliver(author, out.Message)
	author.member = staged.Next
	p.member, _, err = Join(r.env, p.id, []*KeyPackageKeys{keys}, r.welcome(staged.Welcomes[0]), JoinOptions{})
	r.ok(err)
	r.parties = append(r.parties, p)
	r.agree()
	if len(r.parties) != 4 || r.leaf("E") != 3 {
		t.Errorf("%d members, E at leaf %d", len(r.parties), r.leaf("E"))
	}
}

// TestReInit: the group ends, another member than the committer sets its
// successor up, in another cipher suite, and all meet there.
func TestReInit(t *testing.T) {
	r := settled(t)
	next := &message.ReInit{GroupID: []byte("next"), Version: spec.MLS10, CipherSuite: spec.P256_AES128GCM_SHA256_P256}
	after, out, err := r.at("A").member.ProposeReInit(r.env, next, spec.WirePublicMessage)
	r.ok(err)
	r.at("A").member = after
	r.deliver(r.at("A"), out.Message)
	r.cached("C", remove(3)) // comes before a ReInit
	r.commit("B", CommitOptions{})
	if r.at("A").member.Ended() != nil || len(r.parties) != 3 {
		t.Fatal("the ReInit was covered with something else to do")
	}
	after, out, err = r.at("A").member.ProposeReInit(r.env, next, spec.WirePublicMessage)
	r.ok(err)
	r.at("A").member = after
	r.deliver(r.at("A"), out.Message)
	r.commit("B", CommitOptions{})
	s, err := suite.Get(next.CipherSuite)
	r.ok(err)
	r.meet("C", s, func(m *Member, id *Identity, kps []*message.KeyPackage) (*Staged, error) {
		staged, _, err := m.Reinitialize(r.env, id, kps, WelcomeOptions{Batch: 1})
		return staged, err
	}, "A", "B")
	if got := r.at("A").member; string(got.ID()) != "next" || got.Number() != 1 || got.Suite() != s {
		t.Errorf("A is in %q, epoch %d, %v", got.ID(), got.Number(), got.Suite().ID)
	}
	r.say("B", "here we are")
}

// promoted is an Authentication Service that lets a credential be followed by
// itself or by one with a star more, and by no other.
type promoted struct{}

func (promoted) Validate(tree.Credential, suite.SignaturePublicKey) error { return nil }

func (promoted) Successor(old, successor tree.Credential) error {
	if name := string(successor.Identity); name != string(old.Identity) && name != string(old.Identity)+"*" {
		return errors.New("another client")
	}
	return nil
}

// TestReInitWithNewCredentials: who is in the new group is a successor of who was
// in the old one, which the Authentication Service is asked in this order alone.
func TestReInitWithNewCredentials(t *testing.T) {
	r := settled(t)
	r.commit("B", CommitOptions{ReInit: reinit("next")})
	r.env.Auth = promoted{}
	var kps []*message.KeyPackage
	for _, name := range []string{"B*", "C*", "D*"} {
		kp := r.packaged(sameClient(r, name, r.suite()), nil, nil)
		kps = append(kps, &kp)
	}
	founder := sameClient(r, "A*", r.suite())
	if _, _, err := r.at("A").member.Reinitialize(r.env, founder, kps, WelcomeOptions{}); err != nil {
		t.Error(err)
	}
	if _, _, err := r.at("A").member.Reinitialize(r.env, founder, kps[1:], WelcomeOptions{}); spec.Violated(err) != req.ReinitMembers {
		t.Errorf("without B: %v", err)
	}
}

// TestBranch: two of four members have a group of their own, and still the other.
func TestBranch(t *testing.T) {
	r := settled(t)
	old := r.copy(t)
	r.parties = r.parties[:2]
	r.meet("A", r.suite(), func(m *Member, _ *Identity, kps []*message.KeyPackage) (*Staged, error) {
		staged, _, err := m.Branch(r.env, []byte("sub"), kps, WelcomeOptions{})
		return staged, err
	}, "B")
	r.say("B", "just us")
	old.commit("D", CommitOptions{})
	old.say("A", "all of us")
}

// meet lets a member set up a group that comes from the present one, and others
// join it.
func (r *room) meet(founder string, s *suite.Suite, found func(*Member, *Identity, []*message.KeyPackage) (*Staged, error), others ...string) {
	r.t.Helper()
	var ids []*Identity
	var keys []*KeyPackageKeys
	var kps []*message.KeyPackage
	for _, name := range others {
		id := sameClient(r, name, s)
		k, err := NewKeyPackage(r.env, id)
		r.ok(err)
		ids, keys, kps = append(ids, id), append(keys, k), append(kps, k.Package)
	}
	first := r.at(founder)
	if s != r.suite() {
		first.id = sameClient(r, founder, s)
	}
	staged, err := found(first.member, first.id, kps)
	r.ok(err)
	for i, name := range others {
		p := r.at(name)
		old := p.member
		o := JoinOptions{Parent: func(id []byte, epoch uint64) *Epoch {
			if !bytes.Equal(id, old.ID()) || epoch != old.Number() {
				return nil
			}
			return old.Epoch
		}}
		w := staged.Welcomes[min(i, len(staged.Welcomes)-1)]
		p.member, _, err = Join(r.env, ids[i], keys[i:i+1], r.welcome(w), o)
		r.ok(err)
		p.id = ids[i]
	}
	first.member = staged.Next
	r.agree()
}

// TestLateMessages: application data of epochs that are over can be read as
// long as they are kept, once, and no longer; handshake messages never.
func TestLateMessages(t *testing.T) {
	r := settled(t)
	r.env.PastEpochs = 2
	after, late, err := r.at("A").member.Send(r.env, []byte("late"))
	r.ok(err)
	r.at("A").member = after
	_, proposal, err := after.ProposeRemove(r.env, 3, spec.WirePrivateMessage)
	r.ok(err)
	r.commit("B", CommitOptions{})
	r.commit("C", CommitOptions{})

	c := r.at("C").member
	if len(c.past) != 2 {
		t.Fatalf("C keeps %d epochs", len(c.past))
	}
	read, out, err := c.Receive(r.env, r.over(late.Message))
	r.ok(err)
	if string(out.Data) != "late" || len(out.Consumed) == 0 {
		t.Errorf("read %q, used up %d secrets", out.Data, len(out.Consumed))
	}
	if _, _, err := read.Receive(r.env, r.over(late.Message)); err == nil {
		t.Error("read twice")
	}
	if _, _, err := read.Receive(r.env, r.over(proposal.Message)); !errors.Is(err, spec.ErrEpoch) {
		t.Errorf("a proposal of an epoch that is over: %v", err)
	}
	r.commit("D", CommitOptions{})
	if _, _, err := r.at("C").member.Receive(r.env, r.over(late.Message)); !errors.Is(err, spec.ErrEpoch) {
		t.Errorf("an epoch that is kept no more: %v", err)
	}
	r.env.PastEpochs = 0
	r.commit("A", CommitOptions{})
	if n := len(r.at("C").member.past); n != 0 {
		t.Errorf("%d epochs kept", n)
	}
}

// TestSeveralWelcomes: each batch of new members gets a Welcome of its own.
func TestSeveralWelcomes(t *testing.T) {
	r := settled(t)
	o := CommitOptions{Format: spec.WirePublicMessage, Welcome: WelcomeOptions{Batch: 2, GroupInfo: GroupInfoOptions{NoTree: true}}}
	var ids []*Identity
	var keys []*KeyPackageKeys
	for _, name := range []string{"E", "F", "G"} {
		id := r.party(name).id
		k, err := NewKeyPackage(r.env, id)
		r.ok(err)
		ids, keys, o.Add = append(ids, id), append(keys, k), append(o.Add, k.Package)
	}
	staged, _ := r.begin("A", o)
	if len(staged.Welcomes) != 2 || len(staged.Welcomes[0].Secrets) != 2 || len(staged.Welcomes[1].Secrets) != 1 {
		t.Fatalf("%d Welcomes", len(staged.Welcomes))
	}
	for i, id := range ids {
		outside := JoinOptions{RatchetTree: staged.Next.Tree().Extension()}
		m, _, err := Join(r.env, id, keys[i:i+1], r.welcome(staged.Welcomes[i/2]), outside)
		r.ok(err)
		if !m.Authenticator().Equal(staged.Next.Authenticator()) {
			t.Errorf("client %d is in another epoch", i)
		}
	}
}

// TestPadding: the ciphertext grows by what the policy says.
func TestPadding(t *testing.T) {
	r := settled(t)
	size := func(data string) int {
		_, out, err := r.at("A").member.Send(r.env, []byte(data))
		r.ok(err)
		return len(out.Message.PrivateMessage.Ciphertext)
	}
	plain := size("Yes")
	r.env.Padding = func(n int) int { return -n & 31 }
	if got := size("Yes"); got != plain+29 || size("No") != plain+29 {
		t.Errorf("%d bytes, %d without padding", got, plain)
	}
	r.say("A", "padded")
}

// TestNewSignatureKey: a member changes its signature key by an Update, another
// with its Commit, and both go on with the new one.
func TestNewSignatureKey(t *testing.T) {
	r := settled(t)
	fresh := sameClient(r, "A", r.suite())
	after, out, err := r.at("A").member.ProposeIdentity(r.env, fresh, spec.WirePublicMessage)
	r.ok(err)
	r.at("A").member = after
	r.deliver(r.at("A"), out.Message)
	other := sameClient(r, "B", r.suite())
	r.commit("B", CommitOptions{Identity: other}, "E")
	for name, id := range map[string]*Identity{"A": fresh, "B": other} {
		if got := r.leafOf(name).SignatureKey; !bytes.Equal(got, id.Signer.Public()) {
			t.Errorf("%s has its old signature key", name)
		}
		r.say(name, "signed anew")
	}
	r.commit("A", CommitOptions{})
}

// TestNewIdentityTakesAPath: only the leaf of a path tells the others of it.
func TestNewIdentityTakesAPath(t *testing.T) {
	r := settled(t)
	kp := r.packaged(r.stranger(), nil, nil)
	o := CommitOptions{Add: packages(kp), NoPath: true, Identity: sameClient(r, "A", r.suite()), Format: r.format}
	if _, staged, _, err := r.at("A").member.Commit(r.env, o); err == nil {
		t.Errorf("%v would sign with a key that is not in its leaf", staged.Next)
	}
}

// TestCoverLeavesOut: two pending Adds of one client, and an Update with a key
// that an Add has too, do not keep a Commit from being made.
func TestCoverLeavesOut(t *testing.T) {
	r := settled(t)
	id := r.stranger()
	first, second := r.packaged(id, nil, nil), r.packaged(id, nil, nil)
	clash := r.packaged(r.party("F").id, nil, nil)
	r.cached("B", add(first))
	r.cached("C", add(second))
	r.cached("B", add(clash))
	r.cached("D", r.updating("D", func(l *tree.LeafNode) { l.EncryptionKey = clash.LeafNode.EncryptionKey }, nil))
	staged, _ := r.begin("A", CommitOptions{Format: spec.WirePublicMessage})
	var added []suite.SignaturePublicKey
	for _, leaf := range staged.Added {
		added = append(added, staged.Next.tree.Leaf(leaf).SignatureKey)
	}
	want := []suite.SignaturePublicKey{id.Signer.Public(), clash.LeafNode.SignatureKey}
	if !slices.EqualFunc(added, want, func(a, b suite.SignaturePublicKey) bool { return bytes.Equal(a, b) }) {
		t.Errorf("added %x, want %x", added, want)
	}
}
