package props

import (
	"slices"

	"mlssim/sim"
)

// An Epoch is what a script says about an epoch, worked out from its text
// alone: neither model nor implementation has a hand in it.
type Epoch struct {
	Parent  int // position of the epoch before; -1 for the first
	Author  string
	Path    bool
	Joined  []string
	Updated map[string]int // members whose Update is covered, and the position in the script at which it was sent
	Removed []string
	Members []string
	At      int            // position of the step that began the epoch
	Entered map[string]int // members, and the position at which each came to know the epoch; not those who never did
	Beyond  bool           // something went before that the predicates do not speak of
}

// A Corruption is a snapshot: of whom, in which own epoch, at which position in
// the script, and what the device had kept.
type Corruption struct {
	Who   string
	Epoch int
	At    int
	Since int  // position from which the device hoarded; -1 if it did not
	Part  bool // only some of the state was taken
}

// epochs reads the epochs off the script.
func (h *History) epochs() []Epoch { e, _ := Read(h.Steps); return e }

type proposal struct {
	by, remove string
	at         int
}

// reader follows a script.
type reader struct {
	epochs      []Epoch
	pending     []proposal
	corruptions []Corruption
	frozenAt    map[string]int // own epoch of frozen members
	hoards      map[string]int
	beyond      bool // a step was met that the predicates do not speak of
}

// Read works out the epochs and snapshots of a script.
func Read(steps []sim.ScriptStep) ([]Epoch, []Corruption) {
	r := &reader{frozenAt: map[string]int{}, hoards: map[string]int{}}
	for at, s := range steps {
		r.step(at, s)
	}
	return r.epochs, r.corruptions
}

func (r *reader) now() *Epoch { return &r.epochs[len(r.epochs)-1] }

func (r *reader) step(at int, s sim.ScriptStep) {
	r.beyond = r.beyond || len(s.PSKs) > 0
	switch s.Verb {
	case sim.VerbCreate:
		r.epochs = []Epoch{{Parent: -1, Author: s.Who, Path: true, Joined: []string{s.Who}, Members: []string{s.Who}, At: at,
			Entered: map[string]int{s.Who: at}}}
	case sim.VerbAdd:
		r.begin(Epoch{Author: s.Who, Path: !s.NoPath, Joined: s.Others, At: at})
	case sim.VerbCommit:
		e := Epoch{Author: s.Who, Path: !s.NoPath, Updated: map[string]int{}, Removed: slices.Clone(s.Others), At: at}
		if !s.Omit {
			r.cover(&e)
		}
		r.begin(e)
	case sim.VerbExternal:
		r.beyond = true
		e := Epoch{Author: s.Who, Path: true, Joined: []string{s.Who}, At: at}
		if s.Resync {
			e.Removed = e.Joined
		}
		r.begin(e)
	case sim.VerbProposeUpdate:
		r.pending = append(r.pending, proposal{by: s.Who, at: at})
	case sim.VerbProposeRemove:
		r.pending = append(r.pending, proposal{by: s.Who, remove: s.Others[0], at: at})
	case sim.VerbFreeze:
		r.frozenAt[s.Who] = len(r.epochs) - 1
	case sim.VerbThaw:
		r.thaw(at, s.Who)
	case sim.VerbHoard:
		if _, ok := r.hoards[s.Who]; !ok {
			r.hoards[s.Who] = at
		}
	case sim.VerbSnapshot:
		r.snapshot(at, s)
	case sim.VerbSend:
	default:
		r.beyond = true
	}
}

func (r *reader) begin(e Epoch) {
	for _, m := range r.now().Members {
		if !slices.Contains(e.Removed, m) {
			e.Members = append(e.Members, m)
		}
	}
	e.Members = append(e.Members, e.Joined...)
	e.Parent, e.Entered, e.Beyond = len(r.epochs)-1, map[string]int{}, r.beyond
	for _, m := range e.Members {
		if _, frozen := r.frozenAt[m]; !frozen {
			e.Entered[m] = e.At
		}
	}
	r.epochs = append(r.epochs, e)
	r.pending = nil
}

// thaw lets a member enter what it has missed, up to its removal.
func (r *reader) thaw(at int, who string) {
	own, ok := r.frozenAt[who]
	for t := own + 1; ok && t < len(r.epochs) && r.epochs[t].has(who); t++ {
		r.epochs[t].Entered[who] = at
	}
	delete(r.frozenAt, who)
}

// cover adds what a commit covers: of each member one change, a Remove before
// an Update, the newest Update; nothing about the committer.
func (r *reader) cover(e *Epoch) {
	for _, p := range r.pending {
		if p.remove != "" && p.remove != e.Author && !slices.Contains(e.Removed, p.remove) {
			e.Removed = append(e.Removed, p.remove)
		}
	}
	for _, p := range r.pending {
		if p.remove == "" && p.by != e.Author && !slices.Contains(e.Removed, p.by) {
			e.Updated[p.by] = p.at
		}
	}
}

func (r *reader) snapshot(at int, s sim.ScriptStep) {
	c := Corruption{Who: s.Who, Epoch: len(r.epochs) - 1, At: at, Since: -1, Part: len(s.Only) > 0}
	if own, ok := r.frozenAt[s.Who]; ok {
		c.Epoch = own
	}
	if since, ok := r.hoards[s.Who]; ok {
		c.Since = since
	}
	r.corruptions = append(r.corruptions, c)
}

// Rotated tells whether an epoch began with a fresh leaf of a member, and at
// which position in the script the leaf's key came into being.
func (e *Epoch) Rotated(who string) (at int, ok bool) {
	if e.Author == who && e.Path || slices.Contains(e.Joined, who) {
		return e.At, true
	}
	at, ok = e.Updated[who]
	return at, ok
}

// has tells whether a member is in the epoch.
func (e *Epoch) has(who string) bool { return slices.Contains(e.Members, who) }
