package impl_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"mlssim/impl"
	"mlssim/impl/message"
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

// A delivery service follows a group by its public messages. It checks what can
// be checked without a secret, and always knows who the members are.
func ExamplePublicGroup() {
	alice, _, err := impl.Create(env, client("alice"), []byte("tea"))
	check(err)
	members := invite(alice, client("bob"), client("carol"))
	alice, bob := members[0], members[1]
	service := alice.PublicGroup // no secret is in it

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
