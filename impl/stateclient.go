package impl

import (
	"bytes"
	"errors"
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A Checkpoint is what a client has to write down, in one write, before a message
// of it leaves: the state to go on with, what it is to become, and the message
// itself. A client that comes back from a crash sends the Outbox again, the very
// same bytes; those who have them already refuse them, and no key encrypts two
// contents (RFC 9420, Section 9.1).
type Checkpoint struct {
	Member *Member               // nil for a client that waits to join
	Staged []*Staged             // own Commits that may still be accepted
	Keys   []*KeyPackageKeys     // of KeyPackages that were published and not used yet
	Outbox []*message.MLSMessage // made, and not known to have arrived
}

// Encode returns all that p is as bytes, which are as secret as its keys.
func (p *Checkpoint) Encode() suite.Secret {
	r := checkpointRecord{outbox: p.Outbox}
	if p.Member != nil {
		m := recordOf(p.Member)
		r.member = &m
	}
	for _, s := range p.Staged {
		r.staged = append(r.staged, recordOfStaged(s))
	}
	for _, k := range p.Keys {
		r.keys = append(r.keys, recordOfKeys(k))
	}
	return encodeState(stateCheckpoint, &r)
}

// DecodeCheckpoint returns what Encode has written down. The error is or wraps
// [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodeCheckpoint(b []byte) (*Checkpoint, error) {
	var r checkpointRecord
	if err := decodeState(stateCheckpoint, b, &r); err != nil {
		return nil, err
	}
	p, err := r.checkpoint()
	return p, stateError(stateCheckpoint, err)
}

type checkpointRecord struct {
	member *memberRecord
	staged []stagedRecord
	keys   []keysRecord
	outbox []*message.MLSMessage
}

func (r *checkpointRecord) Wire(c *wire.Coder) {
	wire.Optional(c, &r.member, wire.Of[memberRecord])
	wire.Vector(c, &r.staged, wire.Of[stagedRecord])
	wire.Vector(c, &r.keys, wire.Of[keysRecord])
	wire.Vector(c, &r.outbox, func(c *wire.Coder, m **message.MLSMessage) {
		if c.Decoding() {
			*m = new(message.MLSMessage)
		}
		(*m).Wire(c)
	})
}

func (r *checkpointRecord) checkpoint() (_ *Checkpoint, err error) {
	p := &Checkpoint{Outbox: r.outbox}
	if r.member != nil {
		if p.Member, err = r.member.member(); err != nil {
			return nil, err
		}
	}
	for i := range r.staged {
		s, err := r.staged[i].of()
		if err != nil {
			return nil, fmt.Errorf("staged Commit %d: %w", i, err)
		}
		p.Staged = append(p.Staged, s)
	}
	for i := range r.keys {
		k, err := r.keys[i].of()
		if err != nil {
			return nil, fmt.Errorf("KeyPackage %d: %w", i, err)
		}
		p.Keys = append(p.Keys, k)
	}
	return p, nil
}

// Encode returns all that s is as bytes, which are as secret as its keys.
func (s *Staged) Encode() suite.Secret {
	r := recordOfStaged(s)
	return encodeState(stateStaged, &r)
}

// DecodeStaged returns what Encode has written down. The error is or wraps
// [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodeStaged(b []byte) (*Staged, error) {
	var r stagedRecord
	if err := decodeState(stateStaged, b, &r); err != nil {
		return nil, err
	}
	s, err := r.of()
	return s, stateError(stateStaged, err)
}

type stagedRecord struct {
	next     memberRecord
	commit   *message.MLSMessage
	added    []tree.LeafIndex
	welcomes []*message.Welcome
}

func (r *stagedRecord) Wire(c *wire.Coder) {
	r.next.Wire(c)
	wire.Optional(c, &r.commit, wire.Of[message.MLSMessage])
	wire.Vector(c, &r.added, wire.Uint32)
	wire.Vector(c, &r.welcomes, func(c *wire.Coder, w **message.Welcome) {
		if c.Decoding() {
			*w = new(message.Welcome)
		}
		(*w).Wire(c)
	})
}

