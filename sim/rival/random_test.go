package rival

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// A past is a random script, and of one member who is removed in it, if any, in
// which epoch that was.
type past struct {
	steps   []sim.ScriptStep
	epoch   uint64
	out     string // who kept all it had and was removed
	gone    uint64 // the first epoch without it
	meddled bool   // it has added or removed somebody
}

// anyPast draws a script. With keeps, B keeps all that it ever has, is removed at
// some time, and robbed of it at the end.
func anyPast(t *rapid.T, keeps bool) *past {
	p := &past{}
	in, frozen := []string{"A"}, map[string]bool{}
	spare := []string{"H", "G", "F", "E", "D", "C"}
	say := func(s sim.ScriptStep) { s.Text = fmt.Sprint(s); p.steps = append(p.steps, s) }
	say(sim.ScriptStep{Verb: sim.VerbCreate, Who: "A"})
	commit := func(s sim.ScriptStep) { say(s); p.epoch++; p.meddled = p.meddled || s.Who == "B" && len(s.Others) > 0 }
	commit(sim.ScriptStep{Verb: sim.VerbAdd, Who: "A", Others: []string{"B", "X"}})
	in = append(in, "B", "X")
	if keeps {
		say(sim.ScriptStep{Verb: sim.VerbHoard, Who: "B"})
	}
	for range rapid.IntRange(5, 40).Draw(t, "steps") {
		var awake []string
		for _, m := range in {
			if !frozen[m] {
				awake = append(awake, m)
			}
		}
		who := rapid.SampledFrom(awake).Draw(t, "who")
		switch rapid.SampledFrom([]string{"commit", "commit", "send", "send", "add", "remove", "freeze", "thaw", "snapshot", "away"}).Draw(t, "step") {
		case "commit":
			commit(sim.ScriptStep{Verb: sim.VerbCommit, Who: who})
		case "send":
			say(sim.ScriptStep{Verb: sim.VerbSend, Who: who, Count: rapid.IntRange(1, 3).Draw(t, "count")})
		case "add":
			n := rapid.IntRange(0, min(2, len(spare))).Draw(t, "new")
			var whom []string
			whom, spare = slices.Clone(spare[:n]), spare[n:]
			if n > 0 {
				commit(sim.ScriptStep{Verb: sim.VerbAdd, Who: who, Others: whom, NoPath: rapid.Bool().Draw(t, "nopath")})
				in = append(in, whom...)
			}
		case "remove", "away":
			whom := rapid.SampledFrom(in).Draw(t, "whom")
			if whom == who || frozen[whom] || len(in) < 3 || keeps && whom == "B" && p.out != "" {
				continue
			}
			commit(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, Others: []string{whom}})
			in = slices.DeleteFunc(in, func(m string) bool { return m == whom })
			if whom != "B" {
				spare = append(spare, whom) // may come again
			} else if keeps {
				p.out, p.gone = "B", p.epoch
			}
		case "freeze":
			if len(awake) > 2 && (who != "B" || !keeps) {
				frozen[who] = true
				say(sim.ScriptStep{Verb: sim.VerbFreeze, Who: who})
			}
		case "thaw":
			for _, m := range in {
				if frozen[m] {
					delete(frozen, m)
					say(sim.ScriptStep{Verb: sim.VerbThaw, Who: m})
					break
				}
			}
		case "snapshot":
			if !keeps {
				say(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: who})
			}
		}
	}
	if p.out != "" {
		say(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: "B"})
		say(sim.ScriptStep{Verb: sim.VerbSend, Who: rapid.SampledFrom(in).Filter(func(m string) bool { return !frozen[m] }).Draw(t, "last")})
	}
	return p
}

func (p *past) run(t *rapid.T, protocol string) *sim.Result {
	b, err := New(protocol)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(&sim.Plan{Name: "past", Engine: "symbolic", Protocol: protocol, Seed: 1, Script: p.steps}, b, sim.Options{})
	if err != nil {
		t.Fatalf("%s: %v", protocol, err)
	}
	return r
}

// Whatever happens, members agree on epochs and read each other's messages (sim.Run
// sees to that), and nothing is used twice.
func TestMembersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPast(t, false)
		for _, protocol := range Protocols() {
			p.run(t, protocol)
		}
	})
}

// Who kept all it ever had and is removed can read nothing of what comes after. In
// ART that holds for those alone who have neither added nor removed anybody.
func TestRemovedMembersAreOut(t *testing.T) {
	tried := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		p := anyPast(t, true)
		if p.out == "" {
			return
		}
		for _, protocol := range Protocols() {
			if protocol == ART && p.meddled {
				continue
			}
			tried[protocol]++
			r := p.run(t, protocol)
			for _, e := range r.Epochs {
				if e.Epoch >= p.gone && e.LeakedAt != sim.Never {
					t.Fatalf("%s: epoch %d leaks to a member that left in %d", protocol, e.Epoch, p.gone)
				}
			}
			for i, m := range r.Messages {
				if m.Epoch >= p.gone && m.ReadAt != sim.Never {
					t.Fatalf("%s: message %d of epoch %d is read by a member that left in %d", protocol, i+1, m.Epoch, p.gone)
				}
			}
		}
	})
	for _, protocol := range Protocols() {
		if tried[protocol] < 5 {
			t.Errorf("%s: only %d histories with a removal", protocol, tried[protocol])
		}
	}
}

// In trees, whoever is a member comes to the secret of each new epoch by what it
// held, what was sent and the rules; and who was removed, and held no more than its
// state, does not, but for what is ART's.
func TestMembersAndNoOthersReachTheEpoch(t *testing.T) {
	for _, protocol := range []string{ART, Tainted} {
		t.Run(protocol, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := newCrowd(failer{T: t}, protocol, rapid.IntRange(1, 6).Draw(t, "members"))
				fresh := sim.ClientID(100)
				for range rapid.IntRange(1, 8).Draw(t, "commits") {
					ids := c.ids()
					who := rapid.SampledFrom(ids).Draw(t, "who")
					in := sim.Commit{}
					var gone []sim.ClientID
					for _, id := range ids {
						if id != who && rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
							in.Removes = append(in.Removes, c.members[id].View().Leaf)
							gone = append(gone, id)
						}
					}
					var joiners []sim.ClientID
					for range rapid.IntRange(0, 3).Draw(t, "add") {
						joiners = append(joiners, fresh)
						fresh++
					}
					in.NoPath = len(gone)+len(joiners) > 0 && rapid.Bool().Draw(t, "nopath")
					c.commit(who, in, joiners...)
					epoch := named(sim.EncryptionSecret, c.step)
					for _, id := range c.ids() {
						if id != who && !c.reaches(c.held[id], epoch) {
							t.Fatalf("client %d cannot compute the epoch of step %d", id, c.step)
						}
						if got := c.members[id].View().Agreement; got != named(sim.EpochAuthenticator, c.step) {
							t.Fatalf("client %d is in %v", id, got)
						}
					}
					for _, id := range gone {
						if protocol == Tainted && c.reaches(c.held[id], epoch) {
							t.Fatalf("client %d was removed and computes the epoch of step %d", id, c.step)
						}
					}
				}
			})
		})
	}
}

// failer makes a testing.TB of what rapid gives.
type failer struct {
	testing.TB
	T *rapid.T
}

func (f failer) Helper()                           {}
func (f failer) Fatal(args ...any)                 { f.T.Fatal(args...) }
func (f failer) Fatalf(format string, args ...any) { f.T.Fatalf(format, args...) }
