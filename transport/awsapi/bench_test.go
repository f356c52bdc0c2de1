package awsapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed66d9166c/express/bench"
	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// A fixed starter runs one machine, which it has at hand as an engine has.
type fixed struct {
	*engine
	machine *express.Machine
}

func (f *fixed) StartSync(ctx context.Context, x *awsapi.Execution) (express.Outcome, error) {
	return f.machine.Run(ctx, express.Start{Name: x.Name, ARN: x.ARN, Input: x.Input, Trace: x.Trace, Sync: true}), nil
}

// workload is a server of W1, and the body of a request that starts it.
func workload(b *testing.B) (*awsapi.Server, string) {
	b.Helper()
	w, err := bench.WorkloadNamed("w1")
	if err != nil {
		b.Fatal(err)
	}
	p, found := compiler.Compile("w1", w.Definition, nil)
	if p == nil {
		b.Fatal(found)
	}
	m, err := express.New(p, express.Options{Identity: express.Identity{Name: "w1", ARN: machines + "w1"}})
	if err != nil {
		b.Fatal(err)
	}
	e := newEngine(compiler.Options{})
	return newServer(b, e, awsapi.Options{Starter: &fixed{e, m}}), fmt.Sprintf(`{"stateMachineArn":%q,"input":%q}`, machines+"w1", bench.Event)
}

// A start of W1 without a network.
func BenchmarkStartSync(b *testing.B) {
	s, body := workload(b)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request("StartSyncExecution", body))
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// Starts of W1 over HTTP, beside a server that does nothing but read the same body
// and answer with the same one: medians of their rates in turns of a moment each,
// and of the ratios of two turns.
func BenchmarkOverHTTP(b *testing.B) {
	const (
		connections = 16
		turn        = 100 * time.Millisecond
	)
	s, body := workload(b)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, request("StartSyncExecution", body))
	answer := w.Body.Bytes()
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Write(answer)
	}))
	defer empty.Close()
	server := "http://" + serve(b, s).String()

	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	ask := func(url string) {
		r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "AWSStepFunctions.StartSyncExecution")
		answer, err := client.Do(r)
		if err != nil {
			b.Error(err)
			return
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			b.Error(answer.Status)
		}
	}
	// rate is how many are answered in a second, over a turn.
	rate := func(url string) float64 {
		began := time.Now()
		var n atomic.Int64
		var wg sync.WaitGroup
		for range connections {
			wg.Go(func() {
				for time.Since(began) < turn {
					ask(url)
					n.Add(1)
				}
			})
		}
		wg.Wait()
		return float64(n.Load()) / time.Since(began).Seconds()
	}
	var nothing, starts, ratios []float64
	b.ReportAllocs()
	for b.Loop() {
		e, s := rate(empty.URL), rate(server)
		nothing, starts, ratios = append(nothing, e), append(starts, s), append(ratios, s/e)
	}
	for unit, all := range map[string][]float64{"empty/s": nothing, "starts/s": starts, "ratio": ratios} {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], unit)
	}
	b.ReportMetric(0, "ns/op") // of two turns: it says nothing
}
