package model

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// A joining is E, whom B adds to the group of A, B, C, D.
type joining struct {
	*testGroup
	d *draft
	k KeyPackageKeys
	j Joining
}

func newJoining(t tester) *joining {
	g := inStep(t)
	n := &joining{testGroup: g, k: g.keyPackage("E")}
	n.d = g.forged("B", byValue(Add(n.k.Package)), true, nil, nil)
	n.j = Joining{Client: g.client("E"), Keys: []KeyPackageKeys{n.k}, Welcome: n.d.welcome()}
	return n
}

// info lets the GroupInfo be another, signed by whom the draft is of.
func (n *joining) info(f func(*GroupInfo)) {
	info := n.d.groupInfo()
	f(&info)
	n.j.Welcome = n.d.welcomeWith(info.sign(n.s, n.d.m.Client.SignatureKey))
}

// retree lets the joined tree be another, and all that depends on it.
func (n *joining) retree(f func(Tree) Tree) {
	n.d.tree = f(n.d.tree)
	n.d.frame()
	n.j.Welcome = n.d.welcome()
}

// secrets lets E's group secrets be others.
func (n *joining) secrets(f func(*GroupSecrets)) {
	private, plaintext, _ := n.s.SealedBy(n.j.Welcome.Secrets[0].Secrets)
	secrets, _ := decode[GroupSecrets](n.s, plaintext)
	f(&secrets)
	n.j.Welcome.Secrets[0].Secrets = n.s.Seal(n.s.Public(private), spec.LabelWelcome, n.j.Welcome.EncryptedGroupInfo, encode(n.s, secrets))
}

// joinRefusals are Welcomes that violate exactly what is listed.
var joinRefusals = []struct {
	name string
	make func(*joining)
	want spec.Violations
}{
	{"for another", func(n *joining) { n.j.Keys = []KeyPackageKeys{n.keyPackage("E")} }, spec.Violations{req.WelcomeKeyPackage}},
	{"another suite", func(n *joining) { n.j.Welcome.CipherSuite = 2 }, spec.Violations{req.WelcomeSuite}},
	{"another init key", func(n *joining) { n.j.Keys[0].Init = n.keyPackage("F").Init }, spec.Violations{req.WelcomeGroupSecrets}},
	{"a PSK", func(n *joining) {
		n.secrets(func(g *GroupSecrets) { g.PSKs = []Term{n.s.Bytes("psk")} })
	}, spec.Violations{req.WelcomePSKs}},
	{"another joiner_secret", func(n *joining) {
		n.secrets(func(g *GroupSecrets) { g.Joiner = n.s.Fresh(JoinerSecret, 99) })
	}, spec.Violations{req.WelcomeGroupInfo}},
	{"no tree", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = nil })
	}, spec.Violations{req.WelcomeRatchetTree}},
	{"a tree of no possible shape", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = i.RatchetTree[:len(i.RatchetTree)-1] })
	}, spec.Violations{req.WelcomeRatchetTree}},
	{"a blank signer", func(n *joining) { n.info(func(i *GroupInfo) { i.Signer = 6 }) }, spec.Violations{req.WelcomeSigner}},
	{"another signer", func(n *joining) {
		// A has the same lowest common ancestor with E as B: the path secret fits.
		n.info(func(i *GroupInfo) { i.Signer = 0 })
	}, spec.Violations{req.WelcomeSignature}},
	{"a group that it is in", func(n *joining) { n.j.Groups = []Term{n.d.context.GroupID} }, spec.Violations{req.WelcomeGroupID}},
	{"another version", func(n *joining) {
		n.d.m.Context.Version = 2
		n.d.frame()
		n.j.Welcome = n.d.welcome()
	}, spec.Violations{req.WelcomeVersion}},
	{"an extension that it does not support", func(n *joining) {
		n.d.m.Context.Extensions = []spec.ExtensionType{unknownType}
		n.d.frame()
		n.j.Welcome = n.d.welcome()
	}, spec.Violations{req.WelcomeExtensions}},
	{"another tree hash", func(n *joining) {
		tree := n.d.tree
		n.retree(func(t Tree) Tree { return t.Update(3, *t.Leaf(3)) }) // blank above D …
		n.d.tree = tree
		n.j.Welcome = n.d.welcome() // … is what the context says, not the tree
	}, spec.Violations{req.TreeHash}},
	{"a parent that nobody vouches for", func(n *joining) {
		n.retree(func(t Tree) Tree { return t.withParent(5, func(p *ParentNode) { p.ParentHash = 1 }) })
	}, spec.Violations{req.TreeParentHash}},
	{"a leaf that is not signed", func(n *joining) {
		n.retree(func(t Tree) Tree {
			leaf := change(*t.Leaf(1), func(l *LeafNode) { l.Signature = 0 })
			return t.with(2, Node{Leaf: &leaf})
		})
	}, spec.Violations{req.LeafSignature}},
	{"unmerged leaves out of order", func(n *joining) {
		n.retree(func(t Tree) Tree {
			return t.withParent(7, func(p *ParentNode) { p.UnmergedLeaves = []LeafIndex{4, 4} })
		})
	}, spec.Violations{req.ParentUnmergedSorted, req.TreeParentHash}},
	{"an unmerged leaf that is blank", func(n *joining) {
		n.retree(func(t Tree) Tree {
			return t.withParent(7, func(p *ParentNode) { p.UnmergedLeaves = []LeafIndex{6} })
		})
	}, spec.Violations{req.TreeUnmergedMembers}},
	{"an unmerged leaf outside the tree", func(n *joining) {
		n.retree(func(t Tree) Tree {
			return t.withParent(3, func(p *ParentNode) { p.UnmergedLeaves = []LeafIndex{100} })
		})
	}, spec.Violations{req.TreeUnmergedMembers, req.TreeParentHash}},
	{"a parent key twice", func(n *joining) {
		n.retree(func(t Tree) Tree {
			return t.withParent(5, func(p *ParentNode) { p.EncryptionKey = t[1].Key() })
		})
	}, spec.Violations{req.TreeKeysUnique, req.TreeParentHash}},
	{"the leaf of another KeyPackage", func(n *joining) {
		other := n.keyPackage("E")
		other.Init = n.k.Init
		n.j.Keys, n.j.Welcome.Secrets[0].NewMember = []KeyPackageKeys{other}, other.Package.Ref(n.s)
	}, spec.Violations{req.WelcomeOwnLeaf}},
	{"another path secret", func(n *joining) {
		n.secrets(func(g *GroupSecrets) { g.PathSecret = n.s.Fresh(PathSecret, 99) })
	}, spec.Violations{req.WelcomePathSecret}},
	{"confirmation tag", func(n *joining) {
		n.info(func(i *GroupInfo) { i.ConfirmationTag = i.Context.TreeHash })
	}, spec.Violations{req.WelcomeConfirmationTag}},
}

