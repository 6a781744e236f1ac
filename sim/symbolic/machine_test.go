package symbolic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mlssim/sim"
	"mlssim/sim/adversary"
	"mlssim/spec"
	"mlssim/spec/req"
)

var partNames = map[sim.Part]string{
	sim.PartSignature: "signature", sim.PartStore: "store", sim.PartLeaf: "leaf", sim.PartNode: "node",
	sim.PartPending: "pending", sim.PartInit: "init", sim.PartEnc: "enc", sim.PartRes: "res", sim.PartEpoch: "epoch",
}

// write lists what is held, a part a line.
func write(held []sim.Held) string {
	parts := map[sim.Part][]string{}
	for _, h := range held {
		s := h.Name.String()
		if h.Part == sim.PartNode {
			s = fmt.Sprintf("%d:%s", h.Node, s)
		}
		parts[h.Part] = append(parts[h.Part], s)
	}
	var b strings.Builder
	for p := sim.PartSignature; p <= sim.PartEpoch; p++ {
		if parts[p] != nil {
			fmt.Fprintf(&b, "%s: %s\n", partNames[p], strings.Join(parts[p], " "))
		}
	}
	return b.String()
}

// TestWhatACompromiseTakes follows A, B, C from the creation of their group in
// step 1: B's KeyPackage is step 2, its Add 3, C's KeyPackage 4, its Add 5.
func TestWhatACompromiseTakes(t *testing.T) {
	w := newWorld(t, "A")
	check := func(who, want string) {
		t.Helper()
		if d := cmp.Diff(strings.TrimPrefix(want, "\n"), write(w.members[who].Secrets())); d != "" {
			t.Errorf("%s (-want +got):\n%s", who, d)
		}
	}
	check("A", `
signature: signature_key[1]
leaf: leaf_key[1]
init: init_secret[1]
enc: encryption_secret[1]
res: resumption_psk[1]
epoch: sender_data_secret[1] exporter_secret[1] external_secret[1] confirmation_key[1] membership_key[1] epoch_authenticator[1]
`)
	w.add("A", "B", false)
	w.add("A", "C", true) // no path: C is unmerged at the root, which stays as it was, blank
	check("B", `
signature: signature_key[2]
leaf: leaf_key[2]
node: 1:node_key[3]/1
init: init_secret[5]
enc: encryption_secret[5]
res: resumption_psk[5]
epoch: sender_data_secret[5] exporter_secret[5] external_secret[5] confirmation_key[5] membership_key[5] epoch_authenticator[5]
`)
	// B hears A's message of generation 1 before that of generation 0.
	first := w.do("A", sim.Send{Step: w.next(), Data: []byte("0")})
	second := w.do("A", sim.Send{Step: w.next(), Data: []byte("1")})
	w.do("B", sim.Open{Message: second.Send})
	check("B", `
signature: signature_key[2]
leaf: leaf_key[2]
node: 1:node_key[3]/1
init: init_secret[5]
enc: tree_secret[5]/2 tree_secret[5]/5 handshake_ratchet[5]/0.0 application_ratchet[5]/0.2 application_key[5]/0.0
res: resumption_psk[5]
epoch: sender_data_secret[5] exporter_secret[5] external_secret[5] confirmation_key[5] membership_key[5] epoch_authenticator[5]
`)
	if out := w.do("B", sim.Open{Message: first.Send}); string(out.Data) != "0" {
		t.Errorf("read %q", out.Data)
	}
	if d := cmp.Diff(first.Consumed, []sim.Name{
		{Kind: sim.EncryptionSecret, Origin: 5}, {Kind: sim.TreeSecret, Origin: 5, Index: 0}, {Kind: sim.TreeSecret, Origin: 5, Index: 1},
		{Kind: sim.ApplicationRatchet, Origin: 5}, {Kind: sim.ApplicationKey, Origin: 5},
	}); d != "" {
		t.Errorf("consumed by sending (-want +got):\n%s", d)
	}
	w.proposeUpdate("B") // step 8
	check("B", `
signature: signature_key[2]
leaf: leaf_key[2]
node: 1:node_key[3]/1
pending: leaf_key[8]
init: init_secret[5]
enc: tree_secret[5]/2 tree_secret[5]/5 handshake_ratchet[5]/0.0 application_ratchet[5]/0.2
res: resumption_psk[5]
epoch: sender_data_secret[5] exporter_secret[5] external_secret[5] confirmation_key[5] membership_key[5] epoch_authenticator[5]
`)
	// The commit covers B's Update: its key is now the leaf's, and all above is new.
	w.commit("C", sim.Commit{}) // step 9
	check("B", `
signature: signature_key[2]
leaf: leaf_key[8]
node: 3:node_key[9]/3
init: init_secret[9]
enc: encryption_secret[9]
res: resumption_psk[9]
epoch: sender_data_secret[9] exporter_secret[9] external_secret[9] confirmation_key[9] membership_key[9] epoch_authenticator[9]
`)
	if held := w.b.Store(w.id("D")); held != nil {
		t.Errorf("a client that has done nothing stores %v", held)
	}
	_, step := w.publish("D")
	if d := cmp.Diff(fmt.Sprintf("store: init_key[%d] leaf_key[%d]\n", step, step), write(w.b.Store(w.id("D")))); d != "" {
		t.Errorf("store (-want +got):\n%s", d)
	}
}

