package plan

import (
	"cmp"

	"mlssim/sim"
	"mlssim/spec"
)

// A File is a plan as written: the keys of the YAML file, in order. The tags
// say, for each key, its name, what it means, and its limits (min and max hold
// for a number as they stand and for a duration as [ParseDuration] reads them).
type File struct {
	Name         string      `json:"name" jsonschema:"names the plan and its run folders"`
	Description  string      `json:"description,omitempty" jsonschema:"what the plan is to show"`
	Engine       Engine      `json:"engine,omitempty" jsonschema:"the model (symbolic), the implementation (concrete), both side by side and compared (lockstep), or the tree in integers (crowd)"`
	Protocol     Protocol    `json:"protocol,omitempty" jsonschema:"what the group runs: MLS, or on the symbolic engine another protocol to compare it with"`
	Suite        Suite       `json:"suite,omitempty" jsonschema:"the cipher suite of engines that use bytes; those with MLKEM are experimental"`
	Seed         uint64      `json:"seed,omitempty" jsonschema:"root of all randomness of the run"`
	Replications int         `json:"replications,omitempty" min:"1" max:"100000" jsonschema:"how many runs with independent randomness"`
	Horizon      Duration    `json:"horizon,omitempty" min:"1s" jsonschema:"how much virtual time to simulate"`
	Members      int         `json:"members,omitempty" min:"1" max:"4194304" jsonschema:"members at the start: M1 creates the group and adds M2, M3 and so on"`
	Groups       Groups      `json:"groups,omitzero" jsonschema:"of how many groups they are members"`
	Habits       Habits      `json:"habits,omitzero" jsonschema:"when members are online and what they send"`
	Policies     Policies    `json:"policies,omitzero" jsonschema:"when members refresh their keys"`
	Network      Network     `json:"network,omitzero" jsonschema:"the delivery service"`
	Churn        Churn       `json:"churn,omitzero" jsonschema:"how members come and go, in the whole group"`
	KeyPackages  KeyPackages `json:"keypackages,omitzero" jsonschema:"those that members publish in advance"`
	Adversary    Adversary   `json:"adversary,omitzero" jsonschema:"what the adversary takes, and when"`
	Script       Script      `json:"script,omitempty" jsonschema:"a history, one step a line, in place of horizon and all that follows it"`
}

// Groups is the keys of [sim.Groups].
type Groups struct {
	Number int    `json:"number,omitempty" min:"1" max:"1000" jsonschema:"how many groups there are"`
	Size   int    `json:"size,omitempty" min:"0" max:"4096" jsonschema:"how many of the members are in each at the start; 0 for all"`
	Spread Spread `json:"spread,omitempty" jsonschema:"who that is: each in turn (even), or drawn for each group (random)"`
}

// Habits are the keys of [sim.Habits].
type Habits struct {
	Online   Duration `json:"online,omitempty" min:"1s" jsonschema:"mean length of a stretch online"`
	Offline  Duration `json:"offline,omitempty" jsonschema:"mean length of a stretch offline; 0 for members that are always online"`
	Messages float64  `json:"messages_per_day,omitempty" min:"0" max:"100000" jsonschema:"mean number of application messages of each member a day, sent while online"`
	Size     int      `json:"message_bytes,omitempty" min:"0" max:"1000000" jsonschema:"length of an application message"`
	Stale    []Member `json:"stale,omitempty" jsonschema:"members that never come online again after stale_at"`
	StaleAt  Duration `json:"stale_at,omitempty" jsonschema:"when they are online for the last time"`

	OfflineTail  float64  `json:"offline_tail,omitempty" min:"0" max:"10" jsonschema:"tail index, above 1, of a Pareto distribution of the stretches offline; 0 for the exponential one"`
	Conversation float64  `json:"conversation,omitempty" min:"1" max:"1000" jsonschema:"mean number of messages that a member sends in a row; 1 for single ones"`
	Gap          Duration `json:"conversation_gap,omitempty" min:"1ms" max:"1d" jsonschema:"mean time between those"`
	GapTail      float64  `json:"gap_tail,omitempty" min:"0" max:"10" jsonschema:"power, above 1, with which the density of the time between two messages falls; 0 for an exponential distribution"`
	Diurnal      float64  `json:"diurnal,omitempty" min:"0" max:"1" jsonschema:"by what part of its mean the rate of messages rises and falls within a day"`
	Peak         Duration `json:"peak,omitempty" max:"1d" jsonschema:"the time of day at which it is highest"`
	Zipf         float64  `json:"zipf,omitempty" min:"0" max:"5" jsonschema:"power with which the rate of messages falls with a member's rank; 0 if all speak as much"`
	Classes      []Class  `json:"classes,omitempty" jsonschema:"kinds of devices, in place of online, offline and messages_per_day"`
}