func TestJoinRefusals(t *testing.T) {
	for _, c := range joinRefusals {
		t.Run(c.name, func(t *testing.T) {
			n := newJoining(t)
			c.make(n)
			_, _, err := Join(n.env(), n.j)
			v, _ := errors.AsType[spec.Violations](err)
			slices.Sort(v)
			want := slices.Sorted(slices.Values(c.want))
			if d := cmp.Diff(want, []spec.ID(v)); d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			missing := len(v) == 1 && v[0] == req.WelcomePSKs || c.name == "no tree"
			if errors.Is(err, spec.ErrMissing) != missing {
				t.Errorf("%v: is it something to fetch?", err)
			}
		})
	}
}

func TestJoins(t *testing.T) {
	n := newJoining(t)
	next := n.d.next()
	m, out, err := Join(n.env(), n.j)
	if err != nil {
		t.Fatal(err)
	}
	if m.Secrets != next.Secrets || m.Interim != next.Interim || m.Leaf != 4 {
		t.Error("the joiner is not in the committer's epoch")
	}
	want := []Term{n.k.Init, n.d.schedule.joiner, n.d.schedule.member, n.d.schedule.welcome, n.d.schedule.epoch}
	want = append(want, n.d.path.secrets[len(n.d.path.secrets)-1]) // of the root, which is the common ancestor
	if d := cmp.Diff(want, out.Consumed); d != "" {
		t.Errorf("consumed (-want +got):\n%s", d)
	}
	// The tree may come by another way.
	n.info(func(i *GroupInfo) { i.RatchetTree = nil })
	n.j.Tree = n.d.tree
	if _, _, err := Join(n.env(), n.j); err != nil {
		t.Errorf("with a tree out of band: %v", err)
	}
}
