package impl

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// TestRandomHistories lets groups of 2 to 12 members live through random
// histories: proposals, Commits of all forms in both framings, members that come
// and go, data that arrives late. After each Commit everyone agrees, everyone
// can read everyone, and who was removed can follow no more.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{t: t, room: &room{t: t, env: testEnv(fmt.Sprint(rapid.Uint64().Draw(t, "seed")))}}
		h.env.PSK = h.known
		h.begin(rapid.IntRange(2, 12).Draw(t, "members"))
		t.Repeat(map[string]func(*rapid.T){
			"propose":  h.propose,
			"commit":   h.commit,
			"external": h.external,
			"race":     h.race,
			"send":     h.send,
			"deliver":  h.deliver,
		})
		h.everyoneReadsEveryone()
	})
}

// A history is a group whose handshake messages arrive at once, and whose data
// arrives some time.
type history struct {
	*room
	t     *rapid.T
	count int          // of clients, for names
	gone  []*party     // were removed
	late  []*parcel    // data on its way, of this epoch
	last  *PublicGroup // of the epoch before

	resumption suite.Secret // of the present epoch, if a proposal names it
}

// A parcel is application data that not all have received.
type parcel struct {
	msg  *message.MLSMessage
	data string
	to   []*party
}

func (h *history) newcomers(n int) []*party {
	list := make([]*party, n)
	for i := range list {
		list[i] = h.party(fmt.Sprintf("client %d", h.count))
		h.count++
	}
	return list
}

func (h *history) begin(n int) {
	first := h.newcomers(1)[0]
	var err error
	first.member, _, err = Create(h.env, first.id, []byte("group"))
	h.ok(err)
	h.parties = []*party{first}
	h.end(first, CommitOptions{Format: h.format(h.t)}, h.newcomers(n-1))
}

func (h *history) format(t *rapid.T) spec.WireFormat {
	return rapid.SampledFrom(formats).Draw(t, "format")
}

func (h *history) anyone(t *rapid.T, label string) *party {
	return rapid.SampledFrom(h.parties).Draw(t, label)
}

// propose lets a member propose something that everybody receives.
func (h *history) propose(t *rapid.T) {
	p, format := h.anyone(t, "by"), h.format(t)
	var after *Member
	var out Output
	var err error
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0, 1:
		after, out, err = p.member.ProposeUpdate(h.env, format)
	case 2:
		after, out, err = p.member.ProposeRemove(h.env, h.anyone(t, "who").member.leaf, format)
	case 3:
		after, out, err = p.member.ProposePSK(h.env, h.psk(t, p), format)
	case 4:
		after, out, err = p.member.ProposeExtensions(h.env, h.extensions(t), format)
	}
	h.ok(err)
	p.member = after
	h.room.deliver(p, out.Message)
}

// known is where clients find PSKs; those who join are told the resumption PSK.
func (h *history) known(id *schedule.PreSharedKeyID) suite.Secret {
	if id.Type == spec.PSKResumption {
		return h.resumption
	}
	return suite.Secret("secret of " + string(id.ID))
}

// psk draws a PSK that all members have: the application's, or that of the
// present epoch.
func (h *history) psk(t *rapid.T, p *party) schedule.PreSharedKeyID {
	if rapid.Bool().Draw(t, "resumption") {
		h.resumption = p.member.secrets.Resumption
		return schedule.ResumptionPSK(spec.UsageApplication, p.member.ID(), p.member.Number())
	}
	return schedule.ExternalPSK([]byte(rapid.SampledFrom([]string{"one", "two"}).Draw(t, "psk")))
}

// extensions draws extensions of the GroupContext that everybody supports.
func (h *history) extensions(t *rapid.T) []tree.Extension {
	var list []tree.Extension
	if rapid.Bool().Draw(t, "required") {
		list = append(list, tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 2, 0, 1}})
	}
	if rapid.Bool().Draw(t, "senders") {
		list = append(list, sender(robot))
	}
	return list
}

