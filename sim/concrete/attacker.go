package concrete

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// An attacker has the bytes of what was stolen and of what went over the wire,
// and tries everything on everything (search.go). It does not know the rules
// by which the model derives secrets from one another. The ledger tells it one
// thing: whether a value that it has computed is one of the run's secrets, so
// that it need not keep all that leads nowhere.
type attacker struct {
	b *Backend

	// What it makes of the public side of the group.
	groups  map[uint64][]*impl.PublicGroup   // by epoch; several if Commits raced
	begun   map[sim.StepID]*impl.PublicGroup // by the step that began the epoch, as it was then
	sent    map[uint64]int                   // application messages seen, by epoch
	epoch   uint64                           // the latest seen
	commits map[sim.StepID]*impl.Transition
	opening map[sim.StepID]*message.Welcome

	// What it knows.
	values  []value
	byBytes map[string]bool     // whether it is among values
	paired  []int               // indices of the values that are not alone
	tried   int                 // how many of values have been tried
	encoded map[string][][]byte // inputs of the KDF, by context
	aside   map[string]value    // computed, but no secret of the run so far
	publics map[string]bool     // HPKE keys seen on the wire
	unseen  map[string]unseen   // private keys, by public keys not seen so far
	keys    []*suite.HPKEPrivateKey
	sealed  []sealed
	mixes   []*mix // PSKs that Commits have mixed in
	brought []encapsulation
	closed  []*closed
	packets map[sim.StepID]*packet // Commits that were sent as PrivateMessages
	exports []string               // labels that the application exports by

	pairs   map[uint64][]schedule.KeyNonce // keys of messages, by epoch
	given   map[*packet]bool               // messages that it was helped to read
	names   map[sim.Name]bool
	known   map[sim.Name]suite.Secret // its own bytes of what has a name
	learned []sim.Name
	taken   map[sim.Name]bool
	replay  map[sim.Name]suite.Secret

	drawn map[sim.Name]suite.Secret // for messages that it made itself
	own   map[sim.StepID][]byte     // the GroupContexts that its own Commits lead to
}

// value is something that the attacker has computed or stolen.
type value struct {
	bytes suite.Secret
	nonce suite.Secret // of the key of a message
	epoch uint64       // around which it is of use
	// alone is set for what comes out of the secret tree: it is not tried as one
	// half of an Extract.
	alone bool
}

// sealed is a recorded HPKE ciphertext, with the label and the context that
// everybody can see it was made for.
type sealed struct {
	ciphertext suite.HPKECiphertext
	label      string
	context    []byte
	epoch      uint64
}

func newAttacker(b *Backend) *attacker {
	return &attacker{
		b:       b,
		groups:  map[uint64][]*impl.PublicGroup{},
		sent:    map[uint64]int{},
		commits: map[sim.StepID]*impl.Transition{},
		opening: map[sim.StepID]*message.Welcome{},
		byBytes: map[string]bool{},
		aside:   map[string]value{},
		encoded: map[string][][]byte{},
		publics: map[string]bool{},
		unseen:  map[string]unseen{},
		pairs:   map[uint64][]schedule.KeyNonce{},
		given:   map[*packet]bool{},
		packets: map[sim.StepID]*packet{},
		names:   map[sim.Name]bool{},
		taken:   map[sim.Name]bool{},
		replay:  map[sim.Name]suite.Secret{},
		known:   map[sim.Name]suite.Secret{},
		begun:   map[sim.StepID]*impl.PublicGroup{},
		drawn:   map[sim.Name]suite.Secret{},
		own:     map[sim.StepID][]byte{},
	}
}

// follow adds the epoch that a step begins to the public side of the group.
func (a *attacker) follow(step sim.StepID, g *impl.PublicGroup) {
	a.begun[step] = g
	n := g.Number()
	a.groups[n] = append(a.groups[n], g)
	a.epoch = max(a.epoch, n)
	for _, leaf := range g.Tree().Leaves() {
		a.see(leaf.EncryptionKey)
	}
	for _, parent := range g.Tree().Parents() {
		a.see(parent.EncryptionKey)
	}
	a.tryContext(context{g.Context(), n})
}

