package impl_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// env is what the examples know of the world. A program asks its clock for the
// time of each step.
var env = &impl.Env{Rand: rand.Reader, Now: 1_800_000_000}

// check ends an example that has gone wrong.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// client returns the identity of a new client.
func client(name string) *impl.Identity {
	id, err := impl.NewIdentity(env, suite.All()[0], []byte(name))
	check(err)
	return id
}

// invite lets a member add clients, which join, and returns all of them in the
// new epoch, the member first.
func invite(m *impl.Member, ids ...*impl.Identity) []*impl.Member {
	var keys []*impl.KeyPackageKeys
	o := impl.CommitOptions{Format: spec.WirePublicMessage}
	for _, id := range ids {
		k, err := impl.NewKeyPackage(env, id)
		check(err)
		keys, o.Add = append(keys, k), append(o.Add, k.Package)
	}
	_, staged, _, err := m.Commit(env, o)
	check(err)
	members := []*impl.Member{staged.Next}
	for i, id := range ids {
		joined, _, err := impl.Join(env, id, keys[i:i+1], staged.Welcomes[0], impl.JoinOptions{})
		check(err)
		members = append(members, joined)
	}
	return members
}

// Two clients begin a group, and one writes to the other.
func Example() {
	// Bob publishes a KeyPackage and keeps its private keys.
	bobID := client("bob")
	keys, err := impl.NewKeyPackage(env, bobID)
	check(err)

	// Alice begins a group and adds Bob. Nobody else is there to accept the
	// Commit, so she goes on with what it leads to.
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	_, staged, _, err := alice.Commit(env, impl.CommitOptions{
		Add:    []*message.KeyPackage{keys.Package},
		Format: spec.WirePrivateMessage,
	})
	check(err)
	alice = staged.Next

	// Bob joins by the Welcome. His init key is used up.
	bob, _, err := impl.Join(env, bobID, []*impl.KeyPackageKeys{keys}, staged.Welcomes[0], impl.JoinOptions{})
	check(err)
	fmt.Println("in the same epoch:", alice.Authenticator().Equal(bob.Authenticator()))

	// Alice sends. What travels are bytes.
	alice, out, err := alice.Send(env, []byte("four o'clock"))
	check(err)
	raw := wire.Encode(out.Message)

	var arrived message.MLSMessage
	check(wire.Decode(raw, &arrived))
	bob, out, err = bob.Receive(env, &arrived)
	check(err)
	fmt.Printf("from leaf %d: %s\n", out.Sender, out.Data)
	fmt.Println(alice)
	fmt.Println(bob)
	// Output:
	// in the same epoch: true
	// from leaf 0: four o'clock
	// leaf 0 in epoch 1 of group 746561
	// leaf 1 in epoch 1 of group 746561
}

// Two members commit in the same epoch. The delivery service lets Bob's Commit
// be first, so Alice drops what she has staged and follows his.
func ExampleMember_Commit() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"))
	alice, bob := members[0], members[1]

	alice, staged, lost, err := alice.Commit(env, impl.CommitOptions{Format: spec.WirePrivateMessage})
	check(err)
	_, first, out, err := bob.Commit(env, impl.CommitOptions{Format: spec.WirePrivateMessage})
	check(err)
	bob = first.Next

	alice, _, err = alice.Receive(env, out.Message)
	check(err)
	fmt.Println("with Bob:", alice.Authenticator().Equal(bob.Authenticator()))
	fmt.Println("as she had staged:", alice.Authenticator().Equal(staged.Next.Authenticator()))

	// Her own Commit, wherever it still is, is one of an epoch that is over.
	_, _, err = bob.Receive(env, lost.Message)
	fmt.Println("over:", errors.Is(err, spec.ErrEpoch))
	// Output:
	// with Bob: true
	// as she had staged: false
	// over: true
}

// A delivery service follows a group by its public messages, from a GroupInfo on.
// It checks what can be checked without a secret, and always knows who the members
// are.
func ExamplePublicGroup() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"), client("carol"))
	alice, bob := members[0], members[1]
	info, err := alice.GroupInfo(env, impl.GroupInfoOptions{})
	check(err)
	service, err := impl.Follow(env, info, nil)
	check(err)

	// Bob proposes that Carol leave.
	bob, out, err := bob.ProposeRemove(env, 2, spec.WirePublicMessage)
	check(err)
	verified, err := service.VerifyPublic(env, out.Message.PublicMessage)
	check(err)
	service, err = service.Cache(env, verified)
	check(err)

	// Bob commits.
	_, staged, out, err := bob.Commit(env, impl.CommitOptions{Format: spec.WirePublicMessage})
	check(err)
	verified, err = service.VerifyPublic(env, out.Message.PublicMessage)
	check(err)
	transition, err := service.Apply(env, verified)
	check(err)
	fmt.Println("removes Carol:", transition.Removes(2))
	service = transition.Public()

	fmt.Println("epoch", service.Number())
	for i, leaf := range service.Tree().Leaves() {
		fmt.Printf("leaf %d: %s\n", i, leaf.Credential.Identity)
	}
	fmt.Println("as Bob sees it:", string(service.Context()) == string(staged.Next.Context()))

	// What comes once more is of an epoch that is over, and what another would
	// have signed does not get past it.
	_, err = service.VerifyPublic(env, out.Message.PublicMessage)
	fmt.Println(spec.Violated(err))
	_, out, err = staged.Next.ProposeRemove(env, 0, spec.WirePublicMessage)
	check(err)
	out.Message.PublicMessage.Content.Sender = message.Member(0)
	_, err = service.VerifyPublic(env, out.Message.PublicMessage)
	fmt.Println(spec.Violated(err))
	// Output:
	// removes Carol: true
	// epoch 2
	// leaf 0: alice
	// leaf 1: bob
	// as Bob sees it: true
	// framing.epoch
	// content.signature
}

