package evidence

import (
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Level is how many cells of a level of the registry have which grade on a side.
type Level struct {
	Level   string         `json:"level"` // MUST, SHOULD, MAY; IMPLIED of list items, FORMAT, DERIVE
	Side    string         `json:"side"`
	Cells   int            `json:"cells"`  // but for those that are absent
	Grades  map[string]int `json:"grades"` // of these, by "G0" to "G5"
	Reached int            `json:"reached"`
	Excused int            `json:"excused"`
	Waived  int            `json:"waived"`
	Absent  int            `json:"absent"`
	Differ  int            `json:"differ"`     // +D: without it the two programs differ
	Breaks  int            `json:"properties"` // +P: without it in both, a property breaks
}

// count fills in the numbers, once cells have their reasons.
func (r *Gated) count(g *Gate, levels map[spec.ID]string) {
	for _, side := range Sides {
		for _, level := range trace.Levels {
			l := Level{Level: level, Side: side, Grades: map[string]int{}}
			for _, name := range gradeNames {
				l.Grades[name] = 0
			}
			for i := range g.File.Cells {
				if c := &g.File.Cells[i]; levels[c.Req] == level && c.Side == side {
					l.add(c)
				}
			}
			if l.Cells+l.Absent == 0 {
				continue
			}
			r.Levels = append(r.Levels, l)
			r.Cells, r.Absent = r.Cells+l.Cells, r.Absent+l.Absent
			r.Reached, r.Excused, r.Waived = r.Reached+l.Reached, r.Excused+l.Excused, r.Waived+l.Waived
		}
	}
}

func (l *Level) add(c *Cell) {
	if c.Absent != "" {
		l.Absent++
		return
	}
	l.Cells++
	l.Grades[c.Grade.String()]++
	l.Differ += b2i(c.Differ)
	l.Breaks += b2i(len(c.Breaks) > 0)
	switch {
	case c.Grade >= c.Target:
		l.Reached++
	case c.Reason != "":
		l.Excused++
		if strings.HasPrefix(c.Reason, waiver+":") {
			l.Waived++
		}
	}
}
