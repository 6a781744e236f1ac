package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mlssim/impl/interop/client"
	"mlssim/sim/remote"
)

type tortureFlags struct {
	clients         []string
	steps, length   int
	seed            uint64
	suites          []uint
	out, replay     string
	json, all       bool
	public, private bool
	last, timeout   time.Duration
}

func (a *app) interopTorture() *cobra.Command {
	var f tortureFlags
	c := &cobra.Command{
		Use:   "torture --client HOST:PORT",
		Short: "Find out what clients do that they should not",
		Long: `Let clients that serve the gRPC interface live through random histories with members
of this project's own: Commits of all kinds, external joins, PSKs, messages that come
late, twice, changed or forged. The model says what every client has to accept and to
refuse, and who has to agree with whom.

What a client does and should not is shown by a script, as short as it could be made,
which --out writes into a folder together with the bytes, and --replay goes through
again. The run stops at the first such thing, or goes on with --all. Exit code 1 if
there was any.`,
		Example: `  mlssim interop torture --client localhost:50052 --steps 5000
  mlssim interop torture --client localhost:50052 --for 1h --all --out found
  mlssim interop torture --client localhost:50052 --replay found/1.script`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.torture(c.Context(), &f) },
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.clients, "client", nil, "address of a client; may be repeated")
	flags.IntVar(&f.steps, "steps", 0, "steps of all histories together (default 2000, or what fits into --for)")
	flags.DurationVar(&f.last, "for", 0, "how long, such as 10m; with --steps whichever ends first")
	flags.IntVar(&f.length, "length", 60, "steps of a history, at most")
	flags.Uint64Var(&f.seed, "seed", 1, "chooses the histories, and our own keys")
	flags.UintSliceVar(&f.suites, "suite", nil, "cipher suites by number (default all that the clients have in common)")
	flags.BoolVar(&f.public, "public", false, "handshake messages are public (default both)")
	flags.BoolVar(&f.private, "private", false, "handshake messages are private (default both)")
	flags.StringVar(&f.out, "out", "", "folder for scripts and bytes of what was found")
	flags.BoolVar(&f.all, "all", false, "go on after something was found")
	flags.StringVar(&f.replay, "replay", "", "script to go through, and nothing else")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long a call may last")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	c.MarkFlagRequired("client")
	c.MarkFlagsMutuallyExclusive("public", "private")
	return c
}

// tortureFinding is a finding as "interop torture --json" prints it.
type tortureFinding struct {
	*remote.Difference
	Script   string `json:"script"`
	Original int    `json:"steps_when_found"`
	Again    bool   `json:"shown_again"`
	Times    int    `json:"times"`
}

// tortureReport is what "interop torture --json" prints.
type tortureReport struct {
	Clients   []interopClient     `json:"clients"`
	Seed      uint64              `json:"seed"`
	Steps     int                 `json:"steps"`
	Calls     int                 `json:"calls"`
	Histories int                 `json:"histories"`
	Seconds   float64             `json:"seconds"`
	Happened  map[string]int      `json:"happened"`
	Off       map[string][]string `json:"not_implemented"`
	Findings  []tortureFinding    `json:"findings"`
}

