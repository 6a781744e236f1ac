package remote

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Inputs that only one rule refuses: the catalogue of the forgers. Each is tried in
// a group of its own, in which the client under test has only listened.

// slug writes the name of a case as one word.
func slug(c *forge.Case) string { return strings.ReplaceAll(c.Section+"/"+c.Name, " ", "_") }

// cases returns the cases that any client can be given, by name.
func cases() map[string]*forge.Case {
	all := map[string]*forge.Case{}
	for _, c := range forge.Catalogue() {
		if c.Bound == "" {
			all[slug(&c)] = &c
		}
	}
	return all
}

// A guest is a client under test in a group of the forgers'.
type guest struct {
	w           *world
	party       *Party
	transaction map[string]uint32
	keys        map[string]*impl.KeyPackageKeys
	id          uint32
	pending     [][]byte // proposals of the epoch
}

// catalogue gives a client what one rule refuses, and then the same without what is
// wrong with it.
func (w *world) catalogue(s *Step) error {
	p, err := w.partyOf(s.Names[0])
	if err != nil {
		return err
	}
	c := cases()[s.Names[1]]
	if c == nil {
		return fmt.Errorf("there is no case %q", s.Names[1])
	}
	if p.own() || w.caseKnown(p, c) || c.Want == req.WelcomeVersion && c.Entry == forge.ExternalJoin { // the suite is that of the GroupInfo here
		return errSkip
	}
	_, refused, err := w.try(p, c, true, true)
	if refused == nil || err != nil {
		return err
	}
	// The control was refused: by itself too?
	taken, _, err := w.try(p, c, false, true)
	switch {
	case err != nil:
		return err
	case !taken:
		w.tally("case, inconclusive")
		return nil
	}
	return w.differs(p, harmed+c.Section+": "+c.Name, "%s refuses (%s: %s), as it has to, and then refuses what it accepts otherwise: %v", p.Letter, c.Section, c.Name, refused).about(c.Want)
}

// accepted returns the kind of difference that a case shows.
func accepted(c *forge.Case) string { return "accepts a forged input: " + string(c.Want) }

func (w *world) caseKnown(p *Party, c *forge.Case) bool {
	return w.known[[2]string{p.Letter, accepted(c)}]
}

// try settles a group, and gives its guest the input of a case, or its control, or
// one after the other. It tells whether the control was accepted, or why it was
// refused; neither if it did not come to that.
func (w *world) try(p *Party, c *forge.Case, wrong, right bool) (taken bool, refused, err error) {
	w.draws++
	random := rand.NewChaCha8(key(w.draws, "case "+c.Name))
	v := &guest{w: w, party: p, transaction: map[string]uint32{}, keys: map[string]*impl.KeyPackageKeys{}}
	base, err := forge.SettleWith(random, w.suite, w.now()+clockSkew, v.makes)
	if err != nil {
		return false, nil, v.failed(err)
	}
	bad, good, err := c.Make(base)
	if err != nil {
		return false, nil, v.failed(err)
	}
	state, err := base.State(bad)
	if err != nil || good == nil || v.keys[state.Client.Name] != nil && v.keys[state.Client.Name] != state.Client.Keys {
		w.tally("case, not for clients elsewhere")
		return false, nil, nil
	}
	defer v.leave()
	if reached, err := v.reach(state); err != nil || !reached {
		return false, nil, err
	}
	if wrong {
		given, err := v.give(base, state, bad)
		if err == nil && given {
			return false, nil, w.differs(p, accepted(c), "%s accepts what one rule alone forbids (%s: %s)", p.Letter, c.Section, c.Name).about(c.Want).bytes(nil, bad.Raw)
		}
		if err != nil && !isRefusal(err) || err == nil && !given {
			return false, nil, err
		}
	}
	if !right {
		return false, nil, nil
	}
	given, err := v.give(base, state, good)
	if isRefusal(err) {
		return false, err, nil
	}
	if given && err == nil {
		w.tally("case, tried")
	}
	return given && err == nil, nil, err
}

