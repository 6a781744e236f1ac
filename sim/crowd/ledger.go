package crowd

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"math/bits"

	"mlssim/sim"
)

// ledger is what a run notes: records of what concerns the whole group, a digest over
// every event, and what is measured.
type ledger struct {
	d       *driver
	to      io.Writer // nil: nowhere
	sum     hash.Hash
	rolling uint64 // over the events, each of which is one step
	n       int
	err     error // the first of to

	names   []string // of those who appear in the result, by ClientID
	clients map[Member]sim.ClientID
	epochs  []sim.EpochRecord
	blank   int // sum over Commits, in millionths
	sealed  [32]uint64
	on      [32]uint64 // Commits with a path that had a copath node at the height
	scale   sim.Scale

	compromises []sim.Compromise
	thefts      []theft // that have not healed
	heals       []sim.Heal
}

func (l *ledger) open(d *driver, to io.Writer) {
	l.d, l.to, l.sum, l.clients = d, to, sha256.New(), map[Member]sim.ClientID{}
	l.epochs = append(l.epochs, sim.EpochRecord{Members: 1, End: sim.Never, Committer: l.client(0)})
	if d.g.epoch > 0 {
		l.committed(d.g.first)
	}
}

// mix takes an event into the digest.
func (l *ledger) mix(at int64, e event) {
	x := l.rolling ^ uint64(at) ^ uint64(e.member)<<40 ^ uint64(e.kind)<<32
	high, low := bits.Mul64(x+0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	l.rolling = high ^ low
}

// client numbers those who appear in the result.
func (l *ledger) client(m Member) sim.ClientID {
	id, ok := l.clients[m]
	if !ok {
		id = sim.ClientID(len(l.names))
		l.clients[m], l.names = id, append(l.names, nameOf(m))
	}
	return id
}

// add writes a record, and seals the digest of the events up to it.
func (l *ledger) add(r sim.Record) {
	l.n++
	r.N, r.At = l.n, l.d.now
	line, err := json.Marshal(r)
	if err != nil {
		l.err = err
		return
	}
	line = append(line, '\n')
	l.sum.Write(binary.LittleEndian.AppendUint64(nil, l.rolling))
	l.sum.Write(line)
	if l.to != nil && l.err == nil {
		_, l.err = l.to.Write(line)
	}
}

// committed notes a Commit and what it means for what was stolen.
func (l *ledger) committed(c Commit) {
	g := l.d.g
	l.epochs[len(l.epochs)-1].End = l.d.now
	l.epochs = append(l.epochs, sim.EpochRecord{Epoch: uint64(c.Epoch), Start: l.d.now, End: sim.Never, Committer: l.client(c.By),
		Path: c.Path, Adds: c.Adds, Updates: c.Updates, Removes: c.Removes, Members: g.Size(),
		Cost: sim.Cost{Seals: c.Ciphertexts + c.Adds, Bytes: c.Bytes}})
	s := &l.scale
	s.Ciphertexts += c.Ciphertexts
	s.Most = max(s.Most, c.Ciphertexts)
	s.Bytes += c.Bytes
	s.MostBytes = max(s.MostBytes, c.Bytes)
	l.blank += int(g.Blank() * 1e6)
	for h, n := range c.Sealed {
		if c.Heights>>h&1 == 1 {
			l.sealed[h] += uint64(n)
			l.on[h]++
		}
	}
	l.add(sim.Record{What: sim.DidAccept, Who: nameOf(c.By), Epoch: uint64(c.Epoch)})
	l.leaks()
	l.healed(c)
}

// leaks puts on record which epochs have come to leak.
func (l *ledger) leaks() {
	for _, epoch := range l.d.g.adversary.Learned() {
		l.add(sim.Record{What: sim.DidLeak, Epoch: uint64(epoch)})
	}
}

// result gathers what was measured.
func (l *ledger) result() *sim.Result {
	d := l.d
	for i := range l.epochs {
		e := &l.epochs[i]
		at, late := d.g.adversary.Leaked(uint32(e.Epoch))
		e.LeakedAt, e.Retroactive = sim.Time(at), late
	}
	s := l.scale
	s.Members, s.Appeared, s.KeysKnown = d.g.Size(), len(d.g.members), d.g.adversary.keys
	if n := len(l.epochs) - 1; n > 0 {
		s.BlankMean = l.blank / n
	}
	for h := range l.on {
		if l.on[h] == 0 {
			break
		}
		s.Resolution = append(s.Resolution, int(l.sealed[h]*1000/l.on[h]))
	}
	end, err := json.Marshal([]any{l.epochs, s})
	if err != nil {
		l.err = err
	}
	l.sum.Write(binary.LittleEndian.AppendUint64(nil, l.rolling))
	l.sum.Write(end)
	return &sim.Result{Plan: d.plan.Name, Engine: d.plan.Engine, Seed: d.plan.Seed, Digest: hex.EncodeToString(l.sum.Sum(nil)),
		Clients: l.names, Horizon: d.plan.Horizon, Events: d.events, Epochs: l.epochs, Messages: []sim.MessageRecord{},
		Compromises: append([]sim.Compromise{}, l.compromises...), Heals: append([]sim.Heal{}, l.heals...), Cells: []sim.Cell{}, Scale: &s}
}
