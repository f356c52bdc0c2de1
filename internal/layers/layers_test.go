package layers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seed66d9166c/express/"

// mayImport is a row a package: the packages of ours it may import, and the
// third-party modules, by prefix. "everything" stands for all of ours. A
// package without a row fails; test files are free.
var mayImport = map[string]struct{ ours, modules []string }{
	"express/value":    {[]string{"internal/seeded"}, []string{"github.com/valyala/fastjson"}},
	"express/jsonpath": {[]string{"express/value"}, nil},
	"express/jsonata":  {[]string{"express/value"}, nil},
	"express/template": {[]string{"express/jsonata", "express/jsonpath", "express/value"}, nil},
	"express/program":  {[]string{"express/template", "express/value"}, nil},
	"express":          {[]string{"express/program", "express/template", "express/jsonata", "express/jsonpath", "express/value"}, nil},
	"express/mock":     {[]string{"express", "express/program", "express/value"}, nil},
	"express/teststate": {
		[]string{"compiler", "express", "express/mock", "express/program", "express/value"}, nil,
	},
	"express/expresstest": {
		[]string{"internal/suite", "compiler", "express", "express/mock", "express/program", "express/value"}, nil,
	},
	"compiler": {
		[]string{"express/program", "express/template", "express/jsonata", "express/jsonpath", "express/value"},
		[]string{"go.yaml.in/yaml/v4"},
	},

	"transport":               {[]string{"internal/seeded", "transport/msgpack", "express", "express/value"}, nil},
	"transport/memory":        {[]string{"transport", "express", "express/value"}, nil},
	"transport/transporttest": {[]string{"transport", "express", "express/value"}, nil},
	"transport/msgpack":       {[]string{"express/value"}, nil},
	"transport/awsapi": {
		[]string{"internal/catalog", "transport", "transport/callback", "compiler", "express", "express/program", "express/teststate", "express/value"},
		[]string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
	},
	"transport/callback":  {[]string{"transport", "express", "express/program", "express/value"}, []string{"github.com/nats-io/"}},
	"transport/embedded":  {nil, []string{"github.com/nats-io/"}},
	"transport/http":      {[]string{"transport", "express", "express/program", "express/value"}, nil},
	"transport/stats":     {[]string{"transport"}, []string{"github.com/nats-io/"}},
	"transport/watch":     {[]string{"transport", "internal/records"}, []string{"github.com/nats-io/"}},
	"transport/nats":      {[]string{"transport", "express", "express/program", "express/value"}, []string{"github.com/nats-io/", "golang.org/x/net/proxy"}},
	"transport/wire":      {nil, []string{"github.com/nats-io/nats.go"}},
	"transport/jetstream": {[]string{"internal/seeded", "transport", "transport/wire", "express", "express/value"}, []string{"github.com/nats-io/"}},

	"internal/layers": {nil, nil},
	"internal/seeded": {nil, nil},
	"internal/sim": {
		[]string{"compiler", "express", "express/program", "express/value", "transport", "transport/jetstream", "transport/nats", "transport/wire"},
		[]string{"github.com/nats-io/nats.go"},
	},
	"internal/graph":          {[]string{"compiler", "express/program", "internal/records"}, nil},
	"internal/records":        {[]string{"express", "express/value"}, nil},
	"internal/heap":           {nil, nil},
	"internal/rates":          {[]string{"internal/telemetry/text", "transport/stats"}, nil},
	"internal/nested":         {[]string{"transport", "express", "express/program", "express/value"}, nil},
	"internal/cloudformation": {[]string{"compiler", "internal/document"}, []string{"go.yaml.in/yaml/v4"}},
	"internal/document":       {[]string{"compiler"}, []string{"go.yaml.in/yaml/v4"}},
	"internal/config":         {[]string{"compiler", "internal/document"}, []string{"go.yaml.in/yaml/v4"}},
	"internal/catalog": {
		[]string{"compiler", "express", "express/program", "internal/config", "transport"},
		[]string{"github.com/nats-io/nats.go", "github.com/vmihailenco/msgpack"},
	},
	"internal/telemetry": {
		[]string{"express", "express/value", "internal/records", "internal/telemetry/metrics", "internal/telemetry/otlp", "internal/telemetry/semconv", "internal/telemetry/text", "internal/telemetry/traces"},
		[]string{"go.opentelemetry.io/", "golang.org/x/term", "google.golang.org/protobuf"},
	},
	"internal/telemetry/otlp": {
		[]string{"express/value"},
		[]string{"go.opentelemetry.io/otel/attribute", "google.golang.org/protobuf", "github.com/klauspost/compress"},
	},
	"internal/telemetry/otlp/otlptest": {
		nil,
		[]string{"go.opentelemetry.io/proto/otlp", "google.golang.org/", "github.com/klauspost/compress"},
	},
	"internal/telemetry/env":     {nil, nil},
	"internal/telemetry/text":    {nil, nil},
	"internal/telemetry/semconv": {[]string{"express", "express/program"}, []string{"go.opentelemetry.io/otel/attribute"}},
	"internal/telemetry/traces": {
		[]string{"express", "express/program", "internal/telemetry/env", "internal/telemetry/semconv", "internal/telemetry/text"},
		[]string{"go.opentelemetry.io/"},
	},
	"internal/telemetry/metrics": {
		[]string{"express", "express/program", "internal/telemetry/env", "internal/telemetry/semconv", "internal/telemetry/text", "transport/stats"},
		[]string{"go.opentelemetry.io/", "github.com/prometheus/"},
	},
	"internal/conformance": {
		[]string{"compiler", "express", "express/mock", "express/program", "express/value"}, nil,
	},
	"internal/suite": {
		[]string{"internal/config", "internal/document", "compiler", "express", "express/mock", "express/program", "express/value"},
		[]string{"go.yaml.in/yaml/v4"},
	},
	"internal/server": {[]string{"everything"}, []string{"github.com/nats-io/nats.go"}},

	"cmd/express": {
		[]string{
			"internal/catalog", "internal/cloudformation", "internal/server", "internal/config", "internal/conformance", "internal/graph", "internal/heap", "internal/rates", "internal/records", "internal/suite", "internal/telemetry", "compiler", "express",
			"express/jsonata", "express/mock", "express/program", "express/template", "express/teststate", "express/value",
			"transport", "transport/jetstream", "transport/nats", "transport/stats", "transport/watch", "bench",
		},
		[]string{"github.com/spf13/", "golang.org/x/term", "github.com/nats-io/nats.go"},
	},
	"deploy/observability": {nil, nil},
	"bench":                {[]string{"everything"}, []string{"github.com/nats-io/", "github.com/HdrHistogram/", "github.com/valyala/fastjson"}},
	"bench/chaos": {
		[]string{"everything"}, []string{"github.com/nats-io/", "go.opentelemetry.io/proto/otlp", "google.golang.org/protobuf"},
	},
	"bench/jsonata":              {[]string{"express/jsonata", "express/value"}, nil},
	"bench/peers":                {[]string{"bench", "internal/heap", "express", "express/value", "transport", "transport/nats"}, nil},
	"examples/internal/demo":     {[]string{"internal/config", "internal/server", "transport"}, []string{"github.com/nats-io/nats.go"}},
	"examples/internal/demotest": {[]string{"examples/internal/demo"}, []string{"github.com/google/go-cmp"}},
	"examples/alerts":            {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/aggregate":         {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/approval":          {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/etl":               {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/images":            {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/nested":            {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/orders":            {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/services":          {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/transform":         {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/travel":            {[]string{"examples/internal/demo"}, []string{"github.com/nats-io/nats.go"}},
	"examples/office":            {[]string{"everything"}, []string{"github.com/nats-io/nats.go", "github.com/HdrHistogram/", "golang.org/x/term"}},
}

func TestLayers(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		row, ok := mayImport[name]
		if !ok {
			t.Errorf("%s has no row", name)
			continue
		}
		for _, imp := range p.Imports {
			switch {
			case !strings.Contains(strings.Split(imp, "/")[0], "."): // the standard library
			case !strings.HasPrefix(imp, module):
				if !slices.ContainsFunc(row.modules, func(m string) bool { return strings.HasPrefix(imp, m) }) {
					t.Errorf("%s must not import the module of %s", name, imp)
				}
			default:
				ours := strings.TrimPrefix(imp, module)
				if strings.HasPrefix(ours, "cmd/") || !slices.Contains(row.ours, "everything") && !slices.Contains(row.ours, ours) {
					t.Errorf("%s must not import %s", name, ours)
				}
			}
		}
	}
}

// The core does no I/O: what it needs of the world it is given.
func TestCoreDoesNoIO(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if name != "compiler" && !strings.HasPrefix(name, "express") || path.Base(name) == "expresstest" || path.Base(name) == "mock" {
			continue
		}
		for _, imp := range p.Imports {
			if imp == "os" || imp == "net" || strings.HasPrefix(imp, "net/") && imp != "net/url" || imp == "log" || imp == "log/slog" {
				t.Errorf("%s must not import %s", name, imp)
			}
		}
	}
}

func TestRowsArePackages(t *testing.T) {
	var names []string
	for _, p := range packages(t) {
		names = append(names, strings.TrimPrefix(p.ImportPath, module))
	}
	for name, row := range mayImport {
		for _, n := range append([]string{name}, row.ours...) {
			if n != "everything" && !slices.Contains(names, n) {
				t.Errorf("the row of %s names %s, which is no package", name, n)
			}
		}
	}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
