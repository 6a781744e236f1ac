package trace

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

func document(t testing.TB, b []byte) *text.Document {
	t.Helper()
	doc, err := text.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func parcel(t testing.TB, format string) *text.Document {
	t.Helper()
	b, err := os.ReadFile("testdata/parcel." + format)
	if err != nil {
		t.Fatal(err)
	}
	return document(t, b)
}

// table returns units as they are written down, without the columns that the rendered
// text does not show if doc is one.
func table(t testing.TB, units []Unit, rendered bool) string {
	t.Helper()
	shown := append([]Unit{}, units...)
	for i := range shown {
		if rendered {
			shown[i].ID = ""
			if strings.HasPrefix(shown[i].Parent, "section-") {
				shown[i].Parent = ""
			}
		}
	}
	var b bytes.Buffer
	if err := WriteUnits(&b, shown); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestUnitsAreCommitted: spec/units.tsv is what a scan of the RFC gives, byte for byte.
func TestUnitsAreCommitted(t *testing.T) {
	doc := document(t, rfctest.Read(t, "rfc9420.md"))
	want := table(t, Scan(doc), false)
	got, err := os.ReadFile("../units.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("spec/units.tsv is not what mlssim trace scan gives:\n%s", diff)
	}
}

// TestXMLHasTheSameUnits: hashes, sketches and paragraphs agree between formats.
func TestXMLHasTheSameUnits(t *testing.T) {
	md := document(t, rfctest.Read(t, "rfc9420.md"))
	xml := document(t, rfctest.Read(t, "rfc9420.xml"))
	if diff := cmp.Diff(table(t, Scan(md), false), table(t, Scan(xml), false)); diff != "" {
		t.Error(diff)
	}
}

// The lists of keyword statements and of their paragraphs that were made from the RFC
// and from the HTML that the RFC Editor publishes, before this program.
const (
	statementsSHA256 = "5a44e89935558358b7ee0852764da4ba01a23a268589ac567eff15a75d64bcf5"
	paragraphsSHA256 = "25369e8c354d6f3d601a6ceb2cf8f5a235a4a4cdbbb4bcce88287fad96681df6"
)

// TestStatementsAreThoseCounted makes both lists again: the first has section,
// heading, keyword, ordinal and the sha256 of each sentence as it is written.
func TestStatementsAreThoseCounted(t *testing.T) {
	doc := document(t, rfctest.Read(t, "rfc9420.md"))
	statements, paragraphs := new(strings.Builder), new(strings.Builder)
	statements.WriteString("section\theading\tkeyword\tordinal\tsha256\n")
	paragraphs.WriteString("section\tordinal\tkeyword\txml2rfc_paragraph_id\n")
	total := 0
	for _, s := range doc.Sections {
		ordinal := 0
		for _, b := range s.Blocks {
			for _, sentence := range text.Sentences(strings.Join(strings.Fields(b.Raw), " ")) {
				for _, k := range text.Keywords(sentence) {
					ordinal++
					total++
					fmt.Fprintf(statements, "%s\t%s\t%s\t%d\t%x\n", s.Number, s.Title, k, ordinal, sha256.Sum256([]byte(sentence)))
				}
			}
		}
	}
	for _, u := range Scan(doc) {
		for i, k := range u.Keywords {
			fmt.Fprintf(paragraphs, "%s\t%d\t%s\t%s\n", u.Section, u.Ordinal+i, k, u.ID)
		}
	}
	if total != 196 {
		t.Errorf("%d keywords, want 196", total)
	}
	for want, list := range map[string]string{statementsSHA256: statements.String(), paragraphsSHA256: paragraphs.String()} {
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); got != want {
			t.Errorf("a list has the sha256 %s, want %s; it begins\n%.300s", got, want, list)
		}
	}
}

// TestFormatsAgree: three files of one small text have the same units.
func TestFormatsAgree(t *testing.T) {
	md := Scan(parcel(t, "md"))
	if diff := cmp.Diff(table(t, md, false), table(t, Scan(parcel(t, "xml")), false)); diff != "" {
		t.Errorf("XML: %s", diff)
	}
	if diff := cmp.Diff(table(t, md, true), table(t, Scan(parcel(t, "txt")), true)); diff != "" {
		t.Errorf("rendered: %s", diff)
	}
}

// TestPages: breaks of pages, in two forms, part nothing: neither a paragraph nor code
// nor a table, and they join no two paragraphs.
func TestPages(t *testing.T) {
	b, err := os.ReadFile("testdata/parcel.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := table(t, Scan(document(t, b)), true)
	for _, head := range []string{"\fRFC 9999    Parcels    July 2023", "\f\nRFC 9999    Parcels    July 2023"} {
		for _, after := range []string{
			"has a sender.\n", "says.  A _parcel_ has a sender.\n   It MUST have an address [RFC2119]; a depot MAY add a note, e.g., on\n",
			"(see Table 1).\n", "be equal.\n", "small(1),\n", "| small | up to 2^10 |\n", "MUST be returned.\n", "KDF.Extract\n", "Remarks\n",
		} {
			pages := strings.Replace(string(b), after, after+"\n\nDepot      Informational      [Page 1]\n"+head+"\n\n\n", 1)
			if pages == string(b) {
				t.Fatalf("there is no %q", after)
			}
			if diff := cmp.Diff(want, table(t, Scan(document(t, []byte(pages))), true)); diff != "" {
				t.Errorf("after %q: %s", after, diff)
			}
		}
	}
}

// TestScan says what the units of the small text are.
func TestScan(t *testing.T) {
	var got []string
	for _, u := range Scan(parcel(t, "md")) {
		got = append(got, fmt.Sprintf("%s %s %s %s %s^%s: %s", u.Unit, u.Section, u.Kind, u.ID, strings.Join(u.Keywords, ","), u.Parent, u.Name))
	}
	want := []string{
		"u0001 1 statement section-1-1 MUST,MAY^: ",
		"u0002 1.1 item section-1.1-2.1 ^section-1.1-1: ",
		"u0003 1.1 item section-1.1-2.2.1 ^section-1.1-1: ",
		"u0004 1.1 statement section-1.1-2.2.2.1 SHOULD^u0003: ",
		"u0005 1.1 item section-1.1-2.2.2.2 ^u0003: ",
		"u0006 1.1 item section-1.1-2.2.3 ^u0003: ",
		"u0007 1.1 statement section-1.1-2.2.3 MUST NOT^u0003: ",
		"u0008 1.1 item section-1.1-2.3 ^section-1.1-1: ",
		"u0009 1.1 enum section-1.1-3 ^: Size",
		"u0010 1.1 alias section-1.1-3 ^: Weight",
		"u0011 1.1 struct section-1.1-3 ^: Label",
		"u0012 1.1 arm section-1.1-3 ^: Label.small",
		"u0013 1.1 arm section-1.1-3 ^: Label.large",
		"u0014 1.1 call section-1.1-3 ^: MAC",
		"u0015 1.1 row section-1.1-4 ^: small",
		"u0016 1.1 row section-1.1-4 ^: large",
		"u0017 2 step section-2-2.1 ^section-2-1: ",
		"u0018 2 statement section-2-2.1 MUST^section-2-1: ",
		"u0019 2 step section-2-2.2 ^section-2-1: ",
		"u0020 2 equation section-2-3 ^: seal",
		"u0021 2 equation section-2-3 ^: left, right",
		"u0022 2 call section-2-5 ^: KDF.Extract",
		"u0023 2 call section-2-5 ^: DeriveSecret",
		"u0024 A statement section-appendix.a-1 NOT RECOMMENDED^: ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnitsAreReadBack as they were written.
func TestUnitsAreReadBack(t *testing.T) {
	units := Scan(parcel(t, "md"))
	written := table(t, units, false)
	read, err := ReadUnits([]byte(written))
	if err != nil {
		t.Fatal(err)
	}
	if got := table(t, read, false); got != written {
		t.Error(cmp.Diff(written, got))
	}
	for what, bad := range map[string]string{
		"no header":       strings.Join(strings.Split(written, "\n")[1:], "\n"),
		"a number twice":  strings.Replace(written, "u0002", "u0001", 1),
		"an unknown kind": strings.Replace(written, "\titem\t", "\tidea\t", 1),
		"no number":       strings.Replace(written, "\t0\tsection", "\tx\tsection", 1),
		"a column less":   strings.Replace(written, "\tsection-1-1\t", "\t", 1),
	} {
		if bad == written {
			t.Fatalf("%s: nothing was changed", what)
		}
		if _, err := ReadUnits([]byte(bad)); err == nil {
			t.Errorf("%s: read", what)
		}
	}
}
