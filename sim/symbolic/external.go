package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
)

// JoinExternal implements [sim.Backend].
func (b *Backend) JoinExternal(step sim.StepID, id sim.ClientID, info sim.Message, e sim.External) (sim.Output, error) {
	j := model.ExternalJoining{Client: b.client(id).Client, Info: info.(*model.GroupInfo)}
	if e.Remove != nil {
		leaf := model.LeafIndex(*e.Remove)
		j.Remove = &leaf
	}
	for _, p := range e.PSKs {
		j.PSKs = append(j.PSKs, model.ExternalPSKID(b.store.Bytes(p.ID)))
	}
	out, err := model.JoinExternal(b.env(id, step), j)
	if err != nil {
		return sim.Output{}, err
	}
	return b.output(step, out), nil
}