// Class is the keys of [sim.Class].
type Class struct {
	Share     float64     `json:"share" min:"0.000001" max:"1000000" jsonschema:"how many members have such a device, in proportion to the other shares"`
	Online    Duration    `json:"online" min:"1s" jsonschema:"mean length of a stretch online"`
	Offline   Duration    `json:"offline" jsonschema:"mean length of a stretch offline; 0 for always online"`
	Messages  float64     `json:"messages_per_day" min:"0" max:"100000" jsonschema:"mean number of application messages of each such member a day"`
	HSM       []Component `json:"hsm,omitempty" jsonschema:"parts of the state that no theft takes"`
	Hoards    bool        `json:"hoards,omitempty" jsonschema:"whether the device deletes nothing"`
	BadRandom bool        `json:"bad_random,omitempty" jsonschema:"whether the adversary knows all that the device draws"`
}

// Policies are the keys of [sim.Policies].
type Policies struct {
	Update      Duration  `json:"update_every,omitempty" jsonschema:"mean time between two refreshes of a member's keys; 0 for never"`
	Jitter      float64   `json:"update_jitter,omitempty" min:"0" max:"1" jsonschema:"each time is drawn uniformly from update_every times 1 - jitter to 1 + jitter"`
	Poisson     bool      `json:"update_poisson,omitempty" jsonschema:"each time is drawn from the exponential distribution instead, so that a member's refreshes are a Poisson process"`
	How         UpdateHow `json:"update_how,omitempty" jsonschema:"refresh by an own Commit that covers what else is pending (commit) or nothing (empty), or by an Update that the next Commit covers (propose)"`
	CommitDelay Duration  `json:"commit_delay,omitempty" jsonschema:"how long proposals wait for a Commit"`
	Evict       Duration  `json:"evict_after,omitempty" jsonschema:"committers remove members whose keys are older; 0 for never"`
	PathOnAdd   bool      `json:"path_on_add,omitempty" jsonschema:"whether a Commit that only adds members has a path all the same"`

	AfterMessages int       `json:"update_after_messages,omitempty" min:"0" max:"1000000" jsonschema:"a member also refreshes its keys after so many messages of its own; 0 for any number"`
	AfterEpochs   int       `json:"update_after_epochs,omitempty" min:"0" max:"1000000" jsonschema:"and when its leaf is so many epochs old; 0 for any number"`
	OnReply       bool      `json:"update_on_reply,omitempty" jsonschema:"and when it sends after having read something"`
	Suspect       Duration  `json:"suspect_within,omitempty" jsonschema:"and when its owner suspects a theft: in the mean so long after it; 0 for never"`
	CommitAfter   int       `json:"commit_after,omitempty" min:"0" max:"1000000" jsonschema:"so many proposals wait for a Commit no longer; 0 for any number"`
	AllGroups     bool      `json:"update_all_groups,omitempty" jsonschema:"whether a device that refreshes its key in one group does so in all"`
	Committer     Committer `json:"committer,omitempty" jsonschema:"who commits for the group: of those online one that is drawn (random), that at the lowest leaf (lowest) or one below the most blank nodes (tree); the longest-standing member (designated); or whoever next has something to say (next)"`

	Quarantine  Duration `json:"quarantine_after,omitempty" jsonschema:"committers remove members that have been offline for so long; 0 for never"`
	Readmit     bool     `json:"readmit,omitempty" jsonschema:"whether those who were removed for that, or for their old keys, are added again once they are back"`
	KeepEpochs  int      `json:"keep_epochs,omitempty" min:"0" max:"1000" jsonschema:"of how many past epochs members can read late messages"`
	KeepPSKs    int      `json:"keep_psks,omitempty" min:"0" max:"1000" jsonschema:"of how many past epochs they keep the resumption PSK"`
	KeepSkipped int      `json:"keep_skipped,omitempty" min:"0" max:"1000000" jsonschema:"how many keys of messages that have not come they keep of each sender; 1000000 for all"`

	Recovery Recovery `json:"fork_recovery,omitempty" jsonschema:"how members come back from a branch that the group has left, and from which they cannot go back: not at all (none), removed and added again by another (readd), or by an external Commit (resync)"`

	RotateSignature int `json:"rotate_signature,omitempty" min:"0" max:"1000000" jsonschema:"every so many-th Commit of a member has a new signature key; 0 for none"`
	PSK             PSK `json:"psk,omitempty" jsonschema:"a PSK that Commits mix in: none, a fresh one that reaches all members by another way (external), or that of the epoch that ends (resumption)"`
	PSKEvery        int `json:"psk_every,omitempty" min:"1" max:"1000000" jsonschema:"into every so many-th epoch"`
}

