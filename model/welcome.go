package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1: what a new member is sent, and how it is made.

// GroupSecrets is what one new member is sent secretly (Section 12.4.3.1).
type GroupSecrets struct {
	Joiner     Term
	PathSecret Term // of the lowest common ancestor; empty without a path
	PSKs       []PreSharedKeyID
}

func (g GroupSecrets) term(s *Store) Term {
	return s.Tuple("GroupSecrets", g.Joiner, g.PathSecret, list(s, g.PSKs, func(p PreSharedKeyID) Term { return p.term(s) }))
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
	of := func(label string) Term { return s.derived(req.WelcomeKeys, s.Expand(welcome, label, 0)) }
	return of(spec.LabelKey), of(spec.LabelNonce)
}

// welcomes returns Welcomes for all whom the Commit adds, in batches. All carry the
// same GroupInfo. What came into being for it is returned too.
func (d *draft) welcomes(o WelcomeOptions) ([]*Welcome, []Secret) {
	if len(d.applied.added) == 0 {
		return nil, nil
	}
	next := d.next()
	info, made := next.groupInfo(d.env.Store, o.GroupInfo)
	return d.welcomesWith(info, o.Batch), made
}

func (d *draft) welcomesWith(info GroupInfo, batch int) []*Welcome {
	s := d.env.Store
	key, nonce := groupInfoKeys(s, d.schedule.welcome)
	sealed := s.Encrypt(key, nonce, 0, encode(s, info))
	var all []EncryptedGroupSecrets
	for _, p := range d.covers.list {
		if p.Type == spec.ProposalAdd {
			all = append(all, d.secretsFor(*p.KeyPackage, d.applied.added[len(all)], sealed))
		}
	}
	if batch <= 0 {
		batch = len(all)
	}
	var welcomes []*Welcome
	if !spec.Step(nil, req.WelcomeCover) {
		all = all[:len(all)-1]
	}
	for some := range slices.Chunk(all, batch) {
		welcomes = append(welcomes, &Welcome{CipherSuite: d.context.CipherSuite, Secrets: slices.Clone(some), EncryptedGroupInfo: sealed})
	}
	return welcomes
}

// secretsFor seals what the new member at leaf i needs. Its lowest common
// ancestor with the committer is on the filtered direct path, since the new
// leaf counts in the resolution that filtering looks at (Section 4.1.2).
func (d *draft) secretsFor(kp KeyPackage, i LeafIndex, info Term) EncryptedGroupSecrets {
	s := d.env.Store
	secrets := GroupSecrets{Joiner: d.schedule.joiner, PSKs: d.applied.psks}
	if !spec.Step(nil, req.PSKOrder) {
		secrets.PSKs = slices.Clone(secrets.PSKs)
		slices.Reverse(secrets.PSKs)
	}
	if d.commit.Path != nil && spec.Step(nil, req.WelcomePathSecretMade) {
		ancestor := commonAncestor(d.m.Leaf, i)
		for j, x := range d.path.filtered {
			if x == ancestor {
				secrets.PathSecret = d.path.at(j)
			}
		}
	}
	return EncryptedGroupSecrets{kp.Ref(s), s.Seal(s.derived(req.WelcomeEntry, kp.InitKey), spec.LabelWelcome, info, encode(s, secrets))}
}
