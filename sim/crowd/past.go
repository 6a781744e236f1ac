package crowd

// A past remembers of each parent which keys it has had, and when. The keys that
// all Commits have set are in it: as many as their paths are long.
type past struct {
	spans []span
	last  []spanID // by parent (half its node index): its newest span
}

// A span is the time in which a parent had one key.
type span struct {
	from   uint32 // the epoch that the key is from
	until  uint32 // the epoch whose Commit has ended it; forever if none has
	before spanID // of the node's key before
	known  bool   // the adversary knows the private key
}

const forever = ^uint32(0)

func (p *past) resize(nodes int) {
	if p != nil && nodes/2 > len(p.last) { // what was is kept where the tree gets smaller
		p.last = append(p.last, make([]spanID, nodes/2-len(p.last))...)
	}
}

func (p *past) begin(x, epoch uint32) {
	if p == nil {
		return
	}
	p.spans = append(p.spans, span{from: epoch, until: forever, before: p.last[x/2]})
	p.last[x/2] = spanID(len(p.spans))
}

func (p *past) end(x, epoch uint32) {
	if p != nil {
		p.span(p.last[x/2]).until = epoch
	}
}

// A spanID is 1 + the index of a span, or 0 for none. (A pointer would not outlive
// the growth of the slice.)
type spanID uint32

func (p *past) span(id spanID) *span { return &p.spans[id-1] }

// during returns the key that a parent had when the proposals of an epoch's Commit
// had been applied and its path had not, 0 if it was blank.
func (p *past) during(x, epoch uint32) spanID {
	if id := p.upTo(x, epoch-1); id != 0 && p.span(id).until > epoch {
		return id
	}
	return 0
}

// in returns the key that a parent has in an epoch, 0 if it is blank.
func (p *past) in(x, epoch uint32) spanID {
	if id := p.upTo(x, epoch); id != 0 && p.span(id).until > epoch {
		return id
	}
	return 0
}

// upTo returns the newest key of a parent that is from an epoch or an earlier one.
func (p *past) upTo(x, epoch uint32) spanID {
	if int(x/2) >= len(p.last) {
		return 0 // the tree was never so large
	}
	id := p.last[x/2]
	for id != 0 && p.span(id).from > epoch {
		id = p.span(id).before
	}
	return id
}