// clockSkew is how late it is for the forgers, in seconds: what a client makes is
// valid by then.
const clockSkew = 60

// failed returns an error of the forgers' if it comes from the client; what they
// cannot make for it is left out.
func (v *guest) failed(err error) error {
	if d, ok := errors.AsType[*Difference](err); ok {
		return d
	}
	if v.w.ctx.Err() != nil {
		return v.w.ctx.Err()
	}
	v.w.tally("case, not for this client")
	return nil
}

// makes lets the client under test make the KeyPackages of those whom inputs
// reach.
func (v *guest) makes(name string) (*impl.Identity, *impl.KeyPackageKeys, error) {
	if name != "A" && name != "C" && name != "E" || name == "C" && v.keys["C"] != nil {
		return nil, nil, nil
	}
	s := v.w.suite
	r, err := ask(v.w, v.party, "", pb.MLSClientClient.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: uint32(s.ID), Identity: []byte(name)})
	if err != nil {
		return nil, nil, err
	}
	var msg message.MLSMessage
	if err := wire.Decode(r.KeyPackage, &msg); err != nil || msg.KeyPackage == nil {
		return nil, nil, v.w.differs(v.party, "KeyPackage cannot be read", "the KeyPackage of %s cannot be read: %v", v.party.Letter, err).bytes(nil, r.KeyPackage)
	}
	signer, err1 := s.ParseSignatureKey(r.SignaturePriv)
	if err1 != nil { // some write the public key behind the private one
		signer, err1 = s.ParseSignatureKey(r.SignaturePriv[:len(r.SignaturePriv)/2])
	}
	init, err2 := s.ParseHPKEPrivateKey(r.InitPriv)
	leaf, err3 := s.ParseHPKEPrivateKey(r.EncryptionPriv)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, &cannot{v.party, "private keys of KeyPackages"}
	}
	keys := &impl.KeyPackageKeys{Package: msg.KeyPackage, Init: init, Leaf: leaf}
	v.keys[name], v.transaction[name] = keys, r.TransactionId
	return &impl.Identity{Suite: s, Credential: msg.KeyPackage.LeafNode.Credential, Signer: signer}, keys, nil
}

// reach brings the client to where the input reaches it. It tells whether it got
// there.
func (v *guest) reach(s *forge.State) (bool, error) {
	name := s.Client.Name
	for _, p := range s.PSKs {
		if _, ok := v.transaction[name]; !ok {
			break
		}
		if _, err := ask(v.w, v.party, "", pb.MLSClientClient.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: v.transaction[name], PskId: p.ID.ID, PskSecret: p.Secret}); err != nil {
			return false, err
		}
	}
	if !s.Joins {
		return true, nil
	}
	welcome := wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: s.Client.Welcome})
	r, err := ask(v.w, v.party, "", pb.MLSClientClient.JoinGroup, &pb.JoinGroupRequest{
		TransactionId: v.transaction[name], Welcome: welcome, EncryptHandshake: v.w.private, Identity: []byte(name),
	})
	if err == nil {
		v.id = r.StateId
		for _, m := range s.Heard {
			if err = v.take(wire.Encode(m), m); err != nil {
				break
			}
		}
	}
	if isRefusal(err) {
		v.w.tally("case, not reached")
		return false, nil
	}
	return err == nil, err
}

// take gives the client a message as a member receives it.
func (v *guest) take(raw []byte, m *message.MLSMessage) error {
	switch contentOf(m) {
	case spec.ContentApplication:
		_, err := ask(v.w, v.party, "", pb.MLSClientClient.Unprotect, &pb.UnprotectRequest{StateId: v.id, Ciphertext: raw})
		return err
	case spec.ContentProposal:
		v.pending = append(v.pending, raw)
		return nil
	}
	return v.handle(raw, m.PublicMessage != nil && ends(m.PublicMessage.Content.Commit))
}

