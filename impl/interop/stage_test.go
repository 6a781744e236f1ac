package interop

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"mlssim/impl/interop/pb"
)

// A stage is what requests of all kinds need to succeed.
type stage struct {
	*pair
	cat     uint32 // a KeyPackage that waits
	catKP   []byte
	catIn   []byte // a Welcome for it
	catTree []byte
	update  []byte // by ben
	newest  []byte // a Commit by ben of nothing
	cipher  []byte // by ben
	signer  uint32
	sender  []byte
	info    *pb.GroupInfoResponse // of the group, which has the signer
	ended   *ended
	branch  *pb.CreateSubgroupResponse
	benKP   uint32 // for the subgroup
}

// ended is a second group, of ann and ben, that a ReInit has ended.
type ended struct {
	proposal, commit []byte
	annWaits         *pb.HandleReInitCommitResponse
	benWaits         *pb.HandleReInitCommitResponse
	welcome          *pb.CreateSubgroupResponse
}

// newStage sets everything up, up to the call that is to be tried.
func newStage(t *testing.T, rpc string) *stage {
	p := newPair(t, false)
	st := &stage{pair: p}
	st.storePSK(p.ann)
	st.storePSK(p.ben)
	made := must[*pb.CreateExternalSignerResponse](t)(p.s.CreateExternalSigner(background, &pb.CreateExternalSignerRequest{CipherSuite: 1, Identity: []byte("sam")}))
	st.signer, st.sender = made.SignerId, made.ExternalSender
	added := must[*pb.ProposalResponse](t)(p.s.AddExternalSigner(background, &pb.AddExternalSignerRequest{StateId: p.ann, ExternalSender: st.sender})).Proposal
	c := p.commit(&pb.CommitRequest{StateId: p.ann, ByReference: [][]byte{added}})
	p.accept(p.ann)
	must[*pb.HandleCommitResponse](t)(p.s.HandleCommit(background, &pb.HandleCommitRequest{StateId: p.ben, Proposal: [][]byte{added}, Commit: c.Commit}))
	st.info = must[*pb.GroupInfoResponse](t)(p.s.GroupInfo(background, &pb.GroupInfoRequest{StateId: p.ann, ExternalTree: true}))
	st.cat, st.catKP = p.keyPackage("cat")
	st.cipher = must[*pb.ProtectResponse](t)(p.s.Protect(background, &pb.ProtectRequest{StateId: p.ben, Plaintext: []byte("text")})).Ciphertext
	switch rpc {
	case "JoinGroup":
		c := p.commit(&pb.CommitRequest{StateId: p.ann, ExternalTree: true, ByValue: []*pb.ProposalDescription{{ProposalType: []byte("add"), KeyPackage: st.catKP}}})
		st.catIn, st.catTree = c.Welcome, c.RatchetTree
	case "Commit":
		st.update = p.update(p.ben)
	case "HandleCommit":
		st.update = p.update(p.ben)
		st.newest = p.commit(&pb.CommitRequest{StateId: p.ben}).Commit
	case "HandlePendingCommit":
		p.commit(&pb.CommitRequest{StateId: p.ann})
	case "HandleBranch":
		id, kp := p.keyPackage("ben")
		st.benKP = id
		st.branch = must[*pb.CreateSubgroupResponse](t)(p.s.CreateBranch(background, &pb.CreateBranchRequest{StateId: p.ann, GroupId: []byte("sub"), KeyPackages: [][]byte{kp}, ExternalTree: true}))
	case "ReInitCommit", "HandlePendingReInitCommit", "HandleReInitCommit", "ReInitWelcome", "HandleReInitWelcome":
		st.end(rpc)
	}
	return st
}

func (st *stage) storePSK(id uint32) {
	must[*pb.StorePSKResponse](st.t)(st.s.StorePSK(background, &pb.StorePSKRequest{StateOrTransactionId: id, PskId: []byte("psk"), PskSecret: []byte("secret")}))
}

