package interop

import "mlssim/impl"

// Member returns the member that the id of a state stands for, or nil: for those
// who test other clients, and look at what this one has received.
func (s *Server) Member(id uint32) *impl.Member {
	st, _, release, err := lock[*state](&s.held, "state_id", id)
	if err != nil {
		return nil
	}
	defer release()
	return st.member
}

// Put puts another member into the place of the one that an id stands for, and
// tells whether there was one. No client does that: it serves tests, in which a
// client is to be at fault.
func (s *Server) Put(id uint32, m *impl.Member) bool {
	st, held, release, err := lock[*state](&s.held, "state_id", id)
	if err != nil {
		return false
	}
	defer release()
	held.holds = st.same(m)
	return true
}
