package sim

// Time is virtual time in nanoseconds since the start of the run.
type Time int64

// Never is later than every event.
const Never Time = -1

// A Result is what one replication measured. Times are virtual; epochs are
// those of the accepted branch.
type Result struct {
	Plan     string   `json:"plan"`
	Engine   string   `json:"engine"`
	Protocol string   `json:"protocol,omitempty"` // as in [Plan]
	Seed     uint64   `json:"seed"`
	Digest   string   `json:"digest"` // sha256 over everything that happened, hexadecimal
	Clients  []string `json:"clients"`
	Horizon  Time     `json:"horizon_ns"`
	Events   int      `json:"events"`
	Rejected int      `json:"rejected_commits"` // commits that lost a race
	Late     int      `json:"late_proposals"`   // that came after the end of their epoch
	Lost     int      `json:"lost_messages"`    // application messages, once for each who did not get one

	Epochs      []EpochRecord   `json:"epochs"`
	Branches    []Branch        `json:"branches,omitempty"`
	Wedged      Time            `json:"wedged_at_ns,omitempty"` // when the log took a Commit that nobody can process
	Forks       []ForkRecord    `json:"forks,omitempty"`        // of members that live without a script
	Messages    []MessageRecord `json:"messages"`
	Compromises []Compromise    `json:"compromises"`
	Heals       []Heal          `json:"heals"`
	Cells       []Cell          `json:"cells"`

	Members []MemberRecord `json:"members,omitempty"` // of the last epoch, at the horizon; none for a script

	KeyPackages *PoolRecord `json:"keypackages,omitempty"` // nil where none is published in advance

	Mismatches *int     `json:"mismatches"` // nil where nothing was compared
	Compared   Compared `json:"compared"`

	Scale *Scale `json:"scale,omitempty"` // of a run in integers
}

// EpochsOf returns the epochs of a group, of the first one if the name is empty.
func (r *Result) EpochsOf(group string) []EpochRecord {
	for _, b := range r.Branches {
		if b.Group && b.Name == group {
			return b.Epochs
		}
	}
	return r.Epochs
}

// Groups returns the epochs of each group, those of the first one first.
func (r *Result) Groups() [][]EpochRecord {
	all := [][]EpochRecord{r.Epochs}
	for _, b := range r.Branches {
		if b.Group {
			all = append(all, b.Epochs)
		}
	}
	return all
}

// Compared says how much two backends were compared.
type Compared struct {
	Steps     int `json:"steps"`      // inputs carried out by both, accepted or refused alike
	Verdicts  int `json:"verdicts"`   // secrets on which closure and attacker were asked and agreed
	Replayed  int `json:"replayed"`   // derivations carried out on real bytes
	Opened    int `json:"opened"`     // application messages that both say are readable, and were opened
	NotOpened int `json:"not_opened"` // application messages that both say are not
	Given     int `json:"given"`      // of those opened: whose reuse guard the attacker was given (see Helped)
}

// EpochRecord is one epoch of the group.
type EpochRecord struct {
	Epoch     uint64   `json:"epoch"`
	Step      StepID   `json:"step"` // of the Commit that began it
	Start     Time     `json:"start_ns"`
	End       Time     `json:"end_ns"` // Never for the last
	Committer ClientID `json:"committer"`
	Path      bool     `json:"path"`
	Forged    bool     `json:"forged,omitempty"` // the adversary committed, in the committer's name
	Adds      int      `json:"adds"`
	Updates   int      `json:"updates"`
	Removes   int      `json:"removes"`
	PSKs      int      `json:"psks,omitempty"` // that the Commit has mixed in
	Members   int      `json:"members"`
	Cost      Cost     `json:"cost"`
	// LeakedAt is when the adversary could first derive encryption_secret or
	// first took a secret of the tree after encryption_secret was consumed; Never if it did not.
	LeakedAt Time `json:"leaked_at_ns"`
	// Retroactive tells that this was after the epoch had ended.
	Retroactive bool `json:"retroactive"`
}

// MessageRecord is one application message.
type MessageRecord struct {
	Step   StepID   `json:"step"`
	Sender ClientID `json:"sender"`
	Group  string   `json:"group,omitempty"` // as of a [Compromise]
	Epoch  uint64   `json:"epoch"`
	At     Time     `json:"at_ns"`
	Bytes  int      `json:"bytes"`
	ReadAt Time     `json:"read_at_ns"` // when the adversary could first read it, or Never
}

// A Compromise is one theft of a client's state, or one span of them.
type Compromise struct {
	Client ClientID `json:"client"`
	Group  string   `json:"group,omitempty"` // the name of the Branch that it counts for; empty for the first group
	Kind   string   `json:"kind"`            // snapshot, live, hoard
	Only   []string `json:"only,omitempty"`
	From   Time     `json:"from_ns"`
	Until  Time     `json:"until_ns"` // equal to From for a snapshot
	Epoch  uint64   `json:"epoch"`    // the victim's own epoch, at From
	Last   uint64   `json:"last"`     // the victim's own epoch, at Until
}

// A Heal is the first epoch after the victim's own whose secrets the adversary
// could not derive, when that epoch began or, for a device that was behind the
// group, when its state was taken.
type Heal struct {
	Compromise int    `json:"compromise"` // index in Result.Compromises
	Epoch      uint64 `json:"epoch"`
	At         Time   `json:"at_ns"`
	Cause      string `json:"cause"` // own_commit, update, removal, psk, path
}

// A Cell is one member in one epoch, as seen at the horizon.
type Cell struct {
	Client  ClientID  `json:"client"`
	Epoch   uint64    `json:"epoch"`
	State   CellState `json:"state"`
	LeafKey bool      `json:"leaf_key_known"` // the adversary knows the member's leaf key of that epoch
	Taken   bool      `json:"taken"`          // the member's state was taken in this epoch
}

// CellState is the verdict on a [Cell].
type CellState string

const (
	CellSafe        CellState = "safe"
	CellLeaked      CellState = "leaked"
	CellRetroactive CellState = "retroactive"
	CellHealed      CellState = "healed" // safe, and the epoch in which a compromise of this member healed
)

// MemberRecord is what a member of the last epoch is like at the horizon.
type MemberRecord struct {
	Client  ClientID `json:"client"`
	Behind  uint64   `json:"behind"`      // epochs that it has not processed yet
	LeafAge Time     `json:"leaf_age_ns"` // since its leaf key was made
	Held    int      `json:"held"`        // secrets on its device
	Past    int      `json:"past"`        // of those, kept of epochs that are over
	Known   bool     `json:"known"`       // the adversary has its leaf key
}
