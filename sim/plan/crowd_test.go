package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A plan for the engine that computes in integers may hold what that carries out, and
// everything else is refused where it stands and with the reason.
func TestCrowdRefuses(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"engine: crowd\nscript: |\n  create A\n", "a script says what single members do"},
		{"engine: crowd\nsuite: X25519_CHACHA20POLY1305_SHA256_Ed25519\n", "lengths are those of the first suite"},
		{"engine: crowd\nhabits: {messages_per_day: 2}\n", "has no application messages"},
		{"engine: crowd\nhabits: {message_bytes: 10}\n", "there are no application messages"},
		{"engine: crowd\npolicies: {evict_after: 30d}\n", "nobody looks at the age of every leaf"},
		{"engine: crowd\nnetwork: {rtt: 1s}\n", "no Commit loses a race"},
		{"engine: crowd\nhabits: {zipf: 1}\n", "habits.zipf: it has not been taught that"},
		{"engine: crowd\npolicies: {update_how: empty}\n", "no Commits that leave out what is pending"},
		{"engine: crowd\nadversary: {compromises: [{member: M1, at: 1d}, {member: M2, at: 1d, for: 1h}]}\n", "does not carry out adversary.compromises[1].for: devices are robbed at one time"},
		{"engine: crowd\nadversary: {compromises: [{member: M1, at: 1d, only: [leaf]}]}\n", "robbed of everything"},
		{"engine: crowd\nmembers: 100000\npolicies: {update_how: commit}\n", "about 428571 Commits"},
		{"engine: symbolic\nmembers: 4097\npolicies: {evict_after: 30d}\n", "the symbolic engine with more than 4,096 members does not carry out policies.evict_after"},
		{"engine: crowd\nprotocol: art\n", "art is there on symbols alone"},
	} {
		_, err := Load("p.yaml", []byte("name: x\n"+x.text))
		errs, ok := errors.AsType[Errors](err)
		if !ok || !strings.Contains(err.Error(), x.want) || errs[0].Line < 2 {
			t.Errorf("%s gives %v, which does not say %q", x.text, err, x.want)
		}
	}
	for _, text := range []string{
		"engine: crowd\n",
		"engine: crowd\nhabits: {online: 1h, offline: 2h, stale: [M2], stale_at: 1d, messages_per_day: 0}\npolicies: {update_every: 7d, update_jitter: 0.1, update_how: propose, commit_delay: 1h, path_on_add: false}\nchurn: {joins_per_day: 1, leaves_per_day: 1}\nadversary: {compromises: [{member: random, at: 1d}], snapshots_per_member_year: 1}\n",
		"engine: symbolic\nmembers: 4096\npolicies: {evict_after: 30d}\n",
		"engine: symbolic\nmembers: 100000\npolicies: {update_how: propose}\n",
	} {
		p, err := Load("p.yaml", []byte("name: x\n"+text))
		if err != nil {
			t.Errorf("%s is refused: %v", text, err)
		} else if p.Crowded() == (p.Members == 4096) || p.Crowded() == (p.Habits.Messages != 0) {
			t.Errorf("%s: in integers: %v, with %v messages a day", text, p.Crowded(), p.Habits.Messages)
		} else if again, err := Load("again.yaml", Marshal(p)); err != nil || !cmp.Equal(p, again) {
			t.Errorf("%s does not survive writing: %v\n%s", text, err, cmp.Diff(p, again))
		}
	}
}