// end ends the group, as far as the call needs.
func (st *stage) end(rpc string) {
	t, s := st.t, st.s
	e := &ended{}
	st.ended = e
	e.proposal = must[*pb.ProposalResponse](t)(s.ReInitProposal(background, &pb.ReInitProposalRequest{StateId: st.ann, CipherSuite: 3, GroupId: []byte("next")})).Proposal
	if rpc == "ReInitCommit" {
		return
	}
	e.commit = must[*pb.CommitResponse](t)(s.ReInitCommit(background, &pb.CommitRequest{StateId: st.ann, ByReference: [][]byte{e.proposal}})).Commit
	if rpc == "HandlePendingReInitCommit" || rpc == "HandleReInitCommit" {
		return
	}
	e.annWaits = must[*pb.HandleReInitCommitResponse](t)(s.HandlePendingReInitCommit(background, &pb.HandlePendingCommitRequest{StateId: st.ann}))
	e.benWaits = must[*pb.HandleReInitCommitResponse](t)(s.HandleReInitCommit(background, &pb.HandleCommitRequest{StateId: st.ben, Proposal: [][]byte{e.proposal}, Commit: e.commit}))
	if rpc == "HandleReInitWelcome" {
		e.welcome = must[*pb.CreateSubgroupResponse](t)(s.ReInitWelcome(background, &pb.ReInitWelcomeRequest{ReinitId: e.annWaits.ReinitId, KeyPackage: [][]byte{e.benWaits.KeyPackage}, ExternalTree: true}))
	}
}

