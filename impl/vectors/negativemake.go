package vectors

import (
	"fmt"

	"mlssim/impl/forge"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec/req"
)

// makeNegative returns a case for each input of the forgers' catalogue that any
// implementation can be given.
func makeNegative(r *source, s *suite.Suite) ([]vector, error) {
	base, err := forge.Settle(r.sub("group"), s)
	if err != nil {
		return nil, err
	}
	var all []vector
	for _, c := range forge.Catalogue() {
		if c.Bound != "" {
			continue
		}
		v, err := refusal(r.sub(c.Section, c.Name), base, &c)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.Section, c.Name, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// refusal writes a case of the catalogue down.
func refusal(r *source, base *forge.Group, c *forge.Case) (*negative, error) {
	g := base.Copy(r)
	bad, good, err := c.Make(g)
	if err != nil {
		return nil, err
	}
	state, err := g.State(bad)
	if err != nil {
		return nil, err
	}
	about, _ := req.Of(c.Want)
	who := &client{id: state.Client.Identity, keys: state.Client.Keys, member: state.Client.Member}
	v := &negative{
		Requirement:    c.Want,
		Section:        about.Section,
		Rule:           about.Text,
		EntryPoint:     c.Entry,
		Comment:        c.Section + ": " + c.Name,
		Suite:          g.Suite.ID,
		ExternalPSKs:   []externalPSK{},
		KeyPackage:     who.keyPackage(),
		SignaturePriv:  Hex(who.id.Signer.Bytes()),
		EncryptionPriv: Hex(who.keys.Leaf.Bytes()),
		InitPriv:       Hex(who.keys.Init.Bytes()),
		Messages:       []Hex{},
		Accepted:       good.Raw,
	}
	message := Hex(bad.Raw)
	v.Message = &message
	for _, p := range state.PSKs {
		v.ExternalPSKs = append(v.ExternalPSKs, externalPSK{p.ID.ID, Hex(p.Secret)})
	}
	if state.Joins {
		welcome, authenticator := encodeWelcome(state.Client.Welcome), Hex(who.member.Authenticator())
		v.Welcome, v.Authenticator = &welcome, &authenticator
	}
	for _, m := range state.Heard {
		v.Messages = append(v.Messages, wire.Encode(m))
	}
	at := &visitor{env: g.Env, id: who.id, keys: who.keys, member: who.member}
	after, err := at.give(v.Accepted)
	if after != nil {
		authenticator := Hex(after.Authenticator())
		v.AcceptedAuthenticator = &authenticator
	}
	return v, err
}
