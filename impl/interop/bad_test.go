package interop

import (
	"google.golang.org/grpc/codes"

	"mlssim/impl/interop/pb"
)

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
