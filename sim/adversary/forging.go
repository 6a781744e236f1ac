package adversary

import "mlssim/sim"

// forgery says by which rule of the Table a message is made, and what that takes.
type forgery struct {
	id    string
	needs []sim.Kind // beside the signature key: secrets of the epoch
}

var forgeries = map[sim.ForgeryKind]forgery{
	sim.ForgedUpdate: {"A1", []sim.Kind{sim.MembershipKey}},
	sim.ForgedAdd:    {"A1", []sim.Kind{sim.MembershipKey}},
	sim.ForgedRemove: {"A1", []sim.Kind{sim.MembershipKey}},
	sim.ForgedCommit: {"A2", []sim.Kind{sim.MembershipKey, sim.InitSecret}},

	sim.ForgedKeyPackage: {"A3", nil},
	sim.ForgedExternal:   {"A5", nil},
	sim.ForgedGroupInfo:  {"A6", nil},
	sim.ForgedWelcome:    {"A7", nil},
}

// A Way is how a message can be made: by a rule, from these secrets.
type Way struct {
	Rule string
	From []sim.Name
}

// WayTo returns how a message can be forged whose sender signs with a key.
func WayTo(f sim.Forgery, signature sim.Name) Way {
	if f.Kind == sim.ForgedIdentity {
		return Way{Rule: "A9"} // in the power of the Authentication Service
	}
	if f.Outside {
		return Way{"A8", []sim.Name{signature}}
	}
	row := forgeries[f.Kind]
	w := Way{row.id, []sim.Name{signature}}
	for _, k := range row.needs {
		w.From = append(w.From, sim.Name{Kind: k, Origin: f.Epoch})
	}
	return w
}

// Missing returns the secrets of a way that are not known.
func (k *Knowledge) Missing(w Way) []sim.Name {
	var missing []sim.Name
	for _, n := range w.From {
		if !k.Knows(n) {
			missing = append(missing, n)
		}
	}
	return missing
}