// ends tells whether a Commit carries a ReInit, for which there is a call of its own.
func ends(c *message.Commit) bool {
	return c != nil && slices.ContainsFunc(c.Proposals, func(p message.ProposalOrRef) bool { return p.Proposal != nil && p.Proposal.ReInit != nil })
}

// handle gives the client a Commit, with the proposals of the epoch.
func (v *guest) handle(commit []byte, ending bool) error {
	q := &pb.HandleCommitRequest{StateId: v.id, Proposal: v.pending, Commit: commit}
	if ending {
		r, err := ask(v.w, v.party, "that ends the group", pb.MLSClientClient.HandleReInitCommit, q)
		if err == nil {
			v.id, v.pending = r.ReinitId, nil
		}
		return err
	}
	r, err := ask(v.w, v.party, "", pb.MLSClientClient.HandleCommit, q)
	if err == nil {
		v.id, v.pending = r.StateId, nil
	}
	return err
}

// contentOf returns what a message says it contains.
func contentOf(m *message.MLSMessage) spec.ContentType {
	switch {
	case m.PublicMessage != nil:
		return m.PublicMessage.Content.ContentType
	case m.PrivateMessage != nil:
		return m.PrivateMessage.ContentType
	}
	return 0
}

// give gives the client an input in the call that it is for. It tells whether there
// is one; the error is a refusal if the client refuses it.
func (v *guest) give(g *forge.Group, s *forge.State, in *forge.Input) (bool, error) {
	w, name := v.w, s.Client.Name
	var m message.MLSMessage
	if err := wire.Decode(in.Raw, &m); err != nil {
		return v.undecodable(in.Raw)
	}
	switch m.WireFormat {
	case spec.WireWelcome:
		_, err := ask(w, v.party, "", pb.MLSClientClient.JoinGroup, &pb.JoinGroupRequest{
			TransactionId: v.transaction[name], Welcome: in.Raw, EncryptHandshake: w.private, Identity: []byte(name), RatchetTree: s.Tree,
		})
		return true, err
	case spec.WireGroupInfo:
		r, err := ask(w, v.party, "", pb.MLSClientClient.ExternalJoin, &pb.ExternalJoinRequest{
			GroupInfo: in.Raw, RatchetTree: s.Tree, EncryptHandshake: w.private, Identity: []byte(name),
		})
		if err == nil {
			w.free(v.party, r.StateId)
		}
		return true, err
	case spec.WireKeyPackage:
		r, err := ask(w, v.party, "", pb.MLSClientClient.AddProposal, &pb.AddProposalRequest{StateId: v.id, KeyPackage: in.Raw})
		if err != nil {
			return true, err
		}
		c, err := ask(w, v.party, "", pb.MLSClientClient.Commit, &pb.CommitRequest{StateId: v.id, ByReference: [][]byte{r.Proposal}})
		if isRefusal(err) || err == nil && !welcomes(c.Welcome) {
			return false, nil // it may leave the Add out, but whether it comes back to it nobody can tell
		}
		return true, err
	}
	if contentOf(&m) != spec.ContentProposal {
		return true, v.take(in.Raw, &m)
	}
	commit, err := g.Covering(in.Raw)
	if commit == nil || err != nil {
		w.tally("case, no Commit can cover it")
		return false, nil
	}
	before := v.pending
	v.pending = append(slices.Clip(before), in.Raw)
	err = v.handle(commit, m.PublicMessage.Content.Proposal.ReInit != nil)
	if err != nil {
		v.pending = before
	}
	return true, err
}

// welcomes tells whether somebody is welcomed.
func welcomes(b []byte) bool {
	var m message.MLSMessage
	return wire.Decode(b, &m) == nil && m.Welcome != nil && len(m.Welcome.Secrets) > 0
}

// undecodable gives the client what is no message.
func (v *guest) undecodable(raw []byte) (bool, error) {
	if v.id == 0 {
		return false, nil
	}
	_, err := ask(v.w, v.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: v.id, Commit: raw})
	return true, err
}

// leave lets the client forget the group.
func (v *guest) leave() {
	if v.id != 0 {
		v.w.free(v.party, v.id)
	}
}
