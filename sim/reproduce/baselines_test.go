package reproduce

import (
	"math"
	"testing"
)

// The formulas give values that were computed elsewhere.
func TestFormulas(t *testing.T) {
	settings := func(pairs map[string]float64) *Series { return &Series{Name: "s", Settings: pairs} }
	for _, c := range []struct {
		e    Experiment
		s    *Series
		x    float64
		want float64
	}{
		{healingTime(), settings(map[string]float64{"refresh_days": 5, "poisson": 1}), 4, 5 * 25.0 / 12},
		{healingTime(), settings(map[string]float64{"refresh_days": 5}), 4, 4},
		{healingByProposals(), settings(map[string]float64{"refresh_days": 5, "commits_per_day": 0.25}), 2, 11.5},
		{healingEpochs(), settings(map[string]float64{"members": 128}), 4, 266.6667},
		{healingEpochs(), settings(map[string]float64{"members": 64, "updates": 3}), 4, 33.57},
		{healingEpochs(), settings(map[string]float64{"members": 64, "in_turn": 1}), 1, 32.5},
		{insecureTime(), settings(map[string]float64{"refresh_days": 365.0 / 2, "thefts_per_year": 0.2}), 16, 0.7824},
		{insecureTime(), settings(map[string]float64{"refresh_days": 365.0 / 365, "thefts_per_year": 1}), 128, 0.2958},
		{insecureEpisodes(), settings(map[string]float64{"refresh_days": 365.0 / 2, "thefts_per_year": 0.2}), 16, 365 * 1.1234},
		{insecureEpisodes(), settings(map[string]float64{"refresh_days": 7, "thefts_per_year": 1}), 128, 29.6},
		{knownNodes(), settings(map[string]float64{"members": 1024}), 16, 113.6},
		{knownNodes(), settings(map[string]float64{"members": 1024}), 64, 328.7},
		{staleDevice(), settings(map[string]float64{"commits_per_day": 4, "evict_days": 14}), 21, 57},
		{unreadMessages(), settings(map[string]float64{"members": 4, "messages_per_day": 20, "online_hours": 2}), 8, 16},
		{lastResort(), settings(map[string]float64{"demand_per_day": 1, "refill_days": 2}), 1, 1 - 3*math.Exp(-2)},
		{independentBlanks(), settings(map[string]float64{"members": 1024}), 0.25, 14.0},
		{independentBlanks(), settings(map[string]float64{"members": 1024}), 0.5, 32.5},
		{independentBlanks(), settings(map[string]float64{"members": 1024}), 0.75, 165},
	} {
		got, ok := c.e.Expect(&Plan{}, c.s, c.x)
		if !ok || math.Abs(got-c.want) > 0.002*c.want {
			t.Errorf("%s, %v at %v: %v, not %v", c.e.Name, c.s.Settings, c.x, got, c.want)
		}
	}
	// One who is always back at once is like one who is always there.
	if got := awayMean(2, 1, 1e-9); math.Abs(got-2) > 1e-6 {
		t.Errorf("always online: %v", got)
	}
	if got := awayMean(1e-9, 1, 3); math.Abs(got-2.25) > 1e-6 {
		t.Errorf("refreshes whenever it can: %v", got)
	}
}

// A few replications of the first points of each baseline come near its formula: no
// farther than six standard errors. The run that is published has a thousand.
func TestBaselines(t *testing.T) {
	for _, e := range []Experiment{healingTime(), healingByProposals(), healingEpochs(), insecureTime(), insecureEpisodes(),
		knownNodes(), staleDevice(), unreadMessages(), lastResort(), independentBlanks()} {
		p, err := e.Load(e.Source())
		if err != nil {
			t.Error(err)
			continue
		}
		p.Replications, p.Confidence = 24, 1-1e-9
		for i := range p.Series {
			s := &p.Series[i]
			s.Points = s.Points[:1]
		}
		o, err := e.Run(t.Context(), p, false, 2)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, x := range o.Points {
			if *x.Published < x.Low || *x.Published > x.High {
				t.Errorf("%s, %s at %v: %v to %v, the formula has %v", e.Name, x.Series, x.X, x.Low, x.High, *x.Published)
			}
		}
	}
}

// A series with a confidence is judged by it: the value has to be within the interval,
// and the interval no wider than the tolerance.
func TestConfidence(t *testing.T) {
	values := []float64{9, 11, 9, 11, 9, 11, 9, 11, 10, 10} // 10, with half a 99.9 % interval of 1.42
	for _, c := range []struct {
		published, tolerance float64
		passed               bool
	}{{10.5, 0.2, true}, {11.4, 0.2, true}, {11.6, 0.2, false}, {8.4, 0.9, false}, {10, 0.1, false}} {
		p := &Plan{Confidence: 0.999}
		s := &Series{Name: "s", Tolerance: c.tolerance}
		if p := p.judge(s, Target{X: 1}, values, c.published, true); *p.Passed != c.passed {
			t.Errorf("%v with a tolerance of %v: %+v", c.published, c.tolerance, p)
		}
	}
}
