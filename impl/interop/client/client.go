// Package client calls those who serve the official gRPC interface of MLS clients
// under test: this project's own server, or any other stack's.
package client

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop/pb"
)

// maxMessage is the greatest response that is read, in bytes.
const maxMessage = 1 << 25

// A Client is a stack under test. Its RPC may be called by several goroutines; each
// call ends at the deadline, if not before.
type Client struct {
	RPC pb.MLSClientClient

	Address string
	Name    string   // what it says it is
	Suites  []uint32 // that it supports, increasing

	conn *grpc.ClientConn
}

// Dial finds out who answers at an address. A call may last as long as timeout. The
// error names the address.
func Dial(ctx context.Context, address string, timeout time.Duration, o ...grpc.DialOption) (*Client, error) {
	o = append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()), // there is no other in this interface
		grpc.WithUnaryInterceptor(deadline(timeout)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
	}, o...)
	conn, err := grpc.NewClient(address, o...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	c := &Client{RPC: pb.NewMLSClientClient(conn), Address: address, conn: conn}
	if err := c.greet(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: no MLS client answers: %s", address, status.Convert(err).Message())
	}
	return c, nil
}

// deadline gives each call its own.
func deadline(timeout time.Duration) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return invoke(ctx, method, request, reply, conn, o...)
	}
}

// greet asks for the name and the suites.
func (c *Client) greet(ctx context.Context) error {
	name, err := c.RPC.Name(ctx, &pb.NameRequest{})
	if err != nil {
		return err
	}
	suites, err := c.RPC.SupportedCiphersuites(ctx, &pb.SupportedCiphersuitesRequest{})
	if err != nil {
		return err
	}
	c.Name = name.Name
	c.Suites = slices.Compact(slices.Sorted(slices.Values(suites.Ciphersuites)))
	return nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Common returns the suites that all of some clients support, increasing.
func Common(clients []*Client) []uint32 {
	var common []uint32
	for i, c := range clients {
		if i == 0 {
			common = slices.Clone(c.Suites)
			continue
		}
		common = slices.DeleteFunc(common, func(s uint32) bool { return !slices.Contains(c.Suites, s) })
	}
	return common
}
