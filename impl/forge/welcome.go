package forge

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// RFC 9420, Section 12.4.3.

// An Invitation is what is wrong with a GroupInfo or a Welcome; all that is nil is
// right.
type Invitation struct {
	Edit      func(*Nodes)                 // of the tree
	Context   func(*schedule.GroupContext) // with the hash of that tree
	Extension func([]byte) []byte          // the ratchet_tree, when all that depends on the tree is made
	Apart     bool                         // the ratchet_tree is not in the GroupInfo
	Info      func(*message.GroupInfo)     // before it is signed
	Signed    func(*message.GroupInfo)     // and after

	// Of a Welcome.
	Plain   func([]byte) []byte         // the encoded GroupInfo, before it is sealed
	Sealed  func([]byte)                // the encrypted GroupInfo
	Secrets func(*message.GroupSecrets) // that are sealed
	Welcome func(*message.Welcome)      // when it is finished
}

// GroupInfo returns a GroupInfo of the epoch, signed by the member f speaks for. It
// needs Identity alone. The confirmation tag is the epoch's own, which nobody
// outside can verify.
func (f *Forger) GroupInfo(v Invitation) (*message.GroupInfo, error) {
	p, err := f.altered(&v)
	if err != nil {
		return nil, err
	}
	return p.info(f, f.ConfirmationTag, &v)
}

// ExternalPub returns the extension that lets readers of a GroupInfo join by an
// external Commit (RFC 9420, Section 12.4.3.2). It needs external_secret.
func (f *Forger) ExternalPub() (tree.Extension, error) {
	if err := holds(f.Secrets != nil && f.Secrets.External != nil, "external_secret"); err != nil {
		return tree.Extension{}, err
	}
	return message.ExternalPubExtension(schedule.ExternalKeyPair(f.Suite, f.Secrets.External).Public()), nil
}

// Welcome returns a Welcome to the epoch for the client of a KeyPackage, which must
// have a leaf in the tree. secrets is what it is told. The key schedule goes on from
// there, so that any joiner_secret will do: nothing in a Welcome tells where it
// comes from. It needs Identity alone.
func (f *Forger) Welcome(to *message.KeyPackage, secrets message.GroupSecrets, v Invitation) (*message.Welcome, error) {
	p, err := f.altered(&v)
	if err != nil {
		return nil, err
	}
	psks, err := f.lookup(secrets.PSKs)
	if err != nil {
		return nil, err
	}
	psk, err := schedule.PSKSecret(nil, f.Suite, psks)
	if err != nil {
		return nil, err
	}
	member := schedule.NewJoinerSecret(f.Suite, slices.Clone(secrets.JoinerSecret)).Member(psk)
	keys, _ := member.Epoch(wire.Encode(&p.context)).Derive()
	info, err := p.info(f, message.ConfirmationTag(f.Suite, keys.Confirmation, p.context.ConfirmedTranscriptHash), &v)
	if err != nil {
		return nil, err
	}
	plain := wire.Encode(info)
	if v.Plain != nil {
		plain = v.Plain(plain)
	}
	w := &message.Welcome{CipherSuite: f.Suite.ID}
	if w.EncryptedGroupInfo, err = member.Welcome().Seal(plain); err != nil {
		return nil, err
	}
	if v.Sealed != nil {
		v.Sealed(w.EncryptedGroupInfo)
	}
	alter(v.Secrets, &secrets)
	entry, err := message.SealGroupSecrets(f.Rand, f.Suite, to, &secrets, w.EncryptedGroupInfo)
	if err != nil {
		return nil, err
	}
	w.Secrets = []message.EncryptedGroupSecrets{entry}
	alter(v.Welcome, w)
	return w, nil
}

// published is a group as a GroupInfo tells it.
type published struct {
	context   schedule.GroupContext
	extension []byte // ratchet_tree
}

// altered returns the group with what an invitation makes of tree and context.
func (f *Forger) altered(v *Invitation) (*published, error) {
	p := &published{context: f.Context, extension: f.Tree.Extension()}
	if v.Edit != nil {
		var err error
		if p.extension, err = Edit(p.extension, v.Edit); err != nil {
			return nil, err
		}
		t, err := tree.Parse(f.Suite, nil, p.extension, maxLeaves)
		if err != nil {
			return nil, err
		}
		p.context.TreeHash = t.Hash()
	}
	alter(v.Context, &p.context)
	if v.Extension != nil {
		p.extension = v.Extension(p.extension)
	}
	return p, nil
}

// info signs a GroupInfo.
func (p *published) info(f *Forger, tag []byte, v *Invitation) (*message.GroupInfo, error) {
	if err := f.holdsSigner(); err != nil {
		return nil, err
	}
	info := message.GroupInfo{GroupContext: p.context, ConfirmationTag: slices.Clone(tag), Signer: f.Leaf}
	if !v.Apart {
		info.Extensions = []tree.Extension{{Type: spec.ExtRatchetTree, Data: p.extension}}
	}
	alter(v.Info, &info)
	info, err := info.Sign(f.Suite, f.Identity.Signer)
	if err != nil {
		return nil, err
	}
	alter(v.Signed, &info)
	return &info, nil
}
