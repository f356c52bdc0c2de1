package httptask

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server on loopback.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// loopback permits the servers of tests.
var loopback = Options{Allow: []string{"127.0.0.1"}}

func open(t testing.TB, o Options) *Invoker {
	t.Helper()
	i, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

// task is a call of http:invoke with arguments in JSON.
func task(t testing.TB, args string, format ...any) *express.Call {
	t.Helper()
	v, err := value.ParseString(fmt.Sprintf(args, format...))
	if err != nil {
		t.Fatal(err)
	}
	return express.Call{
		Task:      &program.Task{Kind: "http", Target: "http:invoke", Resource: "arn:aws:states:::http:invoke", Service: "http", Action: "invoke"},
		Input:     v,
		Execution: "run-1",
		State:     "Ask",
		Delivery:  2,
		Retry:     1,
		Deadline:  time.Now().Add(5 * time.Minute),
		Trace:     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Hops:      3,
	}.WithKey("KEY")
}

// posting is a call of the task whose Resource is url.
func posting(url string, input value.Value) *express.Call {
	scheme, target, _ := strings.Cut(url, ":")
	return express.Call{
		Task:     &program.Task{Kind: scheme, Target: target, Resource: url, Service: scheme, Action: target},
		Input:    input,
		Deadline: time.Now().Add(time.Second),
	}.WithKey("KEY")
}

// outcome is a result in JSON, or an error as name and cause.
func outcome(v value.Value, err error) string {
	if err == nil {
		return v.String()
	}
	e, ok := err.(*express.Error)
	if !ok {
		return fmt.Sprintf("not an *express.Error: %v", err)
	}
	return e.Name + ": " + e.Cause
}

// wantOutcome compares what c ends with.
func wantOutcome(t *testing.T, i *Invoker, c *express.Call, want string) {
	t.Helper()
	if got := outcome(i.Invoke(t.Context(), c)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// get is a GET of url.
func get(t testing.TB, url string) *express.Call {
	return task(t, `{"Method":"GET","ApiEndpoint":%q}`, url)
}

var discard = log.New(io.Discard, "", 0)

// serveOne answers the requests of one connection until it is closed.
func serveOne(c net.Conn, h http.Handler) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		io.Copy(io.Discard, req.Body)
		resp := w.Result()
		resp.ContentLength = int64(w.Body.Len())
		if err := resp.Write(c); err != nil {
			return
		}
	}
}
