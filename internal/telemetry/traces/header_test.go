package traces

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

const (
	traceID = "5759e988bd862e3fe1be46a994272793"
	spanID  = "53995c3f42cd8ad8"
	root    = "Root=1-5759e988-bd862e3fe1be46a994272793"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		header            string
		trace, span, flag string // "" for none
	}{
		{"00-" + traceID + "-" + spanID + "-01", traceID, spanID, "01"},
		{"00-" + traceID + "-" + spanID + "-00", traceID, spanID, "00"},
		{"01-" + traceID + "-" + spanID + "-01-of-a-later-version", traceID, spanID, "01"},
		{root + ";Parent=" + spanID + ";Sampled=1", traceID, spanID, "01"},
		{"Sampled=0; Parent=" + spanID + "; " + root + "; Self=x", traceID, spanID, "00"},
		{root, traceID, "", "00"}, // a load balancer's
		{"Root=2-5759e988-bd862e3fe1be46a994272793;Parent=" + spanID, "", "", ""},
		{"00-xyz-" + spanID + "-01", "", "", ""},
		{"ff-" + traceID + "-" + spanID + "-01", "", "", ""},
		{"=", "", "", ""},
		{"\n\n", "", "", ""},
		{"", "", "", ""},
	} {
		sc := Parse(tt.header)
		if got := sc.HasTraceID(); got != (tt.trace != "") || got && sc.TraceID().String() != tt.trace {
			t.Errorf("%q is trace %s, want %q", tt.header, sc.TraceID(), tt.trace)
		}
		if got := sc.HasSpanID(); got != (tt.span != "") || got && sc.SpanID().String() != tt.span {
			t.Errorf("%q is span %s, want %q", tt.header, sc.SpanID(), tt.span)
		}
		if got := sc.TraceFlags().String(); tt.trace != "" && got != tt.flag {
			t.Errorf("%q has flags %s, want %s", tt.header, got, tt.flag)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("00-" + traceID + "-" + spanID + "-01")
	f.Add(root + ";Parent=" + spanID + ";Sampled=1")
	f.Fuzz(func(t *testing.T, s string) {
		sc := Parse(s)
		if !sc.IsValid() {
			return
		}
		for _, form := range []form{w3c, xray} {
			again := Parse(header(sc, form))
			if again.TraceID() != sc.TraceID() || again.SpanID() != sc.SpanID() || again.IsSampled() != sc.IsSampled() {
				t.Errorf("%q is %v, and is %v when it was written", s, sc, again)
			}
		}
	})
}

// What a task is told is the span of its attempt, in the form in which the event
// came, or that of the execution where there are no spans.
func TestTaskTrace(t *testing.T) {
	for _, tt := range []struct {
		name, trace string
		sampler     sdktrace.Sampler
		headers     headers
		form        form
		inTrace     bool // that of the event
		sampled     bool
	}{
		{"no header", "", sdktrace.AlwaysSample(), both, w3c, false, true},
		{"none written", "", sdktrace.AlwaysSample(), headers{}, noForm, false, true},
		{"W3C", "00-" + traceID + "-" + spanID + "-01", sdktrace.ParentBased(sdktrace.NeverSample()), both, w3c, true, true},
		{"W3C, not sampled", "00-" + traceID + "-" + spanID + "-00", sdktrace.ParentBased(sdktrace.AlwaysSample()), both, w3c, true, false},
		{"W3C, not read", "00-" + traceID + "-" + spanID + "-01", sdktrace.AlwaysSample(), headers{[...]bool{xray: true}, xray}, xray, false, true},
		{"X-Ray", root + ";Parent=" + spanID + ";Sampled=1", sdktrace.ParentBased(sdktrace.NeverSample()), both, xray, true, true},
		{"X-Ray, not sampled", root + ";Parent=" + spanID + ";Sampled=0", sdktrace.ParentBased(sdktrace.AlwaysSample()), both, xray, true, false},
		{"X-Ray without a parent", root, sdktrace.ParentBased(sdktrace.AlwaysSample()), both, xray, true, true},
		{"never", "", sdktrace.NeverSample(), both, w3c, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := newSpans(Options{}, tt.sampler)
			rec.tracer.headers = tt.headers
			var told string
			m := expresstest.Machine(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
				func(_ context.Context, c *express.Call) (value.Value, error) {
					told = c.Trace
					return value.Null, nil
				},
				func(o *express.Options) { o.Recorder = rec })
			m.Run(t.Context(), express.Start{Name: "run", Trace: tt.trace})

			if tt.form == noForm {
				if told != "" {
					t.Errorf("told %q, want nothing", told)
				}
				return
			}
			sc := Parse(told)
			if !sc.IsValid() || formOf(told) != tt.form {
				t.Fatalf("told %q", told)
			}
			if got := sc.TraceID().String() == traceID; got != tt.inTrace {
				t.Errorf("told %q: in the trace of the event: %t", told, got)
			}
			if sc.IsSampled() != tt.sampled {
				t.Errorf("told %q: sampled: %t", told, sc.IsSampled())
			}
			if !tt.sampled {
				if len(rec.began) != 0 || sc.SpanID().String() == spanID {
					t.Errorf("told %q, %d spans", told, len(rec.began))
				}
				return
			}
			if span := rec.find(sc.SpanID()); span == nil || span.SpanKind() != trace.SpanKindClient {
				t.Errorf("told %q, which is no span of an attempt", told)
			}
		})
	}
}

