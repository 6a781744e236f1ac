package props

import (
	"slices"
	"strings"
)

// The machine-checked theorem on TreeKEM (DY*, ePrint 2025/410): an attacker who
// knows the epoch_secret that a member believes in can have come by it in nine
// ways alone. Each is a function of its own. States are corrupted as a whole: the
// private path that goes with a leaf, the init key of a KeyPackage, a signature
// key, a member's init_secret of one epoch. All but the first need that all PSKs of
// the Commit are known. The theorem has no external Commits. Here they are one more
// way to process a Commit: external_secret, which is in the same states as
// init_secret and follows from the same epoch_secret, takes the place of that.

// A Case is one of the nine.
type Case uint8

// The cases, in the order of the theorem: the first is that on init_secret, the
// others are those on epoch_secret.
const (
	InitStateTaken Case = iota + 1
	JoinerInitKeyTaken
	JoinerSignatureTaken
	AddOnlyCommit
	NodeKeysTaken
	LeafSignatureTaken
	StaleInitKeyTaken
	InviterSignatureTaken
	InviterInSameState
)

var caseNames = [...]string{
	InitStateTaken:        "1 init_secret taken",
	JoinerInitKeyTaken:    "2 joiner's init key",
	JoinerSignatureTaken:  "3 joiner's signature key before",
	AddOnlyCommit:         "4 no path",
	NodeKeysTaken:         "5 node keys of a leaf",
	LeafSignatureTaken:    "6 leaf's signature key before",
	StaleInitKeyTaken:     "7 init key of a stale leaf",
	InviterSignatureTaken: "8 inviter's signature key before",
	InviterInSameState:    "9 as for the inviter",
}

// String returns the case's number and name.
func (c Case) String() string { return caseNames[c] }

// Cases is a set of them.
type Cases uint16

// Has tells whether a case is in the set.
func (s Cases) Has(c Case) bool { return s&(1<<c) != 0 }

// with returns the set and c, if ok.
func (s Cases) with(c Case, ok bool) Cases {
	if ok {
		return s | 1<<c
	}
	return s
}

// String lists the cases.
func (s Cases) String() string {
	var names []string
	for c := InitStateTaken; c <= InviterInSameState; c++ {
		if s.Has(c) {
			names = append(names, c.String())
		}
	}
	return strings.Join(names, "; ")
}

// A Viewer is the member whose epochs the theorem speaks of. Active says that the
// attacker may have used stolen signature keys.
type Viewer struct {
	*Past
	Who    string
	Active bool
}

// EpochSecret returns by which cases the attacker may know the epoch_secret of t,
// which the viewer has entered. Of a pair that has to come together, such as an
// init_secret known by case 1 and a commit by case 5, the set has the second.
func (v Viewer) EpochSecret(t int) Cases {
	e := &v.Epochs[t]
	switch {
	case t == 0 || v.guarded(t):
		return 0 // fresh randomness (RFC 9420, Section 11), or a PSK
	case e.External && v.Who == e.Author:
		v.Who = v.witness(e.Parent)
	case slices.Contains(e.Joined, v.Who):
		return Cases(0).with(InviterSignatureTaken, v.inviterSignatureTaken(t)).with(InviterInSameState, v.inviterInSameState(t))
	}
	s := Cases(0).with(JoinerInitKeyTaken, v.joinerInitKeyTaken(t)).with(JoinerSignatureTaken, v.joinerSignatureTaken(t))
	if v.InitSecret(e.Parent) == 0 {
		return s
	}
	return s.with(AddOnlyCommit, v.addOnlyCommit(t)).with(NodeKeysTaken, v.nodeKeysTaken(t)).
		with(LeafSignatureTaken, v.leafSignatureTaken(t)).with(StaleInitKeyTaken, v.staleInitKeyTaken(t))
}

// witness returns a member that has entered an epoch.
func (v Viewer) witness(t int) string {
	e := &v.Epochs[t]
	for _, m := range e.Members {
		if _, entered := e.Entered[m]; entered {
			return m
		}
	}
	return e.Author
}

// InitSecret returns by which cases the attacker may know the init_secret of t.
func (v Viewer) InitSecret(t int) Cases {
	return v.EpochSecret(t).with(InitStateTaken, v.initStateTaken(t))
}

// Case 1: of some participant of the epoch the init_secret of this very epoch was taken.
func (v Viewer) initStateTaken(t int) bool { return v.Exposed(t) }

// Case 2: the init key of a joiner of t was taken.
func (v Viewer) joinerInitKeyTaken(t int) bool {
	return slices.ContainsFunc(v.Epochs[t].Joined, func(j string) bool { return v.initKeyTaken(j, t) })
}

