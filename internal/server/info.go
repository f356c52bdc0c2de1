package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// An Info says what a Server serves and where.
type Info struct {
	Name        string         `json:"name"`
	Dir         string         `json:"dir"`
	Broker      string         `json:"broker"`              // URL, "" where only this process reaches it
	Embedded    bool           `json:"embedded"`            // in this process
	Store       string         `json:"store,omitempty"`     // of the embedded broker
	Durability  string         `json:"durability"`          // in words
	Health      string         `json:"health,omitempty"`    // URL
	Callbacks   string         `json:"callbacks,omitempty"` // URL
	API         string         `json:"api,omitempty"`       // URL of AWS's
	Exports     bool           `json:"exports"`             // log records
	Workflows   []WorkflowInfo `json:"workflows"`
	Triggers    []TriggerInfo  `json:"triggers"`
	Unbound     []Unbound      `json:"unbound,omitempty"`
	DeadLetters string         `json:"dead_letters"` // subjects
	Next        []string       `json:"next"`         // commands to type
	Findings    config.Reports `json:"-"`            // warnings
}

// A WorkflowInfo is a workflow that is served.
type WorkflowInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	File    string `json:"file"`
	Start   string `json:"start"` // subject of asynchronous starts
	Sync    string `json:"sync"`  // subject of requests
}

// A TriggerInfo is a trigger that is served.
type TriggerInfo struct {
	Subject  string `json:"subject"`
	Stream   string `json:"stream"`
	Durable  string `json:"durable"`
	Workflow string `json:"workflow"`
	Result   string `json:"result,omitempty"`
}

// An Unbound is a task that nothing performs.
type Unbound struct {
	Workflow string `json:"workflow"`
	State    string `json:"state"`
	Resource string `json:"resource"`
	Help     string `json:"help"`
}

// Info says what s serves now.
func (s *Server) Info() Info {
	i := Info{
		Name:        s.app.Name,
		Dir:         s.app.Dir,
		Broker:      s.broker.url,
		Embedded:    s.broker.embedded != nil,
		Durability:  s.durability(),
		Health:      s.health.url(),
		Callbacks:   s.callbacks.url(),
		API:         s.api.url(),
		Exports:     s.telemetry.Exports(),
		Unbound:     s.unbound(),
		DeadLetters: transport.DeadSubjects,
		Findings:    s.found,
	}
	if i.Embedded {
		i.Store = s.app.Embedded.Store
	}
	for _, w := range s.catalog.All() {
		name := w.Config.Name
		i.Workflows = append(i.Workflows, WorkflowInfo{
			Name: name, Version: w.Version, File: w.Config.File,
			Start: transport.StartSubject(name), Sync: transport.SyncSubject(name),
		})
	}
	for _, f := range s.sorted() {
		if f.o.Stream == jetstream.StartStream {
			continue
		}
		i.Triggers = append(i.Triggers, TriggerInfo{
			Subject: f.o.Subject, Stream: f.o.Stream, Durable: f.o.Durable, Workflow: f.o.Workflow, Result: f.o.Result,
		})
	}
	i.Next = s.next(&i)
	return i
}

// next are commands that show the application at work.
func (s *Server) next(i *Info) (commands []string) {
	at := ""
	if i.Broker != "" && i.Broker != nats.DefaultURL {
		at = " --server " + i.Broker
	}
	if len(i.Triggers) > 0 {
		commands = append(commands, fmt.Sprintf("express pub %s%s < events.ndjson", example(i.Triggers[0].Subject), at))
	}
	if len(i.Workflows) > 0 {
		commands = append(commands, fmt.Sprintf("express sync %s%s -i '{}'", i.Workflows[0].Name, at))
	}
	return commands
}

// example is a subject that fits filter.
func example(filter string) string {
	return strings.NewReplacer("*", "test", ">", "test").Replace(filter)
}

// Counts is how many executions and log records there were so far.
func (s *Server) Counts() telemetry.Counts { return s.telemetry.Counts() }

// durability says in words what can be lost, of the streams that differ in it.
func (s *Server) durability() string {
	sync := jetstream.SyncUnknown
	if s.broker.embedded != nil {
		sync = jetstream.SyncLater
		if s.app.Embedded.Durability == config.DurabilitySafe {
			sync = jetstream.SyncAlways
		}
	}
	var words []string
	for _, f := range s.sorted() {
		if w := f.source.Keeping(sync).String(); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, "; ")
}
