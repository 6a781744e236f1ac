package impl

import (
	"bytes"
	"errors"
	"fmt"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
)

// Encode returns all that m is as bytes, from which [DecodeMember] makes an equal
// one: what the Env of a step holds, such as PSKs, is not among it. The bytes
// are as secret as the member's keys, and have to be deleted when the state after
// m has been written down: as long as they exist, so does what Section 9.2 of RFC
// 9420 has deleted since.
func (m *Member) Encode() suite.Secret {
	r := recordOf(m)
	return encodeState(stateMember, &r)
}

// DecodeMember returns the member that Encode has written down. The error is or
// wraps [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodeMember(b []byte) (*Member, error) {
	var r memberRecord
	if err := decodeState(stateMember, b, &r); err != nil {
		return nil, err
	}
	m, err := r.member()
	return m, stateError(stateMember, err)
}

// memberRecord is what there is to write of a Member.
type memberRecord struct {
	group    groupRecord
	secrets  [8]suite.Secret // as secretsOf orders them, and init_secret
	identity identityRecord
	leaf     tree.LeafIndex
	key      suite.Secret // private key of the leaf
	path     []pathKeyRecord
	ratchets suite.Secret
	updates  []updateRecord
	sent     uint64
	past     []pastRecord
	psks     []pastPSK
}

func (r *memberRecord) Wire(c *wire.Coder) {
	r.group.Wire(c)
	for i := range r.secrets {
		wire.Opaque(c, &r.secrets[i])
	}
	r.identity.Wire(c)
	wire.Uint32(c, &r.leaf)
	wire.Opaque(c, &r.key)
	wire.Vector(c, &r.path, func(c *wire.Coder, k *pathKeyRecord) {
		wire.Uint32(c, &k.node)
		wire.Opaque(c, &k.key)
	})
	wire.Opaque(c, &r.ratchets)
	wire.Vector(c, &r.updates, func(c *wire.Coder, u *updateRecord) {
		wire.Opaque(c, &u.ref)
		wire.Opaque(c, &u.key)
		u.identity.Wire(c)
	})
	wire.Uint64(c, &r.sent)
	wire.Vector(c, &r.past, func(c *wire.Coder, p *pastRecord) {
		p.group.Wire(c)
		wire.Opaque(c, &p.senderData)
		wire.Opaque(c, &p.ratchets)
	})
	wire.Vector(c, &r.psks, func(c *wire.Coder, p *pastPSK) {
		wire.Uint64(c, &p.epoch)
		wire.Opaque(c, &p.secret)
	})
}

type pathKeyRecord struct {
	node tree.NodeIndex
	key  suite.Secret
}

type updateRecord struct {
	ref      []byte
	key      suite.Secret
	identity identityRecord
}

type pastRecord struct {
	group      groupRecord
	senderData suite.Secret
	ratchets   suite.Secret
}

func recordOf(m *Member) memberRecord {
	r := memberRecord{
		group:    recordOfGroup(m.PublicGroup),
		identity: recordOfIdentity(m.identity),
		leaf:     m.leaf,
		key:      m.keys.Leaf().Bytes(),
		ratchets: m.ratchets.Encode(),
		sent:     m.sent,
		psks:     m.psks,
	}
	for i, s := range secretsOf(m.secrets) {
		r.secrets[i] = *s
	}
	r.secrets[len(r.secrets)-1] = m.secrets.Init.Bytes()
	for _, n := range m.keys.Nodes() {
		r.path = append(r.path, pathKeyRecord{n.Node, n.Key.Bytes()})
	}
	for _, u := range m.updates {
		r.updates = append(r.updates, updateRecord{u.ref, u.key.Bytes(), recordOfIdentity(u.identity)})
	}
	for _, p := range m.past {
		r.past = append(r.past, pastRecord{recordOfGroup(p.PublicGroup), p.senderData, p.ratchets.Encode()})
	}
	return r
}

// secretsOf are the secrets of an epoch but for its init_secret, in the order in
// which they are written.
func secretsOf(s *schedule.Secrets) [7]*suite.Secret {
	return [...]*suite.Secret{&s.SenderData, &s.Exporter, &s.External, &s.Confirmation, &s.Membership, &s.Resumption, &s.Authenticator}
}

