package interop

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mlssim/impl/interop/pb"
	"mlssim/impl/wire"
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
	*pair
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
		st.update = p.pair().update(p.ben)
	case "HandleCommit":
		st.update = p.pair().update(p.ben)
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

func (p *pair) pair() *pair { return p }

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

// A bad is a field with a value for which the request is refused, and what it is
// then blamed on if that is not the field itself.
type bad struct {
	path  string
	value any
	code  codes.Code
	blame string
}

var (
	garbage = []byte("garbage")
	none    = []byte{}
	missing = uint32(1 << 30)
)

// extensionsBad are bad extensions in a field.
func extensionsBad(field string) []bad {
	return []bad{
		{field + "[0].extension_type", uint32(1 << 16), codes.InvalidArgument, ""},
		{field + "[0].extension_data", garbage, codes.InvalidArgument, ""},
	}
}

// describedBad are bad descriptions of a proposal.
func describedBad(field string) []bad {
	d := func(kind string, fill func(*pb.ProposalDescription)) *pb.ProposalDescription {
		d := &pb.ProposalDescription{ProposalType: []byte(kind)}
		fill(d)
		return d
	}
	reinit := func(fill func(*pb.ProposalDescription)) *pb.ProposalDescription {
		return d("reinit", func(d *pb.ProposalDescription) { d.GroupId, d.CipherSuite = []byte("g"), 1; fill(d) })
	}
	return []bad{
		{field, d("adds", func(*pb.ProposalDescription) {}), codes.InvalidArgument, field + ".proposal_type"},
		{field, d("add", func(d *pb.ProposalDescription) { d.KeyPackage = garbage }), codes.InvalidArgument, field + ".key_package"},
		{field, d("remove", func(d *pb.ProposalDescription) { d.RemovedId = []byte("zoe") }), codes.InvalidArgument, field + ".removed_id"},
		{field, d("externalPSK", func(d *pb.ProposalDescription) { d.PskId = none }), codes.InvalidArgument, field + ".psk_id"},
		{field, d("resumptionPSK", func(d *pb.ProposalDescription) { d.EpochId = 99 }), codes.FailedPrecondition, field + ".epoch_id"},
		{field, d("groupContextExtensions", func(d *pb.ProposalDescription) { d.Extensions = []*pb.Extension{{ExtensionType: 1 << 16}} }), codes.InvalidArgument, field + ".extensions[0].extension_type"},
		{field, d("groupContextExtensions", func(d *pb.ProposalDescription) {
			d.Extensions = []*pb.Extension{{ExtensionType: 3, ExtensionData: garbage}}
		}), codes.InvalidArgument, field + ".extensions[0].extension_data"},
		{field, reinit(func(d *pb.ProposalDescription) { d.GroupId = none }), codes.InvalidArgument, field + ".group_id"},
		{field, reinit(func(d *pb.ProposalDescription) { d.CipherSuite = 8 }), codes.InvalidArgument, field + ".cipher_suite"},
	}
}

