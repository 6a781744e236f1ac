package forge

import (
	"errors"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// An Entry is where an input comes in: an entry point, by the name that the
// registry has for it.
type Entry string

const (
	Decode            Entry = "decode"
	MessageReceive    Entry = "message.receive"
	ProposalReceive   Entry = "proposal.receive"
	CommitReceive     Entry = "commit.receive"
	KeyPackageReceive Entry = "key_package.receive"
	WelcomeJoin       Entry = "welcome.join"
	ExternalJoin      Entry = "external.join"

	// What a client does itself.
	KeyPackageSend  Entry = "key_package.send"
	ProposalSend    Entry = "proposal.send"
	CommitSend      Entry = "commit.send"
	ApplicationSend Entry = "application.send"
	GroupCreate     Entry = "group.create"
	GroupInfoMake   Entry = "group_info.make"
	GroupReInit     Entry = "group.reinit"
)

// An Input is what a client is given, or does.
type Input struct {
	To  *Client // a member, or who is to become one
	Raw []byte  // an encoded MLSMessage; nil for what the client does

	join     impl.JoinOptions
	packages []*impl.KeyPackageKeys // of the client; nil: the one of To
	local    func() error
}

// Give hands an input to its client, which does with it what the type of message
// asks for: it joins by a Welcome, or by a GroupInfo from outside, proposes to add
// the client of a KeyPackage, and receives everything else. It returns why the
// client refuses, or nil; a Commit that removes it is none.
func (g *Group) Give(in *Input) error {
	if in.local != nil {
		return in.local()
	}
	var msg message.MLSMessage
	if err := wire.Decode(in.Raw, &msg); err != nil {
		return err
	}
	err := g.give(in, &msg)
	if errors.Is(err, spec.ErrRemoved) {
		return nil
	}
	return err
}

func (g *Group) give(in *Input, msg *message.MLSMessage) error {
	c := in.To
	switch msg.WireFormat {
	case spec.WireWelcome:
		packages := in.packages
		if packages == nil {
			packages = []*impl.KeyPackageKeys{c.Keys}
		}
		_, _, err := impl.Join(g.Env, c.Identity, packages, msg.Welcome, in.join)
		return err
	case spec.WireGroupInfo:
		_, _, err := impl.JoinExternal(g.Env, c.Identity, msg.GroupInfo, impl.ExternalOptions{RatchetTree: in.join.RatchetTree, Groups: in.join.Groups})
		return err
	case spec.WireKeyPackage:
		_, _, err := c.Member.ProposeAdd(g.Env, msg.KeyPackage, spec.WirePublicMessage)
		return err
	}
	_, _, err := c.Member.Receive(g.Env, msg)
	return err
}

// given returns a message as the input of a member.
func (g *Group) given(to string, msg *message.MLSMessage) *Input {
	return &Input{To: g.at(to), Raw: wire.Encode(msg)}
}

// A State is how to bring a client to where an input reaches it.
type State struct {
	Client *Client
	Joins  bool                  // by Client.Welcome; else the input is for a client in no group
	Heard  []*message.MLSMessage // what it receives then, in this order
	PSKs   []schedule.PSK        // external
	Tree   []byte                // ratchet_tree, if the input needs it and has none
}

// State tells the state in which an input finds its client. The error is for one
// that has done more than listen.
func (g *Group) State(in *Input) (*State, error) {
	s := &State{Client: in.To, PSKs: g.psks, Tree: in.join.RatchetTree}
	if in.To.Member == nil {
		return s, nil
	}
	s.Joins = true
	for _, h := range g.heard[in.To.since:] {
		if h.by == in.To.Name {
			return nil, errors.New(in.To.Name + " has sent messages of its own")
		}
		s.Heard = append(s.Heard, h.msg)
	}
	return s, nil
}

// decoded returns the message of an input.
func (g *Group) decoded(in *Input) *message.MLSMessage {
	var msg message.MLSMessage
	g.ok(wire.Decode(in.Raw, &msg))
	return &msg
}
