package sim

// ModelMembers is the largest group that the symbolic engine carries out on the
// model, where each member has a state of its own. A larger one is carried out in
// integers, by package sim/crowd.
const ModelMembers = 4096

// Crowded tells whether a plan is carried out in integers: by the engine crowd, or
// by the symbolic engine because the group is too large for the model.
func (p *Plan) Crowded() bool {
	return p.Engine == "crowd" ||
		p.Engine == "symbolic" && p.Protocol == "" && len(p.Script) == 0 && p.Members > ModelMembers
}

// A Scale is what is measured of a run in integers beside what every run has.
type Scale struct {
	Members     int   `json:"members"`                   // at the end
	Appeared    int   `json:"clients"`                   // all that were ever there
	Ciphertexts int   `json:"path_ciphertexts"`          // of all Commits
	Most        int   `json:"path_ciphertexts_most"`     // of one
	Bytes       int   `json:"commit_bytes"`              // of all
	MostBytes   int   `json:"commit_bytes_most"`         // of one
	Online      int   `json:"online_events"`             // how often somebody came online
	Updates     int   `json:"updates"`                   // proposed
	Waited      Time  `json:"waited_for_a_committer_ns"` // nobody was online to commit
	BlankMean   int   `json:"blank_parents_ppm"`         // mean over epochs, in millionths of all parents
	KeysKnown   int   `json:"keys_known"`                // of leaves and parents, ever
	Resolution  []int `json:"resolution_mean_milli"`     // of copath nodes, by height, in thousandths; of Commits with a path
}
