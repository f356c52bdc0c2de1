package otlp

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vars are variables between spaces.
func vars(s string) func(string) string {
	set := make(map[string]string)
	for kv := range strings.FieldsSeq(s) {
		name, v, _ := strings.Cut(kv, "=")
		set[name] = v
	}
	return func(name string) string { return set[name] }
}

// What asks for an export, and of what kind it is.
func TestEnabled(t *testing.T) {
	for _, tt := range []struct {
		vars          string
		otlp, console bool
	}{
		{"", false, false},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=pigeon", false, false}, // not asked for, not read
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", true, false},
		{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://c:4318/v1/logs", true, false},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/v1/traces", false, false},
		{"OTEL_LOGS_EXPORTER=otlp", true, false},
		{"OTEL_LOGS_EXPORTER=console OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", false, true},
		{"OTEL_LOGS_EXPORTER=otlp,console", true, true},
		{"OTEL_LOGS_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", false, false},
		{"OTEL_SDK_DISABLED=TRUE OTEL_LOGS_EXPORTER=otlp", false, false},
		{"OTEL_SDK_DISABLED=false OTEL_LOGS_EXPORTER=otlp", true, false},
	} {
		o, err := FromEnv(vars(tt.vars))
		if err != nil {
			t.Errorf("%s: %v", tt.vars, err)
		}
		if o.OTLP != tt.otlp || (o.Console != nil) != tt.console || o.Enabled() != (tt.otlp || tt.console) {
			t.Errorf("%s: otlp %t, console %t; want %t, %t", tt.vars, o.OTLP, o.Console != nil, tt.otlp, tt.console)
		}
	}
}

// Every variable has its effect, and the one for log records counts before the
// one for all signals.
func TestFromEnv(t *testing.T) {
	pem := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(pem, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	const general, logs = "OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_LOGS_"
	for _, tt := range []struct {
		vars string
		want func(o *Options)
	}{
		{"", func(*Options) {}},
		{general + "ENDPOINT=https://c/base/", func(o *Options) { o.Endpoint = link("https://c/base/v1/logs") }},
		{logs + "ENDPOINT=https://c/base " + general + "ENDPOINT=http://d", func(o *Options) { o.Endpoint = link("https://c/base") }},
		{logs + "ENDPOINT=https://c", func(o *Options) { o.Endpoint = link("https://c/") }},
		{general + "PROTOCOL=http/json", func(o *Options) { o.Protocol = HTTPJSON }},
		{general + "PROTOCOL=grpc", func(o *Options) { o.Protocol, o.Endpoint = GRPC, link("http://localhost:4317"+service) }},
		{logs + "PROTOCOL=grpc " + general + "PROTOCOL=http/json " + general + "ENDPOINT=c:4317",
			func(o *Options) { o.Protocol, o.Endpoint = GRPC, link("https://c:4317"+service) }},
		{general + "PROTOCOL=grpc " + general + "ENDPOINT=c:4317 " + general + "INSECURE=true",
			func(o *Options) { o.Protocol, o.Endpoint = GRPC, link("http://c:4317"+service) }},
		{general + "PROTOCOL=grpc " + general + "ENDPOINT=https://c:4317 " + general + "INSECURE=true",
			func(o *Options) { o.Protocol, o.Endpoint = GRPC, link("https://c:4317"+service) }},
		{general + "HEADERS=api-key=a%20b,x=1%3D2,", func(o *Options) { o.Header = http.Header{"Api-Key": {"a b"}, "X": {"1=2"}} }},
		{general + "HEADERS=a=1 " + logs + "HEADERS=b=2", func(o *Options) { o.Header = http.Header{"B": {"2"}} }},
		{general + "TIMEOUT=1500", func(o *Options) { o.Timeout = 1500 * time.Millisecond }},
		{general + "COMPRESSION=gzip " + logs + "COMPRESSION=zstd", func(o *Options) { o.Compression = "zstd" }},
		{general + "CERTIFICATE=" + pem, func(o *Options) { o.Files.Authorities = pem }},
		{general + "CLIENT_CERTIFICATE=" + pem + " " + logs + "CLIENT_KEY=" + pem,
			func(o *Options) { o.Files.Certificate, o.Files.Key = pem, pem }},
		{"OTEL_BLRP_MAX_QUEUE_SIZE=100", func(o *Options) { o.MaxQueue, o.MaxBatch = 100, 100 }},
		{"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=10", func(o *Options) { o.MaxBatch = 10 }},
		{"OTEL_BLRP_SCHEDULE_DELAY=30", func(o *Options) { o.Delay = 30 * time.Millisecond }},
		{"OTEL_BLRP_EXPORT_TIMEOUT=40", func(o *Options) { o.ExportTimeout = 40 * time.Millisecond }},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT=7", func(o *Options) { o.MaxAttributes = 7 }},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT=7 OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT=8", func(o *Options) { o.MaxAttributes = 8 }},
		{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=9", func(o *Options) { o.MaxValue = 9 }},
		{"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT=10", func(o *Options) { o.MaxValue = 10 }},
	} {
		want := defaults
		want.OTLP, want.Endpoint = true, link("http://localhost:4318/v1/logs")
		tt.want(&want)
		got, err := FromEnv(vars("OTEL_LOGS_EXPORTER=otlp " + tt.vars))
		if err != nil {
			t.Errorf("%s: %v", tt.vars, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.vars, diff)
		}
	}
}

const service = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

func link(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// A wrong value is an error that names the variable, and shows no secret.
func TestWrong(t *testing.T) {
	for _, tt := range []struct{ vars, want string }{
		{"OTEL_SDK_DISABLED=yes", `OTEL_SDK_DISABLED: expected true or false but got: "yes"`},
		{"OTEL_LOGS_EXPORTER=pigeon", `OTEL_LOGS_EXPORTER: expected otlp, console or none but got: "pigeon"`},
		{"OTEL_LOGS_EXPORTER=otlp,none", "OTEL_LOGS_EXPORTER: none stands alone"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=c:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL, as http://127.0.0.1:4318"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://user:secret@c", "OTEL_EXPORTER_OTLP_ENDPOINT: credentials go into OTEL_EXPORTER_OTLP_HEADERS"},
		{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=ftp://c OTEL_EXPORTER_OTLP_ENDPOINT=http://c",
			`OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: expected http or https but got: "ftp"`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=pigeon", `OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, grpc, http/json but got: "pigeon"`},
		{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=pigeon OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
			`OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: expected http/protobuf, grpc, http/json but got: "pigeon"`},
		{"OTEL_EXPORTER_OTLP_HEADERS=a=1,secret", "OTEL_EXPORTER_OTLP_HEADERS: expected key=value at entry 2"},
		{"OTEL_EXPORTER_OTLP_HEADERS=a=%zzsecret", "OTEL_EXPORTER_OTLP_HEADERS: the value of entry 1, a, is not percent-encoded text"},
		{"OTEL_EXPORTER_OTLP_HEADERS=a=secret%0d%0ab", "OTEL_EXPORTER_OTLP_HEADERS: the value of entry 1, a, is not percent-encoded text"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT=0", `OTEL_EXPORTER_OTLP_TIMEOUT: expected milliseconds, a whole number above 0, but got: "0"`},
		{"OTEL_EXPORTER_OTLP_TIMEOUT=2000000000", `OTEL_EXPORTER_OTLP_TIMEOUT: expected milliseconds, a whole number above 0, but got: "2000000000"`},
		{"OTEL_EXPORTER_OTLP_COMPRESSION=brotli", `OTEL_EXPORTER_OTLP_COMPRESSION: expected none, gzip, zstd but got: "brotli"`},
		{"OTEL_EXPORTER_OTLP_INSECURE=1", `OTEL_EXPORTER_OTLP_INSECURE: expected true or false but got: "1"`},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE=/none", "OTEL_EXPORTER_OTLP_CERTIFICATE: stat /none: no such file or directory"},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY=/dev/null", "OTEL_EXPORTER_OTLP_CLIENT_KEY: a client's certificate and its key go together"},
		{"OTEL_BLRP_MAX_QUEUE_SIZE=-1", `OTEL_BLRP_MAX_QUEUE_SIZE: expected a whole number above 0 but got: "-1"`},
		{"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=1.5", `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: expected a whole number above 0 but got: "1.5"`},
		{"OTEL_BLRP_SCHEDULE_DELAY=1s", `OTEL_BLRP_SCHEDULE_DELAY: expected milliseconds, a whole number above 0, but got: "1s"`},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT=many", `OTEL_ATTRIBUTE_COUNT_LIMIT: expected a whole number above 0 but got: "many"`},
	} {
		get := vars(tt.vars)
		_, err := FromEnv(func(name string) string {
			if v := get(name); v != "" || name != "OTEL_LOGS_EXPORTER" {
				return v
			}
			return "otlp"
		})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: error is %v, want %s", tt.vars, err, tt.want)
		}
	}
}

// The page on logging has every variable.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/logging.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]variable{switches, variables} {
		for _, row := range rows {
			for _, name := range row.names {
				if !strings.Contains(string(page), "`"+name+"`") {
					t.Errorf("docs/logging.md lacks %s", name)
				}
			}
		}
	}
}
