package traces

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A form is how a trace is written in the headers of a message.
type form uint8

const (
	noForm form = iota
	w3c         // traceparent
	xray        // X-Amzn-Trace-Id
)

// formOf is the form of a header that is not empty, as express.Start has it.
func formOf(header string) form {
	if strings.Contains(header, "Root=") {
		return xray
	}
	return w3c
}

// Parse is the span that a trace header, in the form of express.Start.Trace, says
// that an event belongs to. The result of an X-Ray header without a parent has a
// trace but no span, and is not valid; that of a header which says nothing is
// the zero value.
func Parse(header string) trace.SpanContext {
	switch {
	case header == "":
		return trace.SpanContext{}
	case formOf(header) == xray:
		return parseXRay(header)
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), carrier(header))
	return trace.SpanContextFromContext(ctx)
}

// A carrier is a traceparent as the propagator wants it.
type carrier string

func (c carrier) Get(key string) string {
	if key == "traceparent" {
		return string(c)
	}
	return ""
}

func (carrier) Set(string, string) { panic("traces: a header is read only") }

func (carrier) Keys() []string { return []string{"traceparent"} }

// parseXRay reads AWS's form, Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1:
// the trace is the two parts of the root.
func parseXRay(header string) trace.SpanContext {
	c := trace.SpanContextConfig{Remote: true}
	for field := range strings.SplitSeq(header, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Root":
			if v, ok := strings.CutPrefix(v, "1-"); ok {
				c.TraceID, _ = trace.TraceIDFromHex(strings.Replace(v, "-", "", 1))
			}
		case "Parent":
			c.SpanID, _ = trace.SpanIDFromHex(v)
		case "Sampled":
			c.TraceFlags = c.TraceFlags.WithSampled(v == "1")
		}
	}
	if !c.TraceID.IsValid() {
		return trace.SpanContext{}
	}
	return trace.NewSpanContext(c)
}

// header writes sc in the form f, "" for noForm.
func header(sc trace.SpanContext, f form) string {
	id, span := sc.TraceID(), sc.SpanID()
	flag := byte('0')
	if sc.IsSampled() {
		flag = '1'
	}
	b := make([]byte, 0, len("Root=1-;Parent=;Sampled=0")+2*len(id)+2*len(span)+len("-"))
	switch f {
	case w3c:
		b = append(b, "00-"...)
		b = hex.AppendEncode(b, id[:])
		b = append(b, '-')
		b = hex.AppendEncode(b, span[:])
		b = append(b, '-', '0', flag)
	case xray:
		b = append(b, "Root=1-"...)
		b = hex.AppendEncode(b, id[:4])
		b = append(b, '-')
		b = hex.AppendEncode(b, id[4:])
		b = append(b, ";Parent="...)
		b = hex.AppendEncode(b, span[:])
		b = append(b, ";Sampled="...)
		b = append(b, flag)
	}
	return string(b)
}

// ids makes ids of traces and spans: random ones, but for the trace of a span
// that is begun in a context from withTraceID.
type ids struct{}

type traceIDKey struct{}

// withTraceID is ctx for a span that begins the trace id.
func withTraceID(ctx context.Context, id trace.TraceID) context.Context {
	return context.WithValue(ctx, traceIDKey{}, id)
}

func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, ok := ctx.Value(traceIDKey{}).(trace.TraceID)
	if !ok {
		id = newTraceID()
	}
	return id, newSpanID()
}

func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID { return newSpanID() }

func newTraceID() (id trace.TraceID) {
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:8], rand.Uint64())
		binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id
}

func newSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
