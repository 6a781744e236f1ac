package model

// The states of a client in a group, and the events that lead from one to another.

// A Group is what anyone who follows a group knows: no secret is in it.
type Group struct {
	Context   GroupContext
	Tree      Tree
	Interim   Term           // interim_transcript_hash (RFC 9420, Section 8.2)
	Tag       Term           // confirmation tag of the Commit that began the epoch
	Proposals []SentProposal // of this epoch, in the order received
	Ended     *ReInit        // of the Commit that began the epoch and ended the group
}

// newGroup returns the group at the beginning of an epoch.
func newGroup(s *Store, context GroupContext, t Tree, tag Term) Group {
	return Group{Context: context, Tree: t, Interim: interimTranscriptHash(s, context.ConfirmedTranscriptHash, tag), Tag: tag}
}

// A Member is one client's state in one group: a value. It holds secrets: the
// client's signature key, Keys, Secrets, Ratchets, Updates, Past and PSKs.
type Member struct {
	Client   Client
	Leaf     LeafIndex
	Keys     Keys // Section 4.2
	Group         // public
	Secrets  Secrets
	Ratchets SecretTree
	Updates  []Update    // own ones in this epoch, in the order proposed
	Sent     uint64      // bytes of application data in this epoch
	Past     []PastEpoch // the newest first, at most as many as Bounds.PastEpochs
	PSKs     []PastPSK   // the newest first, at most as many as Bounds.PastPSKs
}

// An Event is what a client does or meets: one of the types below.
type Event interface {
	step(Member, *Env) (Member, Output, error)
}

type (
	// Propose proposes anything but an Update (Sections 12.1 and 13.2). The nonce of
	// a PSK that has none is drawn.
	Propose struct {
		Proposal Proposal
		Framing
	}
	// ProposeAdd proposes a new member (Section 12.1.1).
	ProposeAdd struct {
		KeyPackage KeyPackage
		Framing
	}
	// ProposeUpdate proposes a fresh leaf (Section 12.1.2); with a Client one that
	// says something else, or is signed with another key.
	ProposeUpdate struct {
		Client *Client
		Framing
	}
	// ProposeRemove proposes that a member leave (Section 12.1.3).
	ProposeRemove struct {
		Leaf LeafIndex
		Framing
	}
	// MakeCommit covers proposals of the epoch, then others by value (Section 12.4.1).
	// The nonces of PSKs among them that have none are drawn.
	MakeCommit struct {
		References []Term
		Values     []Proposal
		Path       bool
		Client     *Client // of the new leaf; nil: as it is
		Welcome    WelcomeOptions
		Framing
		linking bool // it sets up a group that comes from another
	}
	// Publish describes the epoch to those outside (Section 12.4.3).
	Publish struct{ GroupInfoOptions }
	// Reinitialize sets up the group that follows one which a ReInit has ended, with
	// all its members, by their KeyPackages (Section 11.2).
	Reinitialize struct {
		Client   *Client // in the new group; nil: as in the old one
		Packages []KeyPackage
		NoPath   bool // of the Commit that adds them
		Welcome  WelcomeOptions
	}
	// Branch sets up a group of some members (Section 11.3).
	Branch struct {
		GroupID  Term
		Packages []KeyPackage
		NoPath   bool // of the Commit that adds them
		Welcome  WelcomeOptions
	}
	// Receive processes a PublicMessage.
	Receive struct{ Message *PublicMessage }
	// Send protects application data (Section 15).
	Send struct {
		Data          string
		Authenticated string // authenticated_data, which everybody can read
	}
	// Open processes a PrivateMessage.
	Open struct{ Message *PrivateMessage }
	// Export derives a secret for a use outside of MLS (Section 8.5).
	Export struct{ Label, Context string }
)

// Output is what a step gives beside the next state.
type Output struct {
	Send       *Message       // for the group
	Welcomes   []*Welcome     // for those whom a Commit adds
	Next       *Member        // after MakeCommit: the state should the Commit be accepted; after Reinitialize and Branch: in the new group
	GroupInfo  *GroupInfo     // after Publish
	Data       string         // application data that was opened
	Sender     LeafIndex      // of the message that was received
	Custom     []SentProposal // the application's own that a Commit covers, in its order
	Exported   Term           // after Export
	Secrets    []Secret       // that came into being: premises before conclusions
	First      []Secret       // after Reinitialize and Branch: those of the epoch 0 that nobody else was in
	Alone      *Member        // after Reinitialize and Branch: the creator in that epoch
	Consumed   []Term         // secrets that the step used up and the next state does not hold (Section 9.2)
	MessageKey Term           // the key of the PrivateMessage in Send
	Cost       Cost
}

// Cost is the work that the step would be on real bytes. A signature is
// verified once for each message, KeyPackage, leaf of a KeyPackage or Update as
// it first arrives, leaf of a path, and leaf of a tree that one joins.
type Cost struct {
	Seals    int
	Opens    int
	Verifies int
}

// Step carries out an event. The member is left as it is; the result is the
// next state, unless there is an error: a [spec.Violations], or spec.ErrEpoch,
// ErrOwn, ErrRemoved. A refusal for a PSK that is not at hand wraps
// spec.ErrMissing.
func (m Member) Step(env *Env, e Event) (Member, Output, error) { return e.step(m, env) }

func (e Propose) step(m Member, env *Env) (Member, Output, error) {
	return m.propose(env, e.Proposal, e.Framing)
}

func (e ProposeAdd) step(m Member, env *Env) (Member, Output, error) {
	return m.propose(env, Add(e.KeyPackage), e.Framing)
}

func (e ProposeUpdate) step(m Member, env *Env) (Member, Output, error) {
	return m.proposeUpdate(env, e.Client, e.Framing)
}

func (e ProposeRemove) step(m Member, env *Env) (Member, Output, error) {
	return m.propose(env, Remove(e.Leaf), e.Framing)
}

func (e MakeCommit) step(m Member, env *Env) (Member, Output, error) { return m.makeCommit(env, e) }

func (e Publish) step(m Member, env *Env) (Member, Output, error) {
	return m.publish(env, e.GroupInfoOptions)
}

func (e Reinitialize) step(m Member, env *Env) (Member, Output, error) { return m.reinitialize(env, e) }

func (e Branch) step(m Member, env *Env) (Member, Output, error) { return m.branch(env, e) }

func (e Receive) step(m Member, env *Env) (Member, Output, error) { return m.receive(env, e.Message) }

func (e Send) step(m Member, env *Env) (Member, Output, error) { return m.send(env, e) }

func (e Open) step(m Member, env *Env) (Member, Output, error) { return m.open(env, e.Message) }

func (e Export) step(m Member, env *Env) (Member, Output, error) {
	return m.export(env, e.Label, e.Context)
}
