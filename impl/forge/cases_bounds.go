package forge

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What is within the rules, and more than a client is ready for.

// bounded lets a client have bounds that the control keeps to.
func bounded(set func(*impl.Bounds), e Entry, bad, good func(*Group) error) recipe {
	return with(ownLimit, func(env *impl.Env) { set(&env.Bounds) }, does(e, bad, good))
}

// parses lets A decode a message with so much padding.
func parses(padding int) func(*Group) error {
	return func(g *Group) error {
		env := *g.Env
		env.Padding = func(int) int { return padding }
		_, out, err := g.at("B").Member.Send(&env, []byte("data"))
		g.ok(err)
		_, err = impl.Parse(g.Env, wire.Encode(out.Message))
		return err
	}
}

// says lets A send data with so many bytes of authenticated_data.
func says(n int) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.SendWith(g.Env, []byte("data"), make([]byte, n))
		return err
	}
}

// covers lets A commit to so many PSKs.
func covers(n int) func(*Group) error {
	return func(g *Group) error {
		g.hold("psk")
		return g.commits(impl.CommitOptions{PSKs: slices.Repeat([]schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("psk"))}, n)})
	}
}

// joinsWith lets a client join that is added with others, n in all.
func joinsWith(n int) func(*Group) error {
	return func(g *Group) error {
		c := g.invited()
		o := impl.CommitOptions{Add: []*message.KeyPackage{c.Keys.Package}, Format: spec.WirePublicMessage}
		for range n - 1 {
			o.Add = append(o.Add, g.packaged(g.identity("F"), nil, nil).Package)
		}
		_, staged, _, err := g.at("A").Member.Commit(g.Env, o)
		g.ok(err)
		_, _, err = impl.Join(g.Env, c.Identity, []*impl.KeyPackageKeys{c.Keys}, staged.Welcomes[0], impl.JoinOptions{})
		return err
	}
}

// within is an input and its control, of which the first exceeds a bound that is set
// when both are made.
func within(set func(*impl.Bounds), r recipe) recipe {
	inner := r.make
	r.make = func(g *Group) (bad, good *Input) {
		bad, good = inner(g)
		set(&g.Env.Bounds)
		return bad, good
	}
	return r.only(ownLimit)
}

// saying is a frame with so many bytes of authenticated_data.
func saying(n int) Framing {
	return Framing{Content: func(f *message.FramedContent) { f.AuthenticatedData = make([]byte, n) }}
}

// psksOf is a list of so many PSKs, which all clients have.
func psksOf(n int) lister {
	return func(g *Group) []Covered {
		var list []Covered
		for _, name := range []string{"one", "two"}[:n] {
			g.hold(name)
			list = append(list, Values(pskNamed(name)(g))...)
		}
		return list
	}
}

// heavy is more than any other message here has, in bytes.
const heavy = 8000

// follower lets A verify a Remove by B as one who follows the group does.
func follower(n int) func(*Group) error {
	return func(g *Group) error {
		msg, _, err := g.by("B").Proposal(Remove(2), saying(n))
		g.ok(err)
		_, err = g.at("A").Member.VerifyPublic(g.Env, msg.PublicMessage)
		return err
	}
}

// commitsWith lets A commit with so many bytes of authenticated_data.
func commitsWith(n int) func(*Group) error {
	return func(g *Group) error { return g.commits(impl.CommitOptions{Data: make([]byte, n)}) }
}

// comesInWith lets a client come in by a Commit with so many PSKs, and with so many
// bytes of authenticated_data.
func comesInWith(psks, data int) func(*Group) error {
	return func(g *Group) error {
		o := impl.ExternalOptions{Data: make([]byte, data)}
		for _, p := range psksOf(psks)(g) {
			o.PSKs = append(o.PSKs, p.Proposal.PreSharedKey.PSK)
		}
		return comesIn(o)(g)
	}
}

// comesInCovering lets a client come in by a Commit of two proposals, where it follows
// so many; those who made the group have more.
func comesInCovering(most int) func(*Group) error {
	return func(g *Group) error {
		in := g.published(&entrance{})
		o := impl.ExternalOptions{PSKs: []schedule.PreSharedKeyID{psksOf(1)(g)[0].Proposal.PreSharedKey.PSK}}
		env := *g.Env
		env.MaxCovered = most
		_, _, err := impl.JoinExternal(&env, in.To.Identity, g.decoded(in).GroupInfo, o)
		return err
	}
}

