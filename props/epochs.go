package props

import (
	"slices"

	"mlssim/sim"
)

// An Epoch is what a script says about an epoch, worked out from its text
// alone: neither model nor implementation has a hand in it.
type Epoch struct {
	Parent   int // position of the epoch before; -1 for the first
	Author   string
	Path     bool
	Joined   []string
	Updated  map[string]int // members whose Update is covered, and the position in the script at which it was sent
	Removed  []string
	Members  []string
	External bool           // its author has joined by it (RFC 9420, Section 12.4.3.2)
	PSKs     []string       // mixed in, as written: "p", "res:5"
	Stolen   []string       // who joined by a KeyPackage whose keys were taken out of a store
	At       int            // position of the step that began the epoch
	Entered  map[string]int // members, and the position at which each came to know the epoch; not those who never did
	Beyond   bool           // something went before that the predicates do not speak of
}

// A Corruption is a snapshot: of whom, in which own epoch, at which position in
// the script, and what the device had kept.
type Corruption struct {
	Who      string
	Epoch    int
	At       int
	Since    int  // position from which the device hoarded; -1 if it did not
	Part     bool // only some of the state was taken
	Hardware bool // and not what lies in hardware
}

// epochs reads the epochs off the script.
func (h *History) epochs() []Epoch { return Read(h.Steps).Epochs }

type proposal struct {
	by, remove string
	at         int
}

// reader follows a script.
type reader struct {
	epochs      []Epoch
	pending     []proposal
	corruptions []Corruption
	shared      map[string]shared
	keepsRes    bool
	packages    map[string][]*keyPackage // not used up, by client, oldest first
	frozenAt    map[string]int           // own epoch of frozen members
	hoards      map[string]int
	hardware    map[string]bool // of whom a theft takes not all
	beyond      bool            // a step was met that the predicates do not speak of
}

// A keyPackage is one that waits to be used, or one of last resort.
type keyPackage struct {
	last   bool
	stolen bool
	users  []*usedPackage
}

// A usedPackage is a place where a KeyPackage was used.
type usedPackage struct {
	epoch int
	who   string
}

// shared is a PSK of the application's: when it was shared out, and whether the
// adversary was given it.
type shared struct {
	at    int
	known bool
}

// Read works out the epochs of a script, and what was stolen.
func Read(steps []sim.ScriptStep) Past {
	r := &reader{hardware: map[string]bool{}, frozenAt: map[string]int{}, hoards: map[string]int{}, shared: map[string]shared{}, packages: map[string][]*keyPackage{}}
	for at, s := range steps {
		r.step(at, s)
	}
	return Past{r.epochs, r.corruptions, r.shared, r.keepsRes}
}

func (r *reader) now() *Epoch { return &r.epochs[len(r.epochs)-1] }

func (r *reader) step(at int, s sim.ScriptStep) {
	if s.On != "" { // elsewhere
		r.beyond = true
		return
	}
	switch s.Verb {
	case sim.VerbCreate:
		r.epochs = []Epoch{{Parent: -1, Author: s.Who, Path: true, Joined: []string{s.Who}, Members: []string{s.Who}, At: at,
			Entered: map[string]int{s.Who: at}}}
	case sim.VerbAdd:
		r.begin(Epoch{Author: s.Who, Path: !s.NoPath, Joined: s.Others, PSKs: s.PSKs, At: at})
		r.use(s.Others)
	case sim.VerbExternal:
		e := Epoch{Author: s.Who, Path: true, External: true, Joined: []string{s.Who}, PSKs: s.PSKs, At: at}
		if s.Resync {
			e.Removed = e.Joined
		}
		r.begin(e)
	case sim.VerbKeyPackage:
		r.packages[s.Who] = append(r.packages[s.Who], &keyPackage{last: s.Last})
	case sim.VerbSteal:
		r.steal(s.Who)
	case sim.VerbSecret, sim.VerbKnown:
		p, ok := r.shared[s.Name]
		if !ok {
			p.at = at
		}
		p.known = p.known || s.Verb == sim.VerbKnown
		r.shared[s.Name] = p
	case sim.VerbKeepRes:
		r.keepsRes = true
	case sim.VerbCommit:
		e := Epoch{Author: s.Who, Path: !s.NoPath, Updated: map[string]int{}, Removed: slices.Clone(s.Others), PSKs: s.PSKs, At: at}
		if !s.Omit {
			r.cover(&e)
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
	case sim.VerbWatch: // what is taken later the predicates do not speak of
		r.snapshot(at, s)
		r.beyond, r.now().Beyond = true, true
	case sim.VerbSend, sim.VerbExport, sim.VerbFraming:
	case sim.VerbRetain: // also of the present epoch is something kept
		r.beyond, r.now().Beyond = true, true
	case sim.VerbHSM:
		r.beyond = true
		r.hardware[s.Who] = true
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

// use notes by which KeyPackages clients have joined: each by its oldest that was
// not used, else by that of last resort, else by one that it published in this step.
func (r *reader) use(names []string) {
	for _, name := range names {
		waiting := r.packages[name]
		i := slices.IndexFunc(waiting, func(k *keyPackage) bool { return !k.last })
		if i < 0 {
			i = slices.IndexFunc(waiting, func(k *keyPackage) bool { return k.last })
		}
		if i < 0 {
			continue
		}
		k := waiting[i]
		k.users = append(k.users, &usedPackage{len(r.epochs) - 1, name})
		if !k.last {
			r.packages[name] = slices.Concat(waiting[:i], waiting[i+1:])
		}
		if k.stolen {
			r.lost(k)
		}
	}
}

// steal takes what is in a client's store.
func (r *reader) steal(who string) {
	for _, k := range r.packages[who] {
		k.stolen = true
		r.lost(k)
	}
}

// lost notes where a KeyPackage was used whose keys are taken.
func (r *reader) lost(k *keyPackage) {
	for _, u := range k.users {
		if e := &r.epochs[u.epoch]; !slices.Contains(e.Stolen, u.who) {
			e.Stolen = append(e.Stolen, u.who)
		}
	}
}

func (r *reader) snapshot(at int, s sim.ScriptStep) {
	if len(s.Only) == 0 || slices.Contains(s.Only, "store") {
		r.steal(s.Who)
	}
	if slices.Equal(s.Only, []string{"store"}) {
		return
	}
	c := Corruption{Who: s.Who, Epoch: len(r.epochs) - 1, At: at, Since: -1, Part: len(s.Only) > 0, Hardware: r.hardware[s.Who]}
	if own, ok := r.frozenAt[s.Who]; ok {
		c.Epoch = own
	}
	if !r.epochs[c.Epoch].has(s.Who) {
		return
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
