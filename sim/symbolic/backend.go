package symbolic

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"mlssim/model"
	"mlssim/sim"
	"mlssim/spec"
)

// Backend is [sim.Backend] over package model.
type Backend struct {
	store     *model.Store
	now       func() uint64
	time      sim.Time
	rec       spec.Recorder
	names     names
	clients   map[sim.ClientID]*client
	psks      map[model.Term]model.Term // of the application's, by id
	adversary *Adversary
	auth      model.Authenticator
	outside   model.ExternalSenders
	accepted  map[model.Term]holder      // by the Authentication Service, by public key
	drawn     map[string]int             // secrets that were drawn, by the rule that says so
	groups    map[sim.StepID]model.Group // as they were at the beginning of an epoch, by the step that began it

	groupNames map[model.Term]string // of groups that have followed, or may follow, others
}

// client is what a client has beside its groups.
type client struct {
	model.Client
	published []model.KeyPackageKeys // not used, oldest first
	psks      map[model.Term]bool    // of the application's, by id
	keeps     sim.Retention
	sender    bool // an external one of the group
}

var (
	_ sim.Backend   = (*Backend)(nil)
	_ sim.Timed     = (*Backend)(nil)
	_ sim.Machine   = Machine{}
	_ sim.Adversary = (*Adversary)(nil)
	_ sim.Deriver   = (*Adversary)(nil)
)

// New returns a backend on which nothing has happened. now gives the time in
// seconds since 1970, against which lifetimes are judged; nil stands for the
// virtual time that SetTime tells, counted from the beginning of 2026.
func New(now func() uint64) *Backend {
	s := model.NewStore()
	b := &Backend{store: s, now: now, names: newNames(), clients: map[sim.ClientID]*client{}, psks: map[model.Term]model.Term{},
		groups: map[sim.StepID]model.Group{}, groupNames: map[model.Term]string{}}
	b.accepted = map[model.Term]holder{}
	b.drawn = map[string]int{}
	b.auth = model.Authenticator{Valid: b.valid, Successor: func(old, next model.Credential) bool { return old == next }}
	if now == nil {
		b.now = func() uint64 { return sim.Start + uint64(b.time/1e9) }
	}
	b.adversary = newAdversary(b)
	return b
}

// SetTime tells the virtual time since the start of the run.
func (b *Backend) SetTime(t sim.Time) { b.time = t }

// Record lets rec see the decisions of all later steps.
func (b *Backend) Record(rec spec.Recorder) { b.rec = rec }

// env returns the environment of a client's step that draws under this number.
func (b *Backend) env(id sim.ClientID, step sim.StepID) *model.Env {
	env := &model.Env{Store: b.store, Step: uint64(step), Now: b.now(), Rec: b.rec, Auth: b.auth}
	if c := b.clients[id]; c != nil {
		env.PSK, env.PastPSKs, env.PastEpochs, env.MaxSkipped = b.holder(c), c.keeps.PSKs, c.keeps.Epochs, c.keeps.Skipped
	}
	return env
}

// client returns a client, which appears when it is first asked for.
func (b *Backend) client(id sim.ClientID) *client {
	c, ok := b.clients[id]
	if !ok {
		c = &client{Client: model.NewClient(b.store, identity(id), uint64(id)), psks: map[model.Term]bool{}}
		b.clients[id] = c
		b.names.add(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(id)}, c.SignatureKey)
		b.accept(id, 0, c.SignatureKey)
	}
	return c
}

// signatureKey returns a later version of a client's signature key, from 1.
func (b *Backend) signatureKey(id sim.ClientID, version uint32) model.Term {
	key := b.store.Fresh(model.SignatureKey, uint64(version)<<32|uint64(id))
	b.names.add(sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(id), Index: version}, key)
	b.accept(id, version, key)
	return key
}

// identity is what a client's credential says.
func identity(id sim.ClientID) string { return strconv.FormatUint(uint64(id), 10) }

// clientOf is the inverse of identity.
func clientOf(c model.Credential) sim.ClientID {
	id, err := strconv.ParseUint(c.Identity, 10, 32)
	if err != nil {
		panic(fmt.Sprintf("symbolic: credential %q is of no client", c.Identity))
	}
	return sim.ClientID(id)
}

// Publish implements [sim.Backend].
func (b *Backend) Publish(step sim.StepID, id sim.ClientID) (sim.KeyPackage, error) {
	return b.publish(step, id, model.KeyPackageOptions{})
}

// PublishLast implements [sim.Backend].
func (b *Backend) PublishLast(step sim.StepID, id sim.ClientID) (sim.KeyPackage, error) {
	return b.publish(step, id, model.KeyPackageOptions{LastResort: true})
}

