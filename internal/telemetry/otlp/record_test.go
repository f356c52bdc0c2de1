package otlp

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
)

// sample has every field, sampled is what it is.
func sample() []byte {
	b := AppendTime(nil, time.Unix(1, 2))
	b = AppendSeverity(b, Warn)
	b = AppendEventName(b, "express.task.failed")
	b = AppendBody(b, "TaskFailed")
	b = AppendSpan(b, [16]byte{1, 15: 2}, [8]byte{3, 7: 4}, 1)
	b = AppendString(b, "text", "größe")
	b = AppendString(b, "bytes", []byte(strings.Repeat("x", 300)))
	b = AppendInt(b, "int", 7)
	b = AppendInt(b, "negative", -1)
	b = AppendDouble(b, "double", 1.5)
	b = AppendBool(b, "bool", true)
	return AppendDropped(b, 3)
}

func sampled() *logspb.LogRecord {
	text := func(s string) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
	}
	number := func(n int64) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
	}
	return &logspb.LogRecord{
		TimeUnixNano: 1_000_000_002, ObservedTimeUnixNano: 1_000_000_002,
		SeverityNumber: logspb.SeverityNumber_SEVERITY_NUMBER_WARN,
		EventName:      "express.task.failed",
		Body:           text("TaskFailed"),
		TraceId:        []byte{1, 15: 2}, SpanId: []byte{3, 7: 4}, Flags: 1,
		Attributes: []*commonpb.KeyValue{
			{Key: "text", Value: text("größe")},
			{Key: "bytes", Value: text(strings.Repeat("x", 300))},
			{Key: "int", Value: number(7)},
			{Key: "negative", Value: number(-1)},
			{Key: "double", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: 1.5}}},
			{Key: "bool", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}},
		},
		DroppedAttributesCount: 3,
	}
}

var origin = Origin{
	Resource: []attribute.KeyValue{
		attribute.String("service.name", "shop\xff"), attribute.Bool("b", true), attribute.Int("i", -3),
		attribute.StringSlice("l", []string{"x", "y"}),
	},
	Scope: "express", Version: "1.2.3",
}

func originHeader(t testing.TB) *header {
	t.Helper()
	h, err := newHeader(origin)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// What is written is what the protocol's module reads, for batches of all sizes
// of the lengths that stand before them.
func TestRequest(t *testing.T) {
	h := originHeader(t)
	for _, n := range []int{1, 2, 40, 400, 4000} {
		b := newBatch(h.size())
		for range n {
			b.add(sample())
		}
		var got collectorpb.ExportLogsServiceRequest
		if err := proto.Unmarshal(b.request(h)[grpcFrame:], &got); err != nil {
			t.Fatalf("%d records: %v", n, err)
		}
		want := requestOf(n)
		if !proto.Equal(want, &got) {
			t.Fatalf("%d records (-want +got):\n%s", n, cmp.Diff(want, &got, protocmp.Transform()))
		}
		if again := b.request(h); len(again) != grpcFrame+proto.Size(want) {
			t.Errorf("%d records: once more it is %d bytes, want %d", n, len(again), grpcFrame+proto.Size(want))
		}
		b.release()
	}
}

func requestOf(n int) *collectorpb.ExportLogsServiceRequest {
	text := func(s string) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
	}
	scopeLogs := &logspb.ScopeLogs{Scope: &commonpb.InstrumentationScope{Name: "express", Version: "1.2.3"}}
	for range n {
		scopeLogs.LogRecords = append(scopeLogs.LogRecords, sampled())
	}
	return &collectorpb.ExportLogsServiceRequest{ResourceLogs: []*logspb.ResourceLogs{{
		Resource: &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
			{Key: "service.name", Value: text("shop\uFFFD")},
			{Key: "b", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}},
			{Key: "i", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: -3}}},
			{Key: "l", Value: text(`["x","y"]`)},
		}},
		ScopeLogs: []*logspb.ScopeLogs{scopeLogs},
	}}}
}

// A process that has more to say of itself than a request has room for is
// refused.
func TestOriginTooLarge(t *testing.T) {
	sized := func(n int) (*header, error) {
		return newHeader(Origin{Resource: []attribute.KeyValue{attribute.String("k", strings.Repeat("x", n))}})
	}
	h, err := sized(maxOrigin / 2)
	if err != nil {
		t.Fatal(err)
	}
	fits := maxOrigin - (len(h.resource) + len(h.scope) - maxOrigin/2)
	if h, err = sized(fits); err != nil || len(h.resource)+len(h.scope) != maxOrigin {
		t.Errorf("at the bound: %v", err)
	}
	if _, err := sized(fits + 1); err == nil {
		t.Error("past the bound there is no error")
	}
}

// Records are OTLP's JSON: ids hexadecimal, numbers of 64 bits strings,
// enumerations numbers.
func TestJSON(t *testing.T) {
	const want = `{"timeUnixNano":"1000000002","observedTimeUnixNano":"1000000002","severityNumber":13,"eventName":"express.task.failed",` +
		`"body":{"stringValue":"TaskFailed"},"attributes":[{"key":"text","value":{"stringValue":"größe"}},` +
		`{"key":"int","value":{"intValue":"-7"}},{"key":"double","value":{"doubleValue":1.5}},{"key":"bool","value":{"boolValue":true}}],` +
		`"droppedAttributesCount":3,"flags":1,"traceId":"01000000000000000000000000000002","spanId":"0300000000000004"}`
	b := AppendTime(nil, time.Unix(1, 2))
	b = AppendSeverity(b, Warn)
	b = AppendEventName(b, "express.task.failed")
	b = AppendBody(b, "TaskFailed")
	b = AppendSpan(b, [16]byte{1, 15: 2}, [8]byte{3, 7: 4}, 1)
	b = AppendString(b, "text", "größe")
	b = AppendInt(b, "int", -7)
	b = AppendDouble(b, "double", 1.5)
	b = AppendBool(b, "bool", true)
	b = AppendDropped(b, 3)
	if got := string(recordJSON.appendJSON(nil, b)); got != want {
		t.Errorf("record is\n%s\nwant\n%s", got, want)
	}
}

// FuzzRecord writes what anybody may say, and reads it again.
func FuzzRecord(f *testing.F) {
	f.Add("key", "value", int64(-1), 0.5)
	f.Fuzz(func(t *testing.T, key, value string, n int64, d float64) {
		key, value = strings.ToValidUTF8(key, ""), strings.ToValidUTF8(value, "")
		b := AppendString(nil, key, value)
		b = AppendInt(b, key, n)
		b = AppendDouble(b, key, d)
		var r logspb.LogRecord
		if err := proto.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		a := r.Attributes
		if len(a) != 3 || a[0].Key != key || a[0].Value.GetStringValue() != value || a[1].Value.GetIntValue() != n ||
			math.Float64bits(a[2].Value.GetDoubleValue()) != math.Float64bits(d) {
			t.Errorf("read %v", a)
		}
		if !math.IsNaN(d) && !math.IsInf(d, 0) && !json.Valid(recordJSON.appendJSON(nil, b)) {
			t.Errorf("%s is no JSON", recordJSON.appendJSON(nil, b))
		}
	})
}
