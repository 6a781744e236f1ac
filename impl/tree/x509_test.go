package tree

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// publicKeyOf returns the SubjectPublicKeyInfo of a suite's signature key, put
// together from what the RFCs of the algorithms print.
func publicKeyOf(t testing.TB, s *suite.Suite, key []byte) []byte {
	t.Helper()
	curve := func(oid ...int) asn1.RawValue {
		b, err := asn1.Marshal(asn1.ObjectIdentifier(oid))
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: b}
	}
	ec := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	info := struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{Key: asn1.BitString{Bytes: key, BitLength: 8 * len(key)}}
	switch n := len(key); n {
	case 32:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 112}}
	case 57:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 113}}
	case 65:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: ec, Parameters: curve(1, 2, 840, 10045, 3, 1, 7)}
	case 97:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: ec, Parameters: curve(1, 3, 132, 0, 34)}
	case 133:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: ec, Parameters: curve(1, 3, 132, 0, 35)}
	case 1952:
		info.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}}
	default:
		t.Fatalf("%v: key of %d bytes", s.ID, n)
	}
	b, err := asn1.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// certificateFor returns a certificate, signed by an authority nobody knows, whose
// SubjectPublicKeyInfo is replaced: crypto/x509 makes none for some algorithms.
func certificateFor(t testing.TB, name string, info []byte) []byte {
	t.Helper()
	authority := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(nil, template, template, authority.Public(), authority)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	var parts struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		t.Fatal(err)
	}
	body := bytes.Replace(parts.TBS.Bytes, made.RawSubjectPublicKeyInfo, info, 1)
	parts.TBS = asn1.RawValue{Class: parts.TBS.Class, Tag: parts.TBS.Tag, IsCompound: true, Bytes: body}
	der, err = asn1.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCertificateIsForTheSignatureKey, in each cipher suite, and in none other
// whose keys are of another algorithm.
func TestCertificateIsForTheSignatureKey(t *testing.T) {
	all := append(suite.All(), suite.Experimental()...)
	for _, s := range all {
		w := newWorld(t, s, 9)
		key := w.signers[0].Public()
		credential := X509Credential(certificateFor(t, "A", publicKeyOf(t, s, key)))
		for _, other := range all {
			r := &Rules{Suite: other}
			want := spec.ID("")
			if len(newWorld(t, other, 8).signers[0].Public()) != len(key) {
				want = req.CredentialX509Key
			}
			if err := r.Credential(credential, key); spec.Violated(err) != want {
				t.Errorf("certificate of suite %v in %v: %v, want %q", s.ID, other.ID, err, want)
			}
		}
		for i := range key { // any other key, but for the leading byte of a point: that one cannot be parsed
			wrong := bytes.Clone(key)
			wrong[i] ^= 1
			if err := (&Rules{Suite: s}).Credential(credential, wrong); spec.Violated(err) != req.CredentialX509Key {
				t.Fatalf("%v: key changed at %d: %v", s.ID, i, err)
			}
		}
	}
}

