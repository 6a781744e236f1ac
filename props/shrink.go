package props

import (
	"fmt"
	"slices"

	"mlssim/sim"
)

// Shrink returns a script that still fails, of which no step can be left out, and
// no part of a step: who else is added or removed, nopath, omit, messages beyond
// the first. fails is asked about scripts that may not be possible.
func Shrink(steps []sim.ScriptStep, fails func([]sim.ScriptStep) bool) []sim.ScriptStep {
	for shorter := true; shorter; {
		shorter = false
		for size := len(steps) / 2; size > 0; size /= 2 {
			for at := 0; at+size <= len(steps); {
				if less := slices.Concat(steps[:at], steps[at+size:]); len(less) > 0 && fails(less) {
					steps, shorter = less, true
				} else {
					at++
				}
			}
		}
		for at := range steps {
			for _, s := range simpler(steps[at]) {
				if less := slices.Concat(steps[:at], []sim.ScriptStep{s}, steps[at+1:]); fails(less) {
					steps, shorter = less, true
					break
				}
			}
		}
	}
	return renumbered(steps)
}

// simpler lists what a step can be without one of its parts.
func simpler(s sim.ScriptStep) []sim.ScriptStep {
	var list []sim.ScriptStep
	for i := range s.Others {
		if len(s.Others) > 1 || s.Verb == sim.VerbCommit {
			less := s
			less.Others = slices.Concat(s.Others[:i], s.Others[i+1:])
			list = append(list, less)
		}
	}
	for _, change := range []func(*sim.ScriptStep){
		func(s *sim.ScriptStep) { s.NoPath = false },
		func(s *sim.ScriptStep) { s.Omit = false },
		func(s *sim.ScriptStep) { s.Count = min(s.Count, 1) },
	} {
		less := s
		if change(&less); less.NoPath != s.NoPath || less.Omit != s.Omit || less.Count != s.Count {
			list = append(list, less)
		}
	}
	return list
}

// renumbered writes each step's text and place anew.
func renumbered(steps []sim.ScriptStep) []sim.ScriptStep {
	h := &History{}
	for _, s := range steps {
		h.step(s)
	}
	return h.Steps
}

// scriptOf writes steps as a plan's script.
func scriptOf(steps []sim.ScriptStep) string {
	return fmt.Sprintf("script: |\n%s", indent((&History{Steps: renumbered(steps)}).String()))
}
