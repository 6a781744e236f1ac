package props

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/model"
	"mlssim/sim"
	"mlssim/spec"
)

// Twins are a group as model and implementation have it, that do the same steps.
// Each step has to be accepted by both or refused by both, with a requirement of
// the implementation's that is among the model's; and after each step what members
// see is the same: epoch, tree, keys, and how much they hold.
type twins struct {
	t       *rapid.T
	store   *model.Store
	seed    sim.Seed
	step    sim.StepID
	now     uint64
	suite   *suite.Suite
	clients int
	members map[string]twin
	order   []string
	refs    []refs // of the proposals that wait for a Commit

	terms   map[string]model.Term // public keys and authenticators
	bytes   map[model.Term]string
	names   map[model.Term]string // of groups and external PSKs
	psks    map[string]psk
	log     []sent
	asked   []stock                             // of clients that somebody proposed to add
	senders map[spec.CipherSuite]*impl.Identity // of the external sender, who has a key for each suite

	fair  bool // all goes well
	tally *tally
}

// A twin is one client on both sides.
type twin struct {
	client   model.Client
	identity *impl.Identity
	model    model.Member
	impl     *impl.Member
}

// refs name one proposal on both sides, sent one message, psk holds one secret.
type (
	refs struct {
		model model.Term
		impl  message.ProposalRef
	}
	sent struct {
		model *model.Message
		impl  *message.MLSMessage
	}
	psk struct {
		model model.Term
		impl  suite.Secret
	}
)

// A tally counts over many histories what happened, and which requirements the
// implementation refused something for.
type tally struct {
	happened map[string]int
	refused  map[spec.ID]int
}

// Code points of the application that all clients have; the next ones nobody has.
const (
	ownExtension = 0xf100
	ownProposal  = 0xf200
)

var (
	modelTypes = &model.Types{
		Extensions: []model.CustomExtension{{Type: ownExtension, Places: model.InGroupContext | model.InLeafNode}},
		Proposals:  []model.CustomProposal{{Type: ownProposal, External: true}},
	}
	implTypes = func() *impl.Types {
		t, err := impl.NewTypes(
			[]impl.CustomExtension{{Type: ownExtension, Places: impl.InGroupContext | impl.InLeafNode}},
			[]impl.CustomProposal{{Type: ownProposal, External: true}}, nil)
		if err != nil {
			panic(err)
		}
		return t
	}()
)

func newTwins(t *rapid.T, tally *tally) *twins {
	w := &twins{
		t: t, store: model.NewStore(), seed: sim.NewSeed(rapid.Uint64().Draw(t, "seed"), 0), now: sim.Start,
		suite: suite.All()[0], members: map[string]twin{}, terms: map[string]model.Term{}, bytes: map[model.Term]string{},
		names: map[model.Term]string{}, psks: map[string]psk{}, tally: tally,
		senders: map[spec.CipherSuite]*impl.Identity{},
	}
	c := w.newcomer()
	me, ie := w.env()
	m, _, errM := model.Create(me, model.Creation{Client: c.client, GroupID: w.name("group")})
	i, _, errI := impl.Create(ie, c.identity, []byte("group"))
	if !w.agree("create", errM, errI) {
		t.Fatal(errM)
	}
	c.model, c.impl = m, i
	w.members[string(c.identity.Credential.Identity)], w.order = c, []string{string(c.identity.Credential.Identity)}
	return w
}

// name returns the term of an octet string that has a name.
func (w *twins) name(s string) model.Term {
	t := w.store.Bytes(s)
	w.names[t] = s
	return t
}

// env returns the environment of the next step on both sides.
func (w *twins) env() (*model.Env, *impl.Env) {
	w.step++
	bounds := 3
	return &model.Env{
			Store: w.store, Step: uint64(w.step), Now: w.now, Types: modelTypes,
			Bounds: model.Bounds{PastEpochs: 2, PastPSKs: 1, Proposals: 5, MaxCovered: 5, MaxPSKs: 2, MaxForward: uint32(bounds), MaxSkipped: 2},
			PSK: func(id model.PreSharedKeyID) model.Term {
				if id.Type == spec.PSKExternal {
					return w.psks[w.names[id.ID]].model
				}
				return w.psks[epochName(w.names[id.GroupID], id.Epoch)].model
			},
		}, &impl.Env{
			Rand: w.seed.Reader(0, w.step), Now: w.now, Types: implTypes,
			Bounds: impl.Bounds{PastEpochs: 2, PastPSKs: 1, Proposals: 5, MaxCovered: 5, MaxPSKs: 2, Window: schedule.Window{MaxForward: uint32(bounds), MaxSkipped: 2}},
			PSK: func(id *schedule.PreSharedKeyID) suite.Secret {
				if id.Type == spec.PSKExternal {
					return w.psks[string(id.ID)].impl
				}
				return w.psks[epochName(string(id.GroupID), id.Epoch)].impl
			},
		}
}

// epochName names an epoch's resumption_psk in psks.
func epochName(group string, epoch uint64) string { return fmt.Sprintf("%s/%d", group, epoch) }