func TestCertificatesAreRead(t *testing.T) {
	w := newWorldOf(t, 1)
	key := w.signers[0].Public()
	good := certificateFor(t, "A", publicKeyOf(t, w.s, key))
	issuer := certificateFor(t, "B", publicKeyOf(t, w.s, make([]byte, 32)))
	cut := publicKeyOf(t, w.s, key)
	cut = cut[:len(cut)-1]
	cut[1]--
	for name, test := range map[string]struct {
		chain [][]byte
		want  spec.ID
	}{
		"one":                           {[][]byte{good}, ""},
		"with what follows it":          {[][]byte{good, issuer}, ""},
		"with what does not certify it": {[][]byte{good, good, issuer}, ""},
		"none":                          {nil, req.CredentialX509Chain},
		"empty":                         {[][]byte{{}}, req.CredentialX509Chain},
		"cut off":                       {[][]byte{good[:len(good)-1]}, req.CredentialX509Chain},
		"a byte too many":               {[][]byte{append(bytes.Clone(good), 0)}, req.CredentialX509Chain},
		"two in one entry":              {[][]byte{slices.Concat(good, issuer)}, req.CredentialX509Chain},
		"the second is none":            {[][]byte{good, {0x30, 0}}, req.CredentialX509Chain},
		"in the wrong order":            {[][]byte{issuer, good}, req.CredentialX509Key},
		"a key cut off":                 {[][]byte{certificateFor(t, "A", cut)}, req.CredentialX509Chain},
	} {
		r := &Rules{Suite: w.s}
		if err := r.Credential(X509Credential(test.chain...), key); spec.Violated(err) != test.want {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		leaf := *w.tree.Leaf(0)
		leaf.Credential = X509Credential(test.chain...)
		leaf.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
		leaf, err := leaf.Sign(w.s, w.signers[0], nil, 0)
		w.must(err)
		if err := w.rules().KeyPackageLeaf(&leaf); spec.Violated(err) != test.want {
			t.Errorf("%s, in a leaf: %v, want %q", name, err, test.want)
		}
	}
}

// notary is a CertificateService that notes what it is asked.
type notary struct {
	judge
	chains [][]*x509.Certificate
	err    error
}

func (n *notary) ValidateChain(chain []*x509.Certificate, key suite.SignaturePublicKey) error {
	n.chains = append(n.chains, chain)
	if !bytes.Equal(chain[0].PublicKey.(ed25519.PublicKey), key) {
		return errors.New("asked about another key")
	}
	return n.err
}

func TestCertificateServiceIsGivenTheChain(t *testing.T) {
	w := newWorldOf(t, 1)
	key := w.signers[0].Public()
	a, b := certificateFor(t, "A", publicKeyOf(t, w.s, key)), certificateFor(t, "B", publicKeyOf(t, w.s, key))
	n := &notary{judge: judge{validate: errors.New("asked about a chain, or a basic credential")}}
	r := &Rules{Suite: w.s, Auth: n}
	if err := r.Credential(X509Credential(a, b), key); err != nil {
		t.Error(err)
	}
	if len(n.chains) != 1 || len(n.chains[0]) != 2 || n.chains[0][0].Subject.CommonName != "A" || n.chains[0][1].Subject.CommonName != "B" {
		t.Errorf("given %v", n.chains)
	}
	n.err = errors.New("not trusted")
	if err := r.Credential(X509Credential(a), key); spec.Violated(err) != req.CredentialAS || !errors.Is(err, n.err) {
		t.Errorf("not trusted, but %v", err)
	}
	if err := r.Credential(X509Credential([]byte("x")), key); spec.Violated(err) != req.CredentialX509Chain || len(n.chains) != 2 {
		t.Errorf("%v; asked about what is no chain: %v", err, len(n.chains) != 2)
	}
	if err := r.Credential(BasicCredential([]byte("A")), key); spec.Violated(err) != req.CredentialAS || !errors.Is(err, n.validate) {
		t.Errorf("basic: %v", err)
	}
	plain := &Rules{Suite: w.s, Auth: judge{}} // no CertificateService: Validate is asked
	if err := plain.Credential(X509Credential(a), key); err != nil {
		t.Error(err)
	}
}

func TestApplicationID(t *testing.T) {
	leaf := LeafNode{}
	if id, ok, err := leaf.ApplicationID(); id != nil || ok || err != nil {
		t.Errorf("of none: %x, %v, %v", id, ok, err)
	}
	leaf.Extensions = []Extension{{Type: 0x0a0a}, ApplicationIDExtension([]byte("phone"))}
	if !bytes.Equal(leaf.Extensions[1].Data, []byte("\x05phone")) {
		t.Errorf("encoded as %x", leaf.Extensions[1].Data)
	}
	if id, ok, err := leaf.ApplicationID(); string(id) != "phone" || !ok || err != nil {
		t.Errorf("%q, %v, %v", id, ok, err)
	}
	for _, bad := range [][]byte{nil, []byte("\x06phone"), []byte("\x04phone")} {
		leaf.Extensions[1].Data = bad
		if _, ok, err := leaf.ApplicationID(); !ok || spec.Violated(err) != req.ExtensionApplicationID {
			t.Errorf("of %x: %v, %v", bad, ok, err)
		}
	}
}
