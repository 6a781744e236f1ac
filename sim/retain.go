package sim

// retain says what a client keeps from now on. What it has kept by then it drops when
// the next epoch begins.
func (s *script) retain(c *client, step ScriptStep) error {
	if step.Verb == VerbKeepRes {
		c.keeps.PSKs = step.Count
	}
	if step.Epochs != nil {
		c.keeps.Epochs = *step.Epochs
	}
	if step.Skipped != nil {
		c.keeps.Skipped = *step.Skipped
		if c.keeps.Skipped == 0 {
			c.keeps.Skipped = -1
		}
	}
	s.backend.Retain(c.id, c.keeps)
	if len(step.Kept) > 0 {
		return s.leaveUndeleted(c, step.Kept)
	}
	return nil
}
