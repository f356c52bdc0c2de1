package metrics

import (
	"fmt"
	"io"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

// An Instrument is one of the metrics: a row of the table.
type Instrument uint8

const (
	ExecutionDuration Instrument = iota
	ExecutionActive
	StateDuration
	TaskDuration
	TaskRetry
	TaskLate
	EventLag
	ConsumerPending
	ConsumerUnacknowledged
	MessageRedelivered
	MessageBuried
	MessageStranded
	ClockSkew
	ProcessDuration
	OperationDuration
	ConsumedMessages
	SentMessages
	LogEmitted
	LogExported
	LogDropped
	LogWaiting
	LogUnsampled
	LogRetried
	TraceEnded
	TraceExported
	TraceFailed

	numInstruments
)

// A kind is how the values of an instrument add up.
type kind uint8

const (
	histogramKind kind = iota
	counterKind        // only grows
	upDownKind         // of all engines together, it is the sum
	gaugeKind          // every engine sees the same
)

var kinds = [...]string{"histogram", "counter", "up-down counter", "gauge"}

func (k kind) String() string { return kinds[k] }

// An instrument is a row of the table: its name by OpenTelemetry's conventions,
// its unit in UCUM, and the attributes of its values, in their order. None of
// them has values that grow with data.
type instrument struct {
	name       string
	kind       kind
	unit       string
	help       string
	attributes []attribute.Key
}

type keys = []attribute.Key

var table = [numInstruments]instrument{
	ExecutionDuration:      {"express.execution.duration", histogramKind, "s", "Executions that ended, and how long they took.", keys{semconv.Workflow, semconv.Status, semconv.Error}},
	ExecutionActive:        {"express.execution.active", upDownKind, "{execution}", "Executions that have not ended.", keys{semconv.Workflow}},
	StateDuration:          {"express.state.duration", histogramKind, "s", "Task, Wait, Map and Parallel states that came to their end, retries included.", keys{semconv.Workflow, semconv.State, semconv.StateType}},
	TaskDuration:           {"express.task.duration", histogramKind, "s", "Attempts of tasks.", keys{semconv.Workflow, semconv.State, semconv.Error}},
	TaskRetry:              {"express.task.retry", counterKind, "{retry}", "Attempts of tasks that followed one which failed.", keys{semconv.Workflow, semconv.State}},
	TaskLate:               {"express.task.late", counterKind, "{answer}", "Answers of tasks and callbacks that nobody waited for: too late, or for the second time.", keys{semconv.Reason}},
	EventLag:               {"express.event.lag", histogramKind, "s", "From the publishing of an event to its first delivery.", keys{semconv.Workflow, semconv.Template}},
	ConsumerPending:        {"express.consumer.pending", gaugeKind, "{message}", "Events in the stream that were not delivered yet.", keys{semconv.Workflow, semconv.Group}},
	ConsumerUnacknowledged: {"express.consumer.unacknowledged", gaugeKind, "{message}", "Events that were delivered and not acknowledged yet, by all engines.", keys{semconv.Workflow, semconv.Group}},
	MessageRedelivered:     {"express.message.redelivered", counterKind, "{message}", "Deliveries of events that had been delivered before.", keys{semconv.Workflow, semconv.Group}},
	MessageBuried:          {"express.message.buried", counterKind, "{message}", "Events that went to the dead letters.", keys{semconv.Workflow, semconv.Reason}},
	MessageStranded:        {"express.message.stranded", gaugeKind, "{message}", "Events that the broker will not deliver any more and that are no dead letters yet.", keys{semconv.Workflow, semconv.Group}},
	ClockSkew:              {"express.clock.skew", gaugeKind, "ms", "By how much the broker's clock is ahead of the engine's; less than 0 where it is behind.", nil},
	ProcessDuration:        {"messaging.process.duration", histogramKind, "s", "Executions that an event started.", keys{semconv.Messaging, semconv.Operation, semconv.Workflow, semconv.Error}},
	OperationDuration:      {"messaging.client.operation.duration", histogramKind, "s", "Attempts of tasks over NATS.", keys{semconv.Messaging, semconv.Operation, semconv.Template, semconv.Error}},
	ConsumedMessages:       {"messaging.client.consumed.messages", counterKind, "{message}", "Events that were delivered.", keys{semconv.Messaging, semconv.Operation, semconv.Template, semconv.Group}},
	SentMessages:           {"messaging.client.sent.messages", counterKind, "{message}", "Messages of tasks over NATS.", keys{semconv.Messaging, semconv.Operation, semconv.Template}},
	LogEmitted:             {"express.log.emitted", counterKind, "{record}", "Log records that were made.", nil},
	LogExported:            {"express.log.exported", counterKind, "{record}", "Log records that a collector took.", nil},
	LogDropped:             {"express.log.dropped", counterKind, "{record}", "Log records that were dropped.", keys{semconv.Reason}},
	LogWaiting:             {"express.log.waiting", upDownKind, "{record}", "Log records that wait for export.", nil},
	LogUnsampled:           {"express.log.unsampled", counterKind, "{record}", "Log records of executions that tail sampling left out.", nil},
	LogRetried:             {"express.log.retried", counterKind, "{request}", "Attempts to send log records again.", nil},
	TraceEnded:             {"express.trace.ended", counterKind, "{span}", "Spans that ended.", nil},
	TraceExported:          {"express.trace.exported", counterKind, "{span}", "Spans that a collector took.", nil},
	TraceFailed:            {"express.trace.failed", counterKind, "{span}", "Spans that a collector did not take.", nil},
}

// String is the name of i.
func (i Instrument) String() string { return table[i].name }

// WriteReference writes what the metrics are, as Markdown, from the table.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Metrics

Metrics are counted in any case, which costs an execution some tens of nanoseconds, and shown in two ways. This page is written by a test from the table
in ` + "`internal/telemetry/metrics`" + `.

## Prometheus

` + "`/metrics`" + ` of the health listener answers in the text format. Names are those below with ` + "`_`" + ` for ` + "`.`" + `, the unit and, of a counter, ` + "`_total`" + `:
` + "`express_execution_duration_seconds_bucket`, `express_task_retry_total`" + `. A client that asks for OpenMetrics gets exemplars, too.

## OTLP

` + "```" + `
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318   # a collector; or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
OTEL_EXPORTER_OTLP_PROTOCOL=grpc                    # or http/protobuf
OTEL_METRICS_EXPORTER=console                       # or otlp, none; prometheus is what /metrics does
OTEL_METRIC_EXPORT_INTERVAL=60000                   # milliseconds
OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta
OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=base2_exponential_bucket_histogram
OTEL_METRICS_EXEMPLAR_FILTER=always_off             # else executions that are sampled for traces are exemplars
` + "```" + `

Nothing set means that nothing is exported, and nothing said. A collector that takes no metrics is reported once, until it takes them again.

## What there is

`)
	b.WriteString("| metric | kind | unit | attributes | |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range table {
		var names []string
		for _, k := range row.attributes {
			names = append(names, "`"+string(k)+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", row.name, row.kind, row.unit, strings.Join(names, ", "), row.help)
	}
	fmt.Fprintf(&b, `
Beside these there are those of the Go runtime, `+"`go.*`"+`, by OpenTelemetry's conventions.

Buckets of histograms end at %s. Exponential ones are 9 %% apart.

A Pass, Choice, Succeed or Fail state takes some hundred nanoseconds; its time is not measured, as that would take longer. An attempt of a task is one
request: a task that was tried three times counts three times, and its state once. `+"`error.type`"+` is absent where nothing has failed.

## How many series there are

No attribute has values that grow with data. States and subjects are those of definitions. Errors are those of the engine, and names that services and
Fail states give: of a workflow, %d are told apart, and what is beyond counts as `+"`%s`"+`. Of a metric, %d series are exported; the values of what is
beyond are added up in one, which has the attribute `+"`otel.metric.overflow`"+`.
`, strings.Join(boundTexts(), ", "), maxNames, semconv.Other, maxSeries)
	_, err := io.WriteString(w, b.String())
	return err
}

func boundTexts() (s []string) {
	for _, d := range bounds {
		s = append(s, d.String())
	}
	return s
}
