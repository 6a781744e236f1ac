package schedule

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/suite"
)

// reachable calls visit with every byte string that can be reached from v,
// also in the unused capacity of slices. What is below a cipher suite is no
// state and left out.
func reachable(v reflect.Value, visit func([]byte)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*suite.Suite]() {
			reachable(v.Elem(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			reachable(v.Field(i), visit)
		}
	case reflect.Array:
		for i := range v.Len() {
			reachable(v.Index(i), visit)
		}
	case reflect.Slice:
		whole := v.Slice(0, v.Cap())
		if v.Type().Elem().Kind() == reflect.Uint8 {
			visit(whole.Bytes())
			return
		}
		for i := range whole.Len() {
			reachable(whole.Index(i), visit)
		}
	}
}

// Deletion is that nothing points to a value any more (Section 9.2): not even
// where Held would not look.
func TestConsumedSecretsCannotBeReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := uint32(1) << rapid.IntRange(0, 3).Draw(t, "levels")
		w := Window{MaxSkipped: rapid.IntRange(-1, 4).Draw(t, "kept")}
		keys := NewSecretTree(s1, encryptionSecret(), leaves)
		gone := map[string]string{}
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			s := drawStep(t, leaves)
			_, after, consumed, err := keys.Key(nil, s.leaf, s.ratchet, s.generation, w)
			if err != nil {
				continue
			}
			for _, h := range consumed {
				gone[string(h.Secret)] = h.name()
			}
			keys = after
			reachable(reflect.ValueOf(keys), func(b []byte) {
				if name, ok := gone[string(b)]; ok {
					t.Fatalf("%s can be reached", name)
				}
			})
		}
	})
}

// The walk would see a secret in each place that a tree can hold one.
func TestReachableSeesEverySecretHeld(t *testing.T) {
	keys := NewSecretTree(s1, encryptionSecret(), 4)
	_, keys = receive(t, keys, 1, Application, 3)
	_, keys = receive(t, keys, 2, Handshake, 2)
	seen := map[string]bool{}
	reachable(reflect.ValueOf(keys), func(b []byte) { seen[fmt.Sprintf("%x", b)] = true })
	for _, h := range keys.Held() {
		if !seen[fmt.Sprintf("%x", []byte(h.Secret))] {
			t.Errorf("%s was not seen", h.name())
		}
	}
}
