// Command mlssim simulates groups that use the Messaging Layer Security
// protocol (RFC 9420): with symbols, with real bytes, or with both side by side
// and compared.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(mlssim()) }

// mlssim runs the command line of this process and returns its exit code.
func mlssim() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{stdout: os.Stdout, stderr: os.Stderr, backend: newBackend}
	return a.run(ctx, os.Args[1:])
}
