package nats

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/jsm.go/natscontext"
	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// A meaning is what a context comes to, as far as it can be compared.
type meaning struct {
	URL, Domain, Prefix                   string
	User, Password, Token, Public, Inbox  string
	JWT, Signature                        string
	Certificates, Authorities, First, Via bool
	Refused                               []string
}

// meaningOf is what options come to.
func meaningOf(t *testing.T, url, domain, prefix string, all []nats.Option) meaning {
	t.Helper()
	o := nats.GetDefaultOptions()
	var refused []string
	for _, set := range all {
		if err := set(&o); err != nil { // of files that are not there
			refused = append(refused, err.Error())
		}
	}
	m := meaning{
		Refused: refused,
		URL:     url, Domain: domain, Prefix: prefix,
		User: o.User, Password: o.Password, Token: o.Token, Public: o.Nkey, Inbox: o.InboxPrefix,
		Certificates: o.TLSCertCB != nil, Authorities: o.RootCAsCB != nil, First: o.TLSHandshakeFirst, Via: o.CustomDialer != nil,
	}
	if o.UserJWT != nil {
		var err error
		if m.JWT, err = o.UserJWT(); err != nil {
			t.Fatal(err)
		}
	}
	if o.SignatureCB != nil {
		signature, err := o.SignatureCB([]byte("nonce"))
		if err != nil {
			t.Fatal(err)
		}
		m.Signature = base64.StdEncoding.EncodeToString(signature)
	}
	return m
}

// TestContexts reads contexts as the nats command's own library does.
func TestContexts(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	dir := filepath.Join(home, "nats", "context")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	seed, creds := identity(t)
	save := func(name string, text []byte) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, text, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	credsFile, seedFile := save("user.creds", creds), save("user.nk", seed)
	save("nsc", fmt.Appendf(nil, "#!/bin/sh\n[ \"$1 $2 $3\" = 'generate profile nsc://o/a/u' ] && echo '{\"user_creds\": %q, \"operator\": {\"service\": [\"nats://n1\", \"nats://n2\"]}}'", credsFile))
	save("op", []byte("#!/bin/sh\n[ \"$1 $2\" = 'read op://vault/item' ] && echo word"))
	t.Setenv("PATH", home+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("PLANT", "word")
	t.Setenv("PLANT_HOME", home)
	data := "data:;base64," + base64.StdEncoding.EncodeToString(creds)
	for i, text := range []string{
		`{}`,
		`{"url": "nats://plant:4222"}`,
		`{"user": "u", "password": "p:w"}`,
		`{"user": "u", "password": "env://PLANT"}`,
		`{"user": "u", "password": "op://vault/item", "token": "t"}`,
		`{"token": "ENV://PLANT"}`,
		`{"token": "file://` + seedFile + `"}`,
		`{"creds": "` + credsFile + `"}`,
		`{"creds": "$PLANT_HOME/user.creds"}`,
		`{"creds": "file://` + credsFile + `"}`,
		`{"creds": "` + data + `"}`,
		`{"creds": "nsc://o/a/u"}`,
		`{"nsc": "nsc://o/a/u"}`,
		`{"nsc": "o/a/u", "url": "nats://plant"}`,
		`{"nkey": "` + seedFile + `"}`,
		`{"nkey": "data:;base64,` + base64.StdEncoding.EncodeToString(seed) + `"}`,
		`{"user_jwt": "token", "user_seed": "` + string(seed) + `"}`,
		`{"user_jwt": "env://PLANT"}`,
		`{"cert": "~/client.pem", "key": "file:///client.key", "ca": "$PLANT_HOME/ca.pem"}`,
		`{"socks_proxy": "socks5://proxy:1080", "inbox_prefix": "_I.plant", "tls_first": true}`,
		`{"jetstream_domain": "leaf", "jetstream_api_prefix": "JS.other"}`,
	} {
		name := fmt.Sprintf("c%d", i)
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs, err := natscontext.New(name, true)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		wanted, err := theirs.NATSOptions()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		ours, err := readContext(name)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := ours.options()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if d := cmp.Diff(
			meaningOf(t, theirs.ServerURL(), theirs.JSDomain(), theirs.JSAPIPrefix(), wanted),
			meaningOf(t, ours.URL, ours.Domain, ours.APIPrefix, got),
		); d != "" {
			t.Errorf("%s (-theirs +ours)\n%s", text, d)
		}
	}
}

// TestContextRefusals has a row for everything in a context that cannot be used, and
// what is said of it.
func TestContextRefusals(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("PATH", home)
	t.Setenv("UNSET", "")
	dir := filepath.Join(home, "nats", "context")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{`{`, "unexpected end of JSON input"},
		{`{"nsc": "o/a/u"}`, "nsc: "},
		{`{"user": "u", "password": "env://UNSET"}`, "password: the variable UNSET is not set"},
		{`{"user": "u", "password": "op://vault/item"}`, "password: op: "},
		{`{"token": "data:text"}`, "token: want data:;base64,TEXT"},
		{`{"creds": "vault://user"}`, "creds: vault://user is no reference that can be read"},
		{`{"nkey": "env://UNSET"}`, "nkey: the variable UNSET is not set"},
		{`{"user_jwt": "env://UNSET"}`, "user_jwt: the variable UNSET is not set"},
		{`{"cert": "env://C", "key": "k"}`, "cert and key: env://C is no file"},
		{`{"ca": "env://CA"}`, "ca: env://CA is no file"},
		{`{"windows_cert_store": "user", "windows_cert_match_by": "subject", "windows_cert_match": "x"}`, "windows_cert_store: "},
	} {
		if err := os.WriteFile(filepath.Join(dir, "c.json"), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Connect(Settings{Context: "c", URL: "nats://127.0.0.1:1"}, "test", nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.text, err, tt.want)
		}
	}
	if _, err := readContext("../context/c"); err == nil {
		t.Error("a name that is a path is read")
	}
}

// identity is a user: a seed, and what nsc writes of it.
func identity(t *testing.T) (seed, creds []byte) {
	t.Helper()
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.NewUserClaims(public).Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	if seed, err = user.Seed(); err != nil {
		t.Fatal(err)
	}
	if creds, err = jwt.FormatUserConfig(token, seed); err != nil {
		t.Fatal(err)
	}
	return seed, creds
}
