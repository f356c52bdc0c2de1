package httptask

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An api is a server of tokens, at /token, and one that takes them, elsewhere.
type api struct {
	issued  atomic.Int32 // tokens, which are named t1, t2, ...
	calls   atomic.Int32
	revoked atomic.Int32 // tokens up to this one are not taken
	asked   atomic.Pointer[string]
	answer  func(w http.ResponseWriter, n int32)
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		body, _ := io.ReadAll(r.Body)
		asked := fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), body)
		a.asked.Store(&asked)
		a.answer(w, a.issued.Add(1))
		return
	}
	a.calls.Add(1)
	var n int32
	if _, err := fmt.Sscanf(r.Header.Get("Authorization"), "Bearer t%d", &n); err != nil || n <= a.revoked.Load() {
		w.WriteHeader(http.StatusUnauthorized)
	}
	fmt.Fprintf(w, "t%d", n)
}

func token(w http.ResponseWriter, n int32) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":3600}`, n)
}

// oauth is an Invoker with the connection "c" to a.
func oauth(t *testing.T, a *api, change ...func(*OAuth)) (*Invoker, *express.Call) {
	t.Helper()
	s := serve(t, a.ServeHTTP)
	o := &OAuth{TokenURL: s.URL + "/token", ClientID: "my id", ClientSecret: Text("my:secret")}
	for _, f := range change {
		f(o)
	}
	i := open(t, Options{Allow: loopback.Allow, Connections: map[string]*Connection{"c": {OAuth: o}}})
	return i, task(t, `{"Method":"POST","ApiEndpoint":%q,"RequestBody":{"n":1},"InvocationConfig":{"ConnectionArn":"c"}}`, s.URL)
}

// answered is the ResponseBody of a call, or its error.
func answered(ctx context.Context, i *Invoker, c *express.Call) string {
	v, err := i.Invoke(ctx, c)
	if err != nil {
		return outcome(v, err)
	}
	body, _ := v.Get("ResponseBody")
	return body.Text()
}

func TestTokenRequest(t *testing.T) {
	tests := []struct {
		change func(*OAuth)
		want   string
	}{
		{func(o *OAuth) {}, "POST /token Basic bXklMjBpZDpteSUzQXNlY3JldA== grant_type=client_credentials"},
		{func(o *OAuth) { o.Scope, o.Method = "read write", "PUT" }, "PUT /token Basic bXklMjBpZDpteSUzQXNlY3JldA== grant_type=client_credentials&scope=read%20write"},
		{func(o *OAuth) { o.InBody = true }, "POST /token  grant_type=client_credentials&client_id=my%20id&client_secret=my%3Asecret"},
		{func(o *OAuth) { o.Method, o.TokenURL = "GET", o.TokenURL+"?v=1" }, "GET /token?v=1&grant_type=client_credentials Basic bXklMjBpZDpteSUzQXNlY3JldA== "},
		{func(o *OAuth) { o.Parameters = map[string]Secret{"resource": Text("b"), "audience": Text("a/")} },
			"POST /token Basic bXklMjBpZDpteSUzQXNlY3JldA== grant_type=client_credentials&audience=a%2F&resource=b"},
	}
	for _, tt := range tests {
		a := &api{answer: token}
		i, c := oauth(t, a, tt.change)
		if got := answered(t.Context(), i, c); got != "t1" {
			t.Errorf("the task ended with %s", got)
		}
		if got := *a.asked.Load(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestTokenIsKept(t *testing.T) {
	a := &api{answer: token}
	i, c := oauth(t, a)
	for range 3 {
		if got := answered(t.Context(), i, c); got != "t1" {
			t.Errorf("got %s", got)
		}
	}
	a.revoked.Store(1) // and is renewed where it is not taken
	for range 2 {
		if got := answered(t.Context(), i, c); got != "t2" {
			t.Errorf("got %s", got)
		}
	}
	if issued, calls := a.issued.Load(), a.calls.Load(); issued != 2 || calls != 6 {
		t.Errorf("%d tokens, %d calls, want 2 and 6", issued, calls)
	}
	a.revoked.Store(1000) // once
	if got := answered(t.Context(), i, c); got != "States.Http.StatusCode.401: t3" {
		t.Errorf("got %s", got)
	}
	if issued, calls := a.issued.Load(), a.calls.Load(); issued != 3 || calls != 8 {
		t.Errorf("%d tokens, %d calls, want 3 and 8", issued, calls)
	}
}

func TestTokenSingleFlight(t *testing.T) {
	a := &api{answer: token}
	i, c := oauth(t, a)
	for round, want := range []string{"t1", "t2"} {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if got := answered(t.Context(), i, c); got != want {
					t.Errorf("round %d: got %s, want %s", round, got, want)
				}
			})
		}
		wg.Wait()
		a.revoked.Store(1)
	}
	if n := a.issued.Load(); n != 2 {
		t.Errorf("%d tokens were issued, want 2", n)
	}
}

