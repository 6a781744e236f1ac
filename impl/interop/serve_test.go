package interop

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
)

// TestServe: a server answers at the address that it took, until it is told to stop.
func TestServe(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Loopback() {
		t.Errorf("%v is not on the loopback", l.Addr())
	}
	ctx, stop := context.WithCancel(background)
	done := make(chan error)
	go func() { done <- l.Serve(ctx, New(config(1))) }()
	c, err := client.Dial(background, l.Addr().String(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Name != DefaultName || len(c.Suites) != 7 || c.Suites[0] != 1 || c.Suites[6] != 7 {
		t.Errorf("%s, suites %v", c.Name, c.Suites)
	}
	if _, err := Listen(l.Addr().String()); err == nil {
		t.Error("the address was given out twice")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	_, err = c.RPC.Name(background, &pb.NameRequest{})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("after the end: %v", err)
	}
}

// TestNobodyAnswers: the error says where.
func TestNobodyAnswers(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	began := time.Now()
	_, err = client.Dial(background, address, 5*time.Second)
	if err == nil || !strings.HasPrefix(err.Error(), address+": no MLS client answers: ") {
		t.Errorf("%v", err)
	}
	if time.Since(began) > 4*time.Second {
		t.Error("it was not noticed at once")
	}
}

// TestLoopback: an address for everybody is not taken for one on this machine.
func TestLoopback(t *testing.T) {
	l, err := Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Loopback() {
		t.Errorf("%v", l.Addr())
	}
}