// KeyPackages is the keys of [sim.Pools].
type KeyPackages struct {
	Pool       int      `json:"pool,omitempty" min:"0" max:"10000" jsonschema:"how many KeyPackages of each member are ready to be used; 0 if they are made when they are needed"`
	Refill     Duration `json:"refill_every,omitempty" min:"1m" jsonschema:"how often a member that is online fills them up"`
	Lifetime   Duration `json:"lifetime,omitempty" min:"1h" jsonschema:"older ones are not handed out"`
	LastResort bool     `json:"last_resort,omitempty" jsonschema:"whether there is one that is handed out again and again when the others are gone"`
	Demand     float64  `json:"demand_per_day,omitempty" min:"0" max:"100000" jsonschema:"mean number of other groups a day that take one of a member's"`
}

// Network is the keys of [sim.Network].
type Network struct {
	Service    Service  `json:"service,omitempty" jsonschema:"one log of which each Commit is checked (strict) or only its epoch (sequencer), or none: Commits compete (eventual)"`
	LinkDelay  Duration `json:"link_delay,omitempty" min:"1ns" max:"1d" jsonschema:"without a log: how long a message takes from one member to another"`
	LinkJitter float64  `json:"link_jitter,omitempty" min:"0" max:"1" jsonschema:"by what part of it links differ: each has a delay of its own, drawn uniformly from link_delay times 1 - jitter to 1 + jitter"`
	Rollback   Duration `json:"rollback_within,omitempty" max:"365d" jsonschema:"how long a member keeps the state of an epoch that it has left, to go back to it"`

	RTT   Duration `json:"rtt,omitempty" min:"1ns" max:"1d" jsonschema:"round trip between a member and the delivery service"`
	Retry Duration `json:"retry_within,omitempty" max:"1d" jsonschema:"how long a member waits at most after its Commit lost a race"`

	Duplicate float64  `json:"duplicate,omitempty" min:"0" max:"1" jsonschema:"probability that there are two of an application message"`
	Reorder   float64  `json:"reorder,omitempty" min:"0" max:"1" jsonschema:"probability that an application message is held up, so that others overtake it"`
	Window    Duration `json:"reorder_within,omitempty" min:"1ns" max:"365d" jsonschema:"how much later such a message, or the second one of two, comes at most"`

	Loss       float64     `json:"loss,omitempty" min:"0" max:"0.99" jsonschema:"probability that an application message does not reach a member"`
	Partitions []Partition `json:"partitions,omitempty" jsonschema:"times at which members cannot reach the delivery service"`
	Domains    int         `json:"domains,omitempty" min:"0" max:"1000" jsonschema:"how many services the members are spread over in turn, of which one keeps the log; 0 for a single service"`
	Hub        int         `json:"hub,omitempty" min:"0" max:"1000" jsonschema:"which of them keeps the log, from 1: without it nobody is served"`
}

