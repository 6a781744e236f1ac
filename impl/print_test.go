package impl

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// showing returns in which form a text shows a secret, or "". Half of it is too
// much.
func showing(text string, s suite.Secret) string {
	b := []byte(s)[:len(s)/2]
	lower := strings.ToLower(text)
	inner := func(format string) string { return strings.Trim(fmt.Sprintf(format, b), "[]") }
	for form, shown := range map[string]string{
		"hexadecimal":   fmt.Sprintf("%x", b),
		"spaced":        fmt.Sprintf("% x", b),
		"decimal":       inner("%d"),
		"Go syntax":     strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}"),
		"raw":           strings.ToLower(string(b)),
		"base64":        strings.ToLower(base64.StdEncoding.EncodeToString(b[:len(b)/3*3])),
		"base64 of URL": strings.ToLower(base64.URLEncoding.EncodeToString(b[:len(b)/3*3])),
		"quoted":        strings.ToLower(strings.Trim(fmt.Sprintf("%q", b), `"`)),
	} {
		if strings.Contains(lower, shown) {
			return form
		}
	}
	return ""
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"}

// TestSecretsAreNeverPrinted prints, whatever the verb, all that this package
// returns and that holds a secret.
func TestSecretsAreNeverPrinted(t *testing.T) {
	r := settled(t)
	r.say("B", "data")
	r.update("A")
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	after, staged, out, err := r.at("A").member.Commit(r.env, CommitOptions{Add: packages(*k.Package), Format: spec.WirePrivateMessage})
	r.ok(err)
	_, joined, err := Join(r.env, id, []*KeyPackageKeys{k}, staged.Welcomes[0], JoinOptions{})
	r.ok(err)
	secrets := []Held{{Secret: id.Signer.Bytes()}}
	for _, list := range [][]Held{k.Held(), after.Held(), staged.Next.Held(), out.Consumed, joined.Consumed} {
		secrets = append(secrets, list...)
	}
	for name, v := range map[string]any{
		"Member": after, "Member by value": *after, "Epoch": after.Epoch, "Epoch by value": *after.Epoch,
		"Staged": staged, "Staged by value": *staged, "Output": out, "Output by pointer": &joined,
		"Identity": id, "Identity by value": *id, "KeyPackageKeys": k, "KeyPackageKeys by value": *k,
		"Held": after.Held(), "Keyring": after.keys, "updates": after.updates, "ratchets": after.ratchets,
		"a field": struct{ m *Member }{after}, "a field by value": struct{ m Member }{*after},
		"a list": []*Member{after}, "authenticator": after.Authenticator(),
	} {
		for _, verb := range verbs {
			text := fmt.Sprintf(verb, v)
			for _, s := range secrets {
				if form := showing(text, s.Secret); form != "" {
					t.Errorf("%s with %s shows a secret of kind %d in %s", name, verb, s.Kind, form)
				}
			}
		}
	}
	if got, want := fmt.Sprint(after), fmt.Sprintf("leaf 0 in epoch %d of group 67726f7570", after.Number()); got != want {
		t.Errorf("a member prints as %s, want %s", got, want)
	}
}

// TestShowing: what the test above looks for it finds.
func TestShowing(t *testing.T) {
	s := suite.Secret("0123456789abcdef\x00\x01\x02\xf3 secret of 32 bytes")[:32]
	raw := []byte(s)
	for _, verb := range verbs {
		if showing(fmt.Sprintf(verb, raw), s) == "" {
			t.Errorf("%s is not found", verb)
		}
	}
	for _, text := range []string{base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), fmt.Sprintf("% x", raw)} {
		if showing(text, s) == "" {
			t.Errorf("%s is not found", text)
		}
	}
	if form := showing(fmt.Sprintf("%v %+v %#v", s, s, s), s); form != "" {
		t.Errorf("a fingerprint shows it in %s", form)
	}
}
