package props

// hooks are edits that serve many mutants, by the beginning of their names.
var hooks = map[string][]edit{
	"sim/adversary/knowledge.go": {{
		Old: "func (k *Knowledge) Add(r sim.Rule) {\n",
		New: "func (k *Knowledge) Add(r sim.Rule) {\n\tdrop, without := mutant.Rule(r.ID)\n\tif drop {\n\t\treturn\n\t}\n" +
			"\tif len(r.From) > max(without, 1) && without >= 0 {\n\t\tr.From = slices.Delete(slices.Clone(r.From), without, without+1)\n\t}\n",
	}},
	"spec/trace_off.go": {{
		Old: "func decide(_ Recorder, _ ID, ok bool) bool { return ok }",
		New: "func decide(_ Recorder, id ID, ok bool) bool { return ok || mutant.Check(string(id)) }",
	}},
	"sim/compromise.go": {
		{Old: "func (w *world) held(c *client) []Name {\n\tvar names []Name\n", New: "func (w *world) held(c *client) []Name {\n\tnames := w.heldNow(c)\n\tnames = append(names, lumber[c]...)\n\treturn sorted(names)\n}\n\nfunc (w *world) heldNow(c *client) []Name {\n\tvar names []Name\n"},
		{Old: "func (w *world) expose(c *client, consumed []Name) {\n", New: "func (w *world) expose(c *client, consumed []Name) {\n\tw.mutantKeeps(c, consumed)\n"},
	},
}

// added are files that the mutated program has more.
var added = map[string]string{
	"spec/mutant/mutant.go": `// Package mutant tells which fault is switched on.
package mutant

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

var name = os.Getenv("` + mutantVariable + `")

func On(n string) bool { return n == name }

var rule, premise = ruleOf(name)

func ruleOf(name string) (id string, premise int) {
	rest, ok := strings.CutPrefix(name, "rule:")
	if !ok {
		return "", -1
	}
	id, number, ok := strings.Cut(rest, "-")
	if !ok {
		return id, -1
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	return id, n
}

func Rule(id string) (drop bool, without int) {
	if id != rule {
		return false, -1
	}
	return premise < 0, premise
}

func Keep(kind string) bool { return name == "keep:"+kind }

func Keeps() bool { return strings.HasPrefix(name, "keep:") }

var side, check = checkOf(name)

func checkOf(name string) (side, id string) {
	if rest, ok := strings.CutPrefix(name, "check:"); ok {
		side, id, _ = strings.Cut(rest, ":")
	}
	return side, id
}

// Check tells whether a check that fails is to be passed all the same.
func Check(id string) bool {
	if id != check {
		return false
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "mlssim/model.") || strings.HasPrefix(f.Function, "mlssim/impl") {
			return strings.HasPrefix(f.Function, "mlssim/"+side)
		}
		if !more {
			return false
		}
	}
}
`,
	"sim/lumber.go": `package sim

import (
	"slices"

	"mlssim/spec/mutant"
)

var (
	lumber   = map[*client][]Name{}
	heldLast = map[*client][]Name{}
)

// mutantKeeps keeps what a device should have deleted.
func (w *world) mutantKeeps(c *client, consumed []Name) {
	if !mutant.Keeps() {
		return
	}
	now := w.heldNow(c)
	for _, n := range slices.Concat(heldLast[c], consumed) {
		if mutant.Keep(n.Kind.String()) && !slices.Contains(lumber[c], n) {
			lumber[c] = append(lumber[c], n)
		}
	}
	heldLast[c] = now
}
`,
}

const mutantVariable = "MLSSIM_MUTANT"