func TestTokenFailures(t *testing.T) {
	says := func(status int, body string) func(http.ResponseWriter, int32) {
		return func(w http.ResponseWriter, _ int32) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	const noToken = "Events.ConnectionResource.InternalError: The token server of the connection 'c' answers with no bearer token."
	tests := []struct {
		answer func(http.ResponseWriter, int32)
		want   string
	}{
		{says(400, `{"error":"invalid_client"}`), "Events.ConnectionResource.InvalidConnectionState: The token server of the connection 'c' refuses it with status 400."},
		{says(401, ``), "Events.ConnectionResource.InvalidConnectionState: The token server of the connection 'c' refuses it with status 401."},
		{says(429, ``), "Events.ConnectionResource.InternalError: The token server of the connection 'c' answers with status 429."},
		{says(500, ``), "Events.ConnectionResource.InternalError: The token server of the connection 'c' answers with status 500."},
		{says(302, ``), "Events.ConnectionResource.InternalError: The token server of the connection 'c' answers with status 302."},
		{says(200, ``), noToken},
		{says(200, `access_token=t1`), noToken},
		{says(200, `[]`), noToken},
		{says(200, `{"access_token":7}`), noToken},
		{says(200, `{"access_token":""}`), noToken},
		{says(200, `{"access_token":"a\nb"}`), noToken},
		{says(200, `{"access_token":"t1","token_type":"mac"}`), noToken},
		{func(http.ResponseWriter, int32) { panic(http.ErrAbortHandler) }, "States.Http.Socket: HOST has closed the connection before its answer was complete."},
	}
	for _, tt := range tests {
		i, c := oauth(t, &api{answer: tt.answer})
		url, _ := c.Input.Get("ApiEndpoint")
		want := strings.ReplaceAll(tt.want, "HOST", strings.TrimPrefix(url.Text(), "http://"))
		if got := answered(t.Context(), i, c); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	i, c := oauth(t, &api{answer: token}, func(o *OAuth) { o.TokenURL = "https://10.0.0.1/token" })
	wantOutcome(t, i, c, "States.Permissions: 10.0.0.1 must not be called: it is a private address, which http.allow does not permit.")
	i, c = oauth(t, &api{answer: token}, func(o *OAuth) { o.ClientSecret = File("/nonexistent") })
	wantOutcome(t, i, c, "Events.ConnectionResource.AccessDenied: A secret of the connection 'c' cannot be read.")
}

func TestTokenLife(t *testing.T) {
	tests := []struct {
		answer string
		life   time.Duration
	}{
		{`{"access_token":"t"}`, defaultLife},
		{`{"access_token":"t","expires_in":60}`, time.Minute},
		{`{"access_token":"t","expires_in":"60"}`, time.Minute},
		{`{"access_token":"t","expires_in":-1}`, 0},
		{`{"access_token":"t","expires_in":1e300}`, maxLife},
		{`{"access_token":"t","expires_in":"soon"}`, defaultLife},
		{`{"access_token":"t","expires_in":null}`, defaultLife},
	}
	for _, tt := range tests {
		i, _ := oauth(t, &api{answer: func(w http.ResponseWriter, _ int32) { io.WriteString(w, tt.answer) }})
		if _, life, err := i.connections["c"].tokens.request(t.Context()); life != tt.life || err != nil {
			t.Errorf("%s is good for %v, %v, want %v", tt.answer, life, err, tt.life)
		}
	}
}

// A token is not used in the seconds before its end.
func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{answer: func(w http.ResponseWriter, n int32) { fmt.Fprintf(w, `{"access_token":"t%d","expires_in":60}`, n) }}
		k, err := newConnection("c", &Connection{OAuth: &OAuth{TokenURL: "http://a.test/token", ClientID: "id", ClientSecret: Text("s")}}, new(guard))
		if err != nil {
			t.Fatal(err)
		}
		i := &Invoker{none: k}
		piped(t, i, func(c net.Conn) { serveOne(c, a) })
		start := time.Now()
		for _, tt := range []struct {
			at   time.Duration
			want string
		}{{0, "t1"}, {50*time.Second - 1, "t1"}, {50 * time.Second, "t2"}, {100*time.Second - 1, "t2"}, {100 * time.Second, "t3"}} {
			time.Sleep(time.Until(start.Add(tt.at)))
			if got, err := k.tokens.get(t.Context(), ""); got != tt.want || err != nil {
				t.Errorf("after %v: %s, %v, want %s", tt.at, got, err, tt.want)
			}
		}
	})
}

// Those who waited for a token that could not be had do not ask again, one after
// the other; and one who has no more time does not speak for the others.
func TestTokenFailureIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{answer: func(w http.ResponseWriter, _ int32) { time.Sleep(10 * time.Second); w.WriteHeader(500) }}
		k, err := newConnection("c", &Connection{OAuth: &OAuth{TokenURL: "http://a.test/token", ClientID: "id", ClientSecret: Text("s")}}, new(guard))
		if err != nil {
			t.Fatal(err)
		}
		i := &Invoker{none: k}
		piped(t, i, func(c net.Conn) { serveOne(c, a) })
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.tokens.get(hasty, ""); !strings.HasPrefix(outcome(value.Null, err), ErrSocket) {
			t.Errorf("got %v", err)
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := k.tokens.get(t.Context(), ""); !strings.HasPrefix(outcome(value.Null, err), ErrConnectionInternal) {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if n := a.issued.Load(); n != 2 {
			t.Errorf("the server was asked %d times, want 2", n)
		}
	})
}
