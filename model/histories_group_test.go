package model

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/spec"
)

// What may happen in a history beside Adds, Updates and Removes.

// customs are types that all clients of a history have.
var customs = &Types{
	Extensions:  []CustomExtension{{Type: unknownType, Places: InGroupContext | InLeafNode}},
	Proposals:   []CustomProposal{{Type: unknownType, External: true}},
	Credentials: []spec.CredentialType{unknownType},
}

// update proposes a fresh leaf, at times with another signature key or an X.509
// credential for it.
func (h *history) update(t *rapid.T) {
	who := h.someone(t)
	e := ProposeUpdate{Framing: h.framing(t)}
	if rapid.IntRange(0, 3).Draw(t, "new key") == 0 {
		next := h.members[who].Client
		next.SignatureKey = h.s.Fresh(SignatureKey, 1000+h.env().Step)
		if next.Credential.Type == spec.CredentialX509 || rapid.Bool().Draw(t, "x509") {
			next.Credential = Credential{spec.CredentialX509, next.Credential.Identity, h.s.Public(next.SignatureKey)}
		}
		e.Client = &next
		h.happened["new key"]++
	}
	h.propose(who, e)
}

// send lets a member send data, that all others read now or later.
func (h *history) send(t *rapid.T) {
	who := h.someone(t)
	if len(h.members[who].Proposals) > 0 {
		t.Skip("proposals wait")
	}
	msg := h.do(who, Send{Data: "data", Authenticated: "x"}).Send
	if rapid.Bool().Draw(t, "late") {
		h.late = append(h.late, msg)
		return
	}
	for _, other := range h.order {
		if other != who && h.do(other, Open{msg.Private}).Data != "data" {
			t.Fatalf("%s reads something else", other)
		}
	}
}

