package httptask

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

const (
	// defaultLife is how long a token is kept whose server does not say how long it
	// is good: most servers give an hour, and a 401 ends it sooner.
	defaultLife = time.Hour
	// lifeMargin is how long before its end a token is not used any more: a request
	// may be on its way for as long.
	lifeMargin = 10 * time.Second
	// maxLife bounds what a server may say.
	maxLife = 24 * time.Hour
)

// tokens gets the tokens of a connection, one request at a time, and keeps the
// last one. It is safe for concurrent use.
type tokens struct {
	k    *connection
	of   OAuth
	turn chan struct{} // a value in it is the turn to use what follows

	token string
	until time.Time
	err   error // of the last request, which those who waited for it share
	tried time.Time
}

func newTokens(k *connection, of *OAuth) *tokens {
	t := &tokens{k: k, of: *of, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// get is a token that is not stale.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	asked := time.Now()
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", failure(ErrConnectionInternal, "The token server of the connection '%s' has not answered in time.", t.k.name)
	}
	if t.token != "" && t.token != stale && time.Now().Before(t.until) {
		return t.token, nil
	}
	if t.err != nil && t.tried.After(asked) {
		return "", t.err
	}
	token, life, err := t.request(ctx)
	if ctx.Err() == nil { // that this caller has no more time is no failure of the others
		t.err, t.tried = err, time.Now()
	}
	if err != nil {
		return "", err
	}
	t.token, t.until = token, time.Now().Add(life-lifeMargin)
	return token, nil
}

// request asks the token server for a token, and says how long it is good.
func (t *tokens) request(ctx context.Context) (token string, life time.Duration, err error) {
	r, creds, err := t.form()
	if err != nil {
		return "", 0, err
	}
	req, err := r.with(ctx, creds)
	if err != nil {
		return "", 0, err
	}
	a, err := t.k.client.do(req)
	if err != nil {
		return "", 0, socket(r.url.Host, err)
	}
	switch {
	case a.status/100 == 4 && a.status != http.StatusTooManyRequests:
		return "", 0, failure(ErrConnectionState, "The token server of the connection '%s' refuses it with status %d.", t.k.name, a.status)
	case !a.ok():
		return "", 0, failure(ErrConnectionInternal, "The token server of the connection '%s' answers with status %d.", t.k.name, a.status)
	}
	token, life, ok := granted(a.body)
	if !ok {
		return "", 0, failure(ErrConnectionInternal, "The token server of the connection '%s' answers with no bearer token.", t.k.name)
	}
	return token, life, nil
}

// granted is the bearer token that a token server's answer holds, and for how
// long (RFC 6749, section 5.1). Some servers send expires_in as a string.
func granted(body []byte) (token string, life time.Duration, ok bool) {
	v, err := value.Parse(body)
	if err != nil {
		return "", 0, false
	}
	text, _ := v.Get("access_token")
	typ, typed := v.Get("token_type")
	if text.Kind() != value.KindString || text.Text() == "" || !transport.HeaderValueAllowed(text.Text()) ||
		typed && !strings.EqualFold(typ.Text(), "Bearer") {
		return "", 0, false
	}
	life = defaultLife
	expires, _ := v.Get("expires_in")
	if n, ok := value.ParseNumber(expires.Text()); ok {
		life = time.Duration(min(max(n.Float(), 0), maxLife.Seconds()) * float64(time.Second))
	}
	return text.Text(), life, true
}

// form is the request for a token.
func (t *tokens) form() (*request, *credentials, error) {
	u, err := endpoint(t.of.TokenURL)
	if err != nil {
		return nil, nil, err
	}
	creds := new(credentials)
	secret, err := t.k.secret(creds, t.of.ClientSecret)
	if err != nil {
		return nil, nil, err
	}
	params := []pair{{"grant_type", "client_credentials"}}
	if t.of.Scope != "" {
		params = append(params, pair{"scope", t.of.Scope})
	}
	header := make(http.Header)
	setHeader(header, "Accept", transport.TypeJSON)
	if t.of.InBody {
		params = append(params, pair{"client_id", t.of.ClientID}, pair{"client_secret", secret})
	} else { // encoded before they are joined: RFC 6749, section 2.3.1
		setHeader(header, "Authorization", creds.basic(string(appendEscaped(nil, t.of.ClientID)), string(appendEscaped(nil, secret))))
	}
	for _, name := range slices.Sorted(maps.Keys(t.of.Parameters)) {
		val, err := t.k.secret(creds, t.of.Parameters[name])
		if err != nil {
			return nil, nil, err
		}
		params = append(params, pair{name, val})
	}
	r := &request{method: cmp.Or(t.of.Method, http.MethodPost), url: u, header: header}
	if r.method == http.MethodGet {
		creds.params = params
		return r, creds, nil
	}
	setHeader(header, contentType, "application/x-www-form-urlencoded")
	r.as, creds.body = asForm, params
	return r, creds, nil
}
