//go:build !spectrace

// Package testpeer plays scenarios in groups mixed of this project's clients and
// those of another stack, ts-mls, which is installed for the test alone.
package testpeer

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop"
	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
	"mlssim/impl/interop/scenario"
)

var update = flag.Bool("update", false, "rewrite the table of testdata instead of comparing it")

// TestMixedGroups plays scenarios with ts-mls and with this project's server, in
// all roles, and compares what works and what does not with the table of testdata:
// the one has to go on working, and the other shall not begin to unnoticed.
func TestMixedGroups(t *testing.T) {
	var asked answers
	clients := []*client.Client{serveOurs(t), serveTheirs(t, grpc.WithChainUnaryInterceptor(asked.count))}
	asked.present = nil // those of the greeting
	var outcomes tally
	outcomes.play(t, "every.json", clients, nil, &asked)
	outcomes.play(t, "one.json", clients, []uint32{1}, &asked)
	got := outcomes.String() + asked.String()
	const table = "testdata/tsmls.txt"
	if *update {
		if err := os.WriteFile(table, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("something works that did not, or the other way round; go test -update writes the table anew:\n%s", diff)
	}
}

// serveOurs returns a client of this project's server.
func serveOurs(t *testing.T) *client.Client {
	t.Helper()
	l, err := interop.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := interop.New(interop.Config{
		Rand: rand.Reader, Now: func() uint64 { return uint64(time.Now().Unix()) }, Name: "ours", GREASE: true,
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- l.Serve(ctx, s) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return dial(t, l.Addr().String())
}

func dial(t *testing.T, address string, o ...grpc.DialOption) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), address, 30*time.Second, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// serveTheirs installs ts-mls and returns a client of it. Where it cannot be had, the
// test is skipped, but not in CI.
func serveTheirs(t *testing.T, o ...grpc.DialOption) *client.Client {
	t.Helper()
	ours, folder := t.TempDir(), t.TempDir()
	// A copy, so that the test is known to depend on what it copies.
	if err := os.CopyFS(ours, os.DirFS("tsmls")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("bash", filepath.Join(ours, "install.sh"), folder).CombinedOutput()
	const missing = 3
	exit, _ := errors.AsType[*exec.ExitError](err)
	switch {
	case os.Getenv("CI") == "" && (errors.Is(err, exec.ErrNotFound) || exit != nil && exit.ExitCode() == missing):
		t.Skipf("SKIPPED: no groups with ts-mls: %s", cmp.Or(strings.TrimSpace(string(out)), err.Error()))
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
	proto, err := filepath.Abs("../pb/mls_client.proto")
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	node := exec.Command("node", filepath.Join(folder, "serve.mjs"), proto)
	node.Stderr = &complaints
	stdin, err := node.StdinPipe() // it ends when this is closed, as it is if the test dies
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	address := lines.Scan()
	t.Cleanup(func() {
		stdin.Close()
		if err := node.Wait(); err != nil || complaints.Len() > 0 {
			t.Errorf("the server of ts-mls: %v\n%s", err, &complaints)
		}
	})
	if !address {
		t.Fatal("the server of ts-mls says no address")
	}
	return dial(t, lines.Text(), o...)
}

// A tally counts plays by script and cast, in the order in which they come.
type tally struct {
	rows []*outcome
}

// An outcome is what has come of a script with one cast.
type outcome struct {
	name    string
	passed  []string // suites and forms
	failed  map[string][]string
	skipped int
}

// play plays a file of testdata, with these suites, or all.
func (c *tally) play(t *testing.T, name string, clients []*client.Client, suites []uint32, asked *answers) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := scenario.Parse(name, b)
	if err != nil {
		t.Fatal(err)
	}
	o := scenario.Options{Suites: suites, Combinations: 8, Mixed: true, Seed: 1}
	err = scenario.Run(context.Background(), []*scenario.File{f}, clients, o, func(_ *scenario.File, s *scenario.Script, r *scenario.Result) {
		asked.in(r.Suite)
		c.add(clients, s, r)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *tally) add(clients []*client.Client, s *scenario.Script, r *scenario.Result) {
	cast := make([]string, len(r.Cast))
	for i, n := range r.Cast {
		cast[i] = s.Actors[i] + " " + clients[n].Name
	}
	name := s.Name + ": " + strings.Join(cast, ", ")
	i := slices.IndexFunc(c.rows, func(o *outcome) bool { return o.name == name })
	if i < 0 {
		i = len(c.rows)
		c.rows = append(c.rows, &outcome{name: name, failed: map[string][]string{}})
	}
	row, what := c.rows[i], fmt.Sprintf("%d %s", r.Suite, r.Form)
	switch f := r.Failure; {
	case r.Skipped != "":
		row.skipped++
	case f == nil:
		row.passed = append(row.passed, what)
	default:
		who := clients[r.Cast[slices.Index(s.Actors, f.Actor)]].Name
		why := fmt.Sprintf("step %d, %s, %s %s differs", f.Step, f.Action, f.Actor, who)
		if f.RPC != "" {
			why = fmt.Sprintf("step %d, %s, %s %s, %s: %s", f.Step, f.Action, f.Actor, who, f.RPC, reason(f))
		}
		row.failed[why] = append(row.failed[why], what)
	}
}

// reason returns the part of a refusal that says why, and not where in bytes that are
// others each time.
func reason(f *scenario.Failure) string {
	parts := strings.Split(f.Reason, ": ")
	return strings.Join(parts[:min(len(parts), 4)], ": ")
}

// String is a line for each script and cast, and one for each way in which it fails.
func (c *tally) String() string {
	var b strings.Builder
	for _, o := range c.rows {
		failed := 0
		for _, list := range o.failed {
			failed += len(list)
		}
		fmt.Fprintf(&b, "%s: %d of %d\n", o.name, len(o.passed), len(o.passed)+failed+o.skipped)
		for _, why := range slices.Sorted(maps.Keys(o.failed)) {
			fmt.Fprintf(&b, "    %s\n", why)
			if len(o.passed) > 0 {
				fmt.Fprintf(&b, "        in %s\n", strings.Join(o.failed[why], ", "))
			}
		}
	}
	return b.String()
}

// answers says what a client answers, by call and then by suite.
type answers struct {
	present map[string]mark // what the calls of a play have come to, by call
	rows    map[string]map[uint32]mark
}

// A mark says what calls have come to at best.
type mark byte

const (
	never    mark = '.'
	missing  mark = 'u' // Unimplemented
	refused  mark = 'r'
	answered mark = '+'
)

// better returns the better one of two marks.
func better(a, b mark) mark {
	const order = ".ur+"
	if strings.IndexByte(order, byte(a)) > strings.IndexByte(order, byte(b)) {
		return a
	}
	return b
}

// count is an interceptor of calls, which come one by one.
func (a *answers) count(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
	err := invoke(ctx, method, request, reply, conn, o...)
	if a.present == nil {
		a.present = map[string]mark{}
	}
	m := refused
	switch status.Code(err) {
	case codes.OK:
		m = answered
	case codes.Unimplemented:
		m = missing
	}
	name := path.Base(method)
	a.present[name] = better(a.present[name], m)
	return err
}

// in says that the calls since it was last told are of a play with this suite.
func (a *answers) in(suite uint32) {
	if a.rows == nil {
		a.rows = map[string]map[uint32]mark{}
	}
	for name, m := range a.present {
		if a.rows[name] == nil {
			a.rows[name] = map[uint32]mark{}
		}
		a.rows[name][suite] = better(a.rows[name][suite], m)
	}
	a.present = nil
}

// String is a line for each call about groups, with a mark for each suite.
func (a *answers) String() string {
	var b strings.Builder
	for _, m := range pb.MLSClient_ServiceDesc.Methods[2:] { // there are Name and SupportedCiphersuites before them
		fmt.Fprintf(&b, "%-31s", m.MethodName)
		for s := range uint32(7) {
			fmt.Fprintf(&b, " %c", cmp.Or(a.rows[m.MethodName][s+1], never))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
