// Package env reads what the environment's OTEL_ variables want, where the SDK
// does not.
package env

import (
	"os"
	"strings"
)

// Exporter is the exporter that the environment asks for of a signal, "TRACES",
// "METRICS" or "LOGS": "otlp", "console", another name, or "" for none. The SDK
// ignores OTEL_SDK_DISABLED, and without any variable it exports to the local
// machine: here, who names neither an exporter nor a collector wants none.
func Exporter(signal string) string {
	if strings.EqualFold(strings.TrimSpace(os.Getenv("OTEL_SDK_DISABLED")), "true") {
		return ""
	}
	switch name := strings.TrimSpace(os.Getenv("OTEL_" + signal + "_EXPORTER")); {
	case name == "none":
		return ""
	case name != "":
		return name
	}
	for _, endpoint := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT"} {
		if os.Getenv(endpoint) != "" {
			return "otlp"
		}
	}
	return ""
}