func recordOfStaged(s *Staged) stagedRecord {
	return stagedRecord{recordOf(s.Next), s.Commit, s.Added, s.Welcomes}
}

func (r *stagedRecord) of() (*Staged, error) {
	next, err := r.next.member()
	if err != nil {
		return nil, err
	}
	return &Staged{Next: next, Commit: r.commit, Added: r.added, Welcomes: r.welcomes}, nil
}

// Encode returns all that k is as bytes, which are as secret as its keys.
func (k *KeyPackageKeys) Encode() suite.Secret {
	r := recordOfKeys(k)
	return encodeState(stateKeyPackage, &r)
}

// DecodeKeyPackageKeys returns what Encode has written down. The error is or wraps
// [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodeKeyPackageKeys(b []byte) (*KeyPackageKeys, error) {
	var r keysRecord
	if err := decodeState(stateKeyPackage, b, &r); err != nil {
		return nil, err
	}
	k, err := r.of()
	return k, stateError(stateKeyPackage, err)
}

type keysRecord struct {
	pkg        message.KeyPackage
	init, leaf suite.Secret
}

func (r *keysRecord) Wire(c *wire.Coder) {
	r.pkg.Wire(c)
	wire.Opaque(c, &r.init)
	wire.Opaque(c, &r.leaf)
}

func recordOfKeys(k *KeyPackageKeys) keysRecord {
	return keysRecord{*k.Package, k.Init.Bytes(), k.Leaf.Bytes()}
}

func (r *keysRecord) of() (*KeyPackageKeys, error) {
	s, err := suite.Get(r.pkg.CipherSuite)
	if err != nil {
		return nil, err
	}
	k := &KeyPackageKeys{Package: &r.pkg}
	if k.Init, err = s.ParseHPKEPrivateKey(r.init); err != nil {
		return nil, fmt.Errorf("init key: %w", err)
	}
	if k.Leaf, err = s.ParseHPKEPrivateKey(r.leaf); err != nil {
		return nil, fmt.Errorf("leaf key: %w", err)
	}
	if !bytes.Equal(k.Init.Public(), r.pkg.InitKey) || !bytes.Equal(k.Leaf.Public(), r.pkg.LeafNode.EncryptionKey) {
		return nil, errors.New("a private key is not that of the KeyPackage")
	}
	return k, nil
}

// Encode returns all that i is as bytes, which are as secret as its signature key.
func (i *Identity) Encode() suite.Secret {
	return encodeState(stateIdentity, &storedIdentity{i.Suite.ID, recordOfIdentity(i)})
}

// DecodeIdentity returns what Encode has written down. The error is or wraps
// [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodeIdentity(b []byte) (*Identity, error) {
	var r storedIdentity
	if err := decodeState(stateIdentity, b, &r); err != nil {
		return nil, err
	}
	s, err := suite.Get(r.suite)
	if err != nil {
		return nil, stateError(stateIdentity, err)
	}
	id, err := r.identity.of(s)
	return id, stateError(stateIdentity, err)
}

type storedIdentity struct {
	suite    spec.CipherSuite
	identity identityRecord
}

func (r *storedIdentity) Wire(c *wire.Coder) {
	wire.Uint16(c, &r.suite)
	r.identity.Wire(c)
}

// identityRecord is an Identity whose suite is known.
type identityRecord struct {
	credential tree.Credential
	signer     suite.Secret
}

func (r *identityRecord) Wire(c *wire.Coder) {
	r.credential.Wire(c)
	wire.Opaque(c, &r.signer)
}

func recordOfIdentity(i *Identity) identityRecord {
	return identityRecord{i.Credential, i.Signer.Bytes()}
}

func (r *identityRecord) of(s *suite.Suite) (*Identity, error) {
	signer, err := s.ParseSignatureKey(r.signer)
	if err != nil {
		return nil, fmt.Errorf("signature key: %w", err)
	}
	return &Identity{Suite: s, Credential: r.credential, Signer: signer}, nil
}
