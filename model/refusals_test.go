package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// A refused is a message that violates exactly what is listed, for a member of
// the group of A, B, C, D.
type refused struct {
	name string
	to   string
	make func(*testGroup) Event
	want spec.Violations
}

// refusals are messages of B.
var refusals = []refused{
	// Sections 6, 6.1, 6.2.
	{"nothing in it", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.Proposal = nil })}
	}, spec.Violations{req.WireSelectUnknown}},
	{"another group", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.GroupID = 0 })}
	}, spec.Violations{req.FramingGroup}},
	{"application data in the open", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) {
			a.Content.Type, a.Content.Proposal, a.Content.Data = spec.ContentApplication, nil, g.s.Bytes("data")
		})}
	}, spec.Violations{req.FramingApplicationPrivate}},
	{"a proposal of one who joins by a Commit", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.Sender.Type = spec.SenderNewMemberCommit })}
	}, spec.Violations{req.FramingSenderType}},
	{"signed for another wire format", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.WireFormat = spec.WirePrivateMessage })}
	}, spec.Violations{req.FramingSenderType}},
	{"a blank leaf sends", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.Sender.Leaf = 9 })}
	}, spec.Violations{req.FramingSenderMember}},
	{"a commit without confirmation tag", "A", func(g *testGroup) Event {
		d := g.forged("B", nil, true, nil, nil)
		d.content.ConfirmationTag = 0
		return Receive{d.message()}
	}, spec.Violations{req.FramingConfirmationTagPresent, req.CommitConfirmationTag}},
	{"signed by another", "A", func(g *testGroup) Event {
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.Sender.Leaf = 2 })}
	}, spec.Violations{req.ContentSignature}},
	{"membership tag", "A", func(g *testGroup) Event {
		return Receive{change(g.proposed("B", Remove(3)), func(p **PublicMessage) { (*p).MembershipTag = 0 })}
	}, spec.Violations{req.PublicMembershipTag}},

	// Sections 6.3, 9.1, 15.3.
	{"private: another group", "A", func(g *testGroup) Event {
		return Open{g.private("B", func(p *PrivateMessage) { p.GroupID = 0 })}
	}, spec.Violations{req.FramingGroup, req.PrivateSenderData}},
	{"private: of no type", "A", func(g *testGroup) Event {
		return Open{g.private("B", func(p *PrivateMessage) { p.Type = 9 })}
	}, spec.Violations{req.WireSelectUnknown, req.PrivateSenderData}},
	{"sender data", "A", func(g *testGroup) Event {
		return Open{g.private("B", func(p *PrivateMessage) { p.EncryptedSenderData = 0 })}
	}, spec.Violations{req.PrivateSenderData}},
	{"sender data of a blank leaf", "A", func(g *testGroup) Event {
		return Open{g.resealed("B", g.private("B", nil), nil, func(d *senderData) { d.Leaf = 9 })}
	}, spec.Violations{req.PrivateSenderDataLeaf}},
	{"a generation twice", "A", func(g *testGroup) Event {
		msg := g.private("B", nil)
		g.do("A", Open{msg})
		return Open{msg}
	}, spec.Violations{req.RatchetKeyOnce}},
	{"too far ahead", "A", func(g *testGroup) Event {
		return Open{g.resealed("B", g.private("B", nil), nil, func(d *senderData) { d.Generation = DefaultMaxForward + 1 })}
	}, spec.Violations{req.RatchetForwardLimit}},
	{"ciphertext", "A", func(g *testGroup) Event {
		return Open{g.resealed("B", g.private("B", nil), nil, func(d *senderData) { d.Generation = 1 })}
	}, spec.Violations{req.PrivateCiphertext}},
	{"private: another's signature", "A", func(g *testGroup) Event {
		return Open{g.resealed("B", g.private("B", nil), func(p *privateMessageContent) { p.Data = g.s.Bytes("other") }, nil)}
	}, spec.Violations{req.ContentSignature}},

	// Section 12.1, on receiving a proposal.
	{"add: signature", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", Add(change(g.keyPackage("E").Package, func(k *KeyPackage) { k.Signature = 0 })))}
	}, spec.Violations{req.AddKeyPackage, req.KeyPackageSignature}},
	{"add: signature of the leaf", "A", func(g *testGroup) Event {
		kp := g.keyPackage("E").Package
		kp.LeafNode.Signature = 0
		return Receive{g.proposed("B", Add(kp.sign(g.s, g.client("E").SignatureKey)))}
	}, spec.Violations{req.AddKeyPackage, req.KeyPackageLeaf, req.LeafSignature}},
	{"update: the same key", "A", func(g *testGroup) Event {
		leaf := *g.members["B"].Tree.Leaf(1)
		leaf.Source = spec.SourceUpdate
		leaf = leaf.sign(g.s, g.client("B").SignatureKey, g.members["B"].Context.GroupID, 1)
		return Receive{g.proposed("B", Proposal{Type: spec.ProposalUpdate, LeafNode: &leaf})}
	}, spec.Violations{req.UpdateLeaf, req.LeafUpdateFreshKey}},
	{"remove: a blank leaf", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", Remove(4))}
	}, spec.Violations{req.RemoveLeaf}},
	{"an unknown proposal type", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", Proposal{Type: unknownType})}
	}, spec.Violations{req.ListTypeProcessed}},

	// Sections 12.2 and 12.4.
	{"update by the committer", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", byReference(g.propose("B", ProposeUpdate{})), true, nil, nil).message()}
	}, spec.Violations{req.ListNoUpdateByCommitter}},
	{"removal of the committer", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", byValue(Remove(1)), true, nil, nil).message()}
	}, spec.Violations{req.ListNoRemoveOfCommitter}},
	{"update and removal of one leaf", "A", func(g *testGroup) Event {
		ref := g.propose("C", ProposeUpdate{})
		return Receive{g.forged("B", append(byReference(ref), byValue(Remove(2))...), true, nil, nil).message()}
	}, spec.Violations{req.ListOneChangePerLeaf}},
	{"add of a member", "A", func(g *testGroup) Event {
		k, _ := NewKeyPackage(g.env(), change(g.client("D"), func(c *Client) { c.Credential.Identity = "E" }))
		return Receive{g.forged("B", byValue(Add(k.Package)), true, nil, nil).message()}
	}, spec.Violations{req.AddKeyPackage, req.KeyPackageLeaf, req.LeafSignatureKeyUnique, req.ListAddUnique}},
	{"an unknown reference", "A", func(g *testGroup) Event {
		g.do("B", ProposeRemove{Leaf: 3}) // nobody hears it
		return Receive{g.forged("B", byReference(g.members["B"].Proposals[0].Ref), true, nil, nil).message()}
	}, spec.Violations{req.CommitRefsKnown}},
	{"update by value", "A", func(g *testGroup) Event {
		p := *g.do("B", ProposeUpdate{}).Send.Public.Content.Proposal
		return Receive{g.forged("B", byValue(p), true, nil, nil).message()}
	}, spec.Violations{req.ListNoUpdateByCommitter, req.CommitUpdateByReference}},
	{"no path, and nothing covered", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, false, nil, nil).message()}
	}, spec.Violations{req.CommitPathRequired}},
	{"no path with a removal", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", byValue(Remove(3)), false, nil, nil).message()}
	}, spec.Violations{req.CommitPathRequired}},

	// Section 12.4.2.
	{"signature of the path's leaf", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) { d.path.update.LeafNode.Signature = 0 }, nil).message()}
	}, spec.Violations{req.CommitLeaf, req.LeafSignature}},
	{"the committer's old leaf key", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.releaf(func(l *LeafNode) { l.EncryptionKey = d.m.Tree.Leaf(1).EncryptionKey })
		}, nil).message()}
	}, spec.Violations{req.PathLeafKeyChanged}},
	{"a key that is in the tree", "C", func(g *testGroup) Event { // C derives the root alone
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.path.update.Nodes[0].EncryptionKey = d.m.Tree.Leaf(3).EncryptionKey
			d.releaf(func(*LeafNode) {})
		}, nil).message()}
	}, spec.Violations{req.PathKeysFresh}},
	{"a leaf key that is in the tree", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.releaf(func(l *LeafNode) { l.EncryptionKey = d.m.Tree[5].Key() })
		}, nil).message()}
	}, spec.Violations{req.PathKeysFresh}},
	{"a node too many", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.path.update.Nodes = append(d.path.update.Nodes, UpdatePathNode{EncryptionKey: g.s.Public(g.s.Fresh(NodeKey, 99))})
		}, nil).message()}
	}, spec.Violations{req.PathNodesCount}},
	{"a parent hash", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.releaf(func(l *LeafNode) { l.ParentHash = 0 })
		}, nil).message()}
	}, spec.Violations{req.PathParentHash}},
	{"a ciphertext too many", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, nil, func(d *draft) {
			n := &d.path.update.Nodes[1]
			n.EncryptedPathSecret = append(n.EncryptedPathSecret, n.EncryptedPathSecret[0])
		}).message()}
	}, spec.Violations{req.PathCiphertextCount}},
	{"sealed in another context", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, nil, func(d *draft) {
			for j := range d.path.update.Nodes {
				d.path.update.Nodes[j].EncryptedPathSecret = nil
			}
			d.path.seal(g.s, d.applied.tree, 1, nil, d.m.Context)
		}).message()}
	}, spec.Violations{req.PathDecrypt}},
	{"a public key that is not derived", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, func(d *draft) {
			d.path.update.Nodes[0].EncryptionKey = g.s.Public(g.s.Fresh(NodeKey, 99))
			d.releaf(func(*LeafNode) {})
		}, nil).message()}
	}, spec.Violations{req.PathPublicKeyMatches}},
	{"the own leaf commits", "B", func(g *testGroup) Event {
		return Receive{g.forged("B", nil, true, nil, nil).message()}
	}, spec.Violations{req.CommitSenderSelf}},
	{"confirmation tag", "A", func(g *testGroup) Event {
		d := g.forged("B", nil, true, nil, nil)
		d.content.ConfirmationTag = d.content.Signature
		return Receive{d.message()}
	}, spec.Violations{req.CommitConfirmationTag}},
	{"two things at once", "A", func(g *testGroup) Event {
		d := g.forged("B", byValue(Remove(7)), false, nil, nil)
		d.content.ConfirmationTag = d.content.Signature
		return Receive{change(d.message(), func(p **PublicMessage) { (*p).MembershipTag = 0 })}
	}, spec.Violations{req.PublicMembershipTag, req.RemoveLeaf, req.CommitPathRequired, req.CommitConfirmationTag}},
}

