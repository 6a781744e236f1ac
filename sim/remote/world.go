package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"

	"mlssim/impl/interop"
	"mlssim/impl/interop/pb"
	"mlssim/impl/suite"
	"mlssim/model"
	"mlssim/spec"
)

// A world is one group and everybody who has to do with it.
type world struct {
	ctx     context.Context
	suite   *suite.Suite
	private bool
	parties []*Party // our own is the first
	server  *interop.Server
	rand    io.Reader // for what is forged
	now     func() uint64

	store *model.Store
	draws uint64 // steps of the model so far
	names map[string]model.Term
	bytes map[model.Term]string // of terms that clients have shown
	terms map[string]model.Term

	group     string // group_id
	members   map[string]*member
	order     []string // of joining
	proposals map[string]*proposal
	messages  map[string]*sent
	waiting   map[string]*invited // who has a KeyPackage and is no member yet
	psks      map[string]psk
	senders   []*outsider
	ended     bool // nobody can go on

	at     int // present step
	line   string
	calls  int
	known  map[[2]string]bool // client and kind of differences that are known: no need to ask once more
	counts map[string]int
	trace  *[]string // what was asked and answered; nil: not wanted
}

// A member lives on a client and in the model.
type member struct {
	name  string
	party *Party
	id    uint32
	model model.Member
	heard []string // labels of the proposals of this epoch that it has received or made
	given []string // labels of those that its client was given in a call
	lost  bool     // a Commit of its own in this epoch, which nobody has received
	after string   // what it was given in this epoch and has refused
}

// An invited client has a KeyPackage.
type invited struct {
	name        string
	party       *Party
	transaction uint32
	encoded     []byte
	client      model.Client
	keys        model.KeyPackageKeys
}

// A proposal waits for a Commit.
type proposal struct {
	by      string
	encoded []byte
	model   *model.Message
	ref     model.Term
	invites *invited // by an Add
	from    *Party
	options []Option // what it is about
}

// sent is a message that somebody may receive again, or late.
type sent struct {
	by      string
	party   *Party
	encoded []byte
	model   *model.Message
	epoch   uint64
	data    []byte
	aad     []byte
	commit  bool
	lost    bool
	refs    []string
	present []string // who was a member then
}

type psk struct {
	secret []byte
	model  model.Term
}

// An outsider is an external sender.
type outsider struct {
	name    string
	party   *Party
	id      uint32
	encoded []byte
	client  model.Client
}

// errSkip says that a step has nothing to be about: what it needs was left out.
var errSkip = errors.New("nothing to do")

// What the server of our own members keeps, and the model with it.
const (
	pastEpochs = 16
	pastPSKs   = 256
)

// env returns the environment of the model's next step.
func (w *world) env() *model.Env {
	w.draws++
	return &model.Env{
		Store: w.store, Step: w.draws, Now: w.now(),
		Bounds: model.Bounds{PastEpochs: pastEpochs, PastPSKs: pastPSKs},
		PSK: func(id model.PreSharedKeyID) model.Term {
			if id.Type != spec.PSKExternal {
				return 0
			}
			for name, p := range w.psks {
				if w.name(name) == id.ID {
					return p.model
				}
			}
			return 0
		},
	}
}

// name returns the term of an octet string.
func (w *world) name(s string) model.Term {
	t, ok := w.names[s]
	if !ok {
		t = w.store.Bytes(s)
		w.names[s] = t
	}
	return t
}

// framing returns how members send handshake messages.
func (w *world) framing() model.Framing { return model.Framing{Private: w.private} }

func (w *world) tally(what string) { w.counts[what]++ }

// partyOf returns the party of a letter.
func (w *world) partyOf(letter string) (*Party, error) {
	for _, p := range w.parties {
		if p.Letter == letter {
			return p, nil
		}
	}
	return nil, fmt.Errorf("there is no client %q", letter)
}

