package props

import "testing"

// TestForgedPrivately: with private framing a forged proposal or Commit takes the key of
// the sender's handshake ratchet and sender_data_secret, and not membership_key.
func TestForgedPrivately(t *testing.T) {
	for _, c := range []played{
		{"a commit with a whole state", "snapshot A; forge A commit; expect accept; commit B; commit C", "5 6 7 8"},
		{"a commit and nothing after", "snapshot A; forge A commit; expect accept by B C D; expect refuse commit.sender.self by A; commit B remove A; commit C", "5 6"},
		{"the keys may be another's", "snapshot A only signature; snapshot B only enc senderdata init; forge A commit; expect accept; commit C", "5 6 7"},
		{"no membership_key", "snapshot A only signature membership init; forge A commit", "lacks sender_data_secret[9] and handshake_key[9]/0.0 (rule A2)"},
		{"a guess at both", "snapshot A only signature membership init; forge A commit guess; expect refuse private.sender_data; commit B", ""},
		{"a guess at the key", "snapshot A only signature init senderdata; forge A commit guess; expect refuse private.ciphertext; commit B", ""},
		{"a guess at init_secret", "snapshot A only signature enc senderdata; forge A commit guess; expect refuse commit.confirmation_tag; commit B", "5"},
		{"a guess at the signature key", "snapshot B only enc senderdata init; forge A commit guess; expect refuse content.signature; commit B", "5"},
		{"one guess after the other", "snapshot B only enc senderdata init; forge A update guess; forge A update guess; expect refuse content.signature; commit B", "5"},
		{"an update", "snapshot A only signature enc senderdata init; forge A update; expect accept; commit B; commit C", "5 6 7"},
		{"an add", "snapshot A; forge A add G; expect accept; commit B; commit C", "5 6 7"},
		{"a remove", "snapshot A; forge A remove B; expect accept; commit C; commit D", "5 6 7"},
		{"a ratchet that has moved on", "propose A update; snapshot B only enc senderdata init; snapshot A only signature; forge A remove B; expect accept; commit C; commit D", "5"},
		{"what its owner says then", "snapshot A; forge A remove B; propose A remove C; expect refuse ratchet.key.once by B C D; commit D", "5 6"},
		{"and the ratchet before", "snapshot A only signature enc senderdata; forge A remove B; forge A remove C; expect accept; commit D; commit A", "5"},
		{"garbage", "snapshot A; forge A commit garbage B; expect refuse path.decrypt by B; commit C", "5 6 7"},
		{"on both branches of a fork", "snapshot A; fork x; forge A remove B; on x forge A remove C; commit D; on x commit B", "5 6 | x 6"},
		{"outside there is no ratchet", "snapshot A only signature; forge A external resync; expect accept; commit B", "6 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, four+"framing private; ")
		})
	}
}

// TestForgedWithPSKs: a forged Commit that covers PSKs takes all of them.
func TestForgedWithPSKs(t *testing.T) {
	playEach(t, []played{
		{"one that is known", "known p; snapshot A; forge A commit psk p; expect accept; commit B", "5 6 7"},
		{"one that was taken", "secret p; snapshot A; forge A commit psk p; expect accept; commit B", "5 6 7"},
		{"one that was not", "secret p; snapshot A only signature membership init; forge A commit psk p", "lacks psk[10] (rule A2)"},
		{"a guess at it", "secret p; snapshot A only signature membership init; forge A commit psk p guess; expect refuse commit.confirmation_tag; commit B", ""},
		{"the resumption PSK of the epoch", "snapshot A; forge A commit psk res:5; expect accept; commit B", "5 6 7"},
		{"which is not known", "snapshot A only signature membership init; forge A commit psk res:5", "lacks resumption_psk[9] (rule A2)"},
		{"an older one", "keepres A 2; keepres B 2; keepres C 2; keepres D 2; commit B; snapshot C; snapshot A only signature; forge A commit psk res:5; expect accept; commit D", "6 7 8"},
		{"which some have not", "keepres A 2; keepres B 2; keepres C 2; commit B; snapshot A; forge A commit psk res:5; expect accept by B C; expect refuse psk.available by D; commit B", "6 7 8"},
		{"two and a ghost", "known p; snapshot A; forge A commit add G psk p res:5; expect accept; commit B; commit B remove A G", "5 6 7"},
		{"privately", "framing private; known p; snapshot A; forge A commit psk p; expect accept; commit B", "5 6 7"},
		{"nobody has such a one", "snapshot A; forge A commit psk res:9", "there is no epoch 9"},
	})
}

// TestSigningDevice: a signature key that lies in hardware signs for whoever is on the
// device, as long as that is so.
func TestSigningDevice(t *testing.T) {
	playEach(t, []played{
		{"while it lasts", "hsm A signature; watch A; forge A commit; expect accept; unwatch A; commit B; commit C remove A; commit D", "5 6 7"},
		{"and afterwards", "hsm A signature; watch A; unwatch A; forge A commit", "lacks signature_key[0] (rule A2)"},
		{"a guess then", "hsm A signature; watch A; unwatch A; forge A commit guess; expect refuse content.signature; commit A; commit B", "5"},
		{"a snapshot does not stay", "hsm A signature; snapshot A; forge A commit", "lacks signature_key[0] (rule A2)"},
		{"one that looks at other things", "hsm A signature; watch A only membership init; forge A commit", "lacks signature_key[0] (rule A2)"},
		{"to sign and no more", "hsm A signature; watch A only signature; forge A external resync; expect accept; unwatch A; commit B", "6 7"},
		{"a KeyPackage lasts longer", "hsm A signature; watch A only signature; forge A keypackage; unwatch A; commit B remove A; add B A; expect accept; commit C", "7 8"},
		{"a proposal", "hsm A signature; watch A; forge A update; expect accept; unwatch A; commit B; commit C", "5 6 7"},
		{"privately", "framing private; hsm A signature; watch A; forge A commit; expect accept; commit B", "5 6 7"},
		{"an invitation", "hsm A signature; watch A only signature; forge A welcome V on x; expect accept; unwatch A; commit B", "| x 6"},
		{"a GroupInfo", "hsm A signature; watch A only signature; forge A groupinfo; keep i; unwatch A; lure V by i on x", "| x 6"},
		{"with the key that it has now", "hsm A signature; commit A rotate; watch A; forge A commit; expect accept; unwatch A; commit B; forge A update", "lacks signature_key[0]/1 (rule A1)"},
		{"what is seen meanwhile", "watch A; commit B; commit A; unwatch A; commit C; commit A", "5 6 7 8"},
		{"a part of it", "watch A only init; commit B; commit C; unwatch A; commit A", ""},
		{"a device that hoards", "hoard A; commit B; watch A; unwatch A; commit A", "5* 6"},
		{"who is watched and comes back", "watch A; external A resync; commit B; unwatch A; commit A; commit B", "5 6 7"},
		{"who is watched and begins a group", "watch A; subgroup A S B; in S commit A; unwatch A; in S commit A; commit A", "5 | S 0 1 2"},
		{"and one that follows", "watch A; commit B reinit G; reinit A; in G commit C; unwatch A; in G commit A", "5 6 | G 0 1 2"},
		{"and is left elsewhere", "watch A; subgroup A S B; in S unwatch A", "A is watched elsewhere"},
		{"twice", "watch A; watch A", "A is watched already"},
		{"by nobody", "unwatch A", "nobody watches A"},
		{"a device with nothing on it", "commit B remove A; watch A", "A has wiped its state"},
	})
}
