package sim

// A Plan says what to run: either a script, or members with habits and an
// adversary for a stretch of virtual time. Package sim/plan reads it from YAML
// and fills in the defaults.
type Plan struct {
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	Engine       string `json:"engine"`             // symbolic, concrete or lockstep
	Protocol     string `json:"protocol,omitempty"` // of package sim/rival; "" for MLS
	Suite        string `json:"suite"`              // the name of a cipher suite, as package spec writes it; "" for the first
	Seed         uint64 `json:"seed"`
	Replications int    `json:"replications"`

	Script []ScriptStep `json:"script,omitempty"` // if not empty, nothing below counts

	Horizon  Time     `json:"horizon_ns"`
	Members  int      `json:"members"` // at the start; one creates the group and adds the others
	Groups   Groups   `json:"groups,omitzero"`
	Habits   Habits   `json:"habits"`
	Policies Policies `json:"policies"`
	Network  Network  `json:"network"`
	Churn    Churn    `json:"churn"`
	// KeyPackages are those that members publish in advance.
	KeyPackages Pools     `json:"keypackages,omitzero"`
	Adversary   Adversity `json:"adversary"`
}

// Habits say when members are online, and what they say. Stretches online and
// offline follow an exponential distribution with these means.
type Habits struct {
	Online  Time     `json:"online_ns"`
	Offline Time     `json:"offline_ns"` // 0: always online
	Stale   []string `json:"stale"`      // members, by name, that never come online again after StaleAt
	StaleAt Time     `json:"stale_at_ns"`
	// Messages is the mean number of application messages of a member per day,
	// sent while online; Size is their length in bytes.
	Messages float64 `json:"messages_per_day"`
	Size     int     `json:"message_bytes"`

	// OfflineTail is the tail index of a Pareto distribution of the stretches offline;
	// 0 for the exponential one.
	OfflineTail float64 `json:"offline_tail,omitempty"`
	// Conversation is the mean number of messages that a member sends in a row, at
	// mean distances of Gap online; 0 or 1 for single ones.
	Conversation float64 `json:"conversation,omitempty"`
	Gap          Time    `json:"conversation_gap_ns,omitempty"`
	// GapTail is the power with which the density of the time between two messages
	// falls; 0 for the exponential distribution.
	GapTail float64 `json:"gap_tail,omitempty"`
	// Diurnal is by what part the rate of messages rises above its mean at Peak, a
	// time of day, and falls below it half a day later.
	Diurnal float64 `json:"diurnal,omitempty"`
	Peak    Time    `json:"peak_ns,omitempty"`
	// Zipf makes the rate of messages fall with the member's rank to this power; who
	// has which rank is drawn.
	Zipf    float64 `json:"zipf,omitempty"`
	Classes []Class `json:"classes,omitempty"` // of devices; empty: all are alike
}

// A Class is a kind of device: which one a member has is drawn, in proportion to the
// shares. Its Online, Offline and Messages take the place of those of [Habits].
type Class struct {
	Share    float64 `json:"share"`
	Online   Time    `json:"online_ns"`
	Offline  Time    `json:"offline_ns"`
	Messages float64 `json:"messages_per_day"`

	HSM       []string `json:"hsm,omitempty"`        // components that no theft takes
	Hoards    bool     `json:"hoards,omitempty"`     // it deletes nothing
	BadRandom bool     `json:"bad_random,omitempty"` // all that it draws is known to the adversary
}

