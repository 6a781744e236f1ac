package adversary

import "mlssim/sim"

// forgeries says by which rule of the Table a message is made.
var forgeries = map[sim.ForgeryKind]string{
	sim.ForgedUpdate: "A1", sim.ForgedAdd: "A1", sim.ForgedRemove: "A1", sim.ForgedCommit: "A2",
	sim.ForgedKeyPackage: "A3", sim.ForgedExternal: "A5", sim.ForgedGroupInfo: "A6", sim.ForgedWelcome: "A7",
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
	w := Way{Rule: forgeries[f.Kind]}
	if !f.Oracle { // else the device signs
		w.From = append(w.From, signature)
	}
	switch {
	case f.Outside:
		w.Rule = "A8"
		return w
	case f.Private:
		w.From = append(w.From, sim.Name{Kind: sim.SenderDataSecret, Origin: f.Epoch}, f.HandshakeKey())
	case w.Rule == "A1" || w.Rule == "A2":
		w.From = append(w.From, sim.Name{Kind: sim.MembershipKey, Origin: f.Epoch})
	}
	if w.Rule == "A2" {
		w.From = append(w.From, sim.Name{Kind: sim.InitSecret, Origin: f.Epoch})
		for _, p := range f.PSKs {
			w.From = append(w.From, p.Secret)
		}
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
