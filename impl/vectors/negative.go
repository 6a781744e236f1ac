package vectors

import (
	"errors"
	"fmt"
	"math"

	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// negative is a case of the negative vectors' file: a client, the state that it is
// in, a message that it refuses for one requirement alone, and one that it accepts
// in that state; or the latter alone. The format is described in docs/vectors.md.
type negative struct {
	Requirement spec.ID     `json:"requirement"`
	Section     string      `json:"section"` // of RFC 9420
	Rule        string      `json:"rule"`    // what has to hold, in the registry's words
	EntryPoint  forge.Entry `json:"entry_point"`
	Comment     string      `json:"comment"` // what is wrong with the message

	Suite spec.CipherSuite `json:"cipher_suite"`

	ExternalPSKs []externalPSK `json:"external_psks"`

	KeyPackage     Hex `json:"key_package"`
	SignaturePriv  Hex `json:"signature_priv"`
	EncryptionPriv Hex `json:"encryption_priv"`
	InitPriv       Hex `json:"init_priv"`

	Welcome       *Hex  `json:"welcome"` // null for a client that is in no group yet
	Messages      []Hex `json:"messages"`
	Authenticator *Hex  `json:"epoch_authenticator"` // null without a group

	Message               *Hex `json:"message"` // null where nothing is to be refused
	Accepted              Hex  `json:"accepted"`
	AcceptedAuthenticator *Hex `json:"accepted_epoch_authenticator"` // null if it begins no epoch
}

// A visitor is a client that is given messages, in a group or in none.
type visitor struct {
	env    *impl.Env
	id     *impl.Identity
	keys   *impl.KeyPackageKeys
	member *impl.Member // nil without a group
}

func (v *negative) verify(c *check) {
	v.verifyAbout(c)
	at := v.arrive(c)
	if at == nil {
		return
	}
	if v.Message != nil {
		_, err := at.give(*v.Message)
		c.holds("message", spec.Violated(err) == v.Requirement, "it is refused for %v, want %s", err, v.Requirement)
	}
	after, err := at.give(v.Accepted)
	if !c.ok("accepted", err) {
		return
	}
	switch {
	case after == nil:
		c.holds("accepted_epoch_authenticator", v.AcceptedAuthenticator == nil, "there is no such epoch")
	case v.AcceptedAuthenticator == nil:
		c.holds("accepted_epoch_authenticator", false, "it is missing")
	default:
		equal(c, "accepted_epoch_authenticator", after.Authenticator(), *v.AcceptedAuthenticator)
	}
}

// verifyAbout compares what the case says of its requirement with the registry, and
// its entry point with the message that is accepted.
func (v *negative) verifyAbout(c *check) {
	about, ok := req.Of(v.Requirement)
	if !c.holds("requirement", ok, "the registry has no %q", v.Requirement) {
		return
	}
	c.holds("section", v.Section == about.Section, "it is %q, want %q", v.Section, about.Section)
	c.holds("rule", v.Rule == about.Text, "it is %q, want %q", v.Rule, about.Text)
	var m message.MLSMessage
	if c.read("accepted", v.Accepted, &m) {
		c.holds("entry_point", fits(v.EntryPoint, &m), "%q is not that of the message", v.EntryPoint)
	}
}

// fits tells whether a message comes in by an entry point.
func fits(e forge.Entry, m *message.MLSMessage) bool {
	switch e {
	case forge.Decode:
		return true
	case forge.WelcomeJoin:
		return m.Welcome != nil
	case forge.ExternalJoin:
		return m.GroupInfo != nil
	case forge.KeyPackageReceive:
		return m.KeyPackage != nil
	case forge.MessageReceive:
		return contentOf(m) != 0
	case forge.ProposalReceive:
		return contentOf(m) == spec.ContentProposal
	case forge.CommitReceive:
		return contentOf(m) == spec.ContentCommit
	}
	return false
}

// contentOf returns the content type of a message to members, 0 for another.
func contentOf(m *message.MLSMessage) spec.ContentType {
	switch {
	case m.PublicMessage != nil:
		return m.PublicMessage.Content.ContentType
	case m.PrivateMessage != nil:
		return m.PrivateMessage.ContentType
	}
	return 0
}

// arrive brings the client into its state, or returns nil.
func (v *negative) arrive(c *check) *visitor {
	p := passiveClient{
		Suite: v.Suite, ExternalPSKs: v.ExternalPSKs, KeyPackage: v.KeyPackage,
		SignaturePriv: v.SignaturePriv, EncryptionPriv: v.EncryptionPriv, InitPriv: v.InitPriv,
	}
	at := &visitor{env: &impl.Env{Rand: named("negative"), Now: forge.Now, PSK: p.psk, Bounds: impl.Bounds{MaxLifetime: math.MaxUint64}}}
	if at.id, at.keys = p.client(c); at.keys == nil {
		return nil
	}
	if v.Welcome == nil {
		none := len(v.Messages) == 0 && v.Authenticator == nil
		if !c.holds("welcome", none, "there are messages to one who is in no group") {
			return nil
		}
		return at
	}
	var err error
	for i, b := range append([]Hex{*v.Welcome}, v.Messages...) {
		if at.member, err = at.follow(b); !c.ok(fmt.Sprintf("message %d to the state", i), err) {
			return nil
		}
	}
	if !c.holds("epoch_authenticator", v.Authenticator != nil, "it is missing") ||
		!equal(c, "epoch_authenticator", at.member.Authenticator(), *v.Authenticator) {
		return nil
	}
	return at
}

// follow returns the member after a message that is accepted.
func (at *visitor) follow(b Hex) (*impl.Member, error) {
	var m message.MLSMessage
	if err := wire.Decode(b, &m); err != nil {
		return nil, err
	}
	return at.take(&m)
}

// take returns the member after a message; nil if the client is none then.
func (at *visitor) take(m *message.MLSMessage) (*impl.Member, error) {
	switch {
	case m.Welcome != nil:
		after, _, err := impl.Join(at.env, at.id, []*impl.KeyPackageKeys{at.keys}, m.Welcome, impl.JoinOptions{})
		return after, err
	case m.GroupInfo != nil:
		_, _, err := impl.JoinExternal(at.env, at.id, m.GroupInfo, impl.ExternalOptions{})
		return nil, err
	case at.member == nil:
		return nil, errors.New("a message to members, and the client is none")
	case m.KeyPackage != nil:
		after, _, err := at.member.ProposeAdd(at.env, m.KeyPackage, spec.WirePublicMessage)
		return after, err
	}
	after, _, err := at.member.Receive(at.env, m)
	return after, err
}

// give hands a message to the client in its state. It returns the member in the
// epoch that the message begins, nil if it begins none.
func (at *visitor) give(b Hex) (*impl.Member, error) {
	after, err := at.follow(b)
	if err != nil || after == nil || at.member != nil && after.Number() == at.member.Number() {
		return nil, err
	}
	return after, nil
}
