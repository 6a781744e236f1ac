package pb

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestInterface: names, numbers and types are those of the official harness, to
// which this list was compared once.
func TestInterface(t *testing.T) {
	const official = "8de25a"
	list := listing()
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(list)))[:len(official)]; got != official {
		t.Errorf("%s, want %s, of\n%s", got, official, list)
	}
}

// listing writes the calls and the messages, a line for each call and field.
func listing() string {
	var b strings.Builder
	calls := File_mls_client_proto.Services().Get(0).Methods()
	for i := range calls.Len() {
		m := calls.Get(i)
		fmt.Fprintln(&b, m.FullName(), m.Input().Name(), m.Output().Name(), m.IsStreamingClient(), m.IsStreamingServer())
	}
	messages := File_mls_client_proto.Messages()
	for i := range messages.Len() {
		fields := messages.Get(i).Fields()
		for j := range fields.Len() {
			f := fields.Get(j)
			fmt.Fprintln(&b, messages.Get(i).Name(), f.Number(), f.Name(), f.Cardinality(), kind(f))
		}
	}
	return b.String()
}

func kind(f protoreflect.FieldDescriptor) string {
	if f.Message() != nil {
		return string(f.Message().Name())
	}
	return f.Kind().String()
}
