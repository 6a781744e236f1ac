package plan

import (
	"mlssim/sim"
	"mlssim/spec"
)

// Defaults returns what every key is when a plan leaves it out: a group of
// eight people who look at their devices for an hour, every four hours, and
// refresh their keys once a week. Nobody attacks them.
func Defaults() *File {
	return &File{
		Engine:       "lockstep",
		Protocol:     mls,
		Suite:        Suite(spec.X25519_AES128GCM_SHA256_Ed25519.String()),
		Seed:         1,
		Replications: 1,
		Horizon:      30 * day,
		Members:      8,
		Groups:       Groups{Number: 1, Spread: sim.SpreadEven},
		Habits:       Habits{Online: hour, Offline: 3 * hour, Messages: 4, Size: 100, Conversation: 1, Gap: minute},
		Policies: Policies{Update: 7 * day, Jitter: 0.5, How: "commit", CommitDelay: 10 * minute,
			PathOnAdd: true, Committer: "random", KeepSkipped: allSkipped, PSK: none, PSKEvery: 1, Recovery: none},
		KeyPackages: KeyPackages{Refill: day, Lifetime: 84 * day},
		Network:     Network{Service: strict, LinkDelay: second, Window: minute, Rollback: hour, RTT: 200 * millisecond, Retry: 10 * second},
	}
}