// Observe reads a message off the wire. A message that the attacker cannot
// place in the group it follows is recorded nowhere: it is not the group's.
func (a *attacker) Observe(m sim.Message) {
	p := m.(*packet)
	var msg message.MLSMessage
	if err := wire.Decode(p.raw, &msg); err != nil {
		return
	}
	switch msg.WireFormat {
	case spec.WirePublicMessage:
		a.handshake(p, msg.PublicMessage)
	case spec.WirePrivateMessage:
		if msg.PrivateMessage.ContentType == spec.ContentApplication {
			a.application(msg.PrivateMessage)
		} else {
			a.private(p, msg.PrivateMessage)
		}
	case spec.WireGroupInfo:
		a.groupInfo(msg.GroupInfo)
	}
	a.search()
}

// handshake follows a proposal or Commit in the epoch in which its signature
// is right, without the membership_key.
func (a *attacker) handshake(p *packet, pm *message.PublicMessage) {
	env := &impl.Env{Now: a.b.now()}
	groups := a.groups[pm.Content.Epoch]
	for i, g := range groups {
		v, err := g.VerifyPublic(env, pm)
		if err != nil {
			continue
		}
		if t := a.apply(p, groups, i, v); t != nil {
			a.recordPath(t)
			return
		} // a proposal from outside is signed for every branch (RFC 9420, Section 6.1)
	}
}

// apply lets one group of an epoch follow a message, and notes what is public in it.
// It returns what a Commit does, nil for a proposal.
func (a *attacker) apply(p *packet, groups []*impl.PublicGroup, i int, v *message.Verified) *impl.Transition {
	env, content := &impl.Env{Now: a.b.now()}, &v.Content().Content
	a.recordPackages(content)
	if content.ContentType == spec.ContentProposal {
		if with, err := groups[i].Cache(env, v); err == nil {
			groups[i] = with
		}
		return nil
	}
	t, err := groups[i].Apply(env, v)
	if err != nil {
		return nil
	}
	a.commits[p.step] = t
	if p.told != nil {
		a.packets[p.step] = p
	}
	a.recordPSKs(p.step, t)
	a.recordInit(content)
	a.follow(p.step, t.Public())
	return t
}

// recordPackages notes the public keys that a message offers.
func (a *attacker) recordPackages(c *message.FramedContent) {
	note := func(p *message.Proposal) {
		if p != nil && p.Type == spec.ProposalAdd {
			a.see(p.Add.KeyPackage.InitKey)
			a.see(p.Add.KeyPackage.LeafNode.EncryptionKey)
		}
		if p != nil && p.Type == spec.ProposalUpdate {
			a.see(p.Update.LeafNode.EncryptionKey)
		}
	}
	note(c.Proposal)
	if c.Commit != nil {
		for _, p := range c.Commit.Proposals {
			note(p.Proposal)
		}
	}
}

// recordPath notes the ciphertexts of a Commit.
func (a *attacker) recordPath(t *impl.Transition) {
	path := t.Path()
	if path == nil {
		return
	}
	for _, n := range path.Nodes {
		for _, c := range n.EncryptedPathSecret {
			a.record(sealed{c, spec.LabelUpdatePathNode, t.Provisional(), t.Public().Number()})
		}
	}
}

// application counts a message: its generation is at most that count.
func (a *attacker) application(pm *message.PrivateMessage) {
	a.sent[pm.Epoch]++
	a.nextGeneration(pm.Epoch)
}

// Welcome reads a Welcome off the wire.
func (a *attacker) Welcome(m sim.Welcome) {
	raw := m.(welcome)
	var w message.Welcome
	if err := wire.Decode(raw.raw, &w); err != nil {
		return
	}
	a.opening[raw.step] = &w
	epoch := a.epoch
	if g, ok := a.begun[raw.step]; ok { // the Commit that came with it may be another branch's
		epoch = g.Number()
	}
	for _, s := range w.Secrets {
		a.record(sealed{s.EncryptedGroupSecrets, spec.LabelWelcome, w.EncryptedGroupInfo, epoch})
	}
	a.search()
}

// Take gives the attacker stolen secrets.
func (a *attacker) Take(names []sim.Name) {
	for _, n := range names {
		s := a.b.ledger.secrets[n]
		a.taken[n], a.replay[n] = true, s
		a.learn(value{bytes: s, nonce: a.b.ledger.nonces[n], epoch: a.b.epochOf(n, a.epoch), alone: n.Kind >= sim.EncryptionSecret})
	}
	a.search()
}

// Learned returns what the attacker has come to know since the last call.
func (a *attacker) Learned() []sim.Name {
	learned := a.learned
	a.learned = nil
	slices.SortFunc(learned, sim.Name.Compare)
	return learned
}

// Knows tells whether the attacker has the bytes of a secret.
func (a *attacker) Knows(n sim.Name) bool { return a.names[n] }
