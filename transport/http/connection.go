package httptask

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A Connection is what a task adds to its requests: credentials, parameters,
// certificates. It is AWS's connection of EventBridge, but for private CAs and
// client certificates, which that does not have. At most one of Basic, APIKey
// and OAuth is set.
type Connection struct {
	Basic  *Basic
	APIKey *APIKey
	OAuth  *OAuth

	// Headers, Query and Body are added to every request; they win over what the
	// task says. A task whose body is no object cannot have those of Body.
	Headers, Query, Body map[string]Secret

	// Authority is a PEM file of the authorities that may sign the certificates of
	// servers, the token server's among them; "" is those of the system.
	Authority string
	// Certificate and CertificateKey are PEM files of a client certificate.
	Certificate, CertificateKey string
}

// Basic is authentication by name and password (RFC 7617).
type Basic struct {
	Username string
	Password Secret
}

// An APIKey is a key in a header.
type APIKey struct {
	Header string
	Key    Secret
}

// OAuth is the grant of a token for the client's own credentials (RFC 6749,
// section 4.4). A token is kept until it expires, or a server answers with 401.
type OAuth struct {
	TokenURL     string
	Method       string // GET, POST or PUT; "" is POST
	ClientID     string
	ClientSecret Secret
	Scope        string
	// Parameters are sent beside grant_type and scope, in the body, and for GET in
	// the query.
	Parameters map[string]Secret
	// InBody sends the client's credentials as the parameters client_id and
	// client_secret, for servers that do not take them as basic authentication.
	InBody bool
}

// Validate reports what is wrong with c. It reads neither secrets nor files.
func (c *Connection) Validate() error {
	for _, params := range []map[string]Secret{c.Headers, c.Query, c.Body} {
		if err := allSet(params); err != nil {
			return err
		}
	}
	for name := range c.Headers {
		if !transport.HeaderAllowed(name) && !strings.EqualFold(name, "Authorization") {
			return fmt.Errorf("the header %q is none that a connection can set", name)
		}
	}
	ways := 0
	for _, w := range []struct {
		used  bool
		check func() error
	}{
		{c.Basic != nil, c.Basic.validate},
		{c.APIKey != nil, c.APIKey.validate},
		{c.OAuth != nil, c.OAuth.validate},
	} {
		if !w.used {
			continue
		}
		if ways++; ways > 1 {
			return errors.New("more than one of basic, API key and OAuth is set")
		}
		if err := w.check(); err != nil {
			return err
		}
	}
	if (c.Certificate == "") != (c.CertificateKey == "") {
		return errors.New("a client certificate needs its key, and the key its certificate")
	}
	return nil
}

func (b *Basic) validate() error {
	switch {
	case b.Username == "" || b.Password.IsZero():
		return errors.New("basic authentication needs a username and a password")
	case strings.Contains(b.Username, ":") || !transport.HeaderValueAllowed(b.Username):
		return errors.New("a username has no colon and no control characters")
	}
	return nil
}

func (k *APIKey) validate() error {
	switch {
	case !transport.HeaderAllowed(k.Header) && !strings.EqualFold(k.Header, "Authorization"):
		return fmt.Errorf("the header %q is none that a connection can set", k.Header)
	case k.Key.IsZero():
		return errors.New("an API key needs its key")
	}
	return nil
}

func (o *OAuth) validate() error {
	if _, err := endpoint(o.TokenURL); err != nil {
		return fmt.Errorf("the token URL cannot be called: %w", err)
	}
	switch {
	case !slices.Contains([]string{"", "GET", "POST", "PUT"}, o.Method):
		return fmt.Errorf("the token is got by GET, POST or PUT, not by %q", o.Method)
	case o.ClientID == "" || o.ClientSecret.IsZero():
		return errors.New("OAuth needs the id and the secret of a client")
	}
	return allSet(o.Parameters)
}

// allSet reports a parameter without a value.
func allSet(params map[string]Secret) error {
	for name, s := range params {
		if s.IsZero() {
			return fmt.Errorf("the parameter %q has no value", name)
		}
	}
	return nil
}

// A connection is a Connection in use. It is safe for concurrent use.
type connection struct {
	name   string
	of     Connection
	client *client
	tokens *tokens // of OAuth, else nil
}

func newConnection(name string, of *Connection, g *guard) (*connection, error) {
	if err := of.Validate(); err != nil {
		return nil, err
	}
	c, err := newClient(g, tlsFiles{of.Authority, of.Certificate, of.CertificateKey})
	if err != nil {
		return nil, err
	}
	k := &connection{name: name, of: *of, client: c}
	if of.OAuth != nil {
		k.tokens = newTokens(k, of.OAuth)
	}
	return k, nil
}

