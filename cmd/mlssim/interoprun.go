package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/scenario"
)

// interopReport is what "interop run --json" prints.
type interopReport struct {
	Clients []interopClient `json:"clients"`
	Rows    []*interopRow   `json:"scripts"`
	Passed  int             `json:"passed"`
	Failed  int             `json:"failed"`
	Skipped int             `json:"skipped"`
	Seed    uint64          `json:"seed"`
}

type interopClient struct {
	Address string   `json:"address"`
	Name    string   `json:"name"`
	Suites  []uint32 `json:"suites"`
}

// An interopRow is what has come of a script with some clients.
type interopRow struct {
	File     string           `json:"file"`
	Script   string           `json:"script"`
	Clients  []int            `json:"clients"` // places in the list of clients, increasing
	Passed   int              `json:"passed"`
	Failed   int              `json:"failed"`
	Skipped  int              `json:"skipped"`
	Why      []string         `json:"why_skipped,omitempty"`
	Failures []interopFailure `json:"failures,omitempty"`
}

// An interopFailure is a play that has failed.
type interopFailure struct {
	Suite     uint32         `json:"suite"`
	Handshake scenario.Form  `json:"handshake"`
	Actors    map[string]int `json:"actors"` // places in the list of clients
	*scenario.Failure
}

// runInterop is the verb interop run.
func (a *app) runInterop(ctx context.Context, f *interopFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	files, err := scenarioFiles(f.scenarios)
	if err != nil {
		return err
	}
	clients, err := dialAll(ctx, f)
	defer closeAll(clients)
	if err != nil {
		return err
	}
	r := &interopReport{Seed: f.seed, Rows: []*interopRow{}}
	for i, c := range clients {
		r.Clients = append(r.Clients, interopClient{c.Address, c.Name, c.Suites})
		if !f.json {
			fmt.Fprintf(a.stdout, "%s  %s  %s, suites %v\n", letter(i), c.Address, c.Name, c.Suites)
		}
	}
	printed := 0
	flush := func(upTo int) {
		for ; printed < upTo && !f.json; printed++ {
			a.printInterop(r.Rows[printed])
		}
	}
	err = scenario.Run(ctx, files, clients, *o, func(_ *scenario.File, s *scenario.Script, result *scenario.Result) {
		if n := len(r.Rows); n > 0 && (r.Rows[n-1].Script != result.Script || r.Rows[n-1].File != result.File) {
			flush(n)
		}
		r.add(s, result)
	})
	flush(len(r.Rows))
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	return a.concludeInterop(r, f)
}

// concludeInterop prints the end of a report.
func (a *app) concludeInterop(r *interopReport, f *interopFlags) error {
	if f.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s passed, %d failed, %d skipped\n", count(r.Passed, "play"), r.Failed, r.Skipped)
	}
	switch {
	case r.Failed > 0:
		return violation{fmt.Errorf("%d of %s failed", r.Failed, count(r.Passed+r.Failed, "play"))}
	case r.Passed == 0:
		return errors.New("nothing could be played")
	}
	return nil
}

// add counts a result in its row.
func (r *interopReport) add(s *scenario.Script, result *scenario.Result) {
	used := slices.Compact(slices.Sorted(slices.Values(result.Cast)))
	i := slices.IndexFunc(r.Rows, func(row *interopRow) bool {
		return row.File == result.File && row.Script == result.Script && slices.Equal(row.Clients, used)
	})
	if i < 0 {
		i = len(r.Rows)
		r.Rows = append(r.Rows, &interopRow{File: result.File, Script: result.Script, Clients: used})
	}
	row := r.Rows[i]
	switch {
	case result.Skipped != "":
		r.Skipped++
		row.Skipped++
		if !slices.Contains(row.Why, result.Skipped) {
			row.Why = append(row.Why, result.Skipped)
		}
	case result.Failure != nil:
		r.Failed++
		row.Failed++
		actors := map[string]int{}
		for i, actor := range s.Actors {
			actors[actor] = result.Cast[i]
		}
		row.Failures = append(row.Failures, interopFailure{result.Suite, result.Form, actors, result.Failure})
	default:
		r.Passed++
		row.Passed++
	}
}

// maxFailures is how many failures of a row are printed.
const maxFailures = 5

func (a *app) printInterop(row *interopRow) {
	var with strings.Builder
	for _, c := range row.Clients {
		with.WriteString(letter(c))
	}
	fmt.Fprintf(a.stdout, "%s %s %s: %d/%d\n", row.File, row.Script, with.String(), row.Passed, row.Passed+row.Failed)
	for _, f := range row.Failures[:min(len(row.Failures), maxFailures)] {
		fmt.Fprintf(a.stdout, "  suite %d, %s, %s: %v\n", f.Suite, f.Handshake, spread(f.Actors), f.Failure)
	}
	if more := len(row.Failures) - maxFailures; more > 0 {
		fmt.Fprintf(a.stdout, "  and %d more\n", more)
	}
	for _, why := range row.Why {
		fmt.Fprintf(a.stdout, "  %d skipped: %s\n", row.Skipped, why)
	}
}

// spread says which client plays whom; of many actors it says how many.
func spread(actors map[string]int) string {
	const most = 8
	if len(actors) > most {
		return count(len(actors), "actor")
	}
	var parts []string
	for actor, c := range actors {
		parts = append(parts, actor+" "+letter(c))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// letter names a client by its place: A to Z, then by its number.
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return fmt.Sprintf("(%d)", i)
}

func (f *interopFlags) options() (*scenario.Options, error) {
	o := &scenario.Options{Combinations: f.combinations, Mixed: f.mixed, Plain: f.plain, Seed: f.seed}
	switch f.handshake {
	case "both":
	case string(scenario.Public), string(scenario.Private):
		o.Forms = []scenario.Form{scenario.Form(f.handshake)}
	default:
		return nil, hinted{fmt.Errorf("no form of handshake messages %q", f.handshake), "there are public, private and both"}
	}
	if f.combinations < 1 {
		return nil, errors.New("--combinations has to be at least 1")
	}
	if f.timeout <= 0 {
		return nil, errors.New("--timeout has to be more than 0")
	}
	for _, s := range f.suites {
		if s == 0 || s > 0xffff {
			return nil, fmt.Errorf("no cipher suite %d", s)
		}
		o.Suites = append(o.Suites, uint32(s))
	}
	return o, nil
}

// scenarioFiles reads the scenario files of paths. One that is wrong is an error:
// it would not be known what was not played.
func scenarioFiles(paths []string) ([]*scenario.File, error) {
	var files []*scenario.File
	for path, err := range vectorFiles(paths) {
		var b []byte
		if err == nil {
			b, err = readVectors(path)
		}
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		f, err := scenario.Parse(path, b)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// dialAll finds out who answers at the addresses; what it returns with an error is
// to be closed as well.
func dialAll(ctx context.Context, f *interopFlags) ([]*client.Client, error) {
	var clients []*client.Client
	for _, address := range f.clients {
		c, err := client.Dial(ctx, address, f.timeout)
		if err != nil {
			return clients, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func closeAll(clients []*client.Client) {
	for _, c := range clients {
		c.Close()
	}
}
