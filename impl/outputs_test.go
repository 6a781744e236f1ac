package impl

import (
	"bytes"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What clients make and are content with, looked at beside the same with a mistake.

// output says what a test found of an output of this package.
func output(t *testing.T, id spec.ID, at string, own, twin bool) {
	t.Helper()
	spec.Output(t, "impl", at, id, own, twin)
}

// madeLeaves returns leaves of a client as each entry point makes them.
func madeLeaves(t *testing.T, r *room) map[string]*tree.LeafNode {
	t.Helper()
	k, err := NewKeyPackage(r.env, r.stranger())
	r.ok(err)
	b := r.at("B").member
	_, proposed, err := b.ProposeUpdate(r.env, spec.WirePublicMessage)
	r.ok(err)
	_, committed, _, err := b.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	return map[string]*tree.LeafNode{
		"key_package.send": &k.Package.LeafNode,
		"proposal.send":    &proposed.Message.PublicMessage.Content.Proposal.Update.LeafNode,
		"commit.send":      &committed.Commit.PublicMessage.Content.Commit.Path.LeafNode,
	}
}

// TestLeavesTellWhatTheirClientsCan is Sections 7.2 and 16.7 of RFC 9420.
func TestLeavesTellWhatTheirClientsCan(t *testing.T) {
	r := settled(t)
	var err error
	r.env.Types, err = NewTypes([]CustomExtension{{Type: 0xf001, Places: InLeafNode}}, []CustomProposal{{Type: 0xf002}}, []CustomCredential{{Type: 0xf003}})
	r.ok(err)
	r.env.GREASE = true
	complete := func(l *tree.LeafNode) bool {
		k := l.Capabilities
		return slices.Contains(k.Extensions, 0xf001) && slices.Contains(k.Proposals, 0xf002) && slices.Contains(k.Credentials, 0xf003) &&
			len(k.CipherSuites) >= len(suite.All())
	}
	plain := func(l *tree.LeafNode) bool {
		k := l.Capabilities
		return !slices.ContainsFunc(k.Extensions, func(e spec.ExtensionType) bool { return e >= 1 && e <= 5 }) &&
			!slices.ContainsFunc(k.Proposals, func(p spec.ProposalType) bool { return p >= 1 && p <= 7 })
	}
	distinct := func(l *tree.LeafNode) bool { return !bytes.Equal(l.EncryptionKey, l.SignatureKey) }
	for at, own := range madeLeaves(t, r) {
		twin := *own
		twin.Capabilities.Proposals = []spec.ProposalType{spec.ProposalAdd}
		twin.EncryptionKey = suite.HPKEPublicKey(twin.SignatureKey)
		output(t, req.LeafCapabilitiesComplete, at, complete(own), complete(&twin))
		output(t, req.LeafKeysDistinct, at, distinct(own), distinct(&twin))
		if at == "key_package.send" {
			output(t, req.LeafCapabilitiesDefault, at, plain(own), plain(&twin))
		}
	}
}

// TestKeyPackagesOfOneUse is Section 10 of RFC 9420: whoever has joined can join by the
// same KeyPackage no more, with what it is left with, but for one of last resort.
func TestKeyPackagesOfOneUse(t *testing.T) {
	r := settled(t)
	id := r.stranger()
	spent := func(o KeyPackageOptions) bool {
		k, err := NewKeyPackageWith(r.env, id, o)
		r.ok(err)
		staged, _ := r.begin("A", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
		_, out, err := Join(r.env, id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
		r.ok(err)
		return slices.ContainsFunc(out.Consumed, func(c Consumed) bool { return c.Secret.Equal(k.Init.Bytes()) })
	}
	output(t, req.KeyPackageOnce, "key_package.send", spent(KeyPackageOptions{}), spent(KeyPackageOptions{LastResort: true}))
	listed := func(o KeyPackageOptions, change func(*tree.LeafNode)) bool {
		k, err := NewKeyPackageWith(r.env, id, o)
		r.ok(err)
		alter(change, &k.Package.LeafNode)
		return k.Package.LeafNode.Capabilities.SupportsExtension(spec.ExtLastResort)
	}
	output(t, req.KeyPackageExtensionsListed, "key_package.send", listed(KeyPackageOptions{LastResort: true}, nil),
		listed(KeyPackageOptions{LastResort: true}, func(l *tree.LeafNode) { l.Capabilities.Extensions = nil }))
}

// TestUnknownValuesAreIgnored gives each reader something with values that nobody knows,
// and without: it is accepted either way (RFC 9420, Sections 7.2, 10 and 12.4.3).
func TestUnknownValuesAreIgnored(t *testing.T) {
	base := settled(t)
	strange := func(l *tree.LeafNode) {
		k := &l.Capabilities
		k.Versions, k.CipherSuites = append(k.Versions, 0xff), append(k.CipherSuites, 0xfff0)
		k.Extensions, k.Proposals, k.Credentials = append(k.Extensions, 0xfff1), append(k.Proposals, 0xfff2), append(k.Credentials, 0xfff3)
	}
	item := tree.Extension{Type: 0xfff1, Data: []byte("?")}
	kp := func(r *room, leaf func(*tree.LeafNode), items ...tree.Extension) *message.KeyPackage {
		kp := r.packaged(r.stranger(), func(l *tree.LeafNode) {
			l.Capabilities.Extensions = append(l.Capabilities.Extensions, 0xfff1)
			alter(leaf, l)
		}, func(k *message.KeyPackage) { k.Extensions = append(k.Extensions, items...) })
		return &kp
	}
	type place struct {
		id spec.ID
		at string
	}
	accepted := map[bool]map[place]bool{true: {}, false: {}}
	for _, there := range []bool{true, false} {
		var leaf func(*tree.LeafNode)
		var items []tree.Extension
		if there {
			leaf, items = strange, []tree.Extension{item}
		}
		r := base.copy(t)
		is := func(err error, at string, ids ...spec.ID) {
			for _, id := range ids {
				accepted[there][place{id, at}] = err == nil
			}
		}
		_, _, err := r.at("A").member.ProposeAdd(r.env, kp(r, leaf, items...), spec.WirePublicMessage)
		is(err, "key_package.receive", req.LeafCapabilitiesUnknown, req.KeyPackageExtensionsUnknown)
		is(r.give("A", r.proposing("B", add(*kp(r, leaf, items...)))), "proposal.receive", req.LeafCapabilitiesUnknown, req.KeyPackageExtensionsUnknown)
		is(releafed(leaf)(r), "commit.receive", req.LeafCapabilitiesUnknown)
		is(r.invite(invitation{info: func(i *message.GroupInfo) { i.Extensions = append(i.Extensions, items...) }}), "welcome.join", req.GroupInfoExtensionsUnknown)
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		info.Extensions = append(info.Extensions, items...)
		signed, err := info.Sign(r.suite(), r.keyOf("A"))
		r.ok(err)
		_, _, err = JoinExternal(r.env, r.stranger(), &signed, ExternalOptions{})
		is(err, "external.join", req.GroupInfoExtensionsUnknown)
		staged, _ := r.begin("A", CommitOptions{Add: []*message.KeyPackage{kp(r, leaf)}, Format: spec.WirePublicMessage})
		r.entered("A", staged)
		joining := r.party("F")
		k, err := NewKeyPackage(r.env, joining.id)
		r.ok(err)
		staged, _ = r.begin("A", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
		_, _, err = Join(r.env, joining.id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
		is(err, "welcome.join", req.LeafCapabilitiesUnknown)
	}
	for p, with := range accepted[true] {
		output(t, p.id, p.at, with, !accepted[false][p])
	}
}

// TestLifetimesOfLeavesThatArrive is Section 7.3 of RFC 9420 on a clock that is set: a
// KeyPackage, and a tree to join, within the lifetime and when that is over. What members
// send each other is accepted all the same, or they would disagree.
func TestLifetimesOfLeavesThatArrive(t *testing.T) {
	base := settled(t)
	kp := base.packaged(base.stranger(), nil, nil)
	for at, give := range map[string]func(r *room, now uint64) error{
		"key_package.receive": func(r *room, now uint64) error {
			r.env.Now = now
			_, _, err := r.at("A").member.ProposeAdd(r.env, &kp, spec.WirePublicMessage)
			return err
		},
		"welcome.join": func(r *room, now uint64) error { // the others were added while it was time
			return r.invite(invitation{info: func(*message.GroupInfo) { r.env.Now = now }})
		},
	} {
		output(t, req.LeafLifetimeReceived, at, give(base.copy(t), now+3600) == nil, give(base.copy(t), now+DefaultMaxLifetime+7200) == nil)
	}
}

// TestNothingSecretIsSent looks for each secret that a client holds, before a step or
// after it, in what it sends (RFC 9420, Section 2).
func TestNothingSecretIsSent(t *testing.T) {
	r := settled(t)
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	b := r.at("B").member
	held := b.Held()
	staged, out := r.begin("B", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
	held = append(append(held, staged.Next.Held()...), out.Consumed...)
	after, sent, err := staged.Next.Send(r.env, []byte("data"))
	r.ok(err)
	for at, c := range map[string]struct {
		sent []byte
		held []Held
	}{
		"key_package.send": {wire.Encode(k.Package), []Held{{Secret: k.Init.Bytes()}, {Secret: k.Leaf.Bytes()}, {Secret: id.Signer.Bytes()}}},
		"commit.send":      {append(wire.Encode(out.Message), wire.Encode(staged.Welcomes[0])...), held},
		"message.send":     {wire.Encode(sent.Message), append(append(after.Held(), staged.Next.Held()...), sent.Consumed...)},
	} {
		confined := func(b []byte) bool {
			return !slices.ContainsFunc(c.held, func(h Held) bool { return bytes.Contains(b, h.Secret) })
		}
		output(t, req.SecretConfidential, at, confined(c.sent), confined(append(slices.Clone(c.sent), c.held[len(c.held)-1].Secret...)))
	}
}
