package scenario

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"mlssim/impl/interop/client"
)

// Options say what is played. The zero value stands for all suites that the clients
// of a cast have in common, both forms of handshake messages, and
// DefaultCombinations.
type Options struct {
	Suites       []uint32 // of those that the clients have; empty: all
	Forms        []Form   // empty: both
	Combinations int      // ways to let clients play the actors of a script, at most; 0 is DefaultCombinations
	Mixed        bool     // of the combinations, those with more than one client only
	Plain        bool     // compare the epoch_authenticators that calls return and nothing else
	Seed         uint64   // chooses among the combinations, group ids and PSKs
}

// DefaultCombinations is as many as two clients have for four actors.
const DefaultCombinations = 16

// MaxClients is how many clients a run can have.
const MaxClients = 256

// A Form is that of the handshake messages of members.
type Form string

const (
	Public  Form = "public"
	Private Form = "private"
)

// A Result is what has come of one play of a script.
type Result struct {
	File, Script string
	Suite        uint32
	Form         Form
	Cast         []int    // by the script's actors, indices of the clients
	Failure      *Failure // nil if it passed or was skipped
	Skipped      string   // why it could not be played; "" if it could
}

// Run plays all scripts of files, whatever fails, and gives each result to report.
// The error is that of ctx.
func Run(ctx context.Context, files []*File, clients []*client.Client, o Options, report func(*File, *Script, *Result)) error {
	if len(clients) == 0 || len(clients) > MaxClients {
		return fmt.Errorf("%d clients, want 1 to %d", len(clients), MaxClients)
	}
	if o.Combinations <= 0 {
		o.Combinations = DefaultCombinations
	}
	if len(o.Forms) == 0 {
		o.Forms = []Form{Public, Private}
	}
	for _, f := range files {
		for _, s := range f.Scripts {
			r := &runner{ctx: ctx, clients: clients, options: &o, file: f, script: s}
			if err := r.run(report); err != nil {
				return err
			}
		}
	}
	return nil
}

// A runner plays one script.
type runner struct {
	ctx     context.Context
	clients []*client.Client
	options *Options
	file    *File
	script  *Script
}

func (r *runner) run(report func(*File, *Script, *Result)) error {
	chance := rand.New(r.chance("casts"))
	for _, cast := range casts(len(r.script.Actors), len(r.clients), r.options.Combinations, chance) {
		if r.options.Mixed && alone(cast) {
			continue
		}
		suites := r.suites(cast)
		if len(suites) == 0 {
			report(r.file, r.script, &Result{
				File: r.file.Name, Script: r.script.Name, Cast: cast,
				Skipped: "the clients have no such cipher suite in common",
			})
		}
		for _, suite := range suites {
			for _, form := range r.options.Forms {
				result := r.play(cast, suite, form)
				if err := r.ctx.Err(); err != nil {
					return err
				}
				report(r.file, r.script, result)
			}
		}
	}
	return nil
}

// alone tells whether one client plays all actors of a cast.
func alone(cast []int) bool {
	return !slices.ContainsFunc(cast, func(c int) bool { return c != cast[0] })
}

// suites returns those that are to be played and that a cast has in common.
func (r *runner) suites(cast []int) []uint32 {
	var used []*client.Client
	for _, c := range cast {
		used = append(used, r.clients[c])
	}
	return slices.DeleteFunc(client.Common(used), func(s uint32) bool {
		return len(r.options.Suites) > 0 && !slices.Contains(r.options.Suites, s)
	})
}

// play plays the script once.
func (r *runner) play(cast []int, suite uint32, form Form) *Result {
	result := &Result{File: r.file.Name, Script: r.script.Name, Suite: suite, Form: form, Cast: cast}
	p := &play{
		ctx: r.ctx, script: r.script, suite: suite, private: form == Private, plain: r.options.Plain,
		cast:        map[string]*client.Client{},
		chance:      r.chance(fmt.Sprint(suite, form, cast)),
		state:       map[string]uint32{},
		transaction: map[string]uint32{},
		signer:      map[string]uint32{},
		places:      map[string]uint32{},
		committed:   map[string]int{},
		left:        make([]left, len(r.script.Steps)),
		epochs:      map[int]epoch{},
	}
	for i, actor := range r.script.Actors {
		p.cast[actor] = r.clients[cast[i]]
	}
	err := p.run()
	if why, ok := errors.AsType[skipped](err); ok {
		result.Skipped = string(why)
	} else if f, ok := errors.AsType[*Failure](err); ok {
		result.Failure = f
	} else if err != nil {
		result.Failure = &Failure{Step: -1, Action: "end", Reason: err.Error()}
	}
	return result
}

// chance returns a generator of its own for each purpose.
func (r *runner) chance(purpose string) *rand.ChaCha8 {
	var b strings.Builder
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], r.options.Seed)
	b.Write(seed[:])
	fmt.Fprintf(&b, "%q %q %s", path.Base(r.file.Name), r.script.Name, purpose)
	return rand.NewChaCha8(sha256.Sum256([]byte(b.String())))
}
