package concrete

import (
	"fmt"
	"maps"
	"slices"

	"mlssim/impl/suite"
	"mlssim/sim"
)

// A ledger is the truth about one run: the bytes of every secret that was
// made, under its name. Clients and the attacker never read from it; it gives
// names to the bytes that they hold, and thereby shows whether what the
// attacker arrived at is the real thing.
type ledger struct {
	suite   *suite.Suite
	secrets map[sim.Name]suite.Secret
	names   map[string]sim.Name       // by their bytes
	nonces  map[sim.Name]suite.Secret // that go with message keys
	public  map[string]sim.Name       // of HPKE keys, by public key
	fresh   []sim.Name                // registered since the last call of newNames
	passing map[string]bool           // bytes on the way to a secret, which have no name
}

func newLedger(s *suite.Suite) *ledger {
	return &ledger{
		suite:   s,
		secrets: map[sim.Name]suite.Secret{},
		names:   map[string]sim.Name{},
		nonces:  map[sim.Name]suite.Secret{},
		public:  map[string]sim.Name{},
		passing: map[string]bool{},
	}
}

// register enters a secret. Registering it again is fine; two names for the
// same bytes, or two values for one name, are an error: model and
// implementation agree on what is the same secret.
func (l *ledger) register(n sim.Name, s suite.Secret) error {
	if old, ok := l.secrets[n]; ok {
		if !old.Equal(s) {
			return fmt.Errorf("%v has two values", n)
		}
		return nil
	}
	if other, ok := l.names[string(s)]; ok {
		return fmt.Errorf("%v and %v are the same bytes", other, n)
	}
	l.secrets[n], l.names[string(s)] = slices.Clone(s), n
	l.fresh = append(l.fresh, n)
	switch n.Kind {
	case sim.InitKey, sim.LeafKey, sim.NodeKey:
		key, err := l.suite.ParseHPKEPrivateKey(s)
		if err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
		l.public[string(key.Public())] = n
	}
	return nil
}

// name returns the name of some bytes, if they are a secret of the run.
func (l *ledger) name(s []byte) (sim.Name, bool) {
	n, ok := l.names[string(s)]
	return n, ok
}

// newNames returns what was registered since the last call.
func (l *ledger) newNames() []sim.Name {
	fresh := l.fresh
	l.fresh = nil
	return fresh
}

// all returns every name in order.
func (l *ledger) all() []sim.Name {
	return slices.SortedFunc(maps.Keys(l.secrets), sim.Name.Compare)
}
