package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"mlssim/impl/interop/pb"
)

// A Party is a client under test, on which members live.
type Party struct {
	Letter string // by which scripts call it: A to Z
	Name   string // what it says it is
	Suites []uint32
	RPC    pb.MLSClientClient

	off []string // what it does not do: it has answered with Unimplemented
}

// Own is the letter, so to say, of this project's own clients.
const Own = "own"

func (p *Party) own() bool { return p.Letter == Own }

// can tells whether a party has not said yet that it cannot do something.
func (p *Party) can(what string) bool { return !slices.Contains(p.off, what) }

// Off returns what the party has answered with Unimplemented, or with nothing.
func (p *Party) Off() []string { return slices.Sorted(slices.Values(p.off)) }

// How the kinds of difference begin that are about a client which does not answer.
const (
	gone   = "gone at "
	silent = "no answer to "
)

// A refusal is what a client said when it refused a call.
type refusal struct {
	call string
	err  error
}

func (r *refusal) Unwrap() error { return r.err }

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %s", r.call, status.Convert(r.err).Message())
}

// cannot says that a client does not implement a call, or some use of it.
type cannot struct {
	who  *Party
	what string
}

func (c *cannot) Error() string { return fmt.Sprintf("%s does not implement %s", c.who.Letter, c.what) }

// ask calls a client. use names what is special about the call, if Unimplemented
// is to be about that and not about the call as such. An error is a refusal, a
// cannot, a Difference if the client did not answer at all, or that of ctx.
func ask[Q, R any](w *world, p *Party, use string, call func(pb.MLSClientClient, context.Context, *Q, ...grpc.CallOption) (*R, error), q *Q) (*R, error) {
	name := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", q), "*pb."), "Request")
	if use != "" {
		name += " " + use
	}
	base, _, _ := strings.Cut(name, " ")
	if !p.can(name) || w.known[[2]string{p.Letter, gone + base}] || w.known[[2]string{p.Letter, silent + base}] {
		return nil, &cannot{p, name}
	}
	w.calls++
	w.record(p, name, "asked", q)
	began := time.Now()
	r, err := call(p.RPC, w.ctx, q)
	if w.ctx.Err() != nil {
		return nil, w.ctx.Err()
	}
	switch code := status.Code(err); {
	case err == nil:
		w.record(p, name, "answered", r)
		return r, nil
	case code == codes.Unimplemented:
		p.off = append(p.off, name)
		return nil, &cannot{p, name}
	case code == codes.DeadlineExceeded:
		return nil, w.differs(p, silent+base, "%s has not answered %s for %v", p.Letter, name, time.Since(began).Round(time.Second))
	case code == codes.Unavailable:
		return nil, w.differs(p, gone+base, "%s is gone: at %s the connection ended (%s)", p.Letter, name, status.Convert(err).Message())
	default:
		w.record(p, name, "refused", nil)
		return nil, &refusal{name, err}
	}
}

// isRefusal tells whether a client has refused, as opposed to not answered.
func isRefusal(err error) bool {
	_, ok := errors.AsType[*refusal](err)
	return ok
}

// Direct returns a client of a server in the same process.
func Direct(s pb.MLSClientServer) pb.MLSClientClient { return pb.NewMLSClientClient(direct{s}) }

// direct is a connection without a network.
type direct struct{ server pb.MLSClientServer }

func (d direct) Invoke(ctx context.Context, method string, q, r any, _ ...grpc.CallOption) error {
	name := method[strings.LastIndexByte(method, '/')+1:]
	methods := pb.MLSClient_ServiceDesc.Methods
	i := slices.IndexFunc(methods, func(m grpc.MethodDesc) bool { return m.MethodName == name })
	if i < 0 {
		return status.Errorf(codes.Unimplemented, "no call %s", method)
	}
	answer, err := methods[i].Handler(d.server, ctx, func(v any) error {
		proto.Merge(v.(proto.Message), q.(proto.Message))
		return nil
	}, nil)
	if err != nil {
		return err
	}
	proto.Merge(r.(proto.Message), answer.(proto.Message))
	return nil
}

func (d direct) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "no streams")
}

// alive tells whether the client still answers.
func (p *Party) alive(ctx context.Context) bool {
	_, err := p.RPC.Name(ctx, &pb.NameRequest{})
	return err == nil
}