// Case 3: the signature key of a joiner of t was taken before the viewer checked
// its KeyPackage.
func (v Viewer) joinerSignatureTaken(t int) bool {
	return slices.ContainsFunc(v.Epochs[t].Joined, func(j string) bool { return v.signatureTakenBefore(j, v.Epochs[t].Entered[v.Who]) })
}

// Case 4: the Commit has no path.
func (v Viewer) addOnlyCommit(t int) bool { return !v.Epochs[t].Path }

// Case 5: the Commit has a path, and the keys that go with some leaf of the new
// tree were taken, before or after.
func (v Viewer) nodeKeysTaken(t int) bool {
	e := &v.Epochs[t]
	return e.Path && slices.ContainsFunc(e.Members, func(m string) bool { return v.leafTaken(m, t) })
}

// Case 6: the Commit has a path, and the signature key of some leaf of the new
// tree was taken before the viewer checked this LeafNode: when the viewer entered
// the epoch that brought it, or the group if the leaf was there by then.
func (v Viewer) leafSignatureTaken(t int) bool {
	e := &v.Epochs[t]
	return e.Path && slices.ContainsFunc(e.Members, func(m string) bool {
		brought := max(v.version(m, t), v.joined(v.Who, t))
		return v.signatureTakenBefore(m, v.Epochs[brought].Entered[v.Who])
	})
}

// Case 7: the Commit has a path, and of some leaf that still is the one of its
// KeyPackage the init key was taken, or its signature key before the viewer
// checked the KeyPackage.
func (v Viewer) staleInitKeyTaken(t int) bool {
	e := &v.Epochs[t]
	return e.Path && slices.ContainsFunc(e.Members, func(m string) bool {
		joined := v.version(m, t)
		if joined == 0 || v.Epochs[joined].External || !slices.Contains(v.Epochs[joined].Joined, m) {
			return false
		}
		checked := v.Epochs[max(joined, v.joined(v.Who, t))].Entered[v.Who]
		return v.initKeyTaken(m, joined) || v.signatureTakenBefore(m, checked)
	})
}

// Case 8: the viewer has just joined, and the inviter's signature key was taken
// before.
func (v Viewer) inviterSignatureTaken(t int) bool {
	e := &v.Epochs[t]
	return v.signatureTakenBefore(e.Author, e.Entered[v.Who])
}

// Case 9: the viewer has just joined, and the inviter was in the same state: what
// holds for the inviter.
func (v Viewer) inviterInSameState(t int) bool {
	v.Who = v.Epochs[t].Author
	return v.EpochSecret(t) != 0
}

// signatureTakenBefore tells whether a client's signature key was taken before a
// position of the script. Nothing follows from that where nobody uses it.
func (v Viewer) signatureTakenBefore(who string, at int) bool {
	return v.Active && slices.ContainsFunc(v.Corruptions, func(c Corruption) bool { return c.Who == who && !c.Part && c.At < at })
}

// leafTaken tells whether the keys that go with a member's leaf of epoch t were
// taken, before or after: in an epoch with the same leaf, or as the key of an
// Update in flight.
func (p *Past) leafTaken(who string, t int) bool {
	version := p.version(who, t)
	if slices.Contains(p.Epochs[version].Stolen, who) {
		return true
	}
	made, _ := p.Epochs[version].Rotated(who)
	for _, c := range p.Corruptions {
		if c.Who != who {
			continue
		}
		if c.Epoch == version-1 && p.Epochs[version-1].has(who) && made < c.At { // in flight
			return true
		}
		for u := version; u < len(p.Epochs) && p.Epochs[u].has(who) && p.version(who, u) == version; u++ {
			if p.exposes(c, u) {
				return true
			}
		}
	}
	return false
}

// initKeyTaken tells whether the init key by which a client joined in epoch t was
// taken: out of a store, or from a device that kept it.
func (p *Past) initKeyTaken(who string, t int) bool {
	if e := &p.Epochs[t]; e.External || slices.Contains(e.Stolen, who) {
		return !e.External
	}
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool {
		return c.Who == who && !c.Part && c.Since >= 0 && c.Since < p.Epochs[t].At && p.Epochs[t].At < c.At
	})
}

// version returns the epoch in which a member's leaf of epoch t came in.
func (p *Past) version(who string, t int) int {
	for v := t; v > 0; v = p.Epochs[v].Parent {
		if _, ok := p.Epochs[v].Rotated(who); ok {
			return v
		}
	}
	return 0
}

// joined returns the epoch in which a member of epoch t last joined.
func (p *Past) joined(who string, t int) int {
	for ; t > 0; t = p.Epochs[t].Parent {
		if slices.Contains(p.Epochs[t].Joined, who) {
			return t
		}
	}
	return 0
}
