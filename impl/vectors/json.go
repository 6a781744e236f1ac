package vectors

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Hex is a byte string, in JSON as hexadecimal digits.
type Hex []byte

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*h = raw
	return err
}

// MarshalText writes hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode([]byte{}, h), nil }

// recognise returns the format of a file: that of its first case which has all
// the fields of one.
func recognise(cases []json.RawMessage) (format, bool) {
	for _, raw := range cases {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			continue
		}
		for _, f := range formats {
			if has(object, f.fields()) {
				return f, true
			}
		}
	}
	return format{}, false
}

func has(object map[string]json.RawMessage, fields []string) bool {
	for _, name := range fields {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	return true
}

// fields returns the names that a case of the format has at its top.
func (f format) fields() []string {
	t := reflect.TypeOf(f.blank()).Elem()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// decode fills v, which must take up all of raw: nothing may be missing, nothing
// be left over, and null stand only where the format has it.
func decode(raw json.RawMessage, v vector) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return err
	}
	back, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var theirs, ours any
	if err := unmarshalAny(raw, &theirs); err != nil {
		return err
	}
	if err := unmarshalAny(back, &ours); err != nil {
		return err
	}
	return sameShape("", theirs, ours)
}

func unmarshalAny(b []byte, v *any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}

// sameShape compares all of two JSON values but the strings and numbers.
func sameShape(at string, theirs, ours any) error {
	switch ours := ours.(type) {
	case map[string]any:
		theirs, ok := theirs.(map[string]any)
		if !ok {
			return fmt.Errorf("%q is no object", at)
		}
		for _, name := range slices.Sorted(maps.Keys(theirs)) {
			if _, ok := ours[name]; !ok {
				return fmt.Errorf("%q is not of this format", join(at, name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			t, ok := theirs[name]
			if !ok {
				return fmt.Errorf("%q is missing", join(at, name))
			}
			if err := sameShape(join(at, name), t, ours[name]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		theirs, ok := theirs.([]any)
		if !ok || len(theirs) != len(ours) {
			return fmt.Errorf("%q is no array of this format", at)
		}
		for i := range ours {
			if err := sameShape(join(at, fmt.Sprint(i)), theirs[i], ours[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if reflect.TypeOf(theirs) != reflect.TypeOf(ours) {
		return fmt.Errorf("%q is no value of this format", at)
	}
	return nil
}

// join returns the path to a part of a JSON value, as steps are named.
func join(at string, part string) string {
	if at == "" {
		return part
	}
	return at + "." + part
}
