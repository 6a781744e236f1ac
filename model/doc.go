// Package model is RFC 9420 with symbols for bytes, to be read beside the text:
// the files follow its sections and use its names, and where it has a list of
// rules the model has a table with one row per item, in the same order.
//
// Every octet string is a [Term]: the way in which it was made. Two terms are
// equal if and only if they were made alike, so a tampered message has another
// hash, another signature and another MAC than the one that was signed, and the
// receiver's checks are comparisons that can fail. Keys open what was sealed to
// them and nothing else: cryptography is perfect here.
//
// A [Member] is one client's state in one group. [Member.Step] is a function: it
// takes an [Event] and returns the state after it; the state before stays valid.
// What is random or ambient arrives in [Env].
//
// A refusal is a [spec.Violations]: every requirement that the input violates,
// not the first alone. All rules are judged, so each holds by definition where
// it has nothing to say. The sentinels of package spec stand for what no rule
// decides: a message of another epoch, one's own, or one's own removal.
//
// Reading order: term.go (Section 5.1), node.go and tree.go (4.1, 7.1, 7.2, 7.7),
// knows.go (4.2), message.go (6), public.go (6.2), private.go (6.3), validate.go
// (7.3), path.go (7.4 to 7.6), parenthash.go (7.8, 7.9), schedule.go (8), psk.go
// (8.4), exporter.go (8.5), secrettree.go (9), keypackage.go (10), create.go (11),
// reinit.go (11.2), branch.go (11.3), proposal.go (12.1), outside.go (12.1.8),
// list.go, listexternal.go and cover.go (12.2), apply.go (12.3), commit.go (12.4.1),
// receive.go (12.4.2), groupinfo.go, welcome.go and join.go (12.4.3), external.go
// (8.3, 12.4.3.2), custom.go and extensions.go (13), application.go and past.go
// (15), step.go. Which derivation makes which secret is the table in derive.go;
// what can be seen from outside is observe.go.
//
// What symbols cannot say is not in it: how structures are written as bytes, and
// how long they are. TestDecidedRules lists the requirements that rest on that.
package model
