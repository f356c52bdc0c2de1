package nats

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Settings say which broker to connect to, and as whom. An empty field is not
// set.
type Settings struct {
	URL, Context                string // servers with commas between them; a context of the nats command
	Creds, NKey                 string // files
	User, Password, Token       string
	Certificate, Key, Authority string // PEM files
}

// variables are those in which the nats command, and others, look for Settings.
var variables = []struct {
	name string
	of   func(*Settings) *string
}{
	{"NATS_URL", func(s *Settings) *string { return &s.URL }},
	{"NATS_CONTEXT", func(s *Settings) *string { return &s.Context }},
	{"NATS_CREDS", func(s *Settings) *string { return &s.Creds }},
	{"NATS_NKEY", func(s *Settings) *string { return &s.NKey }},
	{"NATS_USER", func(s *Settings) *string { return &s.User }},
	{"NATS_PASSWORD", func(s *Settings) *string { return &s.Password }},
	{"NATS_TOKEN", func(s *Settings) *string { return &s.Token }},
	{"NATS_CERT", func(s *Settings) *string { return &s.Certificate }},
	{"NATS_KEY", func(s *Settings) *string { return &s.Key }},
	{"NATS_CA", func(s *Settings) *string { return &s.Authority }},
}

// WithEnvironment is s with what it does not say from the NATS_* variables, and
// if they name no broker either, with the context that the user has selected.
func (s Settings) WithEnvironment() Settings {
	for _, v := range variables {
		to := v.of(&s)
		*to = cmp.Or(*to, os.Getenv(v.name))
	}
	if !s.Given() {
		s.Context = selectedContext()
	}
	return s
}

// Given reports whether s names a broker.
func (s Settings) Given() bool { return s.URL != "" || s.Context != "" }

const (
	connectTimeout = 5 * time.Second
	// A server that does not answer pings is given up after ten to fifteen
	// seconds: half-open connections are found by nothing else.
	pingInterval = 5 * time.Second
	maxPingsOut  = 2
	// What is published while the connection is away is kept up to here.
	reconnectBuffer = 8 << 20
	reconnectWait   = 250 * time.Millisecond
	reconnectJitter = 250 * time.Millisecond
	// reconnectsPerGC is after how many attempts sockets are seen to: six seconds.
	reconnectsPerGC = 16
)

// A ConnectError is why there is no connection, in one sentence.
type ConnectError struct {
	Message string
	Err     error // what lies beneath
}

func (e *ConnectError) Error() string { return e.Message }

// Unwrap is what lies beneath.
func (e *ConnectError) Unwrap() error { return e.Err }

// Connect connects by s, else by options, to nats://127.0.0.1:4222 if neither
// says where. Once connected it reconnects for ever; name is what the server
// lists the connection as. Its error is a *ConnectError.
func Connect(s Settings, name string, log *slog.Logger, options ...nats.Option) (*nats.Conn, error) {
	log = cmp.Or(log, slog.Default())
	all := []nats.Option{
		nats.Name(name),
		nats.Timeout(connectTimeout),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPingsOut),
		nats.ReconnectBufSize(reconnectBuffer),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(reconnectDelay),
		nats.IgnoreAuthErrorAbort(), // credentials are rotated, and sometimes late
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if err != nil { // nil when we close it
				log.Warn("connection to NATS lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("connected to NATS again", "url", nc.ConnectedUrlRedacted())
			runtime.GC() // see reconnectDelay
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				log.Warn("NATS reports an error", "subject", sub.Subject, "error", err)
			} else {
				log.Warn("NATS reports an error", "error", err)
			}
		}),
	}
	url := s.URL
	if s.Context != "" {
		c, err := readContext(s.Context)
		if err != nil {
			return nil, err
		}
		of, err := c.options()
		if err != nil {
			return nil, &ConnectError{fmt.Sprintf("NATS context %q: %v", s.Context, err), err}
		}
		all = append(all, of...)
		url = cmp.Or(url, c.URL)
	}
	own, err := s.options()
	if err != nil {
		return nil, err
	}
	all = append(append(all, own...), options...)
	url = cmp.Or(url, nats.DefaultURL)
	nc, err := nats.Connect(url, all...)
	if err != nil {
		return nil, &ConnectError{sentence(url, err), err}
	}
	return nc, nil
}

// reconnectDelay is the pause before all servers are tried once more. An attempt that
// a server does not answer leaves its socket to the garbage collector (nats.go does not
// close it), which has little to do meanwhile: so it is called now and then.
func reconnectDelay(tried int) time.Duration {
	if tried%reconnectsPerGC == 0 {
		runtime.GC()
	}
	return reconnectWait + rand.N(reconnectJitter)
}

// options are s in nats.go's words.
func (s Settings) options() (all []nats.Option, err error) {
	if s.User != "" {
		all = append(all, nats.UserInfo(s.User, s.Password))
	}
	if s.Token != "" {
		all = append(all, nats.Token(s.Token))
	}
	if s.Creds != "" {
		all = append(all, nats.UserCredentials(s.Creds))
	}
	if s.NKey != "" {
		o, err := nats.NkeyOptionFromSeed(s.NKey)
		if err != nil {
			return nil, &ConnectError{fmt.Sprintf("NKey file %s: %v", s.NKey, err), err}
		}
		all = append(all, o)
	}
	if s.Certificate != "" || s.Key != "" {
		all = append(all, nats.ClientCert(s.Certificate, s.Key))
	}
	if s.Authority != "" {
		all = append(all, nats.RootCAs(s.Authority))
	}
	return all, nil
}

// sentence says why there is no connection to url, whose password it leaves out.
func sentence(url string, err error) string {
	url = redact(url)
	switch {
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Sprintf("no NATS server answers at %s", url)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Sprintf("the NATS server at %s refuses the credentials: %v", url, err)
	case errors.Is(err, nats.ErrTimeout):
		return fmt.Sprintf("the NATS server at %s does not answer in %v", url, connectTimeout)
	}
	return fmt.Sprintf("connect to NATS at %s: %v", url, err)
}

// redact is a list of URLs without their user information.
func redact(urls string) string {
	list := strings.Split(urls, ",")
	for i, u := range list {
		scheme, rest, ok := strings.Cut(u, "://")
		if !ok {
			scheme, rest = "", u
		}
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			rest = rest[at+1:]
		}
		if ok {
			rest = scheme + "://" + rest
		}
		list[i] = rest
	}
	return strings.Join(list, ",")
}
