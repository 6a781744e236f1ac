package evidence

import (
	"testing"
	"testing/fstest"
)

// TestHashOfATest: a verdict is out of date when a file changes that its test needs,
// however it comes to it, and not when another test does.
func TestHashOfATest(t *testing.T) {
	files := map[string]string{
		"p/probe.go":       "package p",
		"p/a_test.go":      "package p\nfunc TestA(t *testing.T) { helper() }",
		"p/help_test.go":   "package p\nfunc helper() { var v value; v.method() }",
		"p/value_test.go":  "package p\ntype value int",
		"p/method_test.go": "package p\nfunc (value) method() {}",
		"p/init_test.go":   "package p\nfunc init() {}",
		"p/b_test.go":      "package p\nfunc TestB(t *testing.T) {}",
		"q/a_test.go":      "package q\nfunc TestA(t *testing.T) {}",
	}
	hash := func(changed, to string) string {
		module := fstest.MapFS{}
		for name, text := range files {
			if name == changed {
				text = to
			}
			module[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return HashFiles(module)([]string{"p/probe.go", "p#TestA/part"})
	}
	before := hash("", "")
	for name, matters := range map[string]bool{
		"p/probe.go": true, "p/a_test.go": true, "p/help_test.go": true, "p/value_test.go": true, "p/method_test.go": true, "p/init_test.go": true,
		"p/b_test.go": false, "q/a_test.go": false,
	} {
		if after := hash(name, files[name]+"\n// more"); (after != before) != matters {
			t.Errorf("%s changes: another hash %v, want %v", name, after != before, matters)
		}
	}
	if hash("p/b_test.go", "no Go") == before {
		t.Error("of tests that cannot be parsed not all are hashed")
	}
}

// TestWhatSurvivedIsTriedAgain: a new test may notice what no test has noticed so far.
func TestWhatSurvivedIsTriedAgain(t *testing.T) {
	k := &Knocker{Files: func([]string) string { return "same" }}
	for forced, want := range map[string]bool{Killed: true, Survived: false, Unreached: false} {
		if v := (&Verdict{Req: "a.b", Side: "impl", Forced: forced, Reverse: Killed, Sites: "same"}); k.Fresh(v) != want {
			t.Errorf("%s: kept %v, want %v", forced, !want, want)
		}
	}
	if k.Fresh(&Verdict{Req: "a.b", Side: "impl", Forced: Killed, Reverse: none, Sites: "other"}) {
		t.Error("kept, and the files have changed")
	}
}
