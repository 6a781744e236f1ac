package plan

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDurationsAreExact(t *testing.T) {
	for text, want := range map[string]Duration{
		"0": 0, "30d": 30 * day, "6h": 6 * hour, "10m": 10 * minute, "250ms": 250 * millisecond,
		"1.5d": 36 * hour, "1d12h": 36 * hour, "0.1s": 100 * millisecond, "3us": 3 * microsecond, "7ns": 7,
		"0.000000001s": 1, "0.3d": 25920 * second, "1.10h": 66 * minute, "36525d": maxDuration,
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
}

func TestWhatIsNoDuration(t *testing.T) {
	for _, text := range []string{"", "1", "3 d", "d", "-3d", "1.d", ".5d", "1.5.5d", "5w", "1D", "0.1ns", "0.0000000005s",
		"36526d", "99999999999999999999d", "1e3s", "+1d", "0.33333333333333333333d", "1mm", "30000d7000d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestDurationsSurviveWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(0, int64(maxDuration)).Draw(t, "ns"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("%v: %d, %v", d, got, err)
		}
	})
}
