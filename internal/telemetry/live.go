package telemetry

import (
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/records"
)

// A Show shows who watches an execution one of its events; status is how it
// ended where that is its last one.
type Show func(r *records.Record, status string)

// Watch has executions that begin from now on shown: open is called for each, by
// its workflow, and gives nil where nobody watches it. It is called before there
// are executions.
func (t *Telemetry) Watch(open func(workflow string) Show) { t.watch = open }

// statuses are how an execution has ended with an event.
var statuses = [express.NumEvents]string{
	express.ExecutionSucceeded: express.Succeeded.String(),
	express.ExecutionFailed:    express.Failed.String(),
	express.ExecutionTimedOut:  express.TimedOut.String(),
	express.ExecutionAborted:   express.Aborted.String(),
}

// live shows e to who watches: the same data as in log records.
func (l *execution) live(e *express.Event) {
	rec := records.From(l.m, l.start, e)
	if e.Err != nil && !e.Err.NoCause && rec.Cause != "" {
		rec.Cause = causeOf(e.Err, l.r.w.Data)
	}
	if !l.r.w.Data {
		rec.WithoutData()
	}
	for _, data := range [...]struct {
		text *string
		v    value.Value
	}{{&rec.Input, e.Input}, {&rec.Parameters, e.Input}, {&rec.Output, e.Output}, {&rec.Variables, e.Vars}} {
		if *data.text != "" && l.r.redaction != nil {
			*data.text = string(l.r.redaction.appendJSON(nil, data.v))
		}
	}
	l.show(&rec, statuses[e.Type])
}
