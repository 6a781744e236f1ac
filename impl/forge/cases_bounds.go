package forge

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
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

var boundRows = []row{
	{"a message that is too long", req.MessageSize, bounded(func(b *impl.Bounds) { b.MaxMessage = 400 }, Decode, parses(400), parses(0)), ""},
	{"too much authenticated_data", req.FramingAuthenticatedDataSize, bounded(func(b *impl.Bounds) { b.MaxAuthenticated = 3 }, ApplicationSend, says(4), says(3)), ""},
	{"too many proposals", req.CommitProposalsCount, bounded(func(b *impl.Bounds) { b.MaxCovered = 1 }, CommitSend, covers(2), covers(1)), ""},
	{"too many PSKs", req.PSKLimit, bounded(func(b *impl.Bounds) { b.MaxPSKs = 1 }, CommitSend, covers(2), covers(1)), ""},
	{"too many new members", req.WelcomeSecretsCount, bounded(func(b *impl.Bounds) { b.MaxNewcomers = 1 }, WelcomeJoin, joinsWith(2), joinsWith(1)), ""},
}
