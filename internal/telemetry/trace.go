package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// withTrace is ctx in the trace that header, a W3C traceparent or the value of
// X-Amzn-Trace-Id, says; a header that says none changes nothing.
func withTrace(ctx context.Context, header string) context.Context {
	if header == "" {
		return ctx
	}
	if strings.Contains(header, "=") {
		if sc := xray(header); sc.IsValid() {
			return trace.ContextWithRemoteSpanContext(ctx, sc)
		}
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": header})
}

// xray reads AWS's form, Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1:
// the trace is the two parts of the root.
func xray(header string) trace.SpanContext {
	var c trace.SpanContextConfig
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
	return trace.NewSpanContext(c)
}
