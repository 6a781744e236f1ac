package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 15.

// Send protects application data, at most as much as Env allows (RFC 9420,
// Sections 15.1 and 15.2). It always travels in a PrivateMessage (Section 6). While
// proposals wait for a Commit nothing may be sent (Section 12.4).
func (m *Member) Send(env *Env, data []byte) (*Member, Output, error) {
	return m.SendWith(env, data, nil)
}

// SendWith is Send with authenticated_data, which everybody can read and nobody
// can change (RFC 9420, Section 6.3.1).
func (m *Member) SendWith(env *Env, data, authenticated []byte) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "application.send", &err)()
	if err := env.checkAuthenticated(authenticated); err != nil {
		return nil, Output{}, err
	}
	if err := m.checkOpen(env); err != nil {
		return nil, Output{}, err
	}
	if err := spec.Checkf(env.Rec, req.ApplicationPending, len(m.proposals) == 0, "%d proposals", len(m.proposals)); err != nil {
		return nil, Output{}, err
	}
	if err := spec.Checkf(env.Rec, req.ApplicationAeadLimit, m.sent+uint64(len(data)) <= env.maxSent(),
		"%d bytes, and %d more", m.sent, len(data)); err != nil {
		return nil, Output{}, err
	}
	if err := spec.Checkf(env.Rec, req.ApplicationSize, len(data) <= env.maxData(),
		"%d bytes, at most %d", len(data), env.maxData()); err != nil {
		return nil, Output{}, err
	}
	after, out, err := m.sendContent(env, data, authenticated)
	if err != nil {
		return nil, Output{}, err
	}
	after.sent = m.sent + uint64(len(data))
	return after, out, nil
}

// sendContent frames application data that may be sent.
func (m *Member) sendContent(env *Env, data, authenticated []byte) (*Member, Output, error) {
	content, err := m.sign(message.Content{ContentType: spec.ContentApplication, ApplicationData: slices.Clone(data)}, spec.WirePrivateMessage, authenticated)
	if err != nil {
		return nil, Output{}, err
	}
	return m.protect(env, content)
}
