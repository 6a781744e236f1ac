package sim

import (
	"fmt"
	"strings"
)

// A Forgery is a message that the adversary is to make in the name of a client.
// Nothing that it makes keeps to any rule; whether a receiver accepts it is for the
// receiver to say.
type Forgery struct {
	Step  StepID // what it draws is named after this step
	Kind  ForgeryKind
	Epoch StepID   // the step that began the epoch in which it is made
	As    ClientID // who is impersonated
	// Outside tells that the client is an external sender, and the proposal its own.
	// Leaf is then its place among those.
	Outside bool
	Leaf    uint32 // where that one is in the group

	// Versions is the newest of the client's signature keys, counted from 0.
	Versions uint32

	Info    Message      // that an external Commit is made of
	Adds    []KeyPackage // of a Commit, an Add or a Welcome
	Removes []uint32     // of a Commit or a Remove; of an external Commit one at most
	Garbage []uint32     // members for whom the path of a Commit holds garbage

	PSKs []ForgedPSK // that a Commit covers, each once

	// Private tells that it goes out as a PrivateMessage, under the key of a Generation of
	// the handshake ratchet of who is impersonated: the next that is not used.
	Private    bool
	Generation uint32
	// Oracle tells that the client's device signs whatever it is asked to, with its
	// present key.
	Oracle bool
	// Guess lets it put random bytes in the place of what it lacks.
	Guess bool
}

// A ForgedPSK is a PSK that a forged Commit covers, and the secret that it is.
type ForgedPSK struct {
	PSK
	Secret Name
}

// HandshakeKey names the key under which a PrivateMessage goes out.
func (f *Forgery) HandshakeKey() Name {
	return Name{Kind: HandshakeKey, Origin: f.Epoch, Index: f.Leaf, Gen: f.Generation}
}

// ForgeryKind is what a [Forgery] is to be.
type ForgeryKind uint8

const (
	ForgedCommit    ForgeryKind = iota + 1 // with a path, of Removes and Adds by value
	ForgedUpdate                           // of the leaf of who is impersonated
	ForgedAdd                              // of one KeyPackage
	ForgedRemove                           // of one member
	ForgedGroupInfo                        // with keys of the adversary's
	ForgedWelcome                          // to an epoch that there is not, for the client of a KeyPackage

	// What follows is not from a leaf of the group.

	ForgedKeyPackage // of the client
	ForgedExternal   // a Commit by which the client joins
	ForgedIdentity   // no message: the Authentication Service accepts one more key for the client
)

var forgeryKinds = [...]string{
	ForgedCommit: "Commit", ForgedUpdate: "Update", ForgedAdd: "Add", ForgedRemove: "Remove", ForgedWelcome: "Welcome",
	ForgedGroupInfo: "GroupInfo", ForgedKeyPackage: "KeyPackage", ForgedExternal: "external Commit", ForgedIdentity: "identity",
}

// ByMember tells whether the message is signed with the key of a leaf of the group.
func (k ForgeryKind) ByMember() bool { return k <= ForgedWelcome }

// String returns what the message is called.
func (k ForgeryKind) String() string { return forgeryKinds[k] }

// Forged is what became of a [Forgery].
type Forged struct {
	Message    Message // for the group
	Welcome    Welcome // for those whom a Commit adds, if any
	KeyPackage KeyPackage
}

// A Forger is an adversary that makes messages of what it holds. The error is a
// [*Lacking] if it lacks something.
type Forger interface {
	Forge(Forgery) (Forged, error)
}

// Lacking tells what an adversary lacks for a forgery.
type Lacking struct {
	Rule    string // row of the table in docs/rules.md
	Missing []Name
}

// Error names the rule and what is missing.
func (e *Lacking) Error() string {
	names := make([]string, len(e.Missing))
	for i, n := range e.Missing {
		names[i] = n.String()
	}
	return fmt.Sprintf("the adversary lacks %s (rule %s)", strings.Join(names, " and "), e.Rule)
}