// requests are such as succeed, by the name of the call.
var requests = map[string]func(*stage) proto.Message{
	"CreateGroup": func(*stage) proto.Message {
		return &pb.CreateGroupRequest{GroupId: []byte("g"), CipherSuite: 7, Identity: []byte("ann")}
	},
	"CreateKeyPackage": func(*stage) proto.Message {
		return &pb.CreateKeyPackageRequest{CipherSuite: 2, Identity: []byte("ann")}
	},
	"JoinGroup": func(st *stage) proto.Message {
		return &pb.JoinGroupRequest{TransactionId: st.cat, Welcome: st.catIn, Identity: []byte("cat"), RatchetTree: st.catTree}
	},
	"ExternalJoin": func(st *stage) proto.Message {
		return &pb.ExternalJoinRequest{
			GroupInfo: st.info.GroupInfo, RatchetTree: st.info.RatchetTree, Identity: []byte("ben"), RemovePrior: true,
			Psks: []*pb.PreSharedKey{{PskId: []byte("psk"), PskSecret: []byte("secret")}},
		}
	},
	"GroupInfo": func(st *stage) proto.Message { return &pb.GroupInfoRequest{StateId: st.ann} },
	"StateAuth": func(st *stage) proto.Message { return &pb.StateAuthRequest{StateId: st.ann} },
	"Export": func(st *stage) proto.Message {
		return &pb.ExportRequest{StateId: st.ann, Label: "l", KeyLength: 255 * 32}
	},
	"Protect":   func(st *stage) proto.Message { return &pb.ProtectRequest{StateId: st.ann, Plaintext: []byte("p")} },
	"Unprotect": func(st *stage) proto.Message { return &pb.UnprotectRequest{StateId: st.ann, Ciphertext: st.cipher} },
	"StorePSK": func(st *stage) proto.Message {
		return &pb.StorePSKRequest{StateOrTransactionId: st.cat, PskId: []byte("i"), PskSecret: []byte("s")}
	},
	"AddProposal":    func(st *stage) proto.Message { return &pb.AddProposalRequest{StateId: st.ann, KeyPackage: st.catKP} },
	"UpdateProposal": func(st *stage) proto.Message { return &pb.UpdateProposalRequest{StateId: st.ann} },
	"RemoveProposal": func(st *stage) proto.Message {
		return &pb.RemoveProposalRequest{StateId: st.ann, RemovedId: []byte("ben")}
	},
	"ExternalPSKProposal": func(st *stage) proto.Message {
		return &pb.ExternalPSKProposalRequest{StateId: st.ann, PskId: []byte("psk")}
	},
	"ResumptionPSKProposal": func(st *stage) proto.Message {
		return &pb.ResumptionPSKProposalRequest{StateId: st.ann, EpochId: 2}
	},
	"GroupContextExtensionsProposal": func(st *stage) proto.Message {
		return &pb.GroupContextExtensionsProposalRequest{StateId: st.ann, Extensions: []*pb.Extension{{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}}}
	},
	"Commit": func(st *stage) proto.Message {
		return &pb.CommitRequest{StateId: st.ann, ByReference: [][]byte{st.update}, ByValue: []*pb.ProposalDescription{
			{ProposalType: []byte("add"), KeyPackage: st.catKP},
			{ProposalType: []byte("externalPSK"), PskId: []byte("psk")},
			{ProposalType: []byte("resumptionPSK"), EpochId: 2},
			{ProposalType: []byte("groupContextExtensions"), Extensions: []*pb.Extension{{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}}},
		}}
	},
	"HandleCommit": func(st *stage) proto.Message {
		return &pb.HandleCommitRequest{StateId: st.ann, Proposal: [][]byte{st.update}, Commit: st.newest}
	},
	"HandlePendingCommit": func(st *stage) proto.Message { return &pb.HandlePendingCommitRequest{StateId: st.ann} },
	"ReInitProposal": func(st *stage) proto.Message {
		return &pb.ReInitProposalRequest{StateId: st.ann, CipherSuite: 2, GroupId: []byte("next"), Extensions: []*pb.Extension{{ExtensionType: 5, ExtensionData: []byte{0}}}}
	},
	"ReInitCommit": func(st *stage) proto.Message {
		return &pb.CommitRequest{StateId: st.ann, ByReference: [][]byte{st.ended.proposal}}
	},
	"HandlePendingReInitCommit": func(st *stage) proto.Message { return &pb.HandlePendingCommitRequest{StateId: st.ann} },
	"HandleReInitCommit": func(st *stage) proto.Message {
		return &pb.HandleCommitRequest{StateId: st.ben, Proposal: [][]byte{st.ended.proposal}, Commit: st.ended.commit}
	},
	"ReInitWelcome": func(st *stage) proto.Message {
		return &pb.ReInitWelcomeRequest{ReinitId: st.ended.annWaits.ReinitId, KeyPackage: [][]byte{st.ended.benWaits.KeyPackage}}
	},
	"HandleReInitWelcome": func(st *stage) proto.Message {
		return &pb.HandleReInitWelcomeRequest{ReinitId: st.ended.benWaits.ReinitId, Welcome: st.ended.welcome.Welcome, RatchetTree: st.ended.welcome.RatchetTree}
	},
	"CreateBranch": func(st *stage) proto.Message {
		_, kp := st.keyPackage("ben")
		return &pb.CreateBranchRequest{StateId: st.ann, GroupId: []byte("sub"), KeyPackages: [][]byte{kp}, Extensions: []*pb.Extension{{ExtensionType: 5, ExtensionData: []byte{0}}}}
	},
	"HandleBranch": func(st *stage) proto.Message {
		return &pb.HandleBranchRequest{StateId: st.ben, TransactionId: st.benKP, Welcome: st.branch.Welcome, RatchetTree: st.branch.RatchetTree}
	},
	"NewMemberAddProposal": func(st *stage) proto.Message {
		whole := must[*pb.GroupInfoResponse](st.t)(st.s.GroupInfo(background, &pb.GroupInfoRequest{StateId: st.ann}))
		return &pb.NewMemberAddProposalRequest{GroupInfo: whole.GroupInfo, Identity: []byte("dan")}
	},
	"CreateExternalSigner": func(*stage) proto.Message {
		return &pb.CreateExternalSignerRequest{CipherSuite: 4, Identity: []byte("sid")}
	},
	"AddExternalSigner": func(st *stage) proto.Message {
		return &pb.AddExternalSignerRequest{StateId: st.ann, ExternalSender: st.sender}
	},
	"ExternalSignerProposal": func(st *stage) proto.Message {
		return &pb.ExternalSignerProposalRequest{
			SignerId: st.signer, GroupInfo: st.info.GroupInfo, RatchetTree: st.info.RatchetTree,
			Description: &pb.ProposalDescription{ProposalType: []byte("remove"), RemovedId: []byte("ben")},
		}
	},
	"Free": func(st *stage) proto.Message { return &pb.FreeRequest{StateId: st.ann} },
}
