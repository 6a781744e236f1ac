package impl

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Histories that implementations have failed on while they passed the official
// test vectors: see docs/defects.md.

// full returns a group whose members, named A, B and so on, have all committed,
// so that no node is blank.
func full(t *testing.T, n int) *room {
	t.Helper()
	var names []string
	for i := range n {
		names = append(names, string(rune('A'+i)))
	}
	r := newRoom(t, spec.WirePublicMessage, names...)
	for _, n := range names[1:] {
		r.commit(n, CommitOptions{})
	}
	r.env.KeyUses = &KeyUses{}
	return r
}

// fit fails unless each member holds the keys that it should.
func (r *room) fit() {
	r.t.Helper()
	for _, p := range r.parties {
		r.holdsItsPath(p)
	}
}

// TestFourMembersEachCommitOnce, in any order, however they were added.
func TestFourMembersEachCommitOnce(t *testing.T) {
	names := []string{"A", "B", "C", "D"}
	oneByOne := newRoom(t, spec.WirePublicMessage, names...)
	atOnce := newRoom(t, spec.WirePublicMessage, "A")
	atOnce.commit("A", CommitOptions{}, "B", "C", "D")
	noPath := newRoom(t, spec.WirePublicMessage, "A")
	noPath.commit("A", CommitOptions{NoPath: true}, "B", "C", "D")
	for how, base := range map[string]*room{"one by one": oneByOne, "at once": atOnce, "without a path": noPath} {
		for order := range permutations(names) {
			t.Run(how+"/"+fmt.Sprint(order), func(t *testing.T) {
				r := base.copy(t)
				for _, n := range order {
					r.commit(n, CommitOptions{})
					r.fit()
				}
				r.say(order[3], "the last one, too")
			})
		}
	}
}

// permutations runs through all orders of a list.
func permutations(list []string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		var extend func(done, rest []string) bool
		extend = func(done, rest []string) bool {
			if len(rest) == 0 {
				return yield(done)
			}
			for i := range rest {
				if !extend(append(slices.Clip(done), rest[i]), slices.Concat(rest[:i], rest[i+1:])) {
					return false
				}
			}
			return true
		}
		extend(nil, list)
	}
}

// TestRemoveTwoThenAddTwo: whichever two leave, those who come in their places
// accept the tree, by one Commit and by two, with a path and without.
func TestRemoveTwoThenAddTwo(t *testing.T) {
	base := full(t, 6)
	for i := range base.parties {
		for j := range i {
			for how, add := range map[string]func(r *room, by string, o CommitOptions){
				"in one": func(r *room, by string, o CommitOptions) { r.commit(by, o, "X", "Y") },
				"in two": func(r *room, by string, o CommitOptions) {
					r.commit(by, o)
					r.commit(r.parties[len(r.parties)-1].name, CommitOptions{}, "X", "Y")
				},
				"in two, without a path": func(r *room, by string, o CommitOptions) {
					r.commit(by, o)
					r.commit(r.parties[1].name, CommitOptions{NoPath: true}, "X", "Y")
				},
			} {
				first, second := base.parties[j].name, base.parties[i].name
				t.Run(fmt.Sprintf("%s and %s, %s", first, second, how), func(t *testing.T) {
					r := base.copy(t)
					o := CommitOptions{Remove: leaves(r.leaf(first), r.leaf(second))}
					by := slices.IndexFunc(r.parties, func(p *party) bool { return p.name != first && p.name != second })
					add(r, r.parties[by].name, o)
					r.fit()
					if x, y := r.leaf("X"), r.leaf("Y"); x != o.Remove[0] || y != o.Remove[1] {
						t.Fatalf("X and Y at leaves %d and %d, want %v", x, y, o.Remove)
					}
					for _, n := range []string{"Y", "X"} {
						r.commit(n, CommitOptions{})
					}
					r.fit()
				})
			}
		}
	}
}

