package records_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/records"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A keeper is a Recorder that keeps records.
type keeper struct {
	level express.Level
	m     *express.Machine
	start express.Start

	mu  sync.Mutex // guards all
	all []*records.Record
}

func (k *keeper) Open(_ context.Context, m *express.Machine, s *express.Start) express.Log {
	k.m, k.start = m, *s
	return k
}

func (k *keeper) Enabled(t express.EventType) bool { return k.level.Logs(t) }

func (k *keeper) Record(e *express.Event) {
	r := records.From(k.m, &k.start, e)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, &r)
}

func (k *keeper) Close(*express.Outcome) <-chan error { return nil }

// work performs the tasks of the golden files: func:ok gives back its argument,
// func:twice fails at first, func:never does not end, and any other fails.
func work(ctx context.Context, c *express.Call) (value.Value, error) {
	switch {
	case c.Task.Target == "ok", c.Task.Target == "twice" && c.Retry > 0:
		return c.Input, nil
	}
	return value.Value{}, &express.Error{Name: "Busy", Cause: "Try\tagain,\nplease."}
}

// Each archive of testdata is a definition, and its execution as it is drawn
// from its records.
func TestDraw(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			k := &keeper{level: express.LevelAll}
			if strings.Contains(path, "failures") {
				k.level = express.LevelError
			}
			m := expresstest.Machine(t, string(a.Files[0].Data), work, expresstest.Virtual, func(o *express.Options) {
				o.Recorder = k
				o.Identity.Version = "0a1b"
			})
			expresstest.Run(t, m, `{"items": [1, 2], "text": "a\u001bb"}`)
			var lines strings.Builder
			for _, r := range k.all {
				b, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				lines.Write(append(b, '\n'))
			}
			var b strings.Builder
			for _, o := range []records.DrawOptions{{Width: 100}, {Width: 130, Data: true}} {
				for _, x := range records.Executions(readAll(t, lines.String())) {
					if err := records.Draw(&b, x, o); err != nil {
						t.Fatal(err)
					}
				}
			}
			made := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{a.Files[0], {Name: "want", Data: []byte(b.String())}}}
			if *update {
				if err := os.WriteFile(path, txtar.Format(made), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(txtar.Format(made))); diff != "" {
				t.Errorf("%s (-want +got), run with -update:\n%s", path, diff)
			}
		})
	}
}

func readAll(t *testing.T, text string) []*records.Record {
	t.Helper()
	var all []*records.Record
	for r, err := range records.Read(strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// A batch of OTLP, as a collector's file exporter writes it, beside a printed
// record, a record of another program, and lines that are none.
func TestRead(t *testing.T) {
	const text = `{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[` +
		`{"timeUnixNano":"1700000000000000001","body":{"stringValue":"x"},"attributes":[` +
		`{"key":"express.execution.name","value":{"stringValue":"e"}},{"key":"express.history.event.type","value":{"stringValue":"TaskScheduled"}},` +
		`{"key":"express.history.event.id","value":{"intValue":"18446744073709551615"}},{"key":"express.map.index","value":{"intValue":7}},` +
		`{"key":"express.task.timeout","value":{"doubleValue":1.5}},{"key":"other","value":{"boolValue":true}}]},` +
		`{"timeUnixNano":"1","attributes":[{"key":"http.route","value":{"stringValue":"/"}}]},` +
		`{"timeUnixNano":"1","attributes":[{"key":"express.map.index","value":{"stringValue":"x"}}]},` +
		`{"timeUnixNano":"soon"}]}]}]}

{"execution":"e","type":"ExecutionStarted","id":1,"previous":0,"time":"2030-01-01T00:00:00Z"}
{"level":"INFO"}
nonsense
`
	var got []string
	for r, err := range records.Read(strings.NewReader(text)) {
		if err != nil {
			got = append(got, "error: "+err.Error())
			continue
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	want := []string{
		`{"time":"2023-11-14T22:13:20.000000001Z","execution":"e","id":18446744073709551615,"previous":0,"type":"TaskScheduled","timeout":1.5,"index":7}`,
		"error: line 1: attribute express.map.index has a value of another type than it should\nwant a time in nanoseconds but got \"soon\"",
		`{"time":"2030-01-01T00:00:00Z","execution":"e","id":1,"previous":0,"type":"ExecutionStarted"}`,
		"error: line 4: want a log record of an execution, or a batch of OTLP",
		"error: line 5: invalid character 'o' in literal null (expecting 'u')",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}
