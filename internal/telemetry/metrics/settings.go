package metrics

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/seed66d9166c/express/internal/telemetry/env"
)

// exporters are a row each value of OTEL_METRICS_EXPORTER; with protocols, a row
// each of OTEL_EXPORTER_OTLP_PROTOCOL. The contrib module that knows them makes
// readers, to which no values can be handed that the SDK has not counted.
var exporters = map[string]func(context.Context) (sdkmetric.Exporter, error){
	"":           func(context.Context) (sdkmetric.Exporter, error) { return nil, nil },
	"prometheus": func(context.Context) (sdkmetric.Exporter, error) { return nil, nil }, // Handler does it in any case
	"console":    func(context.Context) (sdkmetric.Exporter, error) { return stdoutmetric.New() },
	"otlp":       newOTLP,
}

var protocols = map[string]func(context.Context) (sdkmetric.Exporter, error){
	"http/protobuf": func(ctx context.Context) (sdkmetric.Exporter, error) { return otlpmetrichttp.New(ctx) },
	"grpc":          func(ctx context.Context) (sdkmetric.Exporter, error) { return otlpmetricgrpc.New(ctx) },
}

// exporterFromEnv is the exporter that the environment asks for, nil for none.
func exporterFromEnv(ctx context.Context) (sdkmetric.Exporter, error) {
	name := env.Exporter("METRICS")
	newExporter, ok := exporters[name]
	if !ok {
		return nil, fmt.Errorf("OTEL_METRICS_EXPORTER: there is no exporter %q", name)
	}
	return newExporter(ctx)
}

func newOTLP(ctx context.Context) (sdkmetric.Exporter, error) {
	name := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	newExporter, ok := protocols[name]
	if !ok {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: there is no protocol %q", name)
	}
	return newExporter(ctx)
}
