package nats

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/nats-io/nats-server/v2/server/certstore"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// schemes are the references that a context may hold in place of a secret, by
// the scheme of their URI.
var schemes = map[string]func(ref string) ([]byte, error){
	"file": func(ref string) ([]byte, error) {
		return os.ReadFile(expand(cutPrefixFold(ref, "file://")))
	},
	"env": func(ref string) ([]byte, error) {
		name := cutPrefixFold(ref, "env://")
		value := os.Getenv(name)
		if value == "" {
			return nil, fmt.Errorf("the variable %s is not set", name)
		}
		return []byte(value), nil
	},
	"data": func(ref string) ([]byte, error) {
		kind, text, _ := strings.Cut(cutPrefixFold(ref, "data:"), ",")
		if !slices.Contains(strings.Split(kind, ";"), "base64") {
			return nil, errors.New("want data:;base64,TEXT")
		}
		return base64.StdEncoding.DecodeString(text)
	},
	"op": func(ref string) ([]byte, error) { // of 1Password
		secret, err := exec.Command("op", "read", "op://"+cutPrefixFold(ref, "op://")).Output()
		if err != nil {
			return nil, commandError("op", err)
		}
		return secret, nil
	},
	"nsc": func(ref string) ([]byte, error) {
		p, err := askNSC(ref)
		if err != nil {
			return nil, err
		}
		return os.ReadFile(p.Creds)
	},
}

// schemeOf is the scheme of ref, "" for a path, of Windows as well.
func schemeOf(ref string) string {
	u, err := url.Parse(ref)
	if err != nil || len(u.Scheme) < 2 {
		return ""
	}
	return u.Scheme
}

func cutPrefixFold(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// secret is what ref refers to, or ref itself where it is no reference.
func secret(ref string) (string, error) {
	read := schemes[schemeOf(ref)]
	if read == nil {
		return ref, nil
	}
	b, err := read(ref)
	return strings.TrimRight(string(b), "\r\n"), err
}

// isFile reports whether ref is a path.
func isFile(ref string) bool { s := schemeOf(ref); return s == "" || s == "file" }

// file is the path that ref is.
func file(ref string) (string, error) {
	if !isFile(ref) {
		return "", fmt.Errorf("%s is no file", ref)
	}
	return expand(cutPrefixFold(ref, "file://")), nil
}

// dereference reads what ref refers to.
func dereference(ref string) ([]byte, error) {
	read := schemes[schemeOf(ref)]
	if read == nil {
		return nil, fmt.Errorf("%s is no reference that can be read", ref)
	}
	return read(ref)
}

// credentials are those that a file of nsc holds, which is read whenever there is a
// connection, or what another reference does.
func credentials(ref string) (nats.Option, error) {
	if path, err := file(ref); err == nil {
		return nats.UserCredentials(path), nil
	}
	text, err := dereference(ref)
	if err != nil {
		return nil, err
	}
	jwt, err := nkeys.ParseDecoratedJWT(text)
	if err != nil {
		return nil, err
	}
	key, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return nil, err
	}
	return nats.UserJWT(func() (string, error) { return jwt, nil }, key.Sign), nil
}

// nkey is that of the seed to which ref leads.
func nkey(ref string) (nats.Option, error) {
	if path, err := file(ref); err == nil {
		return nats.NkeyOptionFromSeed(path)
	}
	text, err := dereference(ref)
	if err != nil {
		return nil, err
	}
	key, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Nkey(public, key.Sign), nil
}

// userJWT is a token with its seed. Without one it is a bearer's, who signs nothing.
func userJWT(jwt, seed string) (nats.Option, error) {
	token, err := secret(jwt)
	if err != nil {
		return nil, err
	}
	if seed == "" {
		return nats.UserJWT(func() (string, error) { return token, nil }, func([]byte) ([]byte, error) { return nil, nil }), nil
	}
	text, err := secret(seed)
	return nats.UserJWTAndSeed(token, text), err
}

// A certStore is where Windows keeps the client's certificate.
type certStore struct {
	Store   string   `json:"windows_cert_store"`
	MatchBy string   `json:"windows_cert_match_by"`
	Match   string   `json:"windows_cert_match"`
	CAs     []string `json:"windows_ca_certs_match"`
}

// stores are the nats command's names of stores.
var stores = map[string]string{"machine": "windowslocalmachine", "user": "windowscurrentuser"}

// config is for TLS by s, and by the authority in the file ca where s names none.
func (s *certStore) config(ca string) (*tls.Config, error) {
	name := s.Store
	if n, ok := stores[name]; ok {
		name = n
	}
	store, err := certstore.ParseCertStore(name)
	if err != nil {
		return nil, err
	}
	by, err := certstore.ParseCertMatchBy(s.MatchBy)
	if err != nil {
		return nil, err
	}
	c := new(tls.Config)
	if err := certstore.TLSConfig(store, by, s.Match, s.CAs, true, c); err != nil {
		return nil, err
	}
	c.RootCAs, c.ClientCAs = c.ClientCAs, nil // which is a server's
	if len(s.CAs) > 0 || ca == "" {
		return c, nil
	}
	path, err := file(ca)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if c.RootCAs, err = x509.SystemCertPool(); err != nil {
		return nil, err
	}
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return c, nil
}
