package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mlssim/impl/interop"
	"mlssim/impl/interop/scenario"
)

func (a *app) interopCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "interop",
		Short: "Be, and test, clients of the working group's interoperability tests",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return hinted{errors.New("interop wants to know what to do"), "mlssim interop serve | run --scenario PATH --client HOST:PORT | torture --client HOST:PORT"}
		},
	}
	c.AddCommand(a.interopServe(), a.interopRun(), a.interopTorture())
	return c
}

func (a *app) interopServe() *cobra.Command {
	var listen string
	config := interop.Config{Rand: rand.Reader, Now: func() uint64 { return uint64(time.Now().Unix()) }}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the official gRPC interface",
		Long: `Serve the gRPC interface by which the interoperability tests of the MLS working
group drive a client: all of its calls, the seven cipher suites, handshake messages
encrypted or not. Prints the address once it listens, and stops when it is
interrupted or terminated.

The interface is for tests: whoever reaches it gets private keys and has groups do
whatever it asks for.`,
		Example: `  mlssim interop serve
  mlssim interop serve --listen 127.0.0.1:0 --grease`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serveInterop(c.Context(), listen, config) },
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:50051", "address; port 0 takes any that is free")
	c.Flags().StringVar(&config.Name, "name", interop.DefaultName, "what the server says it is")
	c.Flags().BoolVar(&config.GREASE, "grease", false, "send GREASE (RFC 9420, Section 13.5)")
	c.Flags().IntVar(&config.Max, "max", interop.DefaultMax, "groups, KeyPackages and signers held at once, at most")
	c.Flags().Uint64Var(&config.Idle, "idle", interop.DefaultIdle, "seconds without a call after which one may be dropped")
	return c
}

// serveInterop is the verb interop serve.
func (a *app) serveInterop(ctx context.Context, listen string, config interop.Config) error {
	if config.Max < 1 || config.Idle < 1 {
		return errors.New("--max and --idle have to be at least 1")
	}
	l, err := interop.Listen(listen)
	if err != nil {
		return err
	}
	if !l.Loopback() {
		fmt.Fprintf(a.stderr, "mlssim: %v can be reached from other machines, and hands out private keys\n", l.Addr())
	}
	fmt.Fprintf(a.stdout, "%v\n", l.Addr())
	return l.Serve(ctx, interop.New(config))
}

type interopFlags struct {
	scenarios    []string
	clients      []string
	suites       []uint
	handshake    string
	combinations int
	seed         uint64
	timeout      time.Duration
	mixed        bool
	plain        bool
	json         bool
}

func (a *app) interopRun() *cobra.Command {
	var f interopFlags
	c := &cobra.Command{
		Use:   "run --scenario PATH --client HOST:PORT",
		Short: "Play scenario files with clients that serve the interface",
		Long: `Play scenario files of the MLS working group with one or more clients that serve its
gRPC interface. Each script is played for each cipher suite that the clients have in
common, with handshake messages encrypted and not, and with its actors spread over the
clients in different ways. In every epoch all actors have to agree on the
epoch_authenticator, on what StateAuth says, and on an exported secret.

Prints how many plays of a script passed with which clients, of how many, and below it
what failed first in those that did not. Everything is played, whatever fails. Exit
code 1 if something failed.`,
		Example: `  mlssim interop run --scenario configs --client localhost:50051 --client localhost:50052
  mlssim interop run --scenario commit.json --client localhost:50051 --suite 1,3 --handshake private`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runInterop(c.Context(), &f) },
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.scenarios, "scenario", nil, "scenario file, or folder with *.json in it; may be repeated")
	flags.StringArrayVar(&f.clients, "client", nil, "address of a client; may be repeated")
	flags.UintSliceVar(&f.suites, "suite", nil, "cipher suites by number (default all that the clients have in common)")
	flags.StringVar(&f.handshake, "handshake", "both", "handshake messages: public, private or both")
	flags.IntVar(&f.combinations, "combinations", scenario.DefaultCombinations, "ways to spread the actors of a script over the clients, at most")
	flags.BoolVar(&f.mixed, "mixed", false, "of these, those with more than one client only")
	flags.Uint64Var(&f.seed, "seed", 1, "chooses among the ways, group ids and PSKs")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long a call may last")
	flags.BoolVar(&f.plain, "plain", false, "compare epoch_authenticators alone, for clients without StateAuth and Export")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	c.MarkFlagRequired("scenario")
	c.MarkFlagRequired("client")
	return c
}