// bads are bad values for all fields that can have one, by call.
var bads = map[string][]bad{
	"CreateGroup":      {{"group_id", none, codes.InvalidArgument, ""}, {"cipher_suite", uint32(8), codes.InvalidArgument, ""}, {"identity", none, codes.InvalidArgument, ""}},
	"CreateKeyPackage": {{"cipher_suite", uint32(1<<16 + 1), codes.InvalidArgument, ""}, {"identity", none, codes.InvalidArgument, ""}},
	"JoinGroup": {
		{"transaction_id", missing, codes.NotFound, ""}, {"welcome", garbage, codes.InvalidArgument, ""},
		{"identity", []byte("zoe"), codes.InvalidArgument, ""}, {"ratchet_tree", garbage, codes.InvalidArgument, ""},
		{"ratchet_tree", none, codes.FailedPrecondition, "welcome"},
	},
	"ExternalJoin": {
		{"group_info", garbage, codes.InvalidArgument, ""}, {"ratchet_tree", garbage, codes.InvalidArgument, ""},
		{"ratchet_tree", none, codes.FailedPrecondition, "group_info"},
		{"identity", none, codes.InvalidArgument, ""}, {"identity", []byte("zoe"), codes.InvalidArgument, "remove_prior"},
		{"psks[0].psk_id", none, codes.InvalidArgument, ""}, {"psks[0].psk_secret", none, codes.InvalidArgument, ""},
	},
	"GroupInfo": {{"state_id", missing, codes.NotFound, ""}, {"state_id", uint32(0), codes.NotFound, ""}},
	"StateAuth": {{"state_id", missing, codes.NotFound, ""}},
	"Export":    {{"state_id", missing, codes.NotFound, ""}, {"key_length", uint32(255*32 + 1), codes.InvalidArgument, ""}},
	"Protect":   {{"state_id", missing, codes.NotFound, ""}, {"plaintext", make([]byte, 1<<24+1), codes.InvalidArgument, ""}},
	"Unprotect": {{"state_id", missing, codes.NotFound, ""}, {"ciphertext", garbage, codes.InvalidArgument, ""}},
	"StorePSK": {
		{"state_or_transaction_id", missing, codes.NotFound, ""}, {"psk_id", none, codes.InvalidArgument, ""}, {"psk_secret", none, codes.InvalidArgument, ""},
	},
	"AddProposal":           {{"state_id", missing, codes.NotFound, ""}, {"key_package", garbage, codes.InvalidArgument, ""}},
	"UpdateProposal":        {{"state_id", missing, codes.NotFound, ""}},
	"RemoveProposal":        {{"state_id", missing, codes.NotFound, ""}, {"removed_id", []byte("zoe"), codes.InvalidArgument, ""}},
	"ExternalPSKProposal":   {{"state_id", missing, codes.NotFound, ""}, {"psk_id", none, codes.InvalidArgument, ""}, {"psk_id", []byte("other"), codes.FailedPrecondition, ""}},
	"ResumptionPSKProposal": {{"state_id", missing, codes.NotFound, ""}, {"epoch_id", uint64(3), codes.FailedPrecondition, ""}},
	"GroupContextExtensionsProposal": append(extensionsBad("extensions"),
		bad{"state_id", missing, codes.NotFound, ""},
		bad{"extensions[0]", &pb.Extension{ExtensionType: 0x0a0a}, codes.FailedPrecondition, "extensions"}),
	"Commit": append(describedBad("by_value[1]"),
		bad{"state_id", missing, codes.NotFound, ""}, bad{"by_reference[0]", garbage, codes.InvalidArgument, ""},
		bad{"by_value[1].psk_id", []byte("other"), codes.FailedPrecondition, ""},
		bad{"by_value[2].proposal_type", []byte("groupContextExtensions"), codes.InvalidArgument, "by_value[3]"},
		bad{"by_value[0]", &pb.ProposalDescription{ProposalType: []byte("remove"), RemovedId: []byte("ann")}, codes.FailedPrecondition, "by_reference, by_value"}),
	"HandleCommit": {
		{"state_id", missing, codes.NotFound, ""}, {"proposal[0]", garbage, codes.InvalidArgument, ""}, {"commit", garbage, codes.InvalidArgument, ""},
	},
	"HandlePendingCommit": {{"state_id", missing, codes.NotFound, ""}},
	"ReInitProposal": append(extensionsBad("extensions"),
		bad{"state_id", missing, codes.NotFound, ""}, bad{"cipher_suite", uint32(0), codes.InvalidArgument, ""}, bad{"group_id", none, codes.InvalidArgument, ""}),
	"ReInitCommit":              {{"state_id", missing, codes.NotFound, ""}, {"by_reference[0]", garbage, codes.InvalidArgument, ""}},
	"HandlePendingReInitCommit": {{"state_id", missing, codes.NotFound, ""}},
	"HandleReInitCommit": {
		{"state_id", missing, codes.NotFound, ""}, {"proposal[0]", garbage, codes.InvalidArgument, ""}, {"commit", garbage, codes.InvalidArgument, ""},
	},
	"ReInitWelcome": {{"reinit_id", missing, codes.NotFound, ""}, {"key_package[0]", garbage, codes.InvalidArgument, ""}},
	"HandleReInitWelcome": {
		{"reinit_id", missing, codes.NotFound, ""}, {"welcome", garbage, codes.InvalidArgument, ""}, {"ratchet_tree", garbage, codes.InvalidArgument, ""},
	},
	"CreateBranch": append(extensionsBad("extensions"),
		bad{"state_id", missing, codes.NotFound, ""}, bad{"group_id", none, codes.InvalidArgument, ""}, bad{"key_packages[0]", garbage, codes.InvalidArgument, ""}),
	"HandleBranch": {
		{"state_id", missing, codes.NotFound, ""}, {"transaction_id", missing, codes.NotFound, ""},
		{"welcome", garbage, codes.InvalidArgument, ""}, {"ratchet_tree", garbage, codes.InvalidArgument, ""},
	},
	"NewMemberAddProposal": {{"group_info", garbage, codes.InvalidArgument, ""}, {"identity", none, codes.InvalidArgument, ""}},
	"CreateExternalSigner": {{"cipher_suite", uint32(0), codes.InvalidArgument, ""}, {"identity", none, codes.InvalidArgument, ""}},
	"AddExternalSigner":    {{"state_id", missing, codes.NotFound, ""}, {"external_sender", garbage, codes.InvalidArgument, ""}},
	"ExternalSignerProposal": append(describedBad("description"),
		bad{"signer_id", missing, codes.NotFound, ""}, bad{"signer_index", uint32(1), codes.FailedPrecondition, ""},
		bad{"group_info", garbage, codes.InvalidArgument, ""}, bad{"ratchet_tree", garbage, codes.InvalidArgument, ""},
		bad{"description", (*pb.ProposalDescription)(nil), codes.InvalidArgument, ""}),
	"Free": {{"state_id", missing, codes.NotFound, ""}},
}

