package impl

import (
	"cmp"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Bounds limit what a client accepts, and what it sends; a zero field stands for
// its default. docs/bounds.md says what each costs.
type Bounds struct {
	Window      schedule.Window // RFC 9420, Section 15.3: generations skipped and kept
	MaxLifetime uint64          // seconds, RFC 9420, Section 7.2
	Expired     bool            // join a group some of whose leaves are outside of their lifetime (RFC 9420, Section 7.3)

	MaxMessage       int // bytes of a message, or of a ratchet tree that comes apart from one
	MaxAuthenticated int // bytes of authenticated_data
	MaxLeaves        int // of a tree that a GroupInfo brings
	MaxCovered       int // proposals that a Commit covers
	MaxPSKs          int // PSKs of a Commit or Welcome
	MaxNewcomers     int // entries of a Welcome

	MaxData    int    // bytes of an application message
	MaxSent    uint64 // bytes of application data that this client sends in an epoch
	Proposals  int    // that wait for a Commit
	PastEpochs int    // kept to read late application messages; 0 keeps none
	PastPSKs   int    // epochs whose resumption_psk is kept beside the present one; 0 keeps none
}

// Defaults of Bounds.
const (
	DefaultMaxLifetime      = 85 * 24 * 3600 // 84 days, and a day for clocks that differ
	DefaultMaxMessage       = 1 << 26        // a GroupInfo with a tree of DefaultMaxLeaves, at 512 bytes a member
	DefaultMaxAuthenticated = 1 << 16
	DefaultMaxLeaves        = 1 << 17
	DefaultMaxCovered       = DefaultProposals
	DefaultMaxPSKs          = 1 << 8
	DefaultMaxNewcomers     = DefaultMaxCovered // all that a Commit can add
	DefaultMaxData          = 1 << 24
	DefaultMaxSent          = 1 << 36 // as much as AES-GCM may encrypt under one key, if each message had the same
	DefaultProposals        = 1 << 14
)

// longest is what MaxMessage cannot exceed: what is signed of a message goes into
// a vector again, with the GroupContext behind it.
const longest = wire.MaxVector / 2

func (b *Bounds) maxLifetime() uint64   { return cmp.Or(b.MaxLifetime, DefaultMaxLifetime) }
func (b *Bounds) maxMessage() int       { return min(cmp.Or(b.MaxMessage, DefaultMaxMessage), longest) }
func (b *Bounds) maxAuthenticated() int { return cmp.Or(b.MaxAuthenticated, DefaultMaxAuthenticated) }
func (b *Bounds) maxLeaves() int        { return cmp.Or(b.MaxLeaves, DefaultMaxLeaves) }
func (b *Bounds) maxCovered() int       { return cmp.Or(b.MaxCovered, DefaultMaxCovered) }
func (b *Bounds) maxPSKs() int          { return cmp.Or(b.MaxPSKs, DefaultMaxPSKs) }
func (b *Bounds) maxNewcomers() int     { return cmp.Or(b.MaxNewcomers, DefaultMaxNewcomers) }
func (b *Bounds) maxData() int          { return cmp.Or(b.MaxData, DefaultMaxData) }
func (b *Bounds) maxSent() uint64       { return cmp.Or(b.MaxSent, DefaultMaxSent) }
func (b *Bounds) proposals() int        { return cmp.Or(b.Proposals, DefaultProposals) }

// Parse decodes an MLSMessage that came from outside (RFC 9420, Section 6), unless
// it is longer than Env allows: then nothing of it is looked at. It keeps no
// reference to b. The error is a [spec.Violation].
func Parse(env *Env, b []byte) (_ *message.MLSMessage, err error) {
	defer spec.Enter(env.Rec, "message.parse", &err)()
	if err := env.checkSize(len(b)); err != nil {
		return nil, err
	}
	msg := new(message.MLSMessage)
	if err := wire.Decode(b, msg); err != nil {
		return nil, err
	}
	return msg, nil
}

// admit refuses a message that [Parse] would have found too long, for those who
// decode in another way.
func (env *Env) admit(msg wire.Struct) error {
	n, err := wire.Size(msg)
	if err != nil {
		return err
	}
	return env.checkSize(n)
}

func (env *Env) checkSize(n int) error {
	return spec.Checkf(env.Rec, req.MessageSize, n <= env.maxMessage(), "%d bytes, at most %d", n, env.maxMessage())
}

// checkAuthenticated refuses authenticated_data that are longer than Env allows.
func (env *Env) checkAuthenticated(data []byte) error {
	return spec.Checkf(env.Rec, req.FramingAuthenticatedDataSize, len(data) <= env.maxAuthenticated(),
		"%d bytes, at most %d", len(data), env.maxAuthenticated())
}

// checkCovered refuses a Commit that covers more proposals than Env allows.
func (env *Env) checkCovered(n int) error {
	return spec.Checkf(env.Rec, req.CommitProposalsCount, n <= env.maxCovered(), "%d proposals, at most %d", n, env.maxCovered())
}

// checkPSKs refuses more PSKs than Env allows.
func (env *Env) checkPSKs(n int) error {
	return spec.Checkf(env.Rec, req.PSKLimit, n <= env.maxPSKs(), "%d PSKs, at most %d", n, env.maxPSKs())
}

// checkNewcomers refuses a Welcome for more new members than Env allows.
func (env *Env) checkNewcomers(w *message.Welcome) error {
	return spec.Checkf(env.Rec, req.WelcomeSecretsCount, len(w.Secrets) <= env.maxNewcomers(),
		"%d entries, at most %d", len(w.Secrets), env.maxNewcomers())
}
