package tree

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"mlssim/impl/meter"
	"mlssim/impl/vectortest"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// encodesAs checks an encoding byte for byte, and that it decodes to the same.
func encodesAs(t *testing.T, v wire.Struct, want string) {
	t.Helper()
	if got := hex.EncodeToString(wire.Encode(v)); got != want {
		t.Errorf("encoded %s, want %s", got, want)
	}
}

// entries is ratchet_tree as a list, blank nodes included.
type entries []*entry

func (r *entries) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*entry)(r), func(c *wire.Coder, e **entry) { wire.Optional(c, e, wire.Of[entry]) })
}

// entries decodes a tree into the list on the wire.
func (w *world) entries() entries {
	var r entries
	w.must(wire.Decode(w.tree.Extension(), &r))
	return r
}

func TestParseRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   spec.ID
		change func(r entries) entries
	}{
		{"as it is", "", func(r entries) entries { return r }},
		{"empty", req.TreeTrailingBlank, func(entries) entries { return nil }},
		{"one blank", req.TreeTrailingBlank, func(entries) entries { return entries{nil} }},
		{"blank at the end", req.TreeTrailingBlank, func(r entries) entries { return append(r, nil) }},
		{"blank leaf at the end", req.TreeTrailingBlank, func(r entries) entries { return append(r, nil, nil) }},
		{"as large as may be", "", func(r entries) entries { return append(r, nil, r[0]) }},
		{"too large", req.TreeSize, func(r entries) entries { return append(r, nil, r[0], nil, r[0]) }},
		{"too large by far", req.TreeSize, func(r entries) entries { return append(append(r, make(entries, 1<<12)...), r[1]) }},
		{"leaf in a parent's place", req.TreeNodeParity, func(r entries) entries { r[1] = r[0]; return r }},
		{"parent in a leaf's place", req.TreeNodeParity, func(r entries) entries { r[0] = r[1]; return r }},
		{"unmerged leaves out of order", req.ParentUnmergedSorted, func(r entries) entries {
			r[3].parent.UnmergedLeaves = []LeafIndex{3, 2}
			return r
		}},
		{"unmerged leaf twice", req.ParentUnmergedSorted, func(r entries) entries {
			r[3].parent.UnmergedLeaves = []LeafIndex{3, 3}
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorldOf(t, 5)
			w.commit(0)
			w.commit(3)
			r := c.change(w.entries())
			b := wire.Encode(&r)
			tree, err := Parse(w.s, nil, b, 6)
			if got := spec.Violated(err); got != c.want {
				t.Errorf("refused for %q, want %q", got, c.want)
			}
			if err == nil && !bytes.Equal(tree.Extension(), b) {
				t.Error("encodes differently")
			}
		})
	}
}

func TestParseMalformed(t *testing.T) {
	w := newWorldOf(t, 3)
	w.commit(0)
	b := w.tree.Extension()
	for n := range b {
		if _, err := Parse(w.s, nil, b[:n], 8); spec.Violated(err) == "" {
			t.Fatalf("the first %d of %d bytes: %v", n, len(b), err)
		}
	}
	for name, c := range map[string]struct {
		hex  string
		want spec.ID
	}{
		"unknown node type":     {"020103", req.WireSelectUnknown},
		"node type 0":           {"020100", req.WireSelectUnknown},
		"presence octet 2":      {"0102", req.WireOptionalPresence},
		"bytes after the tree":  {"0000", req.WireTrailing},
		"announced and missing": {"bfffffff", req.WireVectorBounds},
	} {
		raw, err := hex.DecodeString(c.hex)
		w.must(err)
		if _, err := Parse(w.s, nil, raw, 8); spec.Violated(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// A tree need not be full: what is missing on the right is blank.
func TestParsePads(t *testing.T) {
	w := newWorldOf(t, 5)
	tree := mustParse(t, w.s, w.tree.Extension())
	if tree.Size() != 8 || tree.Members() != 5 {
		t.Errorf("%d members of %d leaves", tree.Members(), tree.Size())
	}
	if !bytes.Equal(tree.Hash(), w.tree.Hash()) {
		t.Error("padded, the tree has another hash")
	}
	if tree, i := tree.Vacancy(); i != 5 || tree.Size() != 8 {
		t.Errorf("leaf %d of %d is vacant", i, tree.Size())
	}
}

// FuzzRatchetTree: what is accepted encodes to the same bytes, and whoever joins
// can judge it; what is refused is so by a requirement; memory is bounded.
func FuzzRatchetTree(f *testing.F) {
	s := testSuite(f)
	for _, e := range vectortest.LoadIfAny[struct {
		Suite spec.CipherSuite `json:"cipher_suite"`
		Tree  vectortest.Hex   `json:"tree"`
	}](f, "tree-validation.json") {
		if e.Suite == s.ID && len(e.Tree) < 1<<12 {
			f.Add([]byte(e.Tree))
		}
	}
	w := newWorldOf(f, 4)
	w.commit(0)
	w.add()
	f.Add(w.tree.Extension())
	f.Add([]byte{0x40, 0x40})
	rules := w.rules()
	f.Fuzz(func(t *testing.T, b []byte) {
		var tree Tree
		var err error
		most := uint64(48*len(b) + 32<<10) // for up to 127 nodes
		if used := meter.Allocated(most, func() { tree, err = Parse(s, nil, b, 64) }); used > most {
			t.Errorf("%d bytes of input, %d of memory", len(b), used)
		} else if once := uint64(4*len(b) + 32<<10); used > once { // or it cannot be allocated at once
			if used := meter.Largest(func() { tree, err = Parse(s, nil, b, 64) }); used > int64(once) {
				t.Errorf("%d bytes of input, %d of memory at once", len(b), used)
			}
		}
		if err != nil {
			if spec.Violated(err) == "" {
				t.Errorf("refused without a requirement: %v", err)
			}
			return
		}
		if got := tree.Extension(); !bytes.Equal(got, b) {
			t.Errorf("encodes to %x", got)
		}
		if err := rules.Tree(tree); err != nil && spec.Violated(err) == "" {
			t.Errorf("refused without a requirement: %v", err)
		}
		judgeAnyway(t, tree)
	})
}

// judgeAnyway asks everything of a tree that nobody should join. Nothing may
// panic.
func judgeAnyway(t *testing.T, tree Tree) {
	if err := tree.verifyParentHashes(nil); err != nil {
		if v, ok := errors.AsType[*spec.Violation](err); !ok || v.Req != req.TreeParentHash {
			t.Errorf("%v", err)
		}
	}
	for x := range NodeIndex(2 * tree.Size()) {
		tree.Resolution(x)
	}
	for i := range LeafIndex(tree.Size()) {
		if path := tree.FilteredDirectPath(i); !slices.IsSorted(levels(path)) {
			t.Errorf("path %v", path)
		}
		tree.Remove(i)
	}
}

func levels(path []NodeIndex) []int {
	var list []int
	for _, x := range path {
		list = append(list, x.Level())
	}
	return list
}