// A member updates its leaf; the new key counts when another covers the proposal.
func ExampleMember_ProposeUpdate() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"))
	alice, bob := members[0], members[1]
	key := func(m *impl.Member, leaf tree.LeafIndex) string { return string(m.Tree().Leaf(leaf).EncryptionKey) }
	before := key(alice, 0)

	alice, out, err := alice.ProposeUpdate(env, spec.WirePublicMessage)
	check(err)
	bob, _, err = bob.Receive(env, out.Message)
	check(err)
	fmt.Println("another key yet:", key(alice, 0) != before)

	_, _, out, err = bob.Commit(env, impl.CommitOptions{Format: spec.WirePublicMessage})
	check(err)
	alice, _, err = alice.Receive(env, out.Message)
	check(err)
	fmt.Println("another key now:", key(alice, 0) != before)
	// Output:
	// another key yet: false
	// another key now: true
}

// Carol lets herself in: she needs a GroupInfo, which a member has published, and
// nobody's invitation.
func ExampleJoinExternal() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"))
	alice, bob := members[0], members[1]
	info, err := alice.GroupInfo(env, impl.GroupInfoOptions{ExternalPub: true})
	check(err)

	staged, out, err := impl.JoinExternal(env, client("carol"), info, impl.ExternalOptions{})
	check(err)
	alice, _, err = alice.Receive(env, out.Message)
	check(err)
	bob, _, err = bob.Receive(env, out.Message)
	check(err)
	carol := staged.Next // nobody's Commit was before hers

	carol, out, err = carol.Send(env, []byte("may I?"))
	check(err)
	_, out, err = bob.Receive(env, out.Message)
	check(err)
	fmt.Printf("from leaf %d: %s\n", out.Sender, out.Data)
	fmt.Println("in the same epoch:", alice.Authenticator().Equal(carol.Authenticator()))
	// Output:
	// from leaf 2: may I?
	// in the same epoch: true
}

// Alice's program writes a checkpoint before it sends, and stops right after that.
// When it comes back it sends what is in its outbox, and goes on.
func ExampleCheckpoint() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"))
	alice, bob := members[0], members[1]

	alice, staged, out, err := alice.Commit(env, impl.CommitOptions{Format: spec.WirePrivateMessage})
	check(err)
	checkpoint := impl.Checkpoint{
		Member: alice,
		Staged: []*impl.Staged{staged},
		Outbox: []*message.MLSMessage{out.Message},
	}
	written := checkpoint.Encode() // to be encrypted, and put in the place of the last one

	read, err := impl.DecodeCheckpoint(written)
	check(err)
	bob, _, err = bob.Receive(env, read.Outbox[0])
	check(err)
	alice = read.Staged[0].Next // the delivery service has told that hers was the first
	fmt.Println("in the same epoch:", alice.Authenticator().Equal(bob.Authenticator()))

	_, err = impl.DecodeCheckpoint(written[:100])
	fmt.Println("half of it:", errors.Is(err, impl.ErrStateDamaged))
	fmt.Println("printed:", alice)
	// Output:
	// in the same epoch: true
	// half of it: true
	// printed: leaf 0 in epoch 2 of group 746561
}

// Alice and Bob mix a key that they have agreed on elsewhere into the next epoch.
func ExampleMember_Commit_psk() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"))
	alice, bob := members[0], members[1]

	with := *env
	with.PSK = func(id *schedule.PreSharedKeyID) suite.Secret {
		if string(id.ID) == "on paper" {
			return suite.Secret("0123456789abcdef")
		}
		return nil
	}
	_, staged, out, err := alice.Commit(&with, impl.CommitOptions{
		PSKs:   []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("on paper"))},
		Format: spec.WirePrivateMessage,
	})
	check(err)
	_, _, err = bob.Receive(env, out.Message)
	fmt.Println("without it:", errors.Is(err, spec.ErrMissing))
	bob, _, err = bob.Receive(&with, out.Message)
	check(err)
	fmt.Println("with it:", bob.Authenticator().Equal(staged.Next.Authenticator()))
	// Output:
	// without it: true
	// with it: true
}
