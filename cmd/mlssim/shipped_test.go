package main

import (
	"slices"
	"testing"

	"mlssim/sim"
)

// expected is what the scripts among the shipped plans leak, and when and by
// what each compromise heals; none where it does not.
var expected = []struct {
	plan                string
	leaked, retroactive []uint64
	heals               []sim.Heal // Compromise, Epoch and Cause
}{
	{"S1", []uint64{7, 8, 9}, nil, []sim.Heal{{Epoch: 10, Cause: "own_commit"}}},
	{"S2", []uint64{7, 8}, nil, []sim.Heal{{Epoch: 9, Cause: "update"}}},
	{"S2b", []uint64{7, 8, 9, 10}, nil, nil},
	{"S4", []uint64{7, 8, 9}, nil, nil},
	{"S5", []uint64{7, 8}, nil, []sim.Heal{{Epoch: 9, Cause: "removal"}}},
	{"S6", []uint64{7, 8, 9}, nil, []sim.Heal{{Epoch: 10, Cause: "own_commit"}, {Compromise: 1, Epoch: 10, Cause: "own_commit"}}},
	{"S7", []uint64{7, 8, 9, 10, 11}, []uint64{8, 9, 10}, []sim.Heal{{Epoch: 8, Cause: "own_commit"}, {Compromise: 1, Epoch: 12, Cause: "own_commit"}}},
	{"S8", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "update"}, {Compromise: 1, Epoch: 8, Cause: "update"}}},
	{"S10", []uint64{10, 11}, nil, []sim.Heal{{Epoch: 12, Cause: "own_commit"}}},
	{"S10b", []uint64{10}, nil, []sim.Heal{{Epoch: 11, Cause: "path"}}},
	{"external-commit", []uint64{6, 7}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"resync-heals", []uint64{5, 6}, nil, []sim.Heal{{Epoch: 7, Cause: "own_commit"}}},
	{"private-framing", []uint64{6, 7}, nil, []sim.Heal{{Epoch: 6, Cause: "path"}, {Compromise: 1, Epoch: 8, Cause: "own_commit"}}},
	{"FS1", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"FS2", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"FS3", []uint64{4, 5, 6}, []uint64{4, 5, 6}, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"FS3b", []uint64{5, 6, 7}, []uint64{5, 6, 7}, nil},
	{"FS4", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"FS5", []uint64{3, 4}, []uint64{3}, nil},
	{"X13", []uint64{1, 2, 3}, []uint64{1, 2}, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"X17", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"X18", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
	{"X20", []uint64{4, 5}, nil, nil},
	{"X20b", []uint64{4, 5}, nil, nil},
	{"X20c", []uint64{4}, nil, []sim.Heal{{Epoch: 5, Cause: "path"}, {Compromise: 1, Epoch: 5, Cause: "own_commit"}}},
	{"X21", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"hsm", []uint64{5}, nil, []sim.Heal{{Epoch: 6, Cause: "path"}}},
	{"S12", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "psk"}}},
	{"S13", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "psk"}}},
	{"S14", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"S15", nil, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"S16", []uint64{8}, nil, []sim.Heal{{Epoch: 9, Cause: "own_commit"}}},
	{"S17a", []uint64{7, 8, 9, 10}, []uint64{7, 8, 9}, nil},
	{"S17b", []uint64{10}, nil, nil},
	{"ST1", []uint64{7, 8, 9, 10, 11, 12}, []uint64{7, 8, 9, 10, 11}, nil},
	{"ST2", []uint64{7, 8, 9}, []uint64{7, 8, 9}, []sim.Heal{{Epoch: 10, Cause: "removal"}}},
	{"RM2", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}, {Compromise: 1, Epoch: 8, Cause: "removal"}}},
	{"X1", []uint64{7, 8, 9, 10}, nil, []sim.Heal{{Epoch: 11, Cause: "removal"}}},
	{"X2", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"X3", []uint64{7, 8, 9, 10, 11, 12}, nil, []sim.Heal{{Epoch: 13, Cause: "removal"}}},
	{"X7", []uint64{7, 10, 11, 12, 13}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"X4", []uint64{9, 10, 11}, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"X5", []uint64{8, 9, 10}, nil, []sim.Heal{{Epoch: 11, Cause: "removal"}}},
	{"X10", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"X10b", nil, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"X6", []uint64{7, 8, 10, 11, 12}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}, {Compromise: 1, Epoch: 9, Cause: "own_commit"}}},
	{"X6b", []uint64{7}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"X8", []uint64{7, 8}, nil, []sim.Heal{{Epoch: 9, Cause: "own_commit"}}},
	{"X9", []uint64{7, 8, 9, 10}, nil, []sim.Heal{{Epoch: 11, Cause: "removal"}}},
	{"X11", []uint64{7, 8, 9, 10}, nil, []sim.Heal{{Epoch: 11, Cause: "removal"}}},
	{"X12", nil, nil, []sim.Heal{{Epoch: 8, Cause: "path"}}},
	{"X19", []uint64{7, 10, 11}, nil, []sim.Heal{{Epoch: 8, Cause: "own_commit"}}},
	{"X14", []uint64{10, 11}, nil, []sim.Heal{{Epoch: 12, Cause: "own_commit"}}},
	{"X14b", nil, nil, []sim.Heal{{Epoch: 8, Cause: "removal"}}},
	{"X15", nil, nil, []sim.Heal{{Epoch: 12, Cause: "path"}}},
	{"X16", []uint64{7, 8, 9}, []uint64{7}, []sim.Heal{{Epoch: 10, Cause: "own_commit"}}},
	{"X16b", []uint64{8, 9}, nil, []sim.Heal{{Epoch: 10, Cause: "own_commit"}}},
	{"stale-member-reopens-the-past", []uint64{7, 8, 9, 10, 11}, []uint64{8, 9, 10},
		[]sim.Heal{{Epoch: 8, Cause: "own_commit"}, {Compromise: 1, Epoch: 12, Cause: "own_commit"}}},
	{"each-commits-once", []uint64{11}, nil, []sim.Heal{{Epoch: 12, Cause: "own_commit"}}},
	{"remove-two-add-two", []uint64{16}, nil, []sim.Heal{{Epoch: 17, Cause: "own_commit"}}},
	{"joins-deep-in-the-tree", []uint64{20}, nil, []sim.Heal{{Epoch: 21, Cause: "own_commit"}}},
	{"many-messages-in-an-epoch", []uint64{3}, nil, []sim.Heal{{Epoch: 4, Cause: "own_commit"}}},
}

