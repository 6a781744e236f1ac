package evidence

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mlssim/spec"
)

// A Difference says what comes of a requirement beyond the tests that are about it: +D
// and +P.
type Difference struct {
	Req    spec.ID  `json:"req"`
	By     string   `json:"by"`         // the test in which the implementation without it differs from the model; "" if none was found
	Breaks []string `json:"properties"` // tests of properties that fail without it in both
}

// Differential are tests that compare model and implementation, in histories of chance and
// in scripts, and Properties those that say what an adversary cannot do.
var (
	Differential = []Test{{"props", "TestModelAndImplementationDoTheSame"}, {"props", "TestLockstep"}}
	Properties   = []Test{
		{"props", "TestForgeriesNeedEveryPremise"}, {"props", "TestDeliveryServiceWithholds"}, {"props", "TestStolenKeysForge"}, {"props", "TestForks"},
		{"props", "TestIdentities"}, {"props", "TestOutside"}, {"props", "TestExternalSenders"}, {"props", "TestRemovals"}, {"props", "TestLifetimes"},
	}
)

// Differences switches requirements off: in the implementation alone, until one of the
// differential tests fails, and then in both programs, in each test of properties. A test
// that fails by itself says nothing. done is told of each.
func (k *Knocker) Differences(ctx context.Context, ids []spec.ID, differential, properties []Test, jobs int, done func(*Difference)) ([]Difference, error) {
	all := make([]Difference, len(ids))
	errs := make([]error, len(ids))
	free := make(chan bool, max(1, jobs))
	var workers sync.WaitGroup
	var mu sync.Mutex
	for i, id := range ids {
		free <- true
		workers.Go(func() {
			defer func() { <-free }()
			all[i], errs[i] = k.difference(ctx, id, differential, properties)
			mu.Lock()
			defer mu.Unlock()
			done(&all[i])
		})
	}
	workers.Wait()
	slices.SortFunc(all, func(a, b Difference) int { return cmp.Compare(a.Req, b.Req) })
	return all, cmp.Or(errs...)
}

func (k *Knocker) difference(ctx context.Context, id spec.ID, differential, properties []Test) (Difference, error) {
	d := Difference{Req: id, Breaks: []string{}}
	fails := func(t Test, force string) (bool, error) {
		r, err := k.Suite.Run(ctx, t, force, false)
		return err == nil && !r.Passed && k.passes(ctx, t.String()), err
	}
	for _, t := range differential {
		is, err := fails(t, string(id)+" impl")
		if err != nil {
			return d, err
		}
		if is {
			d.By = t.String()
			break
		}
	}
	for _, t := range properties {
		is, err := fails(t, string(id))
		if err != nil {
			return d, err
		}
		if is {
			d.Breaks = append(d.Breaks, t.String())
		}
	}
	return d, nil
}

const differenceColumns = "req\tby\tproperties\n"

// WriteDifferences returns differences as a table.
func WriteDifferences(all []Difference) []byte {
	var b bytes.Buffer
	b.WriteString(differenceColumns)
	for _, d := range all {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", d.Req, d.By, strings.Join(d.Breaks, ","))
	}
	return b.Bytes()
}

// ReadDifferences reads what WriteDifferences wrote.
func ReadDifferences(b []byte) ([]Difference, error) {
	rest, ok := strings.CutPrefix(string(b), differenceColumns)
	if !ok {
		return nil, fmt.Errorf("differences.tsv: not the columns %q", differenceColumns)
	}
	var all []Difference
	for line := range strings.Lines(rest) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("differences.tsv: %d fields in %q", len(f), line)
		}
		all = append(all, Difference{spec.ID(f[0]), f[1], strings.FieldsFunc(f[2], func(r rune) bool { return r == ',' })})
	}
	return all, nil
}

// Differ notes differences in cells: +D in those of the implementation, +P in both sides.
func Differ(cells []Cell, all []Difference) {
	by := map[spec.ID]*Difference{}
	for i := range all {
		by[all[i].Req] = &all[i]
	}
	for i := range cells {
		c := &cells[i]
		if d := by[c.Req]; d != nil {
			c.Differ, c.Breaks = d.By != "" && c.Side == "impl", d.Breaks
		}
	}
}