// readLate lets whoever has its epoch read data that was on its way, once.
func (h *history) readLate(t *rapid.T) {
	if len(h.late) == 0 {
		t.Skip("nothing is on its way")
	}
	i := rapid.IntRange(0, len(h.late)-1).Draw(t, "message")
	msg := h.late[i].Private
	h.late = slices.Delete(h.late, i, i+1)
	for _, name := range h.order {
		m := h.members[name]
		has := m.Context.GroupID == msg.GroupID && (m.Context.Epoch == msg.Epoch ||
			slices.ContainsFunc(m.Past, func(p PastEpoch) bool { return p.Context.Epoch == msg.Epoch }))
		next, out, err := m.Step(h.env(), Open{msg})
		switch _, ended := err.(spec.Violations); {
		case err == nil && has:
			h.members[name] = next
			if _, _, err := next.Step(h.env(), Open{msg}); err == nil || out.Data != "data" {
				t.Fatalf("%s reads %q, then %v", name, out.Data, err)
			}
			h.happened["late"] += int(m.Context.Epoch - msg.Epoch)
		case err == nil:
			t.Fatalf("%s reads data of epoch %d", name, msg.Epoch)
		case has && err != spec.ErrOwn && !ended: // an own one of an epoch that is over
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// someID draws a PSK that all have: one of the application's, or of an epoch.
func (h *history) someID(t *rapid.T) PreSharedKeyID {
	m := h.members[h.order[0]]
	now := ResumptionPSKID(spec.UsageApplication, m.Context.GroupID, m.Context.Epoch)
	h.shared[now] = m.Secrets.Resumption // who joins is told by the application
	h.past = append(h.past, now)
	if rapid.Bool().Draw(t, "resumption") {
		return rapid.SampledFrom(h.past[max(0, len(h.past)-3):]).Draw(t, "epoch")
	}
	id := ExternalPSKID(h.s.Bytes(rapid.SampledFrom([]string{"one", "two"}).Draw(t, "psk")))
	if h.shared[id] == 0 {
		psk, made := NewPSK(h.env())
		h.shared[id], h.made = psk, append(h.made, made...)
	}
	return id
}

// someExtensions draws extensions that all members support.
func (h *history) someExtensions(t *rapid.T) []Extension {
	var items []Extension
	if rapid.Bool().Draw(t, "required") {
		items = append(items, RequiredCapabilities{Proposals: []spec.ProposalType{unknownType}}.Extension(h.s))
	}
	if rapid.Bool().Draw(t, "senders") {
		c := h.client("S")
		items = append(items, ExternalSenders{{h.s.Public(c.SignatureKey), c.Credential}}.Extension(h.s))
	}
	if rapid.Bool().Draw(t, "custom") {
		items = append(items, Extension{Type: unknownType})
	}
	return items
}

// proposeOther proposes a PSK, extensions, or something of the application's own.
func (h *history) proposeOther(t *rapid.T) {
	var p Proposal
	switch rapid.IntRange(0, 2).Draw(t, "type") {
	case 0:
		p = PSK(h.someID(t))
	case 1:
		p = GroupContextExtensions(h.someExtensions(t)...)
	case 2:
		p = Custom(unknownType, h.s.Bytes("custom"))
	}
	h.propose(h.someone(t), Propose{p, h.framing(t)})
}

// proposeOutside lets an external sender propose, if there is one, or a newcomer
// ask to be added.
func (h *history) proposeOutside(t *rapid.T) {
	m := h.members[h.someone(t)]
	_, out, err := m.Step(h.env(), Publish{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := Follow(h.env(), Following{Info: out.GroupInfo})
	if err != nil {
		t.Fatal(err)
	}
	var msg *Message
	if len(senders(h.s, g.Context.Extensions)) > 0 {
		msg, err = g.ProposeExternal(h.env(), h.client("S"), 0, Custom(unknownType, h.s.Bytes("from S")))
	} else {
		name := fmt.Sprintf("c%d", h.joined)
		h.joined++
		k := h.keyPackage(name)
		h.asked = append(h.asked, k)
		msg, err = g.ProposeJoin(h.env(), h.client(name), k.Package)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range h.order {
		h.do(name, arrive(msg))
	}
	h.happened["outside"]++
}

// waiting returns the keys of a client that asked to be added.
func (h *history) waiting(p SentProposal) (KeyPackageKeys, bool) {
	for _, k := range h.asked {
		if p.KeyPackage != nil && k.Package.Ref(h.s) == p.KeyPackage.Ref(h.s) {
			return k, true
		}
	}
	return KeyPackageKeys{}, false
}

// external lets a client join by itself: a new one, or a member that comes back.
func (h *history) external(t *rapid.T) {
	host := h.members[h.someone(t)]
	_, out, err := host.Step(h.env(), Publish{GroupInfoOptions{ExternalPub: true, NoTree: rapid.Bool().Draw(t, "no tree")}})
	if err != nil {
		t.Fatal(err)
	}
	h.made = append(h.made, out.Secrets...)
	j := ExternalJoining{Info: out.GroupInfo, Tree: host.Tree.Extension(), Data: "x"}
	name, what := fmt.Sprintf("c%d", h.joined), "external"
	if len(h.order) >= 8 || rapid.Bool().Draw(t, "back") {
		name, what = h.someone(t), "resync"
		leaf := h.members[name].Leaf
		j.Remove = &leaf
		j.Client = h.members[name].Client
	} else {
		j.Client = h.client(name)
		h.joined++
	}
	if rapid.Bool().Draw(t, "psk") {
		j.PSKs = append(j.PSKs, h.someID(t))
	}
	h.keep()
	joined, err := JoinExternal(h.env(), j)
	if err != nil {
		t.Fatal(err)
	}
	h.made = append(h.made, joined.Secrets...)
	for _, other := range slices.Clone(h.order) {
		h.follow(other, joined.Send) // who comes back is removed by it
	}
	h.members[name], h.order = *joined.Next, append(h.order, name)
	h.happened[what]++
}

// branch lets some members have a group of their own, and then go on here.
func (h *history) branch(t *rapid.T) {
	founder := h.someone(t)
	e := Branch{GroupID: h.s.Bytes(fmt.Sprint("sub", h.env().Step))}
	var others []string
	var keys []KeyPackageKeys
	for _, name := range h.order {
		if name != founder && rapid.Bool().Draw(t, "with "+name) {
			k, _ := h.again(name, h.members[name].Context.CipherSuite)
			others, keys, e.Packages = append(others, name), append(keys, k), append(e.Packages, k.Package)
		}
	}
	out := h.do(founder, e)
	h.made = append(h.made, out.First...)
	for i, name := range others {
		m := h.join(Joining{Client: h.members[name].Client, Keys: keys[i : i+1], From: []Member{h.members[name]}}, out)
		if m.Secrets != out.Next.Secrets {
			t.Fatalf("%s is not in the subgroup of %s", name, founder)
		}
	}
	h.happened["branch"]++
}

// again returns a new KeyPackage of a member, as it is now, for a suite.
func (h *history) again(name string, suite spec.CipherSuite) (KeyPackageKeys, Client) {
	c := h.members[name].Client
	c.CipherSuite = suite
	k, made := NewKeyPackage(h.env(), c)
	h.made = append(h.made, made...)
	return k, c
}

// reinit lets the group end, and all its members meet in the next one.
func (h *history) reinit(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "seldom") > 0 {
		t.Skip("seldom")
	}
	suite := rapid.SampledFrom([]spec.CipherSuite{1, 2, 7}).Draw(t, "suite")
	r := ReInit{h.s.Bytes(fmt.Sprint("next", h.env().Step)), spec.MLS10, suite, h.someExtensions(t)}
	path := rapid.Bool().Draw(t, "path")
	h.commit(h.someone(t), MakeCommit{Values: []Proposal{r.Proposal()}, Path: path, Framing: h.framing(t)})
	if !path {
		h.happened["no path"]++
	}
	founder := h.someone(t)
	var e Reinitialize
	keys := map[string]KeyPackageKeys{}
	clients := map[string]Client{}
	for _, name := range h.order {
		k, c := h.again(name, suite)
		if clients[name] = c; name == founder {
			e.Client = &c
			continue
		}
		keys[name], e.Packages = k, append(e.Packages, k.Package)
	}
	out := h.do(founder, e)
	h.made = append(h.made, out.First...)
	for name, k := range keys {
		h.members[name] = h.join(Joining{Client: clients[name], Keys: []KeyPackageKeys{k}, From: []Member{h.members[name]}}, out)
	}
	h.members[founder] = *out.Next
	h.past = nil
	h.happened["reinit"]++
}