// harmless are fields of which every value is good, wherever they are.
var harmless = map[string]string{
	"encrypt_handshake": "one of two", "force_path": "one of two", "external_tree": "one of two",
	"label": "any text", "context": "any bytes", "authenticated_data": "any bytes",
}

// TestBadRequests: each request succeeds, and is refused with one bad field, which
// the status names.
func TestBadRequests(t *testing.T) {
	for _, m := range pb.MLSClient_ServiceDesc.Methods {
		name := m.MethodName
		build := requests[name]
		if build == nil {
			if name != "Name" && name != "SupportedCiphersuites" { // these have no fields
				t.Errorf("%s is not tried", name)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			st := newStage(t, name)
			good := build(st)
			for _, b := range bads[name] {
				request := proto.Clone(good)
				put(t, request.ProtoReflect(), b.path, b.value)
				blame := b.blame
				if blame == "" {
					blame = b.path
				}
				_, err := st.call(name, request)
				wantStatus(t, err, b.code, blame)
			}
			if _, err := st.call(name, good); err != nil {
				t.Errorf("the good request: %v", err)
			}
		})
	}
}

// call makes a call by its name.
func (st *stage) call(name string, request proto.Message) (any, error) {
	out := reflect.ValueOf(st.s).MethodByName(name).Call([]reflect.Value{reflect.ValueOf(background), reflect.ValueOf(request)})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

var element = regexp.MustCompile(`^(\w+)\[(\d+)\]$`)

// put sets the field of a message at a path.
func put(t *testing.T, m protoreflect.Message, path string, value any) {
	t.Helper()
	name, rest, more := strings.Cut(path, ".")
	index := -1
	if e := element.FindStringSubmatch(name); e != nil {
		name = e[1]
		index, _ = strconv.Atoi(e[2])
	}
	f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil {
		t.Fatalf("%s has no field %s", m.Descriptor().Name(), name)
	}
	if more {
		if index >= 0 {
			put(t, m.Mutable(f).List().Get(index).Message(), rest, value)
		} else {
			put(t, m.Mutable(f).Message(), rest, value)
		}
		return
	}
	if value, ok := value.(proto.Message); ok {
		if reflect.ValueOf(value).IsNil() {
			m.Clear(f)
			return
		}
		if index >= 0 {
			m.Mutable(f).List().Set(index, protoreflect.ValueOfMessage(value.ProtoReflect()))
		} else {
			m.Set(f, protoreflect.ValueOfMessage(value.ProtoReflect()))
		}
		return
	}
	if index >= 0 {
		m.Mutable(f).List().Set(index, protoreflect.ValueOf(value))
		return
	}
	m.Set(f, protoreflect.ValueOf(value))
}

// TestBadRequestsAreComplete: every field of every request is tried, unless it
// cannot be wrong, and the tables name no others.
func TestBadRequestsAreComplete(t *testing.T) {
	fields := pb.File_mls_client_proto.Services().ByName("MLSClient").Methods()
	for i := range fields.Len() {
		m := fields.Get(i)
		tried := map[string]bool{}
		for _, b := range bads[string(m.Name())] {
			for _, path := range []string{b.path, b.blame} {
				tried[regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "")] = true
			}
		}
		for _, path := range paths(m.Input(), "") {
			last := path[strings.LastIndex(path, ".")+1:]
			if harmless[last] == "" && !tried[path] && !(m.Name() == "ReInitCommit" && strings.HasPrefix(path, "by_value.")) { // as in Commit
				t.Errorf("%s: %s is not tried", m.Name(), path)
			}
		}
	}
}

