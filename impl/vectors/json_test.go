package vectors

import (
	"encoding/json"
	"strings"
	"testing"

	"mlssim/impl/suite"
)

// TestCasesHaveTheShapeOfTheirFormat: in a case that is right otherwise, one thing
// is of another form.
func TestCasesHaveTheShapeOfTheirFormat(t *testing.T) {
	for _, test := range []struct {
		kind, old, new string // the first old is replaced
		want           string // "" if it is still right
	}{
		{"tree-math", `"root": 0`, `"root": 0`, ""},
		{"tree-math", `"root":`, `"Root":`, `"Root" is not of this format`},
		{"tree-math", `"root":`, `"remark": 1, "root":`, `"remark" is not of this format`},
		{"tree-math", `"n_nodes": `, `"n_nodes": -`, "cannot unmarshal number"},
		{"tree-math", `"n_nodes": `, `"n_nodes": null, "n_leaves": `, `"n_nodes" is no value of this format`},
		{"crypto-basics", `"value": "`, `"value": "0`, "odd length"},
		{"crypto-basics", `"value": "`, `"value": "zz`, "invalid byte"},
		{"crypto-basics", `"context":`, `"Context":`, `"expand_with_label.Context" is not of this format`},
		{"psk_secret", `"psks": []`, `"psks": [{"psk_id": "", "psk": ""}]`, `"psks.0.psk_nonce" is missing`},
		{"psk_secret", `"psks": []`, `"psks": [null]`, `"psks.0" is no object`},
		{"treekem", `"path_secrets": []`, `"path_secrets": {}`, "cannot unmarshal object"},
		{"passive-client-welcome", `"ratchet_tree": null`, `"ratchet_tree": 1`, "cannot unmarshal number"},
	} {
		text := string(generate(t, test.kind, 3, suite.All()[0]))
		changed := strings.Replace(text, test.old, test.new, 1)
		if test.want != "" && changed == text {
			t.Fatalf("%s: there is no %s", test.kind, test.old)
		}
		r, err := Verify([]byte(changed))
		if err != nil {
			t.Errorf("%s, %s: %v", test.kind, test.new, err)
			continue
		}
		if test.want == "" {
			if len(r.Failures) > 0 {
				t.Errorf("%s: %v", test.kind, r.Failures)
			}
			continue
		}
		if len(r.Failures) != 1 || r.Failures[0].Step != "format" || !strings.Contains(r.Failures[0].Detail, test.want) {
			t.Errorf("%s, %s: %v, want %q", test.kind, test.new, r.Failures, test.want)
		}
	}
}

// TestUnknownFiles: what has no known format is refused as a whole.
func TestUnknownFiles(t *testing.T) {
	for _, text := range []string{"", "x", "null", "[]", "{}", "[{}]", "[1,[],null]", `[{"length":1}]`, `{"length":1,"vlbytes_header":"01"}`} {
		if r, err := Verify([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, r)
		}
	}
	if _, err := Verify(make([]byte, MaxSize+1)); err == nil || strings.Contains(err.Error(), "format") {
		t.Errorf("a large file: %v", err)
	}
	b, err := json.Marshal([]any{1, map[string]any{"vlbytes_header": "01", "length": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(b); err != nil || r.Kind != "deserialization" || r.Total != 2 || r.Passed != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}
