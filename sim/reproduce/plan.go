package reproduce

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed plans/*.yaml
var plans embed.FS

// A Plan is the file of an experiment. Everything in it was fixed before the first
// run: what is measured, and how near to what was published it has to come.
type Plan struct {
	Name         string `yaml:"name"`
	Title        string `yaml:"title"`
	Question     string `yaml:"question"`
	Setting      string `yaml:"setting"`
	Source       string `yaml:"source"`
	Remarks      string `yaml:"remarks"` // on what came out; of points that fail, why
	Seed         uint64 `yaml:"seed"`
	Replications int    `yaml:"replications"`
	// Confidence, if it is not 0, judges by chance alone: what was published has to lie
	// in the interval of ours that it gives, such as 0.999. A tolerance is then how wide
	// half of that may be.
	Confidence float64            `yaml:"confidence"`
	X          Axis               `yaml:"x"`
	Y          Axis               `yaml:"y"`
	Settings   map[string]float64 `yaml:"settings"`
	Series     []Series           `yaml:"series"`
}

// An Axis of the figure.
type Axis struct {
	Label string `yaml:"label"`
	Log   int    `yaml:"log"` // 2 or 10 for a logarithmic axis with marks at powers of it; 0 for a linear one
}

// A Series is one curve.
type Series struct {
	Name     string             `yaml:"name"`
	Curve    string             `yaml:"curve"`    // what is measured, if the experiment has a choice
	Settings map[string]float64 `yaml:"settings"` // come before those of the plan
	// Tolerance is how far ours may be from what was published, as a part of that.
	Tolerance float64 `yaml:"tolerance"`
	// OursOnly says that there is nothing to compare with: these points do not pass
	// and do not fail.
	OursOnly bool     `yaml:"ours_only"`
	Points   []Target `yaml:"points"`
}

// A Target is a point of a series.
type Target struct {
	X         float64  `yaml:"x"`
	Published *float64 `yaml:"published"` // nil: to be computed by a formula
	// Spread is that of the published value, in its own unit. Ours may lie as far from
	// it as this, if that is more than the series' tolerance.
	Spread       float64 `yaml:"spread"`
	Replications int     `yaml:"replications"` // in place of the plan's
	Full         bool    `yaml:"full"`         // only in a full run
	OursOnly     bool    `yaml:"ours_only"`    // as in [Series], of this point
}

// A PlanError says what is wrong with a plan file.
type PlanError struct {
	File string
	Err  error
}

func (e *PlanError) Error() string { return e.File + ": " + e.Err.Error() }
func (e *PlanError) Unwrap() error { return e.Err }

// Source returns the plan file that comes with an experiment, and its name.
func (e Experiment) Source() (name string, data []byte) {
	name = "plans/" + e.Name + ".yaml"
	data, err := plans.ReadFile(name)
	if err != nil { // part of the binary; a test reads them all
		panic(err)
	}
	return name, data
}

const maxPlan = 256 << 10 // bytes

// Load reads a plan of the experiment. Its error is a *PlanError.
func (e Experiment) Load(file string, data []byte) (*Plan, error) {
	if len(data) > maxPlan {
		return nil, &PlanError{file, fmt.Errorf("%d bytes, more than %d", len(data), maxPlan)}
	}
	p := &Plan{}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(p); err != nil {
		return nil, &PlanError{file, err}
	}
	if err := e.check(p); err != nil {
		return nil, &PlanError{file, err}
	}
	return p, nil
}

// Limits of a plan.
const (
	maxReplications = 10_000
	maxPoints       = 10_000
)

func (e Experiment) check(p *Plan) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Name != e.Name {
		fail("name is %q, and the experiment is called %q", p.Name, e.Name)
	}
	for what, text := range map[string]string{"title": p.Title, "question": p.Question, "setting": p.Setting, "source": p.Source, "x.label": p.X.Label, "y.label": p.Y.Label} { //det:ok errors are sorted
		if text == "" {
			fail("%s is missing", what)
		}
	}
	for _, a := range []Axis{p.X, p.Y} {
		if a.Log != 0 && a.Log != 2 && a.Log != 10 {
			fail("log is %d: it is 2, 10, or left out", a.Log)
		}
	}
	if p.Replications < 1 || p.Replications > maxReplications {
		fail("replications is %d: there are 1 to %d", p.Replications, maxReplications)
	}
	if p.Confidence != 0 && (!finite(p.Confidence) || p.Confidence < 0.5 || p.Confidence >= 1) {
		fail("confidence is %v: it is from 0.5 to below 1", p.Confidence)
	}
	if len(p.Series) == 0 {
		fail("there are no series")
	}
	e.checkKeys(p.Settings, "settings", fail)
	names := map[string]bool{}
	for i := range p.Series {
		s := &p.Series[i]
		if s.Name == "" || names[s.Name] {
			fail("series %d is called %q: each has a name of its own", i+1, s.Name)
		}
		names[s.Name] = true
		if len(e.Curves) == 0 && s.Curve != "" || len(e.Curves) > 0 && !slices.Contains(e.Curves, s.Curve) {
			fail("%s: no curve %q, there are %q", s.Name, s.Curve, e.Curves)
		}
		e.checkKeys(s.Settings, s.Name+": settings", fail)
		for _, key := range e.Settings {
			if _, ok := p.setting(s, key); !ok {
				fail("%s: settings has no %s", s.Name, key)
			}
		}
		e.checkSeries(p, s, fail)
	}
	slices.SortStableFunc(errs, func(a, b error) int { return bytes.Compare([]byte(a.Error()), []byte(b.Error())) })
	return errors.Join(errs...)
}

func (e Experiment) checkKeys(settings map[string]float64, where string, fail func(string, ...any)) {
	for key, v := range settings { //det:ok errors are sorted
		if !slices.Contains(e.Settings, key) {
			fail("%s: unknown key %q, there are %q", where, key, e.Settings)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			fail("%s: %s is not finite", where, key)
		}
	}
}

func (e Experiment) checkSeries(p *Plan, s *Series, fail func(string, ...any)) {
	if len(s.Points) == 0 || len(s.Points) > maxPoints {
		fail("%s: %d points, there are 1 to %d", s.Name, len(s.Points), maxPoints)
	}
	if !finite(s.Tolerance) || s.Tolerance < 0 || s.Tolerance >= 1 {
		fail("%s: tolerance is %v, it is a part of the published value", s.Name, s.Tolerance)
	}
	seen := map[float64]bool{}
	for _, at := range s.Points {
		switch _, computed := e.expect(p, s, at.X); {
		case !finite(at.X) || p.X.Log != 0 && at.X <= 0:
			fail("%s: x is %v, which the axis does not have", s.Name, at.X)
		case seen[at.X]:
			fail("%s: x = %v a second time", s.Name, at.X)
		case !finite(at.Spread) || at.Spread < 0:
			fail("%s: x = %v: spread is %v", s.Name, at.X, at.Spread)
		case at.Spread > 0 && at.Published == nil:
			fail("%s: x = %v: a spread of what was not published", s.Name, at.X)
		case at.Published != nil && !finite(*at.Published):
			fail("%s: x = %v: published is not finite", s.Name, at.X)
		case at.Replications < 0 || at.Replications > maxReplications:
			fail("%s: x = %v: replications is %d", s.Name, at.X, at.Replications)
		case (s.OursOnly || at.OursOnly) && at.Published != nil:
			fail("%s: x = %v: ours_only, and published", s.Name, at.X)
		case !s.OursOnly && !at.OursOnly && at.Published == nil && !computed:
			fail("%s: x = %v: neither published nor known by a formula: ours_only says so", s.Name, at.X)
		}
		seen[at.X] = true
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func (e Experiment) expect(p *Plan, s *Series, x float64) (float64, bool) {
	if e.Expect == nil || s.OursOnly {
		return 0, false
	}
	return e.Expect(p, s, x)
}

// setting returns a setting of a series.
func (p *Plan) setting(s *Series, key string) (float64, bool) {
	if v, ok := s.Settings[key]; ok {
		return v, true
	}
	v, ok := p.Settings[key]
	return v, ok
}

// count returns a setting that is a whole number from least to most. Its error is a
// *PlanError.
func (p *Plan) count(s *Series, key string, least, most int) (int, error) {
	v, _ := p.setting(s, key) // that it is there was checked
	if v != math.Trunc(v) || v < float64(least) || v > float64(most) {
		return 0, &PlanError{p.Name, fmt.Errorf("%s: %s is %v: a whole number from %d to %d", s.Name, key, v, least, most)}
	}
	return int(v), nil
}

func (p *Plan) replications(at Target) int {
	if at.Replications > 0 {
		return at.Replications
	}
	return p.Replications
}

// selected returns the plan with the points of a run alone.
func (p *Plan) selected(full bool) *Plan {
	q := *p
	q.Series = slices.Clone(p.Series)
	for i := range q.Series {
		q.Series[i].Points = slices.DeleteFunc(slices.Clone(q.Series[i].Points), func(at Target) bool { return at.Full && !full })
	}
	return &q
}
