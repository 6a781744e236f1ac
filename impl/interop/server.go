// Package interop serves the official gRPC interface of MLS clients under test,
// whose 34 calls are those of package pb, over package impl.
//
// One process plays any number of clients, which do not know of each other: each
// is what one id stands for. What an id stands for is a [impl.Member], a
// KeyPackage that waits for its Welcome, a group that waits for its successor, or
// somebody outside who may send proposals. A call takes it, steps, and puts back
// what came of the step; a call that fails changes nothing.
//
// It is for tests: it hands out private keys, and does what anybody asks.
package interop

import (
	"cmp"
	"context"
	"io"
	"math"
	"sync"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
)

// Config is what a server is made of. Rand and Now have no default.
type Config struct {
	Rand io.Reader     // all keys; it is asked by one call at a time
	Now  func() uint64 // seconds since 1970
	Rec  spec.Recorder // nil records nothing

	Name   string // what the server says it is; "" is DefaultName
	GREASE bool   // whether what is sent carries GREASE (RFC 9420, Section 13.5)
	Max    int    // ids that stand for something at once; 0 is DefaultMax
	Idle   uint64 // seconds without a call after which an id may be freed; 0 is DefaultIdle
}

// Defaults of Config.
const (
	DefaultName = "mlssim"
	DefaultMax  = 1 << 16
	DefaultIdle = 3600
)

// What a client keeps of epochs that are over, and how long its leaves are valid.
const (
	pastEpochs = 16
	pastPSKs   = 256
	lifetime   = 84 * 24 * 3600
)

// A Server is the service. Its methods are the calls, and may be used by several
// goroutines.
type Server struct {
	pb.UnsafeMLSClientServer // a call that is missing does not compile

	config Config
	held   table
}

// New returns a server.
func New(c Config) *Server {
	c.Name = cmp.Or(c.Name, DefaultName)
	c.Max = cmp.Or(c.Max, DefaultMax)
	c.Idle = cmp.Or(c.Idle, DefaultIdle)
	c.Rand = &oneByOne{from: c.Rand}
	return &Server{config: c, held: table{max: c.Max, idle: c.Idle, now: c.Now}}
}

// oneByOne is a random source for several goroutines.
type oneByOne struct {
	mutex sync.Mutex
	from  io.Reader
}

func (r *oneByOne) Read(p []byte) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.from.Read(p)
}

// env returns what a step of a client with these PSKs may know. Other stacks give
// their leaves lifetimes without an end.
func (s *Server) env(held psks) *impl.Env {
	return &impl.Env{
		Rand:     s.config.Rand,
		Now:      s.config.Now(),
		Rec:      s.config.Rec,
		GREASE:   s.config.GREASE,
		Lifetime: lifetime,
		PSK: func(id *schedule.PreSharedKeyID) suite.Secret {
			if id.Type != spec.PSKExternal {
				return nil
			}
			return held[string(id.ID)]
		},
		Bounds: impl.Bounds{MaxLifetime: math.MaxUint64, PastEpochs: pastEpochs, PastPSKs: pastPSKs},
	}
}

// Name returns the server's name.
func (s *Server) Name(context.Context, *pb.NameRequest) (*pb.NameResponse, error) {
	return &pb.NameResponse{Name: s.config.Name}, nil
}

// SupportedCiphersuites returns the suites of RFC 9420.
func (s *Server) SupportedCiphersuites(context.Context, *pb.SupportedCiphersuitesRequest) (*pb.SupportedCiphersuitesResponse, error) {
	r := &pb.SupportedCiphersuitesResponse{}
	for _, known := range suite.All() {
		r.Ciphersuites = append(r.Ciphersuites, uint32(known.ID))
	}
	return r, nil
}
