package plan

import (
	"slices"

	"mlssim/sim"
)

// Protocol is what the group runs: MLS, or one of those of package sim/rival.
type Protocol string

// mls is the protocol of a plan that names none. In a [sim.Plan] it is "".
const mls = "mls"

func (Protocol) words() []string {
	return []string{mls, "art", "tainted-treekem", "sender-keys", "pairwise"}
}

// rivalVerbs are the steps that every protocol can carry out.
var rivalVerbs = []sim.Verb{sim.VerbCreate, sim.VerbAdd, sim.VerbCommit, sim.VerbSnapshot, sim.VerbHoard,
	sim.VerbFreeze, sim.VerbThaw, sim.VerbSend}

// checkProtocol refuses what only MLS can do.
func (d *decoder) checkProtocol(f *File, script []sim.ScriptStep) {
	if f.Protocol == mls {
		return
	}
	if f.Engine != "symbolic" {
		d.failAt("protocol", "engine: symbolic", "%s is there on symbols alone, and the engine is %s", f.Protocol, f.Engine)
	}
	if d.script == nil && f.Policies.How != "commit" {
		d.failAt("policies.update_how", "update_how: commit", "%s has no proposals: its members refresh their own keys", f.Protocol)
	}
	if p := f.Policies.plan(); d.script == nil && (p.Keep != (sim.Retention{}) || p.PSK != "" || p.RotateSignature > 0 || f.KeyPackages.Pool > 0) {
		d.failAt("policies", "leave it out, or leave protocol out", "retention, PSKs, signature keys and pools of KeyPackages are options of MLS alone")
	}
	for _, s := range script {
		if !slices.Contains(rivalVerbs, s.Verb) || len(s.PSKs) > 0 {
			d.fail(position{s.Line, s.Column}, "leave it out, or leave protocol out", "%s cannot carry out this step", f.Protocol)
		}
	}
}
