// Package config reads an application directory: express.yaml, what the
// environment and the command line set instead, and which definitions there
// are. Everything that is wrong is found at once, each with its place.
package config

import (
	"strings"
	"time"
)

// FileName is the name of an application's configuration in its directory.
const FileName = "express.yaml"

// A Config is an application as it is to be served. Paths in it are absolute,
// or relative to the working directory.
type Config struct {
	Dir  string // the application directory
	File string // its express.yaml, "" if it has none

	Name        string
	Strict      bool
	Set         map[string]string // ${Name} in definitions
	Completion  Completion        // of workflows that say nothing else
	Logging     Logging           // of workflows that say nothing else
	Deployed    bool              // what is deployed at the broker is served, too
	TraceLink   bool              // executions begin traces of their own, linked to those of their events
	Lines       Lines
	Slots       int           // executions at a time
	Drain       time.Duration // for what runs, after the signal to stop
	Ack         Ack           // of events whose execution ended
	Dedupe      bool          // no event runs again whose execution ended, at whatever engine
	Listen      string        // address of health, metrics and pprof; Off for none
	NATS        NATS
	Embedded    Embedded
	Streams     Streams
	HTTP        HTTP
	Callbacks   Callbacks
	API         API
	Workflows   []*Workflow // sorted by name
	Triggers    []*Trigger
	Tasks       []*Binding
	Connections []*Connection
}

// Off is the value of an address that is not to be listened on.
const Off = "off"

// A Completion says when the event of an execution is acknowledged.
type Completion string

const (
	CompletionNone    Completion = "none"    // when the execution ended
	CompletionLog     Completion = "log"     // when its records are accepted
	CompletionPublish Completion = "publish" // when its outcome is in a stream
	// CompletionExported is when a collector has taken its records.
	CompletionExported Completion = "exported"
)

// An Ack says how an event is acknowledged.
type Ack string

const (
	AckAsync Ack = "async" // without an answer
	AckSync  Ack = "sync"  // until the broker has confirmed it
)

// Logging says which events of executions are recorded, and with what.
type Logging struct {
	Level  string   // ALL, ERROR, FATAL or OFF, as on AWS
	Data   bool     // includeExecutionData
	Redact []string // members of the data whose values are not recorded; nil for those that telemetry knows
	Full   Full
	Share  float64       // of the executions that succeed in time, those that are recorded: 0 to 1
	Slow   time.Duration // executions that take as long are recorded all the same; 0 for none
}

// Full says what becomes of a record where too many wait for the collector.
type Full string

const (
	FullDrop  Full = "drop"  // it is dropped, and counted
	FullBlock Full = "block" // its execution waits
)

// Lines says what is printed of executions.
type Lines string

const (
	LinesOff        Lines = "off"
	LinesExecutions Lines = "executions" // a line when one ended, and for what failed in it
	LinesEvents     Lines = "events"     // a line an event
)

// NATS says which broker to connect to, and as whom. With no URL and no
// Context there is none to connect to.
type NATS struct {
	URL, Context                string
	Creds, NKey                 string // files
	User, Password, Token       string
	Certificate, Key, Authority string // PEM files
}

// Embedded says how the broker in the process runs.
type Embedded struct {
	Store      string // directory
	Listen     string // address, Off for in process only
	Durability Durability
	Config     string // path of a nats.conf for the rest, "" for none
}

// Streams says how streams are made.
type Streams struct {
	MaxBytes     Bytes // of each
	DeadMaxBytes Bytes // of that of dead letters
	Replicas     int
}

// HTTP says what HTTP tasks may reach.
type HTTP struct {
	Allow []string // hosts, HOST:PORT and networks that are not public, or speak no TLS
}

// API says how AWS's API is answered.
type API struct {
	Listen                      string // address, Off for none
	KeysFile                    string // keys that requests are signed with; "" for any signature
	Certificate, CertificateKey string // PEM files
	Region, Account             string // of ARNs
}

// Callbacks says how services report back on the tasks they took on.
type Callbacks struct {
	Listen  string // address, Off for none: NATS takes reports all the same
	KeyFile string // what signs tokens; "" for a key that the engines share through the broker
}

// A Connection says as whom an HTTP task calls. Each of its secrets may lie in
// a file instead, which is read again when it has changed.
type Connection struct {
	Name string
	Type ConnectionType

	Username               string
	Password, PasswordFile string

	Header       string // of the API key
	Key, KeyFile string

	TokenURL, TokenMethod          string
	ClientID                       string
	ClientSecret, ClientSecretFile string
	ClientInBody                   bool // the request for a token has them in its body
	Scope                          string
	Parameters                     map[string]string // of the request for a token

	Headers, Query, Body map[string]string // of every request

	Authority                   string // PEM file of the authorities that may sign the server's certificate
	Certificate, CertificateKey string // PEM files of the client's own
}

// A ConnectionType says how a Connection shows who it is.
type ConnectionType string

const (
	ConnectionNone   ConnectionType = "none" // by its headers or its certificate, if at all
	ConnectionBasic  ConnectionType = "basic"
	ConnectionAPIKey ConnectionType = "apiKey"
	ConnectionOAuth  ConnectionType = "oauth" // client credentials
)

// A Durability says when the embedded broker has an event on disk.
type Durability string

const (
	DurabilityFast Durability = "fast" // within two minutes
	DurabilitySafe Durability = "safe" // before it is acknowledged
)

// A Workflow is a definition that can be started.
type Workflow struct {
	Name       string
	File       string
	Set        map[string]string // over those of the application
	Completion Completion
	Logging    Logging
}

// A Trigger starts a workflow for every event of a subject.
type Trigger struct {
	Subject    string // filter
	Stream     string // "" for the one that has the subject
	Workflow   string
	Result     string // subject for outcomes, "" for none
	DeadLetter string // DeadLetterFailed or ""
	Durable    string
	AckWait    time.Duration
	MaxPending int // unacknowledged events at all engines that share the durable, 0 for what the slots need
}

// DeadLetterFailed sends events whose execution failed to the dead letters.
const DeadLetterFailed = "failed"

// A Binding says what performs the tasks whose Resource fits a pattern.
type Binding struct {
	Pattern string // * stands for any text
	Target  string // a Resource of ours: nats:request:SUBJECT, or a URL
}

// Workflow is the workflow that has this name, nil if there is none.
func (c *Config) Workflow(name string) *Workflow {
	for _, w := range c.Workflows {
		if w.Name == name {
			return w
		}
	}
	return nil
}

// latest is the qualifier of a Lambda function that means the same as none.
const latest = ":$LATEST"

// Binding is the first binding that resource fits, nil if there is none.
func (c *Config) Binding(resource string) *Binding {
	plain := strings.TrimSuffix(resource, latest)
	for _, b := range c.Tasks {
		if matches(b.Pattern, resource) || matches(b.Pattern, plain) {
			return b
		}
	}
	return nil
}
