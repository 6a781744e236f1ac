package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mlssim/sim"
)

// maxKept is how many epochs a member may be told to keep something of.
const maxKept = 1000

var resForm = regexp.MustCompile(`^res:(0|[1-9][0-9]{0,8})$`)

// psk reads the one PSK of a step, which is known from then on.
func (p *stepParser) psk() {
	w, ok := p.next()
	switch {
	case !ok:
		p.fail(w.column, "the name of a PSK is missing", "the step is: "+p.form)
	case slices.Contains(reserved, w.text) || !memberForm.MatchString(w.text):
		p.fail(w.column, quote(w.text)+" cannot name a PSK", "a letter, then letters and digits")
	case p.step.Verb != sim.VerbKnown && slices.Contains(p.psks, w.text):
		p.fail(w.column, "there is a PSK "+quote(w.text)+" already", "")
	}
	p.step.Name = w.text
	if !p.bad && !slices.Contains(p.psks, w.text) {
		p.psks = append(p.psks, w.text)
	}
}

// mixed reads one or more PSKs after psk.
func (p *stepParser) mixed() {
	for first := true; !p.bad && (first || p.more()); first = false {
		w, ok := p.next()
		switch {
		case !ok:
			p.fail(w.column, "a PSK is missing", "its name, or res:5 for the resumption PSK of epoch 5")
		case slices.Contains(p.step.PSKs, w.text):
			p.fail(w.column, w.text+" is named twice", "")
		case strings.HasPrefix(w.text, "res:"):
			if !resForm.MatchString(w.text) {
				p.fail(w.column, quote(w.text)+" names no epoch", "res:5 is the resumption PSK of epoch 5")
			}
		case !slices.Contains(p.psks, w.text):
			p.fail(w.column, "there is no PSK "+quote(w.text), "secret or known introduces one; res:5 is the resumption PSK of epoch 5")
		}
		p.step.PSKs = append(p.step.PSKs, w.text)
	}
}

// keepRes reads who keeps how many resumption PSKs.
func (p *stepParser) keepRes() {
	p.alone()
	w, ok := p.next()
	n, err := strconv.Atoi(w.text)
	switch {
	case !ok:
		p.fail(w.column, "a number of epochs is missing", "the step is: "+p.form)
	case err != nil || n < 0 || n > maxKept:
		p.fail(w.column, quote(w.text)+" is not a number of epochs", "0 to "+strconv.Itoa(maxKept))
	}
	p.step.Count = n
}

// keyPackage reads who publishes a KeyPackage; that may be somebody new.
func (p *stepParser) keyPackage() {
	w := p.name()
	p.step.Who = w.text
	p.introduce(w.text)
	p.step.Last = !p.bad && p.literal("last")
}

// external reads who joins by an external Commit; that may be somebody new.
func (p *stepParser) external() {
	w := p.name()
	p.step.Who = w.text
	p.introduce(w.text)
	p.step.Resync = !p.bad && p.literal("resync")
	if !p.bad && p.literal("psk") {
		p.mixed()
	}
}

// export reads who exports a secret, and what it is then called.
func (p *stepParser) export() {
	p.alone()
	if !p.bad {
		p.psk()
	}
}

// framing reads how handshake messages go out from then on.
func (p *stepParser) framing() {
	w, _ := p.next()
	if w.text != "private" && w.text != "public" {
		p.fail(w.column, "framing is private or public", "the step is: "+p.form)
	}
	p.step.Name = w.text
}

// retain reads who keeps how much of epochs that are over, and of messages that have
// not come, and what it does not delete at all.
func (p *stepParser) retain() {
	p.alone()
	for first := true; !p.bad && (first || len(p.words) > 0); first = false {
		w, ok := p.next()
		if slices.Contains(sim.Deletions(), w.text) {
			p.undeleted(w)
			continue
		}
		what, number, _ := strings.Cut(w.text, "=")
		to := map[string]**int{"epochs": &p.step.Epochs, "skipped": &p.step.Skipped}[what]
		n, err := strconv.Atoi(number)
		switch {
		case !ok:
			p.fail(w.column, "what to keep is missing", "the step is: "+p.form)
		case to == nil:
			p.fail(w.column, "nobody can keep "+quote(what), "besides epochs and skipped there is what is to be deleted: "+strings.Join(sim.Deletions(), ", "))
		case *to != nil:
			p.fail(w.column, what+" is named twice", "")
		case err != nil || n < 0 || n > maxKept:
			p.fail(w.column, quote(number)+" is not a number that can be kept", "0 to "+strconv.Itoa(maxKept))
		default:
			*to = &n
		}
	}
}

// undeleted reads a row of the deletion schedule.
func (p *stepParser) undeleted(w word) {
	if slices.Contains(p.step.Kept, w.text) {
		p.fail(w.column, w.text+" is named twice", "")
	}
	p.step.Kept = append(p.step.Kept, w.text)
}
