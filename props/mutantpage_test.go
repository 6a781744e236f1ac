package props

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// equivalents are the faults that change nothing, by the rule in mutantHead, each with
// the argument.
var equivalents = map[string]string{
	"impl merge keeps old path": filtered,
	"impl foreign node key":     foreign,
	"impl unmerged not sorted":  "newcomers take the leftmost leaf, and a leaf that became free blanked the nodes above it: unmerged leaves come in increasing order",
}

const (
	filtered = "a node that is filtered out is blank before: the last member below its other child was removed, and that blanked it"
	foreign  = "nobody comes by the key of a node that it is not below: path secrets are derived upwards from a common ancestor; " +
		"the fault that gives such keys away is `foreign node keys held`"
)

// survivors are the faults that nothing notices, each with the reason: none but those
// that are equivalent.
var survivors = equivalents

const mutantHead = `# Faults, and what notices them

Written by "go test ./props -run TestMutants -long -update-mutants -timeout 2h".

props/mutants.yaml lists faults of the model, the implementation and the simulator.
All of them are compiled into one test binary, out of sources that differ from those
of the repository by go build -overlay; a variable of the environment switches one
of them on. No program that is built in the ordinary way has any of this in it. For
each fault the binary runs these properties, until one of them does not hold:

| property | what has to hold |
|---|---|
| bounds | the predicates of the papers bound what leaks in random scripts on the model ([threat.md](threat.md)) |
| lockstep | model and implementation, closure and attacker on bytes agree in random scripts |
| races | members whose Commits race, and newcomers, stay in one group |
| catalogue | each input of impl/forge is refused for the one rule that it violates, and its control accepted |
| late | model and implementation agree on messages that come late or twice |
| twins | model and implementation accept and refuse the same, in histories with much that is forbidden |
| deletion | what a theft finds of an epoch's secrets is of the epoch in which the victim is, or was since it began to hoard |

What gets past all of these meets tests of the repository, compiled with the same faults:

| tests | what they are |
|---|---|
| scripts | of package props: scripts with forgeries, forks and a delivery service that interferes; forgeries with each subset of their premises |
| tests of model, schedule, sim | those of the packages model, impl/schedule and sim |
| vectors | the official test vectors of MLS, against the implementation |

A fault is equivalent if no client, delivery service or adversary can see or hold anything
else because of it: the line that it changes is then given a value by everything that
leads there which it does not change. The argument says what keeps other values from
getting there. It stands in the list whether or not the run has tried to refute it; that
nothing noticed the fault is no argument. Equivalent faults are counted in one of the two
ratios and left out of the other.

Checks begin with the catalogue or the twins, the others with the bounds. A script in
which a property does not hold is made as short as it can be; that of
the twins and of late by rapid, and that of tests is the name of one. A panic counts as noticed, and so does a run of a quarter of an hour.
` + "\n"

// mutantPage is docs/mutants.md.
func mutantPage(list []mutant, verdicts []mutantVerdict) string {
	var b strings.Builder
	n := countMutants(list, verdicts)
	fmt.Fprintf(&b, "%s", mutantHead)
	fmt.Fprintf(&b, "\n%d of %d faults are noticed, %.1f %%; without those that are equivalent %d of %d, %.1f %%. By property: %s.\n",
		n.noticed, n.judged, 100*share(n.noticed, n.judged), n.noticed, n.judged-n.equivalent, 100*share(n.noticed, n.judged-n.equivalent), frequent(n.by))
	if len(n.steps) > 0 {
		fmt.Fprintf(&b, "The shortest history of those that random scripts and twins notice has %d steps in the median, %d at most.\n", n.steps[len(n.steps)/2], n.steps[len(n.steps)-1])
	}
	fmt.Fprintf(&b, "The run took %v of processor time, beside the build of the binaries.\n", n.cpu.Round(time.Minute))
	if len(list) > n.judged {
		fmt.Fprintf(&b, "%d faults of the list were not judged.\n", len(list)-n.judged)
	}
	b.WriteString("\n## Survivors\n\n")
	writeUnnoticed(&b, list, verdicts, "why nothing is noticed", func(name string) bool { return equivalents[name] == "" })
	b.WriteString("\n## Equivalent\n\n")
	writeUnnoticed(&b, list, verdicts, "why it changes nothing", func(name string) bool { return equivalents[name] != "" })
	b.WriteString("\n## All\n\n| fault | kind | what | file | noticed by | steps | in |\n|---|---|---|---|---|---|---|\n")
	for i, m := range list {
		v := verdicts[i]
		history := strings.ReplaceAll(strings.TrimSpace(v.History), "\n", "; ")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", m.Name, m.Kind, m.What, m.File, v.Property, count(v.Steps), strings.ReplaceAll(history, "|", "\\|"))
	}
	return b.String()
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// mutantCount is what a run has found.
type mutantCount struct {
	judged, noticed, equivalent int
	by                          map[string]int
	steps                       []int // of histories of random scripts and twins, in order
	cpu                         time.Duration
}

func countMutants(list []mutant, verdicts []mutantVerdict) mutantCount {
	n := mutantCount{by: map[string]int{}}
	for i, v := range verdicts {
		n.cpu += v.CPU
		switch v.Property {
		case notJudged:
			continue
		case "":
			n.equivalent += one(equivalents[list[i].Name] != "")
		default:
			n.noticed++
			n.by[v.Property]++
			if v.Steps > 0 && v.Property != "catalogue" {
				n.steps = append(n.steps, v.Steps)
			}
		}
		n.judged++
	}
	slices.Sort(n.steps)
	return n
}

// writeUnnoticed lists faults that nothing has noticed, with their arguments.
func writeUnnoticed(b *strings.Builder, list []mutant, verdicts []mutantVerdict, why string, are func(string) bool) {
	fmt.Fprintf(b, "| fault | what | %s |\n|---|---|---|\n", why)
	for i, m := range list {
		if verdicts[i].Property == "" && are(m.Name) {
			fmt.Fprintf(b, "| %s | %s | %s |\n", m.Name, m.What, survivors[m.Name])
		}
	}
}
