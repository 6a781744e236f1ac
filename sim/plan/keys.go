package plan

import (
	"fmt"
	"reflect"
	"strings"
)

// fieldsOf lists the fields of a struct of file.go, in order.
func fieldsOf(t reflect.Type) []reflect.StructField {
	return reflect.VisibleFields(t)
}

// keyOf returns the key of a field.
func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// required tells whether a key has to be there: it has no default.
func required(f reflect.StructField) bool {
	return !strings.Contains(f.Tag.Get("json"), ",")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// suggestKey says what an unknown key was probably meant to be: the same key
// elsewhere, or a similar one of the same mapping.
func suggestKey(key, path string, fields []reflect.StructField) string {
	var names []string
	for _, f := range fields {
		names = append(names, keyOf(f))
	}
	if full := find(key, "", reflect.TypeFor[File]()); full != "" {
		return fmt.Sprintf("did you mean %s?", full)
	}
	if near := suggest(key, names); near != "" {
		return near
	}
	where := "a plan"
	if path != "" {
		where = path
	}
	return fmt.Sprintf("the keys of %s are %s", where, strings.Join(names, ", "))
}

// find returns the path of a key wherever it stands.
func find(key, path string, t reflect.Type) string {
	for _, f := range fieldsOf(t) {
		full := join(path, keyOf(f))
		if keyOf(f) == key {
			return full
		}
		inner := f.Type
		if inner.Kind() == reflect.Slice {
			inner, full = inner.Elem(), full+"[]"
		}
		if inner.Kind() == reflect.Struct {
			if found := find(key, full, inner); found != "" {
				return found
			}
		}
	}
	return ""
}

// suggest returns a hint naming the word next to what was written, or "" if
// none is near.
func suggest(written string, words []string) string {
	best, distance := "", 1+len(written)/3
	for _, w := range words {
		if d := edits(strings.ToLower(written), strings.ToLower(w)); d <= distance && (best == "" || d < distance) {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// edits counts the insertions, deletions and replacements between two words
// (Levenshtein), looking at no more than their first 64 bytes.
func edits(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// either joins words as in "a, b or c".
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
