package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"mlssim/sim"
)

func TestTemplateSaysTheDefaults(t *testing.T) {
	p, err := Load("new.yaml", Template("new"))
	if err != nil {
		t.Fatalf("%v\n%s", err, Template("new"))
	}
	want := Defaults()
	want.Name, want.Description = "new", "What this plan is to show."
	if diff := cmp.Diff(want.plan(nil), p, cmp.FilterPath(emptyAsNil, cmp.Ignore())); diff != "" {
		t.Fatal(diff)
	}
}

// emptyAsNil: the template writes empty lists, the defaults have none.
func emptyAsNil(p cmp.Path) bool {
	return p.String() == "Habits.Stale" || p.String() == "Adversary.Compromises" || p.String() == "Habits.Classes" ||
		p.String() == "Network.Partitions" || p.String() == "Adversary.Only"
}

func TestPlansSurviveWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		text := Marshal(p)
		again, err := Load("again.yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i := range again.Script {
			again.Script[i].Line, again.Script[i].Column = 0, 0
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
		resolved, err := ParseResolved(Resolved(p))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, resolved); diff != "" {
			t.Fatal(diff)
		}
	})
}

func anyPlan(t *rapid.T) *sim.Plan {
	p := &sim.Plan{Name: rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`).Draw(t, "name"),
		Description:  rapid.StringMatching(`([a-zäß:#"'{}\[\],&*!|>%@ -]{0,20}[a-z])?`).Draw(t, "description"),
		Engine:       rapid.SampledFrom([]string{"symbolic", "concrete", "lockstep"}).Draw(t, "engine"),
		Suite:        rapid.SampledFrom(Suite("").words()).Draw(t, "suite"),
		Seed:         rapid.Uint64().Draw(t, "seed"),
		Replications: 1}
	if p.Engine == "symbolic" && rapid.Bool().Draw(t, "rival") {
		p.Protocol = rapid.SampledFrom(Protocol("").words()[1:]).Draw(t, "protocol")
	}
	if rapid.Bool().Draw(t, "scripted") {
		p.Script = []sim.ScriptStep{{Verb: sim.VerbCreate, Who: "A", Text: "create A"},
			{Verb: sim.VerbAdd, Who: "A", Others: []string{"B"}, NoPath: true, Text: "add A B nopath"},
			{Verb: sim.VerbSnapshot, Who: "B", Only: []string{"node:1"}, Text: "snapshot B only node:1"}}
		return p
	}
	times := func(max Duration) *rapid.Generator[sim.Time] {
		return rapid.Custom(func(t *rapid.T) sim.Time { return sim.Time(rapid.Int64Range(0, int64(max)).Draw(t, "ns")) })
	}
	rate := rapid.Float64Range(0, 1000)
	p.Replications = rapid.IntRange(1, 100).Draw(t, "replications")
	p.Members = rapid.IntRange(2, 50).Draw(t, "members")
	p.Horizon = sim.Time(10*day) + times(90*day).Draw(t, "horizon")
	p.Habits = sim.Habits{Online: sim.Time(second) + times(day).Draw(t, "online"), Offline: times(day).Draw(t, "offline"),
		Messages: rate.Draw(t, "messages"), Size: rapid.IntRange(0, 1000).Draw(t, "size")}
	if rapid.Bool().Draw(t, "stale") {
		p.Habits.Stale, p.Habits.StaleAt = []string{"M1", "M2"}, times(9*day).Draw(t, "at")
	}
	p.Policies = sim.Policies{Update: times(9*day).Draw(t, "every"), Jitter: rapid.Float64Range(0, 1).Draw(t, "jitter"),
		How: rapid.SampledFrom(UpdateHow("").words()).Draw(t, "how"), CommitDelay: times(day).Draw(t, "delay"),
		Evict: times(90*day).Draw(t, "evict"), PathOnAdd: rapid.Bool().Draw(t, "path")}
	if p.Protocol != "" {
		p.Policies.How = "commit"
	}
	p.Network = sim.Network{RTT: 1 + times(second).Draw(t, "rtt"), Retry: times(minute).Draw(t, "retry")}
	p.Churn = sim.Churn{Joins: rate.Draw(t, "joins"), Leaves: rate.Draw(t, "leaves")}
	p.Adversary.Rate = rate.Draw(t, "rate")
	for range rapid.IntRange(0, 3).Draw(t, "compromises") {
		p.Adversary.Compromises = append(p.Adversary.Compromises, sim.PlannedCompromise{
			Member: rapid.SampledFrom([]string{"M1", "M2", random}).Draw(t, "member"),
			At:     times(8*day).Draw(t, "at"), For: times(day).Draw(t, "for"),
			Only: rapid.SampledFrom([][]string{nil, {"leaf"}, {"init", "enc", "node:3"}}).Draw(t, "only")})
	}
	anyModels(t, p)
	return p
}

func TestHashTellsPlansApart(t *testing.T) {
	a, _ := Load("a.yaml", []byte("name: x\n"))
	b, _ := Load("b.yaml", []byte("# the same\nname: x\nengine: lockstep\n"))
	c, _ := Load("c.yaml", []byte("name: x\nmembers: 9\n"))
	if Hash(a) != Hash(b) || Hash(a) == Hash(c) || len(Hash(a)) != 64 {
		t.Fatal(Hash(a), Hash(b), Hash(c))
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plan.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t testing.TB, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	b, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestSchemaAcceptsPlans(t *testing.T) {
	s := schema(t)
	for name, text := range map[string][]byte{"full": []byte(full), "template": Template("x"),
		"script": []byte("name: x\nscript: |\n  create A\n")} {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What one key alone makes wrong, the schema refuses as well.
func TestSchemaRefusesWhatLoadRefuses(t *testing.T) {
	s := schema(t)
	for _, name := range []string{"no name", "unknown key", "text for a number", "fraction of a member", "list for a mapping",
		"mapping for a list", "number for a truth", "number for text", "negative count", "zero members", "negative seed",
		"negative rate", "jitter", "unknown engine", "unknown policy", "duration without unit", "negative duration",
		"compromise of whom", "compromise when", "no component", "odd member"} {
		found := false
		for _, c := range refused {
			if c.name == name {
				found = true
				if validate(t, s, []byte(c.yaml)) == nil {
					t.Errorf("%s: the schema accepts\n%s", name, c.yaml)
				}
			}
		}
		if !found {
			t.Errorf("no case %q", name)
		}
	}
}

func TestSchemaShowsDefaults(t *testing.T) {
	var s struct {
		Properties map[string]struct {
			Default    any
			Properties map[string]struct{ Default any }
		}
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	if got := s.Properties["horizon"].Default; got != Defaults().Horizon.String() {
		t.Errorf("horizon: %v", got)
	}
	if got := s.Properties["policies"].Properties["path_on_add"].Default; got != true {
		t.Errorf("path_on_add: %v", got)
	}
}

// The plans that come with the command fit the schema, and are read.
func TestSchemaAcceptsShippedPlans(t *testing.T) {
	s := schema(t)
	files, err := filepath.Glob("../../cmd/mlssim/plans/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d plans, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load(name, text); err != nil {
			t.Error(err)
		}
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