// Partition is the keys of [sim.Partition].
type Partition struct {
	From    Duration `json:"from" jsonschema:"when it begins"`
	For     Duration `json:"for" min:"1ns" jsonschema:"how long it lasts"`
	Members []Member `json:"members,omitempty" jsonschema:"who is cut off: M1, M2 and so on"`
	Domain  int      `json:"domain,omitempty" min:"0" max:"1000" jsonschema:"or the domain that fails; 0 for none"`
	Way     Way      `json:"way,omitempty" jsonschema:"what is held up: all (both, or left out), what is for those who are cut off (in), or what they send (out)"`
	Drop    bool     `json:"drop,omitempty" jsonschema:"whether their proposals and Commits are dropped, in place of being held up"`
}

// Churn is the keys of [sim.Churn].
type Churn struct {
	Joins  float64 `json:"joins_per_day,omitempty" min:"0" max:"100000" jsonschema:"mean number of joins a day"`
	Leaves float64 `json:"leaves_per_day,omitempty" min:"0" max:"100000" jsonschema:"mean number of members removed a day"`
}

// Adversary is the keys of [sim.Adversity].
type Adversary struct {
	Compromises []Compromise `json:"compromises,omitempty" jsonschema:"thefts of a member's state"`
	Insiders    []Insider    `json:"insiders,omitempty" jsonschema:"members that send a Commit which nobody can process"`
	Rate        float64      `json:"snapshots_per_member_year,omitempty" min:"0" max:"100000" jsonschema:"mean number of further thefts of each member's state a year, at random times"`
	Stay        Duration     `json:"stay,omitempty" jsonschema:"of those: how long the adversary stays on the device; 0 for a snapshot"`
	Only        []Component  `json:"only,omitempty" jsonschema:"of those: the parts of the state that are taken; all if left out"`
	Seize       bool         `json:"offline_devices,omitempty" jsonschema:"of those: whether it takes only devices that are offline at the time"`
	Suppress    bool         `json:"suppress,omitempty" jsonschema:"whether the delivery service is in league with it, and drops what robbed members propose and commit"`
}

// Compromise is the keys of [sim.PlannedCompromise].
type Compromise struct {
	Member Member      `json:"member" jsonschema:"M1, M2 and so on, or random"`
	At     Duration    `json:"at" jsonschema:"when the state is taken"`
	For    Duration    `json:"for,omitempty" jsonschema:"how long the adversary stays on the device; 0 for a snapshot"`
	Only   []Component `json:"only,omitempty" jsonschema:"the parts of the state that are taken; all if left out"`
}

// Insider is the keys of [sim.Insider].
type Insider struct {
	Member Member   `json:"member" jsonschema:"M1, M2 and so on, or random"`
	At     Duration `json:"at" jsonschema:"when its device is the adversary's, and sends that Commit"`
}

// Words of a plan that are not any string.
type (
	Engine    string // symbolic, concrete, lockstep or crowd
	Suite     string // the name of a cipher suite
	UpdateHow string // commit, empty or propose
	PSK       string // none, external or resumption
	Committer string // random, lowest, designated, next or tree
	Service   string // strict, sequencer or eventual
	Recovery  string // none, readd or resync
	Way       string // both, in or out
	Spread    string // even or random
	Member    string // M1, M2 … or random
	Component string // init, enc, leaf, res, or node: and a number
	Script    string // lines of scripts.md, as a literal block
)

const (
	random = "random"
	none   = "none"
	both   = "both"
)

