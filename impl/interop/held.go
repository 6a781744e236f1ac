package interop

import (
	"maps"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// A thing is what an id can stand for. Things are values: a call that changes one
// puts another into the slot.
type thing interface {
	what() string // also of a nil pointer
}

// A state is a client in a group.
type state struct {
	member *impl.Member
	format spec.WireFormat // of the client's handshake messages
	psks   psks

	// The proposals of this epoch, made or received, by the bytes of their messages:
	// a client cannot decrypt what it has encrypted itself, and nobody decrypts a
	// message twice, but callers hand in the same ones again.
	seen map[string]message.ProposalRef

	staged *impl.Staged // a Commit that waits to be accepted; nil if there is none
}

// A pendingJoin is a client whose KeyPackage waits for a Welcome.
type pendingJoin struct {
	identity *impl.Identity
	keys     *impl.KeyPackageKeys
	psks     psks
}

// A successor is a client whose group has ended, and that waits for the next one.
type successor struct {
	ended    *state
	identity *impl.Identity // in the next group
	keys     *impl.KeyPackageKeys
}

// An outsider may send proposals to groups that it is not in.
type outsider struct {
	identity *impl.Identity
}

func (*state) what() string       { return "a state" }
func (*pendingJoin) what() string { return "a KeyPackage that waits for its Welcome" }
func (*successor) what() string   { return "a group that waits for its successor" }
func (*outsider) what() string    { return "an external signer" }

// psks are external PSKs by their ids. They are never changed.
type psks map[string]suite.Secret

func (p psks) with(id, secret []byte) psks {
	after := maps.Clone(p)
	if after == nil {
		after = psks{}
	}
	after[string(id)] = secret
	return after
}

// handshake returns the wire format that a request asks for.
func handshake(encrypt bool) spec.WireFormat {
	if encrypt {
		return spec.WirePrivateMessage
	}
	return spec.WirePublicMessage
}

// after returns the state of the same epoch after a proposal with this message.
func (st *state) after(m *impl.Member, msg []byte, ref message.ProposalRef) *state {
	next := *st
	next.member = m
	next.seen = maps.Clone(st.seen)
	if next.seen == nil {
		next.seen = map[string]message.ProposalRef{}
	}
	next.seen[string(msg)] = ref
	return &next
}

// entered returns the client's state in another epoch, or in a group that comes
// from this one. A Commit of its own that waited is lost.
func (st *state) entered(m *impl.Member) *state {
	return &state{member: m, format: st.format, psks: st.psks}
}

// own returns the member's own leaf.
func (st *state) own() *tree.LeafNode { return st.member.Tree().Leaf(st.member.Leaf()) }

// receive returns the state with proposals that others, or the client itself, have
// made, and their references.
func (s *Server) receive(field string, st *state, list [][]byte) (*state, []message.ProposalRef, error) {
	env := s.env(st.psks)
	refs := make([]message.ProposalRef, len(list))
	for i, b := range list {
		ref, ok := st.seen[string(b)]
		if !ok {
			msg, err := framed(at(field, i), b, spec.ContentProposal)
			if err != nil {
				return nil, nil, err
			}
			m, out, err := st.member.Receive(env, msg)
			if err != nil {
				return nil, nil, refused(at(field, i), err)
			}
			ref = out.Proposal
			st = st.after(m, b, ref)
		}
		refs[i] = ref
	}
	return st, refs, nil
}