// client returns a client of a name with a signature key of its own.
func (w *world) client(name string) model.Client {
	w.draws++
	c := model.NewClient(w.store, name, w.draws)
	c.CipherSuite = w.suite.ID
	return c
}

// create begins the group.
func (w *world) create(s *Step) error {
	if len(w.members) > 0 {
		return errSkip
	}
	name, letter := newcomer(s.Names[0])
	p, err := w.partyOf(letter)
	if err != nil {
		return err
	}
	w.group = fmt.Sprintf("group %d of %s", w.draws, name)
	r, err := ask(w, p, "", pb.MLSClientClient.CreateGroup, &pb.CreateGroupRequest{
		GroupId: []byte(w.group), CipherSuite: uint32(w.suite.ID), EncryptHandshake: w.private, Identity: []byte(name),
	})
	m, _, errM := model.Create(w.env(), model.Creation{Client: w.client(name), GroupID: w.name(w.group)})
	if ok, err := w.verdict(p, name, "create a group", errM, err); !ok {
		return err
	}
	w.admit(&member{name: name, party: p, id: r.StateId, model: m})
	return w.check()
}

// admit makes somebody a member.
func (w *world) admit(m *member) {
	if _, there := w.members[m.name]; !there {
		w.order = append(w.order, m.name)
	}
	w.members[m.name] = m
}

// leave lets somebody be no member any more. The client may forget the state.
func (w *world) leave(name string) {
	m := w.members[name]
	if m == nil {
		return
	}
	delete(w.members, name)
	w.order = slices.DeleteFunc(w.order, func(n string) bool { return n == name })
	w.free(m.party, m.id)
}

// free lets a client forget something. That it cannot is none of our business here:
// some clients have several names for one state.
func (w *world) free(p *Party, id uint32) {
	if p.can("Free") {
		p.RPC.Free(w.ctx, &pb.FreeRequest{StateId: id})
	}
}

// invite makes a KeyPackage of a client NAME@LETTER, which has all PSKs there are.
func (w *world) invite(word string) (*invited, error) {
	name, letter := newcomer(word)
	p, err := w.partyOf(letter)
	if err != nil {
		return nil, err
	}
	r, err := ask(w, p, "", pb.MLSClientClient.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: uint32(w.suite.ID), Identity: []byte(name)})
	if err != nil {
		_, err = w.verdict(p, name, "make a KeyPackage", nil, err)
		return nil, err
	}
	c := w.client(name)
	keys, _, err := model.NewKeyPackageWith(w.env(), c, model.KeyPackageOptions{})
	if err != nil {
		return nil, err
	}
	i := &invited{name: name, party: p, transaction: r.TransactionId, encoded: r.KeyPackage, client: c, keys: keys}
	for _, id := range w.pskNames() {
		if err := w.tell(p, r.TransactionId, id); err != nil {
			return nil, err
		}
	}
	w.waiting[name] = i
	return i, nil
}

func (w *world) pskNames() []string {
	var names []string
	for name := range w.psks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// tell gives a PSK to a client.
func (w *world) tell(p *Party, id uint32, name string) error {
	_, err := ask(w, p, "", pb.MLSClientClient.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: id, PskId: []byte(name), PskSecret: w.psks[name].secret})
	_, err = w.verdict(p, "somebody", "store a PSK", nil, err)
	return err
}

// storePSK gives a PSK to everybody.
func (w *world) storePSK(s *Step) error {
	name := s.Names[0]
	if _, there := w.psks[name]; there || len(w.members) == 0 {
		return errSkip
	}
	secret, _ := model.NewPSK(w.env())
	w.psks[name] = psk{secret: w.suite.Hash([]byte("secret of " + name)), model: secret}
	for _, n := range w.order {
		if err := w.tell(w.members[n].party, w.members[n].id, name); err != nil {
			return err
		}
	}
	for _, i := range w.waiting {
		if err := w.tell(i.party, i.transaction, name); err != nil {
			return err
		}
	}
	return nil
}

