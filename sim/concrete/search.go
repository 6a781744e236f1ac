package concrete

import (
	"encoding/binary"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// The search goes forward from what the attacker has: every label of RFC 9420
// on every value, with every context of the wire; every value as a private key
// and as the seed of one; every ciphertext under every private key; every two
// values of neighbouring epochs extracted together. Nothing here says which of
// these leads where: that is for the model to say, and for the run to compare.

// labels are all that a derivation of RFC 9420 can be labelled with.
var labels = []string{
	spec.LabelPath, spec.LabelNode, spec.LabelJoiner, spec.LabelEpoch, spec.LabelWelcomeSecret,
	spec.LabelInit, spec.LabelSenderData, spec.LabelEncryption, spec.LabelExporter, spec.LabelExternal,
	spec.LabelConfirm, spec.LabelMembership, spec.LabelResumption, spec.LabelAuthentication,
	spec.LabelExported, spec.LabelDerivedPSK,
	spec.LabelTree, spec.LabelHandshake, spec.LabelApplication, spec.LabelNonce, spec.LabelKey, spec.LabelSecret,
}

// fixed are the contexts that are the same in every epoch.
var fixed = [][]byte{nil, []byte(spec.ContextLeft), []byte(spec.ContextRight)}

// inputs returns every label with one context, as the KDF takes them, for
// secrets of Nh bytes. They are encoded once.
func (a *attacker) inputs(context []byte) [][]byte {
	in, ok := a.encoded[string(context)]
	if !ok {
		for _, label := range labels {
			in = append(in, suite.KDFLabel(label, context, a.b.suite.Nh))
		}
		a.encoded[string(context)] = in
	}
	return in
}

// learn adds a value, if it is new.
func (a *attacker) learn(v value) {
	if _, ok := a.byBytes[string(v.bytes)]; ok {
		return
	}
	a.byBytes[string(v.bytes)] = true
	if !v.alone {
		a.paired = append(a.paired, len(a.values))
	}
	a.values = append(a.values, v)
	if v.nonce != nil {
		a.pairs[v.epoch] = append(a.pairs[v.epoch], schedule.KeyNonce{Key: v.bytes, Nonce: v.nonce})
	}
	if n, ok := a.b.ledger.name(v.bytes); ok {
		a.names[n] = true
		a.known[n] = v.bytes
		a.learned = append(a.learned, n)
	}
}

// reach learns what was computed, if it is a secret of the run; otherwise, if
// it is of the secret tree, it is put aside, for it may become one: the names
// of the secret tree come into being with its use.
func (a *attacker) reach(computed suite.Secret, epoch uint64, alone bool) {
	if _, ok := a.b.ledger.name(computed); ok || alone {
		a.try(value{bytes: slices.Clone(computed), epoch: epoch, alone: alone})
	}
}

// try learns a value if it is a secret of the run, and otherwise puts it aside
// if it is of the secret tree.
func (a *attacker) try(v value) {
	if _, ok := a.b.ledger.name(v.bytes); ok {
		a.learn(v)
	} else if v.alone {
		a.aside[string(v.bytes)] = v
	}
}

// recall learns what was put aside and has become a secret of the run.
func (a *attacker) recall() {
	for _, n := range a.b.ledger.newNames() {
		if v, ok := a.aside[string(a.b.ledger.secrets[n])]; ok {
			delete(a.aside, string(v.bytes))
			a.learn(v)
		}
	}
}

// search tries what has not been tried, and the keys that come of it on what is closed.
func (a *attacker) search() {
	for a.recall(); a.tried < len(a.values); a.unlock() {
		a.tryAll()
	}
}

// tryAll tries what has not been tried.
func (a *attacker) tryAll() {
	for ; a.tried < len(a.values); a.tried++ {
		v := a.values[a.tried]
		a.asKey(v)
		a.expand(v)
		a.inContexts(v, a.contexts(v.epoch, v.epoch+1))
		a.pairUp(a.tried)
		for _, m := range a.mixes {
			a.mixIn(m, v)
		}
		for _, label := range a.exports {
			a.exportFrom(v, label)
		}
	}
}

// contexts returns the GroupContexts of some epochs.
func (a *attacker) contexts(from, to uint64) []context {
	var all []context
	for e := from; e <= to; e++ {
		for _, g := range a.groups[e] {
			all = append(all, context{g.Context(), e})
		}
	}
	return all
}

// context is an encoded GroupContext.
type context struct {
	bytes []byte
	epoch uint64
}

// expand derives from one value under the contexts that need no epoch.
func (a *attacker) expand(v value) {
	x := a.b.suite.Expander(v.bytes)
	for _, c := range fixed {
		for i, in := range a.inputs(c) {
			out := x.Expand(in)
			a.reach(out, v.epoch, v.alone || inTree(labels[i]))
			if c == nil {
				a.expandUnnamed(v, out)
			}
		}
	}
	for g := 0; g <= a.sent[v.epoch]; g++ {
		a.generation(v, uint32(g))
	}
}

// inTree tells whether a label leads into the secret tree.
func inTree(label string) bool {
	switch label {
	case spec.LabelEncryption, spec.LabelTree, spec.LabelHandshake, spec.LabelApplication, spec.LabelSecret:
		return true
	}
	return false
}

// expandUnnamed goes one step on from a value that is no secret of the run:
// as the seed of a key pair, and by every label.
func (a *attacker) expandUnnamed(v value, out suite.Secret) {
	if _, named := a.b.ledger.name(out); named {
		return
	}
	a.tryKey(a.b.suite.DeriveKeyPair(out), v.epoch)
	x := a.b.suite.Expander(out)
	for _, in := range a.inputs(nil) {
		a.reach(x.Expand(in), v.epoch, false)
	}
}

// generation derives from one value for one generation of a ratchet.
func (a *attacker) generation(v value, g uint32) {
	x := a.b.suite.Expander(v.bytes)
	for _, in := range a.inputs(binary.BigEndian.AppendUint32(nil, g)) {
		a.reach(x.Expand(in), v.epoch, true)
	}
	k := messageKey(a.b.suite, v.bytes, g)
	a.try(value{bytes: k.Key, nonce: k.Nonce, epoch: v.epoch, alone: true})
}

// inContexts derives from one value under GroupContexts.
func (a *attacker) inContexts(v value, contexts []context) {
	x := a.b.suite.Expander(v.bytes)
	for _, c := range contexts {
		for _, in := range a.inputs(c.bytes) {
			a.reach(x.Expand(in), c.epoch, v.alone)
		}
	}
}

// pairUp extracts a value with every value tried before, with itself and with
// zero, if they are of neighbouring epochs.
func (a *attacker) pairUp(i int) {
	a.partners(i, func(v, w value) {
		later := max(v.epoch, w.epoch)
		contexts := append(a.contexts(later, later+1), context{epoch: later})
		a.pair(v, w, contexts)
	})
}

// partners calls do with a value and each that it is to be extracted with.
func (a *attacker) partners(i int, do func(v, w value)) {
	v := a.values[i]
	if v.alone {
		return
	}
	do(v, value{bytes: a.b.suite.Zero(), epoch: v.epoch})
	for _, j := range a.paired {
		if j > i {
			break
		}
		if w := a.values[j]; w.epoch+1 >= v.epoch && w.epoch <= v.epoch+1 {
			do(v, w)
		}
	}
}

// pair extracts two values together, either way round, and derives from that
// under some contexts.
func (a *attacker) pair(v, w value, contexts []context) {
	s := a.b.suite
	for _, prk := range []suite.Secret{s.Extract(v.bytes, w.bytes), s.Extract(w.bytes, v.bytes)} {
		a.reach(prk, max(v.epoch, w.epoch), false)
		x := s.Expander(prk)
		for _, c := range contexts {
			for _, in := range a.inputs(c.bytes) {
				a.reach(x.Expand(in), c.epoch, false)
			}
		}
	}
}

// tryContext tries a new epoch's GroupContext on the values about its time.
func (a *attacker) tryContext(c context) {
	near := func(epoch uint64) bool { return epoch == c.epoch || epoch+1 == c.epoch }
	tried := a.tried
	for i := range tried {
		if v := a.values[i]; near(v.epoch) {
			a.inContexts(v, []context{c})
		}
	}
	for _, i := range slices.Clone(a.paired) {
		if e := a.values[i].epoch; i < tried && (near(e) || near(e+1)) {
			a.partners(i, func(v, w value) {
				if near(max(v.epoch, w.epoch)) {
					a.pair(v, w, []context{c})
				}
			})
		}
	}
}

// nextGeneration tries one more generation on the values of an epoch in which a
// message was sent.
func (a *attacker) nextGeneration(epoch uint64) {
	for i := 0; i < len(a.values); i++ {
		if a.values[i].epoch == epoch {
			a.generation(a.values[i], uint32(a.sent[epoch]))
		}
	}
}

// asKey tries a value as a private key and as the seed of one.
func (a *attacker) asKey(v value) {
	s := a.b.suite
	if key, err := s.ParseHPKEPrivateKey(v.bytes); err == nil {
		a.tryKey(key, v.epoch)
	}
	if len(v.bytes) == s.Nh {
		a.tryKey(s.DeriveKeyPair(v.bytes), v.epoch)
	}
}

// unseen is a private key that may turn out to be one of the run's.
type unseen struct {
	private suite.Secret
	epoch   uint64
}

// see notes a public key on the wire.
func (a *attacker) see(public suite.HPKEPublicKey) {
	if a.publics[string(public)] {
		return
	}
	a.publics[string(public)] = true
	if u, ok := a.unseen[string(public)]; ok {
		delete(a.unseen, string(public))
		if key, err := a.b.suite.ParseHPKEPrivateKey(u.private); err == nil {
			a.tryKey(key, u.epoch)
		}
	}
}

// tryKey opens every ciphertext with a private key, if its public key was seen
// on the wire; otherwise as soon as it is.
func (a *attacker) tryKey(key *suite.HPKEPrivateKey, epoch uint64) {
	if !a.publics[string(key.Public())] {
		a.unseen[string(key.Public())] = unseen{key.Bytes(), epoch}
		return
	}
	for _, k := range a.keys {
		if k.Bytes().Equal(key.Bytes()) {
			return
		}
	}
	a.keys = append(a.keys, key)
	a.learn(value{bytes: key.Bytes(), epoch: epoch, alone: true})
	for _, c := range a.sealed {
		a.open(key, c)
	}
	for _, e := range a.brought {
		a.decapsulate(key, e)
	}
}

// record adds a ciphertext and tries every key on it.
func (a *attacker) record(c sealed) {
	a.sealed = append(a.sealed, c)
	for _, key := range a.keys {
		a.open(key, c)
	}
}

// open decrypts one ciphertext, and learns what is in it.
func (a *attacker) open(key *suite.HPKEPrivateKey, c sealed) {
	plain, err := a.b.suite.DecryptWithLabel(key, c.label, c.context, c.ciphertext)
	if err != nil {
		return
	}
	var secrets message.GroupSecrets
	if c.label != spec.LabelWelcome || wire.Decode(plain, &secrets) != nil {
		a.learn(value{bytes: plain, epoch: c.epoch})
		return
	}
	a.learn(value{bytes: secrets.JoinerSecret, epoch: c.epoch})
	if secrets.PathSecret != nil {
		a.learn(value{bytes: secrets.PathSecret.Secret, epoch: c.epoch})
	}
}