// long is an entrance by a GroupInfo with a long extension.
func long(n int) entrance {
	return inInfo(func(i *message.GroupInfo) {
		i.Extensions = append(i.Extensions, tree.Extension{Type: 0x0a0a, Data: make([]byte, n)})
	})
}

// entered gives a client outside one of two Welcomes, or of two GroupInfos.
func entered(e Entry, bad, good entrance, make func(*Group, *entrance) *Input) recipe {
	return both(e, &bad, &good, func(g *Group, e *entrance) *Input { return make(g, e) })
}

var boundRows = []row{
	{"too much authenticated_data arrives", req.FramingAuthenticatedDataSize, within(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, framedAs(saying(4), saying(3))), ""},
	{"too much authenticated_data, for one who follows", req.FramingAuthenticatedDataSize,
		bounded(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, "public.receive", follower(4), follower(3)), ""},
	{"too much authenticated_data in a Commit", req.FramingAuthenticatedDataSize,
		bounded(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, CommitSend, commitsWith(4), commitsWith(3)), ""},
	{"come in with too much authenticated_data", req.FramingAuthenticatedDataSize,
		bounded(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, ExternalJoin, comesInWith(0, 4), comesInWith(0, 3)), ""},
	{"a message that is too long arrives", req.MessageSize, within(func(b *impl.Bounds) { b.MaxMessage = heavy }, framedAs(saying(heavy), saying(3))), ""},
	{"a message that is too long, for one who follows", req.MessageSize,
		bounded(func(b *impl.Bounds) { b.MaxMessage = heavy }, "public.receive", follower(heavy), follower(3)), ""},
	{"a Welcome that is too long", req.MessageSize, within(func(b *impl.Bounds) { b.MaxMessage = heavy },
		entered(WelcomeJoin, long(heavy), long(3), (*Group).welcomed)), ""},
	{"a GroupInfo that is too long", req.MessageSize, within(func(b *impl.Bounds) { b.MaxMessage = heavy },
		entered(ExternalJoin, long(heavy), long(3), (*Group).published)), ""},
	{"a Commit of too many proposals arrives", req.CommitProposalsCount, within(func(b *impl.Bounds) { b.MaxCovered = 1 },
		covering(values(Remove(2), Remove(3)), values(Remove(2)))), ""},
	{"come in with too many proposals", req.CommitProposalsCount,
		does(ExternalJoin, comesInCovering(1), comesInCovering(2)).only(ownLimit), ""},
	{"a Commit of too many PSKs arrives", req.PSKLimit, within(func(b *impl.Bounds) { b.MaxPSKs = 1 }, covering(psksOf(2), psksOf(1))), ""},
	{"come in with too many PSKs", req.PSKLimit,
		bounded(func(b *impl.Bounds) { b.MaxPSKs = 1 }, ExternalJoin, comesInWith(2, 0), comesInWith(1, 0)), ""},
	{"a Welcome with too many PSKs", req.PSKLimit, within(func(b *impl.Bounds) { b.MaxPSKs = 1 },
		entered(WelcomeJoin, entrance{psks: 2}, entrance{psks: 1}, (*Group).welcomed)), ""},
	{"more PSKs than can be counted", req.PSKCount, bounded(func(b *impl.Bounds) { b.MaxPSKs, b.MaxCovered = 1<<17, 1<<17 }, CommitSend, covers(1<<16), covers(1)), ""},

	{"a message that is too long", req.MessageSize, bounded(func(b *impl.Bounds) { b.MaxMessage = 400 }, Decode, parses(400), parses(0)), ""},
	{"too much authenticated_data", req.FramingAuthenticatedDataSize, bounded(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, ApplicationSend, says(4), says(3)), ""},
	{"too many proposals", req.CommitProposalsCount, bounded(func(b *impl.Bounds) { b.MaxCovered = 1 }, CommitSend, covers(2), covers(1)), ""},
	{"too many PSKs", req.PSKLimit, bounded(func(b *impl.Bounds) { b.MaxPSKs = 1 }, CommitSend, covers(2), covers(1)), ""},
	{"too many new members", req.WelcomeSecretsCount, bounded(func(b *impl.Bounds) { b.MaxNewcomers = 1 }, WelcomeJoin, joinsWith(2), joinsWith(1)), ""},
}
