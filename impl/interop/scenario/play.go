package scenario

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
)

// A play is a script on its way, with one cast.
type play struct {
	ctx     context.Context
	script  *Script
	suite   uint32 // of the present group
	private bool   // handshake messages
	plain   bool   // compares authenticators alone
	cast    map[string]*client.Client
	chance  *rand.ChaCha8 // group ids and PSKs

	groupID     []byte
	state       map[string]uint32 // by actor
	transaction map[string]uint32
	signer      map[string]uint32
	places      map[string]uint32 // of signers among the external senders
	committed   map[string]int    // the step of an actor's newest Commit
	left        []left            // of each step
	epochs      map[int]epoch     // by the step whose Commit began it

	reinitialized *future // by the newest ReInit
}

// left is what a step leaves for later ones.
type left struct {
	keyPackage, proposal, commit, welcome, tree []byte
	ciphertext, data, authenticated             []byte
	pskID, psk                                  []byte
}

// A Failure says where a script has failed.
type Failure struct {
	Step   int    `json:"step"` // -1 when the script was over
	Action string `json:"action"`
	Actor  string `json:"actor,omitempty"` // who was called
	RPC    string `json:"rpc,omitempty"`   // which call; empty if nobody refused, but actors differ
	Reason string `json:"error"`
}

// Error says it in a line.
func (f *Failure) Error() string {
	where := fmt.Sprintf("step %d, %s", f.Step, f.Action)
	if f.Step < 0 {
		where = f.Action
	}
	if f.Actor != "" {
		where += ", " + f.Actor
	}
	if f.RPC != "" {
		where += ", " + f.RPC
	}
	return where + ": " + f.Reason
}

// skipped is why a script cannot be played by a cast.
type skipped string

func (s skipped) Error() string { return string(s) }

// run plays all steps, and frees what is left.
func (p *play) run() error {
	var failed error
	for i := range p.script.Steps {
		if failed = p.step(i); failed != nil {
			break
		}
	}
	freed := p.free()
	if failed == nil && freed != nil {
		freed.Step, freed.Action = -1, "end"
		return freed
	}
	return failed
}

// step carries out a step.
func (p *play) step(i int) error {
	s := &p.script.Steps[i]
	err := steps[s.Action](p, i, s)
	if f, ok := err.(*Failure); ok {
		f.Step, f.Action = i, s.Action
	}
	return err
}

// steps are the actions.
var steps = map[string]func(*play, int, *Step) error{
	"createGroup": (*play).createGroup, "createKeyPackage": (*play).createKeyPackage, "joinGroup": (*play).joinGroup,
	"externalJoin": (*play).externalJoin, "installExternalPSK": (*play).installExternalPSK, "groupInfo": (*play).groupInfo,
	"addProposal": (*play).addProposal, "updateProposal": (*play).updateProposal, "removeProposal": (*play).removeProposal,
	"externalPSKProposal": (*play).externalPSKProposal, "resumptionPSKProposal": (*play).resumptionPSKProposal,
	"groupContextExtensionsProposal": (*play).extensionsProposal,
	"fullCommit":                     (*play).fullCommit, "commit": (*play).commit, "handleCommit": (*play).handleCommit,
	"handlePendingCommit": (*play).handlePendingCommit, "protect": (*play).protect, "unprotect": (*play).unprotect,
	"reinit": (*play).reinit, "branch": (*play).branch, "newMemberAddProposal": (*play).newMemberAddProposal,
	"addExternalSigner": (*play).addExternalSigner, "externalSignerProposal": (*play).externalSignerProposal,
}

// call asks the client that plays an actor.
func call[Q, R any](p *play, actor, name string, rpc func(pb.MLSClientClient, context.Context, Q, ...grpc.CallOption) (R, error), request Q) (R, error) {
	response, err := rpc(p.cast[actor].RPC, p.ctx, request)
	if err != nil {
		s := status.Convert(err)
		return response, &Failure{Actor: actor, RPC: name, Reason: s.Code().String() + ": " + s.Message()}
	}
	return response, nil
}

// differ is the failure of an actor that does not agree with the others.
func differ(actor, format string, args ...any) error {
	return &Failure{Actor: actor, Reason: fmt.Sprintf(format, args...)}
}

// random returns bytes that the seed of the run determines.
func (p *play) random(n int) []byte {
	b := make([]byte, n)
	p.chance.Read(b) // it has no end
	return b
}

// newGroupID returns a name for a group.
func (p *play) newGroupID() []byte { return []byte(hex.EncodeToString(p.random(16))) }

// An epoch is what those who are in it have to agree on.
type epoch struct {
	authenticator, exported []byte
}

// Exporting in each epoch.
const (
	exportLabel  = "mlssim interop"
	exportLength = 32
)

// arrive compares where an actor is after the Commit of a step with where others
// are: what it says of its authenticator, what StateAuth says, and a secret that it
// exports. The first to arrive sets the measure. In a plain play it is the first alone.
func (p *play) arrive(step int, actor string, authenticator []byte) error {
	now := epoch{authenticator: authenticator}
	if !p.plain {
		var err error
		if now, err = p.present(actor, authenticator); err != nil {
			return err
		}
	}
	want, known := p.epochs[step]
	switch {
	case len(now.authenticator) == 0:
		return differ(actor, "an empty epoch_authenticator")
	case !known:
		p.epochs[step] = now
	case !bytes.Equal(now.authenticator, want.authenticator):
		return differ(actor, "epoch_authenticator %x, others have %x", now.authenticator, want.authenticator)
	case !bytes.Equal(now.exported, want.exported):
		return differ(actor, "another exported secret than the others")
	}
	return nil
}

// present returns what an actor answers about its epoch, whose authenticator it has
// said already, unless that is nil.
func (p *play) present(actor string, authenticator []byte) (now epoch, err error) {
	id := p.state[actor]
	if now.authenticator, err = p.stateAuth(actor, id); err != nil {
		return now, err
	}
	if authenticator != nil && !bytes.Equal(authenticator, now.authenticator) {
		return now, differ(actor, "epoch_authenticator %x, and %x from StateAuth", authenticator, now.authenticator)
	}
	if now.exported, err = p.export(actor, id); err != nil {
		return now, err
	}
	if len(now.exported) != exportLength {
		return now, differ(actor, "%d bytes were exported, want %d", len(now.exported), exportLength)
	}
	return now, nil
}

// free lets the clients forget what the actors have last been in. It tries all.
func (p *play) free() (first *Failure) {
	for _, actor := range p.script.Actors {
		id, ok := p.state[actor]
		if !ok {
			continue
		}
		if f, ok := p.freeState(actor, id).(*Failure); ok && first == nil {
			first = f
		}
	}
	return first
}