// TestPathSecretsDeepInTheTree: wherever a newcomer comes and whoever adds it, it
// derives the keys from the lowest common ancestor up to the root.
func TestPathSecretsDeepInTheTree(t *testing.T) {
	base := full(t, 8)
	deepest := 0
	for i := range base.parties {
		for _, by := range []int{i ^ 1, i ^ 2, i ^ 4} { // three, two and one level to derive
			r := base.copy(t)
			leaver, adder := r.parties[i].name, r.parties[by].name
			at := r.leaf(leaver)
			r.commit(adder, CommitOptions{Remove: leaves(at)})
			r.commit(adder, CommitOptions{}, "X")
			r.fit()
			m := r.at("X").member
			levels := 4 - bits.Len32(uint32(at^r.leaf(adder)))
			if m.leaf != at || len(m.keys.Nodes()) != levels {
				t.Errorf("X at leaf %d, added by %s, holds %d keys, want %d", m.leaf, adder, len(m.keys.Nodes()), levels)
			}
			deepest = max(deepest, levels)
			for _, n := range []string{r.parties[0].name, r.parties[len(r.parties)-2].name, "X"} {
				r.commit(n, CommitOptions{})
				r.fit()
			}
		}
	}
	if deepest != 3 {
		t.Errorf("a path secret at most %d levels from the top", deepest)
	}
}

// TestWhoJoinedByItselfInvites: from a group of one on, each joins with the
// GroupInfo of the one that joined before, which has the confirmation tag of the
// epoch in it, and by its Welcome as well.
func TestWhoJoinedByItselfInvites(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	for i, name := range []string{"B", "C", "D", "E", "F"} {
		host := r.parties[i].name
		r.join(r.party(name), host, ExternalOptions{})
		r.fit()
		first := r.information("A")
		if len(first.ConfirmationTag) != r.suite().Nh {
			t.Errorf("a confirmation tag of %d bytes", len(first.ConfirmationTag))
		}
		if own := r.information(name); !bytes.Equal(own.ConfirmationTag, first.ConfirmationTag) {
			t.Errorf("%s publishes another confirmation tag", name)
		}
	}
	r.commit("F", CommitOptions{}, "G") // joining verifies the tag
	r.commit("G", CommitOptions{})
	r.fit()
}

func (r *room) information(name string) *message.GroupInfo {
	r.t.Helper()
	info, err := r.at(name).member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	return info
}

// TestGenerationSkipIsBounded: what is too far ahead is refused before anything is
// derived; what is just near enough is read, and so is what was skipped.
func TestGenerationSkipIsBounded(t *testing.T) {
	r := full(t, 4)
	first := r.sends(r.at("A"))
	skipped := r.sends(r.at("A"))
	for range DefaultSkip - 2 {
		r.sends(r.at("A"))
	}
	near, far := r.sends(r.at("A")), r.sends(r.at("A"))
	r.violates(req.RatchetForwardLimit, far, "B")
	began := time.Now()
	for _, generation := range []uint32{DefaultSkip + 1, 1 << 31, math.MaxUint32} {
		r.violates(req.RatchetForwardLimit, r.resealed(first, func(d *message.SenderData) { d.Generation = generation }), "B")
	}
	if took := time.Since(began); took > 10*time.Second { // 2^32 derivations take hours
		t.Errorf("it took %v", took)
	}
	r.follows(near, "B")
	r.follows(far, "B")
	r.follows(skipped, "B")
	r.follows(first, "B")
	for _, again := range []*message.MLSMessage{first, skipped, near, far} {
		r.violates(req.RatchetKeyOnce, again, "B")
	}
}

// DefaultSkip is how far ahead of the next one a generation may be.
const DefaultSkip = schedule.DefaultMaxForward

// resealed returns a PrivateMessage of A's with changed sender data, as any member
// can make it.
func (r *room) resealed(msg *message.MLSMessage, change func(*message.SenderData)) *message.MLSMessage {
	r.t.Helper()
	m, pm := r.at("A").member, *msg.PrivateMessage
	data, err := pm.OpenSenderData(nil, m.suite, m.secrets.SenderData)
	r.ok(err)
	change(data)
	k := message.SenderDataKey(m.suite, m.secrets.SenderData, pm.Ciphertext)
	pm.EncryptedSenderData, err = m.suite.Seal(k.Key, k.Nonce, wire.Encode(&senderDataAAD{pm.GroupID, pm.Epoch, pm.ContentType}), wire.Encode(data))
	r.ok(err)
	return message.Private(&pm)
}

// senderDataAAD is SenderDataAAD (Section 6.3.2).
type senderDataAAD struct {
	group   []byte
	epoch   uint64
	content spec.ContentType
}