// private returns an application message of a member, changed. The member stays
// as it was.
func (g *testGroup) private(by string, f func(*PrivateMessage)) *PrivateMessage {
	_, out, err := g.members[by].Step(g.env(), Send{Data: "data"})
	if err != nil {
		g.t.Fatal(err)
	}
	p := *out.Send.Private
	if f != nil {
		f(&p)
	}
	return &p
}

func TestRefusals(t *testing.T) {
	for _, c := range slices.Concat(refusals, groupRefusals) {
		t.Run(c.name, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			g := inStep(t)
			e := c.make(g)
			before := g.members[c.to]
			_, _, err := before.Step(g.env(), e)
			v := spec.AllViolated(err)
			if d := cmp.Diff(c.want, v); d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			if d := cmp.Diff(g.members[c.to].Ratchets.Held(), before.Ratchets.Held()); d != "" {
				t.Error("a refused message used something up")
			}
		})
	}
}

// TestEveryRuleRefuses tests that each rule of the tables for messages stands
// first in a refusal above, or in one of joinRefusals.
func TestEveryRuleRefuses(t *testing.T) {
	seen := []spec.ID{req.PSKCount} // in TestManyPSKs
	for _, c := range slices.Concat(refusals, groupRefusals) {
		seen = append(seen, c.want[0])
	}
	check := func(ids ...spec.ID) {
		for _, id := range ids {
			if !slices.Contains(seen, id) {
				t.Errorf("%s: no message violates it first", id)
			}
		}
	}
	check(ids(formRules)...)
	check(ids(contentRules)...)
	check(ids(publicRules)...)
	check(ids(privateRules)...)
	check(ids(pathRules)...)
	check(ids(receiveRules)...)
	check(ids(proposalRules)...)
	for _, c := range joinRefusals {
		seen = append(seen, c.want[0])
	}
	check(ids(joinRules)...)
	check(ids(infoRules)...)
	check(ids(enterRules)...)
}