// paths returns the fields of a message and of those in it that hold values.
func paths(m protoreflect.MessageDescriptor, prefix string) []string {
	var all []string
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if f.Message() != nil {
			all = append(all, paths(f.Message(), prefix+string(f.Name())+".")...)
		} else {
			all = append(all, prefix+string(f.Name()))
		}
	}
	return all
}

// TestKindsOfMessages: what is an MLSMessage, but of another kind, is refused for it.
func TestKindsOfMessages(t *testing.T) {
	st := newStage(t, "HandleCommit")
	for _, c := range []struct {
		rpc, path string
		value     []byte
	}{
		{"HandleCommit", "commit", st.update},
		{"HandleCommit", "commit", st.cipher},
		{"HandleCommit", "proposal[0]", st.newest},
		{"HandleCommit", "proposal[0]", st.catKP},
		{"Unprotect", "ciphertext", st.newest},
		{"AddProposal", "key_package", st.info.GroupInfo},
		{"ExternalSignerProposal", "group_info", st.catKP},
	} {
		request := requests[c.rpc](st)
		put(t, request.ProtoReflect(), c.path, c.value)
		_, err := st.call(c.rpc, request)
		wantStatus(t, err, codes.InvalidArgument, c.path)
	}
}

// TestIDsOfOtherKinds: an id is good for what it stands for, and nothing else.
func TestIDsOfOtherKinds(t *testing.T) {
	st := newStage(t, "")
	for rpc, build := range requests {
		if !strings.Contains("GroupInfo ExternalSignerProposal HandlePendingCommit", rpc) {
			continue
		}
		request := build(st)
		field := bads[rpc][0].path
		for _, b := range bads[rpc] {
			if b.code == codes.NotFound {
				field = b.path
			}
		}
		put(t, request.ProtoReflect(), field, st.cat)
		_, err := st.call(rpc, request)
		wantStatus(t, err, codes.NotFound, field)
	}
	_, err := st.s.HandleBranch(background, &pb.HandleBranchRequest{StateId: st.ben, TransactionId: st.ben})
	wantStatus(t, err, codes.NotFound, "transaction_id")
	_, err = st.s.StorePSK(background, &pb.StorePSKRequest{StateOrTransactionId: st.signer, PskId: none, PskSecret: none})
	wantStatus(t, err, codes.InvalidArgument, "psk_id")
	_, err = st.s.StorePSK(background, &pb.StorePSKRequest{StateOrTransactionId: st.signer, PskId: garbage, PskSecret: garbage})
	wantStatus(t, err, codes.NotFound, "state_or_transaction_id")
}

// TestRefusalsNameTheRequirement: what the protocol forbids is refused with the id of
// the rule.
func TestRefusalsNameTheRequirement(t *testing.T) {
	st := newStage(t, "HandleCommit")
	m := st.decode(st.newest)
	m.PublicMessage.Content.Commit.Path.LeafNode.ParentHash = []byte("other")
	_, err := st.s.HandleCommit(background, &pb.HandleCommitRequest{StateId: st.ann, Commit: wire.Encode(m)})
	wantStatus(t, err, codes.FailedPrecondition, "commit")
	if !contains(fmt.Sprint(err), "public.membership_tag") {
		t.Errorf("%v", err)
	}
}