// external lets a client join by itself: a new one, or a member that comes back.
func (h *history) external(t *rapid.T) {
	host := h.anyone(t, "host")
	info, err := host.member.GroupInfo(h.env, GroupInfoOptions{ExternalPub: true})
	h.ok(err)
	var o ExternalOptions
	var p *party
	if len(h.parties) > 1 && (len(h.parties) >= 12 || rapid.Bool().Draw(t, "back")) {
		p = h.anyone(t, "who")
		o.Remove = &p.member.leaf
	} else {
		p = h.newcomers(1)[0]
	}
	if rapid.Bool().Draw(t, "psk") {
		o.PSKs = append(o.PSKs, schedule.ExternalPSK([]byte("one")))
	}
	staged, out, err := JoinExternal(h.env, p.id, info, o)
	h.ok(err)
	h.last = host.member.PublicGroup
	h.room.deliver(nil, out.Message) // who comes back is removed by it
	p.member = staged.Next
	h.parties = append(h.parties, p)
	h.late = nil
	h.agree()
}

// commit lets a member commit and everybody follow.
func (h *history) commit(t *rapid.T) {
	p := h.anyone(t, "by")
	o := CommitOptions{Format: h.format(t), Omit: rapid.Bool().Draw(t, "omit")}
	joining := h.newcomers(rapid.IntRange(0, max(0, min(3, 12-len(h.parties)))).Draw(t, "add"))
	if len(joining) > 0 && rapid.Bool().Draw(t, "no path") {
		o.Omit, o.NoPath = true, true
		h.end(p, o, joining)
		return
	}
	for _, q := range h.parties {
		if q != p && len(h.parties) > 2 && rapid.IntRange(0, 9).Draw(t, "remove") == 0 {
			o.Remove = append(o.Remove, q.member.leaf)
		}
	}
	h.end(p, o, joining)
}

// race lets two members commit at once; the first one's Commit counts.
func (h *history) race(t *rapid.T) {
	first, second := h.anyone(t, "first"), h.anyone(t, "second")
	if first == second {
		t.Skip("one alone is no race")
	}
	after, _, _, err := second.member.Commit(h.env, CommitOptions{Format: h.format(t)})
	h.ok(err)
	second.member = after
	h.end(first, CommitOptions{Format: h.format(t)}, nil)
}

// end ends the epoch: what is on its way is lost.
func (h *history) end(p *party, o CommitOptions, joining []*party) {
	var keys []*KeyPackageKeys
	for _, q := range joining {
		k, err := NewKeyPackage(h.env, q.id)
		h.ok(err)
		keys, o.Add = append(keys, k), append(o.Add, k.Package)
	}
	after, staged, out, err := p.member.Commit(h.env, o)
	h.ok(err)
	p.member = after
	before := slices.Clone(h.parties)
	h.last = after.PublicGroup
	h.room.deliver(p, out.Message)
	p.member = staged.Next
	for i, q := range joining {
		q.member, _, err = Join(h.env, q.id, keys[i:i+1], h.welcome(staged.Welcomes[0]), JoinOptions{})
		h.ok(err)
		h.parties = append(h.parties, q)
	}
	for _, q := range before {
		if !slices.Contains(h.parties, q) {
			h.gone = append(h.gone, q)
		}
	}
	h.gone = h.gone[max(0, len(h.gone)-3):]
	h.late = nil
	h.agree()
	h.keysFit()
	h.newcomersAreLeftOut(keys, out.Message)
	h.nobodyWhoIsGoneFollows(out.Message)
}

// keysFit checks what Section 4.2 of RFC 9420 says of what a member holds.
func (h *history) keysFit() {
	for _, p := range h.parties {
		m := p.member
		if !bytes.Equal(m.tree.Hash(), m.context.TreeHash) {
			h.t.Fatalf("%s: the tree is not that of the GroupContext", p.name)
		}
		if !bytes.Equal(m.tree.Leaf(m.leaf).EncryptionKey, m.keys.Leaf().Public()) {
			h.t.Fatalf("%s has another key than its leaf", p.name)
		}
		h.holdsItsPath(p)
	}
}

// holdsItsPath: a member holds the keys of those nodes above it that are not
// blank and do not list it as unmerged, and no others.
func (h *history) holdsItsPath(p *party) {
	m := p.member
	for _, x := range m.tree.DirectPath(m.leaf) {
		parent := m.tree.Parent(x)
		want := parent != nil && !slices.Contains(parent.UnmergedLeaves, m.leaf)
		key, ok := m.keys.Key(x)
		if ok != want || ok && !bytes.Equal(key.Public(), parent.EncryptionKey) {
			h.t.Fatalf("%s at node %d: holds a key: %v, should: %v", p.name, x, ok, want)
		}
	}
}

