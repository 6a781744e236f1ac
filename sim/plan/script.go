package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mlssim/sim"
)

// maxSends is how many messages one step may send.
const maxSends = 100_000

// A verb is a kind of step: its first words, its form for hints, and how the
// words after it are read.
type verb struct {
	verb sim.Verb
	form string
	read func(*stepParser)
}

// verbs are the steps of docs/scripts.md, in its order. The two that propose
// share their first word: the member stands between it and the second.
var verbs = []verb{
	{sim.VerbCreate, "create A [sender S …]", (*stepParser).create},
	{sim.VerbAdd, "add A B C [psk p …] [nopath]", (*stepParser).add},
	{sim.VerbCommit, "commit A [nopath] [remove B …] [psk p res:5 …] [omit] [rotate] [reinit G]", (*stepParser).commit},
	{"propose", "propose B update, or propose A remove C, or propose A reinit G", (*stepParser).propose},
	{sim.VerbSnapshot, "snapshot A [only init enc leaf node:1 res]", (*stepParser).snapshot},
	{sim.VerbWatch, "watch A [only init enc leaf node:1 res]", (*stepParser).snapshot},
	{sim.VerbUnwatch, "unwatch A", (*stepParser).alone},
	{sim.VerbHoard, "hoard A", (*stepParser).alone},
	{sim.VerbFreeze, "freeze B", (*stepParser).alone},
	{sim.VerbThaw, "thaw B", (*stepParser).alone},
	{sim.VerbSend, "send A [10]", (*stepParser).send},
	{sim.VerbSecret, "secret p", (*stepParser).psk},
	{sim.VerbKnown, "known p", (*stepParser).psk},
	{sim.VerbKeepRes, "keepres A 3", (*stepParser).keepRes},
	{sim.VerbRetain, "retain A [epochs=3] [skipped=5] [paths replaced …]", (*stepParser).retain},
	{sim.VerbKeyPackage, "keypackage F [last]", (*stepParser).keyPackage},
	{sim.VerbSteal, "steal F", (*stepParser).alone},
	{sim.VerbExport, "export A p", (*stepParser).export},
	{sim.VerbFraming, "framing private, or framing public", (*stepParser).framing},
	{sim.VerbExternal, "external X [resync] [psk p …]", (*stepParser).external},
	{sim.VerbDrop, "drop", (*stepParser).drop},
	{sim.VerbDeliver, "deliver B C", (*stepParser).deliver},
	{sim.VerbKeep, "keep m", (*stepParser).keep},
	{sim.VerbRelease, "release m [B C]", (*stepParser).release},
	{sim.VerbForge, "forge A commit [add X …] [remove B …] [psk p res:5 …] [garbage C …], or forge A update, or forge A add X, or forge A remove B, or forge A keypackage, or forge A external [resync], or forge A groupinfo, or forge A welcome V on x; each with [guess]", (*stepParser).forge},
	{"vouch", "vouch A", (*stepParser).vouch},
	{sim.VerbGroupInfo, "groupinfo A", (*stepParser).alone},
	{sim.VerbLure, "lure V by m on x [resync]", (*stepParser).lure},
	{sim.VerbRevoke, "revoke A", (*stepParser).alone},
	{sim.VerbBadRandom, "badrandom A", (*stepParser).alone},
	{sim.VerbHSM, "hsm A signature leaf", (*stepParser).hsm},
	{sim.VerbWait, "wait 90d", (*stepParser).wait},
	{sim.VerbGroup, "group G", (*stepParser).group},
	{sim.VerbReInit, "reinit A [nopath]", (*stepParser).reinit},
	{sim.VerbSubgroup, "subgroup A G B C [nopath]", (*stepParser).subgroup},
	{sim.VerbFork, "fork x [at 7]", (*stepParser).fork},
	{sim.VerbClose, "close x", (*stepParser).close},
	{"expect", "expect accept [by B C], or expect refuse framing.epoch [by B C]", (*stepParser).expect},
}

// Words with a meaning of their own after a verb cannot name a member.
var reserved = slices.Concat([]string{"by", "in", "last", "nopath", "omit", "only", "psk", "reinit", "remove", "resync", "update"}, reservedForging)

var memberForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// A word is a word of a script line, and the column it starts at.
type word struct {
	text   string
	column int
}

// A stepParser reads a script line by line. It stops reading a line at the
// first error in it, and goes on with the next line.
type stepParser struct {
	*source
	steps []sim.ScriptStep
	errs  Errors

	created  bool
	known    []string        // members that create and add have introduced
	psks     []string        // that secret and known have
	groups   map[string]bool // those beside the first, and whether somebody has made them
	follow   []string        // of these, those that a ReInit has named
	inside   string          // the group of the step that is read
	branches []string
	kept     []string // messages, by the names that keep gave them
	waited   Duration // in all

	line  int
	words []word // of the line, not yet read
	end   int    // column after its last word
	form  string
	step  sim.ScriptStep
	bad   bool
}

