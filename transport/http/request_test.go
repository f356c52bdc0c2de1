package httptask

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// echo answers with the request, a line for each header and the deadline as a
// remark.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.RequestURI)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		val := strings.Join(r.Header[name], " | ")
		if name == "Express-Deadline" {
			ms, err := strconv.Atoi(val)
			val = fmt.Sprintf("at most a minute: %t", err == nil && 0 < ms && ms <= 60_000)
		}
		fmt.Fprintf(&b, "%s: %s\n", name, val)
	}
	fmt.Fprintf(&b, "\n%s", body)
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, b.String())
}

func TestHTTPTask(t *testing.T) {
	s := serve(t, echo)
	i := open(t, Options{Allow: loopback.Allow, Region: "eu-north-1"})
	tests := []struct{ name, args, want string }{
		{
			"everything",
			`{"Method": "POST", "ApiEndpoint": "SERVER/v1/a b/ü?fixed=1", "Headers": {"X-Room": "12", "x-many": ["a", "b"], "X-Number": 7},
			  "QueryParameters": {"q": "a&b=c", "id": [1, 2], "on": true, "none": null}, "RequestBody": {"name": "Ada", "n": 1.50}}`,
			`POST /v1/a%20b/%C3%BC?fixed=1&q=a%26b%3Dc&id=1&id=2&on=true&none=
Content-Length: 23
Content-Type: application/json; charset=UTF-8
Express-Attempt: 2
Express-Deadline: at most a minute: true
Express-Execution: run-1
Express-Hops: 4
Express-Retry: 1
Idempotency-Key: KEY
Range: bytes=0-262144
Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
User-Agent: Amazon|StepFunctions|HttpInvoke|eu-north-1
X-Many: a | b
X-Number: 7
X-Room: 12

{"name":"Ada","n":1.50}`,
		}, {
			"what the task says, and what it does not get",
			`{"Method": "PUT", "ApiEndpoint": "SERVER", "Headers": {"content-type": "text/xml", "idempotency-key": "mine", "user-agent": "me", "Range": "bytes=0-1"},
			  "QueryParameters": "a=b c&d=%20#x", "RequestBody": "<a/>"}`,
			`PUT /?a=b%20c&d=%20%23x
Content-Length: 4
Content-Type: text/xml
Express-Attempt: 2
Express-Deadline: at most a minute: true
Express-Execution: run-1
Express-Hops: 4
Express-Retry: 1
Idempotency-Key: mine
Range: bytes=0-262144
Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
User-Agent: Amazon|StepFunctions|HttpInvoke|eu-north-1

<a/>`,
		}, {
			"a form",
			`{"Method": "POST", "ApiEndpoint": "SERVER", "Headers": {"Content-Type": "application/x-www-form-urlencoded"},
			  "RequestBody": {"customer": "1 2", "metadata": {"order_details": "ü"}, "items": ["a", {"n": 1}]}, "Transform": {"RequestBodyEncoding": "URL_ENCODED"}}`,
			`POST /
Content-Length: 86
Content-Type: application/x-www-form-urlencoded
Express-Attempt: 2
Express-Deadline: at most a minute: true
Express-Execution: run-1
Express-Hops: 4
Express-Retry: 1
Idempotency-Key: KEY
Range: bytes=0-262144
Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
User-Agent: Amazon|StepFunctions|HttpInvoke|eu-north-1

customer=1%202&metadata%5Border_details%5D=%C3%BC&items%5B0%5D=a&items%5B1%5D%5Bn%5D=1`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := i.Invoke(t.Context(), task(t, "%s", strings.ReplaceAll(tt.args, "SERVER", s.URL)))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := v.Get("ResponseBody")
			if diff := cmp.Diff(tt.want, got.Text()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPost(t *testing.T) {
	s := serve(t, echo)
	i := open(t, loopback)
	c := posting(s.URL+"/quote?v=2#top", value.String("a string is JSON, too"))
	c.Token, c.Trace = "TOKEN", "Root=1-67891233-abcdef012345678912345678"
	v, err := i.Invoke(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := `POST /quote?v=2
Accept: application/json, application/msgpack;q=0.9, */*;q=0.1
Content-Length: 23
Content-Type: application/json; charset=UTF-8
Express-Attempt: 0
Express-Deadline: at most a minute: true
Express-Hops: 1
Express-Retry: 0
Express-Task-Token: TOKEN
Idempotency-Key: KEY
User-Agent: express
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678

"a string is JSON, too"`
	if diff := cmp.Diff(want, v.Text()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	const bad = "States.Runtime: The Parameters could not be used to start the Task: [The value of the field '%s' has an invalid format]"
	i := open(t, loopback)
	tests := []struct{ args, want string }{
		{`{}`, fmt.Sprintf(bad, "Method")},
		{`7`, fmt.Sprintf(bad, "Method")},
		{`{"Method":"GET"}`, fmt.Sprintf(bad, "ApiEndpoint")},
		{`{"Method":"GET","ApiEndpoint":7}`, fmt.Sprintf(bad, "ApiEndpoint")},
		{`{"Method":"get","ApiEndpoint":"https://a.test"}`, fmt.Sprintf(bad, "Method")},
		{`{"Method":"TRACE","ApiEndpoint":"https://a.test"}`, fmt.Sprintf(bad, "Method")},
		{`{"Method":"GET","ApiEndpoint":"a.test"}`, "States.Runtime: The value of the field 'ApiEndpoint' is not a URL that can be called: it does not begin with https://."},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Headers":"X: y"}`, fmt.Sprintf(bad, "Headers")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Headers":{"X":{}}}`, fmt.Sprintf(bad, "Headers")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Headers":{"X":["a\r\nEvil: 1"]}}`, fmt.Sprintf(bad, "Headers")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","QueryParameters":["a"]}`, fmt.Sprintf(bad, "QueryParameters")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Transform":"URL_ENCODED"}`, fmt.Sprintf(bad, "Transform")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Transform":{"RequestEncodingOptions":"COMMAS"}}`, fmt.Sprintf(bad, "RequestEncodingOptions")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Transform":{"RequestBodyEncoding":"XML"}}`, fmt.Sprintf(bad, "RequestBodyEncoding")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Transform":{"RequestEncodingOptions":{"ArrayFormat":"X"}}}`, fmt.Sprintf(bad, "ArrayFormat")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","Authentication":{}}`, fmt.Sprintf(bad, "ConnectionArn")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","InvocationConfig":{"ConnectionArn":"arn:aws:events:us-east-1:1:rule/x"}}`, fmt.Sprintf(bad, "ConnectionArn")},
		{`{"Method":"GET","ApiEndpoint":"https://a.test","InvocationConfig":{"ConnectionArn":"arn:aws:events:us-east-1:1:connection/stripe/1"}}`,
			`Events.ConnectionResource.ResourceNotFound: There is no connection "stripe".`},
		{`{"Method":"POST","ApiEndpoint":"https://a.test","RequestBody":[1],"Transform":{"RequestBodyEncoding":"URL_ENCODED"}}`, fmt.Sprintf(bad, "RequestBody")},
	}
	for _, tt := range tests {
		wantOutcome(t, i, task(t, "%s", tt.args), tt.want)
	}
}

// AWS's list, and what else would speak in the name of the engine.
func TestForbiddenHeaders(t *testing.T) {
	i := open(t, loopback)
	for _, name := range []string{
		"A-IM", "Accept-Charset", "Accept-Datetime", "Accept-Encoding", "Authorization", "Cache-Control", "Connection", "Content-Encoding",
		"Content-MD5", "Date", "Expect", "Forwarded", "From", "Host", "HTTP2-Settings", "If-Match", "If-Modified-Since", "If-None-Match",
		"If-Range", "If-Unmodified-Since", "Max-Forwards", "Origin", "Pragma", "Proxy-Authorization", "Referer", "Server", "TE", "Trailer",
		"Transfer-Encoding", "Upgrade", "Via", "Warning", "x-forwarded-for", "X-Amz-Date", "x-amzn-trace-id",
		"Content-Length", "Keep-Alive", "Proxy-Connection", "Nats-Rollup", "express-execution", "", "X Y", "X:", "X\r\nEvil", "Ü",
	} {
		c := task(t, `{"Method":"GET","ApiEndpoint":"https://a.test","Headers":{%s:"1"}}`, value.String(name))
		wantOutcome(t, i, c, fmt.Sprintf("States.Runtime: The Parameters could not be used to start the Task: [The header %q is not allowed]", name))
	}
}

func TestURLTooLong(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	i := open(t, loopback)
	const query = "?q="
	path := strings.Repeat("a", maxURL-len(s.URL)-len(query)) // more than the server takes, but sent
	if got := outcome(i.Invoke(t.Context(), get(t, s.URL+query+path))); !strings.HasPrefix(got, "{") {
		t.Errorf("a URL of %d bytes: %s", maxURL, got)
	}
	wantOutcome(t, i, get(t, s.URL+query+path+"a"),
		"States.Runtime: The value of the field 'ApiEndpoint' is not a URL that can be called: it is longer than 65536 bytes.")
	wantOutcome(t, i, task(t, `{"Method":"GET","ApiEndpoint":%q,"QueryParameters":{"q":%q}}`, s.URL, strings.Repeat("a", maxURL)),
		"States.Runtime: The URL with its query parameters is longer than 65536 bytes.")
}

func TestPatterns(t *testing.T) {
	i := open(t, loopback)
	for _, p := range []program.Pattern{program.Sync, program.Sync2, program.Token} {
		c := posting("https://a.test/job.sync", value.Null)
		c.Task.Pattern = p
		wantOutcome(t, i, c, "Http.UnsupportedPattern: Tasks over HTTP have no jobs and no callbacks: https://a.test/job.sync")
	}
}

// A request is sent once, even where the server closes a kept connection in the
// face of it; net/http would repeat one that has an Idempotency-Key. What
// changes nothing may be repeated.
func TestSentOnce(t *testing.T) {
	for _, tt := range []struct {
		method, headers string
		times           int32
	}{
		{"POST", `{}`, 1},
		{"PUT", `{"Idempotency-Key": "mine"}`, 1},
		{"PATCH", `{"X-Idempotency-Key": "mine"}`, 1},
		{"DELETE", `{}`, 1},
		{"GET", `{}`, 2},
	} {
		t.Run(tt.method, func(t *testing.T) {
			var times atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/first" {
					return
				}
				times.Add(1)
				panic(http.ErrAbortHandler)
			})
			i := open(t, loopback)
			if _, err := i.Invoke(t.Context(), get(t, s.URL+"/first")); err != nil {
				t.Fatal(err)
			}
			c := task(t, `{"Method":%q,"ApiEndpoint":%q,"Headers":%s}`, tt.method, s.URL, tt.headers)
			wantOutcome(t, i, c, fmt.Sprintf("States.Http.Socket: %s has closed the connection before its answer was complete.", strings.TrimPrefix(s.URL, "http://")))
			s.Close()
			if n := times.Load(); n != tt.times {
				t.Errorf("the server got it %d times, want %d", n, tt.times)
			}
		})
	}
}
