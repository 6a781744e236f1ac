// Package sim is a discrete-event simulator of groups: members that come and
// go online, a delivery service, an adversary who takes their state. It knows
// MLS only through the interfaces of this file, and can therefore be tested
// with a toy group, and run on symbols, on real bytes, or on both at once.
package sim

import "errors"

// ClientID names a client: the number of its appearance in the run.
type ClientID uint32

// StepID numbers the steps of a run that create something. What a step creates
// is named after it, so that commits that lose a race, or live on different
// branches, never share a name.
type StepID uint32

// Start is the time at which every run begins, in seconds since 1970: the first
// second of 2026. Only lifetimes of leaves depend on it.
const Start = 1767225600

// A Backend is one way to carry out MLS: with symbols or with bytes.
type Backend interface {
	// Publish makes a fresh KeyPackage for a client (RFC 9420, Section 10).
	Publish(StepID, ClientID) (KeyPackage, error)
	// PublishLast makes one of last resort, which may be used again (Section 16.8).
	PublishLast(StepID, ClientID) (KeyPackage, error)
	// Create makes a group of one (RFC 9420, Section 11).
	Create(StepID, ClientID) (Machine, error)
	// Join enters a group by a KeyPackage that the client published and has not used
	// up (RFC 9420, Section 12.4.3.1). The Output's Consumed names what the client
	// deletes by joining: not the keys of a KeyPackage of last resort.
	Join(ClientID, Welcome) (Machine, Output, error)
	// JoinExternal makes a Commit by which a client adds itself to the group that a
	// GroupInfo describes (Section 12.4.3.2): it goes on with Output.Next if the Commit
	// is accepted.
	JoinExternal(StepID, ClientID, Message, External) (Output, error)
	// Store lists what a client holds outside any group: the private keys of
	// KeyPackages that it has published and not used, and the PSKs that it was given.
	Store(ClientID) []Held
	// Share gives a PSK of the application's to clients. It is named by the step that
	// made it, which is drawn at the first call; id is what it is called on the wire.
	Share(made StepID, id string, to ...ClientID) error
	// Retain says what a client keeps of epochs that end from now on.
	Retain(ClientID, Retention)
	// Adversary returns the one observer of this backend's runs.
	Adversary() Adversary
	// Names returns every secret made so far, in the order of Name.Compare.
	Names() []Name
}

// A Grouping backend can have several groups.
type Grouping interface {
	// CreateIn is Create for a group of another name than that of the first.
	CreateIn(StepID, ClientID, string) (Machine, error)
}

// createIn lets a backend make a group of another name, if it can.
func createIn(b Backend, step StepID, c ClientID, group string) (Machine, error) {
	g, ok := b.(Grouping)
	if !ok {
		return nil, errors.New("this engine has one group")
	}
	return g.CreateIn(step, c, group)
}

// A Linking backend can have groups that come from others.
type Linking interface {
	// JoinFrom is Join for a group that comes from another one, in which the client has
	// this state; nil if it has none.
	JoinFrom(ClientID, Welcome, Machine) (Machine, Output, error)
}

// joinFrom lets a backend join a group that comes from another, if it can.
func joinFrom(b Backend, c ClientID, w Welcome, from Machine) (Machine, Output, error) {
	l, ok := b.(Linking)
	if !ok {
		return nil, Output{}, errors.New("this engine knows of no groups that come from others")
	}
	return l.JoinFrom(c, w, from)
}

// KeyPackage, Message and Welcome belong to the backend that made them.
type (
	KeyPackage any
	Message    any
	Welcome    any
)

// A Machine is one client's state in one group: a value. Step leaves it as it
// is and returns another. Nobody may send twice from the same Machine.
type Machine interface {
	// Step carries out one input. A refused input gives an error and no Machine:
	// a [spec.Violation], [spec.Violations] or one of spec's sentinels. After a
	// Handle that removes the client, Machine is nil and Output.Removed is set.
	Step(Input) (Machine, Output, error)
	View() View
	// Secrets lists all that a compromise takes now, in the order of Name.Compare.
	Secrets() []Held
}

// Input is what a client is told to do: one of the types below.
type Input interface{ input() }

type (
	// ProposeUpdate proposes a fresh leaf (RFC 9420, Section 12.1.2).
	ProposeUpdate struct {
		Step    StepID
		Private bool // as are those that follow: as a PrivateMessage (Section 6.3)
	}
	// ProposeAdd proposes a new member (Section 12.1.1).
	ProposeAdd struct {
		Step       StepID
		KeyPackage KeyPackage
		Private    bool
	}
	// ProposeRemove proposes that the member at Leaf leave (Section 12.1.3).
	ProposeRemove struct {
		Step    StepID
		Leaf    uint32
		Private bool
	}
	// Commit ends the epoch (Section 12.4.1). It covers the pending proposals
	// unless Omit, by reference and in the order received, then Removes, Adds and PSKs
	// by value in the order given. Of pending proposals it leaves out the
	// committer's own Updates, Removes of the committer, Updates of a leaf that
	// is also removed, all but the newest Update of a leaf, all but the first
	// Remove of one, and a Remove that is also given by value.
	Commit struct {
		Step    StepID
		Removes []uint32
		Adds    []KeyPackage
		PSKs    []PSK
		NoPath  bool
		Omit    bool
		Private bool
		// Signature is the version of the committer's signature key, from 1, that its
		// new leaf has and what it signs from then on; 0: the present one.
		Signature uint32
		// ReInit ends the group in favour of another of that name, with the same
		// parameters; empty: it does not.
		ReInit string
	}
	// ProposeReInit proposes to end the group in favour of another of that name, with
	// the same parameters (Section 12.1.5).
	ProposeReInit struct {
		Step    StepID
		Group   string
		Private bool
	}
	// Found sets up a group that comes from this one: the one that a ReInit has named,
	// with all members (Section 11.2), or else a subgroup of this name (Section 11.3).
	// It is made in two steps, which draw apart: its creation, named First, and the Commit
	// that adds the others. The Machine stays as it is; Output.First is the creator's state in
	// the first epoch, Output.Next that in the second.
	Found struct {
		First, Step StepID
		Adds        []KeyPackage
		Group       string // of a subgroup; empty after a ReInit
		NoPath      bool
	}
	// Describe makes a GroupInfo by which others can join (Section 12.4.3).
	Describe struct{}
	// Export derives a secret by a label (Section 8.5), which the client holds as a PSK of
	// that id from then on. It is named by the step that first did so.
	Export struct {
		Step StepID
		ID   string
	}
	// Handle processes another member's proposal or commit.
	Handle struct{ Message Message }
	// Send protects application data (Section 15).
	Send struct {
		Step StepID
		Data []byte
	}
	// Open reads another member's application message.
	Open struct{ Message Message }
)

