package main

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"mlssim/sim"
)

// exposureTable is exposure.csv: a row for each member and epoch of which the
// adversary knows the epoch's encryption_secret or the member's leaf key, as seen
// at the end of the run. from_ns to to_ns is the stretch of virtual time that the
// epoch lasted, known_ns when its encryption_secret became known. The cause is
// "taken" (the member's state of this epoch was taken), "retroactive" (it became
// known after the epoch had ended) or "derived".
func exposureTable(replicates []*replicate) []byte {
	t := newTable("replication", "member", "secret", "epoch", "from_ns", "to_ns", "known_ns", "cause")
	for _, d := range replicates {
		epochs := map[uint64]sim.EpochRecord{}
		for _, e := range d.Result.Epochs {
			epochs[e.Epoch] = e
		}
		for _, c := range d.Result.Cells {
			e := epochs[c.Epoch]
			row := func(secret, known, cause string) {
				t.row(strconv.Itoa(d.Number), d.Result.Clients[c.Client], secret, strconv.FormatUint(c.Epoch, 10),
					nanoseconds(e.Start), nanoseconds(end(e, d.Result)), known, cause)
			}
			if e.LeakedAt != sim.Never {
				row("encryption_secret", nanoseconds(e.LeakedAt), causeOf(c, e.Retroactive))
			}
			if c.LeafKey {
				row("leaf_key", "", causeOf(c, false))
			}
		}
	}
	return t.bytes()
}

func causeOf(c sim.Cell, retroactive bool) string {
	switch {
	case c.Taken:
		return "taken"
	case retroactive:
		return "retroactive"
	}
	return "derived"
}

func nanoseconds(t sim.Time) string { return strconv.FormatInt(int64(t), 10) }

// metricsTable is metrics.csv: one row for each replication and metric.
func metricsTable(replicates []*replicate) []byte {
	t := newTable("replication", "metric", "value")
	for _, d := range replicates {
		for _, m := range metrics(d.Result) {
			t.row(strconv.Itoa(d.Number), m.name, strconv.FormatFloat(m.value, 'f', -1, 64))
		}
	}
	return t.bytes()
}

// table is a CSV file in memory.
type table struct {
	buffer bytes.Buffer
	w      *csv.Writer
}

func newTable(header ...string) *table {
	t := new(table)
	t.w = csv.NewWriter(&t.buffer)
	t.row(header...)
	return t
}

func (t *table) row(fields ...string) {
	if err := t.w.Write(fields); err != nil { // memory does not fail
		panic(err)
	}
}

func (t *table) bytes() []byte {
	t.w.Flush()
	return t.buffer.Bytes()
}