func (a *senderDataAAD) Wire(c *wire.Coder) {
	wire.Opaque(c, &a.group)
	wire.Uint64(c, &a.epoch)
	wire.Uint8(c, &a.content)
}

// TestLeafIndexOutOfRange: whoever knows group and epoch can name any leaf, before
// anything is authenticated and in all that is.
func TestLeafIndexOutOfRange(t *testing.T) {
	base := full(t, 3) // leaf 3 is there, and blank
	sent := base.sends(base.at("A"))
	for _, leaf := range []tree.LeafIndex{3, 4, 7, 8, 1<<30 - 1, 1 << 30, 1<<31 - 1, 1 << 31, math.MaxUint32} {
		t.Run(fmt.Sprint(leaf), func(t *testing.T) {
			r := base.copy(t)
			b := r.at("B").member
			by := message.Member(leaf)
			proposal := r.claiming(by, message.Content{ContentType: spec.ContentProposal, Proposal: &message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{}}})
			commit := r.claiming(by, message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{}})
			untagged := *proposal.PublicMessage
			untagged.MembershipTag = nil
			_, unsigned := b.PublicGroup.VerifyPublic(r.env, &untagged)
			_, ended := b.PublicGroup.VerifyPublic(r.env, commit.PublicMessage)
			info := *r.information("A")
			info.Signer = leaf
			_, _, joined := JoinExternal(r.env, r.stranger(), &info, ExternalOptions{})
			_, followed := Follow(r.env, &info, nil)
			_, _, back := JoinExternal(r.env, r.stranger(), r.information("A"), ExternalOptions{Remove: &leaf})
			_, _, proposed := b.ProposeRemove(r.env, leaf, spec.WirePublicMessage)
			_, _, _, committed := b.Commit(r.env, CommitOptions{Remove: leaves(leaf), Format: spec.WirePublicMessage})
			for name, c := range map[string]struct {
				err  error
				want spec.ID
			}{
				"sender of a proposal":         {r.give("B", proposal), req.FramingSenderMember},
				"the same without a tag":       {r.give("B", message.Public(&untagged)), req.PublicMembershipTag},
				"the same, seen from outside":  {unsigned, req.FramingSenderMember},
				"sender of a Commit":           {r.give("B", commit), req.FramingSenderMember},
				"the same Commit from outside": {ended, req.FramingSenderMember},
				"sender data":                  {r.give("B", r.resealed(sent, func(d *message.SenderData) { d.LeafIndex = leaf })), req.PrivateSenderDataLeaf},
				"removed, received":            {r.give("B", r.proposing("A", remove(leaf))), req.RemoveLeaf},
				"removed, proposed":            {proposed, req.RemoveLeaf},
				"removed, committed":           {committed, req.RemoveLeaf},
				"removed by who comes back":    {back, req.RemoveLeaf},
				"signer, for who joins":        {joined, req.WelcomeSigner},
				"signer, for who follows":      {followed, req.WelcomeSigner},
				"place of an external sender":  {r.give("B", r.external(uint32(leaf))), req.ExternalSender},
				"own place of external sender": {r.placed(uint32(leaf)), req.ExternalSender},
			} {
				if spec.Violated(c.err) != c.want {
					t.Errorf("%s: %v, want %s", name, c.err, c.want)
				}
			}
		})
	}
}

// claiming returns what A signs and tags in the name of a sender.
func (r *room) claiming(by message.Sender, c message.Content) *message.MLSMessage {
	r.t.Helper()
	m := r.at("A").member
	ac, err := m.frame(m.identity, by, c, spec.WirePublicMessage, nil)
	r.ok(err)
	if c.ContentType == spec.ContentCommit {
		ac.Auth.ConfirmationTag = make([]byte, m.suite.Nh)
	}
	return m.tagged(ac)
}

// external returns a proposal of an external sender at a place.
func (r *room) external(place uint32) *message.MLSMessage {
	p := remove(0)
	return r.claiming(message.Sender{Type: spec.SenderExternal, SenderIndex: place}, message.Content{ContentType: spec.ContentProposal, Proposal: &p})
}

// placed is what comes of a proposal from outside at a place.
func (r *room) placed(place uint32) error {
	_, err := r.at("B").member.ProposeExternal(r.env, r.stranger(), place, remove(0))
	return err
}
