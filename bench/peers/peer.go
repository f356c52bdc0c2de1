package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed66d9166c/express/bench"
)

// A peer is a process that is told what to do in lines of JSON, and answers in
// lines of JSON: to the setup with its versions, to each load with a sample or an
// error.
type peer struct {
	*process
	requests *json.Encoder
	answers  *json.Decoder
	are      map[string]string // its versions
}

// A setup is what a peer is told first.
type setup struct {
	Event       string                     `json:"event"`       // the text that starts every execution
	Definitions map[string]json.RawMessage `json:"definitions"` // of its workloads
	Broker      string                     `json:"broker"`      // URL of a NATS server
}

// A load is what a peer is told to do.
type load struct {
	Workload string        `json:"workload"`
	Callers  int           `json:"callers"` // at the same time
	Events   int           `json:"events"`  // of a backlog
	Time     time.Duration `json:"time"`    // that callers go on for, where there is no backlog
}

// A sample is what a load came to.
type sample struct {
	Events int             `json:"events"`
	Wall   time.Duration   `json:"wall"`
	CPU    time.Duration   `json:"cpu"`
	P50    time.Duration   `json:"p50"` // of a call
	P99    time.Duration   `json:"p99"`
	Output json.RawMessage `json:"output"` // of one of the executions
}

// rate is how many events a second of wall or CPU time were.
func (s sample) rate(byCPU bool) float64 {
	if byCPU {
		return float64(s.Events) / s.CPU.Seconds()
	}
	return float64(s.Events) / s.Wall.Seconds()
}

// answerTime is how long a peer may take to begin, or to answer beyond the time
// that it was told to go on for: a server that starts on a busy machine takes half
// a minute.
const answerTime = 2 * time.Minute

// newSetup is for a peer with the workloads.
func newSetup(broker string, workloads []string) (setup, error) {
	s := setup{Event: bench.Event, Definitions: make(map[string]json.RawMessage), Broker: broker}
	for _, name := range workloads {
		w, err := bench.WorkloadNamed(name)
		if err != nil {
			return s, err
		}
		s.Definitions[name] = w.Definition
	}
	return s, nil
}

// greet makes a peer of p. It ends p if it does not answer.
func greet(p *process, s setup) (*peer, error) {
	defer time.AfterFunc(answerTime, func() { p.kill() }).Stop()
	x := &peer{process: p, requests: json.NewEncoder(p), answers: json.NewDecoder(p)}
	var hello struct{ Versions map[string]string }
	err := x.requests.Encode(s)
	if err == nil {
		err = x.answers.Decode(&hello)
	}
	if err != nil {
		return nil, fmt.Errorf("it did not begin: %w", errors.Join(err, p.stop()))
	}
	x.are = hello.Versions
	return x, nil
}

func (p *peer) versions() map[string]string { return p.are }

func (p *peer) measure(_ context.Context, l load) (sample, error) {
	var answer struct {
		sample
		Error string
	}
	defer time.AfterFunc(l.Time+answerTime, func() { p.kill() }).Stop()
	if err := p.requests.Encode(l); err != nil {
		return sample{}, fmt.Errorf("ask: %w", err)
	}
	if err := p.answers.Decode(&answer); err != nil {
		return sample{}, fmt.Errorf("answer: %w", err)
	}
	if answer.Error != "" {
		return sample{}, errors.New(answer.Error)
	}
	if answer.Events == 0 {
		return sample{}, errors.New("nothing was run")
	}
	return answer.sample, nil
}

func (p *peer) close() error { return p.stop() }
