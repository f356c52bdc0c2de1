package observability

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the dashboards")

// A board is a dashboard: its file without the ending, its title, what it is
// for, and its panels from left to right and down.
type board struct {
	name, title, help string
	panels            []panel
}

// A panel has a unit of Grafana's, a width of at most 24 and a type.
type panel struct {
	title, help string
	typ, unit   string
	width       int
	queries     []query
}

// A query is an expression in PromQL, and the legend of its series.
type query struct{ expr, legend string }

const (
	stat  = "stat"
	lines = "timeseries"
	heat  = "heatmap"

	// chosen are series of the workflows that are chosen above the panels.
	chosen = `express_state_machine_name=~"$workflow"`
)

// perSecond is the rate of a counter, by labels.
func perSecond(series, by string) string {
	return grouped(fmt.Sprintf("rate(%s[$__rate_interval])", series), by)
}

// within is by how much a counter grew in the time that is shown.
func within(series string) string {
	return fmt.Sprintf("sum(increase(%s[$__range])) or vector(0)", series)
}

func grouped(expr, by string) string {
	if by == "" {
		return fmt.Sprintf("sum(%s)", expr)
	}
	return fmt.Sprintf("sum by (%s) (%s)", by, expr)
}

// quantiles are the latencies of a histogram that dashboards show, by a label.
func quantiles(series, by, legend string) (all []query) {
	for _, q := range []struct{ of, name string }{{"0.5", "p50"}, {"0.95", "p95"}, {"0.99", "p99"}} {
		all = append(all, query{quantile(q.of, series, by), strings.TrimSpace(legend + " " + q.name)})
	}
	return all
}

func quantile(q, series, by string) string {
	by = strings.TrimPrefix(by+", le", ", ")
	return fmt.Sprintf("histogram_quantile(%s, %s)", q, perSecond(series, by))
}

// seen is a gauge that all engines see alike.
func seen(series, by string) string { return fmt.Sprintf("max by (%s) (%s)", by, series) }

const (
	workflow = "express_state_machine_name"
	state    = "express_state_name"
	group    = "messaging_consumer_group_name"
	template = "messaging_destination_template"

	executions  = "express_execution_duration_seconds_count{" + chosen + "}"
	failed      = "express_execution_duration_seconds_count{" + chosen + `,express_execution_status=~"FAILED|TIMED_OUT"}`
	durations   = "express_execution_duration_seconds_bucket{" + chosen + "}"
	visits      = "express_state_duration_seconds_bucket{" + chosen + "}"
	attempts    = "express_task_duration_seconds_bucket{" + chosen + "}"
	active      = "express_execution_active{" + chosen + "}"
	pending     = "express_consumer_pending{" + chosen + "}"
	unacked     = "express_consumer_unacknowledged{" + chosen + "}"
	redelivered = "express_message_redelivered_total{" + chosen + "}"
	buried      = "express_message_buried_total{" + chosen + "}"
	lag         = "express_event_lag_seconds_bucket{" + chosen + "}"
)

