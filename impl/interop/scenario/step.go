package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Step is one entry of a script. Which fields it has is for its action to say.
// Numbers that refer to other steps count these from 0.
type Step struct {
	Action string `json:"action"`
	Actor  string `json:"actor"`

	Members   []string `json:"members"`
	Joiners   []string `json:"joiners"`
	Clients   []string `json:"clients"`
	Joiner    string   `json:"joiner"`
	Member    string   `json:"member"`
	Signer    string   `json:"signer"`
	Proposer  string   `json:"proposer"`
	Committer string   `json:"committer"`
	Welcomer  string   `json:"welcomer"`
	Removed   string   `json:"removed"`

	Welcome                int   `json:"welcome"` // the step that it comes from, as all that follow
	Commit                 int   `json:"commit"`
	Ciphertext             int   `json:"ciphertext"`
	KeyPackage             int   `json:"keypackage"`
	PSKID                  int   `json:"pskid"`
	PSKs                   []int `json:"psks"`
	ByReference            []int `json:"byreference"`
	ExternalReinitProposal int   `json:"externalreinitproposal"`

	EpochID           uint64        `json:"epochid"`
	Extensions        []Extension   `json:"extensions"`
	ByValue           []Description `json:"byvalue"`
	Description       Description   `json:"description"`
	AuthenticatedData string        `json:"authenticateddata"`
	Plaintext         string        `json:"plaintext"`

	ForcePath         bool `json:"forcepath"`
	ExternalTree      bool `json:"externaltree"`
	RemovePrior       bool `json:"removeprior"`
	ChangeCipherSuite bool `json:"changeciphersuite"`
	ChangeGroupID     bool `json:"changegroupid"`
}

// A Description is a proposal by value.
type Description struct {
	ProposalType      string      `json:"proposaltype"`
	KeyPackage        int         `json:"keypackage"`
	Removed           string      `json:"removed"`
	PSKID             int         `json:"pskid"`
	EpochID           uint64      `json:"epochid"`
	Extensions        []Extension `json:"extensions"`
	ChangeGroupID     bool        `json:"changegroupid"`
	ChangeCipherSuite bool        `json:"changeciphersuite"`
}

// An Extension is one of the GroupContext.
type Extension struct {
	Type uint32 `json:"extensiontype"`
	Data []byte `json:"extensiondata"`
}

// fields are the fields that an object may have; those with a ! it must have.
type fields string

// actions are what an actor can do.
var actions = map[string]fields{
	"createGroup":                    "actor! members",
	"createKeyPackage":               "actor!",
	"joinGroup":                      "actor! welcome!",
	"externalJoin":                   "actor! joiner! members externaltree removeprior psks",
	"installExternalPSK":             "actor clients!",
	"groupInfo":                      "actor! externaltree",
	"addProposal":                    "actor! keypackage!",
	"updateProposal":                 "actor!",
	"removeProposal":                 "actor! removed!",
	"externalPSKProposal":            "actor! pskid!",
	"resumptionPSKProposal":          "actor! epochid!",
	"groupContextExtensionsProposal": "actor! extensions!",
	"fullCommit":                     "actor! byreference byvalue members joiners forcepath externaltree",
	"commit":                         "actor! byreference byvalue forcepath externaltree",
	"handleCommit":                   "actor! commit! byreference",
	"handlePendingCommit":            "actor!",
	"protect":                        "actor! authenticateddata plaintext",
	"unprotect":                      "actor! ciphertext!",
	"reinit":                         "actor proposer committer! welcomer! members changeciphersuite changegroupid extensions forcepath externaltree externalreinitproposal",
	"branch":                         "actor! members! forcepath externaltree extensions",
	"newMemberAddProposal":           "actor! joiner!",
	"addExternalSigner":              "actor! signer!",
	"externalSignerProposal":         "actor! member! description!",
}

// descriptions are the proposals that can be described.
var descriptions = map[string]fields{
	"add":                    "keypackage!",
	"remove":                 "removed!",
	"externalPSK":            "pskid!",
	"resumptionPSK":          "epochid!",
	"groupContextExtensions": "extensions!",
	"reinit":                 "changegroupid changeciphersuite extensions",
}

const extensionFields fields = "extensiontype! extensiondata!"

// parse reads a step.
func (s *Step) parse(b []byte) error {
	members, err := object(b)
	if err != nil {
		return err
	}
	if err := kind(members, "action", actions, &s.Action); err != nil {
		return err
	}
	return decode(members, "action "+actions[s.Action], s)
}

// kind reads the field that says what an object is, which has to be in a table.
func kind(members []member, field string, known map[string]fields, name *string) error {
	for _, m := range members {
		if canonical(m.key) != field {
			continue
		}
		if err := json.Unmarshal(m.value, name); err != nil {
			return fmt.Errorf("%s: it is no string", m.key)
		}
		if _, ok := known[*name]; !ok {
			return fmt.Errorf("there is no %s %q", m.key, *name)
		}
		return nil
	}
	return fmt.Errorf("%s is missing", field)
}

// decode reads an object whose members have to be among the fields.
func decode(members []member, known fields, into any) error {
	given := map[string]json.RawMessage{}
	names := map[string]bool{}
	for f := range strings.FieldsSeq(string(known)) {
		names[strings.TrimSuffix(f, "!")] = strings.HasSuffix(f, "!")
	}
	for _, m := range members {
		name := canonical(m.key)
		if _, ok := names[name]; !ok {
			return fmt.Errorf("there is no field %q here", m.key)
		}
		if _, twice := given[name]; twice {
			return fmt.Errorf("%q is there twice", m.key)
		}
		value, err := nested(name, m.value)
		if err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
		if s := string(value); s != "null" && s != `""` {
			given[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] && given[name] == nil {
			return fmt.Errorf("%s is missing", name)
		}
	}
	b, err := json.Marshal(given)
	if err != nil {
		return err
	}
	err = json.Unmarshal(b, into)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: a %s does not belong here", e.Field, e.Value)
	}
	return err
}

// nested returns the value of a field with the names of fields inside of it as they
// count.
func nested(name string, value json.RawMessage) (json.RawMessage, error) {
	switch name {
	case "description":
		return description(value)
	case "byvalue":
		return each(value, description)
	case "extensions":
		return each(value, func(b json.RawMessage) (json.RawMessage, error) {
			return reduced(b, extensionFields, &Extension{})
		})
	}
	return value, nil
}

func description(b json.RawMessage) (json.RawMessage, error) {
	members, err := object(b)
	if err != nil {
		return nil, err
	}
	var d Description
	if err := kind(members, "proposaltype", descriptions, &d.ProposalType); err != nil {
		return nil, err
	}
	return reduced(b, "proposaltype "+descriptions[d.ProposalType], &d)
}

// reduced reads an object, and returns it as into writes itself.
func reduced(b json.RawMessage, known fields, into any) (json.RawMessage, error) {
	members, err := object(b)
	if err != nil {
		return nil, err
	}
	if err := decode(members, known, into); err != nil {
		return nil, err
	}
	return json.Marshal(into)
}

func each(b json.RawMessage, one func(json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, errors.New("it is no list")
	}
	for i := range list {
		var err error
		if list[i], err = one(list[i]); err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
	}
	return json.Marshal(list)
}

// actors returns who takes part in a step.
func (s *Step) actors() []string {
	named := []string{s.Actor, s.Joiner, s.Member, s.Signer, s.Proposer, s.Committer, s.Welcomer}
	named = slices.Concat(named, s.Members, s.Joiners, s.Clients)
	return slices.DeleteFunc(named, func(a string) bool { return a == "" })
}
