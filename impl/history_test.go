package impl

import (
	"bytes"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// A history is a group whose handshake messages arrive at once, and whose data
// arrives some time.
type history struct {
	*room
	t     *rapid.T
	lane  *lane
	tally *tally

	count   int               // of clients, for names
	groups  int               // for group_ids
	max     int               // members
	formats []spec.WireFormat // of its handshake messages
	robot   *Identity         // who may propose from outside

	waiting  []*newcomer             // whose Adds are proposed
	gone     []*party                // were removed
	late     []*parcel               // data on its way
	last     *PublicGroup            // of the epoch before
	released map[string]suite.Secret // resumption PSKs that the application knows, by group and epoch
	follower *PublicGroup            // of who holds no secret; nil where it has lost track
	missed   bool                    // the follower cannot see all proposals of the epoch
}

// A newcomer has published a KeyPackage.
type newcomer struct {
	*party
	keys *KeyPackageKeys
}

// A parcel is application data that not all have received.
type parcel struct {
	number int // in the order of sending
	epoch  uint64
	msg    *message.MLSMessage
	data   string
	to     []*party
}

// begin sets up a group of a size that is drawn, mostly small.
func begin(t *rapid.T, l *lane, done *tally) *history {
	h := &history{t: t, lane: l, tally: done, released: map[string]suite.Secret{},
		room: &room{t: t, of: l.suite, env: testEnv(fmt.Sprint(rapid.Uint64().Draw(t, "seed")))}}
	h.env.PSK, h.env.Types, h.env.KeyUses = h.known, votesAndSeals, &KeyUses{}
	h.env.PastEpochs, h.env.PastPSKs = 2, 2
	h.env.GREASE = h.flip("GREASE")
	if h.flip("padding") {
		h.env.Padding = func(n int) int { return -n & 31 }
	}
	h.formats = rapid.SampledFrom([][]spec.WireFormat{formats, formats[:1], formats}).Draw(t, "formats")
	h.max = rapid.SampledFrom(l.sizes).Draw(t, "at most")
	n := rapid.IntRange(l.least, h.max).Draw(t, "members")
	h.robot = h.party("robot").id
	first := h.fresh()
	var err error
	first.member, _, err = Create(h.env, first.id, h.groupID(), h.extensions()...)
	h.ok(err)
	h.parties = []*party{first}
	h.release()
	var joining []*newcomer
	for range n - 1 {
		joining = append(joining, h.publish(h.fresh()))
	}
	h.commit(first, CommitOptions{Format: h.format()}, joining)
	return h
}

func (h *history) did(format string, a ...any) { h.tally.count(fmt.Sprintf(format, a...)) }

func (h *history) flip(label string) bool { return rapid.Bool().Draw(h.t, label) }

// rarely is true one time in n.
func (h *history) rarely(n int, label string) bool {
	return rapid.IntRange(0, n-1).Draw(h.t, label) == n-1
}

func (h *history) format() spec.WireFormat { return rapid.SampledFrom(h.formats).Draw(h.t, "format") }

func (h *history) anyone(label string) *party { return rapid.SampledFrom(h.parties).Draw(h.t, label) }

func (h *history) groupID() []byte {
	h.groups++
	return fmt.Appendf(nil, "group %d", h.groups)
}

// fresh returns a client that was never there.
func (h *history) fresh() *party {
	h.count++
	return h.party(fmt.Sprintf("client %d", h.count))
}

// joiner returns a client that is not in the group: a new one, or one that left
// and has not been asked to come back yet.
func (h *history) joiner() *party {
	for i, p := range h.gone {
		if h.flip("returns") {
			h.gone = slices.Delete(slices.Clone(h.gone), i, i+1)
			h.did("join: one who left")
			return &party{name: p.name, id: p.member.identity}
		}
	}
	return h.fresh()
}

func (h *history) publish(p *party) *newcomer {
	k, err := NewKeyPackage(h.env, p.id)
	h.ok(err)
	return &newcomer{p, k}
}

// vacancies tells how many clients may still join.
func (h *history) vacancies() int { return max(0, h.max-len(h.parties)-len(h.waiting)) }

// known is where clients find PSKs; those who join are told the resumption PSKs.
func (h *history) known(id *schedule.PreSharedKeyID) suite.Secret {
	if id.Type == spec.PSKResumption {
		return h.released[fmt.Sprintf("%x %d", id.GroupID, id.Epoch)]
	}
	return suite.Secret("secret of " + string(id.ID))
}

// release tells the application the resumption PSK of the present epoch.
func (h *history) release() {
	m := h.parties[0].member
	h.released[fmt.Sprintf("%x %d", m.ID(), m.Number())] = m.secrets.Resumption
}

// extensions draws extensions of the GroupContext that everybody supports.
func (h *history) extensions() []tree.Extension {
	var list []tree.Extension
	if h.flip("required") {
		list = append(list, tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 2, 0, 1}})
	}
	if h.flip("senders") || h.flip("senders after all") {
		list = append(list, message.ExternalSendersExtension([]message.ExternalSender{
			{SignatureKey: h.robot.Signer.Public(), Credential: h.robot.Credential}}))
	}
	return list
}

// listens tells whether the robot may propose.
func (h *history) listens() bool {
	senders, _, err := message.ExternalSendersOf(h.parties[0].member.Extensions())
	h.ok(err)
	return len(senders) > 0 && bytes.Equal(senders[0].SignatureKey, h.robot.Signer.Public())
}
