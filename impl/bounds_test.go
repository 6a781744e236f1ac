package impl

import (
	"fmt"
	"math/bits"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A limit is a field of Bounds and what runs into it. use sets the bound of the
// receiver, or of whom it is for, and does as much as the bound allows, or so much
// more.
type limit struct {
	want spec.ID // what more is refused for
	use  func(r *room, more int) error
}

// few stands for a bound in tests.
const few = 2

// limits are all Bounds, by their names in docs/bounds.md.
var limits = map[string]limit{
	"Window.MaxForward": {req.RatchetForwardLimit, func(r *room, more int) error {
		r.env.Window.MaxForward = few
		sent := r.messages("B", few+1+more)
		return r.give("A", sent[few+more])
	}},
	"Window.MaxSkipped": {req.RatchetKeyOnce, func(r *room, more int) error {
		r.env.Window.MaxSkipped = few
		sent := r.messages("B", few+1+more)
		a, _, err := r.at("A").member.Receive(r.env, sent[few+more])
		r.ok(err)
		_, _, err = a.Receive(r.env, sent[0])
		return err
	}},
	"MaxLifetime": {req.LeafLifetimeMax, func(r *room, more int) error {
		r.env.MaxLifetime = 86400
		k, err := NewKeyPackageWith(r.unbounded(), r.stranger(), KeyPackageOptions{Lifetime: 86400 - clockSkew + uint64(more)})
		r.ok(err)
		_, out, err := r.at("B").member.ProposeAdd(r.unbounded(), k.Package, spec.WirePublicMessage)
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"Expired": {req.LeafLifetimeNow, func(r *room, more int) error {
		r.commit("A", CommitOptions{}, "E") // whose leaf is the one of its KeyPackage
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		r.env.Now += DefaultMaxLifetime + 1
		r.env.Expired = more == 0
		_, _, err = JoinExternal(r.env, r.party("F").id, info, ExternalOptions{})
		return err
	}},
	"MaxMessage": {req.MessageSize, func(r *room, more int) error {
		b := wire.Encode(r.messages("B", 1)[0])
		r.env.MaxMessage = len(b) - more
		_, err := Parse(r.env, b)
		return err
	}},
	"MaxAuthenticated": {req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, out, err := r.at("B").member.SendWith(r.unbounded(), nil, make([]byte, few+more))
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"MaxLeaves": {req.TreeSize, func(r *room, more int) error {
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{})
		r.ok(err)
		r.env.MaxLeaves = len(r.parties) - more
		_, err = Follow(r.env, info, nil)
		return err
	}},
	"MaxCovered": {req.CommitProposalsCount, func(r *room, more int) error {
		r.env.MaxCovered = few
		_, out := r.enlarge("B", few+more)
		return r.give("A", out.Message)
	}},
	"MaxPSKs": {req.PSKLimit, func(r *room, more int) error {
		everyPSK(r.env)
		r.env.MaxPSKs = few
		_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"MaxNewcomers": {req.WelcomeSecretsCount, func(r *room, more int) error {
		r.env.MaxNewcomers = few
		joiners, out := r.enlarge("B", few+more)
		_, _, err := Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, out.welcome, JoinOptions{})
		return err
	}},
	"MaxData": {req.ApplicationSize, func(r *room, more int) error {
		r.env.MaxData = few
		_, _, err := r.at("A").member.Send(r.env, make([]byte, few+more))
		return err
	}},
	"MaxSent": {req.ApplicationAeadLimit, func(r *room, more int) error {
		r.env.MaxSent = 2 * few
		a, _, err := r.at("A").member.Send(r.env, make([]byte, few))
		r.ok(err)
		_, _, err = a.Send(r.env, make([]byte, few+more))
		return err
	}},
	"Proposals": {req.ProposalCount, func(r *room, more int) error {
		r.env.Proposals = few
		b := r.at("B").member
		for i := range few + more {
			after, out, err := b.ProposeRemove(r.unbounded(), 2+tree.LeafIndex(i%2), []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage}[i/2])
			r.ok(err)
			a, _, err := r.at("A").member.Receive(r.env, out.Message)
			if err != nil {
				return err
			}
			b, r.at("A").member = after, a
		}
		return nil
	}},
	"PastEpochs": {req.FramingEpoch, func(r *room, more int) error {
		r.env.PastEpochs = few
		late := r.messages("B", 1)[0]
		for range few + more {
			r.commit("C", CommitOptions{})
		}
		return r.give("A", late)
	}},
	"PastPSKs": {req.PSKAvailable, func(r *room, more int) error {
		r.env.PastPSKs = few
		m := r.at("A").member
		kept := schedule.ResumptionPSK(spec.UsageApplication, m.ID(), m.Number())
		for range few + more {
			r.commit("C", CommitOptions{})
		}
		_, _, _, err := r.at("A").member.Commit(r.env, CommitOptions{PSKs: []schedule.PreSharedKeyID{kept}, Format: spec.WirePublicMessage})
		return err
	}},
}

// unbounded is the surroundings of one who has other Bounds.
func (r *room) unbounded() *Env {
	env := *r.env
	env.Bounds = Bounds{}
	return &env
}

// messages returns messages that a member sends and nobody has received.
func (r *room) messages(from string, n int) []*message.MLSMessage {
	m := r.at(from).member
	var sent []*message.MLSMessage
	for range n {
		after, out, err := m.Send(r.unbounded(), []byte("data"))
		r.ok(err)
		m, sent = after, append(sent, out.Message)
	}
	return sent
}

// A joiner is a client that a Commit adds.
type joiner struct {
	id   *Identity
	keys *KeyPackageKeys
}

// An enlargement is a Commit that adds clients, with its Welcome.
type enlargement struct {
	Output
	welcome *message.Welcome
}

// adding lets a member add so many clients.
func (r *room) enlarge(by string, n int) ([]joiner, enlargement) {
	var joiners []joiner
	o := CommitOptions{Format: spec.WirePublicMessage}
	for i := range n {
		id := r.party(fmt.Sprint("newcomer ", i)).id
		k, err := NewKeyPackage(r.unbounded(), id)
		r.ok(err)
		joiners, o.Add = append(joiners, joiner{id, k}), append(o.Add, k.Package)
	}
	_, staged, out, err := r.at(by).member.Commit(r.unbounded(), o)
	r.ok(err)
	return joiners, enlargement{out, staged.Welcomes[0]}
}

func psksNamed(n int) []schedule.PreSharedKeyID {
	var ids []schedule.PreSharedKeyID
	for i := range n {
		ids = append(ids, schedule.ExternalPSK(fmt.Appendf(nil, "psk %d", i)))
	}
	return ids
}

// TestBounds goes up to each bound, and one further.
func TestBounds(t *testing.T) {
	base := settled(t)
	for name, l := range limits {
		t.Run(name, func(t *testing.T) {
			if err := l.use(base.copy(t), 0); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			if err := l.use(base.copy(t), 1); spec.Violated(err) != l.want {
				t.Errorf("beyond the bound: %v, want %s", err, l.want)
			}
		})
	}
}

// TestBoundsEverywhere: who decodes without Parse, receives a PrivateMessage or
// follows the group runs into the same bounds; and nobody sends what is beyond them.
func TestBoundsEverywhere(t *testing.T) {
	base := settled(t)
	for _, c := range []struct {
		name string
		want spec.ID
		use  func(r *room, more int) error
	}{
		{"size of a message that was decoded", req.MessageSize, func(r *room, more int) error {
			msg := r.messages("B", 1)[0]
			r.env.MaxMessage = len(wire.Encode(msg)) - more
			return r.give("A", msg)
		}},
		{"size of a public message", req.MessageSize, func(r *room, more int) error {
			pm := r.proposing("B", remove(2)).PublicMessage
			r.env.MaxMessage = len(wire.Encode(pm)) - more
			_, err := r.at("A").member.VerifyPublic(r.env, pm)
			return err
		}},
		{"size of a Welcome", req.MessageSize, func(r *room, more int) error {
			joiners, out := r.enlarge("B", 1)
			r.env.MaxMessage = len(wire.Encode(out.welcome)) - more
			_, _, err := Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, out.welcome, JoinOptions{})
			return err
		}},
		{"size of a GroupInfo to follow", req.MessageSize, func(r *room, more int) error {
			info := r.info(GroupInfoOptions{})
			r.env.MaxMessage = len(wire.Encode(info)) - more
			_, err := Follow(r.env, info, nil)
			return err
		}},
		{"size of a GroupInfo to join by", req.MessageSize, func(r *room, more int) error {
			info := r.info(GroupInfoOptions{ExternalPub: true})
			r.env.MaxMessage = len(wire.Encode(info)) - more
			_, _, err := JoinExternal(r.env, r.stranger(), info, ExternalOptions{})
			return err
		}},
		{"size of a tree that comes apart", req.MessageSize, func(r *room, more int) error {
			info, b := r.info(GroupInfoOptions{NoTree: true}), r.at("A").member.Tree().Extension()
			r.env.MaxMessage = len(b) - more
			_, err := Follow(r.env, info, b)
			return err
		}},
		{"authenticated_data of a public message", req.FramingAuthenticatedDataSize, func(r *room, more int) error {
			r.env.MaxAuthenticated = few
			_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
			r.ok(err)
			return r.give("A", out.Message)
		}},
		{"authenticated_data of a message that is followed", req.FramingAuthenticatedDataSize, func(r *room, more int) error {
			r.env.MaxAuthenticated = few
			_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
			r.ok(err)
			_, err = r.at("A").member.VerifyPublic(r.env, out.Message.PublicMessage)
			return err
		}},
		{"authenticated_data of own data", req.FramingAuthenticatedDataSize, func(r *room, more int) error {
			r.env.MaxAuthenticated = few
			_, _, err := r.at("B").member.SendWith(r.env, nil, make([]byte, few+more))
			return err
		}},
		{"authenticated_data of an own Commit", req.FramingAuthenticatedDataSize, func(r *room, more int) error {
			r.env.MaxAuthenticated = few
			_, _, _, err := r.at("B").member.Commit(r.env, CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
			return err
		}},
		{"authenticated_data of an external Commit", req.FramingAuthenticatedDataSize, func(r *room, more int) error {
			r.env.MaxAuthenticated = few
			_, _, err := JoinExternal(r.env, r.stranger(), r.info(GroupInfoOptions{ExternalPub: true}), ExternalOptions{Data: make([]byte, few+more)})
			return err
		}},
		{"PSKs of a Welcome", req.PSKLimit, func(r *room, more int) error {
			everyPSK(r.env)
			k, err := NewKeyPackage(r.env, r.stranger())
			r.ok(err)
			_, staged, _, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{
				Add: packages(*k.Package), PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
			r.ok(err)
			r.env.MaxPSKs = few
			_, _, err = Join(r.env, &Identity{Suite: r.suite(), Signer: r.stranger().Signer}, []*KeyPackageKeys{k}, staged.Welcomes[0], JoinOptions{})
			return err
		}},
		{"PSKs of an external Commit", req.PSKLimit, func(r *room, more int) error {
			everyPSK(r.env)
			r.env.MaxPSKs = few
			_, _, err := JoinExternal(r.env, r.stranger(), r.info(GroupInfoOptions{ExternalPub: true}), ExternalOptions{PSKs: psksNamed(few + more)})
			return err
		}},
		{"proposals of an own Commit", req.CommitProposalsCount, func(r *room, more int) error {
			everyPSK(r.env)
			r.env.MaxCovered = few
			_, _, _, err := r.at("B").member.Commit(r.env, CommitOptions{PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.use(base.copy(t), 0); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			if err := c.use(base.copy(t), 1); spec.Violated(err) != c.want {
				t.Errorf("beyond the bound: %v, want %s", err, c.want)
			}
		})
	}
}

func (r *room) info(o GroupInfoOptions) *message.GroupInfo {
	info, err := r.at("A").member.GroupInfo(r.env, o)
	r.ok(err)
	return info
}

// TestCoverKeepsToTheBounds: of more proposals than a Commit may cover, a committer
// takes the first.
func TestCoverKeepsToTheBounds(t *testing.T) {
	for name, set := range map[string]func(*Bounds){
		"proposals": func(b *Bounds) { b.MaxCovered = few },
		"PSKs":      func(b *Bounds) { b.MaxPSKs = few },
	} {
		t.Run(name, func(t *testing.T) {
			r := settled(t)
			everyPSK(r.env)
			for _, id := range psksNamed(few + 2) {
				after, out, err := r.at("B").member.ProposePSK(r.env, id, r.format)
				r.ok(err)
				r.at("B").member = after
				r.deliver(r.at("B"), out.Message)
			}
			set(&r.env.Bounds)
			_, _, out, err := r.at("A").member.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
			r.ok(err)
			if n := len(out.Message.PublicMessage.Content.Commit.Proposals); n != few {
				t.Errorf("%d proposals are covered, want %d", n, few)
			}
			r.ok(r.give("C", out.Message))
		})
	}
}

var row = regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` \\| ([^|]*) \\|")

// TestBoundsAreDocumented: docs/bounds.md has a row for each bound, with its
// default, and no other; and each is run into above.
func TestBoundsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/bounds.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		documented[m[1]] = m[2]
	}
	var b Bounds
	defaults := map[string]string{
		"Window.MaxForward": fmt.Sprint(schedule.DefaultMaxForward),
		"Window.MaxSkipped": fmt.Sprint(schedule.DefaultMaxSkipped),
		"MaxLifetime":       fmt.Sprintf("%d days", b.maxLifetime()/86400),
		"Expired":           "no",
		"MaxMessage":        power(b.maxMessage()),
		"MaxAuthenticated":  power(b.maxAuthenticated()),
		"MaxLeaves":         power(b.maxLeaves()),
		"MaxCovered":        power(b.maxCovered()),
		"MaxPSKs":           power(b.maxPSKs()),
		"MaxNewcomers":      power(b.maxNewcomers()),
		"MaxData":           power(b.maxData()),
		"MaxSent":           power(int(b.maxSent())),
		"Proposals":         power(b.proposals()),
		"PastEpochs":        "0",
		"PastPSKs":          "0",
	}
	fields := fieldsOf(reflect.TypeFor[Bounds](), "")
	for _, name := range fields {
		if got, want := documented[name], defaults[name]; want == "" || got != want {
			t.Errorf("%s: the page has the default %q, want %q", name, got, want)
		}
		if _, ok := limits[name]; !ok {
			t.Errorf("%s: no test runs into it", name)
		}
	}
	if len(documented) != len(fields) || len(limits) != len(fields) {
		t.Errorf("%d bounds, %d documented, %d tested", len(fields), len(documented), len(limits))
	}
}

// power writes a power of two.
func power(n int) string {
	if n&(n-1) != 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("2^%d", bits.Len(uint(n))-1)
}

func fieldsOf(s reflect.Type, prefix string) []string {
	var names []string
	for i := range s.NumField() {
		f := s.Field(i)
		if f.Type.Kind() == reflect.Struct {
			names = append(names, fieldsOf(f.Type, f.Name+".")...)
		} else {
			names = append(names, strings.Join([]string{prefix, f.Name}, ""))
		}
	}
	return names
}
