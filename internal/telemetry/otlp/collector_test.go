package otlp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// openTo is a queue to r, with what the variables say besides.
func openTo(t *testing.T, r *otlptest.Receiver, protocol, more string) *Queue {
	t.Helper()
	address := r.HTTP
	if protocol == GRPC {
		address = r.GRPC
	}
	o, err := FromEnv(vars(fmt.Sprintf("OTEL_EXPORTER_OTLP_ENDPOINT=http://%s OTEL_EXPORTER_OTLP_PROTOCOL=%s %s", address, protocol, more)))
	if err != nil {
		t.Fatal(err)
	}
	q, err := Open(o, origin, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func closeNow(t *testing.T, q *Queue) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return q.Close(ctx)
}

// Every protocol with every compression carries the same records.
func TestProtocols(t *testing.T) {
	for _, protocol := range []string{HTTP, GRPC, HTTPJSON} {
		for _, compression := range []string{"none", "gzip", "zstd"} {
			t.Run(protocol+" "+compression, func(t *testing.T) {
				r := otlptest.Start(t, nil)
				q := openTo(t, r, protocol, "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b OTEL_EXPORTER_OTLP_COMPRESSION="+compression)
				for range 2 { // requests, over one connection
					var receipt Receipt
					q.putN(3, &receipt)
					if err := <-q.Done(&receipt); err != nil {
						t.Error(err)
					}
				}
				if err := closeNow(t, q); err != nil {
					t.Error(err)
				}
				check(t, q, "in the end", Counts{Emitted: 6, Exported: 6})
				want := requestOf(3)
				if protocol == HTTPJSON { // the module reads ids as base64 here
					for _, r := range want.ResourceLogs[0].ScopeLogs[0].LogRecords {
						r.TraceId, r.SpanId = asBase64(r.TraceId), asBase64(r.SpanId)
					}
				}
				for _, got := range r.Taken() {
					if !proto.Equal(want, got) {
						t.Errorf("got %v, want %v", got, want)
					}
				}
				if _, headers := r.Requests(); len(headers) != 2 || headers[0].Get("Api-Key") != "a b" {
					t.Errorf("headers are %v", headers)
				}
			})
		}
	}
}

// asBase64 is what a reader of base64 makes of id in hexadecimal.
func asBase64(id []byte) []byte {
	b, err := base64.StdEncoding.DecodeString(fmt.Sprintf("%x", id))
	if err != nil {
		panic(err)
	}
	return b
}

// What a collector answers is understood, over both protocols.
func TestCollectorAnswers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  otlptest.Answer // to the first request; the next is taken
		wantErr string          // of what the receipt says
		want    Counts
	}{
		{"warning", otlptest.Answer{Message: "be quick"}, "", Counts{Emitted: 3, Exported: 3}},
		{"rejects some", otlptest.Answer{Rejected: 2, Message: "too old"},
			"2 of the 3 log records of a request were dropped, rejected: rejected by the collector: too old",
			Counts{Emitted: 3, Exported: 1, Dropped: dropped(2, Rejected)}},
		{"refuses", otlptest.Answer{Status: http.StatusBadRequest, Code: codes.InvalidArgument, Message: "größe"}, "größe",
			Counts{Emitted: 3, Dropped: dropped(3, Rejected)}},
		{"unauthorized", otlptest.Answer{Status: http.StatusUnauthorized, Code: codes.Unauthenticated, Message: "who"}, "who",
			Counts{Emitted: 3, Dropped: dropped(3, Rejected)}},
		{"moved", otlptest.Answer{Status: http.StatusMovedPermanently, Code: codes.Unimplemented, Message: "there"}, "there",
			Counts{Emitted: 3, Dropped: dropped(3, Rejected)}},
		{"unavailable", otlptest.Answer{Status: http.StatusServiceUnavailable, Code: codes.Unavailable}, "",
			Counts{Emitted: 3, Exported: 3, Retries: 1}},
		{"too many", otlptest.Answer{Status: http.StatusTooManyRequests, Code: codes.ResourceExhausted, After: time.Second}, "",
			Counts{Emitted: 3, Exported: 3, Retries: 1}},
		{"hangs", otlptest.Answer{Hang: true}, "", Counts{Emitted: 3, Exported: 3, Retries: 1}},
	} {
		for _, protocol := range []string{HTTP, GRPC} {
			t.Run(tt.name+" "+protocol, func(t *testing.T) {
				t.Parallel()
				r := otlptest.Start(t, func(n int) otlptest.Answer {
					if n == 0 {
						return tt.answer
					}
					return otlptest.Answer{}
				})
				q := openTo(t, r, protocol, "OTEL_EXPORTER_OTLP_TIMEOUT=500")
				var receipt Receipt
				q.putN(3, &receipt)
				began := time.Now()
				got := ""
				if err := <-q.Done(&receipt); err != nil {
					got = err.Error()
				}
				if !strings.Contains(got, tt.wantErr) || (got == "") != (tt.wantErr == "") {
					t.Errorf("the receipt says %q, want %q", got, tt.wantErr)
				}
				if took := time.Since(began); took < tt.answer.After {
					t.Errorf("it came again after %v, want %v", took, tt.answer.After)
				}
				closeNow(t, q)
				check(t, q, "in the end", tt.want)
				if n := r.Count(); uint64(n) != tt.want.Exported {
					t.Errorf("the collector has %d records, want %d", n, tt.want.Exported)
				}
			})
		}
	}
}