// statistical lists the shipped plans that are no scripts.
var statistical = append([]string{"million", "busy-channel", "default", "one-theft", "stale-device", "weekly-or-daily"}, presets...)

func runShipped(t *testing.T, name, engine string) *sim.Result {
	t.Helper()
	f, err := findPlan(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != name {
		t.Fatalf("the plan in %s calls itself %s", f.name, p.Name)
	}
	if engine != "" {
		p.Engine = engine
	}
	b, err := newBackend(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(p, b, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestShippedScriptsLeakAsExpected(t *testing.T) {
	for _, want := range expected {
		t.Run(want.plan, func(t *testing.T) {
			t.Parallel()
			r := runShipped(t, want.plan, "lockstep")
			leaked, retroactive := leakedEpochs(r)
			if !slices.Equal(leaked, want.leaked) || !slices.Equal(retroactive, want.retroactive) {
				t.Errorf("leaked %v, retroactively %v; want %v and %v", leaked, retroactive, want.leaked, want.retroactive)
			}
			heals := slices.Clone(r.Heals)
			for i := range heals {
				heals[i].At = 0
			}
			if !slices.Equal(heals, want.heals) {
				t.Errorf("heals: %+v, want %+v", heals, want.heals)
			}
			if *r.Mismatches != 0 || r.Compared.Verdicts == 0 {
				t.Errorf("%d mismatches, %+v", *r.Mismatches, r.Compared)
			}
		})
	}
}

// What leaks on the branches of a shipped script.
func TestShippedBranchesLeakAsExpected(t *testing.T) {
	for name, want := range map[string][]uint64{"X16": {8, 9}, "X16b": nil, "X12": {8}, "X10": {8}, "X10b": {8, 9},
		"X13": {1}, "X17": {2, 3, 4}, "X18": {2, 3, 6}, "X20": {1, 2}, "X20b": nil, "X20c": {3}} {
		r := runShipped(t, name, "lockstep")
		var leaked []uint64
		for _, e := range r.Branches[0].Epochs {
			if e.LeakedAt != sim.Never {
				leaked = append(leaked, e.Epoch)
			}
		}
		if !slices.Equal(leaked, want) || len(r.Branches[0].Epochs) == 0 {
			t.Errorf("%s: leaked on the branch: %v, want %v", name, leaked, want)
		}
	}
}

func TestEveryShippedPlanIsExpected(t *testing.T) {
	var names []string
	for _, e := range expected {
		names = append(names, e.plan)
	}
	names = append(names, statistical...)
	slices.Sort(names)
	if got := shippedNames(); !slices.Equal(got, names) {
		t.Errorf("shipped: %v\nexpected: %v", got, names)
	}
}

// What the default plan promises to show.
func TestDefaultPlanShowsItAll(t *testing.T) {
	r := runShipped(t, "default", "symbolic")
	leaked, retroactive := leakedEpochs(r)
	if len(leaked) == 0 || len(retroactive) == 0 || len(leaked) == len(r.Epochs) {
		t.Errorf("leaked %v, retroactively %v", leaked, retroactive)
	}
	causes, kinds := map[string]bool{}, map[string]bool{}
	for _, h := range r.Heals {
		causes[h.Cause] = true
	}
	stale := false
	for _, c := range r.Compromises {
		kinds[c.Kind] = true
		stale = stale || r.Clients[c.Client] == "M11"
	}
	for _, c := range []string{"own_commit", "update", "removal"} {
		if !causes[c] {
			t.Errorf("nothing heals by %s", c)
		}
	}
	if !kinds["snapshot"] || !kinds["live"] || !stale {
		t.Errorf("compromises: %+v", r.Compromises)
	}
}

// Of an epoch whose messages were read before the theft, those that came after it
// leak: the last four of nineteen.
func TestReadMessagesStayClosed(t *testing.T) {
	r := runShipped(t, "many-messages-in-an-epoch", "lockstep")
	var leaked []int
	for i, m := range r.Messages {
		if m.ReadAt != sim.Never {
			leaked = append(leaked, i)
		}
	}
	if !slices.Equal(leaked, []int{15, 16, 17, 18}) || len(r.Messages) != 21 {
		t.Errorf("of %d messages %v leaked", len(r.Messages), leaked)
	}
}

// Which messages of the scripts on forward secrecy leak, in the order sent.
func TestForwardSecrecyOfMessages(t *testing.T) {
	for plan, want := range map[string]struct {
		messages int
		leaked   []int
	}{
		"FS1": {9, []int{6, 7, 8}}, "FS2": {4, []int{2}}, "FS3": {2, []int{0, 1}}, "FS3b": {2, nil},
		"FS4": {1, nil}, "FS5": {6, []int{0, 1, 2, 3, 4, 5}},
	} {
		r := runShipped(t, plan, "lockstep")
		var leaked []int
		for i, m := range r.Messages {
			if m.ReadAt != sim.Never {
				leaked = append(leaked, i)
			}
		}
		if len(r.Messages) != want.messages || !slices.Equal(leaked, want.leaked) {
			t.Errorf("%s: of %d messages %v leaked, want %v of %d", plan, len(r.Messages), leaked, want.leaked, want.messages)
		}
	}
}

func TestBusyChannelHasCollisions(t *testing.T) {
	r := runShipped(t, "busy-channel", "symbolic")
	if r.Rejected == 0 || len(r.Messages) < 100 {
		t.Errorf("%d commits were refused, %d messages", r.Rejected, len(r.Messages))
	}
}

func TestStaleDeviceOpensThePast(t *testing.T) {
	r := runShipped(t, "stale-device", "symbolic")
	if _, retroactive := leakedEpochs(r); len(retroactive) < 10 {
		t.Errorf("retroactively leaked: %v", retroactive)
	}
}