var boards = []board{
	{"overview", "Express: overview", "What all engines do together.", []panel{
		{"Engines", "Engines that Prometheus reaches.", stat, "none", 4, []query{{`sum(up{job="express"})`, ""}}},
		{"Executions", "Those that end, a second.", stat, "ops", 4, []query{{perSecond(executions, ""), ""}}},
		{"Failed", "The share of executions that failed or timed out.", stat, "percentunit", 4, []query{{
			"(" + perSecond(failed, "") + " or vector(0)) / " + perSecond(executions, ""), "",
		}}},
		{"In flight", "Executions that have not ended.", stat, "none", 4, []query{{grouped(active, ""), ""}}},
		{"Waiting", "Events that were not delivered yet.", stat, "none", 4, []query{{"sum(" + seen(pending, group) + ")", ""}}},
		{"Dead letters", "Events that went there in the time that is shown.", stat, "none", 4, []query{{within(buried), ""}}},
		{"Executions by status", "", lines, "ops", 12, []query{{perSecond(executions, "express_execution_status"), "{{express_execution_status}}"}}},
		{"How long executions take", "", lines, "s", 12, quantiles(durations, "", "")},
		{"Executions by workflow", "", lines, "ops", 12, []query{{perSecond(executions, workflow), "{{" + workflow + "}}"}}},
		{"Failures by workflow and error", "", lines, "ops", 12, []query{{perSecond(failed, workflow+", error_type"), "{{" + workflow + "}} {{error_type}}"}}},
		{"In flight by workflow", "", lines, "none", 12, []query{{grouped(active, workflow), "{{" + workflow + "}}"}}},
		{"Waiting by consumer", "", lines, "none", 12, []query{{seen(pending, group), "{{" + group + "}}"}}},
		{"Memory by engine", "", lines, "bytes", 12, []query{{grouped("go_memory_used_bytes", "instance"), "{{instance}}"}}},
		{"Goroutines by engine", "An execution that waits has one, unless it was parked.", lines, "none", 12, []query{{grouped("go_goroutine_count", "instance"), "{{instance}}"}}},
	}},
	{"workflow", "Express: workflow", "One workflow, or some, with their states and tasks.", []panel{
		{"Executions by status", "", lines, "ops", 12, []query{{perSecond(executions, workflow+", express_execution_status"), "{{" + workflow + "}} {{express_execution_status}}"}}},
		{"Failures by error", "", lines, "ops", 12, []query{{perSecond(failed, workflow+", error_type"), "{{" + workflow + "}} {{error_type}}"}}},
		{"How long executions take", "Points are executions that were traced.", lines, "s", 12, quantiles(durations, workflow, "{{"+workflow+"}}")},
		{"How long executions take: how many", "", heat, "s", 12, []query{{perSecond(durations, "le"), "{{le}}"}}},
		{"States: visits", "Task, Wait, Map and Parallel states that came to their end; others are too short to be measured.", lines, "ops", 12, []query{{
			perSecond("express_state_duration_seconds_count{"+chosen+"}", workflow+", "+state), "{{" + workflow + "}} {{" + state + "}}",
		}}},
		{"States: 99 % take no longer", "Retries included.", lines, "s", 12, []query{{quantile("0.99", visits, workflow+", "+state), "{{" + workflow + "}} {{" + state + "}}"}}},
		{"Tasks: attempts that failed", "", lines, "ops", 12, []query{{
			perSecond("express_task_duration_seconds_count{"+chosen+`,error_type!=""}`, workflow+", "+state+", error_type"),
			"{{" + workflow + "}} {{" + state + "}} {{error_type}}",
		}}},
		{"Tasks: retries", "", lines, "ops", 12, []query{{perSecond("express_task_retry_total{"+chosen+"}", workflow+", "+state), "{{" + workflow + "}} {{" + state + "}}"}}},
		{"Tasks: how long an attempt takes", "", lines, "s", 12, quantiles(attempts, workflow+", "+state, "{{"+workflow+"}} {{"+state+"}}")},
		{"Events: age at the first delivery", "", lines, "s", 12, quantiles(lag, workflow, "{{"+workflow+"}}")},
	}},
	{"delivery", "Express: broker and delivery", "Events on their way to workflows, and tasks on their way to services.", []panel{
		{"Waiting", "Events that were not delivered yet.", lines, "none", 12, []query{{seen(pending, group), "{{" + group + "}}"}}},
		{"Unacknowledged", "Events that were delivered, to any engine, and not acknowledged yet.", lines, "none", 12, []query{{seen(unacked, group), "{{" + group + "}}"}}},
		{"Deliveries", "", lines, "ops", 12, []query{{perSecond("messaging_client_consumed_messages_total", group), "{{" + group + "}}"}}},
		{"Deliveries but first ones", "After an engine died or stopped, or an acknowledgement was lost.", lines, "ops", 12, []query{{perSecond(redelivered, group), "{{" + group + "}}"}}},
		{"Age at the first delivery", "", lines, "s", 12, quantiles(lag, template, "{{"+template+"}}")},
		{"Stranded events", "The broker delivers them no more, and they are no dead letters yet: there should be none.", lines, "none", 12, []query{{
			grouped("express_message_stranded", workflow), "{{" + workflow + "}}",
		}}},
		{"Dead letters", "", lines, "ops", 12, []query{{perSecond(buried, workflow+", express_reason"), "{{" + workflow + "}} {{express_reason}}"}}},
		{"How long the executions of events take", "", lines, "s", 12, quantiles("messaging_process_duration_seconds_bucket{"+chosen+"}", workflow, "{{"+workflow+"}}")},
		{"Tasks over NATS: 99 % take no longer", "", lines, "s", 12, []query{{
			quantile("0.99", "messaging_client_operation_duration_seconds_bucket", "messaging_operation_name, "+template),
			"{{messaging_operation_name}} {{" + template + "}}",
		}}},
		{"Tasks over NATS: messages", "", lines, "ops", 12, []query{{
			perSecond("messaging_client_sent_messages_total", "messaging_operation_name, "+template), "{{messaging_operation_name}} {{" + template + "}}",
		}}},
		{"Clocks", "By how much those of broker and engine differ.", lines, "ms", 12, []query{{"abs(express_clock_skew_milliseconds)", "{{instance}}"}}},
		{"Answers that nobody waited for", "They came too late, or for the second time.", lines, "ops", 12, []query{{perSecond("express_task_late_total", "express_reason"), "{{express_reason}}"}}},
	}},
	{"telemetry", "Express: telemetry pipeline", "What becomes of log records and spans.", []panel{
		{"Dropped log records", "In the time that is shown.", stat, "none", 6, []query{{within("express_log_dropped_total"), ""}}},
		{"Not accounted for", "Emitted less exported, dropped and waiting: nothing but what is read at different moments.", stat, "none", 6, []query{{
			"sum(express_log_emitted_total) - sum(express_log_exported_total) - sum(express_log_dropped_total) - sum(express_log_waiting)", "",
		}}},
		{"Log records that wait", "", stat, "none", 6, []query{{grouped("express_log_waiting", ""), ""}}},
		{"Spans that were not taken", "In the time that is shown.", stat, "none", 6, []query{{within("express_trace_failed_total"), ""}}},
		{"Log records", "", lines, "ops", 12, []query{
			{perSecond("express_log_emitted_total", ""), "emitted"},
			{perSecond("express_log_exported_total", ""), "exported"},
			{perSecond("express_log_unsampled_total", ""), "left out by sampling"},
		}},
		{"Dropped, by reason", "", lines, "ops", 12, []query{{perSecond("express_log_dropped_total", "express_reason"), "{{express_reason}}"}}},
		{"Log records that wait, by engine", "Some 65,000 are the most, unless OTEL_BLRP_MAX_QUEUE_SIZE says otherwise.", lines, "none", 12, []query{{grouped("express_log_waiting", "instance"), "{{instance}}"}}},
		{"Requests sent again", "", lines, "ops", 12, []query{{perSecond("express_log_retried_total", "instance"), "{{instance}}"}}},
		{"Spans", "", lines, "ops", 12, []query{
			{perSecond("express_trace_ended_total", ""), "ended"},
			{perSecond("express_trace_exported_total", ""), "exported"},
			{perSecond("express_trace_failed_total", ""), "not taken"},
		}},
	}},
}

