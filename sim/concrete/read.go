package concrete

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/sim"
)

// sealedData is what the run knows of a PrivateMessage and the attacker
// does not: where its key comes from and, of application data, what is in it.
type sealedData struct {
	epoch sim.StepID // of the Commit that began its epoch
	plain []byte
}

// Reads tells whether the attacker can open an application message now. It has
// to find the very bytes that were sent.
func (a *attacker) Reads(m sim.Message) bool {
	p := m.(*packet)
	var msg message.MLSMessage
	if p.data == nil || wire.Decode(p.raw, &msg) != nil || msg.PrivateMessage == nil {
		return false
	}
	pm := msg.PrivateMessage
	data := a.senderData(pm)
	helped := data == nil
	if helped {
		data = a.trueSenderData(p, pm)
	}
	for _, k := range a.pairs[pm.Epoch] {
		content, err := pm.OpenUnverified(a.b.suite, k, data)
		if err == nil && bytes.Equal(content.Content.ApplicationData, p.data.plain) {
			if helped {
				a.given[p] = true
			} else {
				delete(a.given, p) // it has come to know sender_data_secret since
			}
			return true
		}
	}
	return false
}

// Given returns with how many of the messages that it has read the attacker was
// given the sender data, for want of sender_data_secret.
func (a *attacker) Given() int { return len(a.given) }

// senderData tries every value of the message's epoch as the secret that opens
// its sender data; it returns nil if none does.
func (a *attacker) senderData(pm *message.PrivateMessage) *message.SenderData {
	for _, v := range a.values {
		if v.epoch != pm.Epoch {
			continue
		}
		if data, err := pm.OpenSenderData(nil, a.b.suite, v.bytes); err == nil {
			return data
		}
	}
	return nil
}

// trueSenderData gives the attacker what it could not open, to spare it the
// search for the reuse guard.
func (a *attacker) trueSenderData(p *packet, pm *message.PrivateMessage) *message.SenderData {
	secret := a.b.ledger.secrets[sim.Name{Kind: sim.SenderDataSecret, Origin: p.data.epoch}]
	data, err := pm.OpenSenderData(nil, a.b.suite, secret)
	if err != nil {
		return &message.SenderData{}
	}
	return data
}
