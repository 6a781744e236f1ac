package impl

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 5.3 and 5.3.1.

// certificateFor returns the certificate of a name for an Ed25519 key, by an
// authority that nobody knows.
func certificateFor(name string, key suite.SignaturePublicKey) []byte {
	authority := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(nil, template, template, ed25519.PublicKey(key), authority)
	if err != nil {
		panic(err)
	}
	return der
}

// clerk is an Authentication Service that notes what it is asked, and vouches for
// all but one.
type clerk struct {
	unknown string
	asked   map[string]suite.SignaturePublicKey // for which key, by identity
	changes []string
}

func (c *clerk) Validate(credential tree.Credential, key suite.SignaturePublicKey) error {
	name := string(credential.Identity)
	if c.asked == nil {
		c.asked = map[string]suite.SignaturePublicKey{}
	}
	c.asked[name] = key
	if name == c.unknown {
		return errors.New("not in the directory")
	}
	return nil
}

func (c *clerk) Successor(old, successor tree.Credential) error {
	c.changes = append(c.changes, string(old.Identity)+">"+string(successor.Identity))
	return nil
}

// sender is an external_senders extension with one sender, whose key nobody has.
func sender(c tree.Credential) tree.Extension {
	return message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: make([]byte, 32), Credential: c}})
}

var robot = tree.BasicCredential([]byte("robot"))

// renamed gives a leaf a new credential.
func renamed(l *tree.LeafNode) { l.Credential = tree.BasicCredential([]byte("new")) }

// TestAuthenticationServiceIsAsked at each event that Section 5.3.1 lists: what it
// vouches for is accepted, and else refused.
func TestAuthenticationServiceIsAsked(t *testing.T) {
	base := settled(t)
	for event, c := range map[string]struct {
		who     string
		key     func(*room) suite.SignaturePublicKey // nil: not known beforehand
		changes []string
		give    func(*room) error
	}{
		"a KeyPackage, to propose it": {who: "E", give: func(r *room) error {
			kp := r.packaged(r.stranger(), nil, nil)
			_, _, err := r.at("A").member.ProposeAdd(r.env, &kp, spec.WirePublicMessage)
			return err
		}},
		"a KeyPackage, to commit it": {who: "E", changes: []string{"A>A"}, give: ending(func(r *room) CommitOptions {
			return CommitOptions{Add: packages(r.packaged(r.stranger(), nil, nil))}
		})},
		"an Add": {who: "E", give: adding(nil, nil)},
		"an Add in a Commit": {who: "E", changes: []string{"B>B"}, give: covering(func(r *room) []message.ProposalOrRef {
			return values(add(r.packaged(r.stranger(), nil, nil)))
		})},
		"an Update": {who: "new", changes: []string{"B>new"}, give: updated(renamed),
			key: func(r *room) suite.SignaturePublicKey { return r.keyOf("B").Public() }},
		"a path": {who: "new", changes: []string{"B>new"}, give: releafed(renamed),
			key: func(r *room) suite.SignaturePublicKey { return r.keyOf("B").Public() }},
		"a GroupInfo: a member": {who: "C", give: joining(invitation{}),
			key: func(r *room) suite.SignaturePublicKey { return r.keyOf("C").Public() }},
		"a GroupInfo: an external sender": {who: "robot", give: inContext(sender(robot)),
			key: func(*room) suite.SignaturePublicKey { return make(suite.SignaturePublicKey, 32) }},
		"external_senders, to propose them": {who: "robot", give: func(r *room) error {
			_, _, err := r.at("A").member.ProposeExtensions(r.env, []tree.Extension{sender(robot)}, spec.WirePublicMessage)
			return err
		}},
		"external_senders, proposed": {who: "robot", give: func(r *room) error {
			return r.give("A", r.proposing("B", extensionsProposal([]tree.Extension{sender(robot)})))
		}},
		"external_senders, committed": {who: "robot", changes: []string{"B>B"}, give: covering(func(*room) []message.ProposalOrRef {
			return values(extensionsProposal([]tree.Extension{sender(robot)}))
		})},
		"external_senders of a new group": {who: "robot", give: func(r *room) error {
			_, _, err := Create(r.env, r.stranger(), []byte("new"), sender(robot))
			return err
		}},
		"a GroupInfo, for an external Commit": {who: "D", give: func(r *room) error {
			_, err := r.joiner()
			return err
		}, key: func(r *room) suite.SignaturePublicKey { return r.keyOf("D").Public() }},
		"an external Commit": {who: "E", give: func(r *room) error {
			msg, err := r.trusting((*room).joiner)
			r.ok(err)
			return r.give("A", msg)
		}},
		"an Add by the new member": {who: "E", give: func(r *room) error {
			msg, err := r.trusting(func(r *room) (*message.MLSMessage, error) {
				id := r.stranger()
				kp := r.packaged(id, nil, nil)
				return r.at("A").member.ProposeJoin(r.env, id, &kp)
			})
			r.ok(err)
			return r.give("A", msg)
		}},
	} {
		t.Run(event, func(t *testing.T) {
			r := base.copy(t)
			accepts := &clerk{}
			r.env.Auth = accepts
			if err := c.give(r); err != nil {
				t.Fatalf("vouched for, but %v", err)
			}
			key, asked := accepts.asked[c.who]
			if !asked || c.key != nil && !bytes.Equal(key, c.key(r)) {
				t.Errorf("asked %v, for key %x", asked, key)
			}
			if !slices.Equal(accepts.changes, c.changes) {
				t.Errorf("asked about the changes %q, want %q", accepts.changes, c.changes)
			}
			r = base.copy(t)
			r.env.Auth = &clerk{unknown: c.who}
			if c.who == "C" { // who was let in by somebody less strict
				r.env.Auth = &clerk{}
				err := r.invite(invitation{info: func(*message.GroupInfo) { r.env.Auth = &clerk{unknown: c.who} }})
				if spec.Violated(err) != req.CredentialAS {
					t.Errorf("not vouched for, but %v", err)
				}
				return
			}
			if err := c.give(r); spec.Violated(err) != req.CredentialAS {
				t.Errorf("not vouched for, but %v", err)
			}
		})
	}
}

