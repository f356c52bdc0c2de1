package otlp

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Protocols of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	GRPC     = "grpc"
	HTTP     = "http/protobuf"
	HTTPJSON = "http/json"
)

// Options say where records go and how they get there; see FromEnv.
type Options struct {
	OTLP    bool      // to a collector
	Console io.Writer // where records are written as a line of JSON each; nil for nowhere

	Protocol    string
	Endpoint    *url.URL    // http or https; of gRPC without a path
	Header      http.Header // of each request
	Timeout     time.Duration
	Compression string // none, gzip or zstd
	Files       Files

	MaxQueue      int // records that wait, at most
	MaxBatch      int // records of a request, at most
	Delay         time.Duration
	ExportTimeout time.Duration // of a batch, with all attempts

	MaxAttributes int // of a record
	MaxValue      int // characters of an attribute's text; 0 is no limit
}

// Files name what TLS needs, PEM each; "" for none.
type Files struct{ Authorities, Certificate, Key string }

// Enabled reports whether records are to go anywhere.
func (o *Options) Enabled() bool { return o.OTLP || o.Console != nil }

// defaults are those of the specification, but for the queue, whose 2048 records
// would be a few milliseconds of a busy engine, and for the batch: requests go
// one after the other, so that 512 records each would be 100,000 a second over a
// network that takes 5 ms.
var defaults = Options{
	Protocol:      HTTP,
	Timeout:       10 * time.Second,
	Compression:   "none",
	MaxQueue:      65_536,
	MaxBatch:      2048,
	Delay:         time.Second,
	ExportTimeout: 30 * time.Second,
	MaxAttributes: 128,
}

// A setup is what the variables say before it is put together.
type setup struct {
	Options
	disabled            bool
	exporters           []string
	endpoint, base      string // for log records; for all signals
	insecure            bool
	endpointAt, filesAt string // the variables that they come from
}

// A variable is one of the environment. Where it has two names, the one for log
// records counts before the one for all signals.
type variable struct {
	names []string
	set   func(s *setup, name, v string) error
}

// switches say whether there is anything to export; nothing else is looked at
// where they say that there is not.
var switches = []variable{
	{[]string{"OTEL_SDK_DISABLED"}, func(s *setup, _, v string) error { return boolean(&s.disabled, v) }},
	{[]string{"OTEL_LOGS_EXPORTER"}, func(s *setup, _, v string) error { return s.setExporters(v) }},
	{[]string{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"}, func(s *setup, name, v string) error {
		s.endpoint, s.endpointAt = v, name
		return nil
	}},
	{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT"}, func(s *setup, name, v string) error {
		s.base, s.endpointAt = v, cmp.Or(s.endpointAt, name)
		return nil
	}},
}

