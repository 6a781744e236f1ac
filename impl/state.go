package impl

import (
	"bytes"
	"errors"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// What a client is, written down: one byte string, which is there whole or not at
// all, so that no crash leaves half a step. RFC 9420 leaves the form to the
// implementation; docs/state.md describes this one. A change to it changes
// stateVersion, and the program reads what the versions before have written.

// Why a byte string is no state.
var (
	ErrStateDamaged = errors.New("not what was written down")         // go back to the copy of before
	ErrStateVersion = errors.New("written by a version not known")    // by a later release
	ErrStateKind    = errors.New("another kind of state is expected") // it was given to the wrong Decode
)

const (
	stateMagic          = "mlssim"
	stateVersion uint16 = 1
)

// A stateKind says what a byte string is the state of.
type stateKind uint8

const (
	stateMember stateKind = iota + 1
	statePublicGroup
	stateStaged
	stateKeyPackage
	stateIdentity
	stateCheckpoint
)

func (k stateKind) String() string {
	names := [...]string{"Member", "PublicGroup", "Staged", "KeyPackageKeys", "Identity", "Checkpoint"}
	if k == 0 || int(k) > len(names) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return names[k-1]
}

// stateFile is the outermost structure. What comes before the body stays as it is
// in every version.
type stateFile struct {
	magic   [len(stateMagic)]byte
	kind    stateKind
	version uint16
	body    suite.Secret
	sum     []byte // of all before it: tells a torn write from a whole one
}

func (f *stateFile) head(c *wire.Coder) {
	wire.Fixed(c, f.magic[:])
	wire.Uint8(c, &f.kind)
	wire.Uint16(c, &f.version)
}

func (f *stateFile) Wire(c *wire.Coder) {
	f.head(c)
	wire.Opaque(c, &f.body)
	wire.Opaque(c, &f.sum)
}

// checksum is SHA-256: that of the first suite.
func (f *stateFile) checksum() []byte {
	unsummed := *f
	unsummed.sum = nil
	return suite.All()[0].Hash(wire.Encode(&unsummed))
}

// encodeState writes a record down.
func encodeState(kind stateKind, record wire.Struct) suite.Secret {
	spec.At(nil, "state.store")
	f := stateFile{kind: kind, version: stateVersion, body: wire.Encode(record)}
	copy(f.magic[:], stateMagic)
	f.sum = f.checksum()
	return wire.Encode(&f)
}

// stateHead is what can be read of a state of any version.
type stateHead stateFile

func (f *stateHead) Wire(c *wire.Coder) { (*stateFile)(f).head(c) }

// decodeState fills a record. First of all it looks whose state it is and of what
// version, then whether it is whole.
func decodeState(kind stateKind, b []byte, record wire.Struct) error {
	var head stateHead
	if _, err := wire.DecodePrefix(b, &head); err != nil || string(head.magic[:]) != stateMagic {
		return fmt.Errorf("state of a %v: %w: it does not begin with %q", kind, ErrStateDamaged, stateMagic)
	}
	if head.version != stateVersion {
		return fmt.Errorf("state of a %v: %w: version %d, known is %d", kind, ErrStateVersion, head.version, stateVersion)
	}
	if head.kind != kind {
		return fmt.Errorf("state of a %v: %w: this is one of a %v", kind, ErrStateKind, head.kind)
	}
	var f stateFile
	if err := wire.Decode(b, &f); err != nil {
		return fmt.Errorf("state of a %v: %w: %w", kind, ErrStateDamaged, err)
	}
	if !bytes.Equal(f.sum, f.checksum()) {
		return fmt.Errorf("state of a %v: %w: the checksum is another", kind, ErrStateDamaged)
	}
	if err := wire.Decode(f.body, record); err != nil {
		return stateError(kind, err)
	}
	return nil
}

// stateError says that something in the body cannot be.
func stateError(kind stateKind, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("state of a %v: %w: %w", kind, ErrStateDamaged, err)
}
