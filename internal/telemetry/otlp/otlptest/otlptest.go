// Package otlptest has a receiver of OTLP log records, over HTTP and gRPC, made
// of the protocol's published module. It answers as it is told to.
package otlptest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// An Answer is what becomes of a request. The zero Answer takes it.
type Answer struct {
	Rejected int64  // records that are not wanted
	Message  string // partial success without rejected records is a warning
	Status   int    // of HTTP, 0 for 200
	Code     codes.Code
	After    time.Duration // when to come again, with a Status or Code
	Hang     bool          // there is no answer until the client gives up
}

// A Receiver takes log records. It is safe for concurrent use.
type Receiver struct {
	HTTP, GRPC string // addresses, as 127.0.0.1:4318

	answer func(request int) Answer
	forget bool // what was taken

	mu       sync.Mutex // guards what follows
	requests int
	taken    []*collectorpb.ExportLogsServiceRequest
	rejected int
	headers  []http.Header
}

// Start starts a Receiver that ends with the test. answer, nil to take
// everything, says what becomes of the request of this number, from 0.
func Start(t testing.TB, answer func(request int) Answer) *Receiver {
	t.Helper()
	r := &Receiver{answer: answer}
	stop, err := r.listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return r
}

// Main is a process that takes everything and keeps nothing: it writes its two
// addresses to w, and ends with in.
func Main(in io.Reader, w io.Writer) error {
	r := &Receiver{forget: true}
	stop, err := r.listen()
	if err != nil {
		return err
	}
	defer stop()
	if _, err := fmt.Fprintln(w, r.HTTP, r.GRPC); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

func (r *Receiver) listen() (stop func(), err error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	rpc, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		web.Close()
		return nil, err
	}
	r.HTTP, r.GRPC = web.Addr().String(), rpc.Addr().String()
	hs, gs := &http.Server{Handler: r}, grpc.NewServer()
	collectorpb.RegisterLogsServiceServer(gs, service{r: r})
	var wg sync.WaitGroup
	wg.Go(func() { hs.Serve(web) })
	wg.Go(func() { gs.Serve(rpc) })
	return func() {
		hs.Close()
		gs.Stop()
		wg.Wait()
	}, nil
}

// next is what becomes of the request that came now.
func (r *Receiver) next(h http.Header) Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.requests
	r.requests++
	if !r.forget {
		r.headers = append(r.headers, h)
	}
	if r.answer == nil {
		return Answer{}
	}
	return r.answer(n)
}

// take keeps what was taken of q.
func (r *Receiver) take(q *collectorpb.ExportLogsServiceRequest, a Answer) *collectorpb.ExportLogsServiceResponse {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.forget {
		r.taken = append(r.taken, q)
	}
	r.rejected += int(a.Rejected)
	if a.Rejected == 0 && a.Message == "" {
		return &collectorpb.ExportLogsServiceResponse{}
	}
	return &collectorpb.ExportLogsServiceResponse{PartialSuccess: &collectorpb.ExportLogsPartialSuccess{
		RejectedLogRecords: a.Rejected, ErrorMessage: a.Message,
	}}
}

// Requests is how many requests there were, and their headers.
func (r *Receiver) Requests() (n int, headers []http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests, r.headers
}

// Taken is the requests that were taken.
func (r *Receiver) Taken() []*collectorpb.ExportLogsServiceRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken
}

// Records are those of the requests that were taken, rejected ones with them.
func (r *Receiver) Records() (records []*logspb.LogRecord) {
	for _, q := range r.Taken() {
		for _, rl := range q.ResourceLogs {
			for _, sl := range rl.ScopeLogs {
				records = append(records, sl.LogRecords...)
			}
		}
	}
	return records
}

// Count is how many records were taken and not rejected.
func (r *Receiver) Count() int {
	n := len(r.Records())
	r.mu.Lock()
	defer r.mu.Unlock()
	return n - r.rejected
}

// A service is a Receiver as gRPC wants it.
type service struct {
	collectorpb.UnimplementedLogsServiceServer
	r *Receiver
}

func (s service) Export(ctx context.Context, q *collectorpb.ExportLogsServiceRequest) (*collectorpb.ExportLogsServiceResponse, error) {
	a := s.r.next(incoming(ctx))
	switch {
	case a.Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case a.Code != codes.OK:
		return nil, failure(a)
	}
	return s.r.take(q, a), nil
}
