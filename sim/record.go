package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
)

// A Record is one line of a run's history. The history says who did what when
// and what the adversary came to know by it; it holds no bytes of a message, so
// that every engine writes the same history of the same plan.
type Record struct {
	N       int      `json:"n"` // from 1
	At      Time     `json:"at_ns"`
	What    What     `json:"what"`
	Who     string   `json:"who,omitempty"`
	Whom    []string `json:"whom,omitempty"`
	Step    StepID   `json:"step,omitempty"`
	Epoch   uint64   `json:"epoch"`             // the group's, or the member's own if Who is a member
	Secrets []string `json:"secrets,omitempty"` // learned, in the order of Name.Compare
	Cause   string   `json:"cause,omitempty"`   // of a heal
	Branch  string   `json:"branch,omitempty"`  // of a group that was forked
}

// What happened, in a [Record].
type What string

const (
	DidCreate    What = "create"
	DidPublish   What = "publish" // a KeyPackage
	DidPropose   What = "propose" // Whom: a member to be removed; nobody for an Update
	DidCommit    What = "commit"  // staged and sent; Whom: those whom it adds or removes by value
	DidAccept    What = "accept"  // the commit is in the log: the epoch begins
	DidRefuse    What = "refuse"  // the commit or proposal came after the end of its epoch
	DidProcess   What = "process" // a commit or proposal from the log
	DidJoin      What = "join"
	DidLeave     What = "leave" // processed its own removal, and wiped its state
	DidSend      What = "send"
	DidRead      What = "read"
	DidMiss      What = "miss" // an application message of another epoch than its own
	DidOnline    What = "online"
	DidOffline   What = "offline"
	DidFreeze    What = "freeze"
	DidThaw      What = "thaw"
	DidHoard     What = "hoard"
	DidBadRandom What = "badrandom" // what the client draws next is known
	DidShare     What = "share"     // a PSK of the application's
	DidExport    What = "export"    // the members of an epoch have exported a secret
	DidSnapshot  What = "snapshot"
	DidWatch     What = "watch" // a live compromise begins
	DidUnwatch   What = "unwatch"
	DidFork      What = "fork"     // Whom: the branch that begins
	DidClose     What = "close"    // Whom: the branch that its members leave
	DidRollback  What = "rollback" // to an epoch before, to follow the commit of Step
	DidStrand    What = "strand"   // the client can no longer do that
	DidRevoke    What = "revoke"   // the Authentication Service, all but Who's newest signature key
	DidForge     What = "forge"    // Who: in whose name
	DidDrop      What = "drop"     // the delivery service gives the message of Step to nobody
	DidReject    What = "reject"   // a message that it was given
	DidNothing   What = "nothing"  // a compromise found nothing to take
	DidLearn     What = "learn"
	DidLeak      What = "leak" // Epoch leaks
	DidHeal      What = "heal" // Who was compromised and Epoch is the first safe one
)

// history writes records as NDJSON, one object a line, and keeps the SHA-256 of
// what it has written.
type history struct {
	to  io.Writer // nil: nowhere
	sum hash.Hash
	n   int
	err error // the first of to
}

func newHistory(to io.Writer) *history {
	return &history{to: to, sum: sha256.New()}
}

func (h *history) add(r Record) {
	h.n++
	r.N = h.n
	line, err := json.Marshal(r)
	if err != nil {
		panic("sim: a record that is not JSON: " + err.Error()) // strings and integers always are
	}
	line = append(line, '\n')
	h.sum.Write(line)
	if h.to != nil && h.err == nil {
		_, h.err = h.to.Write(line)
	}
}

func (h *history) digest() string {
	return hex.EncodeToString(h.sum.Sum(nil))
}
