package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// What steps make and leave behind, looked at beside the same with a mistake.

// output says what a test found of an output of the model.
func output(t *testing.T, id spec.ID, at string, own, twin bool) {
	t.Helper()
	spec.Output(t, "model", at, id, own, twin)
}

// TestLeavesTellWhatTheirClientsCan is Sections 7.2 and 16.7.
func TestLeavesTellWhatTheirClientsCan(t *testing.T) {
	g := inStep(t)
	g.able(func(c *Capabilities) {
		c.Extensions, c.Proposals = []spec.ExtensionType{0xf001}, []spec.ProposalType{0xf002}
	})
	commit := g.do("B", MakeCommit{Path: true}).Send.Public.Content.Commit
	complete := func(l LeafNode) bool { return cmp.Equal(l.Capabilities, g.client("B").Capabilities) }
	plain := func(l LeafNode) bool {
		k := l.Capabilities
		return !slices.ContainsFunc(k.Extensions, func(e spec.ExtensionType) bool { return e >= 1 && e <= 5 }) && !slices.ContainsFunc(k.Proposals, defaultProposal)
	}
	distinct := func(l LeafNode) bool { return l.EncryptionKey != l.SignatureKey }
	for at, own := range map[string]LeafNode{
		"key_package.send": g.keyPackage("B").Package.LeafNode,
		"proposal.send":    *g.do("B", ProposeUpdate{}).Send.Public.Content.Proposal.LeafNode,
		"commit.send":      commit.Path.LeafNode,
	} {
		twin := own
		twin.Capabilities.Proposals = []spec.ProposalType{spec.ProposalAdd}
		twin.EncryptionKey = twin.SignatureKey
		output(t, req.LeafCapabilitiesComplete, at, complete(own), complete(twin))
		output(t, req.LeafKeysDistinct, at, distinct(own), distinct(twin))
		if at == "key_package.send" {
			output(t, req.LeafCapabilitiesDefault, at, plain(own), plain(twin))
		}
	}
}

// TestKeyPackagesOfOneUse is Section 10: the key is used up, but of last resort.
func TestKeyPackagesOfOneUse(t *testing.T) {
	g := inStep(t)
	made := func(o KeyPackageOptions) KeyPackageKeys {
		k, _, err := NewKeyPackageWith(g.env(), g.client("E"), o)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	spent := func(k KeyPackageKeys) bool {
		out := g.do("A", MakeCommit{Path: true, Values: []Proposal{Add(k.Package)}})
		_, joined, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: out.Welcomes[0]})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(joined.Consumed, k.Init)
	}
	output(t, req.KeyPackageOnce, "key_package.send", spent(made(KeyPackageOptions{})), spent(made(KeyPackageOptions{LastResort: true})))
	own := made(KeyPackageOptions{LastResort: true}).Package
	twin := own
	twin.LeafNode.Capabilities.Extensions = nil
	listed := func(k KeyPackage) bool { return k.LeafNode.Capabilities.supports(k.Extensions) }
	output(t, req.KeyPackageExtensionsListed, "key_package.send", listed(own), listed(twin))
}

// TestUnknownValuesAreIgnored gives each reader something with values that nobody knows,
// and without: it is accepted either way (Sections 7.2, 10 and 12.4.3).
func TestUnknownValuesAreIgnored(t *testing.T) {
	type place struct {
		id spec.ID
		at string
	}
	accepted := map[bool]map[place]bool{true: {}, false: {}}
	for _, there := range []bool{true, false} {
		is := func(err error, at string, ids ...spec.ID) {
			for _, id := range ids {
				accepted[there][place{id, at}] = err == nil
			}
		}
		var items []Extension
		strange := func(l *LeafNode) {
			k := &l.Capabilities
			k.Extensions = append(slices.Clip(k.Extensions), 0xfff1)
			if there {
				k.Versions, k.CipherSuites = append(slices.Clip(k.Versions), 0xff), append(slices.Clip(k.CipherSuites), 0xfff0)
				k.Proposals, k.Credentials = append(slices.Clip(k.Proposals), 0xfff2), append(slices.Clip(k.Credentials), 0xfff3)
			}
		}
		if there {
			items = []Extension{{Type: 0xfff1}}
		}
		g := inStep(t)
		k := g.package_(strange)
		k.Extensions = items
		k = k.sign(g.s, g.client("E").SignatureKey)
		both := []spec.ID{req.LeafCapabilitiesUnknown, req.KeyPackageExtensionsUnknown}
		is(g.try("A", ProposeAdd{KeyPackage: k}), "key_package.receive", both...)
		is(g.meets(Add(k)), "proposal.receive", both...)
		is(g.covers(Add(k)), "commit.receive", req.LeafCapabilitiesUnknown)
		keys := g.keyPackage("F")
		is(g.joins(keys, nil, Add(keys.Package), Add(k)), "welcome.join", req.LeafCapabilitiesUnknown)
		info := *g.do("A", Publish{GroupInfoOptions{ExternalPub: true}}).GroupInfo
		info.Extensions = items
		info = info.sign(g.s, g.client("A").SignatureKey)
		_, err := JoinExternal(g.env(), ExternalJoining{Client: g.client("G"), Info: &info})
		is(err, "external.join", req.GroupInfoExtensionsUnknown)
		h := g.keyPackage("H")
		out := g.do("A", MakeCommit{Path: true, Values: []Proposal{Add(h.Package)}, Welcome: WelcomeOptions{GroupInfo: GroupInfoOptions{Extensions: items}}})
		_, _, err = Join(g.env(), Joining{Client: g.client("H"), Keys: []KeyPackageKeys{h}, Welcome: out.Welcomes[0]})
		is(err, "welcome.join", req.GroupInfoExtensionsUnknown)
	}
	for p, with := range accepted[true] {
		output(t, p.id, p.at, with, !accepted[false][p])
	}
}