// Policies say when members refresh their keys.
type Policies struct {
	// Update is the mean time between a member's refreshes, 0 for none. Each
	// draws its own, uniformly within Jitter (0 to 1) of Update, or with Poisson
	// from the exponential distribution; one that falls into an offline stretch is
	// made up for on coming online.
	Update  Time    `json:"update_every_ns"`
	Jitter  float64 `json:"update_jitter"`
	Poisson bool    `json:"update_poisson,omitempty"`
	// How is "commit" for an own Commit with a path that covers what else is pending,
	// "empty" for one that covers nothing, or "propose" for an Update that another
	// member's Commit covers.
	How string `json:"update_how"`
	// What else makes a member refresh its key: so many messages sent since, so many
	// epochs, that it sends after having read something, or that its owner suspects a
	// theft, in the mean this long after it. 0 and false: nothing does.
	AfterMessages int  `json:"update_after_messages,omitempty"`
	AfterEpochs   int  `json:"update_after_epochs,omitempty"`
	OnReply       bool `json:"update_on_reply,omitempty"`
	Suspect       Time `json:"suspect_within_ns,omitempty"`
	// AllGroups lets a device replace its keys in all its groups when it does in one.
	AllGroups bool `json:"update_all_groups,omitempty"`
	// CommitDelay is how long proposals wait for a Commit by a member that is online.
	CommitDelay Time `json:"commit_delay_ns"`
	// CommitAfter is how many proposals of one epoch wait no longer than that; 0 for
	// any number.
	CommitAfter int `json:"commit_after,omitempty"`
	// Committer says who is asked to commit for the group, as the constants of
	// policy.go do; empty for one who is drawn.
	Committer string `json:"committer,omitempty"`
	// Evict is the age of a leaf, in time since its member last refreshed it,
	// from which any committer removes it; 0 for never.
	Evict Time `json:"evict_after_ns"`
	// Quarantine is how long a member has been offline when any committer removes it;
	// 0 for never. With Readmit, who was removed for its absence or its old leaf is added
	// again once it is back.
	Quarantine Time `json:"quarantine_after_ns,omitempty"`
	Readmit    bool `json:"readmit,omitempty"`
	// Keep is what members keep of epochs that are over.
	Keep Retention `json:"keep,omitzero"`
	// RotateSignature lets every so many-th Commit of a member have a new signature key;
	// 0 for none.
	RotateSignature int `json:"rotate_signature,omitempty"`
	// PSK says which PSK is mixed into every PSKEvery-th epoch; empty for none.
	PSK      string `json:"psk,omitempty"`
	PSKEvery int    `json:"psk_every,omitempty"`
	// Recovery says how members come back from a branch that the group has left, as the
	// constants of recover.go; empty for RecoverNone.
	Recovery string `json:"fork_recovery,omitempty"`
	// PathOnAdd says whether a Commit that only adds has a path all the same.
	PathOnAdd bool `json:"path_on_add"`
}

// Network is the delivery service: one log, and the time until a client's
// message is in it or known to be refused.
type Network struct {
	RTT Time `json:"rtt_ns"`
	// Service is the kind of delivery service, as the constants of eventual.go; empty for
	// ServiceStrict. Of ServiceEventual: how long a message takes from member to member, by
	// what part of that links differ, and how long a member keeps an epoch to go back to.
	Service    string  `json:"service,omitempty"`
	LinkDelay  Time    `json:"link_delay_ns,omitempty"`
	LinkJitter float64 `json:"link_jitter,omitempty"`
	Rollback   Time    `json:"rollback_within_ns,omitempty"`
	// Retry is how long a member waits after its Commit lost a race, at most,
	// before it tries again; it draws uniformly.
	Retry Time `json:"retry_within_ns"`
	// Of application messages: the probability that one is there twice, and that one is
	// held up; and by how long the copy, or the message, comes later at most.
	Duplicate float64 `json:"duplicate,omitempty"`
	Reorder   float64 `json:"reorder,omitempty"`
	Window    Time    `json:"reorder_within_ns,omitempty"`
	// Loss is the probability that an application message does not reach a member.
	Loss       float64     `json:"loss,omitempty"`
	Partitions []Partition `json:"partitions,omitempty"`
	// Domains is how many follower services the members are spread over, of which the
	// Hub, from 1, keeps the log; 0 for a single service.
	Domains int `json:"domains,omitempty"`
	Hub     int `json:"hub,omitempty"`
}

// Churn is the mean number of joins and of leaves (Removes by another member) a
// day in the whole group.
type Churn struct {
	Joins  float64 `json:"joins_per_day"`
	Leaves float64 `json:"leaves_per_day"`
}

// Pools says how many KeyPackages each client has in the directory, from when it is there:
// it fills them up whenever Refill has passed and it is online. Other groups take one of
// each client's Demand times a day; without any, that of last resort, if there is one.
type Pools struct {
	Size       int     `json:"pool,omitempty"` // 0: none is published in advance
	Refill     Time    `json:"refill_every_ns,omitempty"`
	Lifetime   Time    `json:"lifetime_ns,omitempty"` // older ones are not handed out
	LastResort bool    `json:"last_resort,omitempty"`
	Demand     float64 `json:"demand_per_day,omitempty"`
}

// Adversity says what the adversary takes, and when.
type Adversity struct {
	Compromises []PlannedCompromise `json:"compromises"`
	Insiders    []Insider           `json:"insiders,omitempty"`
	// Rate is the mean number of snapshots of each member a year, at random
	// times, beside those planned.
	Rate float64 `json:"snapshots_per_member_year"`
	// Of those at random times: how long the adversary stays on the device, what it
	// takes (empty: all), and whether it takes only devices that are offline.
	Stay  Time     `json:"stay_ns,omitempty"`
	Only  []string `json:"only,omitempty"`
	Seize bool     `json:"offline_devices,omitempty"`
	// Suppress lets the delivery service drop what robbed members propose and commit.
	Suppress bool `json:"suppress,omitempty"`
}

// A PlannedCompromise takes a member's state at a time; with For, also all that
// the member's device holds or consumes until then.
type PlannedCompromise struct {
	Member string   `json:"member"` // a name; "random" for one of the members at that time
	At     Time     `json:"at_ns"`
	For    Time     `json:"for_ns"`
	Only   []string `json:"only,omitempty"` // components as in a script's snapshot; empty for all
}

