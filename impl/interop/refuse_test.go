package interop

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mlssim/impl/interop/pb"
	"mlssim/impl/wire"
)

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

// TestMutatedRequests: whatever a request holds, there is an answer or a status, and
// never one that the server has to be blamed for.
func TestMutatedRequests(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	refused := map[codes.Code]int{}
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		st := newStage(t, name)
		message := requests[name](st)
		good, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			request := message.ProtoReflect().New().Interface()
			if proto.Unmarshal(mutated(chance, good), request) != nil {
				continue // gRPC refuses it
			}
			_, err := st.call(name, request)
			switch code := status.Code(err); code {
			case codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition:
				refused[code]++
			default:
				t.Errorf("%s, %v: %v", name, request, err)
			}
		}
	}
	for _, code := range []codes.Code{codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition} {
		if refused[code] < 20 {
			t.Errorf("%v: %d times", code, refused[code])
		}
	}
}

// mutated returns bytes with some changed, left out or doubled.
func mutated(chance *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + chance.IntN(3) {
		i := chance.IntN(len(b))
		switch chance.IntN(4) {
		case 0:
			b[i] ^= 1 << chance.IntN(8)
		case 1:
			b[i] = byte(chance.Uint32())
		case 2:
			b = append(b[:i:i], b[min(len(b), i+1+chance.IntN(8)):]...)
		default:
			b = append(b[:i:i], b[max(0, i-chance.IntN(8)):]...)
		}
		if len(b) == 0 {
			return b
		}
	}
	return b
}
