package message

import (
	"bytes"
	"testing"

	"mlssim/impl/meter"
	"mlssim/impl/vectortest"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// messageEntry is as much of an entry of messages.json as the seeds need.
type messageEntry struct {
	Welcome           vectortest.Hex `json:"mls_welcome"`
	GroupInfo         vectortest.Hex `json:"mls_group_info"`
	KeyPackage        vectortest.Hex `json:"mls_key_package"`
	GroupSecrets      vectortest.Hex `json:"group_secrets"`
	PublicApplication vectortest.Hex `json:"public_message_application"`
	PublicProposal    vectortest.Hex `json:"public_message_proposal"`
	PublicCommit      vectortest.Hex `json:"public_message_commit"`
	Private           vectortest.Hex `json:"private_message"`
}

// seeds adds to f what pick returns for some entries of messages.json, and
// without that file what generated returns.
func seeds(f *testing.F, pick func(*messageEntry) []vectortest.Hex, generated func(*epoch) []wire.Struct) {
	g := newEpoch(f)
	for _, s := range generated(g) {
		f.Add(wire.Encode(s))
	}
	for i, e := range vectortest.LoadIfAny[messageEntry](f, "messages.json") {
		if i == 20 {
			break
		}
		for _, b := range pick(&e) {
			f.Add([]byte(b))
		}
	}
}

// arms returns what MLSMessages carry, without their header.
func arms(messages ...vectortest.Hex) []vectortest.Hex {
	for i := range messages {
		messages[i] = messages[i][4:]
	}
	return messages
}

// check holds for every input of a decoder: what it accepts is encoded to the
// same bytes, what it refuses is refused by a requirement, and it allocates no
// more than is promised.
func check(t *testing.T, b []byte, v wire.Struct) {
	t.Helper()
	var err error
	most := uint64(min(growth*len(b)+8<<10, wire.Factor*len(b)+wire.Slack))
	if n := meter.Allocated(most, func() { err = wire.Decode(b, v) }); n > most {
		t.Errorf("allocated %d bytes for %d", n, len(b))
	}
	if err != nil {
		if spec.Violated(err) == "" {
			t.Errorf("refused without a requirement: %v", err)
		}
		return
	}
	if again := wire.Encode(v); !bytes.Equal(again, b) {
		t.Errorf("encoded to\n%x, was\n%x", again, b)
	}
}

// growth is by how much the worst of short messages may grow when it is decoded.
const growth = 48

func FuzzMLSMessage(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex {
		return []vectortest.Hex{e.Welcome, e.GroupInfo, e.KeyPackage, e.PublicApplication, e.PublicProposal, e.PublicCommit, e.Private}
	}, func(g *epoch) []wire.Struct {
		return []wire.Struct{g.mustSeal(f, spec.WirePublicMessage, g.framed(commit), tag), g.mustSeal(f, spec.WirePrivateMessage, g.framed(data), nil)}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(MLSMessage)) })
}

func FuzzPublicMessage(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex {
		return arms(e.PublicApplication, e.PublicProposal, e.PublicCommit)
	}, func(g *epoch) []wire.Struct {
		return []wire.Struct{g.mustSeal(f, spec.WirePublicMessage, g.framed(external(g.signer.Public())), tag).PublicMessage}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(PublicMessage)) })
}

func FuzzPrivateMessage(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex { return arms(e.Private) }, func(g *epoch) []wire.Struct {
		return []wire.Struct{g.mustSeal(f, spec.WirePrivateMessage, g.framed(data), nil).PrivateMessage}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(PrivateMessage)) })
}

func FuzzWelcome(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex { return arms(e.Welcome) }, func(g *epoch) []wire.Struct {
		kp, _ := newKeyPackage(f, g)
		w, _ := newWelcome(f, g, kp, newGroupInfo(f, g))
		return []wire.Struct{w}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(Welcome)) })
}

func FuzzGroupInfo(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex { return arms(e.GroupInfo) }, func(g *epoch) []wire.Struct {
		return []wire.Struct{newGroupInfo(f, g)}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(GroupInfo)) })
}

func FuzzKeyPackage(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex { return arms(e.KeyPackage) }, func(g *epoch) []wire.Struct {
		kp, _ := newKeyPackage(f, g)
		return []wire.Struct{kp}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(KeyPackage)) })
}

func FuzzGroupSecrets(f *testing.F) {
	seeds(f, func(e *messageEntry) []vectortest.Hex { return []vectortest.Hex{e.GroupSecrets} }, func(g *epoch) []wire.Struct {
		return []wire.Struct{&GroupSecrets{JoinerSecret: g.membership, PathSecret: &PathSecret{g.senderData}}}
	})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, new(GroupSecrets)) })
}

// FuzzUnprotect hands decoded messages to a member: none may be accepted that
// the member did not send, and every refusal names a requirement.
func FuzzUnprotect(f *testing.F) {
	g := newEpoch(f)
	sent := map[string]bool{}
	for _, m := range []*MLSMessage{
		g.mustSeal(f, spec.WirePublicMessage, g.framed(commit), tag),
		g.mustSeal(f, spec.WirePublicMessage, g.framed(remove), nil),
		g.mustSeal(f, spec.WirePrivateMessage, g.framed(data), nil),
	} {
		b := wire.Encode(m)
		sent[string(b)] = true
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m MLSMessage
		if wire.Decode(b, &m) != nil || m.PublicMessage == nil && m.PrivateMessage == nil {
			return
		}
		v, err := g.open(&m)
		if err != nil && spec.Violated(err) == "" {
			t.Errorf("refused without a requirement: %v", err)
		}
		if err == nil && v.Content().Content.Sender.Type == spec.SenderMember && !sent[string(b)] {
			t.Errorf("accepted %x", b)
		}
	})
}
