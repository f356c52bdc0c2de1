package telemetry

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
)

// endpoints are the variables that name a collector for log records: who sets
// one of them wants it to be used.
var endpoints = []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"}

// newExporter is the exporter that the environment asks for, nil if it asks for
// none. The SDK ignores OTEL_SDK_DISABLED, and without any variable it exports
// to the local machine: both are seen to here.
func newExporter(ctx context.Context) (sdklog.Exporter, error) {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	asked := os.Getenv("OTEL_LOGS_EXPORTER") != ""
	for _, name := range endpoints {
		asked = asked || os.Getenv(name) != ""
	}
	if !asked {
		return nil, nil
	}
	e, err := autoexport.NewLogExporter(ctx)
	if err != nil || autoexport.IsNoneLogExporter(e) {
		return nil, err
	}
	return e, nil
}

// newResource describes this process; OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES win.
func newResource(ctx context.Context, version string) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithAttributes(
			attribute.String("service.name", "express"),
			attribute.String("service.version", version),
			attribute.String("service.instance.id", newUUID()),
		),
		resource.WithFromEnv(),
	)
}

// newUUID is a random UUID, version 4 of RFC 9562.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// batchOptions say how records wait and travel.
type batchOptions struct {
	queue    int // records that wait at most
	batch    int // records of one export at most
	interval time.Duration
	timeout  time.Duration // of one export
}

// batchOptionsFromEnv is what OTEL_BLRP_ variables say, and else the SDK's
// defaults, but for the queue: its 2048 records are 20 ms of a busy engine,
// 16,384 are some 30 MB.
func batchOptionsFromEnv() batchOptions {
	o := batchOptions{
		queue:    positive("OTEL_BLRP_MAX_QUEUE_SIZE", 16_384),
		batch:    positive("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 512),
		interval: time.Duration(positive("OTEL_BLRP_SCHEDULE_DELAY", 1_000)) * time.Millisecond,
		timeout:  time.Duration(positive("OTEL_BLRP_EXPORT_TIMEOUT", 30_000)) * time.Millisecond,
	}
	o.batch = min(o.batch, o.queue)
	return o
}

// positive is the whole number that a variable of the environment holds, else
// otherwise: the specification wants other values to be ignored.
func positive(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}
