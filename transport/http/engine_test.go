package httptask

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
)

// ended is how an execution ended, in a line.
func ended(o express.Outcome) string {
	if o.Err != nil {
		return fmt.Sprintf("%s %s: %s", o.Status, o.Err.Name, o.Err.Cause)
	}
	return fmt.Sprintf("%s %s", o.Status, o.Output)
}

// A Retry repeats a request under the same idempotency key.
func TestRetry(t *testing.T) {
	const definition = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "http://a.test/quote",
		"Retry": [{"ErrorEquals": ["States.Http.StatusCode.503", "States.Http.Socket"], "IntervalSeconds": 1}], "End": true}}}`
	synctest.Test(t, func(t *testing.T) {
		i := open(t, Options{})
		var mu sync.Mutex // guards what follows
		var retries []string
		keys := make(map[string]bool)
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			retry := r.Header.Get("Express-Retry")
			mu.Lock()
			retries = append(retries, retry)
			keys[r.Header.Get("Idempotency-Key")] = true
			mu.Unlock()
			switch body, _ := io.ReadAll(r.Body); retry {
			case "0":
				w.WriteHeader(http.StatusServiceUnavailable)
			case "1":
				time.Sleep(2 * Timeout)
			default:
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"quote":%s}`, body)
			}
		})
		piped(t, i, func(c net.Conn) { serveOne(c, h) })
		o := expresstest.Run(t, expresstest.Machine(t, definition, i.Invoke), `{"item": 7}`)
		if got, want := ended(o), `SUCCEEDED {"quote":{"item":7}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{"0", "1", "2"}, retries); diff != "" || len(keys) != 1 {
			t.Errorf("%d keys, retries (-want +got):\n%s", len(keys), diff)
		}
	})
}

// A task that has less than a minute ends when that is over, and its goroutines
// with it.
func TestTaskTimeout(t *testing.T) {
	const definition = `{"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "TimeoutSeconds": 5,
			"Parameters": {"Method": "GET", "ApiEndpoint": "http://a.test"},
			"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}], "End": true},
		"Late": {"Type": "Pass", "Result": "late", "End": true}}}`
	synctest.Test(t, func(t *testing.T) {
		i := open(t, Options{})
		piped(t, i, func(c net.Conn) { io.Copy(io.Discard, c) })
		began := time.Now()
		o := expresstest.Run(t, expresstest.Machine(t, definition, i.Invoke), `{}`)
		if got, want := ended(o), `SUCCEEDED "late"`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// An answer over the limit, and what surrounds one that is not, is an error that
// a Catch sees.
func TestResultOverTheLimit(t *testing.T) {
	const definition = `{"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
			"Parameters": {"Method": "GET", "ApiEndpoint.$": "$.url"},
			"Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Large"}], "End": true},
		"Large": {"Type": "Pass", "OutputPath": "$.Cause", "End": true}}}`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(text(256<<10, false))
	})
	i := open(t, loopback)
	o := expresstest.Run(t, expresstest.Machine(t, definition, i.Invoke), fmt.Sprintf(`{"url": %q}`, s.URL))
	const want = `SUCCEEDED "The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit."`
	if got := ended(o); got != want {
		t.Errorf("got %.200s, want %s", got, want)
	}
}