// torture is the verb interop torture.
func (a *app) torture(ctx context.Context, f *tortureFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	var script *remote.Script
	if f.replay != "" {
		if script, err = readScript(f.replay); err != nil {
			return err
		}
	}
	clients, err := dialAll(ctx, &interopFlags{clients: f.clients, timeout: f.timeout})
	defer closeAll(clients)
	if err != nil {
		return err
	}
	parties := partiesOf(clients)
	began := time.Now()
	var r *remote.Report
	if script != nil {
		r, err = replayScript(ctx, parties, script, o.Now)
	} else {
		r, err = remote.Run(ctx, parties, *o, a.tortureProgress(f, began))
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	return a.concludeTorture(f, clients, r, time.Since(began))
}

// partiesOf returns clients as parties, lettered in their order.
func partiesOf(clients []*client.Client) []*remote.Party {
	var parties []*remote.Party
	for i, c := range clients {
		parties = append(parties, &remote.Party{Letter: letter(i), Name: c.Name, Suites: c.Suites, RPC: c.RPC})
	}
	return parties
}

func (f *tortureFlags) options() (*remote.Options, error) {
	o := &remote.Options{
		Seed: f.seed, Steps: f.steps, For: f.last, Length: f.length, All: f.all, Now: func() uint64 { return uint64(time.Now().Unix()) },
	}
	switch {
	case f.steps < 0 || f.last < 0 || f.length < 2 || f.timeout <= 0:
		return nil, errors.New("--steps and --for must not be negative, --length has to be at least 2, --timeout more than 0")
	case len(f.clients) > 26:
		return nil, fmt.Errorf("%d clients, at most 26", len(f.clients))
	case f.steps == 0 && f.last == 0:
		o.Steps = 2000
	}
	if f.public || f.private {
		o.Forms = []bool{f.private}
	}
	for _, s := range f.suites {
		if s == 0 || s > 0xffff {
			return nil, fmt.Errorf("no cipher suite %d", s)
		}
		o.Suites = append(o.Suites, uint32(s))
	}
	return o, nil
}

func readScript(path string) (*remote.Script, error) {
	b, err := os.ReadFile(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("%s: %w", path, e.Err)
	}
	if err != nil {
		return nil, err
	}
	s, err := remote.Parse(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// replayScript goes through a script, and reports what it shows.
func replayScript(ctx context.Context, parties []*remote.Party, s *remote.Script, now func() uint64) (*remote.Report, error) {
	d, played, err := remote.Replay(ctx, parties, s, now)
	if err != nil {
		return nil, err
	}
	r := &remote.Report{Steps: len(s.Steps), Histories: 1, Off: map[string][]string{}, Calls: played.Calls, Counts: played.Counts}
	for _, p := range parties {
		r.Off[p.Letter] = p.Off()
	}
	if d != nil {
		r.Findings = []*remote.Finding{{Difference: d, Script: s, Original: len(s.Steps), Trace: played.Trace, Again: true, Times: 1}}
	}
	return r, nil
}

// tortureProgress writes findings down as they come, and says how far the run is.
func (a *app) tortureProgress(f *tortureFlags, began time.Time) func(*remote.Report) {
	written := 0
	said := began
	return func(r *remote.Report) {
		for ; written < len(r.Findings); written++ {
			if f.out != "" {
				if err := writeFinding(f.out, written+1, r.Findings[written]); err != nil {
					fmt.Fprintf(a.stderr, "mlssim: %v\n", err)
				}
			}
			if !f.json {
				a.printFinding(written+1, r.Findings[written])
			}
		}
		if time.Since(said) > time.Minute {
			said = time.Now()
			fmt.Fprintf(a.stderr, "%v: %s, %d findings\n", said.Sub(began).Round(time.Second), count(r.Steps, "step"), len(r.Findings))
		}
	}
}

func (a *app) printFinding(n int, f *remote.Finding) {
	fmt.Fprintf(a.stdout, "%d. client %s (%s): %v\n", n, f.Party, f.Name, f.Difference)
	if !f.Again {
		fmt.Fprintf(a.stdout, "  the script does not show it every time\n")
	}
	for line := range strings.Lines(f.Script.String()) {
		fmt.Fprintf(a.stdout, "    %s", line)
	}
}

// writeFinding writes the script of a finding, and beside it the bytes.
func writeFinding(folder string, n int, f *remote.Finding) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	base := filepath.Join(folder, fmt.Sprint(n))
	script := fmt.Sprintf("# client %s (%s)\n# %s\n%s", f.Party, f.Name, strings.ReplaceAll(f.Difference.Error(), "\n", " "), f.Script)
	if err := os.WriteFile(base+".script", []byte(script), 0o666); err != nil {
		return err
	}
	bytes := fmt.Sprintf("ours   %s\ntheirs %s\n\n%s\n", f.Ours, f.Theirs, strings.Join(f.Trace, "\n"))
	return os.WriteFile(base+".bytes", []byte(bytes), 0o666)
}

// concludeTorture prints the end of a report.
func (a *app) concludeTorture(f *tortureFlags, clients []*client.Client, r *remote.Report, took time.Duration) error {
	if f.json {
		j := tortureReport{
			Seed: f.seed, Steps: r.Steps, Calls: r.Calls, Histories: r.Histories, Seconds: took.Seconds(),
			Happened: r.Counts, Off: r.Off, Findings: []tortureFinding{},
		}
		for _, c := range clients {
			j.Clients = append(j.Clients, interopClient{c.Address, c.Name, c.Suites})
		}
		for _, found := range r.Findings {
			j.Findings = append(j.Findings, tortureFinding{found.Difference, found.Script.String(), found.Original, found.Again, found.Times})
		}
		if err := a.printJSON(j); err != nil {
			return err
		}
	} else {
		if f.replay != "" && len(r.Findings) > 0 {
			a.printFinding(1, r.Findings[0])
		}
		for _, l := range slices.Sorted(maps.Keys(r.Off)) {
			if len(r.Off[l]) > 0 {
				fmt.Fprintf(a.stdout, "client %s does not implement: %s\n", l, strings.Join(r.Off[l], ", "))
			}
		}
		fmt.Fprintf(a.stdout, "%s in %s, %d calls, %v: %d found\n", count(r.Steps, "step"), histories(r.Histories), r.Calls, took.Round(time.Second), len(r.Findings))
	}
	if n := len(r.Findings); n > 0 {
		return violation{fmt.Errorf("%d found", n)}
	}
	return nil
}

func histories(n int) string {
	if n == 1 {
		return "1 history"
	}
	return fmt.Sprintf("%d histories", n)
}
