package plan

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mlssim/sim"
)

// Load reads a plan from the bytes of its file; name stands for the file in
// errors. Whatever overrides change counts as if it stood in the file. An
// error is always of type [Errors], and then there is no plan.
func Load(name string, data []byte, overrides ...func(*File)) (*sim.Plan, error) {
	d := &decoder{source: newSource(name, data),
		keys: map[string]position{}, values: map[string]position{}}
	f := Defaults()
	if body := d.parse(data); body != nil {
		d.value(body, reflect.ValueOf(f).Elem(), "", "")
	}
	if len(d.errs) > 0 {
		d.readScript() // its errors too
		return nil, sorted(d.errs)
	}
	for _, o := range overrides {
		o(f)
	}
	script := d.readScript()
	d.checkName(f)
	d.checkProtocol(f, script)
	if d.script != nil {
		d.checkScripted(f, script)
	} else {
		d.checkStatistical(f)
		d.checkGroups(f)
		d.checkHabits(f)
		d.checkPolicies(f)
		d.checkKeyPackages(f)
		d.checkNetwork(f)
		d.checkRandomThefts(f)
	}
	d.checkCrowd(f, script)
	if err := sorted(d.errs); err != nil {
		return nil, err
	}
	return f.plan(script), nil
}

func (d *decoder) readScript() []sim.ScriptStep {
	if d.script == nil {
		return nil
	}
	steps, errs := parseScript(d.source, d.script.Start.Position.Line, d.script.Value.Value)
	d.errs = append(d.errs, errs...)
	return steps
}

// The plan's name is part of a folder's name.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (d *decoder) checkName(f *File) {
	if !nameForm.MatchString(f.Name) {
		d.failAt("name", "up to 64 letters, digits, dots, dashes and underscores", "%q cannot name a plan", clip(f.Name))
	}
}

// checkScripted refuses what would be ignored beside a script.
func (d *decoder) checkScripted(f *File, script []sim.ScriptStep) {
	if len(script) == 0 && len(d.errs) == 0 {
		d.failAt("script", `a script starts with a step such as "create A"`, "the script has no steps")
	}
	if f.Replications != 1 {
		d.failAt("replications", "", "a script is the same in each replication: leave replications out")
	}
	for _, field := range fieldsOf(reflect.TypeFor[File]()) {
		key := keyOf(field)
		switch key {
		case "name", "description", "engine", "protocol", "suite", "seed", "replications", "script":
			continue
		}
		if p, ok := d.keys[key]; ok {
			d.fail(p, "leave it out, or leave the script out", "%s means nothing beside a script", key)
		}
	}
}

// checkStatistical checks what one key demands of another.
func (d *decoder) checkStatistical(f *File) {
	for i, m := range f.Habits.Stale {
		d.checkMember(f, fmt.Sprintf("habits.stale[%d]", i), m, false)
	}
	if f.Habits.StaleAt > 0 && len(f.Habits.Stale) == 0 {
		d.failAt("habits.stale_at", "name the members under habits.stale", "habits.stale_at means nothing: no member is stale")
	}
	if f.Habits.StaleAt > f.Horizon {
		d.failAt("habits.stale_at", "", "habits.stale_at is %v, after the horizon of %v", f.Habits.StaleAt, f.Horizon)
	}
	for i, c := range f.Adversary.Compromises {
		path := fmt.Sprintf("adversary.compromises[%d]", i)
		d.checkMember(f, path+".member", c.Member, true)
		if c.At >= f.Horizon {
			d.failAt(path+".at", "", "the compromise at %v is not before the horizon of %v", c.At, f.Horizon)
		} else if c.At+c.For > f.Horizon {
			d.failAt(path+".for", "", "the compromise ends at %v, after the horizon of %v", c.At+c.For, f.Horizon)
		}
		for j, part := range c.Only {
			if hint, ok := component(string(part)); !ok {
				d.failAt(fmt.Sprintf("%s.only[%d]", path, j), hint, "no component %q", clip(string(part)))
			}
		}
	}
}

func (d *decoder) checkMember(f *File, path string, m Member, orRandom bool) {
	if orRandom && m == random {
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(m), "M"))
	if err == nil && string(m) == "M"+strconv.Itoa(n) && 1 <= n && n <= f.Members {
		return
	}
	hint := fmt.Sprintf("the members are M1 to M%d", f.Members)
	if f.Members == 1 {
		hint = "the only member is M1"
	}
	if orRandom {
		hint += "; random picks one"
	}
	d.failAt(path, hint, "no member %q", clip(string(m)))
}

var components = sim.Components()

// component tells whether s names a part of a member's state, and what would.
func component(s string) (hint string, ok bool) {
	if i, found := strings.CutPrefix(s, "node:"); found {
		_, err := strconv.ParseUint(i, 10, 32)
		return "node: takes the index of a node, as in node:1", err == nil && (i == "0" || i[0] != '0')
	}
	for _, c := range components {
		if s == c {
			return "", true
		}
	}
	if hint = suggest(s, components); hint == "" {
		hint = "the components are " + either(append(slices.Clip(components), "node:i"))
	}
	return hint, false
}
