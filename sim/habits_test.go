package sim_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mlssim/sim"
)

const (
	second = sim.Time(1e9)
	hour   = 3600 * second
	day    = 24 * hour
)

// busy is a small group in which everything happens within some weeks.
func busy() *sim.Plan {
	return &sim.Plan{
		Name: "busy", Seed: 7, Horizon: 20 * day, Members: 6,
		Habits: sim.Habits{Online: 2 * hour, Offline: 4 * hour, Messages: 6, Size: 20,
			Stale: []string{"M3"}, StaleAt: 5 * day},
		Policies: sim.Policies{Update: 2 * day, Jitter: 0.5, How: "commit", CommitDelay: hour, Evict: 8 * day},
		Network:  sim.Network{RTT: 200 * second, Retry: 600 * second},
		Churn:    sim.Churn{Joins: 0.3, Leaves: 0.2},
		Adversary: sim.Adversity{
			Compromises: []sim.PlannedCompromise{
				{Member: "M1", At: 3 * day},
				{Member: "M2", At: 6 * day, For: day},
				{Member: "M3", At: 10 * day},
				{Member: "random", At: 12 * day, Only: []string{"init", "enc"}},
			},
			Rate: 3,
		},
	}
}

type outcome struct {
	*sim.Result
	toy     *toy
	history []byte
	records []sim.Record
}

func live(t testing.TB, p *sim.Plan, replication int) outcome {
	t.Helper()
	var b bytes.Buffer
	o := outcome{toy: newToy("")}
	r, err := sim.Run(p, o.toy, sim.Options{Replication: replication, Events: &b})
	if err != nil {
		t.Fatal(err)
	}
	o.Result, o.history = r, b.Bytes()
	for d := json.NewDecoder(&b); d.More(); {
		var rec sim.Record
		if err := d.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		o.records = append(o.records, rec)
	}
	return o
}

func TestSameSeedSameRun(t *testing.T) {
	a, b := live(t, busy(), 0), live(t, busy(), 0)
	if !reflect.DeepEqual(a.Result, b.Result) || !bytes.Equal(a.history, b.history) {
		t.Error("two runs of one plan differ")
	}
	sum := sha256.Sum256(a.history)
	if a.Digest != hex.EncodeToString(sum[:]) {
		t.Error("the digest is not the SHA-256 of the history")
	}
	other := busy()
	other.Seed++
	for _, o := range []outcome{live(t, other, 0), live(t, busy(), 1)} {
		if o.Digest == a.Digest {
			t.Error("another seed or replication gives the same run")
		}
	}
}

// What holds the events shows in nothing that comes of a run.
func TestSameRunWithEitherQueue(t *testing.T) {
	want := live(t, busy(), 0)
	for _, q := range sim.Queues {
		var b bytes.Buffer
		r, err := sim.Run(busy(), newToy(""), sim.Options{Events: &b, Queue: q})
		if err != nil {
			t.Fatal(err)
		}
		if r.Digest != want.Digest || !bytes.Equal(b.Bytes(), want.history) {
			t.Errorf("the queue %q gives another history", q)
		}
	}
	if _, err := sim.Run(busy(), newToy(""), sim.Options{Queue: "calendar"}); err == nil {
		t.Error("there is a queue of no known kind")
	}
}

func TestResultIsJSON(t *testing.T) {
	a := live(t, busy(), 0)
	text, err := json.Marshal(a.Result)
	if err != nil {
		t.Fatal(err)
	}
	var back sim.Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, a.Result) {
		t.Error("a result does not survive JSON")
	}
	empty, err := sim.Run(&sim.Plan{Members: 1, Horizon: 1}, newToy(""), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(empty)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "null"); n != 1 || !strings.Contains(string(text), `"mismatches":null`) {
		t.Errorf("a list is null: %s", text)
	}
}