// nobodyWhoIsGoneFollows gives the last Commit, and data of the new epoch, to
// those who were removed by it or not long before.
func (h *history) nobodyWhoIsGoneFollows(commit *message.MLSMessage) {
	_, sent, err := h.parties[0].member.Send(h.env, []byte("among us")) // from a copy of the state
	h.ok(err)
	for _, p := range h.gone {
		for _, msg := range []*message.MLSMessage{commit, sent.Message} {
			_, out, err := p.member.Receive(h.env, h.over(msg))
			if err == nil || len(out.Data) > 0 {
				h.t.Fatalf("%s was removed, and follows", p.name)
			}
		}
		if h.opensPath(p.member.privateKeys(), commit) {
			h.t.Fatalf("%s was removed, and holds a key that the path is sealed to", p.name)
		}
	}
}

// newcomersAreLeftOut: no path secret is sealed to a leaf that the same Commit
// adds (RFC 9420, Section 7.5).
func (h *history) newcomersAreLeftOut(keys []*KeyPackageKeys, commit *message.MLSMessage) {
	for _, k := range keys {
		if h.opensPath([]*suite.HPKEPrivateKey{k.Leaf}, commit) {
			h.t.Fatal("a path is sealed to a leaf that its Commit adds")
		}
	}
}

// privateKeys returns all private keys that a member holds.
func (m *Member) privateKeys() []*suite.HPKEPrivateKey {
	keys := []*suite.HPKEPrivateKey{m.keys.Leaf()}
	for _, n := range m.keys.Nodes() {
		keys = append(keys, n.Key)
	}
	for _, u := range m.updates {
		keys = append(keys, u.key)
	}
	return keys
}

// opensPath tells whether any ciphertext of a Commit's path opens with any of
// the keys, whatever the protocol says. What is encrypted it cannot look into.
func (h *history) opensPath(keys []*suite.HPKEPrivateKey, commit *message.MLSMessage) bool {
	if commit.WireFormat != spec.WirePublicMessage || commit.PublicMessage.Content.Commit.Path == nil {
		return false
	}
	context := h.last.provisional(h.parties[0].member.tree, h.last.context.Extensions)
	for _, n := range commit.PublicMessage.Content.Commit.Path.Nodes {
		for _, sealed := range n.EncryptedPathSecret {
			for _, k := range keys {
				if _, err := h.suite().DecryptWithLabel(k, spec.LabelUpdatePathNode, wire.Encode(&context), sealed); err == nil {
					return true
				}
			}
		}
	}
	return false
}

// send lets a member send data that nobody has received yet.
func (h *history) send(t *rapid.T) {
	p := h.anyone(t, "by")
	if p.member.Pending() > 0 {
		t.Skip("proposals wait for a Commit")
	}
	data := fmt.Sprintf("%s, %d", p.name, rapid.IntRange(0, 1000).Draw(t, "data"))
	after, out, err := p.member.Send(h.env, []byte(data))
	h.ok(err)
	p.member = after
	to := slices.DeleteFunc(slices.Clone(h.parties), func(q *party) bool { return q == p })
	h.late = append(h.late, &parcel{out.Message, data, to})
}

// deliver hands any of what is on its way to any who waits for it.
func (h *history) deliver(t *rapid.T) {
	h.late = slices.DeleteFunc(h.late, func(p *parcel) bool { return len(p.to) == 0 })
	if len(h.late) == 0 {
		t.Skip("nothing is on its way")
	}
	parcel := rapid.SampledFrom(h.late).Draw(t, "parcel")
	i := rapid.IntRange(0, len(parcel.to)-1).Draw(t, "to")
	p := parcel.to[i]
	parcel.to = slices.Delete(parcel.to, i, i+1)
	after, out, err := p.member.Receive(h.env, h.over(parcel.msg))
	if err != nil || string(out.Data) != parcel.data {
		t.Fatalf("%s read %q, %v, want %q", p.name, out.Data, err, parcel.data)
	}
	p.member = after
}

func (h *history) everyoneReadsEveryone() {
	if p := h.parties[0]; p.member.Pending() > 0 {
		h.end(p, CommitOptions{Format: spec.WirePublicMessage, Omit: true}, nil)
	}
	for _, p := range h.parties {
		h.say(p.name, "I am "+p.name)
	}
}
