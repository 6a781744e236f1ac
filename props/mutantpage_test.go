package props

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// survivors are the faults that nothing notices, each with the reason.
var survivors = map[string]string{
	"model merge keeps old path":          same + "a node that is filtered out is blank before: the last member below its other child was removed, and that blanked it",
	"impl merge keeps old path":           same + "a node that is filtered out is blank before: the last member below its other child was removed, and that blanked it",
	"model foreign node key":              same + "nobody comes by the key of a node that it is not below: path secrets are derived upwards from a common ancestor; the fault that gives such keys away is `foreign node keys held`",
	"impl foreign node key":               same + "nobody comes by the key of a node that it is not below: path secrets are derived upwards from a common ancestor; the fault that gives such keys away is `foreign node keys held`",
	"impl unmerged not sorted":            same + "newcomers take the leftmost leaf, and a leaf that became free blanked the nodes above it: unmerged leaves come in increasing order",
	"model node key is path secret":       abstract + "the node key still cannot be turned into the path secret",
	"model epoch without context":         abstract + "two epochs with one member_secret would be needed to see it",
	"model psk order":                     abstract + "sender and receiver chain them alike; that the implementation's order is right the official test vectors show",
	"model transcript stands still":       abstract + "two histories with one last Commit would be needed to see it",
	"impl skipped keys without end":       "the bound is 1,000 keys for each ratchet, and no history here is as long; tests of impl/schedule reach it",
	"model skipped key kept":              seldom,
	"impl skipped key kept":               seldom,
	"check:model:commit.confirmation_tag": "who changes a tag on its way leaves it out, which is refused for its absence; tests of model make a wrong one",
	"check:model:list.psk.unique":         "one PSK under two nonces is two, and nonces are drawn: no history has one twice; tests of model do",
	"keep:resumption_psk":                 "a client may keep them (RFC 9420, Section 8.6); what that costs is `keepres` in a script, and the bounds run over histories without it",
	"theft forgets staged":                "in a script a Commit is accepted in the step that makes it, so that no theft finds one staged; tests of package sim do",
	"keep:welcome_secret":                 "it opens the GroupInfo, which holds no secret (W3), and gives no epoch",
	"keep:sender_data_secret":             "it tells who sent a message (M6), which is no leak of an epoch",
	"keep:exporter_secret":                "what is exported of an epoch that is over (M7) is no leak of the epoch",
}

const (
	same     = "it changes nothing: "
	seldom   = "the message would have to come late, and then again, which the histories of the run did not reach; tests of impl/schedule and model do. The property late was written for these two"
	abstract = "the model has terms and no bytes: "
)

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

Checks begin with the catalogue or the twins, the others with the bounds. A script in
which a property does not hold is made as short as it can be; that of
the twins and of late by rapid. A panic counts as noticed, and so does a run of a quarter of an hour.
` + "\n"

// mutantPage is docs/mutants.md.
func mutantPage(list []mutant, verdicts []mutantVerdict) string {
	var cpu time.Duration
	var b strings.Builder
	killed, by := 0, map[string]int{}
	var steps []int
	judged := 0
	for _, v := range verdicts {
		cpu += v.CPU
		judged += one(v.Property != notJudged)
		if v.Property != "" && v.Property != notJudged {
			killed++
			by[v.Property]++
			if v.Steps > 0 && v.Property != "catalogue" {
				steps = append(steps, v.Steps)
			}
		}
	}
	slices.Sort(steps)
	fmt.Fprintf(&b, "%s", mutantHead)
	fmt.Fprintf(&b, "\n%d of %d faults are noticed. By property: %s. The shortest history of those that\nrandom scripts and twins notice has %d steps in the median, %d at most. The run took %v of processor time, beside the\nbuild of the one binary. %d faults of the list were not judged.\n",
		killed, judged, frequent(by), steps[len(steps)/2], steps[len(steps)-1], cpu.Round(time.Minute), len(list)-judged)
	b.WriteString("\n## Survivors\n\n| fault | what | why nothing is noticed |\n|---|---|---|\n")
	for i, m := range list {
		if verdicts[i].Property == "" {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Name, m.What, survivors[m.Name])
		}
	}
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
