package remote

import (
	"fmt"
	"strconv"

	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/model"
	"mlssim/spec"
)

// What proposals are about.

// A content is a proposal on both sides.
type content struct {
	model       model.Proposal
	description *pb.ProposalDescription
	invites     *invited
}

// content returns what one option of a step asks for; errSkip if it is about
// nothing that there is.
func (w *world) content(o Option) (*content, error) {
	d := &pb.ProposalDescription{}
	c := &content{description: d}
	switch o.Key {
	case "add":
		i, err := w.invite(o.Value)
		if err != nil {
			return nil, err
		}
		c.model, c.invites = model.Add(i.keys.Package), i
		d.ProposalType, d.KeyPackage = []byte("add"), i.encoded
	case "remove":
		m := w.members[o.Value]
		if m == nil {
			return nil, errSkip
		}
		c.model = model.Remove(m.model.Leaf)
		d.ProposalType, d.RemovedId = []byte("remove"), []byte(o.Value)
	case "psk":
		if _, there := w.psks[o.Value]; !there {
			return nil, errSkip
		}
		c.model = model.PSK(model.ExternalPSKID(w.name(o.Value)))
		d.ProposalType, d.PskId = []byte("externalPSK"), []byte(o.Value)
	case "epoch":
		n, err := strconv.ParseUint(o.Value, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("epoch=%s: %w", o.Value, err)
		}
		c.model = model.PSK(model.ResumptionPSKID(spec.UsageApplication, w.name(w.group), n))
		d.ProposalType, d.EpochId = []byte("resumptionPSK"), n
	case "extensions":
		m, b, err := w.extensions(o.Value)
		if err != nil {
			return nil, err
		}
		c.model = model.GroupContextExtensions(m...)
		d.ProposalType, d.Extensions = []byte("groupContextExtensions"), b
	default:
		return nil, nil
	}
	return c, nil
}

// strange is an extension that no client supports.
const strange spec.ExtensionType = 0xf0f7

// extensions returns a list of GroupContext extensions by the word for it.
func (w *world) extensions(word string) ([]model.Extension, []*pb.Extension, error) {
	one := func(m model.Extension, data []byte) ([]model.Extension, []*pb.Extension, error) {
		return []model.Extension{m}, []*pb.Extension{{ExtensionType: uint32(m.Type), ExtensionData: data}}, nil
	}
	switch word {
	case "none":
		return nil, nil, nil
	case "required":
		return one(model.RequiredCapabilities{}.Extension(w.store), wire.Encode(&tree.RequiredCapabilities{}))
	case "unknown":
		return one(model.Extension{Type: strange, Data: w.name("strange")}, []byte("strange"))
	case "senders":
		if len(w.senders) == 0 {
			return nil, nil, errSkip
		}
		var ms model.ExternalSenders
		var bs []message.ExternalSender
		for _, s := range w.senders {
			var b message.ExternalSender
			if err := wire.Decode(s.encoded, &b); err != nil {
				return nil, nil, w.differs(s.party, "ExternalSender", "%s at %s gives an ExternalSender that cannot be read: %v", s.name, s.party.Letter, err).bytes(nil, s.encoded)
			}
			bs = append(bs, b)
			ms = append(ms, model.ExternalSender{SignatureKey: w.store.Public(s.client.SignatureKey), Credential: s.client.Credential})
		}
		e := message.ExternalSendersExtension(bs)
		return one(ms.Extension(w.store), e.Data)
	}
	return nil, nil, fmt.Errorf("there are no extensions %q", word)
}

// contents returns what the options of a step ask for, without what is about
// nothing.
func (w *world) contents(s *Step) ([]*content, error) {
	var all []*content
	for _, o := range s.Options {
		c, err := w.content(o)
		if err == errSkip || c == nil && err == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
