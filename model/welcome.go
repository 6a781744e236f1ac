package model

import "mlssim/spec"

// RFC 9420, Section 12.4.3: what a new member is sent, and how it is made.

// A GroupInfo tells a new member about the group. Of its extensions the model
// has ratchet_tree alone (Section 12.4.3.3).
type GroupInfo struct {
	Context         GroupContext
	RatchetTree     Tree // nil if it comes by another way
	ConfirmationTag Term
	Signer          LeafIndex
	Signature       Term
}

func (g GroupInfo) term(s *Store) Term { return s.Tuple("GroupInfo", g.tbs(s), g.Signature) }

func (g GroupInfo) tbs(s *Store) Term {
	nodes := list(s, g.RatchetTree, func(n Node) Term {
		switch {
		case n.Leaf != nil:
			return n.Leaf.term(s)
		case n.Parent != nil:
			return n.Parent.term(s)
		}
		return 0
	})
	return s.Tuple("GroupInfoTBS", g.Context.term(s), nodes, g.ConfirmationTag, s.Number(uint64(g.Signer)))
}

// sign returns the GroupInfo with a signature.
func (g GroupInfo) sign(s *Store, private Term) GroupInfo {
	g.Signature = s.Sign(private, spec.LabelGroupInfoTBS, g.tbs(s))
	return g
}

// GroupSecrets is what one new member is sent secretly (Section 12.4.3.1).
type GroupSecrets struct {
	Joiner     Term
	PathSecret Term   // of the lowest common ancestor; empty without a path
	PSKs       []Term // PreSharedKeyIDs
}

func (g GroupSecrets) term(s *Store) Term {
	return s.Tuple("GroupSecrets", g.Joiner, g.PathSecret, list(s, g.PSKs, func(t Term) Term { return t }))
}

// EncryptedGroupSecrets are sealed to the init_key of a KeyPackage.
type EncryptedGroupSecrets struct {
	NewMember Term // KeyPackageRef
	Secrets   Term
}

// A Welcome is what the new members of an epoch are sent (Section 12.4.3.1).
type Welcome struct {
	CipherSuite        spec.CipherSuite
	Secrets            []EncryptedGroupSecrets
	EncryptedGroupInfo Term
}

// groupInfoKeys derives key and nonce of the encrypted GroupInfo.
func groupInfoKeys(s *Store, welcome Term) (key, nonce Term) {
	return s.Expand(welcome, spec.LabelKey, 0), s.Expand(welcome, spec.LabelNonce, 0)
}

// groupInfo returns the signed GroupInfo of the new epoch.
func (d *draft) groupInfo() GroupInfo {
	return GroupInfo{
		Context:         d.context,
		RatchetTree:     d.tree,
		ConfirmationTag: d.content.ConfirmationTag,
		Signer:          d.m.Leaf,
	}.sign(d.env.Store, d.m.Client.SignatureKey)
}

// welcome returns one Welcome for all whom the Commit adds, or nil.
func (d *draft) welcome() *Welcome {
	if len(d.applied.added) == 0 {
		return nil
	}
	return d.welcomeWith(d.groupInfo())
}

func (d *draft) welcomeWith(info GroupInfo) *Welcome {
	s := d.env.Store
	key, nonce := groupInfoKeys(s, d.schedule.welcome)
	w := &Welcome{
		CipherSuite:        d.context.CipherSuite,
		EncryptedGroupInfo: s.Encrypt(key, nonce, 0, encode(s, info)),
	}
	adds := 0
	for _, p := range d.m.resolve(d.commit, d.m.Leaf).list {
		if p.Type == spec.ProposalAdd {
			w.Secrets = append(w.Secrets, d.secretsFor(*p.KeyPackage, d.applied.added[adds], w.EncryptedGroupInfo))
			adds++
		}
	}
	return w
}

// secretsFor seals what the new member at leaf i needs. Its lowest common
// ancestor with the committer is on the filtered direct path, since the new
// leaf counts in the resolution that filtering looks at (Section 4.1.2).
func (d *draft) secretsFor(kp KeyPackage, i LeafIndex, info Term) EncryptedGroupSecrets {
	s := d.env.Store
	secrets := GroupSecrets{Joiner: d.schedule.joiner}
	if d.commit.Path != nil {
		ancestor := commonAncestor(d.m.Leaf, i)
		for j, x := range d.path.filtered {
			if x == ancestor {
				secrets.PathSecret = d.path.at(j)
			}
		}
	}
	return EncryptedGroupSecrets{kp.Ref(s), s.Seal(kp.InitKey, spec.LabelWelcome, info, encode(s, secrets))}
}