func TestHeadersFromEnv(t *testing.T) {
	for _, tt := range []struct {
		env   string
		want  headers
		warns bool
	}{
		{"", both, false},
		{"tracecontext,baggage", headers{[...]bool{w3c: true, xray: false}, w3c}, false},
		{"XRay, tracecontext", headers{[...]bool{w3c: true, xray: true}, xray}, false},
		{"none", headers{}, false},
		{"b3,tracecontext", headers{[...]bool{w3c: true, xray: false}, w3c}, true},
	} {
		t.Setenv("OTEL_PROPAGATORS", tt.env)
		var said strings.Builder
		got := headersFromEnv(slog.New(slog.NewTextHandler(&said, nil)))
		if got != tt.want || said.Len() > 0 != tt.warns {
			t.Errorf("%q: got %v, want %v; said %q", tt.env, got, tt.want, said.String())
		}
	}
}

func TestSamplerFromEnv(t *testing.T) {
	for _, tt := range []struct {
		name, arg, want string
		warns           bool
	}{
		{"", "", "ParentBased{root:AlwaysOnSampler,", false},
		{"Always_On", "", "AlwaysOnSampler", false},
		{"always_off", "0.5", "AlwaysOffSampler", false},
		{"traceidratio", "0.25", "TraceIDRatioBased{0.25}", false},
		{"traceidratio", "", "TraceIDRatioBased{1}", false},
		{"traceidratio", "1.5", "TraceIDRatioBased{1}", true},
		{"traceidratio", "NaN", "TraceIDRatioBased{1}", true},
		{"traceidratio", "much", "TraceIDRatioBased{1}", true},
		{"parentbased_always_on", "", "ParentBased{root:AlwaysOnSampler,", false},
		{"parentbased_always_off", "", "ParentBased{root:AlwaysOffSampler,", false},
		{"parentbased_traceidratio", "0", "ParentBased{root:TraceIDRatioBased{0},", false},
		{"jaeger_remote", "", "ParentBased{root:AlwaysOnSampler,", true},
	} {
		t.Setenv("OTEL_TRACES_SAMPLER", tt.name)
		t.Setenv("OTEL_TRACES_SAMPLER_ARG", tt.arg)
		var said strings.Builder
		got := samplerFromEnv(slog.New(slog.NewTextHandler(&said, nil))).Description()
		if !strings.HasPrefix(got, tt.want) || said.Len() > 0 != tt.warns {
			t.Errorf("%s %s: got %s, want %s; said %q", tt.name, tt.arg, got, tt.want, said.String())
		}
	}
}
