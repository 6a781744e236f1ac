package impl

import (
	"fmt"
	"reflect"
	"unsafe"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
)

// A walk goes through all that can be reached from a value: by pointers,
// interfaces, maps and slices, unexported fields too, and slices up to their
// capacity. Into closures it cannot look; the state has none but those of the
// cipher suite.
type walk struct {
	bytes   func(path string, b []byte)
	secrets func(path string, s suite.Secret)
	seen    map[place]bool
}

type place struct {
	at  unsafe.Pointer
	typ reflect.Type
	len int
}

var (
	secretType = reflect.TypeFor[suite.Secret]()
	keyNonce   = reflect.TypeFor[schedule.KeyNonce]()
)

func (w *walk) from(v any) {
	w.seen = map[place]bool{}
	w.visit(reflect.TypeOf(v).String(), reflect.ValueOf(v))
}

// first tells whether v, which has a pointer, is met for the first time.
func (w *walk) first(v reflect.Value, n int) bool {
	p := place{v.UnsafePointer(), v.Type(), n}
	met := w.seen[p]
	w.seen[p] = true
	return !met
}

func (w *walk) visit(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && w.first(v, 0) {
			w.visit(path, v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			w.visit(path, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if v.Type() == keyNonce && f.Name == "Nonce" { // as secret as its key, which is listed
				w.bytes(path+".Nonce", contents(v.Field(i)))
				continue
			}
			w.visit(path+"."+f.Name, v.Field(i))
		}
	case reflect.Slice:
		w.slice(path, v)
	case reflect.Array:
		w.array(path, v)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			w.visit(path+"[key]", it.Key())
			w.visit(path+"[value]", it.Value())
		}
	case reflect.String:
		w.bytes(path, []byte(v.String()))
	}
}

func (w *walk) slice(path string, v reflect.Value) {
	if v.IsNil() || v.Cap() == 0 || !w.first(v, v.Cap()) {
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := contents(v)
		w.bytes(path, b)
		if v.Type() == secretType && w.secrets != nil {
			w.secrets(path, b[:v.Len()])
		}
		return
	}
	all := v.Slice(0, v.Cap())
	for i := range all.Len() {
		w.visit(fmt.Sprintf("%s[%d]", path, i), all.Index(i))
	}
}

func (w *walk) array(path string, v reflect.Value) {
	if v.Type().Elem().Kind() != reflect.Uint8 {
		for i := range v.Len() {
			w.visit(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
		return
	}
	b := make([]byte, v.Len())
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	w.bytes(path, b)
}

// contents returns the bytes of a slice up to its capacity.
func contents(v reflect.Value) []byte {
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Cap())
}

// reaches returns by which path a type can be reached from another, or "".
// What an interface holds the types do not tell.
func reaches(from, to reflect.Type) string {
	seen := map[reflect.Type]bool{}
	var search func(path string, t reflect.Type) string
	search = func(path string, t reflect.Type) string {
		if t == to {
			return path
		}
		if seen[t] {
			return ""
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			return search(path, t.Elem())
		case reflect.Map:
			if p := search(path+"[key]", t.Key()); p != "" {
				return p
			}
			return search(path+"[value]", t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if p := search(path+"."+t.Field(i).Name, t.Field(i).Type); p != "" {
					return p
				}
			}
		}
		return ""
	}
	return search(from.String(), from)
}
