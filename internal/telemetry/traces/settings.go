package traces

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// samplers are a row each value of OTEL_TRACES_SAMPLER. The SDK reads the
// variable only for itself; here the decision comes before there is a span.
var samplers = map[string]func(ratio float64) sdktrace.Sampler{
	"always_on":                func(float64) sdktrace.Sampler { return sdktrace.AlwaysSample() },
	"always_off":               func(float64) sdktrace.Sampler { return sdktrace.NeverSample() },
	"traceidratio":             sdktrace.TraceIDRatioBased,
	"parentbased_always_on":    func(float64) sdktrace.Sampler { return sdktrace.ParentBased(sdktrace.AlwaysSample()) },
	"parentbased_always_off":   func(float64) sdktrace.Sampler { return sdktrace.ParentBased(sdktrace.NeverSample()) },
	"parentbased_traceidratio": func(r float64) sdktrace.Sampler { return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(r)) },
}

// samplerFromEnv is what OTEL_TRACES_SAMPLER and its _ARG say. What they say
// wrong is said and ignored, as the specification wants it.
func samplerFromEnv(log *slog.Logger) sdktrace.Sampler {
	name := strings.ToLower(strings.TrimSpace(os.Getenv("OTEL_TRACES_SAMPLER")))
	newSampler, ok := samplers[name]
	if !ok {
		if name != "" {
			log.Warn("there is no such sampler of traces", "OTEL_TRACES_SAMPLER", name)
		}
		newSampler = samplers["parentbased_always_on"]
	}
	ratio := 1.0
	if arg := strings.TrimSpace(os.Getenv("OTEL_TRACES_SAMPLER_ARG")); arg != "" && strings.HasSuffix(name, "traceidratio") {
		r, err := strconv.ParseFloat(arg, 64)
		if err == nil && !(r >= 0 && r <= 1) {
			err = fmt.Errorf("%v is no share, which is between 0 and 1", r)
		}
		if err != nil {
			log.Warn("no share of traces to be sampled", "OTEL_TRACES_SAMPLER_ARG", arg, "error", err)
		} else {
			ratio = r
		}
	}
	return newSampler(ratio)
}

// headers say which forms of trace headers are read, and which is written.
type headers struct {
	read  [xray + 1]bool
	write form // where the event had none
}

// propagators are a row each value of OTEL_PROPAGATORS that is known here.
// Baggage is not handed on.
var propagators = map[string]form{"tracecontext": w3c, "xray": xray, "baggage": noForm, "none": noForm}

// headersFromEnv is what OTEL_PROPAGATORS says; without it both forms are
// read, and W3C's is written.
func headersFromEnv(log *slog.Logger) headers {
	list := os.Getenv("OTEL_PROPAGATORS")
	if strings.TrimSpace(list) == "" {
		return headers{[...]bool{w3c: true, xray: true}, w3c}
	}
	var h headers
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		f, ok := propagators[name]
		switch {
		case !ok:
			log.Warn("trace headers of this form are neither read nor written", "OTEL_PROPAGATORS", name)
		case f != noForm:
			h.read[f] = true
			if h.write == noForm {
				h.write = f
			}
		}
	}
	return h
}
