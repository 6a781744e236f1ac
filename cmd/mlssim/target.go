package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mlssim/sim"
)

// epochKinds are the secrets that an epoch has one of, by the names that
// --secret takes: the RFC's, without "_secret".
var epochKinds = []struct {
	name string
	kind sim.Kind
}{
	{"epoch", sim.EpochSecret}, {"init", sim.InitSecret}, {"encryption", sim.EncryptionSecret},
	{"commit", sim.CommitSecret}, {"joiner", sim.JoinerSecret}, {"member", sim.MemberSecret},
	{"welcome", sim.WelcomeSecret}, {"sender_data", sim.SenderDataSecret}, {"exporter", sim.ExporterSecret},
	{"external", sim.ExternalSecret}, {"confirmation", sim.ConfirmationKey}, {"membership", sim.MembershipKey},
	{"resumption", sim.ResumptionPSK}, {"authenticator", sim.EpochAuthenticator},
}

const targetForms = "epoch:41 (or init, encryption, commit, joiner, welcome …), path:41/2, node:41/7, leaf:C@41, message:3, with G/41 for an epoch of group or branch G, or a name as in events.jsonl"

// A history is what names are looked up in: a result and what was observed.
type history struct {
	*sim.Result
	*observer
	names []sim.Name // all secrets of the run
}

// find returns the secret that a text such as "epoch:41" names.
func (h *history) find(text string) (sim.Name, error) {
	name, err := h.parse(text)
	if err != nil {
		return sim.Name{}, err
	}
	if _, ok := slices.BinarySearchFunc(h.names, name, sim.Name.Compare); !ok {
		return sim.Name{}, hinted{fmt.Errorf("%s: there is no %v in this run", text, name), h.instead(name)}
	}
	return name, nil
}

func (h *history) parse(text string) (sim.Name, error) {
	kind, rest, ok := strings.Cut(text, ":")
	if !ok {
		return h.byName(text)
	}
	switch kind {
	case "path", "node":
		slash := max(0, strings.LastIndexByte(rest, '/'))
		epoch, index := rest[:slash], strings.TrimPrefix(rest[slash:], "/")
		i, err := strconv.ParseUint(index, 10, 32)
		if err != nil {
			return sim.Name{}, malformed(text)
		}
		step, err := h.step(text, epoch)
		if err != nil {
			return sim.Name{}, err
		}
		if kind == "node" {
			return h.nodeKey(step, uint32(i))
		}
		return sim.Name{Kind: sim.PathSecret, Origin: step, Index: uint32(i)}, nil
	case "leaf":
		return h.leaf(text, rest)
	case "message":
		return h.message(text, rest)
	}
	for _, k := range epochKinds {
		if k.name == strings.TrimSuffix(kind, "_secret") {
			step, err := h.step(text, rest)
			return sim.Name{Kind: k.kind, Origin: step}, err
		}
	}
	return sim.Name{}, malformed(text)
}

func malformed(text string) error {
	return hinted{fmt.Errorf("%q names no secret", text), "a secret is named as " + targetForms}
}

// step returns the step that began an epoch.
func (h *history) step(text, epoch string) (sim.StepID, error) {
	group, number, ok := strings.Cut(epoch, "/")
	if !ok {
		group, number = "", epoch
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, malformed(text)
	}
	epochs, err := h.epochsOf(group)
	if err != nil {
		return 0, err
	}
	for _, e := range epochs {
		if e.Epoch == n {
			return e.Step, nil
		}
	}
	if group != "" {
		return 0, fmt.Errorf("%s has no epoch %d of its own", group, n)
	}
	return 0, fmt.Errorf("no epoch %d: the last one is %d", n, lastEpoch(h.Result))
}

// epochsOf returns the epochs of a group or branch; without a name, of the trunk.
func (h *history) epochsOf(group string) ([]sim.EpochRecord, error) {
	if group == "" {
		return h.Epochs, nil
	}
	var names []string
	for _, b := range h.Branches {
		if b.Name == group {
			return b.Epochs, nil
		}
		names = append(names, b.Name)
	}
	return nil, hinted{fmt.Errorf("no group or branch is called %q", group), "there are: " + shorten(cmp.Or(strings.Join(names, ", "), "none"), 70)}
}

// leaf reads MEMBER@EPOCH.
func (h *history) leaf(text, rest string) (sim.Name, error) {
	who, epoch, ok := strings.Cut(rest, "@")
	if !ok {
		return sim.Name{}, malformed(text)
	}
	c := slices.Index(h.Clients, who)
	if c < 0 {
		return sim.Name{}, hinted{fmt.Errorf("nobody is called %q", who), "members: " + shorten(strings.Join(h.Clients, ", "), 70)}
	}
	step, err := h.step(text, epoch)
	if err != nil {
		return sim.Name{}, err
	}
	name, ok := h.leafKey(step, sim.ClientID(c))
	if !ok {
		return sim.Name{}, fmt.Errorf("%s is not a member in epoch %s", who, epoch)
	}
	return name, nil
}

// message returns the key of an application message, by its number in the run.
func (h *history) message(text, number string) (sim.Name, error) {
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return sim.Name{}, malformed(text)
	}
	if n < 1 || n > uint64(len(h.Messages)) {
		return sim.Name{}, fmt.Errorf("no message %d: there are %d, from 1", n, len(h.Messages))
	}
	return h.keys[h.Messages[n-1].Step], nil
}

// byName finds a secret by the spelling of sim.Name.
func (h *history) byName(text string) (sim.Name, error) {
	for _, n := range h.names {
		if n.String() == text {
			return n, nil
		}
	}
	return sim.Name{}, malformed(text)
}

// instead says which secrets of the kind the step of a missing one made.
func (h *history) instead(missing sim.Name) string {
	var there []string
	for _, n := range h.names {
		if n.Kind == missing.Kind && n.Origin == missing.Origin {
			there = append(there, n.String())
		}
	}
	if len(there) == 0 {
		return fmt.Sprintf("its Commit made none: %v is not part of every epoch", missing.Kind)
	}
	return "there are " + shorten(strings.Join(there, ", "), 70)
}

// call spells a secret for people: by epoch rather than by step where that
// leaves no doubt, and by member where it belongs to one.
func (h *history) call(n sim.Name) string {
	s := strings.Replace(n.String(), fmt.Sprintf("[%d]", n.Origin), "", 1)
	switch c, ok := h.owner(n); {
	case n.Kind == sim.SignatureKey && int(n.Origin) < len(h.Clients):
		return fmt.Sprintf("%s of %s", s, h.Clients[n.Origin])
	case n.Kind == sim.LeafKey && ok:
		s += " of " + h.Clients[c]
	}
	for _, e := range h.Epochs {
		if e.Step == n.Origin {
			return fmt.Sprintf("%s, epoch %d", s, e.Epoch)
		}
	}
	for _, b := range h.Branches {
		for _, e := range b.Epochs {
			if e.Step == n.Origin {
				return fmt.Sprintf("%s, epoch %d of %s", s, e.Epoch, b.Name)
			}
		}
	}
	return fmt.Sprintf("%s, step %d", s, n.Origin)
}
