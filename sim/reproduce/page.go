package reproduce

import (
	"fmt"
	"strconv"
	"strings"
)

// Page returns a page in Markdown: the question, the setting, what came out, and how
// to see it again. It shows the figure NAME.svg that lies beside it.
func Page(p *Plan, o *Outcome, full bool) []byte {
	var b strings.Builder
	para := func(s string) { fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(s)) }
	para("# " + p.Title)
	para(p.Question)
	para(fmt.Sprintf("![%s: %s over %s](%s.svg)", p.Title, p.Y.Label, p.X.Label, p.Name))
	para("## Setting")
	para(p.Setting)
	para(fmt.Sprintf("Seed %d, %d replications of a point unless noted otherwise in the plan. Source: %s", p.Seed, p.Replications, strings.TrimSpace(p.Source)))
	para(outcomeHeading)
	para(verdict(o))
	if p.Remarks != "" {
		para(p.Remarks)
	}
	b.WriteString(table(p, o))
	para("## Run it again")
	command := "mlssim reproduce " + p.Name
	if full {
		command += " --full"
	}
	b.WriteString("    " + command + "\n\n")
	_, source := Experiment{Name: p.Name}.Source()
	fmt.Fprintf(&b, "Plan %s, points %s.\n", digest(source)[:16], o.Digest()[:16])
	return []byte(b.String())
}

func verdict(o *Outcome) string {
	passed, compared := o.Tally()
	s := fmt.Sprintf("%d of %d points are within their tolerance.", passed, compared)
	if compared == 0 {
		s = "There is nothing published to compare with."
	} else if rest := len(o.Points) - compared; rest > 0 {
		s += fmt.Sprintf(" %d are ours alone.", rest)
	}
	return s
}

func table(p *Plan, o *Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| series | %s | ours | %s interval | published | tolerance | |\n|---|---|---|---|---|---|---|\n", p.X.Label, p.Interval())
	recomputed := false
	for _, q := range o.Points {
		fmt.Fprintf(&b, "| %s | %s | %s | ", q.Series, Short(q.X), Short(q.Ours))
		if q.Low != q.High {
			fmt.Fprintf(&b, "%s to %s", Short(q.Low), Short(q.High))
		}
		if q.Passed == nil {
			b.WriteString(" | | | ours only |\n")
			continue
		}
		mark, word := "", "passed"
		if q.Recomputed {
			mark, recomputed = " *", true
		}
		if !*q.Passed {
			word = "**failed**"
		}
		fmt.Fprintf(&b, " | %s%s | ± %s | %s |\n", Short(*q.Published), mark, Short(*q.Tolerance), word)
	}
	b.WriteByte('\n')
	if recomputed {
		b.WriteString("\\* computed by a formula, not printed in the source.\n\n")
	}
	return b.String()
}

// Short writes a number with at most five digits that count, and none behind the
// point from 1,000 on.
func Short(v float64) string {
	if v >= 1000 || v <= -1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// Index returns a page that lists the experiments that have a page, which read
// returns by its name, with what came out of them.
func Index(read func(page string) ([]byte, error)) []byte {
	var b strings.Builder
	b.WriteString(indexHead)
	for _, e := range All() {
		name := e.Name + ".md"
		page, err := read(name)
		if err != nil {
			continue
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(page), "# "), "\n")
		_, rest, _ := strings.Cut(string(page), outcomeHeading+"\n\n")
		came, _, _ := strings.Cut(rest, "\n")
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", e.Name, name, title, came)
	}
	return []byte(b.String())
}

const outcomeHeading = "## What came out"

const indexHead = `# Published results, again

Each page is one experiment: what was asked, the setting, our numbers beside the
published ones, and the command that makes it again. How near a point has to come was
fixed in the plan file before the first run; where one does not, its page says what we
know of why. Where nothing of the kind was published, a formula takes its place.

    mlssim reproduce
    mlssim reproduce --all --out DIR

The first lists the experiments, the second runs all of them and writes pages like
these. [How to read the figures](../plots.md#curves-beside-what-was-published).

| experiment | | what came out |
|---|---|---|
`
