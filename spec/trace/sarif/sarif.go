// Package sarif writes findings in the Static Analysis Results Interchange Format,
// SARIF 2.1.0 of OASIS, so that services that show findings beside code can read them.
package sarif

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Finding is something that is wrong, at a place of the module.
type Finding struct {
	Rule string // "unit.unmapped"
	What string
	File string // from the root of the module, with slashes
	Line int    // from 1
	Key  string // what it is about: with the rule it names the finding when lines have moved
}

type log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool    tool     `json:"tool"`
	Results []result `json:"results"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	ID   string  `json:"id"`
	Text message `json:"shortDescription"`
}

type message struct {
	Text string `json:"text"`
}

type result struct {
	RuleID    string            `json:"ruleId"`
	RuleIndex int               `json:"ruleIndex"`
	Level     string            `json:"level"`
	Message   message           `json:"message"`
	Locations []location        `json:"locations"`
	Prints    map[string]string `json:"partialFingerprints"`
}

type location struct {
	Physical physical `json:"physicalLocation"`
}

type physical struct {
	Artifact artifact `json:"artifactLocation"`
	Region   region   `json:"region"`
}

type artifact struct {
	URI  string `json:"uri"`
	Base string `json:"uriBaseId"`
}

type region struct {
	Line int `json:"startLine"`
}

// Log returns findings as a SARIF log of one run of a tool, in their order.
func Log(name string, findings []Finding) ([]byte, error) {
	r := run{Tool: tool{driver{Name: name, Rules: []rule{}}}, Results: []result{}}
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{id, message{strings.ReplaceAll(id, ".", ": ")}})
	}
	for _, f := range findings {
		r.Results = append(r.Results, result{
			RuleID: f.Rule, RuleIndex: slices.Index(ids, f.Rule), Level: "error", Message: message{f.What},
			Locations: []location{{physical{artifact{f.File, "%SRCROOT%"}, region{max(f.Line, 1)}}}},
			Prints:    map[string]string{"finding/v1": f.Rule + " " + f.Key},
		})
	}
	b, err := json.MarshalIndent(log{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []run{r}}, "", "  ")
	return append(b, '\n'), err
}
