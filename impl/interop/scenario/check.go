package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// leaves says what a step leaves behind for later ones.
var leaves = map[string]string{
	"createKeyPackage": "a KeyPackage", "installExternalPSK": "a PSK", "protect": "a ciphertext",
	"addProposal": "a proposal", "updateProposal": "a proposal", "removeProposal": "a proposal",
	"externalPSKProposal": "a proposal", "resumptionPSKProposal": "a proposal",
	"groupContextExtensionsProposal": "a proposal", "newMemberAddProposal": "a proposal",
	"addExternalSigner": "a proposal", "externalSignerProposal": "a proposal",
	"commit": "a Commit and Welcome", "fullCommit": "a Commit and Welcome", "externalJoin": "a Commit",
}

// check decides whether a step refers to what earlier steps leave.
func (s *Script) check(i int) error {
	step := &s.Steps[i]
	refs := []reference{
		{"psks", step.PSKs},
		{"byReference", step.ByReference},
		{"keyPackage", only(step.Action == "addProposal", step.KeyPackage)},
		{"pskID", only(step.Action == "externalPSKProposal", step.PSKID)},
		{"welcome", only(step.Action == "joinGroup", step.Welcome)},
		{"commit", only(step.Action == "handleCommit", step.Commit)},
		{"ciphertext", only(step.Action == "unprotect", step.Ciphertext)},
		{"externalReinitProposal", only(step.Action == "reinit" && step.Proposer == "", step.ExternalReinitProposal)},
	}
	for _, d := range append(slices.Clone(step.ByValue), step.Description) {
		refs = append(refs,
			reference{"keyPackage", only(d.ProposalType == "add", d.KeyPackage)},
			reference{"pskID", only(d.ProposalType == "externalPSK", d.PSKID)})
	}
	for _, r := range refs {
		for _, to := range r.to {
			if err := s.refers(i, r.field, to); err != nil {
				return err
			}
		}
	}
	if step.Action == "reinit" && !slices.ContainsFunc(s.Steps[:i], func(s Step) bool { return s.Action == "createGroup" }) {
		return errors.New("there is no group yet")
	}
	return nil
}

// A reference is a field with numbers of earlier steps.
type reference struct {
	field string
	to    []int
}

func only(applies bool, ref int) []int {
	if !applies {
		return nil
	}
	return []int{ref}
}

// wanted is what a field refers to.
var wanted = map[string]string{
	"psks": "a PSK", "pskID": "a PSK", "keyPackage": "a KeyPackage", "ciphertext": "a ciphertext",
	"byReference": "a proposal", "externalReinitProposal": "a proposal", "commit": "a Commit", "welcome": "a Commit and Welcome",
}

// refers decides whether step ref, before step i, leaves what a field needs.
func (s *Script) refers(i int, field string, ref int) error {
	if ref < 0 || ref >= i {
		return fmt.Errorf("%s: step %d does not come before this one", field, ref)
	}
	if want := wanted[field]; !strings.HasPrefix(leaves[s.Steps[ref].Action], want) {
		return fmt.Errorf("%s: step %d (%s) does not leave %s", field, ref, s.Steps[ref].Action, want)
	}
	return nil
}
