package props

import (
	"fmt"
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/model"
)

// follow lets all others receive a Commit, and those whom it adds join.
func (w *twins) follow(before snapshot, who string, outM model.Output, outI impl.Output, staged *impl.Staged, joiners []stock, types []string) {
	msg := sent{outM.Send, outI.Message}
	if !w.delivered(before, msg, who) {
		return
	}
	p := w.members[who]
	p.model, p.impl = *outM.Next, staged.Next
	w.members[who] = p
	w.refs = nil
	if !w.joinAll(outM, staged, joiners) {
		w.undo(before)
		return
	}
	w.log = append(w.log, msg)
	w.tally.happened["commit"]++
	for _, what := range types {
		w.tally.happened[what]++
	}
	w.tally.happened["add"] += len(outM.Welcomes)
	if p.model.Ended != nil {
		w.next(before)
	}
}

// covered returns the types of what a Commit covers.
func covered(m model.Member, e model.MakeCommit) []string {
	var types []string
	for _, p := range m.Proposals {
		if slices.Contains(e.References, p.Ref) {
			types = append(types, "cover "+p.Type.String())
		}
	}
	for _, p := range e.Values {
		types = append(types, "carry "+p.Type.String())
	}
	return types
}

// delivered lets all but its author receive a Commit, and those whom it removes
// leave. If one of them refuses it, it has never been, and the answer is no.
func (w *twins) delivered(before snapshot, msg sent, author string) bool {
	var left []string
	for _, other := range w.order {
		if other == author {
			continue
		}
		removed, ok := w.receive(other, msg)
		if removed {
			left = append(left, other)
		} else if !ok {
			w.undo(before)
			return false
		}
	}
	for _, other := range left {
		w.leave(other)
	}
	return true
}

func (w *twins) undo(before snapshot) {
	w.restore(before)
	w.tally.happened["taken back"]++
}

func (w *twins) leave(name string) {
	delete(w.members, name)
	w.order = slices.DeleteFunc(w.order, func(n string) bool { return n == name })
	w.tally.happened["leave"]++
}

// joinAll lets all join for whom there is a Welcome. It tells whether all could.
func (w *twins) joinAll(outM model.Output, staged *impl.Staged, joiners []stock) bool {
	for k, welcome := range outM.Welcomes {
		for _, entry := range welcome.Secrets {
			for _, s := range slices.Concat(joiners, w.asked) {
				if s.model.Package.Ref(w.store) == entry.NewMember && !w.joins(s, welcome, staged.Welcomes[k], nil) {
					return false
				}
			}
		}
	}
	return true
}

// joins lets a client join by a Welcome, and become a member of the group.
func (w *twins) joins(s stock, welcome *model.Welcome, bytes *message.Welcome, from *twin) bool {
	name := string(s.client.identity.Credential.Identity)
	p, ok := w.join(s, welcome, bytes, from)
	if !ok {
		return false
	}
	if _, there := w.members[name]; there { // the same client under another key
		name = fmt.Sprint(name, " ", w.step)
	}
	w.members[name], w.order = p, append(w.order, name)
	return true
}

// join lets a client join by a Welcome.
func (w *twins) join(s stock, welcome *model.Welcome, bytes *message.Welcome, from *twin) (twin, bool) {
	me, ie := w.env()
	j := model.Joining{Client: s.client.client, Keys: []model.KeyPackageKeys{s.model}, Welcome: welcome}
	var o impl.JoinOptions
	if from != nil {
		j.From = []model.Member{from.model}
		o.Parent = func(id []byte, epoch uint64) *impl.Epoch {
			if string(id) != string(from.impl.ID()) || epoch != from.impl.Number() {
				return nil
			}
			return from.impl.Epoch
		}
	}
	m, _, errM := model.Join(me, j)
	i, _, errI := impl.Join(ie, s.client.identity, []*impl.KeyPackageKeys{s.impl}, over(w.t, bytes), o)
	ok := w.agree("join", errM, errI)
	return twin{s.client.client, s.client.identity, m, i}, ok
}