func (Engine) words() []string {
	return []string{"symbolic", "concrete", "isolated", "lockstep", "crowd"}
}
func (UpdateHow) words() []string { return []string{"commit", "empty", "propose"} }
func (PSK) words() []string       { return []string{none, sim.PSKExternal, sim.PSKResumption} }
func (Service) words() []string {
	return []string{sim.ServiceStrict, sim.ServiceSequencer, sim.ServiceEventual}
}
func (Recovery) words() []string { return []string{none, sim.RecoverReadd, sim.RecoverResync} }
func (Way) words() []string      { return []string{both, sim.WayIn, sim.WayOut} }
func (Spread) words() []string   { return []string{sim.SpreadEven, sim.SpreadRandom} }
func (Committer) words() []string {
	return []string{sim.CommitterRandom, sim.CommitterLowest, sim.CommitterDesignated, sim.CommitterNext, sim.CommitterTree}
}

func (Suite) words() []string {
	var names []string
	for _, s := range spec.CipherSuites() {
		names = append(names, s.String())
	}
	return names
}

// file turns a plan back into its keys.
func file(p *sim.Plan) *File {
	f := &File{Name: p.Name, Description: p.Description, Engine: Engine(p.Engine), Protocol: Protocol(cmp.Or(p.Protocol, mls)), Suite: Suite(p.Suite), Seed: p.Seed,
		Replications: p.Replications, Horizon: Duration(p.Horizon), Members: p.Members}
	f.Groups = groupsFile(p.Groups)
	f.Habits = habitsFile(&p.Habits)
	f.Policies = policiesFile(&p.Policies)
	f.Network = networkFile(&p.Network)
	f.Churn = Churn{p.Churn.Joins, p.Churn.Leaves}
	f.KeyPackages = keyPackagesFile(&p.KeyPackages)
	a := p.Adversary
	f.Adversary = Adversary{Rate: a.Rate, Stay: Duration(a.Stay), Only: convert[Component](a.Only), Seize: a.Seize, Suppress: a.Suppress}
	for _, x := range p.Adversary.Insiders {
		f.Adversary.Insiders = append(f.Adversary.Insiders, Insider{Member(x.Member), Duration(x.At)})
	}
	for _, c := range p.Adversary.Compromises {
		f.Adversary.Compromises = append(f.Adversary.Compromises,
			Compromise{Member(c.Member), Duration(c.At), Duration(c.For), convert[Component](c.Only)})
	}
	return f
}

// plan turns keys into a plan; script is the parsed f.Script.
func (f *File) plan(script []sim.ScriptStep) *sim.Plan {
	p := &sim.Plan{Name: f.Name, Description: f.Description, Engine: string(f.Engine), Suite: string(f.Suite),
		Seed: f.Seed, Replications: f.Replications}
	if f.Protocol != mls {
		p.Protocol = string(f.Protocol)
	}
	if f.Script != "" {
		p.Script = script
		return p
	}
	p.Horizon, p.Members = sim.Time(f.Horizon), f.Members
	p.Groups = f.Groups.plan()
	p.Habits = f.Habits.plan()
	p.Policies = f.Policies.plan()
	p.Network = f.Network.plan()
	p.Churn = sim.Churn{Joins: f.Churn.Joins, Leaves: f.Churn.Leaves}
	p.KeyPackages = f.KeyPackages.plan()
	a := f.Adversary
	p.Adversary = sim.Adversity{Rate: a.Rate, Stay: sim.Time(a.Stay), Only: convert[string](a.Only), Seize: a.Seize, Suppress: a.Suppress}
	for _, x := range f.Adversary.Insiders {
		p.Adversary.Insiders = append(p.Adversary.Insiders, sim.Insider{Member: string(x.Member), At: sim.Time(x.At)})
	}
	for _, c := range f.Adversary.Compromises {
		p.Adversary.Compromises = append(p.Adversary.Compromises, sim.PlannedCompromise{Member: string(c.Member),
			At: sim.Time(c.At), For: sim.Time(c.For), Only: convert[string](c.Only)})
	}
	return p
}

func convert[To, From ~string](s []From) []To {
	var out []To
	for _, x := range s {
		out = append(out, To(x))
	}
	return out
}
