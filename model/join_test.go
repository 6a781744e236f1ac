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
	n.j.Welcome = n.d.welcomesWith(info.sign(n.s, n.d.m.Client.SignatureKey), 0)[0]
}

// groupInfo returns the GroupInfo of the new epoch, and welcome what it is sent in.
func (d *draft) groupInfo() GroupInfo {
	next := d.next()
	info, _ := next.groupInfo(d.env.Store, GroupInfoOptions{})
	return info
}

func (d *draft) welcome() *Welcome { return d.welcomesWith(d.groupInfo(), 0)[0] }

// reframe makes all that depends on the context or the tree once more.
func (n *joining) reframe() {
	n.d.frame(n.psks(n.d))
	n.j.Welcome = n.d.welcome()
}

// retree lets the joined tree be another, and all that depends on it.
func (n *joining) retree(f func(Tree) Tree) {
	n.d.tree = f(n.d.tree)
	n.reframe()
}

// secrets lets E's group secrets be others.
func (n *joining) secrets(f func(*GroupSecrets)) {
	private, plaintext, _ := n.s.SealedBy(n.j.Welcome.Secrets[0].Secrets)
	secrets, _ := decode[GroupSecrets](n.s, plaintext)
	f(&secrets)
	n.j.Welcome.Secrets[0].Secrets = n.s.Seal(n.s.Public(private), spec.LabelWelcome, n.j.Welcome.EncryptedGroupInfo, encode(n.s, secrets))
}

// linked names the PSK of the present epoch for a usage.
func (n *joining) linked(u spec.ResumptionUsage) PreSharedKeyID {
	m := n.members["A"]
	id := ResumptionPSKID(u, m.Context.GroupID, m.Context.Epoch)
	id.Nonce = n.s.Fresh(pskNonce, uint64(u))
	return id
}

