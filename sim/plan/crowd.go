package plan

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"mlssim/sim"
)

// MostMembers is the limit of the key members.
const MostMembers = 1 << 22

// Engines lists the words of the key engine.
func Engines() []string { return Engine("").words() }

// crowdKeys are the keys that a run in integers carries out. An index is written as [].
var crowdKeys = []string{
	"name", "description", "engine", "protocol", "seed", "replications", "horizon", "members",
	"habits.online", "habits.offline", "habits.stale", "habits.stale_at", "habits.messages_per_day",
	"policies.update_every", "policies.update_jitter", "policies.update_poisson", "policies.update_how", "policies.commit_delay", "policies.path_on_add",
	"churn.joins_per_day", "churn.leaves_per_day",
	"adversary.compromises[].member", "adversary.compromises[].at", "adversary.snapshots_per_member_year",
}

// crowdLacks says why others are not. What is not listed has come later.
var crowdLacks = map[string]string{
	"script":                       "a script says what single members do",
	"suite":                        "lengths are those of the first suite",
	"habits.message_bytes":         "there are no application messages",
	"policies.evict_after":         "nobody looks at the age of every leaf",
	"network.rtt":                  "messages are there at once, and no Commit loses a race",
	"network.retry_within":         "messages are there at once, and no Commit loses a race",
	"adversary.compromises[].for":  "devices are robbed at one time",
	"adversary.compromises[].only": "devices are robbed of everything",
}

// mostOwnCommits is how many Commits a run in integers may be expected to have: each
// stays in memory.
const mostOwnCommits = 200_000

// checkCrowd refuses what the engine that computes in integers would have to ignore:
// every key that it does not carry out and that has another value than its default.
// A plan for it has no application messages unless it asks for them.
func (d *decoder) checkCrowd(f *File, script []sim.ScriptStep) {
	if !f.plan(script).Crowded() {
		return
	}
	who, hint := "the engine crowd", "leave it out, or take another engine"
	if f.Engine != "crowd" {
		who, hint = "the symbolic engine with more than 4,096 members", "leave it out, or have fewer members"
	}
	changed(reflect.ValueOf(*f), reflect.ValueOf(*Defaults()), "", func(path string) {
		plain := withoutIndex(path)
		if slices.Contains(crowdKeys, plain) {
			return
		}
		why := crowdLacks[plain]
		if why == "" {
			why = "it has not been taught that"
		}
		d.failAt(path, hint, "%s does not carry out %s: %s", who, path, why)
	})
	if _, ok := d.keys["habits.messages_per_day"]; !ok {
		f.Habits.Messages = 0
	} else if f.Habits.Messages != 0 {
		d.failAt("habits.messages_per_day", hint, "%s has no application messages", who)
	}
	if f.Policies.How == "empty" {
		d.failAt("policies.update_how", "update_how: propose", "%s has no Commits that leave out what is pending", who)
	}
	if f.Policies.How == "commit" && f.Policies.Update > 0 {
		n := float64(f.Members) * float64(f.Horizon) / float64(f.Policies.Update)
		if n > mostOwnCommits {
			d.failAt("policies.update_how", "update_how: propose", "about %.0f Commits by members of their own: %s remembers them all, and at most %d", n, who, mostOwnCommits)
		}
	}
}

// changed calls found with the path of each value that is not what it is by default.
// By default, lists are empty, and so is what the items of a list need not have.
func changed(v, def reflect.Value, path string, found func(string)) {
	switch {
	case v.Kind() == reflect.Struct:
		for _, field := range fieldsOf(v.Type()) {
			changed(v.FieldByIndex(field.Index), def.FieldByIndex(field.Index), join(path, keyOf(field)), found)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			changed(v.Index(i), reflect.Zero(v.Type().Elem()), fmt.Sprintf("%s[%d]", path, i), found)
		}
	case v.Kind() == reflect.Slice && v.Len() == 0:
	case !reflect.DeepEqual(v.Interface(), def.Interface()):
		found(path)
	}
}

var indexes = regexp.MustCompile(`\[[0-9]+\]`)

// withoutIndex drops the numbers from the indexes of a path.
func withoutIndex(path string) string { return indexes.ReplaceAllString(path, "[]") }