// newcomer returns a client that is in no group, with a name of its own.
func (w *twins) newcomer() twin {
	w.clients++
	return w.named(fmt.Sprintf("c%d", w.clients), uint64(w.clients), w.suite)
}

// named returns a client of a name with the signature key of a number.
func (w *twins) named(name string, key uint64, s *suite.Suite) twin {
	_, ie := w.env()
	id, err := impl.NewIdentity(ie, s, []byte(name))
	if err != nil {
		w.t.Fatal(err)
	}
	c := model.NewClient(w.store, name, key)
	c.CipherSuite = s.ID
	c.Capabilities.Extensions = []spec.ExtensionType{ownExtension}
	c.Capabilities.Proposals = []spec.ProposalType{ownProposal}
	return twin{client: c, identity: id}
}

// stock is a KeyPackage on both sides.
type stock struct {
	client twin
	model  model.KeyPackageKeys
	impl   *impl.KeyPackageKeys
}

// keyPackage makes a KeyPackage of a client.
func (w *twins) keyPackage(c twin, lastResort bool) stock {
	me, ie := w.env()
	m, _, errM := model.NewKeyPackageWith(me, c.client, model.KeyPackageOptions{LastResort: lastResort})
	i, errI := impl.NewKeyPackageWith(ie, c.identity, impl.KeyPackageOptions{LastResort: lastResort})
	if !w.agree("key package", errM, errI) {
		w.t.Fatal(errM)
	}
	return stock{c, m, i}
}

// agree fails unless both sides accept or both refuse, the implementation for
// one of the model's reasons. It tells whether they accept.
func (w *twins) agree(what string, errM, errI error) bool {
	w.t.Helper()
	if errM == nil && errI == nil {
		return true
	}
	for _, s := range []error{spec.ErrEpoch, spec.ErrOwn, spec.ErrRemoved} {
		if errors.Is(errM, s) && errors.Is(errI, s) {
			w.tally.happened[s.Error()]++
			return false
		}
	}
	v := spec.AllViolated(errM)
	id := spec.Violated(errI)
	if errM == nil || errI == nil || !slices.Contains(v, id) {
		w.t.Fatalf("%s: model: %v; implementation: %v", what, errM, errI)
	}
	w.tally.refused[id]++
	if len(v) == 1 {
		spec.Isolated(id)
	}
	return false
}

// both lets a member do a step on both sides, and go on from it if it is accepted.
func (w *twins) both(what, who string, e model.Event, f func(*impl.Member, *impl.Env) (*impl.Member, impl.Output, error)) (model.Output, impl.Output, bool) {
	w.t.Helper()
	p := w.members[who]
	me, ie := w.env()
	m, outM, errM := p.model.Step(me, e)
	i, outI, errI := f(p.impl, ie)
	ok := w.agree(who+" "+what, errM, errI)
	if ok {
		p.model, p.impl = m, i
		w.members[who] = p
	}
	return outM, outI, ok
}

// receive lets a member process a message.
func (w *twins) receive(who string, msg sent) (removed, ok bool) {
	w.t.Helper()
	p := w.members[who]
	me, ie := w.env()
	m, outM, errM := p.model.Step(me, arrival(msg.model))
	i, outI, errI := p.impl.Receive(ie, over(w.t, msg.impl))
	ok = w.agree(who+" receives", errM, errI)
	if ok {
		if outM.Data != string(outI.Data) || outM.Data != "" && uint32(outM.Sender) != uint32(outI.Sender) || len(outM.Custom) != len(outI.Custom) {
			w.t.Fatalf("%s reads %q of %d, or %q of %d", who, outM.Data, outM.Sender, outI.Data, outI.Sender)
		}
		p.model, p.impl = m, i
		w.members[who] = p
	}
	return errors.Is(errM, spec.ErrRemoved), ok
}

// arrival returns the model's event for a message.
func arrival(msg *model.Message) model.Event {
	if msg.Public != nil {
		return model.Receive{Message: msg.Public}
	}
	return model.Open{Message: msg.Private}
}

// over sends a structure over the wire.
func over[T any, P interface {
	*T
	wire.Struct
}](t *rapid.T, v P) P {
	t.Helper()
	w := P(new(T))
	if err := wire.Decode(wire.Encode(v), w); err != nil {
		t.Fatal(err)
	}
	return w
}

// A snapshot is what twins can go back to.
type snapshot struct {
	members map[string]twin
	order   []string
	refs    []refs
}

func (w *twins) save() snapshot {
	return snapshot{maps.Clone(w.members), slices.Clone(w.order), slices.Clone(w.refs)}
}

func (w *twins) restore(s snapshot) {
	w.members, w.order, w.refs = maps.Clone(s.members), slices.Clone(s.order), slices.Clone(s.refs)
}

// check compares what all members see.
func (w *twins) check(*rapid.T) {
	for _, name := range w.order {
		w.compare(name, w.members[name])
	}
}

