package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"
)

// slowAnswer is how long a slow collector takes for a request.
const slowAnswer = 500 * time.Millisecond

// A collecting is a collector that takes log records over OTLP/HTTP, in the mode
// that it was told last.
type collecting struct {
	mode atomic.Value // a key of modes

	mu   sync.Mutex // one line after the other
	file *os.File
}

// modes are what a collector may do with a request before it takes it; false
// means that it does not.
var modes = map[string]func(w http.ResponseWriter, r *http.Request) bool{
	"ok":   func(http.ResponseWriter, *http.Request) bool { return true },
	"slow": func(_ http.ResponseWriter, r *http.Request) bool { return !within(r.Context().Done(), slowAnswer) },
	"hang": func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return false },
	"429": func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	},
}

// collector takes log records at the address args[0], and writes to the ledger
// args[1] how many a request had before it answers.
func collector(ctx context.Context, args []string) (err error) {
	c := new(collecting)
	c.mode.Store("ok")
	if c.file, err = os.OpenFile(args[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	defer c.file.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/logs", c.logs)
	mux.HandleFunc("POST /mode/{mode}", func(_ http.ResponseWriter, r *http.Request) { c.mode.Store(r.PathValue("mode")) })
	s := &http.Server{Addr: args[0], Handler: mux}
	var ending sync.WaitGroup
	ending.Go(func() {
		<-ctx.Done()
		// What is in the ledger has to be answered: the engine counts as dropped what
		// is not.
		last, cancel := context.WithTimeout(context.Background(), 4*slowAnswer)
		defer cancel()
		if s.Shutdown(last) != nil {
			s.Close()
		}
	})
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	ending.Wait()
	return nil
}

func (c *collecting) logs(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	if !modes[c.mode.Load().(string)](w, r) {
		return
	}
	var export collectorpb.ExportLogsServiceRequest
	if err := proto.Unmarshal(body, &export); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := 0
	for _, of := range export.ResourceLogs {
		for _, by := range of.ScopeLogs {
			n += len(by.LogRecords)
		}
	}
	c.mu.Lock()
	_, err = fmt.Fprintln(c.file, n)
	c.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK) // an empty body is an empty ExportLogsServiceResponse
}

// received adds up a collector's ledger.
func received(path string) (records int, err error) {
	b, err := os.ReadFile(path)
	for line := range strings.Lines(string(b)) {
		records += number(strings.TrimSpace(line))
	}
	return records, err
}
