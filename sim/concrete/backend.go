// Package concrete carries out the simulator's steps with real bytes: a
// [sim.Backend] over package impl, and an attacker who works on stolen bytes
// and recorded messages alone.
package concrete

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// A Backend carries out the steps of one run.
type Backend struct {
	suite    *suite.Suite // the attacker's
	counting *suite.Suite // the clients'
	work     *suite.Work
	seed     sim.Seed
	time     sim.Time
	ledger   *ledger
	clients  map[sim.ClientID]*client
	epochs   map[sim.StepID]uint64 // begun by a step, whether or not its Commit was accepted
	psks     map[string]sim.Name   // of the application's, by id
	exports  map[sim.StepID]string // labels of exported secrets, by the step that first made them
	uses     impl.KeyUses          // of all clients: no two messages are encrypted alike
	attacker *attacker

	authority authority
	outside   []message.ExternalSender
}

// client is a device outside any group.
type client struct {
	identity *impl.Identity
	store    []stored
	psks     map[string]suite.Secret // of the application's, by id
	keeps    sim.Retention
	sender   bool // an external one of the group
}

// stored is a KeyPackage that was published and not used.
type stored struct {
	keys *impl.KeyPackageKeys
	step sim.StepID
}

// keyPackage is the public part of one, with who is behind it.
type keyPackage struct {
	pkg *message.KeyPackage
}

// packet is a message as it goes over the wire. The attacker reads raw; the
// rest is the run's own account of it.
type packet struct {
	raw  []byte
	step sim.StepID
	data *sealedData // of a PrivateMessage
	told *told       // of a handshake message that is private
}

// welcome is a Welcome as it goes over the wire, and the step of its Commit.
type welcome struct {
	raw  []byte
	step sim.StepID
}

// GroupID names the first group of a run.
var GroupID = []byte("mlssim")

// New returns a backend for one replication.
func New(s *suite.Suite, seed sim.Seed) *Backend {
	b := &Backend{
		suite:   s,
		work:    &suite.Work{},
		seed:    seed,
		ledger:  newLedger(s),
		clients: map[sim.ClientID]*client{},
		epochs:  map[sim.StepID]uint64{},
		psks:    map[string]sim.Name{},
		exports: map[sim.StepID]string{},

		authority: authority{},
	}
	b.counting = s.Counting(b.work)
	b.attacker = newAttacker(b)
	return b
}

// env returns the surroundings of a step.
func (b *Backend) env(id sim.ClientID, step sim.StepID) *impl.Env {
	env := &impl.Env{Rand: b.seed.Reader(id, step), Now: b.now(), KeyUses: &b.uses, Auth: b.authority}
	if c := b.clients[id]; c != nil {
		env.PSK, env.PastPSKs, env.PastEpochs = c.psk, c.keeps.PSKs, c.keeps.Epochs
		env.Window.MaxSkipped = c.keeps.Skipped
	}
	return env
}

// SetTime moves the clock that clients look at.
func (b *Backend) SetTime(t sim.Time) { b.time = t }

func (b *Backend) now() uint64 { return sim.Start + uint64(b.time/1e9) }

// epochOf returns the epoch about which a secret is of use; one that belongs to
// none is taken for the present's.
func (b *Backend) epochOf(n sim.Name, present uint64) uint64 {
	if e, ok := b.epochs[n.Origin]; ok && n.Kind != sim.SignatureKey {
		return e
	}
	return present
}

// client returns a device, made on its first appearance with a signature key
// of its own.
func (b *Backend) client(id sim.ClientID) (*client, error) {
	if c, ok := b.clients[id]; ok {
		return c, nil
	}
	identity, err := impl.NewIdentity(b.env(id, 0), b.counting, identityOf(id))
	if err != nil {
		return nil, err
	}
	c := &client{identity: identity, psks: map[string]suite.Secret{}}
	b.clients[id] = c
	b.authority[string(identity.Signer.Public())] = holder{id, 0}
	return c, b.ledger.register(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(id)}, identity.Signer.Bytes())
}

// rotate gives a client a new signature key, with which it signs its KeyPackages from
// now on, too.
func (b *Backend) rotate(env *impl.Env, id sim.ClientID, in sim.Commit) (*impl.Identity, error) {
	c, err := b.client(id)
	if err != nil {
		return nil, err
	}
	key, err := b.counting.GenerateSignatureKey(env.Rand)
	if err != nil {
		return nil, err
	}
	next := *c.identity
	next.Signer = key
	c.identity = &next
	b.authority[string(key.Public())] = holder{id, in.Signature}
	n := sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(id), Index: in.Signature}
	return c.identity, b.ledger.register(n, key.Bytes())
}