// variables are the others, a row each.
var variables = []variable{
	{both("PROTOCOL"), func(s *setup, _, v string) error { return oneOf(&s.Protocol, v, HTTP, GRPC, HTTPJSON) }},
	{both("HEADERS"), func(s *setup, _, v string) error { return s.setHeaders(v) }},
	{both("TIMEOUT"), func(s *setup, _, v string) error { return milliseconds(&s.Timeout, v) }},
	{both("COMPRESSION"), func(s *setup, _, v string) error { return oneOf(&s.Compression, v, "none", "gzip", "zstd") }},
	{both("INSECURE"), func(s *setup, _, v string) error { return boolean(&s.insecure, v) }},
	{both("CERTIFICATE"), func(s *setup, _, v string) error { return file(&s.Files.Authorities, v) }},
	{both("CLIENT_CERTIFICATE"), func(s *setup, name, v string) error {
		s.filesAt = name
		return file(&s.Files.Certificate, v)
	}},
	{both("CLIENT_KEY"), func(s *setup, name, v string) error {
		s.filesAt = name
		return file(&s.Files.Key, v)
	}},
	{[]string{"OTEL_BLRP_MAX_QUEUE_SIZE"}, func(s *setup, _, v string) error { return count(&s.MaxQueue, v) }},
	{[]string{"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"}, func(s *setup, _, v string) error { return count(&s.MaxBatch, v) }},
	{[]string{"OTEL_BLRP_SCHEDULE_DELAY"}, func(s *setup, _, v string) error { return milliseconds(&s.Delay, v) }},
	{[]string{"OTEL_BLRP_EXPORT_TIMEOUT"}, func(s *setup, _, v string) error { return milliseconds(&s.ExportTimeout, v) }},
	{[]string{"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"},
		func(s *setup, _, v string) error { return count(&s.MaxAttributes, v) }},
	{[]string{"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
		func(s *setup, _, v string) error { return count(&s.MaxValue, v) }},
}

func both(name string) []string {
	return []string{"OTEL_EXPORTER_OTLP_LOGS_" + name, "OTEL_EXPORTER_OTLP_" + name}
}

// FromEnv is what the variables say that getenv knows: as the specification
// reads them, but that a wrong value is an error, which names the variable.
// Where they ask for no export of log records the others are not read. An empty
// value is none.
func FromEnv(getenv func(name string) string) (Options, error) {
	s := setup{Options: defaults}
	if err := s.read(switches, getenv); err != nil {
		return Options{}, err
	}
	if s.exporters == nil && s.endpointAt != "" {
		s.exporters = []string{"otlp"} // who names a collector wants it to be used
	}
	if s.disabled || len(s.exporters) == 0 || s.exporters[0] == "none" {
		return Options{}, nil
	}
	if err := s.read(variables, getenv); err != nil {
		return Options{}, err
	}
	if slices.Contains(s.exporters, "console") {
		s.Console = os.Stdout
	}
	s.OTLP = slices.Contains(s.exporters, "otlp")
	s.MaxBatch = min(s.MaxBatch, s.MaxQueue)
	var err error
	if s.Endpoint, err = s.url(); err != nil {
		return Options{}, fmt.Errorf("%s: %w", s.endpointAt, err)
	}
	if (s.Files.Certificate == "") != (s.Files.Key == "") {
		return Options{}, fmt.Errorf("%s: a client's certificate and its key go together", s.filesAt)
	}
	return s.Options, nil
}

// read sets what the variables of rows say.
func (s *setup) read(rows []variable, getenv func(string) string) error {
	for _, row := range rows {
		for _, name := range row.names {
			v := strings.TrimSpace(getenv(name))
			if v == "" {
				continue
			}
			if err := row.set(s, name, v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			break
		}
	}
	return nil
}

func (s *setup) setExporters(v string) error {
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains([]string{"otlp", "console", "none"}, name) {
			return fmt.Errorf("expected otlp, console or none but got: %q", name)
		}
		s.exporters = append(s.exporters, name)
	}
	if len(s.exporters) > 1 && slices.Contains(s.exporters, "none") {
		return errors.New("none stands alone")
	}
	return nil
}

// setHeaders reads key=value pairs in the form of W3C baggage: between commas,
// the values percent-encoded. Its errors do not quote values, which are secrets.
func (s *setup) setHeaders(v string) error {
	s.Header = make(http.Header)
	for i, pair := range strings.Split(v, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, val, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		if !ok || !isToken(key) {
			return fmt.Errorf("expected key=value at entry %d", i+1)
		}
		val, err := url.PathUnescape(strings.TrimSpace(val))
		if err != nil || strings.ContainsFunc(val, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("the value of entry %d, %s, is not percent-encoded text", i+1, key)
		}
		s.Header.Set(key, val)
	}
	return nil
}

// isToken reports whether s can be the name of a header: RFC 9110, section 5.1.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// url is where requests go. Over HTTP the path of log records comes behind the
// endpoint of all signals; gRPC has its own, and its endpoints need no scheme.
func (s *setup) url() (*url.URL, error) {
	raw := cmp.Or(s.endpoint, s.base)
	if s.Protocol == GRPC {
		return s.grpcURL(cmp.Or(raw, "http://localhost:4317"))
	}
	u, err := parseURL(cmp.Or(raw, "http://localhost:4318"))
	if err != nil {
		return nil, err
	}
	if u.Path == "" {
		u.Path = "/"
	}
	if s.endpoint == "" {
		u = u.JoinPath("v1", "logs")
	}
	return u, nil
}

func (s *setup) grpcURL(raw string) (*url.URL, error) {
	if !strings.Contains(raw, "://") {
		scheme := "https://"
		if s.insecure {
			scheme = "http://"
		}
		raw = scheme + raw
	}
	u, err := parseURL(raw)
	if err != nil {
		return nil, err
	}
	u.Path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
	return u, nil
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("expected a URL, as http://127.0.0.1:4318")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("expected http or https but got: %q", u.Scheme)
	case u.User != nil:
		return nil, errors.New("credentials go into OTEL_EXPORTER_OTLP_HEADERS")
	}
	return u, nil
}

func boolean(to *bool, v string) error {
	*to = strings.EqualFold(v, "true")
	if !*to && !strings.EqualFold(v, "false") {
		return fmt.Errorf("expected true or false but got: %q", v)
	}
	return nil
}

func oneOf(to *string, v string, names ...string) error {
	if !slices.Contains(names, v) {
		return fmt.Errorf("expected %s but got: %q", strings.Join(names, ", "), v)
	}
	*to = v
	return nil
}

func count(to *int, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 {
		return fmt.Errorf("expected a whole number above 0 but got: %q", v)
	}
	*to = n
	return nil
}

// maxMilliseconds bounds durations: twelve days, far below what overflows.
const maxMilliseconds = 1 << 30

func milliseconds(to *time.Duration, v string) error {
	var n int
	if err := count(&n, v); err != nil || n > maxMilliseconds {
		return fmt.Errorf("expected milliseconds, a whole number above 0, but got: %q", v)
	}
	*to = time.Duration(n) * time.Millisecond
	return nil
}

func file(to *string, v string) error {
	_, err := os.Stat(v)
	*to = v
	return err
}
