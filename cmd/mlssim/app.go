package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/reproduce"
)

// Exit codes.
const (
	exitOK          = 0
	exitViolated    = 1 // a property does not hold: a counterexample was printed; or a test vector failed
	exitUsage       = 2 // what was asked for cannot be done
	exitPlan        = 3 // the plan is invalid
	exitInterrupted = 130
)

// app is one invocation of the command.
type app struct {
	stdout, stderr io.Writer
	// backend makes a fresh backend for one replication of a plan.
	backend func(*sim.Plan, int) (sim.Backend, error)
}

// run carries out a command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	return a.report(root.ExecuteContext(ctx))
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mlssim",
		Short: "Simulate groups that use Messaging Layer Security (RFC 9420)",
		Long: `mlssim simulates groups that use the Messaging Layer Security protocol
(RFC 9420), compromises their members, and says which epochs and messages leak
and when the group heals: by a symbolic model, by a real implementation attacked
with stolen bytes, or by both side by side and compared at every step.

Results go to standard output, progress to standard error. Nothing is overwritten
without --force. Exit codes: 0 all is well, 1 a property does not hold (with a
counterexample), a test vector or a published point fails, 2 what was asked for cannot be done, 3 the
plan is invalid, 130 interrupted (replications that were finished are kept).`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return hinted{err, fmt.Sprintf("%q lists the flags", c.CommandPath()+" --help")}
	})
	root.AddCommand(a.runCommand(), a.planCommand(), a.plotCommand(), a.explainCommand(), a.attackCommand(), a.replayCommand(), a.vectorsCommand(), a.traceCommand(), a.interopCommand(), a.reproduceCommand(), a.benchCommand(), a.versionCommand())
	return root
}

// A hinted error says what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// A violation is a property, or a test vector, that does not hold.
type violation struct{ error }

func (v violation) Unwrap() error { return v.error }

var errInterrupted = errors.New("interrupted")

// maxErrors is how many errors of a plan are printed.
const maxErrors = 20

// report prints an error and returns the exit code that stands for it.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	if list, ok := errors.AsType[plan.Errors](err); ok {
		for _, e := range list[:min(len(list), maxErrors)] {
			fmt.Fprintf(a.stderr, "mlssim: %v\n", e)
		}
		if more := len(list) - maxErrors; more > 0 {
			fmt.Fprintf(a.stderr, "mlssim: and %d more\n", more)
		}
		return exitPlan
	}
	broken, isPlan := errors.AsType[*reproduce.PlanError](err)
	if isPlan {
		fmt.Fprintf(a.stderr, "mlssim: %v\n", broken)
		return exitPlan
	}
	message, rest, many := strings.Cut(err.Error(), "\nDid you mean this?")
	fmt.Fprintf(a.stderr, "mlssim: %s\n", strings.TrimSpace(message))
	if many { // by cobra, on unknown commands
		fmt.Fprintf(a.stderr, "  did you mean %s?\n", strings.TrimSpace(rest))
	}
	if h, ok := errors.AsType[hinted](err); ok {
		fmt.Fprintf(a.stderr, "  %s\n", h.hint)
	}
	switch _, violated := errors.AsType[violation](err); {
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case violated:
		return exitViolated
	}
	return exitUsage
}
