package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mlssim/impl/interop"
	"mlssim/impl/suite"
	"mlssim/model"
	"mlssim/spec"
)

// newWorld returns a world in which nothing has happened. All chance of our own
// comes from the seed of the script.
func newWorld(ctx context.Context, parties []*Party, s *Script, now func() uint64) (*world, error) {
	cs, err := suite.Get(spec.CipherSuite(s.Suite))
	if err != nil {
		return nil, err
	}
	server := interop.New(interop.Config{Rand: rand.NewChaCha8(key(s.Seed, "own")), Now: now, GREASE: true})
	own := &Party{Letter: Own, Name: interop.DefaultName, RPC: Direct(server)}
	return &world{
		ctx: ctx, suite: cs, private: s.Private, parties: append([]*Party{own}, parties...), server: server,
		rand: rand.NewChaCha8(key(s.Seed, "forged")), now: now,
		store: model.NewStore(), names: map[string]model.Term{}, bytes: map[model.Term]string{}, terms: map[string]model.Term{},
		members: map[string]*member{}, proposals: map[string]*proposal{}, messages: map[string]*sent{},
		waiting: map[string]*invited{}, psks: map[string]psk{}, counts: map[string]int{},
	}, nil
}

// key returns that of a generator for one purpose.
func key(seed uint64, purpose string) (k [32]byte) {
	binary.BigEndian.PutUint64(k[:], seed)
	copy(k[8:], purpose)
	return k
}

// verbs carry steps out.
var verbs map[string]func(*world, *Step) error

func init() {
	verbs = map[string]func(*world, *Step) error{
		"create": (*world).create, "psk": (*world).storePSK, "propose": (*world).propose, "commit": (*world).commit,
		"external": (*world).external, "send": (*world).send, "read": (*world).read, "old": (*world).old,
		"case": (*world).catalogue, "sender": (*world).sender, "outside": (*world).outside, "knock": (*world).knock,
		"branch": (*world).branch, "reinit": (*world).reinit,
	}
}

// do carries out one step. It tells whether there was anything to do.
func (w *world) do(at int, s *Step) (bool, error) {
	w.at, w.line = at, s.String()
	f, ok := verbs[s.Verb]
	if !ok {
		return false, fmt.Errorf("there is no step %q", s.Verb)
	}
	err := f(w, s)
	if c, not := errors.AsType[*cannot](err); not {
		w.tally("not implemented: " + c.what)
		w.ended = w.ended || w.broken(c)
		return false, nil
	}
	if errors.Is(err, errSkip) {
		return false, nil
	}
	return true, err
}

// broken tells whether a group cannot go on without a call that a client has not
// got: the others have gone on already.
func (w *world) broken(c *cannot) bool {
	for _, call := range []string{"HandleCommit", "HandlePendingCommit", "JoinGroup", "JoinGroup with ratchet_tree", "HandleReInitCommit that ends the group"} {
		if c.what == call {
			return true
		}
	}
	return false
}

// close lets clients forget what they hold.
func (w *world) close() {
	for _, name := range w.order {
		if m := w.members[name]; !m.party.own() {
			w.free(m.party, m.id)
		}
	}
}

// record writes down what was asked or answered.
func (w *world) record(p *Party, call, what string, v any) {
	if w.trace == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "step %d: %s %s %s", w.at, p.Letter, what, call)
	if m, ok := v.(proto.Message); ok && m != nil {
		show(&b, m.ProtoReflect())
	}
	*w.trace = append(*w.trace, b.String())
}

// show writes the fields of a message, bytes in hex.
func show(b *strings.Builder, m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		fmt.Fprintf(b, " %s=", f.Name())
		if f.IsList() {
			for i := range v.List().Len() {
				showOne(b, f, v.List().Get(i))
			}
		} else {
			showOne(b, f, v)
		}
		return true
	})
}

func showOne(b *strings.Builder, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch f.Kind() {
	case protoreflect.BytesKind:
		fmt.Fprintf(b, "[%x]", v.Bytes())
	case protoreflect.MessageKind:
		b.WriteString("{")
		show(b, v.Message())
		b.WriteString(" }")
	default:
		fmt.Fprint(b, v.Interface())
	}
}