// The log takes one commit an epoch, in order, and refuses the rest of them.
func TestOneCommitAnEpoch(t *testing.T) {
	o := live(t, busy(), 0)
	var accepted, refused int
	began := map[sim.StepID]bool{}
	for _, r := range o.records {
		switch r.What {
		case sim.DidAccept:
			accepted++
			began[r.Step] = true
			if r.Epoch != uint64(accepted) {
				t.Errorf("record %d: epoch %d begins after %d commits", r.N, r.Epoch, accepted)
			}
		case sim.DidRefuse:
			refused++
		case sim.DidProcess:
			// A member is in the log's epoch or an earlier one, never ahead of it.
			if r.Epoch > uint64(accepted) {
				t.Errorf("record %d: %s is ahead of the log", r.N, r.Who)
			}
		}
	}
	if accepted != len(o.Epochs)-1 || accepted < 20 {
		t.Errorf("%d commits accepted, %d epochs", accepted, len(o.Epochs))
	}
	for i, e := range o.Epochs[1:] {
		if !began[e.Step] || e.Epoch != o.Epochs[i].Epoch+1 || e.Start != o.Epochs[i].End {
			t.Errorf("epoch %d is out of order", e.Epoch)
		}
	}
	if o.toy.twice > 0 {
		t.Errorf("%d states sent twice", o.toy.twice)
	}
	if o.toy.told == 0 || o.toy.now != busy().Horizon {
		t.Errorf("the backend was last told the time %d", o.toy.now)
	}
}

// Welcomes are released only when their commits are in the log: nobody joins
// before the epoch begins.
func TestJoinersWaitForTheirCommit(t *testing.T) {
	o := live(t, busy(), 0)
	epoch, joined := uint64(0), 0
	for _, r := range o.records {
		switch r.What {
		case sim.DidAccept:
			epoch = r.Epoch
		case sim.DidJoin:
			joined++
			if r.Epoch > epoch {
				t.Errorf("record %d: %s joins epoch %d in epoch %d", r.N, r.Who, r.Epoch, epoch)
			}
		}
	}
	if joined < 7 {
		t.Errorf("only %d joined", joined)
	}
}

func TestEverythingHappens(t *testing.T) {
	o := live(t, busy(), 0)
	seen := map[sim.What]int{}
	for i, r := range o.records {
		seen[r.What]++
		if r.N != i+1 || i > 0 && r.At < o.records[i-1].At {
			t.Fatalf("record %d is out of order", r.N)
		}
	}
	for _, what := range []sim.What{
		sim.DidCreate, sim.DidPublish, sim.DidCommit, sim.DidAccept, sim.DidProcess, sim.DidJoin, sim.DidLeave,
		sim.DidSend, sim.DidRead, sim.DidMiss, sim.DidOnline, sim.DidOffline, sim.DidSnapshot, sim.DidWatch,
		sim.DidUnwatch, sim.DidLearn, sim.DidLeak, sim.DidHeal,
	} {
		if seen[what] == 0 {
			t.Errorf("no %s in a busy group", what)
		}
	}
	if o.Events != len(o.records) {
		t.Errorf("%d events, %d records", o.Events, len(o.records))
	}
}

// The device that vanishes on day 5 is evicted once its leaf is 8 days old, and
// taken before that it opens every epoch since it vanished.
func TestStaleDeviceIsEvicted(t *testing.T) {
	p := busy()
	p.Adversary.Rate = 0
	p.Churn = sim.Churn{}
	p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M3", At: 10 * day}}
	o := live(t, p, 0)
	stale := sim.ClientID(slices.Index(o.Clients, "M3"))
	var evicted sim.Time
	for _, c := range o.Cells {
		if c.Client == stale {
			evicted = o.Epochs[c.Epoch].End
		}
	}
	if evicted < 10*day || evicted > 15*day {
		t.Fatalf("evicted at %d", evicted)
	}
	if len(o.Heals) != 1 || o.Heals[0].Cause != "removal" || o.Heals[0].At != evicted {
		t.Errorf("heals %+v", o.Heals)
	}
	retro := 0
	for _, e := range o.Epochs {
		if e.Retroactive {
			retro++
		}
		if leaked := e.LeakedAt != sim.Never; leaked && e.Start >= evicted {
			t.Errorf("epoch %d leaks after the eviction", e.Epoch)
		}
	}
	if retro == 0 {
		t.Error("nothing leaked retroactively")
	}
	for _, r := range o.records {
		if r.Who == "M3" && r.At > 5*day && r.What != sim.DidSnapshot && r.What != sim.DidHeal {
			t.Errorf("M3 does %q on day %d", r.What, r.At/day)
		}
	}
}

