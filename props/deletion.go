package props

import (
	"fmt"
	"slices"

	"mlssim/sim"
)

// KeptTooLong returns a secret of an epoch that was found on a device although its
// owner had left the epoch, and keeps nothing (RFC 9420, Sections 8 and 9.2); "" if there
// is none. It speaks of histories in which nobody is told to keep anything, and of whole
// states: those of a hoarding device reach back to where it began to hoard.
func (r *Run) KeptTooLong() string {
	epochs := map[sim.StepID]int{}
	for e, record := range r.Result.Epochs {
		epochs[record.Step] = e
	}
	for _, n := range r.names {
		rule, known := r.why(n)
		e, ofEpoch := epochs[n.Origin]
		lives := n.Kind >= sim.WelcomeSecret && n.Kind <= sim.EpochAuthenticator || n.Kind == sim.EncryptionSecret
		if known && ofEpoch && lives && rule.ID == sim.RuleTaken && !r.exposedIn(e) {
			return fmt.Sprintf("kept too long: %v, of epoch %d", n, e)
		}
	}
	return ""
}

// exposedIn tells whether somebody was robbed who had the state of an epoch.
func (r *Run) exposedIn(e int) bool {
	return slices.ContainsFunc(r.Corruptions, func(c Corruption) bool {
		return c.Epoch == e || c.Since >= 0 && e <= c.Epoch && r.epochAt(c.Since) <= e
	})
}

// epochAt returns the newest epoch at a position in the script.
func (r *Run) epochAt(at int) int {
	newest := 0
	for e := range r.Epochs {
		if r.Epochs[e].At < at {
			newest = e
		}
	}
	return newest
}