// count returns how many names of a kind a step made.
func (w *world) count(step sim.StepID, k sim.Kind) int {
	n := 0
	for _, name := range w.b.Names() {
		if name.Origin == step && name.Kind == k {
			n++
		}
	}
	return n
}

func TestNamesAreOfWhatWasMade(t *testing.T) {
	w := newWorld(t, "A")
	w.add("A", "B", false)
	partial, full := sim.StepID(0), sim.StepID(0)
	w.add("B", "C", true)
	partial = w.step
	w.empty("A")
	full = w.step
	for _, c := range []struct {
		step sim.StepID
		kind sim.Kind
		want int
	}{
		{1, sim.JoinerSecret, 0}, {1, sim.EpochSecret, 1}, {1, sim.EncryptionSecret, 1}, {1, sim.LeafKey, 1}, {1, sim.CommitSecret, 0},
		{2, sim.InitKey, 1}, {2, sim.LeafKey, 1},
		{partial, sim.CommitSecret, 0}, {partial, sim.WelcomeSecret, 1}, {partial, sim.PathSecret, 0}, {partial, sim.LeafKey, 0},
		{full, sim.CommitSecret, 1}, {full, sim.WelcomeSecret, 1}, {full, sim.PathSecret, 2}, {full, sim.NodeKey, 2}, {full, sim.LeafKey, 1},
		{full, sim.TreeSecret, 0},
	} {
		if got := w.count(c.step, c.kind); got != c.want {
			t.Errorf("step %d made %d of %v, want %d", c.step, got, c.kind, c.want)
		}
	}
	w.do("B", sim.Send{Step: w.next()})
	w.do("B", sim.Send{Step: w.next()})
	for kind, want := range map[sim.Kind]int{
		sim.TreeSecret: 4, sim.HandshakeRatchet: 1, sim.ApplicationRatchet: 3, sim.ApplicationKey: 2, sim.HandshakeKey: 0,
	} {
		if got := w.count(full, kind); got != want {
			t.Errorf("two messages made %d of %v, want %d", got, kind, want)
		}
	}
	if names := w.b.Names(); !slices.IsSortedFunc(names, sim.Name.Compare) {
		t.Error("names are not sorted")
	}
}

// TestAStagedCommitLeavesItsAuthorFree tests that who loses a race follows the
// winner from the state that the own Commit was made in.
func TestAStagedCommitLeavesItsAuthorFree(t *testing.T) {
	w := base4(t)
	lost := w.do("A", sim.Commit{Step: w.next()})
	w.commit("B", sim.Commit{})
	if w.members["A"].View().Agreement != w.members["C"].View().Agreement || lost.Next.View().Agreement == w.members["A"].View().Agreement {
		t.Error("A is not in B's epoch")
	}
	if _, _, err := w.members["C"].Step(sim.Handle{Message: lost.Send}); err != spec.ErrEpoch {
		t.Errorf("the losing commit: %v", err)
	}
}

func TestRefusalsNameRequirements(t *testing.T) {
	w := base4(t)
	w.propose("B", sim.ProposeRemove{Step: w.next(), Leaf: 3})
	for _, c := range []struct {
		in   sim.Input
		want spec.ID
	}{
		{sim.Commit{Step: w.next(), NoPath: true}, req.CommitPathRequired},
		{sim.Commit{Step: w.next(), Removes: []uint32{0}}, req.ListNoRemoveOfCommitter},
		{sim.ProposeRemove{Step: w.next(), Leaf: 9}, req.RemoveLeaf},
	} {
		m, _, err := w.members["A"].Step(c.in)
		if v := spec.AllViolated(err); m != nil || !slices.Equal(v, spec.Violations{c.want}) {
			t.Errorf("%+v: %v, want %s", c.in, err, c.want)
		}
	}
}

