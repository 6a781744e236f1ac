package interop

import (
	"context"
	"net"
	"time"

	"google.golang.org/grpc"

	"mlssim/impl/interop/pb"
)

// maxMessage is the greatest request that is read, in bytes: more than the largest
// application message.
const maxMessage = 1 << 25

// grace is how long calls may go on when the server stops.
const grace = 5 * time.Second

// Register makes the service one of a gRPC server, which NewServer makes.
func (s *Server) Register(g *grpc.Server) { pb.RegisterMLSClientServer(g, s) }

// NewServer returns a gRPC server that takes messages of the size that the service
// needs.
func NewServer(o ...grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append([]grpc.ServerOption{grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage)}, o...)...)
}

// A Listener is an address at which nobody answers yet.
type Listener struct {
	net.Listener
}

// Listen takes an address, such as 127.0.0.1:50051; port 0 is any that is free.
func Listen(address string) (*Listener, error) {
	l, err := net.Listen("tcp", address)
	return &Listener{l}, err
}

// Loopback tells whether only this machine reaches the address.
func (l *Listener) Loopback() bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// Serve answers calls until ctx is done; those that have begun get some seconds to
// finish. It returns nil if it was ctx that ended it.
func (l *Listener) Serve(ctx context.Context, s *Server) error {
	g := NewServer()
	s.Register(g)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		last := time.AfterFunc(grace, g.Stop)
		defer last.Stop()
		g.GracefulStop()
	})
	err := g.Serve(l.Listener)
	if !stop() {
		<-stopped
		return nil
	}
	return err
}
