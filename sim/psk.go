package sim

import (
	"slices"
	"strconv"
	"strings"
)

// A sharedPSK is one that the application has shared out.
type sharedPSK struct {
	made     StepID
	id       string
	exported bool // by the members of one epoch, who alone have it
}

// name names the secret.
func (p sharedPSK) name() Name {
	if p.exported {
		return Name{Kind: ExportedSecret, Origin: p.made}
	}
	return Name{Kind: ExternalPSK, Origin: p.made}
}

// shared returns the PSK of an id, or nil.
func (w *world) shared(id string) *sharedPSK {
	i := slices.IndexFunc(w.psks, func(p sharedPSK) bool { return p.id == id })
	if i < 0 {
		return nil
	}
	return &w.psks[i]
}

// share makes a PSK and gives it to all present members.
func (w *world) share(id string) error {
	p := sharedPSK{made: w.newStep(stepPSK), id: id}
	w.psks = append(w.psks, p)
	to := w.anywhere()
	if err := w.backend.Share(p.made, id, to...); err != nil {
		return err
	}
	w.add(Record{At: w.now, What: DidShare, Whom: []string{id}, Step: p.made, Epoch: w.service.epoch})
	for _, c := range w.clients {
		if slices.Contains(to, c.id) {
			w.expose(c, nil)
		}
	}
	return nil
}

// giveAll gives a new member the PSKs that all members have.
func (w *world) giveAll(c *client) error {
	for _, p := range w.psks {
		if p.exported {
			continue
		}
		if err := w.backend.Share(p.made, p.id, c.id); err != nil {
			return err
		}
	}
	return nil
}

// runSecret shares out a PSK that the adversary has not got.
func (s *script) runSecret(step ScriptStep) error {
	if s.shared(step.Name) != nil {
		return illegalf("there is a PSK %s already", step.Name)
	}
	return s.share(step.Name)
}

// runKnown gives the adversary a PSK, which is made if there is none of the name.
func (s *script) runKnown(step ScriptStep) error {
	if s.shared(step.Name) == nil {
		if err := s.share(step.Name); err != nil {
			return err
		}
	}
	s.adversary.Take([]Name{s.shared(step.Name).name()})
	s.learn()
	return nil
}

// mixed translates the PSKs of a step. Whoever is to process the Commit has to
// hold them (RFC 9420, Section 12.4.2): members that are frozen, when they thaw.
func (s *script) mixed(step ScriptStep) ([]PSK, error) {
	var psks []PSK
	for _, text := range step.PSKs {
		psk, name, err := s.pskOf(text)
		if err != nil {
			return nil, err
		}
		if slices.Contains(psks, psk) {
			return nil, illegalf("%s is named twice (RFC 9420, Section 12.2)", text)
		}
		for _, m := range s.epochs[s.service.epoch].members {
			if o := s.clients[m.Client]; !o.frozen && !s.holds(o, name) {
				return nil, illegalf("%s does not hold %s, and could not follow (RFC 9420, Section 12.4.2)", o.name, text)
			}
		}
		psks = append(psks, psk)
	}
	return psks, nil
}

// pskOf reads the name of a PSK: an id, or res:E for the resumption PSK of an epoch.
func (s *script) pskOf(text string) (PSK, Name, error) {
	number, ok := strings.CutPrefix(text, "res:")
	if !ok {
		if p := s.shared(text); p != nil {
			return PSK{ID: text}, p.name(), nil
		}
		return PSK{}, Name{}, illegalf("there is no PSK %s: secret or known introduces one", text)
	}
	e, err := strconv.ParseUint(number, 10, 64)
	if err != nil || e >= uint64(len(s.epochs)) {
		return PSK{}, Name{}, illegalf("there is no epoch %s yet", number)
	}
	return PSK{Epoch: e}, s.epochs[e].secret(ResumptionPSK), nil
}

// holds tells whether a client holds a secret.
func (s *script) holds(c *client, n Name) bool {
	return slices.ContainsFunc(s.holding(c, false), func(h Held) bool { return h.Name == n })
}

// runExport lets the members of an epoch export a secret (RFC 9420, Section 8.5), which
// they hold as a PSK from then on.
func (s *script) runExport(c *client, step ScriptStep) error {
	if s.shared(step.Name) != nil {
		return illegalf("there is a PSK %s already", step.Name)
	}
	p := sharedPSK{made: s.newStep(stepPSK), id: step.Name, exported: true}
	s.psks = append(s.psks, p)
	s.note(DidExport, c, p.made, step.Name)
	for _, o := range s.clients {
		if o != c && s.canAct(o) != nil {
			continue
		}
		if _, err := s.step(o, Export{Step: p.made, ID: step.Name}); err != nil {
			return own(err)
		}
		s.expose(o, nil)
	}
	return nil
}