// While a device is read, every epoch that its member takes part in leaks, and
// so do the messages that it reads then.
func TestLiveCompromise(t *testing.T) {
	p := busy()
	p.Habits.Offline, p.Habits.Stale = 0, nil
	p.Adversary = sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M2", At: 6 * day, For: 2 * day}}}
	o := live(t, p, 0)
	if len(o.Compromises) != 1 {
		t.Fatal("no compromise")
	}
	c := o.Compromises[0]
	if c.Kind != "live" || c.From != 6*day || c.Until != 8*day || c.Last <= c.Epoch {
		t.Errorf("compromise %+v", c)
	}
	for _, e := range o.Epochs[c.Epoch : c.Last+1] {
		if e.LeakedAt == sim.Never {
			t.Errorf("epoch %d did not leak while M2 was read", e.Epoch)
		}
	}
	for _, m := range o.Messages {
		if m.At > c.From && m.At < c.Until-hour && m.ReadAt == sim.Never {
			t.Errorf("message of step %d was not read", m.Step)
		}
	}
	if len(o.Heals) != 1 || o.Heals[0].At < c.Until || o.Heals[0].Cause != "own_commit" {
		t.Errorf("heals %+v", o.Heals)
	}
	for _, e := range o.Epochs {
		if e.Start < o.Heals[0].At && e.Epoch > c.Last && e.LeakedAt == sim.Never {
			t.Errorf("epoch %d is safe before the heal", e.Epoch)
		}
		if e.Epoch >= o.Heals[0].Epoch && e.LeakedAt != sim.Never {
			t.Errorf("epoch %d leaks after the heal", e.Epoch)
		}
	}
}

// While a device is read nothing heals, even if it is evicted meanwhile.
func TestNothingHealsWhileRead(t *testing.T) {
	p := busy()
	p.Churn = sim.Churn{}
	p.Adversary = sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M3", At: 6 * day, For: 12 * day}}}
	o := live(t, p, 0)
	if last := o.Epochs[len(o.Epochs)-1]; last.LeakedAt != sim.Never || last.Members != 5 {
		t.Fatalf("not evicted: %+v", last)
	}
	if len(o.Heals) != 1 || o.Heals[0].At < 18*day || o.Heals[0].Cause != "removal" {
		t.Errorf("heals %+v", o.Heals)
	}
}

// What one purpose draws does not move another: without an adversary the same
// members do the same things.
func TestStreamsKeepApart(t *testing.T) {
	quiet := busy()
	quiet.Adversary = sim.Adversity{}
	a, b := live(t, busy(), 0), live(t, quiet, 0)
	if len(b.Compromises) != 0 || len(a.Compromises) < 4 {
		t.Fatalf("%d and %d compromises", len(a.Compromises), len(b.Compromises))
	}
	for i, e := range a.Epochs {
		if f := b.Epochs[i]; e.Start != f.Start || e.Committer != f.Committer || e.Step != f.Step {
			t.Fatalf("epoch %d: %+v and %+v", i, e, f)
		}
	}
	if len(a.Messages) != len(b.Messages) || len(a.Messages) == 0 {
		t.Errorf("%d and %d messages", len(a.Messages), len(b.Messages))
	}
}

func TestNumberOfMessagesIsAsPlanned(t *testing.T) {
	p := busy()
	p.Habits.Stale, p.Adversary, p.Churn = nil, sim.Adversity{}, sim.Churn{}
	p.Policies.Evict = 0
	total := 0
	for i := range 5 {
		total += len(live(t, p, i).Messages)
	}
	// 6 members, 20 days, 6 a day, 5 times: 3600 with a deviation of about 1.5 x 60.
	if total < 3300 || total > 3900 {
		t.Errorf("%d messages, 3600 expected", total)
	}
}

func TestStop(t *testing.T) {
	asked, told := 0, 0
	_, err := sim.Run(busy(), newToy(""), sim.Options{
		Stop:     func() bool { asked++; return asked == 3 },
		Progress: func(sim.Time) { told++ },
	})
	if err != sim.ErrStopped || told != 3 {
		t.Errorf("%v after %d reports", err, told)
	}
}