// joiner returns the external Commit of a client outside.
func (r *room) joiner() (*message.MLSMessage, error) {
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	_, out, err := JoinExternal(r.env, r.stranger(), info, ExternalOptions{})
	return out.Message, err
}

// trusting makes a message by somebody who trusts everybody.
func (r *room) trusting(send func(*room) (*message.MLSMessage, error)) (*message.MLSMessage, error) {
	trustful, env := *r, *r.env
	env.Auth = nil
	trustful.env = &env
	return send(&trustful)
}

// chainClerk is a clerk who reads certificates.
type chainClerk struct {
	clerk
	names []string
}

func (c *chainClerk) ValidateChain(chain []*x509.Certificate, _ suite.SignaturePublicKey) error {
	c.names = append(c.names, chain[0].Subject.CommonName)
	return nil
}

// TestGroupOfCertificates: members with X.509 credentials go through all that
// others do, and the application reads their chains.
func TestGroupOfCertificates(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	service := &chainClerk{clerk: clerk{unknown: ""}}
	r.env.Auth = service
	id := r.party("C").id
	id.Credential = tree.X509Credential(certificateFor("C", id.Signer.Public()), certificateFor("authority", make([]byte, 32)))
	r.admit("A", id)
	if !slices.Contains(service.names, "C") {
		t.Errorf("read the chains of %q", service.names)
	}
	service.names = nil
	r.update("C")
	r.commit("B", CommitOptions{})
	r.commit("C", CommitOptions{})
	if n := len(service.names); n < 4 { // Update and path, each at A and B
		t.Errorf("read %d chains", n)
	}
	r.say("C", "certified")
}

// admit lets a member add a client of an identity that is made elsewhere.
func (r *room) admit(by string, id *Identity) *party {
	r.t.Helper()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	author := r.at(by)
	_, staged, out, err := author.member.Commit(r.env, CommitOptions{Add: []*message.KeyPackage{k.Package}, Format: r.format})
	r.ok(err)
	r.deliver(author, out.Message)
	author.member = staged.Next
	p := &party{name: string(id.Credential.Identity), id: id}
	if p.name == "" {
		p.name = "C"
	}
	p.member, _, err = Join(r.env, id, []*KeyPackageKeys{k}, r.welcome(staged.Welcomes[0]), JoinOptions{})
	r.ok(err)
	r.parties = append(r.parties, p)
	r.agree()
	return p
}