func identityOf(id sim.ClientID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

func clientOf(identity []byte) sim.ClientID {
	if len(identity) != 4 {
		return ^sim.ClientID(0)
	}
	return sim.ClientID(binary.BigEndian.Uint32(identity))
}

// Publish makes a fresh KeyPackage for a client.
func (b *Backend) Publish(step sim.StepID, id sim.ClientID) (sim.KeyPackage, error) {
	return b.publish(step, id, impl.KeyPackageOptions{})
}

// PublishLast makes a KeyPackage of last resort.
func (b *Backend) PublishLast(step sim.StepID, id sim.ClientID) (sim.KeyPackage, error) {
	return b.publish(step, id, impl.KeyPackageOptions{LastResort: true})
}

func (b *Backend) publish(step sim.StepID, id sim.ClientID, o impl.KeyPackageOptions) (sim.KeyPackage, error) {
	c, err := b.client(id)
	if err != nil {
		return nil, err
	}
	keys, err := impl.NewKeyPackageWith(b.env(id, step), c.identity, o)
	if err != nil {
		return nil, err
	}
	c.store = append(c.store, stored{keys, step})
	return keyPackage{keys.Package}, errors.Join(
		b.ledger.register(sim.Name{Kind: sim.InitKey, Origin: step}, keys.Init.Bytes()),
		b.ledger.register(sim.Name{Kind: sim.LeafKey, Origin: step}, keys.Leaf.Bytes()))
}

// Create makes a group of one.
func (b *Backend) Create(step sim.StepID, id sim.ClientID) (sim.Machine, error) {
	return b.create(step, id, GroupID)
}

// CreateIn is Create for another group than the first.
func (b *Backend) CreateIn(step sim.StepID, id sim.ClientID, group string) (sim.Machine, error) {
	return b.create(step, id, groupID(group))
}

// groupID names another group than the first.
func groupID(name string) []byte { return slices.Concat(GroupID, []byte("/"+name)) }

func (b *Backend) create(step sim.StepID, id sim.ClientID, group []byte) (sim.Machine, error) {
	c, err := b.client(id)
	if err != nil {
		return nil, err
	}
	m, out, err := impl.Create(b.env(id, step), c.identity, group, b.senders()...)
	if err != nil {
		return nil, err
	}
	if err := b.registerEpoch(step, m, out.Consumed); err != nil {
		return nil, err
	}
	b.attacker.follow(step, m.PublicGroup)
	return &machine{b: b, id: id, m: m}, nil
}

// Join enters a group by a KeyPackage that the client published and has not used
// up.
func (b *Backend) Join(id sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	return b.join(id, w, impl.JoinOptions{})
}

func (b *Backend) join(id sim.ClientID, w sim.Welcome, o impl.JoinOptions) (sim.Machine, sim.Output, error) {
	c, err := b.client(id)
	if err != nil {
		return nil, sim.Output{}, err
	}
	var decoded message.Welcome
	if err := wire.Decode(w.(welcome).raw, &decoded); err != nil {
		return nil, sim.Output{}, err
	}
	packages := make([]*impl.KeyPackageKeys, len(c.store))
	for i, s := range c.store {
		packages[i] = s.keys
	}
	before := *b.work
	m, out, err := impl.Join(b.env(id, 0), c.identity, packages, &decoded, o)
	if err != nil {
		return nil, sim.Output{}, err
	}
	consumed, err := b.names(out.Consumed)
	if err != nil {
		return nil, sim.Output{}, err
	}
	c.store = slices.DeleteFunc(c.store, func(s stored) bool {
		n, ok := b.ledger.name(s.keys.Init.Bytes())
		return ok && slices.Contains(consumed, n)
	})
	return &machine{b: b, id: id, m: m}, sim.Output{Consumed: consumed, Cost: b.since(before)}, nil
}

// since returns the work that clients have done since an earlier time.
func (b *Backend) since(before suite.Work) sim.Cost {
	return sim.Cost{
		Seals:    b.work.Seals - before.Seals,
		Opens:    b.work.Opens - before.Opens,
		Verifies: b.work.Verifies - before.Verifies,
	}
}

// Store lists the private keys of a client's unused KeyPackages.
func (b *Backend) Store(id sim.ClientID) []sim.Held {
	c, ok := b.clients[id]
	if !ok {
		return nil
	}
	var held []sim.Held
	for _, s := range c.store {
		held = append(held,
			sim.Held{Part: sim.PartStore, Name: sim.Name{Kind: sim.InitKey, Origin: s.step}},
			sim.Held{Part: sim.PartStore, Name: sim.Name{Kind: sim.LeafKey, Origin: s.step}})
	}
	if c.sender {
		held = append(held, sim.Held{Part: sim.PartSignature, Name: sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(id)}})
	}
	for id := range c.psks { //det:ok sorted below
		held = append(held, sim.Held{Part: sim.PartPSK, Name: b.psks[id]})
	}
	return sorted(held)
}

// Adversary returns the attacker on real bytes.
func (b *Backend) Adversary() sim.Adversary { return b.attacker }

// Names returns every secret made so far.
func (b *Backend) Names() []sim.Name { return b.ledger.all() }

// names gives what a step consumed its names. What the state before the step
// held as a secret of its epoch is not listed: it is in that state.
func (b *Backend) names(consumed []impl.Consumed) ([]sim.Name, error) {
	var names []sim.Name
	for _, c := range consumed {
		n, ok := b.ledger.name(c.Secret)
		if c.Kind == impl.KindInitSecret && n.Kind != sim.ExternalInitSecret {
			continue
		}
		if !ok {
			return nil, fmt.Errorf("consumed %v %v is not a secret of the run", kinds[c.Kind], c.Secret)
		}
		names = append(names, n)
	}
	slices.SortFunc(names, sim.Name.Compare)
	return slices.Compact(names), nil
}

func sorted(held []sim.Held) []sim.Held {
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}

// removed tells whether an error says that a commit removes the member.
func removed(err error) bool { return errors.Is(err, spec.ErrRemoved) }
