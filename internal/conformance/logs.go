package conformance

import (
	"fmt"

	"github.com/seed66d9166c/express/express"
)

// logged are the records of a history that a workflow logs: events below its level
// are left out, ids and all, and execution data if it is not to be shown.
func logged(l Logging, events []Event) []Record {
	level, _ := express.ParseLevel(l.Level)
	var records []Record
	for _, e := range events {
		if !level.Logs(e.typ) {
			continue
		}
		details := map[string]any{}
		for key, v := range map[string]any{
			"input": e.Input, "output": e.Output, "assignedVariables": e.AssignedVariables,
		} {
			if v != nil && l.Data {
				details[key] = v
			}
		}
		for key, v := range map[string]any{"error": e.Error, "cause": e.Cause} {
			if v != nil {
				details[key] = v
			}
		}
		if e.Name != "" {
			details["name"] = e.Name
		}
		records = append(records, Record{ID: e.ID, Prev: e.Prev, Type: e.Type, Details: details})
	}
	return records
}

// diffLogs says where records differ from those recorded, if any were.
func diffLogs(want, got []Record) string {
	if len(want) == 0 {
		return ""
	}
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return fmt.Sprintf("log record %d: got %s, want no more", i+1, got[i])
		case i >= len(got):
			return fmt.Sprintf("log record %d: got no more, want %s", i+1, want[i])
		}
		w, g := want[i], got[i]
		if w.ID != g.ID || w.Prev != g.Prev || w.Type != g.Type || !Match(strip(w.Details), strip(g.Details)) {
			return fmt.Sprintf("log record %d: got %s, want %s", i+1, g, w)
		}
	}
	return ""
}

// String is r in short.
func (r Record) String() string {
	return fmt.Sprintf("%s<-%s %s %.300s", r.ID, r.Prev, r.Type, text(r.Details))
}