// Without details of when to come again, gRPC's RESOURCE_EXHAUSTED is a no.
func TestExhausted(t *testing.T) {
	r := otlptest.Start(t, func(int) otlptest.Answer { return otlptest.Answer{Code: codes.ResourceExhausted} })
	q := openTo(t, r, GRPC, "")
	q.putN(1, nil)
	closeNow(t, q)
	check(t, q, "in the end", Counts{Emitted: 1, Dropped: dropped(1, Rejected)})
}

// Records that many executions put while the collector answers as it likes are
// all accounted for: they were taken, or counted as dropped.
func TestExact(t *testing.T) {
	for _, protocol := range []string{HTTP, GRPC} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2)) // under the receiver's lock
			r := otlptest.Start(t, func(n int) otlptest.Answer {
				if n == 5 {
					return otlptest.Answer{Hang: true}
				}
				switch random.IntN(8) {
				case 0:
					return otlptest.Answer{Status: http.StatusServiceUnavailable, Code: codes.Unavailable}
				case 1:
					return otlptest.Answer{Status: http.StatusBadRequest, Code: codes.InvalidArgument}
				case 2:
					return otlptest.Answer{Rejected: 1, Message: "too old"}
				}
				return otlptest.Answer{}
			})
			q := openTo(t, r, protocol, "OTEL_BLRP_MAX_QUEUE_SIZE=300 OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=50 "+
				"OTEL_BLRP_SCHEDULE_DELAY=5 OTEL_EXPORTER_OTLP_TIMEOUT=2000")
			const executions, records = 200, 20
			var wg sync.WaitGroup
			for i := range executions {
				wg.Go(func() {
					var receipt Receipt
					var until time.Time
					if i%2 == 0 { // every other one waits for room
						until = time.Now().Add(time.Minute)
					}
					for range records {
						q.Put(context.Background(), until, sample(), &receipt)
						if n := q.Counts(); n.Emitted != n.Exported+n.Lost()+n.Waiting {
							t.Errorf("counted %+v", n)
						}
					}
					if done := q.Done(&receipt); done != nil {
						<-done
					}
				})
			}
			wg.Wait()
			closeNow(t, q)
			n := q.Counts()
			if n.Emitted != executions*records || n.Waiting != 0 || n.Emitted != n.Exported+n.Lost() {
				t.Errorf("counted %+v, want %d emitted", n, executions*records)
			}
			if got := r.Count(); uint64(got) != n.Exported {
				t.Errorf("the collector has %d records, counted %d", got, n.Exported)
			}
		})
	}
}

// Who answers is authenticated, and so is who asks.
func TestTLS(t *testing.T) {
	files := newFiles(t)
	for _, protocol := range []string{HTTP, GRPC} {
		for _, tt := range []struct {
			name, vars string
			ok         bool
		}{
			{"both", "OTEL_EXPORTER_OTLP_CERTIFICATE=" + files.Authorities + " OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=" +
				files.Certificate + " OTEL_EXPORTER_OTLP_CLIENT_KEY=" + files.Key, true},
			{"no client", "OTEL_EXPORTER_OTLP_CERTIFICATE=" + files.Authorities, false},
			{"unknown authority", "", false},
		} {
			t.Run(tt.name+" "+protocol, func(t *testing.T) {
				srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Trailer", "Grpc-Status")
					w.WriteHeader(http.StatusOK)
					w.Header().Set("Grpc-Status", "0")
				}))
				srv.TLS = files.server(t)
				srv.EnableHTTP2 = true
				srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
				srv.StartTLS()
				defer srv.Close()
				o, err := FromEnv(vars("OTEL_EXPORTER_OTLP_ENDPOINT=" + srv.URL + " OTEL_BLRP_EXPORT_TIMEOUT=300 OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol + " " + tt.vars))
				if err != nil {
					t.Fatal(err)
				}
				q, err := Open(o, origin, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				q.putN(1, nil)
				if err := closeNow(t, q); (err == nil) != tt.ok {
					t.Errorf("Close: %v, want an error %t", err, !tt.ok)
				}
			})
		}
	}
}

