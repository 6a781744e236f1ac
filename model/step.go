package model

// The states of a client in a group, and the events that lead from one to another.

// A Group is what anyone who follows a group knows: no secret is in it.
type Group struct {
	Context   GroupContext
	Tree      Tree
	Interim   Term           // interim_transcript_hash (RFC 9420, Section 8.2)
	Proposals []SentProposal // of this epoch, in the order received
}

// newGroup returns the group at the beginning of an epoch.
func newGroup(s *Store, context GroupContext, t Tree, tag Term) Group {
	return Group{Context: context, Tree: t, Interim: interimTranscriptHash(s, context.ConfirmedTranscriptHash, tag)}
}

// A Member is one client's state in one group: a value. It holds secrets: the
// client's signature key, Keys, Secrets, Ratchets and Updates.
type Member struct {
	Client   Client
	Leaf     LeafIndex
	Keys     Keys // Section 4.2
	Group         // public
	Secrets  Secrets
	Ratchets SecretTree
	Updates  []Term // leaf keys of own Updates in this epoch, in the order proposed
}

// An Event is what a client does or meets: one of the types below.
type Event interface {
	step(Member, *Env) (Member, Output, error)
}

type (
	// ProposeAdd proposes a new member (Section 12.1.1).
	ProposeAdd struct{ KeyPackage KeyPackage }
	// ProposeUpdate proposes a fresh leaf (Section 12.1.2).
	ProposeUpdate struct{}
	// ProposeRemove proposes that a member leave (Section 12.1.3).
	ProposeRemove struct{ Leaf LeafIndex }
	// MakeCommit covers proposals of the epoch, then others by value (Section 12.4.1).
	MakeCommit struct {
		References []Term
		Values     []Proposal
		Path       bool
	}
	// Receive processes a proposal or Commit of another member.
	Receive struct{ Message *PublicMessage }
	// Send protects application data (Section 15).
	Send struct{ Data string }
	// Open reads an application message of another member.
	Open struct{ Message *PrivateMessage }
)

// Output is what a step gives beside the next state.
type Output struct {
	Send       *Message // for the group
	Welcome    *Welcome // for those whom a Commit adds
	Next       *Member  // after MakeCommit: the state should the Commit be accepted
	Data       string   // after Open
	Secrets    []Secret // that came into being: premises before conclusions
	Consumed   []Term   // secrets that the step used up and the next state does not hold (Section 9.2)
	MessageKey Term     // after Send: the key of the message
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
// ErrOwn, ErrRemoved.
func (m Member) Step(env *Env, e Event) (Member, Output, error) { return e.step(m, env) }

func (e ProposeAdd) step(m Member, env *Env) (Member, Output, error) {
	return m.propose(env, Add(e.KeyPackage))
}

func (ProposeUpdate) step(m Member, env *Env) (Member, Output, error) { return m.proposeUpdate(env) }

func (e ProposeRemove) step(m Member, env *Env) (Member, Output, error) {
	return m.propose(env, Remove(e.Leaf))
}

func (e MakeCommit) step(m Member, env *Env) (Member, Output, error) { return m.makeCommit(env, e) }

func (e Receive) step(m Member, env *Env) (Member, Output, error) { return m.receive(env, e.Message) }

func (e Send) step(m Member, env *Env) (Member, Output, error) { return m.send(env, e.Data) }

func (e Open) step(m Member, env *Env) (Member, Output, error) { return m.open(env, e.Message) }
