package telemetry

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/seed66d9166c/express/express"
)

// numStatus is the number of ways in which an execution can end.
const numStatus = int(express.Aborted) + 1

// Counts is how many executions and log records there were.
type Counts struct {
	Running int64
	Ended   [numStatus]uint64 // by express.Status
	Records Records
}

// Records is what became of log records: what was emitted is exported, dropped
// or waiting.
type Records struct{ Emitted, Exported, Dropped, Waiting uint64 }

// counts are those of a workflow, by all versions of it.
type counts struct {
	running atomic.Int64
	ended   [numStatus]atomic.Uint64
}

func (c *counts) end(s express.Status) {
	c.running.Add(-1)
	c.ended[s].Add(1)
}

// A metrics writes the text format of Prometheus. Its error is the first one of
// its writer.
type metrics struct {
	w    io.Writer
	name string // of the family
	err  error
}

// family begins a family of samples.
func (m *metrics) family(name, kind, help string) {
	m.name = name
	m.printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// quoted escapes the value of a label.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes a sample of the family; labels are names and values in turn.
func (m *metrics) sample(v uint64, labels ...string) {
	var pairs []string
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+quoted.Replace(labels[i+1])+`"`)
	}
	m.printf("%s{%s} %d\n", m.name, strings.Join(pairs, ","), v)
}

func (m *metrics) printf(format string, args ...any) {
	if m.err == nil {
		_, m.err = fmt.Fprintf(m.w, format, args...)
	}
}