// Files that hold nothing of what they should are refused at the start.
func TestBadFiles(t *testing.T) {
	files := newFiles(t)
	for _, f := range []Files{
		{Authorities: files.Key},
		{Authorities: "/none"},
		{Certificate: files.Key, Key: files.Certificate},
	} {
		o := defaults
		o.OTLP, o.Endpoint, o.Files = true, link("https://localhost"), f
		if _, err := Open(o, origin, nil); err == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}

// A terminal gets a line a record, and the collector the same records.
func TestConsole(t *testing.T) {
	r := otlptest.Start(t, nil)
	o, err := FromEnv(vars("OTEL_LOGS_EXPORTER=console,otlp OTEL_EXPORTER_OTLP_ENDPOINT=http://" + r.HTTP))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	o.Console = &out
	q, err := Open(o, origin, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	q.putN(3, nil)
	if err := closeNow(t, q); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for _, l := range lines {
		if !json.Valid([]byte(l)) || !strings.Contains(l, `"eventName":"express.task.failed"`) {
			t.Errorf("line is %s", l)
		}
	}
	if len(lines) != 3 || r.Count() != 3 {
		t.Errorf("%d lines and %d records, want 3 each", len(lines), r.Count())
	}
}

// A console that is gone loses what a collector may have.
func TestConsoleGone(t *testing.T) {
	o := small
	o.Console = gone{}
	q, err := Open(o, origin, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	q.putN(1, nil)
	if err := closeNow(t, q); err == nil {
		t.Error("Close has no error")
	}
	check(t, q, "in the end", Counts{Emitted: 1, Dropped: dropped(1, Rejected)})
}

type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, fmt.Errorf("broken pipe") }

// What a collector says is told up to a bound, and read up to another one.
func TestLongAnswers(t *testing.T) {
	long := strings.Repeat("x", maxMessageText)
	for _, tt := range []struct {
		name    string
		answer  otlptest.Answer
		wantErr string
	}{
		{"a message", otlptest.Answer{Status: 400, Message: long}, "400 Bad Request: " + long},
		{"a longer one", otlptest.Answer{Status: 400, Message: long + "y"}, "400 Bad Request: " + long},
		{"a warning that is read", otlptest.Answer{Message: strings.Repeat("x", maxAnswer/2)}, ""},
		{"one that is not", otlptest.Answer{Message: strings.Repeat("x", 3*maxAnswer)}, ""},
	} {
		r := otlptest.Start(t, func(int) otlptest.Answer { return tt.answer })
		q := openTo(t, r, HTTP, "")
		q.putN(1, nil)
		err := closeNow(t, q)
		if (err == nil) != (tt.wantErr == "") || err != nil && !strings.HasSuffix(err.Error(), tt.wantErr) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"99999999999":                   maxRetryAfter * time.Second,
		"Tue, 01 Jan 2030 00:01:00 GMT": time.Minute,
		"Tue, 01 Jan 2019 00:01:00 GMT": 0,
		"Tue, 01 Jan 2040 00:01:00 GMT": maxRetryAfter * time.Second,
	} {
		if got := retryAfter(v, now); got != want {
			t.Errorf("%q is %v, want %v", v, got, want)
		}
	}
}

// OTLP's JSON writes numbers of 64 bits as strings, but not everybody does.
func TestPartialJSON(t *testing.T) {
	for _, tt := range []struct {
		body string
		want partial
	}{
		{`{}`, partial{}},
		{`{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no"}}`, partial{3, "no"}},
		{`{"partialSuccess":{"rejectedLogRecords":3}}`, partial{3, ""}},
		{`{"partialSuccess":{"rejectedLogRecords":"x"}}`, partial{}},
		{`<html>`, partial{}},
	} {
		if diff := cmp.Diff(tt.want, readPartialJSON([]byte(tt.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
}

// FuzzAnswer reads what anybody may answer.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("\x0a\x05\x08\x02\x12\x01x"))
	f.Add([]byte(`{"partialSuccess":{"rejectedLogRecords":"3"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		readPartial(b)
		readPartialJSON(b)
		if _, after, _ := readStatus(b); after < 0 {
			t.Errorf("come again after %v", after)
		}
	})
}
