package props

import (
	"fmt"
	"strings"

	"mlssim/sim"
)

// textOf writes a step in the script language.
func textOf(s sim.ScriptStep) string {
	words := append([]string{string(s.Verb), s.Who}, detailsOf(s)...)
	switch s.Verb {
	case sim.VerbProposeUpdate, sim.VerbProposeRemove:
		verb, what, _ := strings.Cut(string(s.Verb), " ")
		words = append([]string{verb, s.Who, what}, s.Others...)
	case sim.VerbProposeReInit:
		words = []string{"propose", s.Who, "reinit", s.Name}
	case sim.VerbSecret, sim.VerbKnown, sim.VerbFraming, sim.VerbKeep, sim.VerbFork, sim.VerbClose, sim.VerbGroup:
		words = []string{string(s.Verb), s.Name}
	case sim.VerbDrop:
		words = words[:1]
	case sim.VerbDeliver:
		words = append(words[:1], s.Others...)
	case sim.VerbRelease:
		words = append([]string{string(s.Verb), s.Name}, s.Others...)
	case sim.VerbExpectAccept:
		words = append([]string{string(s.Verb)}, after("by", s.Others)...)
	case sim.VerbExpectRefuse:
		words = append([]string{string(s.Verb), s.ID}, after("by", s.Others)...)
	case sim.VerbForge:
		words = forgedText(s)
	}
	switch {
	case s.On != "" && s.Verb == sim.VerbCreate:
		words = append([]string{"in", s.On}, words...)
	case s.On != "":
		words = append([]string{"on", s.On}, words...)
	}
	return strings.Join(words, " ")
}

// detailsOf lists what stands behind the member who acts.
func detailsOf(s sim.ScriptStep) []string {
	var words []string
	add := func(yes bool, more ...string) {
		if yes {
			words = append(words, more...)
		}
	}
	switch s.Verb {
	case sim.VerbCreate:
		add(true, after("sender", s.Others)...)
	case sim.VerbAdd:
		add(true, s.Others...)
	case sim.VerbCommit:
		add(true, after("remove", s.Others)...)
		add(s.Name != "", "reinit", s.Name)
	case sim.VerbSubgroup:
		add(true, s.Name)
		add(true, s.Others...)
	case sim.VerbSend, sim.VerbKeepRes:
		add(true, fmt.Sprint(s.Count))
	case sim.VerbRetain:
		if s.Epochs != nil {
			add(true, fmt.Sprintf("epochs=%d", *s.Epochs))
		}
		if s.Skipped != nil {
			add(true, fmt.Sprintf("skipped=%d", *s.Skipped))
		}
		add(true, s.Kept...)
	case sim.VerbExport:
		add(true, s.Name)
	case sim.VerbLure:
		add(true, "by", s.ID, "on", s.Name)
	case sim.VerbHSM:
		add(true, s.Only...)
	case sim.VerbSnapshot, sim.VerbWatch:
		add(true, after("only", s.Only)...)
	}
	add(s.Resync, "resync")
	add(true, after("psk", s.PSKs)...)
	add(s.NoPath, "nopath")
	add(s.Last, "last")
	add(s.Omit, "omit")
	add(s.Rotate, "rotate")
	return words
}

// after puts a word before a list, unless that is empty.
func after(word string, list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return append([]string{word}, list...)
}

// forgedText writes what the adversary is to make.
func forgedText(s sim.ScriptStep) []string {
	if s.Forge == sim.ForgedIdentity {
		return []string{"vouch", s.Who}
	}
	words := []string{string(s.Verb), s.Who}
	switch s.Forge {
	case sim.ForgedCommit:
		words = append(append(append(append(append(words, "commit"), after("add", s.Adds)...), after("remove", s.Others)...), after("psk", s.PSKs)...), after("garbage", s.Garbage)...)
	case sim.ForgedUpdate:
		words = append(words, "update")
	case sim.ForgedAdd:
		words = append(append(words, "add"), s.Adds...)
	case sim.ForgedRemove:
		words = append(append(words, "remove"), s.Others...)
	case sim.ForgedKeyPackage:
		words = append(words, "keypackage")
	case sim.ForgedGroupInfo:
		words = append(words, "groupinfo")
	case sim.ForgedExternal:
		words = append(words, "external")
	case sim.ForgedWelcome:
		words = append(append(append(words, "welcome"), s.Adds...), "on", s.Name)
	}
	if s.Resync {
		words = append(words, "resync")
	}
	if s.Guess {
		words = append(words, "guess")
	}
	return words
}
