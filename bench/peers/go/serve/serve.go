// Package serve is what the peers in Go have in common: each is told what to do in
// lines of JSON on its standard input, and answers in lines of JSON.
package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Setup is the first line.
type Setup struct {
	Event  string // the text of the event that starts every execution
	Broker string // URL of a NATS server
}

// A Load is each further line: what to do next.
type Load struct {
	Workload string        // w1 to w5
	Callers  int           // at the same time
	Events   int           // of a backlog
	Time     time.Duration // for which callers go on
}

// A Sample is the answer to a Load.
type Sample struct {
	Events int             `json:"events"`
	Wall   time.Duration   `json:"wall"`
	P50    time.Duration   `json:"p50"` // of a call
	P99    time.Duration   `json:"p99"`
	Output json.RawMessage `json:"output"` // of one of the executions
}

// A Peer is what Run serves.
type Peer interface {
	Versions() map[string]string
	Measure(Load) (Sample, error)
	Close() error
}

// Run opens a peer with the first line and answers each further one with what it
// measures, until there are no more.
func Run(open func(Setup) (Peer, error)) {
	if err := run(open, json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(open func(Setup) (Peer, error), in *json.Decoder, out *json.Encoder) (err error) {
	var s Setup
	if err := in.Decode(&s); err != nil {
		return fmt.Errorf("read the first line: %w", err)
	}
	p, err := open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := out.Encode(map[string]any{"versions": p.Versions()}); err != nil {
		return err
	}
	for {
		var l Load
		if err := in.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read a line: %w", err)
		}
		var answer any
		answer, err := p.Measure(l)
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

// Repeat lets the callers of l call once, one call after the other, for the time
// of l.
func Repeat(l Load, once func() (output []byte, err error)) (s Sample, err error) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex // guards took, s and err
		took []time.Duration
	)
	began := time.Now()
	for range l.Callers {
		wg.Go(func() {
			var own []time.Duration
			var output []byte
			var failed error
			for at := began; failed == nil && at.Sub(began) < l.Time; {
				output, failed = once()
				now := time.Now()
				own = append(own, now.Sub(at))
				at = now
			}
			mu.Lock()
			defer mu.Unlock()
			took, s.Output, err = append(took, own...), output, errors.Join(err, failed)
		})
	}
	wg.Wait()
	s.Events, s.Wall = len(took), time.Since(began)
	slices.Sort(took)
	s.P50, s.P99 = took[(len(took)-1)/2], took[(len(took)-1)*99/100]
	return s, err
}

// Versions are those of modules in a build, each by a name of its own for a path.
func Versions(b *debug.BuildInfo, paths map[string]string) map[string]string {
	all := make(map[string]string)
	for _, m := range append(b.Deps, &b.Main) {
		for name, path := range paths {
			if m.Path == path {
				all[name] = strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return all
}