// A PSK names a pre-shared key (Section 8.4): an external one by its id, or, with
// none, the resumption PSK of an epoch of the group.
type PSK struct {
	ID    string
	Epoch uint64
}

// External is what an external Commit has beside the new leaf.
type External struct {
	Remove *uint32 // the client's own former leaf
	PSKs   []PSK   // external ones
}

// Retention says what a client keeps of epochs that are over.
type Retention struct {
	PSKs    int // epochs whose resumption PSK is kept
	Epochs  int // epochs whose late application messages can be read
	Skipped int // keys of messages that have not come, for each sender; 0: as many as ever needed; negative: none
}

func (ProposeUpdate) input() {}
func (ProposeAdd) input()    {}
func (ProposeRemove) input() {}
func (Commit) input()        {}
func (ProposeReInit) input() {}
func (Found) input()         {}
func (Describe) input()      {}
func (Export) input()        {}
func (Handle) input()        {}
func (Send) input()          {}
func (Open) input()          {}

// Output is what a step gives beside the next Machine.
type Output struct {
	Send     Message // for the group, if any
	Welcome  Welcome // for those whom a Commit adds, if any
	Next     Machine // after Commit: the committer's state should the Commit be accepted; after Found: in the new group
	First    Machine // after Found: the creator's state in the epoch that nobody else is in
	Data     []byte  // after Open: what was read
	Removed  bool    // after Handle: the commit removed this client
	Consumed []Name  // secrets that this client used up and no longer holds, sorted
	Cost     Cost
}

// Cost is the work of one step.
type Cost struct {
	Seals    int // HPKE encryptions
	Opens    int // HPKE decryptions
	Verifies int // signatures verified
	Bytes    int // size of Output.Send on the wire; 0 where there are no bytes
	Welcome  int // size of Output.Welcome on the wire
}

// A View is what a client believes about its group. Two backends that carry out
// the same steps must show equal Views.
type View struct {
	Epoch     uint64
	Leaf      uint32
	Members   []Member // by leaf
	Parents   []Parent // the parent nodes that are not blank, by index
	Agreement Name     // the epoch_authenticator: equal iff two members agree on the epoch
	Follows   string   // the group that a ReInit has named when it ended this one; else empty
}

// A Member is an occupied leaf.
type Member struct {
	Leaf   uint32
	Client ClientID
	Key    Name // its encryption key
}

// A Parent is a node that is not blank, with the leaves unmerged at it.
type Parent struct {
	Node     uint32 // RFC 9420, Appendix C
	Key      Name
	Unmerged []uint32
}

// An Adversary sees all traffic and takes what compromises give. What it knows
// never shrinks.
type Adversary interface {
	// Observe shows it a message, as it goes to the delivery service.
	Observe(Message)
	// Welcome shows it a Welcome.
	Welcome(Welcome)
	// Take gives it secrets.
	Take([]Name)
	// Learned returns what it has come to know since the last call, sorted.
	Learned() []Name
	// Knows tells whether it knows a secret by now.
	Knows(Name) bool
	// Reads tells whether it can read an application message by now.
	Reads(Message) bool
}

// A Deriver can say by which rule it came to know a secret. The Rule of what
// was taken has the ID "taken" and no premises.
type Deriver interface {
	Why(Name) (Rule, bool)
}

// A Replayer carries out a derivation on real bytes: it fails unless the rule,
// applied to bytes that it was given or has replayed before, gives the real
// bytes of its conclusion.
type Replayer interface {
	Replay(Rule) error
}

// RuleTaken is the ID of the Rule of what was taken.
const RuleTaken = "taken"

// A Helped adversary tells how many of the messages that it reads it was helped
// with: it had the key, and was given a number of 32 bits that it would have had
// to guess.
type Helped interface{ Given() int }

// A Rule says that whoever knows all of From can compute To.
type Rule struct {
	ID   string // row of the table of derivation rules in docs/rules.md: "T4"
	From []Name
	To   Name
	// At locates what else the derivation reads: for T4 the index of the path
	// node and of the ciphertext within it, for W1 and W2 that of the
	// EncryptedGroupSecrets in the Welcome.
	At [2]uint32
}
