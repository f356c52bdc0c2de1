package config

import (
	"strings"
	"time"
	"unicode"
)

// A Key is a setting of express.yaml.
type Key struct {
	Name    string // with the sections it stands in: "embedded.store"
	Default string // "" for none
	Help    string // one line
	OneOf   []string
	Alias   string // a variable of the environment that sets it where Env does not: one that the nats command has
	Scalar  bool   // it has one value, which the environment and flags can set, too
}

// Env is the environment variable that sets k: EXPRESS_STREAMS_MAX_BYTES for
// streams.maxBytes.
func (k Key) Env() string { return "EXPRESS_" + strings.ToUpper(k.words('_')) }

// Flag is the name of the flag that sets k: streams-max-bytes for
// streams.maxBytes.
func (k Key) Flag() string { return k.words('-') }

// words is the name of k in lower case, with sep between its words.
func (k Key) words(sep rune) string {
	var b strings.Builder
	for _, r := range k.Name {
		switch {
		case r == '.':
			b.WriteRune(sep)
		case unicode.IsUpper(r):
			b.WriteRune(sep)
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Keys are the settings of an application, in the order of the reference.
func Keys() []Key {
	keys := make([]Key, len(applicationKeys))
	for i, r := range applicationKeys {
		keys[i] = r.Key
		keys[i].Scalar = isScalar(r.in(new(Config)))
	}
	return keys
}

// A row is a key of T, a section that can occur more than once.
type row[T any] struct {
	Key
	in    func(*T) any // where its value is
	valid check        // of a scalar; nil takes what its type takes
	file  bool         // a path: in express.yaml it is relative to the directory
}

// rows are the keys of T.
type rows[T any] []row[T]

func (rs rows[T]) find(name string) *row[T] {
	for i := range rs {
		if rs[i].Name == name {
			return &rs[i]
		}
	}
	return nil
}

// isSection reports whether names of keys begin with prefix, which ends in a
// dot.
func (rs rows[T]) isSection(prefix string) bool {
	for i := range rs {
		if strings.HasPrefix(rs[i].Name, prefix) {
			return true
		}
	}
	return false
}

// names are the names that can stand in the section prefix.
func (rs rows[T]) names(prefix string) []string {
	var names []string
	for i := range rs {
		if rest, ok := strings.CutPrefix(rs[i].Name, prefix); ok {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, name)
		}
	}
	return names
}

var (
	levels      = []string{"ALL", "ERROR", "FATAL", "OFF"}
	completions = []string{string(CompletionNone), string(CompletionLog), string(CompletionPublish), string(CompletionExported)}

	fulls = []string{string(FullDrop), string(FullBlock)}

	connectionTypes = []string{string(ConnectionNone), string(ConnectionBasic), string(ConnectionAPIKey), string(ConnectionOAuth)}
)

// applicationKeys is what an application can set: one row a key.
var applicationKeys = rows[Config]{
	{Key: Key{Name: "name", Help: "name of the application; else that of its directory"},
		in: func(c *Config) any { return &c.Name }, valid: text(validName)},
	{Key: Key{Name: "strict", Default: "false", Help: "refuse definitions that AWS refuses for Express Workflows"},
		in: func(c *Config) any { return &c.Strict }},
	{Key: Key{Name: "completion", Default: "log", Help: "when an event is acknowledged: its execution ended, its records are accepted, its outcome is in a stream, a collector has its records", OneOf: completions},
		in: func(c *Config) any { return (*string)(&c.Completion) }},
	{Key: Key{Name: "logging.level", Default: "ALL", Help: "which events of executions are recorded, by AWS's levels", OneOf: levels},
		in: func(c *Config) any { return &c.Logging.Level }},
	{Key: Key{Name: "logging.includeExecutionData", Default: "false", Help: "record inputs, outputs, variables and parameters, too"},
		in: func(c *Config) any { return &c.Logging.Data }},
	{Key: Key{Name: "logging.redact", Help: "names of members whose values are not recorded, at any depth: a list of parts of names, or with * and ? of whole ones; else pass, secret, token, authorization and cookie"},
		in: func(c *Config) any { return &c.Logging.Redact }},
	{Key: Key{Name: "logging.full", Default: string(FullDrop), Help: "what becomes of a record where too many wait for the collector: it is dropped and counted, or its execution waits", OneOf: fulls},
		in: func(c *Config) any { return (*string)(&c.Logging.Full) }},
	{Key: Key{Name: "logging.share", Default: "1", Help: "which share of the executions that succeed in time is recorded, from 0 to 1; the others all are"},
		in: func(c *Config) any { return &c.Logging.Share }, valid: between(0.0, 1)},
	{Key: Key{Name: "logging.slow", Default: "0s", Help: "an execution that takes as long is recorded whatever the share; 0 for none"},
		in: func(c *Config) any { return &c.Logging.Slow }, valid: between(0, maxDrain)},
	{Key: Key{Name: "traces.link", Default: "false", Help: "let each execution begin a trace of its own, linked to that of its event; else it belongs to that one"},
		in: func(c *Config) any { return &c.TraceLink }},
	{Key: Key{Name: "lines", Default: "off", Help: "what is printed of executions; express dev prints executions", OneOf: []string{string(LinesOff), string(LinesExecutions), string(LinesEvents)}},
		in: func(c *Config) any { return (*string)(&c.Lines) }},
	{Key: Key{Name: "slots", Default: "4096", Help: "executions at a time, of each trigger"},
		in: func(c *Config) any { return &c.Slots }, valid: between(1, maxSlots)},
	{Key: Key{Name: "drain", Default: "20s", Help: "how long executions may go on after the signal to stop; then they are given back"},
		in: func(c *Config) any { return &c.Drain }, valid: between(0, maxDrain)},
	{Key: Key{Name: "ack", Default: "async", Help: "how an event is acknowledged: without an answer, or until the broker has confirmed it, which is of use in a cluster", OneOf: []string{string(AckAsync), string(AckSync)}},
		in: func(c *Config) any { return (*string)(&c.Ack) }},
	{Key: Key{Name: "dedupe", Default: "false", Help: "note every end in a stream before its event is acknowledged, so that no other engine runs the event again"},
		in: func(c *Config) any { return &c.Dedupe }},
	{Key: Key{Name: "listen", Default: "127.0.0.1:8230", Help: "address of /healthz, /readyz, /metrics and /debug/pprof; off for none"},
		in: func(c *Config) any { return &c.Listen }, valid: text(validAddress)},

	{Key: Key{Name: "nats.url", Alias: "NATS_URL", Help: "servers to connect to, with commas between them; with neither this nor a context the broker is embedded"},
		in: func(c *Config) any { return &c.NATS.URL }},
	{Key: Key{Name: "nats.context", Alias: "NATS_CONTEXT", Help: "a context of the nats command to take the connection from"},
		in: func(c *Config) any { return &c.NATS.Context }},
	{Key: Key{Name: "nats.creds", Alias: "NATS_CREDS", Help: "file of credentials"},
		in: func(c *Config) any { return &c.NATS.Creds }, file: true},
	{Key: Key{Name: "nats.nkey", Alias: "NATS_NKEY", Help: "file of an NKey seed"},
		in: func(c *Config) any { return &c.NATS.NKey }, file: true},
	{Key: Key{Name: "nats.user", Alias: "NATS_USER", Help: "user"},
		in: func(c *Config) any { return &c.NATS.User }},
	{Key: Key{Name: "nats.password", Alias: "NATS_PASSWORD", Help: "password; write ${NAME} to take it from the environment"},
		in: func(c *Config) any { return &c.NATS.Password }},
	{Key: Key{Name: "nats.token", Alias: "NATS_TOKEN", Help: "token; write ${NAME} to take it from the environment"},
		in: func(c *Config) any { return &c.NATS.Token }},
	{Key: Key{Name: "nats.certificate", Alias: "NATS_CERT", Help: "PEM file of the client's certificate"},
		in: func(c *Config) any { return &c.NATS.Certificate }, file: true},
	{Key: Key{Name: "nats.key", Alias: "NATS_KEY", Help: "PEM file of the client's key"},
		in: func(c *Config) any { return &c.NATS.Key }, file: true},
	{Key: Key{Name: "nats.authority", Alias: "NATS_CA", Help: "PEM file of the authorities that may sign the server's certificate"},
		in: func(c *Config) any { return &c.NATS.Authority }, file: true},

	{Key: Key{Name: "embedded.store", Default: ".express", Help: "directory of the embedded broker's streams"},
		in: func(c *Config) any { return &c.Embedded.Store }, file: true},
	{Key: Key{Name: "embedded.listen", Default: "127.0.0.1:4222", Help: "address of the embedded broker; off for none"},
		in: func(c *Config) any { return &c.Embedded.Listen }, valid: text(validAddress)},
	{Key: Key{Name: "embedded.durability", Default: "fast", Help: "when an event is on disk: within two minutes, or before it is acknowledged", OneOf: []string{string(DurabilityFast), string(DurabilitySafe)}},
		in: func(c *Config) any { return (*string)(&c.Embedded.Durability) }},
	{Key: Key{Name: "embedded.config", Help: "a nats.conf for the rest: users, TLS, MQTT"},
		in: func(c *Config) any { return &c.Embedded.Config }, file: true},
	{Key: Key{Name: "streams.maxBytes", Default: "1GiB", Help: "bound of each stream that is made; a full one refuses events"},
		in: func(c *Config) any { return &c.Streams.MaxBytes }, valid: between(minStream, maxStream)},
	{Key: Key{Name: "streams.deadMaxBytes", Default: "256MiB", Help: "bound of the stream of dead letters, if it is made; while it is full, events wait instead"},
		in: func(c *Config) any { return &c.Streams.DeadMaxBytes }, valid: between(minStream, maxStream)},
	{Key: Key{Name: "streams.replicas", Default: "1", Help: "copies of each stream that is made, on as many servers of a cluster"},
		in: func(c *Config) any { return &c.Streams.Replicas }, valid: between(1, maxReplicas)},

	{Key: Key{Name: "http.allow", Help: "what HTTP tasks may reach beside public hosts over TLS: a list of hosts, HOST:PORT and networks such as 10.1.0.0/16"},
		in: func(c *Config) any { return &c.HTTP.Allow }},
	{Key: Key{Name: "callbacks.listen", Default: "127.0.0.1:8231", Help: "address that takes what callbacks report over HTTP; off for none"},
		in: func(c *Config) any { return &c.Callbacks.Listen }, valid: text(validAddress)},
	{Key: Key{Name: "callbacks.keyFile", Help: "file of the key that signs the tokens of callbacks; else the engines share one through the broker"},
		in: func(c *Config) any { return &c.Callbacks.KeyFile }, file: true},

	{Key: Key{Name: "api.listen", Default: "127.0.0.1:8232", Help: "address of the AWS API; off for none"},
		in: func(c *Config) any { return &c.API.Listen }, valid: text(validAddress)},
	{Key: Key{Name: "api.keysFile", Help: "file of the keys that requests are signed with; without one only this machine is answered"},
		in: func(c *Config) any { return &c.API.KeysFile }, file: true},
	{Key: Key{Name: "api.certificate", Help: "PEM file of the certificate of the API"},
		in: func(c *Config) any { return &c.API.Certificate }, file: true},
	{Key: Key{Name: "api.certificateKey", Help: "PEM file of its key"},
		in: func(c *Config) any { return &c.API.CertificateKey }, file: true},
	{Key: Key{Name: "api.region", Default: "us-east-1", Help: "region of ARNs, and that requests are signed for"},
		in: func(c *Config) any { return &c.API.Region }, valid: text(validRegion)},
	{Key: Key{Name: "api.account", Default: "123456789012", Help: "account of ARNs: twelve digits"},
		in: func(c *Config) any { return &c.API.Account }, valid: text(validAccount)},
	{Key: Key{Name: "deployed", Default: "true", Help: "serve what is deployed at the broker (express deploy, the API), too"},
		in: func(c *Config) any { return &c.Deployed }},
	{Key: Key{Name: "set", Help: "what stands for ${Name} in definitions, by name"},
		in: func(c *Config) any { return &c.Set }},
	{Key: Key{Name: "tasks", Help: "what performs a task, by a pattern of its Resource: nats:request:SUBJECT and the like, func:NAME or a URL; the first that fits is taken"},
		in: func(c *Config) any { return &c.Tasks }},
	{Key: Key{Name: "connections", Help: "as whom HTTP tasks call, by name"},
		in: func(c *Config) any { return &c.Connections }},
	{Key: Key{Name: "workflows", Help: "the definitions, by name; else every definition in the directory"},
		in: func(c *Config) any { return &c.Workflows }},
	{Key: Key{Name: "triggers", Help: "what starts them; each can be started at express.start.NAME and express.sync.NAME besides"},
		in: func(c *Config) any { return &c.Triggers }},
}

// workflowKeys is what a workflow can set.
var workflowKeys = rows[Workflow]{
	{Key: Key{Name: "file", Help: "definition; else NAME.asl.json, NAME.asl.yaml or NAME.json"},
		in: func(w *Workflow) any { return &w.File }, file: true},
	{Key: Key{Name: "completion", Help: "as above", OneOf: completions},
		in: func(w *Workflow) any { return (*string)(&w.Completion) }},
	{Key: Key{Name: "logging.level", Help: "as above", OneOf: levels},
		in: func(w *Workflow) any { return &w.Logging.Level }},
	{Key: Key{Name: "logging.includeExecutionData", Help: "as above"},
		in: func(w *Workflow) any { return &w.Logging.Data }},
	{Key: Key{Name: "logging.redact", Help: "as above, besides those"},
		in: func(w *Workflow) any { return &w.Logging.Redact }},
	{Key: Key{Name: "logging.full", Help: "as above", OneOf: fulls},
		in: func(w *Workflow) any { return (*string)(&w.Logging.Full) }},
	{Key: Key{Name: "logging.share", Help: "as above"},
		in: func(w *Workflow) any { return &w.Logging.Share }, valid: between(0.0, 1)},
	{Key: Key{Name: "logging.slow", Help: "as above"},
		in: func(w *Workflow) any { return &w.Logging.Slow }, valid: between(0, maxDrain)},
	{Key: Key{Name: "set", Help: "as above, and before it"},
		in: func(w *Workflow) any { return &w.Set }},
}

// connectionKeys is what a connection can set.
var connectionKeys = rows[Connection]{
	{Key: Key{Name: "type", Default: string(ConnectionNone), Help: "how it shows who calls", OneOf: connectionTypes},
		in: func(c *Connection) any { return (*string)(&c.Type) }},
	{Key: Key{Name: "username", Help: "of basic"},
		in: func(c *Connection) any { return &c.Username }},
	{Key: Key{Name: "password", Help: "of basic; write ${NAME} to take it from the environment"},
		in: func(c *Connection) any { return &c.Password }},
	{Key: Key{Name: "passwordFile", Help: "file that holds it"},
		in: func(c *Connection) any { return &c.PasswordFile }, file: true},
	{Key: Key{Name: "header", Help: "of apiKey: the name of the header"},
		in: func(c *Connection) any { return &c.Header }},
	{Key: Key{Name: "key", Help: "of apiKey; write ${NAME} to take it from the environment"},
		in: func(c *Connection) any { return &c.Key }},
	{Key: Key{Name: "keyFile", Help: "file that holds it"},
		in: func(c *Connection) any { return &c.KeyFile }, file: true},
	{Key: Key{Name: "tokenUrl", Help: "of oauth: where a token is asked for with the client's credentials"},
		in: func(c *Connection) any { return &c.TokenURL }},
	{Key: Key{Name: "tokenMethod", Default: "POST", Help: "of that request", OneOf: []string{"POST", "GET", "PUT"}},
		in: func(c *Connection) any { return &c.TokenMethod }},
	{Key: Key{Name: "clientId", Help: "of oauth"},
		in: func(c *Connection) any { return &c.ClientID }},
	{Key: Key{Name: "clientSecret", Help: "of oauth; write ${NAME} to take it from the environment"},
		in: func(c *Connection) any { return &c.ClientSecret }},
	{Key: Key{Name: "clientSecretFile", Help: "file that holds it"},
		in: func(c *Connection) any { return &c.ClientSecretFile }, file: true},
	{Key: Key{Name: "clientInBody", Default: "false", Help: "of oauth: send both in the body, for servers that do not take them as basic authentication"},
		in: func(c *Connection) any { return &c.ClientInBody }},
	{Key: Key{Name: "scope", Help: "of oauth"},
		in: func(c *Connection) any { return &c.Scope }},
	{Key: Key{Name: "parameters", Help: "of oauth: more of the request for a token, by name"},
		in: func(c *Connection) any { return &c.Parameters }},
	{Key: Key{Name: "headers", Help: "of every request, over those of the task"},
		in: func(c *Connection) any { return &c.Headers }},
	{Key: Key{Name: "query", Help: "parameters of every request, over those of the task"},
		in: func(c *Connection) any { return &c.Query }},
	{Key: Key{Name: "body", Help: "members of every request's body, over those of the task"},
		in: func(c *Connection) any { return &c.Body }},
	{Key: Key{Name: "authority", Help: "PEM file of the authorities that may sign the server's certificate"},
		in: func(c *Connection) any { return &c.Authority }, file: true},
	{Key: Key{Name: "certificate", Help: "PEM file of the client's certificate"},
		in: func(c *Connection) any { return &c.Certificate }, file: true},
	{Key: Key{Name: "certificateKey", Help: "PEM file of its key"},
		in: func(c *Connection) any { return &c.CertificateKey }, file: true},
}

// triggerKeys is what a trigger can set.
var triggerKeys = rows[Trigger]{
	{Key: Key{Name: "subject", Help: "of the events; * stands for a token, > for all that follow"},
		in: func(t *Trigger) any { return &t.Subject }, valid: text(validFilter)},
	{Key: Key{Name: "stream", Help: "that holds them, made if there is none; else the one that has the subject, or EXPRESS_WORKFLOW"},
		in: func(t *Trigger) any { return &t.Stream }, valid: text(validToken)},
	{Key: Key{Name: "workflow", Help: "that they start"},
		in: func(t *Trigger) any { return &t.Workflow }},
	{Key: Key{Name: "result", Help: "subject that outcomes are published on"},
		in: func(t *Trigger) any { return &t.Result }, valid: text(validSubject)},
	{Key: Key{Name: "deadLetter", Help: "send the events of failed executions to the dead letters, too", OneOf: []string{DeadLetterFailed}},
		in: func(t *Trigger) any { return &t.DeadLetter }},
	{Key: Key{Name: "durable", Help: "name of the consumer; else express-WORKFLOW-SUBJECT, with - for a dot, any for * and all for >"},
		in: func(t *Trigger) any { return &t.Durable }, valid: text(validToken)},
	{Key: Key{Name: "ackWait", Default: "30s", Help: "after this long without a sign of life an event goes to another engine"},
		in: func(t *Trigger) any { return &t.AckWait }, valid: between(minAckWait, maxAckWait)},
	{Key: Key{Name: "maxPending", Default: "0", Help: "unacknowledged events at all engines that share the consumer; 0 for 50,000, or what the slots of one need"},
		in: func(t *Trigger) any { return &t.MaxPending }, valid: between(0, maxPending)},
}

// Bounds of settings.
const (
	// maxSlots is what was shown to fit in memory: a parked execution takes
	// 5 KiB.
	maxSlots = 1_000_000
	// maxDrain is the longest that an execution can go on.
	maxDrain = 5 * time.Minute
	// minAckWait leaves the signs of life, sent at a third of it, time to
	// arrive; maxAckWait is the longest that an execution can go on.
	minAckWait = time.Second
	maxAckWait = 5 * time.Minute
	// maxPending is what a consumer keeps in memory at 100 bytes each: 100 MB.
	maxPending = 1_000_000
	// minStream has room for some of the largest events, and no disk for
	// maxStream: 1 PiB.
	minStream Bytes = 1 << 20
	maxStream Bytes = 1 << 50
	// maxReplicas is JetStream's own bound.
	maxReplicas = 5
)
