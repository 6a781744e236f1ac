package main

import (
	"io"
	"os"
	"sync"

	"github.com/cheggaaa/pb/v3"

	"mlssim/sim"
)

// progress is a bar on a terminal, and nothing elsewhere. Time passes in
// thousandths of a replication.
type progress struct {
	bar     *pb.ProgressBar // nil if there is no terminal
	horizon sim.Time
	mutex   sync.Mutex
	at      []int64 // by replication
}

const perReplication = 1000

func (a *app) newProgress(p *sim.Plan) *progress {
	b := &progress{horizon: max(horizonOf(p), 1), at: make([]int64, p.Replications)}
	if !terminal(a.stderr) {
		return b
	}
	// The bar has no colours, with or without NO_COLOR.
	template := `{{ string . "name" }} {{ bar . }} {{ percent . }} {{ rtime . "%s left" }}`
	b.bar = pb.ProgressBarTemplate(template).New(perReplication * p.Replications)
	b.bar.Set(pb.CleanOnFinish, true).Set("name", p.Name).SetWriter(a.stderr).Start()
	return b
}

// terminal tells whether what is written to w goes to a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// tick moves the bar to the time of a replication.
func (b *progress) tick(replication int, t sim.Time) {
	if b.bar == nil {
		return
	}
	at := int64(float64(min(t, b.horizon)) / float64(b.horizon) * perReplication)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.bar.Add64(at - b.at[replication])
	b.at[replication] = at
}

// finish removes the bar.
func (b *progress) finish() {
	if b.bar != nil {
		b.bar.Finish()
	}
}

// horizonOf returns the virtual time that a run of the plan lasts; the steps of
// a script take a second each.
func horizonOf(p *sim.Plan) sim.Time {
	if len(p.Script) > 0 {
		return sim.Time(len(p.Script)) * 1e9
	}
	return p.Horizon
}
