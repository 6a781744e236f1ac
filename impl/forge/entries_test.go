package forge

import (
	"os"
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
	"mlssim/spec/trace"
)

// Reasons why an entry point of a requirement has no input of its own.
const (
	nobodyCan   = "the interface of a client offers no way to it"
	elsewhere   = "it is read where it is needed, which are the other entry points"
	membersOnly = "a leaf is held to the members when a Commit covers it"
	oneByOne    = "psk.limit refuses it, unless the application allows so many"
)

// unreached are the entry points of a requirement that the catalogue has no input
// for, and why.
var unreached = map[spec.ID]map[Entry]string{
	req.BranchParameters:              {"group.branch": nobodyCan},
	req.CommitUpdateByReference:       {"commit.send": nobodyCan},
	req.ExtensionExternalPub:          {"decode": elsewhere},
	req.ExtensionExternalSenders:      {"decode": elsewhere},
	req.ExtensionRequiredCapabilities: {"decode": elsewhere},
	req.ExternalOneInit:               {"external.join": nobodyCan},
	req.ExternalOneRemove:             {"external.join": nobodyCan},
	req.ExternalOther:                 {"external.join": nobodyCan},
	req.ExternalInitContext:           {"proposal.send": nobodyCan},
	req.FramingVersion:                {"message.receive": "a message of another version is not decoded"},
	req.GreaseFields:                  {"key_package.send": "extension.place refuses it before", "group.create": "create.extensions refuses it before", "commit.send": "gce.extensions refuses it before"},
	req.LeafCredentialMembers:         {"proposal.receive": membersOnly},
	req.LeafEncryptionKeyUnique:       {"proposal.receive": membersOnly},
	req.LeafSignatureKeyUnique:        {"proposal.receive": membersOnly},
	req.ListNoExternalInit:            {"commit.send": nobodyCan},
	req.ListPSKUnique:                 {"commit.send": "nonces are drawn, and no two are the same"},
	req.PSKCount:                      {"commit.receive": oneByOne, "welcome.join": oneByOne},
	req.PSKNonceLength:                {"proposal.send": "the nonce is drawn", "commit.send": "the nonce is drawn"},
	req.RatchetKeyOnce:                {"message.send": "the catalogue calls it application.send"},
	req.SuiteSupported:                {"group.create": nobodyCan, "welcome.join": "welcome.suite refuses it before", "key_package.receive": "key_package.version refuses it before"},
}

// TestEntryPoints: where a requirement that the catalogue has is to be decided at
// several entry points, it has an input for each, or a reason.
func TestEntryPoints(t *testing.T) {
	registry, err := trace.Load(os.DirFS("../../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	have := map[spec.ID][]Entry{}
	for _, c := range Catalogue() {
		have[c.Want] = append(have[c.Want], c.Entry)
	}
	for _, r := range registry {
		if r.Kind != "check" || len(have[r.ID]) == 0 {
			continue
		}
		for _, context := range r.Contexts {
			e := Entry(context)
			if reason := unreached[r.ID][e]; slices.Contains(have[r.ID], e) != (reason == "") {
				t.Errorf("%s: an input at %s: %v, but %q", r.ID, e, slices.Contains(have[r.ID], e), reason)
			}
		}
	}
	reached, reasons := 0, 0
	for id, list := range have {
		slices.Sort(list)
		reached += len(slices.Compact(list))
		reasons += len(unreached[id])
	}
	t.Logf("%d entry points of %d requirements, %d without an input", reached, len(have), reasons)
}