// parseScript reads the steps of the literal block whose indicator stands in
// line start of the file.
func parseScript(src *source, start int, text string) ([]sim.ScriptStep, Errors) {
	p := &stepParser{source: src}
	for i := range strings.Count(strings.TrimRight(text, "\n"), "\n") + 1 {
		p.line = start + 1 + i
		if p.words, p.end = split(p.source.line(p.line)); len(p.words) > 0 {
			p.readLine()
		}
	}
	return p.steps, p.errs
}

// split cuts a line into words, up to a comment.
func split(line string) (words []word, end int) {
	runes := []rune(line)
	if i := slices.Index(runes, '#'); i >= 0 {
		runes = runes[:i]
	}
	for i := 0; i < len(runes); i++ {
		if unicode.IsSpace(runes[i]) {
			continue
		}
		j := i
		for j < len(runes) && !unicode.IsSpace(runes[j]) {
			j++
		}
		words = append(words, word{string(runes[i:j]), i + 1})
		i, end = j, j+1
	}
	return words, end
}

func (p *stepParser) fail(column int, message, hint string) {
	if !p.bad {
		p.errs = append(p.errs, p.at(position{p.line, column}, message, hint))
	}
	p.bad = true
}

func (p *stepParser) readLine() {
	texts := make([]string, len(p.words))
	for i, w := range p.words {
		texts[i] = w.text
	}
	p.step = sim.ScriptStep{Line: p.line, Column: p.words[0].column, Text: strings.Join(texts, " ")}
	p.bad = false
	switch {
	case p.literal("on"):
		p.form = "on x commit A, or any other step on branch x"
		p.on()
	case p.literal("in"):
		p.form = "in G create A, or any other step in group G"
		p.in()
	default:
		p.readStep()
	}
	if len(p.words) > 0 {
		p.fail(p.words[0].column, "nothing is to follow here, but "+quote(p.words[0].text)+" does", "the step is: "+p.form)
	}
	if !p.bad {
		p.steps = append(p.steps, p.step)
	}
}

// readStep reads a step from its first word on.
func (p *stepParser) readStep() {
	first := p.words[0]
	p.words = p.words[1:]
	i := slices.IndexFunc(verbs, func(v verb) bool { return string(v.verb) == first.text })
	if i < 0 {
		p.fail(first.column, "no step "+quote(first.text), verbHint(first.text))
		return
	}
	p.form, p.step.Verb = verbs[i].form, verbs[i].verb
	if !p.created && p.step.Verb != sim.VerbCreate {
		p.fail(first.column, "there is no group yet", `a script starts with a step such as "create A"`)
		p.created = true // say so once
	}
	verbs[i].read(p)
}

func verbHint(written string) string {
	var names []string
	for _, v := range verbs {
		names = append(names, string(v.verb))
	}
	if near := suggest(written, names); near != "" {
		return near
	}
	return "the steps are " + either(names)
}

func quote(s string) string { return strconv.Quote(clip(s)) }

// next reads a word if there is one.
func (p *stepParser) next() (word, bool) {
	if len(p.words) == 0 {
		return word{column: p.end}, false
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w, true
}

// literal reads the given word if it is the next.
func (p *stepParser) literal(text string) bool {
	if len(p.words) > 0 && p.words[0].text == text {
		p.words = p.words[1:]
		return true
	}
	return false
}

// name reads a word that can name a member.
func (p *stepParser) name() word {
	w, ok := p.next()
	switch {
	case !ok:
		p.fail(w.column, "a member is missing", "the step is: "+p.form)
	case slices.Contains(reserved, w.text):
		p.fail(w.column, "a member is missing before "+quote(w.text), "the step is: "+p.form)
	case !memberForm.MatchString(w.text):
		p.fail(w.column, quote(w.text)+" cannot name a member", "a letter, then letters and digits")
	}
	return w
}

// member reads the name of somebody whom an earlier step introduced.
func (p *stepParser) member() string {
	w := p.name()
	if !p.bad && !slices.Contains(p.known, w.text) {
		p.fail(w.column, "nobody is called "+quote(w.text)+" here", p.knownHint())
	}
	return w.text
}

func (p *stepParser) knownHint() string {
	if len(p.known) == 0 {
		return "members are introduced by create and add"
	}
	return "so far there are " + strings.Join(p.known[:min(len(p.known), 12)], ", ") + "; create and add introduce others"
}

// more tells whether a further name follows.
func (p *stepParser) more() bool {
	return !p.bad && len(p.words) > 0 && !slices.Contains(reserved, p.words[0].text)
}

// once refuses a member that is named twice in a list, or is the actor.
func (p *stepParser) once(column int, name, message string) {
	if slices.Contains(p.step.Others, name) {
		p.fail(column, name+" is named twice", "")
	}
	if name == p.step.Who {
		p.fail(column, message, "")
	}
}

// introduce makes a name known. That of a refused step is, too: what is wrong
// with it has been said.
func (p *stepParser) introduce(name string) {
	if memberForm.MatchString(name) && !slices.Contains(p.known, name) {
		p.known = append(p.known, name)
	}
}