// An Insider is a member whose device is the adversary's at a time, and then sends a
// Commit whose path holds garbage for all others.
type Insider struct {
	Member string `json:"member"` // as of a [PlannedCompromise]
	At     Time   `json:"at_ns"`
}

// A ScriptStep is one line of a script (docs/scripts.md).
type ScriptStep struct {
	Line   int    `json:"line"` // in the plan file, from 1
	Column int    `json:"column"`
	Verb   Verb   `json:"verb"`
	Who    string `json:"who"`
	// Others are: add: who is added; commit: who is removed by value; propose remove,
	// forge: who; deliver, release, expect: the receivers.
	Others  []string `json:"others,omitempty"`
	NoPath  bool     `json:"nopath,omitempty"`
	Omit    bool     `json:"omit,omitempty"`
	Epochs  *int     `json:"epochs,omitempty"`  // retain: how many epochs
	Skipped *int     `json:"skipped,omitempty"` // retain: how many keys of messages that have not come
	Kept    []string `json:"kept,omitempty"`    // retain: rows of the deletion schedule that are left out
	Resync  bool     `json:"resync,omitempty"`  // external: in place of the own former leaf
	Last    bool     `json:"last,omitempty"`    // keypackage: of last resort
	PSKs    []string `json:"psks,omitempty"`    // add, commit: PSKs by value, as written: "p", "res:5"
	Only    []string `json:"only,omitempty"`    // snapshot: components, as written: "leaf", "node:1" …
	Count   int      `json:"count,omitempty"`   // send: how many messages; keepres: how many epochs
	Name    string   `json:"name,omitempty"`    // keep, release: of the message; secret, known: of the PSK; commit, propose reinit: of the group that follows
	ID      string   `json:"id,omitempty"`      // expect refuse: the requirement
	For     Time     `json:"for_ns,omitempty"`  // wait: how long
	Text    string   `json:"text"`              // the line without its comment, for messages

	Rotate  bool        `json:"rotate,omitempty"`  // commit: with a new signature key
	On      string      `json:"on,omitempty"`      // the branch that the step is carried out on
	Epoch   *uint64     `json:"epoch,omitempty"`   // fork: where
	Adds    []string    `json:"adds,omitempty"`    // forge: who is added
	Garbage []string    `json:"garbage,omitempty"` // forge commit: for whom the path holds garbage
	Guess   bool        `json:"guess,omitempty"`   // forge: with random bytes for what is lacking
	Forge   ForgeryKind `json:"forge,omitempty"`   // forge: what
}

// Verb is the first word of a script step; propose counts with its object.
type Verb string

const (
	VerbCreate        Verb = "create"
	VerbAdd           Verb = "add"
	VerbCommit        Verb = "commit"
	VerbProposeUpdate Verb = "propose update"
	VerbProposeRemove Verb = "propose remove"
	VerbProposeReInit Verb = "propose reinit"
	VerbSnapshot      Verb = "snapshot"
	VerbHoard         Verb = "hoard"
	VerbFreeze        Verb = "freeze"
	VerbThaw          Verb = "thaw"
	VerbSend          Verb = "send"
	VerbSecret        Verb = "secret"
	VerbKnown         Verb = "known"
	VerbKeepRes       Verb = "keepres"
	VerbKeyPackage    Verb = "keypackage"
	VerbSteal         Verb = "steal"
	VerbExternal      Verb = "external"
	VerbExport        Verb = "export"
	VerbFraming       Verb = "framing"
	VerbRetain        Verb = "retain"
	VerbGroup         Verb = "group"
	VerbReInit        Verb = "reinit"
	VerbSubgroup      Verb = "subgroup"
	VerbBadRandom     Verb = "badrandom"
	VerbHSM           Verb = "hsm"
	VerbWait          Verb = "wait"
	VerbWatch         Verb = "watch"
	VerbUnwatch       Verb = "unwatch"

	// What becomes of the messages of the step before (offer.go).
	VerbDrop         Verb = "drop"
	VerbDeliver      Verb = "deliver"
	VerbKeep         Verb = "keep"
	VerbExpectAccept Verb = "expect accept"
	VerbExpectRefuse Verb = "expect refuse"
	VerbRelease      Verb = "release"
	VerbForge        Verb = "forge"
	VerbFork         Verb = "fork"
	VerbClose        Verb = "close"
	VerbRevoke       Verb = "revoke"
	VerbGroupInfo    Verb = "groupinfo"
	VerbLure         Verb = "lure"
)

// A StepError is a script step that cannot be carried out: the step and the
// reason.
type StepError struct {
	Step   ScriptStep
	Reason string
}

// Error names line, step and reason.
func (e *StepError) Error() string {
	return e.Step.Text + ": " + e.Reason
}
