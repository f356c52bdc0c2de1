package httptask

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func TestConnections(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s|%s|%s|%s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Values("X-Room"), body)
	})
	t.Setenv("EXPRESS_TEST_KEY", "k1")
	connections := map[string]*Connection{
		"plain":  {},
		"basic":  {Basic: &Basic{"ada", Text("pa:ss")}},
		"key":    {APIKey: &APIKey{"x-room", Env("EXPRESS_TEST_KEY")}},
		"bearer": {APIKey: &APIKey{"Authorization", Text("Token abc")}},
		"all": {
			Headers: map[string]Secret{"X-Room": Text("12"), "authorization": Text("mine")},
			Query:   map[string]Secret{"q": Text("a&b"), "ä": Text("1")},
			Body:    map[string]Secret{"mode": Text("live"), "n": Text("1")},
		},
		"stronger": {Basic: &Basic{"ada", Text("pw")}, Headers: map[string]Secret{"Authorization": Text("weaker")}},
		"missing":  {APIKey: &APIKey{"X-Key", File("/nonexistent/" + canary)}},
		"binary":   {APIKey: &APIKey{"X-Key", Text("\xff\xfe")}},
		"breaks":   {APIKey: &APIKey{"X-Key", Text("a\r\nEvil: 1")}},
	}
	i := open(t, Options{Allow: loopback.Allow, Connections: connections})
	const arn = "arn:aws:events:us-east-1:123456789012:connection/basic/81210c42-8af1-456b-9c4a-6ff02fc664ac"
	tests := []struct{ connection, args, want string }{
		{"plain", ``, `GET /|||`},
		{"basic", ``, `GET /|Basic YWRhOnBhOnNz||`},
		{arn, ``, `GET /|Basic YWRhOnBhOnNz||`},
		{"key", `,"Headers":{"X-Room":["1","2"]}`, `GET /||k1|`},
		{"bearer", ``, `GET /|Token abc||`},
		{"stronger", ``, `GET /|Basic YWRhOnB3||`},
		{"all", ``, `GET /?q=a%26b&%C3%A4=1|mine|12|{"mode":"live","n":"1"}`},
		{"all", `,"QueryParameters":{"q":"task","p":[1,2],"ä":"task"},"Headers":{"X-Room":"7"},"RequestBody":{"a":1,"mode":"test"}`,
			`GET /?p=1&p=2&q=a%26b&%C3%A4=1|mine|12|{"a":1,"mode":"live","n":"1"}`},
		{"all", `,"QueryParameters":"%71=task&q=7&%zz=1&Q=1&qq"`, `GET /?%25zz=1&Q=1&qq&q=a%26b&%C3%A4=1|mine|12|{"mode":"live","n":"1"}`},
		{"all", `,"RequestBody":{"a":[1]},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`, `GET /?q=a%26b&%C3%A4=1|mine|12|a%5B0%5D=1&mode=live&n=1`},
		{"all", `,"RequestBody":"text"`, "States.Runtime: The value of the field 'RequestBody' is not an object: the body parameters of the connection cannot be put into it."},
		{"all", `,"RequestBody":[1]`, "States.Runtime: The value of the field 'RequestBody' is not an object: the body parameters of the connection cannot be put into it."},
		{"none", ``, `Events.ConnectionResource.ResourceNotFound: There is no connection "none".`},
		{"missing", ``, "Events.ConnectionResource.AccessDenied: A secret of the connection 'missing' cannot be read."},
		{"binary", ``, "Events.ConnectionResource.AccessDenied: A secret of the connection 'binary' cannot be read."},
		{"breaks", ``, "Events.ConnectionResource.InvalidConnectionState: A header of the connection 'breaks' holds control characters."},
	}
	for _, tt := range tests {
		c := task(t, `{"Method":"GET","ApiEndpoint":%q,"Authentication":{"ConnectionArn":%q}%s}`, s.URL, tt.connection, tt.args)
		v, err := i.Invoke(t.Context(), c)
		got := outcome(v, err)
		if body, ok := v.Get("ResponseBody"); ok {
			got = strings.NewReplacer("[", "", "]", "").Replace(body.Text())
		}
		if got != tt.want {
			t.Errorf("%s %s\ngot  %s\nwant %s", tt.connection, tt.args, got, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	secret := Text("s")
	oauth := func(change func(*OAuth)) *Connection {
		o := &OAuth{TokenURL: "https://id.test/token", ClientID: "id", ClientSecret: secret}
		change(o)
		return &Connection{OAuth: o}
	}
	tests := []struct {
		c    *Connection
		want string
	}{
		{&Connection{}, ""},
		{&Connection{Headers: map[string]Secret{"Authorization": secret, "X": secret}}, ""},
		{&Connection{Headers: map[string]Secret{"Host": secret}}, `the header "Host" is none that a connection can set`},
		{&Connection{Headers: map[string]Secret{"X Y": secret}}, `the header "X Y" is none that a connection can set`},
		{&Connection{Basic: &Basic{"ada", secret}}, ""},
		{&Connection{Basic: &Basic{"", secret}}, "basic authentication needs a username and a password"},
		{&Connection{Basic: &Basic{"ada", Secret{}}}, "basic authentication needs a username and a password"},
		{&Connection{Basic: &Basic{"a:b", secret}}, "a username has no colon and no control characters"},
		{&Connection{Basic: &Basic{"a\n", secret}}, "a username has no colon and no control characters"},
		{&Connection{APIKey: &APIKey{"Authorization", secret}}, ""},
		{&Connection{APIKey: &APIKey{"Content-Length", secret}}, `the header "Content-Length" is none that a connection can set`},
		{&Connection{APIKey: &APIKey{"X-Key", Secret{}}}, "an API key needs its key"},
		{&Connection{Basic: &Basic{"ada", secret}, APIKey: &APIKey{"X-Key", secret}}, "more than one of basic, API key and OAuth is set"},
		{&Connection{Query: map[string]Secret{"q": {}}}, `the parameter "q" has no value`},
		{&Connection{Body: map[string]Secret{"b": {}}}, `the parameter "b" has no value`},
		{oauth(func(o *OAuth) { o.Parameters = map[string]Secret{"p": {}} }), `the parameter "p" has no value`},
		{oauth(func(o *OAuth) {}), ""},
		{oauth(func(o *OAuth) { o.Method = "PUT" }), ""},
		{oauth(func(o *OAuth) { o.Method = "DELETE" }), `the token is got by GET, POST or PUT, not by "DELETE"`},
		{oauth(func(o *OAuth) { o.TokenURL = "id.test" }), "the token URL cannot be called: it does not begin with https://"},
		{oauth(func(o *OAuth) { o.ClientID = "" }), "OAuth needs the id and the secret of a client"},
		{oauth(func(o *OAuth) { o.ClientSecret = Secret{} }), "OAuth needs the id and the secret of a client"},
		{&Connection{Certificate: "a.pem"}, "a client certificate needs its key, and the key its certificate"},
		{&Connection{CertificateKey: "a.key"}, "a client certificate needs its key, and the key its certificate"},
		{&Connection{Certificate: "a.pem", CertificateKey: "a.key"}, ""},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.c.Validate(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNewChecksConnections(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		c    *Connection
		want string
	}{
		{&Connection{Basic: &Basic{}}, "connection c: basic authentication needs a username and a password"},
		{&Connection{Authority: "/nonexistent/a.pem"}, "connection c: open /nonexistent/a.pem: no such file or directory"},
		{&Connection{Authority: empty}, "connection c: read " + empty + ": it holds no certificates"},
		{&Connection{Certificate: "/nonexistent/a.pem", CertificateKey: "/nonexistent/a.key"}, "connection c: open /nonexistent/a.pem: no such file or directory"},
	} {
		if _, err := New(Options{Connections: map[string]*Connection{"c": tt.c}}); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// No error holds a secret, whatever goes wrong and whatever a server sends back.
func TestCanary(t *testing.T) {
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.RequestURI, r.Header, string(body))
	})
	hangup := raw(t, func(c net.Conn) {})
	garbled := raw(t, func(c net.Conn) { io.WriteString(c, "garbled "+canary+"\r\n\r\n") })
	secret := Text(canary)
	connections := map[string]*Connection{
		"basic": {Basic: &Basic{"ada", secret}},
		"key":   {APIKey: &APIKey{"X-Key", secret}},
		"all":   {Headers: map[string]Secret{"X": secret}, Query: map[string]Secret{"q": secret}, Body: map[string]Secret{"b": secret}},
		"oauth": {OAuth: &OAuth{TokenURL: echo.URL, ClientID: "id", ClientSecret: secret}},
		"body":  {OAuth: &OAuth{TokenURL: echo.URL, ClientID: "id", ClientSecret: secret, InBody: true, Method: "GET"}},
		"down":  {OAuth: &OAuth{TokenURL: "http://" + hangup, ClientID: "id", ClientSecret: secret, InBody: true, Method: "GET"}},
		"wrong": {APIKey: &APIKey{"X", Text(canary + "\n")}},
	}
	i := open(t, Options{Allow: loopback.Allow, Connections: connections})
	resolving(t, i, func(string) []string { return nil })
	basic := new(credentials).basic("ada", canary)
	for name := range connections {
		for _, url := range []string{echo.URL, "http://" + hangup, "http://" + garbled, "http://10.0.0.1", "https://nowhere.invalid"} {
			v, err := i.Invoke(t.Context(), task(t, `{"Method":"POST","ApiEndpoint":%q,"InvocationConfig":{"ConnectionArn":%q}}`, url, name))
			if err == nil {
				t.Fatalf("%s at %s: %s", name, url, v)
			}
			var b bytes.Buffer
			for e := err; e != nil; e = errors.Unwrap(e) {
				fmt.Fprintf(&b, "%v %+v %#v\n", e, e, e)
			}
			for _, form := range []string{canary, value.String(canary).String(), string(appendEscaped(nil, canary)), strings.TrimPrefix(basic, "Basic ")} {
				if strings.Contains(b.String(), form) {
					t.Errorf("%s at %s: %s", name, url, b.String())
				}
			}
		}
	}
}

func TestRedact(t *testing.T) {
	c := &credentials{secrets: []string{"abc", "abcd", "a/b+c", "abcdef", `q"\u`}}
	const in, want = `abc abcd xabcdx abcdef a/b+c a%2Fb%2Bc q"\u q\"\\u`, "abc [secret] x[secret]x [secret] [secret] [secret] [secret] [secret]"
	if got := c.redact(in); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
