package impl

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Section 13.5.

// codePoints visits every code point in v, with the structure and field in which
// it stands: of an extension those of the list.
func codePoints(field string, v reflect.Value, visit func(field string, value uint16)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			codePoints(field, v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			codePoints(field, v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			if v.Type() == reflect.TypeFor[tree.Extension]() {
				name = field
			}
			codePoints(name, v.Field(i), visit)
		}
	case reflect.Uint16:
		visit(field, uint16(v.Uint()))
	}
}

// greaseIn returns in which fields GREASE was found.
func greaseIn(found map[string]bool, objects ...any) map[string]bool {
	for _, o := range objects {
		codePoints("", reflect.ValueOf(o), func(field string, value uint16) {
			if slices.Contains(greaseValues[:], value) {
				found[field] = true
			}
		})
	}
	return found
}

// the seven fields of Section 13.5.
var sevenFields = map[string]bool{
	"Capabilities.CipherSuites": true,
	"Capabilities.Extensions":   true,
	"Capabilities.Proposals":    true,
	"Capabilities.Credentials":  true,
	"LeafNode.Extensions":       true,
	"KeyPackage.Extensions":     true,
	"GroupInfo.Extensions":      true,
}

func TestGREASEValuesAreThoseOfTheRFC(t *testing.T) {
	want := []uint16{0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a, 0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea}
	if !slices.Equal(greaseValues[:], want) {
		t.Errorf("drawn from %04x", greaseValues)
	}
	for v := range 1 << 16 {
		if spec.GREASE(uint16(v)) != slices.Contains(want, uint16(v)) {
			t.Errorf("0x%04x: %v", v, spec.GREASE(uint16(v)))
		}
	}
}

// greasyRoom lives through a group in which every second Commit is by a client that
// sends GREASE, and returns all that was sent. With always, all of them send it.
func greasyRoom(t *testing.T, on func(step int) bool) []any {
	t.Helper()
	r := newRoom(t, spec.WirePublicMessage, "A")
	var sent []any
	step := 0
	next := func() {
		r.env.GREASE = on(step)
		step++
	}
	for _, name := range []string{"B", "C", "D", "E"} {
		next()
		out := r.commit(r.parties[len(r.parties)-1].name, CommitOptions{}, name)
		sent = append(sent, out.Message)
	}
	for _, name := range []string{"A", "D", "C", "B"} {
		next()
		p := r.at(name)
		after, out, err := p.member.ProposeUpdate(r.env, r.format)
		r.ok(err)
		p.member = after
		r.deliver(p, out.Message)
		next()
		sent = append(sent, out.Message, r.commit("E", CommitOptions{}).Message)
	}
	next()
	sent = append(sent, r.commit("C", CommitOptions{Remove: leaves(r.leaf("B"))}).Message)
	r.say("E", "greasy")
	next()
	joiner, err := r.joiner()
	r.ok(err)
	r.ok(r.give("D", joiner))
	sent = append(sent, joiner)
	for _, p := range r.parties {
		next()
		info, err := p.member.groupInfo(r.env, &GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		k, err := NewKeyPackageWith(r.env, r.party("F").id, KeyPackageOptions{LastResort: step%3 == 0})
		r.ok(err)
		sent = append(sent, info, k.Package)
		for _, leaf := range p.member.tree.Leaves() {
			sent = append(sent, leaf)
		}
	}
	return sent
}

func TestGREASEIsInTheSevenFieldsAndInNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		on   func(int) bool
		want map[string]bool
	}{
		"on":       {func(int) bool { return true }, sevenFields},
		"in turns": {func(step int) bool { return step%2 == 0 }, sevenFields},
		"off":      {func(int) bool { return false }, map[string]bool{}},
	} {
		if diff := cmp.Diff(c.want, greaseIn(map[string]bool{}, greasyRoom(t, c.on)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestGREASEIsEverywhereItMayBe: each object that can carry it does.
func TestGREASEIsEverywhereItMayBe(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	r.env.GREASE = true
	for i := range 20 {
		k, err := NewKeyPackage(r.env, r.party(fmt.Sprint(i)).id)
		r.ok(err)
		info, err := r.at("A").member.groupInfo(r.env, &GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		if diff := cmp.Diff(sevenFields, greaseIn(map[string]bool{}, k.Package, info)); diff != "" {
			t.Errorf("KeyPackage and GroupInfo (-want +got):\n%s", diff)
		}
		capabilities := &k.Package.LeafNode.Capabilities
		for _, e := range slices.Concat(k.Package.Extensions, k.Package.LeafNode.Extensions) {
			if !capabilities.SupportsExtension(e.Type) {
				t.Errorf("extension 0x%04x is not listed", uint16(e.Type))
			}
		}
		if !message.UniqueExtensions(k.Package.Extensions) || !message.UniqueExtensions(info.Extensions) || !message.UniqueExtensions(k.Package.LeafNode.Extensions) {
			t.Error("a type occurs twice")
		}
		leaf, err := r.at("A").member.nextLeaf(r.env, r.at("A").id, 0)
		r.ok(err)
		if n := len(greaseIn(map[string]bool{}, &leaf)); n != 5 {
			t.Errorf("the next leaf has GREASE in %d fields", n)
		}
	}
}

// TestGREASEIsDrawnAnew: it does not heap up, and what the client supports is
// unchanged by it.
func TestGREASEIsDrawnAnew(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	r.env.GREASE = true
	for range 30 {
		r.commit("A", CommitOptions{})
	}
	leaf := r.leafOf("A")
	if n := len(leaf.Capabilities.Proposals); n > maxGREASE {
		t.Errorf("%d proposal types listed", n)
	}
	if n := len(leaf.Extensions); n > maxGREASE {
		t.Errorf("%d extensions", n)
	}
	k, extensions := ungreased(leaf)
	if diff := cmp.Diff(Capabilities(), k, cmp.Transformer("sorted", func(l []spec.CipherSuite) []spec.CipherSuite { return slices.Sorted(slices.Values(l)) })); diff != "" || len(extensions) != 0 {
		t.Errorf("without GREASE (-want +got):\n%s", diff)
	}
}

// TestGREASENeedsRandomness, and what has none is not sent.
func TestGREASENeedsRandomness(t *testing.T) {
	want := errors.New("no randomness")
	env := &Env{Rand: iotest.ErrReader(want), GREASE: true}
	if _, err := env.greasedExtensions(nil); !errors.Is(err, want) {
		t.Error(err)
	}
	if _, err := env.greasedLeaf(tree.LeafNode{}, nil); !errors.Is(err, want) {
		t.Error(err)
	}
	if _, err := (&Env{Rand: iotest.ErrReader(want)}).greasedLeaf(tree.LeafNode{}, nil); err != nil {
		t.Errorf("without GREASE: %v", err)
	}
}
