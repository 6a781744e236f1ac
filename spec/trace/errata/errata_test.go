package errata

import (
	"slices"
	"testing"

	"mlssim/spec/trace/text"
)

const list = `[
 {"errata_id": "200", "doc-id": "RFC9420", "errata_status_code": "Verified", "errata_type_code": "Technical",
  "section": "2", "orig_text": "A depot MUST\n   count all of its parcels", "correct_text": "x", "submit_date": "2024-01-02"},
 {"errata_id": 100, "doc-id": "RFC9420", "errata_status_code": "Reported", "errata_type_code": "Editorial",
  "section": "Section 9", "orig_text": "weighs them, too."},
 {"errata_id": "150", "doc-id": "RFC942", "section": "2", "orig_text": "A depot MUST count all of its parcels"},
 {"errata_id": "300", "doc-id": "RFC9420", "section": "3", "orig_text": "A depot MUST count all of its parcels"},
 {"errata_id": "301", "doc-id": "RFC9420", "section": "2", "orig_text": "words that are not there at all"},
 {"errata_id": "302", "doc-id": "RFC9420", "section": "2", "orig_text": ""}
]`

const parcels = `---
title: Parcels
---

--- middle

# One

It counts.

# Two

A depot MUST count all of its parcels each evening.

It MAY rest then.

## Scales

Who weighs them, too, SHOULD say so.

# Three

It MUST end.
`

// TestErrata: those of one RFC by number, each with the units of the paragraphs that it
// quotes, in its own section if the text has it.
func TestErrata(t *testing.T) {
	all, err := Read([]byte(list), 9420)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := text.Read([]byte(parcels))
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{100: {"section-2.1-1"}, 200: {"section-2-1"}, 300: nil, 301: nil, 302: nil}
	if len(all) != len(want) || all[0].ID != 100 || all[1].ID != 200 {
		t.Fatalf("%+v", all)
	}
	for _, e := range all {
		var got []string
		for _, u := range e.Units(doc) {
			got = append(got, u.ID)
		}
		if !slices.Equal(got, want[e.ID]) {
			t.Errorf("%d is about %v, want %v", e.ID, got, want[e.ID])
		}
	}
	if e := all[1]; e.Section != "2" || e.Type != "Technical" || e.Status != "Verified" || e.Date != "2024-01-02" {
		t.Errorf("%+v", e)
	}
}

func TestNoErrata(t *testing.T) {
	for _, bad := range []string{"", "{}", "[1]", `[{"errata_id": "x", "doc-id": "RFC9420"}]`} {
		if all, err := Read([]byte(bad), 9420); err == nil {
			t.Errorf("%s: %v", bad, all)
		}
	}
}