func TestWhoIsRemovedIsTold(t *testing.T) {
	w := base4(t)
	out := w.do("A", sim.Commit{Step: w.next(), Removes: []uint32{3}})
	m, removed, err := w.members["D"].Step(sim.Handle{Message: out.Send})
	if m != nil || err != nil || !removed.Removed {
		t.Errorf("%v, %+v, %v", m, removed, err)
	}
}

func TestWhoHasTheKeyReads(t *testing.T) {
	w := base4(t)
	first := w.do("A", sim.Send{Step: w.next(), Data: []byte("x")})
	w.deliver("A", sim.Open{Message: first.Send})
	w.snapshot("B", nil)
	second := w.do("A", sim.Send{Step: w.next(), Data: []byte("y")})
	a := w.b.Adversary()
	if a.Reads(first.Send) || !a.Reads(second.Send) {
		t.Error("what was read before the theft is lost, what comes after is not")
	}
	why, ok := w.b.adversary.Why(sim.Name{Kind: sim.ApplicationKey, Origin: w.epochs[len(w.epochs)-1], Index: 0, Gen: 1})
	if !ok || why.ID != "M4" {
		t.Errorf("the key came by %+v", why)
	}
}

// randomHistory lets a few things happen in a group of three or more.
func randomHistory(t *rapid.T) *world {
	w := newWorld(t, "m0")
	for i := range rapid.IntRange(2, 5).Draw(t, "members") {
		w.add("m0", fmt.Sprintf("m%d", i+1), rapid.Bool().Draw(t, "nopath"))
	}
	joined, pending := len(w.members), false // data is not sent while an Update waits (RFC 9420, Section 12.4)
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		who := rapid.SampledFrom(w.names()).Draw(t, "who")
		other := rapid.SampledFrom(w.names()).Draw(t, "other")
		switch what := rapid.SampledFrom([]string{"commit", "update", "remove", "add", "send"}).Draw(t, "what"); {
		case what == "update":
			w.proposeUpdate(who)
			pending = true
		case what == "remove" && other != who && len(w.members) > 2:
			w.remove(who, other)
			pending = false
		case what == "add" && joined < 8:
			w.add(who, fmt.Sprintf("m%d", joined), rapid.Bool().Draw(t, "nopath"))
			joined++
			pending = false
		case what == "send" && !pending:
			w.deliver(who, sim.Open{Message: w.do(who, sim.Send{Step: w.next()}).Send})
		default:
			w.empty(who)
			pending = false
		}
	}
	return w
}

// TestWhatIsDeletedStaysDeleted takes a member's state and all that was ever
// sent: no earlier epoch comes of it, no message that the member has read, no
// epoch from before it joined, and no node key but of nodes above it.
func TestWhatIsDeletedStaysDeleted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomHistory(t)
		who := rapid.SampledFrom(w.names()).Draw(t, "victim")
		k := adversary.New()
		for _, name := range w.b.Names() {
			for _, r := range w.b.adversary.Rules(name) {
				k.Add(r)
			}
		}
		held := w.members[who].Secrets()
		for i, h := range held {
			k.Learn(h.Name)
			if i > 0 && held[i-1].Name.Compare(h.Name) >= 0 {
				t.Fatalf("%v is not before %v", held[i-1].Name, h.Name)
			}
		}
		for _, step := range w.epochs[:len(w.epochs)-1] {
			if k.Knows(sim.Name{Kind: sim.EncryptionSecret, Origin: step}) || k.Knows(sim.Name{Kind: sim.EpochSecret, Origin: step}) {
				t.Fatalf("the epoch begun by step %d leaks", step)
			}
		}
		for _, name := range w.consumed[who] {
			// Path secrets may still be opened from what was sent: keys that they
			// were sealed to live on until they are replaced.
			if name.Kind != sim.PathSecret && name.Kind != sim.CommitSecret && k.Knows(name) {
				t.Fatalf("%v was consumed, and comes back", name)
			}
		}
		v := w.members[who].View()
		for _, p := range v.Parents {
			above := v.Leaf>>level(p.Node) == p.Node>>(level(p.Node)+1)
			if k.Knows(p.Key) != (above && !slices.Contains(p.Unmerged, v.Leaf)) {
				t.Fatalf("node %d: known %v, above leaf %d %v, unmerged %v", p.Node, k.Knows(p.Key), v.Leaf, above, p.Unmerged)
			}
		}
	})
}

// level is the height of a node (RFC 9420, Appendix C).
func level(x uint32) int {
	k := 0
	for ; x&1 == 1; x >>= 1 {
		k++
	}
	return k
}