func ids[C any](rules []Rule[C]) []spec.ID {
	var all []spec.ID
	for _, r := range rules {
		all = append(all, r.Req)
	}
	return all
}

// TestForgingChangesNothingByItself is the accepting side of the refusals: what
// the same hands make without a mistake is accepted, and the group goes on.
func TestForgingChangesNothingByItself(t *testing.T) {
	g := inStep(t)
	d := g.forged("B", nil, true, func(d *draft) { d.releaf(func(*LeafNode) {}) }, nil)
	next := d.next()
	for _, name := range []string{"A", "C", "D"} {
		g.do(name, Receive{d.message()})
		if g.members[name].Secrets != next.Secrets {
			t.Errorf("%s is not in the committer's epoch", name)
		}
	}
}

func TestSentinels(t *testing.T) {
	g := inStep(t)
	old := g.private("B", nil)
	proposal := g.do("B", ProposeRemove{Leaf: 3}).Send.Public
	for _, c := range []struct {
		name string
		to   string
		e    Event
		want error
	}{
		{"own proposal", "B", Receive{proposal}, spec.ErrOwn},
		{"own application data", "B", Open{old}, spec.ErrOwn},
		{"removed", "D", Receive{g.forged("B", byValue(Remove(3)), true, nil, nil).message()}, spec.ErrRemoved},
	} {
		if _, _, err := g.members[c.to].Step(g.env(), c.e); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	g.empty("A")
	for _, e := range []Event{Receive{proposal}, Open{old}} {
		if _, _, err := g.members["C"].Step(g.env(), e); err != spec.ErrEpoch {
			t.Errorf("%T of another epoch: %v", e, err)
		}
	}
}
