package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// A collector gets every event of every reading's execution, and each execution
// can be drawn again from what it got.
func TestRecordsReachACollector(t *testing.T) {
	collector := otlptest.Start(t, nil)
	t.Setenv("OTEL_LOGS_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://"+collector.HTTP+"/v1/logs")
	dir := t.TempDir()
	for name, change := range map[string]*strings.Replacer{
		"office.asl.json": strings.NewReplacer(),
		"express.yaml":    strings.NewReplacer("level: ERROR", "level: ALL"),
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(change.Replace(string(text))), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const readings = 300
	err := demonstrate(ctx, &options{
		dir: dir, store: t.TempDir(), count: readings, seed: 1, stdout: &until{text: "serving until Ctrl-C", reached: cancel}, stderr: io.Discard,
		settings: map[string]string{"embedded.listen": "127.0.0.1:0", "listen": "off", "callbacks.listen": "off", "api.listen": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}

	var lines bytes.Buffer // as the file exporter of a collector writes them
	for _, batch := range collector.Taken() {
		line, err := protojson.Marshal(batch)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	var all []*records.Record
	for r, err := range records.Read(&lines) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	executions := records.Executions(all)
	if len(executions) < readings/2 { // readings that are sent twice run once, and what is garbled runs not at all
		t.Errorf("%d executions have records, of %d readings", len(executions), readings)
	}
	for _, x := range executions {
		if x.Missing > 0 || x.Status != "SUCCEEDED" || len(x.States) < 2 || x.Input != "" {
			t.Errorf("%s is %s, lacks %d records and went through %d states", x.Name, x.Status, x.Missing, len(x.States))
		}
	}
	var drawn strings.Builder
	if err := records.Draw(&drawn, executions[0], records.DrawOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(drawn.String(), "Plausible") {
		t.Errorf("drawn:\n%s", drawn.String())
	}
}
