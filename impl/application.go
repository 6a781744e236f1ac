package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 15.

// Send protects application data, at most as long as Env allows (RFC 9420,
// Section 15.1). It always travels in a PrivateMessage (Section 6).
func (m *Member) Send(env *Env, data []byte) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "application.send", &err)()
	if err := spec.Checkf(env.Rec, req.ApplicationSize, len(data) <= env.maxData(),
		"%d bytes, at most %d", len(data), env.maxData()); err != nil {
		return nil, Output{}, err
	}
	content, err := m.sign(message.Content{ContentType: spec.ContentApplication, ApplicationData: slices.Clone(data)}, spec.WirePrivateMessage)
	if err != nil {
		return nil, Output{}, err
	}
	return m.protect(env, content)
}
