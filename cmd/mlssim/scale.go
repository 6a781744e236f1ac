package main

import (
	"os"
	"regexp"
	"strconv"

	"mlssim/sim"
)

// scaleFacts are the facts of a run in integers beside those of every run. The last
// two are of the machine, and in no file of the run folder.
type scaleFacts struct {
	Scale     *sim.Scale `json:"scale"`
	Events    int        `json:"events"`
	PerSecond float64    `json:"events_per_second"` // of elapsed time, setting up the group included
	// PeakRSS is the most memory that the process has had so far; null where the
	// system does not say.
	PeakRSS *int64 `json:"peak_rss_bytes"`
}

func newScaleFacts(d *replicate) *scaleFacts {
	f := &scaleFacts{Scale: d.Result.Scale, Events: d.Result.Events, PeakRSS: peakRSS()}
	if s := d.took.Seconds(); s > 0 {
		f.PerSecond = float64(f.Events) / s
	}
	return f
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)

// peakRSS asks Linux; other systems have no such file.
func peakRSS() *int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		return nil
	}
	kB, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return nil
	}
	kB *= 1024
	return &kB
}

// scale says how large a run in integers was.
func (s summary) scale(d *replicate) {
	f := newScaleFacts(d)
	x := f.Scale
	s.line("members", "%s at the end, of %s", thousands(x.Members), thousands(x.Appeared))
	s.line("paths", "%s; at most %s in one Commit of %s bytes", count(x.Ciphertexts, "ciphertext"), thousands(x.Most), thousands(x.MostBytes))
	s.line("blank", "%.1f %% of the parents, on average", float64(x.BlankMean)/1e4)
	speed := thousands(int(f.PerSecond)) + " a second"
	if f.PeakRSS != nil {
		speed += ", " + thousands(int(*f.PeakRSS>>20)) + " MiB at the most"
	}
	s.line("events", "%s: %s", thousands(f.Events), speed)
}
