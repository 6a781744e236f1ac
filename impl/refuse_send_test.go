package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What a member refuses to send, and a client to begin.

// ending lets A commit, with options that may depend on the group.
func ending(options func(*room) CommitOptions) func(*room) error {
	return func(r *room) error {
		o := options(r)
		o.Format = spec.WirePublicMessage
		_, _, _, err := r.at("A").member.Commit(r.env, o)
		return err
	}
}

func packages(kps ...message.KeyPackage) []*message.KeyPackage {
	list := make([]*message.KeyPackage, len(kps))
	for i := range kps {
		list[i] = &kps[i]
	}
	return list
}

func expired(l *tree.LeafNode) { l.Lifetime.NotBefore, l.Lifetime.NotAfter = now-10, now-1 }

// lowOrder is a public key of X25519 with which no secret can be agreed on.
func lowOrder() suite.HPKEPublicKey { return make(suite.HPKEPublicKey, 32) }

var sendRefusals = []refusal{
	{"too much data", req.ApplicationSize, with(func(e *Env) { e.MaxData = 3 }, func(r *room) error {
		_, _, err := r.at("A").member.Send(r.env, []byte("four"))
		return err
	}), ""},
	{"send twice from one state", req.RatchetKeyOnce, with(func(e *Env) { e.KeyUses = &KeyUses{} }, func(r *room) error {
		_, _, err := r.at("A").member.Send(r.env, []byte("once"))
		r.ok(err)
		_, _, err = r.at("A").member.Send(r.env, []byte("twice"))
		return err
	}), ""},
	{"a group of a suite that the client does not list", req.CreateCapabilities, func(r *room) error {
		other := *r.suite()
		other.ID = 0x0a0a
		id := *r.at("A").id
		id.Suite = &other
		_, _, err := Create(r.env, &id, []byte("group"))
		return err
	}, ""},
	{"propose to add one who is late", req.LeafLifetimeNow, func(r *room) error {
		kp := r.packaged(r.stranger(), expired, nil)
		_, _, err := r.at("A").member.ProposeAdd(r.env, &kp, spec.WirePublicMessage)
		return err
	}, ""},
	{"propose to remove a blank leaf", req.RemoveLeaf, func(r *room) error {
		_, _, err := r.at("A").member.ProposeRemove(r.env, 7, spec.WirePublicMessage)
		return err
	}, ""},
	{"propose what cannot be applied", req.ListTypeProcessed, func(r *room) error {
		_, _, err := r.at("A").member.propose(r.env, customProposal, nil, spec.WirePublicMessage)
		return err
	}, ""},
	{"commit an Add of one who is late", req.LeafLifetimeNow, ending(func(r *room) CommitOptions {
		return CommitOptions{Add: packages(r.packaged(r.stranger(), expired, nil))}
	}), ""},
	{"commit a Remove of oneself", req.ListNoRemoveOfCommitter, ending(func(*room) CommitOptions {
		return CommitOptions{Remove: []tree.LeafIndex{0}}
	}), ""},
	{"commit a Remove of a blank leaf", req.RemoveLeaf, ending(func(*room) CommitOptions {
		return CommitOptions{Remove: []tree.LeafIndex{6}}
	}), ""},
	{"commit two Removes of a leaf", req.ListOneChangePerLeaf, ending(func(*room) CommitOptions {
		return CommitOptions{Remove: []tree.LeafIndex{2, 2}}
	}), ""},
	{"commit an Add of a member", req.ListAddUnique, ending(func(r *room) CommitOptions {
		return CommitOptions{Add: packages(r.packaged(r.at("B").id, nil, nil))}
	}), req.LeafSignatureKeyUnique},
	{"commit an Add with a repeated extension", req.ExtensionUnique, ending(func(r *room) CommitOptions {
		return CommitOptions{Add: packages(r.packaged(r.stranger(), twoExtensions, nil))}
	}), ""},
	{"commit an Add with the encryption key of a member", req.LeafEncryptionKeyUnique, ending(func(r *room) CommitOptions {
		return CommitOptions{Add: packages(r.packaged(r.stranger(), func(l *tree.LeafNode) { l.EncryptionKey = r.leafOf("B").EncryptionKey }, nil))}
	}), ""},
	{"commit nothing without a path", req.CommitPathRequired, ending(func(*room) CommitOptions {
		return CommitOptions{NoPath: true}
	}), ""},
	{"commit a Remove without a path", req.CommitPathRequired, ending(func(*room) CommitOptions {
		return CommitOptions{NoPath: true, Remove: []tree.LeafIndex{2}}
	}), ""},
	{"welcome to an init_key of low order", req.SuitePublicKey, ending(func(r *room) CommitOptions {
		return CommitOptions{Add: packages(r.packaged(r.stranger(), nil, func(k *message.KeyPackage) { k.InitKey = lowOrder() }))}
	}), alone},
	{"seal a path to an encryption key of low order", req.SuitePublicKey, func(r *room) error {
		kp := r.packaged(r.stranger(), func(l *tree.LeafNode) { l.EncryptionKey = lowOrder() }, nil)
		_, next := r.forge("B", forgery{noPath: true, list: values(add(kp))})
		r.at("A").member = next
		_, _, _, err := next.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
		return err
	}, alone},
}