// member completes the member of a record, part by part.
func (r *memberRecord) member() (*Member, error) {
	g, err := r.group.group()
	if err != nil {
		return nil, err
	}
	m := &Member{leaf: r.leaf, sent: r.sent, psks: r.psks}
	if m.Epoch, err = r.epoch(g); err != nil {
		return nil, err
	}
	if m.identity, err = r.identity.of(g.suite); err != nil {
		return nil, err
	}
	if m.keys, err = r.keyring(g, m.identity); err != nil {
		return nil, err
	}
	if m.ratchets, err = schedule.DecodeSecretTree(g.suite, r.ratchets, g.tree.Size()); err != nil {
		return nil, err
	}
	if m.updates, err = r.inFlight(g.suite); err != nil {
		return nil, err
	}
	if m.past, err = r.epochsPast(g); err != nil {
		return nil, err
	}
	for _, p := range m.psks {
		if err := checkSecret(g.suite, p.secret); err != nil {
			return nil, fmt.Errorf("resumption_psk of epoch %d: %w", p.epoch, err)
		}
	}
	return m, nil
}

func (r *memberRecord) epoch(g *PublicGroup) (*Epoch, error) {
	for i, s := range r.secrets {
		if err := checkSecret(g.suite, s); err != nil {
			return nil, fmt.Errorf("secret %d of the epoch: %w", i, err)
		}
	}
	secrets := &schedule.Secrets{Init: schedule.NewInitSecret(r.secrets[len(r.secrets)-1])}
	for i, s := range secretsOf(secrets) {
		*s = r.secrets[i]
	}
	return &Epoch{g, secrets}, nil
}

//spec:extra a state that was written down is read, and nothing that a peer has sent
func checkSecret(s *suite.Suite, secret suite.Secret) error {
	if len(secret) != s.Nh {
		return fmt.Errorf("%d bytes, not %d", len(secret), s.Nh)
	}
	return nil
}

// keyring completes the private keys, each of which must be that of a public one.
func (r *memberRecord) keyring(g *PublicGroup, id *Identity) (tree.Keyring, error) {
	none := tree.Keyring{}
	leaf := g.tree.Leaf(r.leaf)
	if leaf == nil {
		return none, fmt.Errorf("leaf %d is blank", r.leaf)
	}
	key, err := g.suite.ParseHPKEPrivateKey(r.key)
	if err != nil {
		return none, fmt.Errorf("leaf %d: %w", r.leaf, err)
	}
	if !bytes.Equal(key.Public(), leaf.EncryptionKey) {
		return none, fmt.Errorf("leaf %d: the private key is not that of its encryption_key", r.leaf)
	}
	if !bytes.Equal(id.Signer.Public(), leaf.SignatureKey) {
		return none, fmt.Errorf("leaf %d: the private key is not that of its signature_key", r.leaf)
	}
	var path []tree.PathKey
	for _, p := range r.path {
		k, err := g.suite.ParseHPKEPrivateKey(p.key)
		if err != nil {
			return none, fmt.Errorf("node %d: %w", p.node, err)
		}
		path = append(path, tree.PathKey{Node: p.node, Key: k})
	}
	keys := tree.NewKeyring(r.leaf, key).With(g.tree, path)
	if len(keys.Nodes()) != len(path) {
		return none, errors.New("a private key is not that of a node above the leaf")
	}
	return keys, nil
}

func (r *memberRecord) inFlight(s *suite.Suite) ([]update, error) {
	var list []update
	for i, u := range r.updates {
		key, err := s.ParseHPKEPrivateKey(u.key)
		if err != nil {
			return nil, fmt.Errorf("update %d: %w", i, err)
		}
		id, err := u.identity.of(s)
		if err != nil {
			return nil, fmt.Errorf("update %d: %w", i, err)
		}
		list = append(list, update{u.ref, key, id})
	}
	return list, nil
}

func (r *memberRecord) epochsPast(now *PublicGroup) ([]pastEpoch, error) {
	var list []pastEpoch
	for _, p := range r.past {
		g, err := p.group.group()
		if err == nil && (g.suite != now.suite || !bytes.Equal(g.context.GroupID, now.context.GroupID)) {
			err = errors.New("of another group")
		}
		if err == nil {
			err = checkSecret(now.suite, p.senderData)
		}
		if err != nil {
			return nil, fmt.Errorf("past epoch %d: %w", p.group.context.Epoch, err)
		}
		ratchets, err := schedule.DecodeSecretTree(g.suite, p.ratchets, g.tree.Size())
		if err != nil {
			return nil, fmt.Errorf("past epoch %d: %w", g.context.Epoch, err)
		}
		list = append(list, pastEpoch{g, p.senderData, ratchets})
	}
	return list, nil
}
