package interop

import (
	"context"
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/scenario"
)

var long = flag.Bool("long", false, "play the scenarios with all cipher suites instead of one")

const now = 1_700_000_000

// config returns that of a server whose keys follow from a seed.
func config(seed byte) Config {
	return Config{Rand: rand.NewChaCha8([32]byte{seed}), Now: func() uint64 { return now }}
}

// calls counts what a server is asked, by the full name of the call.
type calls struct {
	mutex sync.Mutex
	of    map[string]int
}

func (c *calls) count(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	c.mutex.Lock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[info.FullMethod]++
	c.mutex.Unlock()
	return handle(ctx, request)
}

// start lets a server answer, and returns a client of it.
func start(t *testing.T, s *Server, o ...grpc.UnaryServerInterceptor) *client.Client {
	t.Helper()
	return startFor(t, s, 10*time.Second, o...)
}

// startFor is start for a client that waits so long for an answer.
func startFor(t *testing.T, s *Server, timeout time.Duration, o ...grpc.UnaryServerInterceptor) *client.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := NewServer(grpc.ChainUnaryInterceptor(o...))
	s.Register(g)
	go g.Serve(l)
	t.Cleanup(g.Stop)
	c, err := client.Dial(context.Background(), "passthrough:///"+s.config.Name, timeout,
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ownScenarios reads the scenario files of testdata.
func ownScenarios(t *testing.T) []*scenario.File {
	t.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	var files []*scenario.File
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := scenario.Parse(name, b)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// results plays files and returns what came of each play.
func results(t *testing.T, files []*scenario.File, clients []*client.Client, o scenario.Options) []*scenario.Result {
	t.Helper()
	var all []*scenario.Result
	err := scenario.Run(context.Background(), files, clients, o, func(_ *scenario.File, _ *scenario.Script, r *scenario.Result) {
		all = append(all, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