func (b *Backend) publish(step sim.StepID, id sim.ClientID, o model.KeyPackageOptions) (sim.KeyPackage, error) {
	c := b.client(id)
	keys, made, err := model.NewKeyPackageWith(b.env(id, step), c.Client, o)
	if err != nil {
		return nil, err
	}
	b.made(step, made)
	c.published = append(c.published, keys)
	return keys.Package, nil
}

// Create implements [sim.Backend].
func (b *Backend) Create(step sim.StepID, id sim.ClientID) (sim.Machine, error) {
	return b.create(step, id, 0)
}

// CreateIn implements [sim.Grouping].
func (b *Backend) CreateIn(step sim.StepID, id sim.ClientID, group string) (sim.Machine, error) {
	return b.create(step, id, b.store.Bytes(group))
}

func (b *Backend) create(step sim.StepID, id sim.ClientID, group model.Term) (sim.Machine, error) {
	c := b.client(id)
	m, out, err := model.Create(b.env(id, step), model.Creation{Client: c.Client, GroupID: group, Extensions: b.senders()})
	if err != nil {
		return nil, err
	}
	b.made(step, out.Secrets)
	b.groups[step] = m.Group
	return Machine{b, m}, nil
}

// Join implements [sim.Backend].
func (b *Backend) Join(id sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	return b.join(id, w, nil)
}

func (b *Backend) join(id sim.ClientID, w sim.Welcome, from []model.Member) (sim.Machine, sim.Output, error) {
	c := b.client(id)
	m, out, err := model.Join(b.env(id, 0), model.Joining{Client: c.Client, Keys: c.published, Welcome: w.(*model.Welcome), From: from})
	if err != nil {
		return nil, sim.Output{}, err
	}
	c.published = slices.DeleteFunc(slices.Clone(c.published), func(k model.KeyPackageKeys) bool {
		return slices.Contains(out.Consumed, k.Init)
	})
	return Machine{b, m}, b.output(0, out), nil
}

// Store implements [sim.Backend].
func (b *Backend) Store(id sim.ClientID) []sim.Held {
	c, ok := b.clients[id]
	if !ok {
		return nil
	}
	var held []sim.Held
	for _, k := range c.published {
		held = append(held,
			sim.Held{Part: sim.PartStore, Name: b.names.of(k.Init)},
			sim.Held{Part: sim.PartStore, Name: b.names.of(k.Leaf)})
	}
	if c.sender {
		held = append(held, sim.Held{Part: sim.PartSignature, Name: b.names.of(c.SignatureKey)})
	}
	for id := range c.psks { //det:ok sorted below
		held = append(held, sim.Held{Part: sim.PartPSK, Name: b.names.of(b.psks[id])})
	}
	return sorted(held)
}

// Adversary implements [sim.Backend].
func (b *Backend) Adversary() sim.Adversary { return b.adversary }

// Names implements [sim.Backend].
func (b *Backend) Names() []sim.Name { return b.names.all() }

// made names the secrets that a step brought into being, and gives the adversary
// the rules by which they came. The rules hold whether or not anything of it is
// ever sent: what they start from has to be stolen first.
func (b *Backend) made(step sim.StepID, secrets []model.Secret) {
	for _, m := range secrets {
		origin := step
		if ratcheted(m.Kind) || m.Kind == model.ExternalPriv && len(m.From) > 0 { // of the epoch in which it comes into being
			origin = b.names.of(m.From[0]).Origin
		}
		name := sim.Name{Kind: kinds[m.Kind], Origin: origin, Index: m.Index, Gen: m.Gen}
		switch fresh := b.names.add(name, m.Term); {
		case fresh && len(m.From) > 0:
			b.adversary.knowledge.Add(sim.Rule{ID: string(m.By), From: b.names.ofAll(m.From), To: name})
		case fresh:
			b.drawn[string(m.By)]++
		}
	}
}

// Drawn returns how many secrets were drawn so far, by the rule of docs/rules.md that
// says so.
func (b *Backend) Drawn() map[string]int { return maps.Clone(b.drawn) }

// output translates what a step gave, and takes note of it.
func (b *Backend) output(step sim.StepID, out model.Output) sim.Output {
	b.made(step, out.Secrets)
	o := sim.Output{
		Consumed: b.names.ofAll(out.Consumed),
		Cost:     sim.Cost{Seals: out.Cost.Seals, Opens: out.Cost.Opens, Verifies: out.Cost.Verifies},
	}
	slices.SortFunc(o.Consumed, sim.Name.Compare)
	if out.Send != nil {
		o.Send = message{out.Send, out.MessageKey}
	}
	if out.GroupInfo != nil {
		o.Send = out.GroupInfo
	}
	for _, w := range out.Welcomes { // at most one: all new members are in the same
		o.Welcome = w
	}
	if out.Next != nil {
		o.Next = Machine{b, *out.Next}
		b.groups[step] = out.Next.Group
	}
	return o
}

// message is [sim.Message]: with the key that reads it, which only the
// adversary's verdict looks at.
type message struct {
	*model.Message
	key model.Term
}
