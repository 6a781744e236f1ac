package impl

import (
	"bytes"
	"fmt"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 11.2, 11.3 and 12.4.3.1: a group that comes from another
// one, as its members see it who join it.

// A link is the PSK by which a Welcome ties its group to another one. Its zero
// value is that of a group which stands by itself.
type link struct {
	id     *schedule.PreSharedKeyID // of usage reinit or branch; nil without
	parent *Epoch                   // the epoch that id names; nil if it is not at hand
	lookup func(groupID []byte, epoch uint64) *Epoch
}

// linkOf finds the PSK of usage reinit or branch, of which there must not be two.
func linkOf(env *Env, ids []schedule.PreSharedKeyID, o *JoinOptions) (*link, error) {
	l := &link{lookup: o.Parent}
	n := 0
	for i := range ids {
		if ids[i].Type == spec.PSKResumption && ids[i].Usage != spec.UsageApplication {
			l.id = &ids[i]
			n++
		}
	}
	if err := spec.Checkf(env.Rec, req.WelcomePSKSingle, n <= 1, "%d PSKs", n); err != nil {
		return nil, err
	}
	if l.id != nil {
		l.parent = l.epoch(l.id)
		if err := spec.Checkf(env.Rec, req.WelcomePSKs, l.parent != nil,
			"group %.32x, epoch %d: %w", l.id.GroupID, l.id.Epoch, spec.ErrMissing); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *link) epoch(id *schedule.PreSharedKeyID) *Epoch {
	if l.lookup == nil {
		return nil
	}
	return l.lookup(id.GroupID, id.Epoch)
}

// source returns where a joiner finds PSKs: resumption PSKs in the epochs that
// it has, all others with the application.
func (l *link) source(env *Env) pskSource {
	return func(id *schedule.PreSharedKeyID) suite.Secret {
		if id.Type == spec.PSKResumption {
			if e := l.epoch(id); e != nil {
				return e.secrets.Resumption
			}
		}
		return env.held(id)
	}
}

// validate decides whether the new group is what its PSK says (Section
// 12.4.3.1, last step).
func (l *link) validate(env *Env, g *PublicGroup) error {
	if l.id == nil {
		return nil
	}
	if err := spec.Checkf(env.Rec, req.WelcomePSKEpoch, g.context.Epoch == 1, "epoch %d", g.context.Epoch); err != nil {
		return err
	}
	if l.id.Usage == spec.UsageReInit {
		return l.parent.validateSuccessor(env, g)
	}
	return l.parent.validateSubgroup(env, g)
}

// validateSuccessor decides whether a group is the one that a ReInit of this
// one has asked for (Section 11.2).
func (g *PublicGroup) validateSuccessor(env *Env, next *PublicGroup) error {
	if err := spec.Check(env.Rec, req.ReinitCommit, g.reinit != nil); err != nil {
		return err
	}
	c, want := &next.context, g.reinit
	if err := spec.Checkf(env.Rec, req.ReinitParameters,
		bytes.Equal(c.GroupID, want.GroupID) && c.Version == want.Version && c.CipherSuite == want.CipherSuite && sameExtensions(c.Extensions, want.Extensions),
		"group_id %.32x, version %d, cipher suite %v", c.GroupID, c.Version, c.CipherSuite); err != nil {
		return err
	}
	// Each new member is the successor of an old one; if they are as many, nobody is
	// missing.
	stranger := g.lacks(env, next.tree)
	if stranger == nil && next.tree.Members() != g.tree.Members() {
		stranger = fmt.Errorf("%d members, of %d", next.tree.Members(), g.tree.Members())
	}
	return spec.Checkf(env.Rec, req.ReinitMembers, stranger == nil, "%w", stranger)
}

// validateSubgroup decides whether a group branches off this one (Section 11.3).
func (g *PublicGroup) validateSubgroup(env *Env, sub *PublicGroup) error {
	c := &sub.context
	if err := spec.Checkf(env.Rec, req.BranchParameters, c.Version == g.context.Version && c.CipherSuite == g.context.CipherSuite,
		"version %d, cipher suite %v", c.Version, c.CipherSuite); err != nil {
		return err
	}
	stranger := g.lacks(env, sub.tree)
	return spec.Checkf(env.Rec, req.BranchMembers, stranger == nil, "%w", stranger)
}

// lacks names a member of t that g has not got, or returns nil. Two leaves match
// if the application takes the one's credential for a successor of the other's;
// without an authentication service, if the credentials are equal. Each leaf of
// g matches one of t at most. Where credentials are kept, each is looked up; the
// application is asked about pairs of the others.
func (g *PublicGroup) lacks(env *Env, t tree.Tree) error {
	same := map[string][]tree.LeafIndex{} // by credential
	for i, leaf := range g.tree.Leaves() {
		key := string(wire.Encode(&leaf.Credential))
		same[key] = append(same[key], i)
	}
	taken := map[tree.LeafIndex]bool{}
	var others []tree.LeafIndex
	for i, leaf := range t.Leaves() {
		key := string(wire.Encode(&leaf.Credential))
		if list := same[key]; len(list) > 0 && matches(env, &leaf.Credential, &leaf.Credential) {
			taken[list[0]], same[key] = true, list[1:]
		} else {
			others = append(others, i)
		}
	}
	for _, i := range others {
		at, ok := g.matching(env, t.Leaf(i), taken)
		if !ok {
			return fmt.Errorf("leaf %d of the other group is no member here", i)
		}
		taken[at] = true
	}
	return nil
}

// matching returns a member whose credential is another than that of leaf, and
// may be followed by it.
func (g *PublicGroup) matching(env *Env, leaf *tree.LeafNode, taken map[tree.LeafIndex]bool) (tree.LeafIndex, bool) {
	if env.Auth == nil {
		return 0, false
	}
	for i, member := range g.tree.Leaves() {
		if !taken[i] && matches(env, &member.Credential, &leaf.Credential) {
			return i, true
		}
	}
	return 0, false
}