// hear lets the model of a member receive proposals that it has not received yet.
func (w *world) hear(m *member, labels []string) (model.Member, []string, error) {
	after, heard := m.model, slices.Clone(m.heard)
	for _, label := range labels {
		if slices.Contains(heard, label) {
			continue
		}
		p := w.proposals[label]
		next, _, err := after.Step(w.env(), arrival(p.model))
		if err != nil {
			return m.model, m.heard, fmt.Errorf("proposal %s: %w", label, err)
		}
		after, heard = next, append(heard, label)
		if p.ref == 0 {
			p.ref = after.Proposals[len(after.Proposals)-1].Ref
		}
	}
	return after, heard, nil
}

// arrival returns the event of a message.
func arrival(m *model.Message) model.Event {
	if m.Public != nil {
		return model.Receive{Message: m.Public}
	}
	return model.Open{Message: m.Private}
}

// present returns those labels that stand for proposals.
func (w *world) present(labels []string) []string {
	return slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return w.proposals[l] == nil })
}

// repeats tells whether a call would give a client elsewhere an encrypted proposal
// for the second time. The interface has no way but that to speak of a proposal once
// more, and clients may have forgotten the key.
func (w *world) repeats(m *member, labels []string) bool {
	return w.private && !m.party.own() && slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(m.given, l) })
}

// burdened tells whether a client elsewhere knows of proposals that are not among
// those listed: its own, and what it was given in a call that it refused. The
// interface does not say whether its next Commit may cover those as well.
func (m *member) burdened(labels []string) bool {
	known := slices.Concat(m.given, m.heard)
	return !m.party.own() && slices.ContainsFunc(known, func(l string) bool { return !slices.Contains(labels, l) })
}

// encoded returns the messages of proposals.
func (w *world) encoded(labels []string) [][]byte {
	var all [][]byte
	for _, l := range labels {
		all = append(all, w.proposals[l].encoded)
	}
	return all
}

// check compares what members say of their epoch.
func (w *world) check() error {
	for _, name := range w.order {
		if err := w.checkOne(w.members[name]); err != nil {
			return err
		}
	}
	return w.checkTrees()
}

// checkOne asks a member for the epoch_authenticator and for an exported secret.
func (w *world) checkOne(m *member) error {
	auth, err := ask(w, m.party, "", pb.MLSClientClient.StateAuth, &pb.StateAuthRequest{StateId: m.id})
	if err := w.answered(m, "StateAuth", err, func() []byte { return auth.StateAuthSecret }, m.model.Secrets.Authenticator, "epoch_authenticator"); err != nil {
		return err
	}
	_, out, errM := m.model.Step(w.env(), model.Export{Label: "torture", Context: w.group})
	if errM != nil {
		return nil // the group has ended
	}
	secret, err := ask(w, m.party, "", pb.MLSClientClient.Export, &pb.ExportRequest{StateId: m.id, Label: "torture", Context: []byte(w.group), KeyLength: 32})
	return w.answered(m, "Export", err, func() []byte { return secret.ExportedSecret }, out.Exported, "exported secret")
}

// answered holds an answer of a member against the model. An empty one is none.
func (w *world) answered(m *member, call string, err error, answer func() []byte, t model.Term, what string) error {
	if _, not := errors.AsType[*cannot](err); not {
		return nil
	}
	if err != nil {
		_, err = w.verdict(m.party, m.name, "tell the "+what, nil, err)
		return err
	}
	b := answer()
	if len(b) == 0 {
		m.party.off = append(m.party.off, call)
		return nil
	}
	return w.corresponds(m.party, m.name, what, t, b)
}

// enters notes the epoch_authenticator with which a member has entered an epoch.
func (w *world) enters(m *member, id uint32, auth []byte) error {
	m.id, m.heard, m.given, m.lost, m.after = id, nil, nil, false, ""
	if len(auth) == 0 {
		return nil
	}
	return w.corresponds(m.party, m.name, "epoch_authenticator", m.model.Secrets.Authenticator, auth)
}

var _ grpc.ClientConnInterface = direct{}