type object = map[string]any

var datasource = object{"type": "prometheus", "uid": "${datasource}"}

// grafana is a board as Grafana wants it.
func (b board) grafana() object {
	const columns, height = 24, 8
	var panels []object
	x, y, row := 0, 0, 0
	for i, p := range b.panels {
		if x+p.width > columns {
			x, y = 0, y+row
		}
		row = height
		if p.typ == stat {
			row = height / 2
		}
		g := p.grafana()
		g["id"] = i + 1
		g["gridPos"] = object{"x": x, "y": y, "w": p.width, "h": row}
		panels = append(panels, g)
		x += p.width
	}
	return object{
		"uid": "express-" + b.name, "title": b.title, "description": b.help, "tags": []string{"express"},
		"schemaVersion": 39, "editable": true, "refresh": "10s", "time": object{"from": "now-30m", "to": "now"},
		"links": []object{{"type": "dashboards", "tags": []string{"express"}, "title": "Express", "includeVars": true, "keepTime": true}},
		"templating": object{"list": []object{
			{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"},
			{
				"name": "workflow", "type": "query", "label": "Workflow", "datasource": datasource, "refresh": 2, "sort": 1,
				"query":      object{"query": "label_values(express_execution_active, " + workflow + ")", "refId": "workflow"},
				"includeAll": true, "allValue": ".*", "multi": true, "current": object{"text": "All", "value": "$__all"},
			},
		}},
		"panels": panels,
	}
}

func (p panel) grafana() object {
	var targets []object
	for i, q := range p.queries {
		t := object{"refId": string(rune('A' + i)), "datasource": datasource, "expr": q.expr, "legendFormat": q.legend}
		switch p.typ {
		case heat:
			t["format"] = "heatmap"
		case lines:
			t["exemplar"] = strings.Contains(q.expr, "_bucket{")
		}
		targets = append(targets, t)
	}
	custom, options := object{}, object{}
	switch p.typ {
	case lines:
		custom = object{"fillOpacity": 10, "showPoints": "never"}
		options = object{"legend": object{"displayMode": "table", "placement": "right", "calcs": []string{"lastNotNull", "max"}}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	case stat:
		options = object{"graphMode": "area", "colorMode": "none", "reduceOptions": object{"calcs": []string{"lastNotNull"}}}
	case heat:
		options = object{"yAxis": object{"unit": p.unit}, "calculate": false, "color": object{"scheme": "Blues"}}
	}
	return object{
		"title": p.title, "description": p.help, "type": p.typ, "datasource": datasource, "targets": targets, "options": options,
		"fieldConfig": object{"defaults": object{"unit": p.unit, "min": 0, "custom": custom}, "overrides": []any{}},
	}
}

// The dashboards are those of the table.
func TestDashboards(t *testing.T) {
	for _, b := range boards {
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(b.grafana()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("dashboards", b.name+".json")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}
