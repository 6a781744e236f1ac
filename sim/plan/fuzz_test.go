package plan

import (
	"testing"
	"unicode/utf8"
)

// FuzzLoad: whatever the bytes, there is a plan or a list of errors, each of
// which can be printed; and a plan survives being written.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(full))
	f.Add(Template("seed"))
	f.Add([]byte("name: x\nscript: |\n  create A\n  add A B C nopath\n  commit B remove C omit\n  snapshot A only node:1\n"))
	for _, c := range refused {
		f.Add([]byte(c.yaml))
	}
	for _, c := range refusedSteps {
		f.Add([]byte("name: x\nscript: |\n  create A\n  add A B\n  " + c.step + "\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Load("fuzz.yaml", data)
		if err != nil {
			list := err.(Errors)
			if p != nil || len(list) == 0 || list.Error() == "" {
				t.Fatalf("%v with %d errors", p, len(list))
			}
			return
		}
		if !utf8.Valid(data) {
			return // JSON and YAML are written with the replacement character
		}
		again, err := Load("again.yaml", Marshal(p))
		if err != nil {
			t.Fatalf("%v\n%s", err, Marshal(p))
		}
		for i := range again.Script {
			again.Script[i].Line, again.Script[i].Column = p.Script[i].Line, p.Script[i].Column
		}
		if Hash(p) != Hash(again) {
			t.Fatalf("%s\n%s", Resolved(p), Resolved(again))
		}
	})
}
