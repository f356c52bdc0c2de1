// Package observability holds configurations that fit what engines export; its
// tests see to it that they do.
package observability

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/internal/telemetry/metrics"
)

// foreign are the metrics that others export, with the labels that are used.
var foreign = map[string][]string{
	"up":                                   {"job"}, // Prometheus
	"go_memory_used_bytes":                 nil,     // the Go runtime, by OpenTelemetry's conventions
	"go_goroutine_count":                   nil,
	"jetstream_server_total_message_bytes": {"server_name"}, // prometheus-nats-exporter
	"jetstream_server_max_storage":         {"server_name"},
}

// ofTargets are the labels that Prometheus gives all series.
var ofTargets = []string{"instance", "job"}

// expressions are those in PromQL of all dashboards and rules, by where they
// stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	files, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(files) != len(boards) {
		t.Fatalf("%d dashboards, want %d: %v", len(files), len(boards), err)
	}
	for _, file := range files {
		var d struct {
			Templating struct {
				List []struct {
					Name  string
					Query any
				}
			}
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		unmarshal(t, file, json.Unmarshal, &d)
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all[file+": "+p.Title+" "+target.Expr] = target.Expr
			}
		}
		for _, v := range d.Templating.List {
			if q, ok := v.Query.(map[string]any); ok {
				all[file+": "+v.Name] = q["query"].(string)
			}
		}
	}
	var r struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	unmarshal(t, "rules.yaml", func(b []byte, v any) error { return yaml.Unmarshal(b, v) }, &r)
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			all["rules.yaml: "+rule.Alert] = rule.Expr
		}
	}
	return all
}

func unmarshal(t *testing.T, file string, into func([]byte, any) error, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := into(b, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	word   = regexp.MustCompile(`[a-z]+(_[a-z0-9]+)+|\bup\b|\binstance\b`)
	// functions of PromQL, and of Grafana, that look like names.
	functions = []string{"histogram_quantile", "min_over_time", "label_values", "__rate_interval", "rate_interval"}
)

// Every name in dashboards and rules is that of a metric which engines export, or
// of a label of one that stands in the same expression.
func TestNames(t *testing.T) {
	known := make(map[string][]string)
	for name, labels := range metrics.Prometheus() {
		known[name] = labels
	}
	for name, labels := range foreign {
		known[name] = labels
	}
	used := make(map[string]bool)
	for at, expr := range expressions(t) {
		labels, names := slices.Clone(ofTargets), 0
		var others []string
		for _, name := range word.FindAllString(quoted.ReplaceAllString(expr, ""), -1) {
			if of, is := known[name]; is {
				used[name] = true
				names++
				labels = append(labels, of...)
			} else if !slices.Contains(functions, name) {
				others = append(others, name)
			}
		}
		if names == 0 {
			t.Errorf("%s: names no metric", at)
		}
		for _, name := range others {
			if !slices.Contains(labels, name) {
				t.Errorf("%s: there is no metric and no label %s", at, name)
			}
		}
	}
	for name := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count"), "_bucket")
		if !used[name] && !used[base+"_bucket"] && !used[base+"_count"] {
			t.Errorf("%s is on no dashboard and in no rule", name)
		}
	}
}

// All configurations can be read, and the collector's pipelines name what there
// is.
func TestYAML(t *testing.T) {
	files, err := filepath.Glob("*.y*ml")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("grafana/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, more...) {
		var v map[string]any
		unmarshal(t, file, func(b []byte, v any) error { return yaml.Unmarshal(b, v) }, &v)
		if len(v) == 0 {
			t.Errorf("%s is empty", file)
		}
	}
	var c struct {
		Receivers, Processors, Exporters map[string]any
		Service                          struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	unmarshal(t, "collector.yaml", func(b []byte, v any) error { return yaml.Unmarshal(b, v) }, &c)
	for _, signal := range []string{"logs", "traces", "metrics"} {
		p, ok := c.Service.Pipelines[signal]
		if !ok {
			t.Errorf("there is no pipeline for %s", signal)
		}
		for _, part := range []struct {
			names []string
			have  map[string]any
		}{{p.Receivers, c.Receivers}, {p.Processors, c.Processors}, {p.Exporters, c.Exporters}} {
			for _, name := range part.names {
				if _, ok := part.have[name]; !ok {
					t.Errorf("%s: there is no %s", signal, name)
				}
			}
		}
	}
}

// variables are what Grafana puts into expressions.
var variables = strings.NewReplacer("$__rate_interval", "1m", "$__range", "30m", "$workflow", ".*")

// Every expression can be read; every alert is tested, and the tests hold.
func TestRules(t *testing.T) {
	tests, err := os.ReadFile("rules_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := expressions(t)
	for at := range all {
		if alert, ok := strings.CutPrefix(at, "rules.yaml: "); ok && strings.Count(string(tests), "alertname: "+alert) < 2 {
			t.Errorf("%s is not tested both ways", alert)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed: Debian has it in the package prometheus")
	}
	var recorded strings.Builder
	recorded.WriteString("groups:\n- name: dashboards\n  rules:\n")
	for at, expr := range all {
		if !strings.HasPrefix(expr, "label_values(") {
			expr = variables.Replace(expr)
			fmt.Fprintf(&recorded, "  # %s\n  - {record: 'x%d', expr: %q}\n", strings.ReplaceAll(at, "\n", " "), recorded.Len(), expr)
		}
	}
	file := filepath.Join(t.TempDir(), "dashboards.yaml")
	if err := os.WriteFile(file, []byte(recorded.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"}, {"check", "rules", file}, {"test", "rules", "rules_test.yaml"},
	} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
