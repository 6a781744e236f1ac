package sarif

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLog compares a log of two rules with the standard's form, which was held against
// the schema of OASIS once.
func TestLog(t *testing.T) {
	got, err := Log("mlssim trace lint", []Finding{
		{Rule: "unit.unmapped", What: `u0001: no "requirement"`, File: "spec/units.tsv", Line: 2, Key: "u0001"},
		{Rule: "section.dead", What: "no place", File: "spec/texts.yaml", Key: "9"},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "mlssim trace lint",
          "rules": [
            {
              "id": "section.dead",
              "shortDescription": {
                "text": "section: dead"
              }
            },
            {
              "id": "unit.unmapped",
              "shortDescription": {
                "text": "unit: unmapped"
              }
            }
          ]
        }
      },
      "results": [
        {
          "ruleId": "unit.unmapped",
          "ruleIndex": 1,
          "level": "error",
          "message": {
            "text": "u0001: no \"requirement\""
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "spec/units.tsv",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 2
                }
              }
            }
          ],
          "partialFingerprints": {
            "finding/v1": "unit.unmapped u0001"
          }
        },
        {
          "ruleId": "section.dead",
          "ruleIndex": 0,
          "level": "error",
          "message": {
            "text": "no place"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "spec/texts.yaml",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 1
                }
              }
            }
          ],
          "partialFingerprints": {
            "finding/v1": "section.dead 9"
          }
        }
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestNoFindings: the lists are there, and empty.
func TestNoFindings(t *testing.T) {
	got, err := Log("x", nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "x",
          "rules": []
        }
      },
      "results": []
    }
  ]
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