// send sends r with the connection's credentials, which it yields in any case:
// once more with a new token where the one it had is not taken.
func (k *connection) send(ctx context.Context, r *request) (*answer, *credentials, error) {
	for stale := ""; ; {
		creds, err := k.credentials(ctx, stale)
		if err != nil {
			return nil, creds, err
		}
		req, err := r.with(ctx, creds)
		if err != nil {
			return nil, creds, err
		}
		a, err := k.client.do(req)
		if err != nil || a.status != http.StatusUnauthorized || creds.token == "" || stale != "" {
			return a, creds, err
		}
		stale = creds.token
	}
}

type pair struct{ name, val string }

// credentials are what a connection adds to one request.
type credentials struct {
	headers, params, body []pair
	token                 string // of OAuth
	secrets               []string
}

// credentials reads the secrets; with an error come those that it has read. stale
// is a token that was not taken.
func (k *connection) credentials(ctx context.Context, stale string) (*credentials, error) {
	c := new(credentials)
	for _, e := range [...]struct {
		from map[string]Secret
		to   *[]pair
	}{{k.of.Headers, &c.headers}, {k.of.Query, &c.params}, {k.of.Body, &c.body}} {
		for _, name := range slices.Sorted(maps.Keys(e.from)) {
			val, err := k.secret(c, e.from[name])
			if err != nil {
				return c, err
			}
			*e.to = append(*e.to, pair{name, val})
		}
	}
	if err := k.authenticate(ctx, c, stale); err != nil {
		return c, err
	}
	for _, h := range c.headers {
		if !transport.HeaderValueAllowed(h.val) {
			return c, failure(ErrConnectionState, "A header of the connection '%s' holds control characters.", k.name)
		}
	}
	return c, nil
}

// authenticate adds the header by which the request is known as the client's.
func (k *connection) authenticate(ctx context.Context, c *credentials, stale string) error {
	switch {
	case k.of.Basic != nil:
		password, err := k.secret(c, k.of.Basic.Password)
		if err != nil {
			return err
		}
		c.headers = append(c.headers, pair{"Authorization", c.basic(k.of.Basic.Username, password)})
	case k.of.APIKey != nil:
		key, err := k.secret(c, k.of.APIKey.Key)
		if err != nil {
			return err
		}
		c.headers = append(c.headers, pair{k.of.APIKey.Header, key})
	case k.tokens != nil:
		token, err := k.tokens.get(ctx, stale)
		if err != nil {
			return err
		}
		c.token, c.secrets = token, append(c.secrets, token)
		c.headers = append(c.headers, pair{"Authorization", "Bearer " + token})
	}
	return nil
}

// secret reads s, and remembers it as one.
func (k *connection) secret(c *credentials, s Secret) (string, error) {
	text, err := s.read()
	if err == nil && !utf8.ValidString(text) {
		err = errors.New("the secret is not UTF-8")
	}
	if err != nil {
		e := failure(ErrAccessDenied, "A secret of the connection '%s' cannot be read.", k.name)
		e.Err = err
		return "", e
	}
	c.secrets = append(c.secrets, text)
	return text, nil
}

// basic is the value of Authorization for a name and a password.
func (c *credentials) basic(username, password string) string {
	text := base64.StdEncoding.EncodeToString([]byte(username + ":" + password))
	c.secrets = append(c.secrets, text)
	return "Basic " + text
}

// query is a query with the connection's parameters in the place of those that
// have their names.
func (c *credentials) query(raw string) string {
	if len(c.params) == 0 {
		return raw
	}
	kept := slices.DeleteFunc(strings.Split(raw, "&"), func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		name, err := url.QueryUnescape(name)
		return err == nil && slices.ContainsFunc(c.params, func(own pair) bool { return own.name == name })
	})
	for _, p := range c.params {
		own := append(appendEscaped(nil, p.name), '=')
		kept = append(kept, string(appendEscaped(own, p.val)))
	}
	return joinQueries(kept...)
}

// minSecret is from how many bytes on a secret is blotted out: what is shorter
// is in any text, and protects nothing.
const minSecret = 4

// redact is s without the secrets, which a server may have sent back: as they
// are, as in a URL, and as in JSON.
func (c *credentials) redact(s string) string {
	var pairs []string
	longest := slices.SortedFunc(slices.Values(c.secrets), func(a, b string) int { return len(b) - len(a) })
	for _, secret := range longest {
		if len(secret) < minSecret {
			continue
		}
		quoted := value.String(secret).String()
		for _, form := range [...]string{secret, string(appendEscaped(nil, secret)), quoted[1 : len(quoted)-1]} {
			pairs = append(pairs, form, hidden)
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
