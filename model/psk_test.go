package model

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// TestPSKSecretIsTheFigureOfSection84 writes the figure out once more, for two PSKs.
func TestPSKSecretIsTheFigureOfSection84(t *testing.T) {
	s := NewStore()
	one, two := s.Fresh(ExternalPSK, 1), s.Fresh(ResumptionPSK, 1)
	ids := []PreSharedKeyID{{Type: spec.PSKExternal, ID: s.Bytes("one"), Nonce: s.Fresh(pskNonce, 1)}, {
		Type: spec.PSKResumption, Usage: spec.UsageApplication, GroupID: s.Bytes("group"), Epoch: 7, Nonce: s.Fresh(pskNonce, 2)}}
	input := func(psk Term, i uint64) Term {
		label := s.Tuple("PSKLabel", ids[i].term(s), s.Number(i), s.Number(2))
		return s.Expand(s.Extract(s.Zero(), psk), "derived psk", label)
	}
	first := s.Extract(input(one, 0), s.Zero())
	second := s.Extract(input(two, 1), first)
	got, made := pskSecret(s, ids, []Term{one, two})
	if got != second {
		t.Errorf("psk_secret is %s", s.String(got))
	}
	if d := cmp.Diff([]Secret{makes(K10, PSKSecret, second, one, two)}, made); d != "" {
		t.Errorf("made (-want +got):\n%s", d)
	}
	if none, made := pskSecret(s, nil, nil); none != s.Zero() || made != nil {
		t.Error("without PSKs psk_secret is not zero")
	}
	other := slices.Clone(ids)
	other[0].Nonce = s.Fresh(pskNonce, 3)
	if again, _ := pskSecret(s, other, []Term{one, two}); again == second {
		t.Error("the nonce does not count")
	}
}

// TestResumptionPSKsAreKeptAsLongAsTold: of epochs that are over only those can be
// named that all have kept.
func TestResumptionPSKsAreKeptAsLongAsTold(t *testing.T) {
	g := inStep(t)
	g.bounds.PastPSKs = 1
	m := g.members["A"]
	old := ResumptionPSKID(spec.UsageApplication, m.Context.GroupID, m.Context.Epoch)
	g.empty("B")
	with := MakeCommit{Path: true, Values: []Proposal{PSK(old)}}
	g.commit("A", with)
	if g.members["C"].PSKs[0].PSK == m.Secrets.Resumption || len(g.members["C"].PSKs) != 1 {
		t.Error("C keeps what it should not")
	}
	_, _, err := g.members["A"].Step(g.env(), with)
	v := spec.AllViolated(err)
	if !slices.Equal(v, spec.Violations{req.PSKAvailable}) || !errors.Is(err, spec.ErrMissing) {
		t.Errorf("a PSK that is gone: %v", err)
	}
}

// TestPSKsAreUsedUp: psk_secret is consumed by all, and made once.
func TestPSKsAreUsedUp(t *testing.T) {
	g := inStep(t)
	g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 1) }
	k := g.keyPackage("E")
	out := g.do("A", MakeCommit{Path: true, Values: []Proposal{PSK(ExternalPSKID(1)), Add(k.Package)}})
	at := slices.IndexFunc(out.Secrets, func(m Secret) bool { return m.Kind == PSKSecret })
	if at < 0 {
		t.Fatal("no psk_secret")
	}
	psk := out.Secrets[at].Term
	consumed := map[string][]Term{"A": out.Consumed, "B": g.do("B", arrive(out.Send)).Consumed}
	_, joined, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: out.Welcomes[0]})
	if err != nil {
		t.Fatal(err)
	}
	consumed["E"] = joined.Consumed
	for name, used := range consumed {
		if !slices.Contains(used, psk) {
			t.Errorf("%s does not use psk_secret up", name)
		}
	}
	g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 2) }
	if _, _, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: out.Welcomes[0]}); err == nil {
		t.Error("E joins with another PSK")
	}
}

func TestExporterIsThatOfSection85(t *testing.T) {
	g := inStep(t)
	s, m := g.s, g.members["A"]
	out := g.do("A", Export{"label", "context"})
	if out.Exported != s.Expand(s.DeriveSecret(m.Secrets.Exporter, "label"), "exported", s.Hash(s.Bytes("context"))) {
		t.Errorf("exported %s", s.String(out.Exported))
	}
	if g.do("B", Export{"label", "context"}).Exported != out.Exported || g.do("B", Export{"label", "other"}).Exported == out.Exported ||
		g.do("B", Export{"other", "context"}).Exported == out.Exported {
		t.Error("members, labels or contexts")
	}
	if m.EpochAuthenticator() != g.members["B"].EpochAuthenticator() {
		t.Error("epoch authenticators")
	}
}

// TestLastResortKeyPackageStays: the init key of an ordinary KeyPackage is used up
// when a client joins by it, that of one of last resort is not.
func TestLastResortKeyPackageStays(t *testing.T) {
	for _, last := range []bool{false, true} {
		g := inStep(t)
		k, _, err := NewKeyPackageWith(g.env(), g.client("E"), KeyPackageOptions{LastResort: last})
		if err != nil {
			t.Fatal(err)
		}
		out := g.do("A", MakeCommit{Path: true, Values: []Proposal{Add(k.Package)}})
		_, joined, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: out.Welcomes[0]})
		if err != nil || slices.Contains(joined.Consumed, k.Init) == last {
			t.Errorf("last resort %v: %v, init_key used up: %v", last, err, slices.Contains(joined.Consumed, k.Init))
		}
	}
	g := inStep(t)
	few := Capabilities{Versions: []spec.ProtocolVersion{7}}
	_, _, err := NewKeyPackageWith(g.env(), g.client("E"), KeyPackageOptions{Capabilities: &few})
	if v := spec.AllViolated(err); !slices.Contains(v, req.KeyPackageCapabilities) || !slices.Contains(v, req.LeafRequiredCapabilities) {
		t.Errorf("capabilities that E does not have, and none of those that it needs: %v", err)
	}
}