// compare fails unless a member sees the same on both sides.
func (w *twins) compare(name string, p twin) {
	w.t.Helper()
	m, i := p.model, p.impl
	if m.Context.Epoch != i.Number() || w.names[m.Context.GroupID] != string(i.ID()) || m.Context.CipherSuite != i.Suite().ID ||
		uint32(m.Leaf) != uint32(i.Leaf()) || len(m.Proposals) != i.Pending() || (m.Ended == nil) != (i.Ended() == nil) {
		w.t.Fatalf("%s: epoch %d or %d, leaf %d or %d, %d or %d proposals", name, m.Context.Epoch, i.Number(), m.Leaf, i.Leaf(), len(m.Proposals), i.Pending())
	}
	if m.Tree.Size() != i.Tree().Size() {
		w.t.Fatalf("%s: %d or %d leaves", name, m.Tree.Size(), i.Tree().Size())
	}
	for x, n := range m.Tree {
		w.compareNode(name, x, n, i.Tree())
	}
	w.same(name+": authenticator", m.Secrets.Authenticator, i.Authenticator())
	for k, e := range i.Extensions() {
		if len(m.Context.Extensions) != len(i.Extensions()) || m.Context.Extensions[k].Type != e.Type {
			w.t.Fatalf("%s: extensions %v or %v", name, m.Context.Extensions, i.Extensions())
		}
	}
	_, out, _ := m.Step(&model.Env{Store: w.store}, model.Export{Label: "label", Context: "context"})
	exported, err := i.Export("label", []byte("context"), 32)
	if err != nil {
		w.t.Fatal(err)
	}
	w.same(name+": what is exported", out.Exported, exported)
	w.compareHeld(name, m, i)
}

// compareNode compares one node of the tree.
func (w *twins) compareNode(name string, x int, n model.Node, t tree.Tree) {
	w.t.Helper()
	at := fmt.Sprintf("%s: node %d", name, x)
	leaf, parent := t.Leaf(tree.LeafIndex(x/2)), t.Parent(tree.NodeIndex(x))
	if x%2 == 1 {
		leaf = nil
	}
	if (n.Leaf == nil) != (leaf == nil) || (n.Parent == nil) != (parent == nil) {
		w.t.Fatalf("%s is blank on one side", at)
	}
	if leaf != nil {
		if n.Leaf.Credential.Identity != string(leaf.Credential.Identity) || n.Leaf.Source != leaf.Source {
			w.t.Fatalf("%s: %v or %v", at, n.Leaf, leaf)
		}
		w.same(at, n.Leaf.EncryptionKey, leaf.EncryptionKey)
		w.same(at, n.Leaf.SignatureKey, leaf.SignatureKey)
	}
	if parent != nil {
		w.same(at, n.Parent.EncryptionKey, parent.EncryptionKey)
		if !slices.EqualFunc(n.Parent.UnmergedLeaves, parent.UnmergedLeaves, func(a model.LeafIndex, b tree.LeafIndex) bool { return uint32(a) == uint32(b) }) {
			w.t.Fatalf("%s: unmerged %v or %v", at, n.Parent.UnmergedLeaves, parent.UnmergedLeaves)
		}
	}
}

// same fails if a term stands for two octet strings, or one has two terms.
func (w *twins) same(what string, t model.Term, b []byte) {
	w.t.Helper()
	oldT, knownB := w.terms[string(b)]
	oldB, knownT := w.bytes[t]
	if knownB != knownT || knownB && (oldT != t || !bytes.Equal([]byte(oldB), b)) {
		w.t.Fatalf("%s: %s and %x do not correspond", what, w.store.String(t), b)
	}
	w.terms[string(b)], w.bytes[t] = t, string(b)
}

// compareHeld compares how many secrets of each sort a member holds.
func (w *twins) compareHeld(name string, m model.Member, i *impl.Member) {
	w.t.Helper()
	inTree := len(m.Ratchets.Held())
	for _, p := range m.Past {
		inTree += len(p.Ratchets.Held())
	}
	got := map[string]int{}
	for _, h := range i.Held() {
		switch {
		case h.Kind == impl.KindLeafKey || h.Kind == impl.KindNodeKey:
			got["keys"]++
		case h.Kind == impl.KindUpdateKey:
			got["updates"]++
		case h.Kind == impl.KindResumptionPSK:
			got["resumption"]++
		case h.Kind >= impl.KindEncryptionSecret && h.Kind <= impl.KindApplicationKey:
			got["secret tree"]++
		}
	}
	for what, want := range map[string]int{"keys": len(m.Keys), "updates": len(m.Updates), "resumption": 1 + len(m.PSKs), "secret tree": inTree} {
		if got[what] != want {
			w.t.Fatalf("%s holds %d %s in the model, %d in the implementation", name, want, what, got[what])
		}
	}
}

// resumption returns the resumption_psk of a member's epoch on both sides.
func (p twin) resumption() psk {
	for _, h := range p.impl.Held() {
		if h.Kind == impl.KindResumptionPSK {
			return psk{p.model.Secrets.Resumption, h.Secret}
		}
	}
	return psk{}
}