// joinRefusals are Welcomes that violate exactly what is listed.
var joinRefusals = []struct {
	name string
	make func(*joining)
	want spec.Violations
}{
	{"for another", func(n *joining) { n.j.Keys = []KeyPackageKeys{n.keyPackage("E")} }, spec.Violations{req.WelcomeKeyPackage}},
	{"too many new members", func(n *joining) {
		n.bounds.MaxNewcomers = 1
		n.j.Welcome.Secrets = append(n.j.Welcome.Secrets, EncryptedGroupSecrets{})
	}, spec.Violations{req.WelcomeSecretsCount}},
	{"too many PSKs", func(n *joining) {
		n.bounds.MaxPSKs = 1
		n.psk = func(PreSharedKeyID) Term { return n.s.Bytes("known") }
		n.secrets(func(g *GroupSecrets) {
			g.PSKs = []PreSharedKeyID{n.nonced(ExternalPSKID(1)), n.nonced(ExternalPSKID(2))}
		})
	}, spec.Violations{req.PSKLimit, req.WelcomeGroupInfo}},
	{"another suite", func(n *joining) { n.j.Welcome.CipherSuite = 2 }, spec.Violations{req.WelcomeSuite}},
	{"another init key", func(n *joining) { n.j.Keys[0].Init = n.keyPackage("F").Init }, spec.Violations{req.WelcomeGroupSecrets}},
	{"a PSK", func(n *joining) {
		n.secrets(func(g *GroupSecrets) {
			g.PSKs = []PreSharedKeyID{{Type: spec.PSKExternal, ID: n.s.Bytes("psk"), Nonce: n.s.Fresh(pskNonce, 99)}}
		})
	}, spec.Violations{req.WelcomePSKs}},
	{"a group to come from that is not at hand", func(n *joining) {
		n.psk = func(PreSharedKeyID) Term { return n.s.Bytes("known") }
		n.secrets(func(g *GroupSecrets) { g.PSKs = []PreSharedKeyID{n.linked(spec.UsageReInit)} })
	}, spec.Violations{req.WelcomePSKs, req.WelcomeGroupInfo}},
	{"two groups to come from", func(n *joining) {
		n.j.From = []Member{n.members["A"]}
		n.secrets(func(g *GroupSecrets) {
			g.PSKs = []PreSharedKeyID{n.linked(spec.UsageReInit), n.linked(spec.UsageBranch)}
		})
	}, spec.Violations{req.WelcomePSKSingle, req.WelcomeGroupInfo}},
	{"a nonce of another length", func(n *joining) {
		n.psk = func(PreSharedKeyID) Term { return n.s.Bytes("known") }
		n.secrets(func(g *GroupSecrets) { g.PSKs = []PreSharedKeyID{ExternalPSKID(1)} })
	}, spec.Violations{req.PSKNonceLength, req.WelcomeGroupInfo}},
	{"required capabilities that it does not have", func(n *joining) {
		n.d.applied.extensions = []Extension{RequiredCapabilities{Proposals: []spec.ProposalType{unknownType}}.Extension(n.s)}
		n.reframe()
	}, spec.Violations{req.WelcomeExtensions, req.LeafRequiredCapabilities}},
	{"an extension twice", func(n *joining) {
		n.info(func(i *GroupInfo) { i.Extensions = []Extension{{7, 1}, {7, 2}} })
	}, spec.Violations{req.ExtensionUnique}},
	{"an extension that the application does not accept", func(n *joining) {
		n.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InGroupInfo, Valid: func(Term) bool { return false }}}}
		n.info(func(i *GroupInfo) { i.Extensions = []Extension{{Type: unknownType}} })
	}, spec.Violations{req.ExtensionCustom}},
	{"another joiner_secret", func(n *joining) {
		n.secrets(func(g *GroupSecrets) { g.Joiner = n.s.Fresh(JoinerSecret, 99) })
	}, spec.Violations{req.WelcomeGroupInfo}},
	{"no tree", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = nil })
	}, spec.Violations{req.WelcomeRatchetTree}},
	{"a leaf in a parent's place", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = RatchetTree(Tree(i.RatchetTree).with(1, i.RatchetTree[0])) })
	}, spec.Violations{req.TreeNodeParity}},
	{"a parent in a leaf's place", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = RatchetTree(Tree(i.RatchetTree).with(0, i.RatchetTree[1])) })
	}, spec.Violations{req.TreeNodeParity}},
	{"a blank node at the end", func(n *joining) {
		n.info(func(i *GroupInfo) { i.RatchetTree = append(slices.Clip(i.RatchetTree), Node{}) })
	}, spec.Violations{req.TreeTrailingBlank}},
	{"a tree that is too large", func(n *joining) { n.bounds.MaxLeaves = 4 }, spec.Violations{req.TreeSize}},
	{"a blank signer", func(n *joining) { n.info(func(i *GroupInfo) { i.Signer = 6 }) }, spec.Violations{req.WelcomeSigner}},
	{"another signer", func(n *joining) {
		// A has the same lowest common ancestor with E as B: the path secret fits.
		n.info(func(i *GroupInfo) { i.Signer = 0 })
	}, spec.Violations{req.WelcomeSignature}},
	{"a group that it is in", func(n *joining) { n.j.Groups = []Term{n.d.context.GroupID} }, spec.Violations{req.WelcomeGroupID}},
	{"another suite of the group", func(n *joining) {
		n.d.m.Context.CipherSuite = 2
		n.reframe()
		n.j.Welcome.CipherSuite = 1
	}, spec.Violations{req.WelcomeVersion}},
	{"an extension that it does not support", func(n *joining) {
		n.d.applied.extensions = []Extension{{Type: unknownType}}
		n.reframe()
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
			defer spec.Witness(t.Name())()
			n := newJoining(t)
			c.make(n)
			_, _, err := Join(n.env(), n.j)
			v := spec.AllViolated(err)
			slices.Sort(v)
			want := slices.Sorted(slices.Values(c.want))
			if d := cmp.Diff(want, []spec.ID(v)); d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			missing := slices.Contains(v, req.WelcomePSKs) || c.name == "no tree"
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
	n.j.Tree = n.d.tree.Extension()
	if _, _, err := Join(n.env(), n.j); err != nil {
		t.Errorf("with a tree out of band: %v", err)
	}
}
