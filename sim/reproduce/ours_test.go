package reproduce

import (
	"fmt"
	"testing"
)

// some carries out some points of an experiment with few replications, and returns what
// came out by "series@x".
func some(t *testing.T, e Experiment, replications int, wanted ...string) map[string]float64 {
	t.Helper()
	p, err := e.Load(e.Source())
	if err != nil {
		t.Fatal(err)
	}
	p.Replications = replications
	at := map[string]bool{}
	for _, w := range wanted {
		at[w] = true
	}
	var series []Series
	for _, s := range p.Series {
		var points []Target
		for _, x := range s.Points {
			if at[fmt.Sprintf("%s@%v", s.Name, x.X)] {
				points = append(points, x)
			}
		}
		if s.Points = points; len(points) > 0 {
			series = append(series, s)
		}
	}
	p.Series = series
	o, err := e.Run(t.Context(), p, false, 2)
	if err != nil {
		t.Fatal(err)
	}
	y := map[string]float64{}
	for _, x := range o.Points {
		y[fmt.Sprintf("%s@%v", x.Series, x.X)] = x.Ours
	}
	if len(y) != len(wanted) {
		t.Fatalf("%s has %v, not all of %v", e.Name, y, wanted)
	}
	return y
}

// falls fails unless each number is clearly below the one before it.
func falls(t *testing.T, e Experiment, replications int, order ...string) {
	t.Helper()
	y := some(t, e, replications, order...)
	for i := 1; i < len(order); i++ {
		if y[order[i]] > 0.9*y[order[i-1]] {
			t.Errorf("%s: %s gives %.4g, %s gives %.4g", e.Name, order[i-1], y[order[i-1]], order[i], y[order[i]])
		}
	}
}

// What the pages say of our own experiments holds with few replications, too.
func TestWhatThePagesSay(t *testing.T) {
	falls(t, forkPolicy(), 2, "goes back within an hour, no recovery@8", "within ten days@8", "within an hour, then resync@8")
	falls(t, equalBandwidth(), 6, "N = 64@2", "N = 64@1", "N = 64@32")
	falls(t, offlineDevice(), 1, "never removed@14", "removed after 7 days@14")
	falls(t, offlineDevice(), 2, "and 30 past epochs kept@1", "that, a fifth of messages lost@1")
	falls(t, retroactiveGap(), 6, "offline for a week, at all@2", "offline for a week, after their end@2", "offline for a day, after their end@2")
	falls(t, crossGroups(), 16, "each group by itself@4", "all groups at once@4")
	falls(t, protocolsRead(), 2, "sender keys@8", "MLS@8", "pairwise@8")
	falls(t, protocolsSent(), 1, "pairwise@8", "MLS@8", "ART@8")
}
