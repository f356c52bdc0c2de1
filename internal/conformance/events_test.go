package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
)

// history reads events of lines: id<-prev type, and the rest as members in JSON.
func history(t *testing.T, lines string) []Event {
	t.Helper()
	var events []Event
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		id, prev, _ := strings.Cut(f[0], "<-")
		e := Event{ID: json.Number(id), Prev: json.Number(prev), Type: f[1]}
		if len(f) == 3 {
			if err := json.Unmarshal([]byte("{"+f[2]+"}"), &e); err != nil {
				t.Fatal(err)
			}
		}
		for _, typ := range express.EventTypes() {
			if typ.String() == e.Type {
				e.typ = typ
			}
		}
		events = append(events, e)
	}
	return events
}

const sequence = `
1<-0 ExecutionStarted "input":{"a":1}
2<-0 PassStateEntered "name":"A","input":{"a":1}
3<-2 PassStateExited "name":"A","output":{"a":1}
4<-3 ExecutionSucceeded "output":{"a":1}`

// Two branches, of which either may be first.
const sideBySide = `
1<-0 ParallelStateStarted
2<-1 PassStateEntered "name":"A"
3<-1 PassStateEntered "name":"B"
4<-2 PassStateExited "name":"A","output":1
5<-3 PassStateExited "name":"B","output":2
6<-5 ParallelStateSucceeded`

func TestDiffEvents(t *testing.T) {
	for _, tt := range []struct {
		name, want, got string
		sorted          bool
		events, ids     string // the beginning of the difference, "" if there is none
	}{
		{name: "same", want: sequence, got: sequence},
		{name: "other ids", want: sequence, got: strings.Replace(sequence, "4<-3", "5<-3", 1), ids: "event 4 ExecutionSucceeded: got 5<-3, want 4<-3"},
		{name: "other previous event", want: sequence, got: strings.Replace(sequence, "2<-0", "2<-1", 1), ids: "event 2 PassStateEntered: got 2<-1, want 2<-0"},
		{name: "other output", want: sequence, got: strings.Replace(sequence, `"A","output":{"a":1}`, `"A","output":{"a":2}`, 1), events: "event 3: got PassStateExited A output={\"a\":2}, want"},
		{name: "no output", want: sequence, got: strings.Replace(sequence, `"A","output":{"a":1}`, `"A"`, 1), events: "event 3: got PassStateExited A, want"},
		{name: "other name", want: sequence, got: strings.Replace(sequence, `Exited "name":"A"`, `Exited "name":"B"`, 1), events: "event 3: got PassStateExited B"},
		{name: "one less", want: sequence, got: sequence[:strings.Index(sequence, "4<-")], events: "event 4: got no more, want ExecutionSucceeded"},
		{name: "one more", want: sequence[:strings.Index(sequence, "4<-")], got: sequence, events: "event 4: got ExecutionSucceeded"},
		{name: "a cause of any id", want: `3<-2 ExecutionFailed "error":"E","cause":"entered at #⟦id⟧"`, got: `3<-2 ExecutionFailed "error":"E","cause":"entered at #2"`},
		{name: "no error", want: `3<-2 ExecutionFailed "error":"E"`, got: `3<-2 ExecutionFailed`, events: "event 1: got ExecutionFailed, want"},

		{name: "side by side", want: sideBySide, got: sideBySide},
		{name: "the other one first", want: sideBySide, got: `
1<-0 ParallelStateStarted
2<-1 PassStateEntered "name":"B"
3<-2 PassStateExited "name":"B","output":2
4<-1 PassStateEntered "name":"A"
5<-4 PassStateExited "name":"A","output":1
6<-3 ParallelStateSucceeded`},
		{name: "in the wrong branch", want: sideBySide, got: strings.NewReplacer("4<-2", "4<-3", "5<-3", "5<-2").Replace(sideBySide), ids: "event 4"},
		{name: "another order, one after the other", want: sequence, got: `
1<-0 ExecutionStarted "input":{"a":1}
2<-0 PassStateExited "name":"A","output":{"a":1}
3<-2 PassStateEntered "name":"A","input":{"a":1}
4<-3 ExecutionSucceeded "output":{"a":1}`, events: "event 2: got PassStateExited"},

		{name: "sorted", want: `
0<-0 PassStateEntered "name":"A"
0<-0 PassStateEntered "name":"B"
0<-0 PassStateExited "name":"A","output":1
0<-0 PassStateExited "name":"B","output":2
0<-0 ParallelStateStarted`, got: sideBySide, sorted: true},
		{name: "sorted, one missing", want: `
0<-0 PassStateEntered "name":"C"
0<-0 ParallelStateStarted`, got: sideBySide, sorted: true, events: "got no event PassStateEntered C"},
		{name: "sorted, one more", want: `0<-0 ParallelStateStarted`, got: sideBySide, sorted: true, events: "got event PassStateEntered A, which was not recorded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, got := history(t, tt.want), history(t, tt.got)
			if diff := diffEvents(want, got, tt.sorted); !begins(diff, tt.events) {
				t.Errorf("events differ in %q, want %q", diff, tt.events)
			}
			if tt.sorted || tt.events != "" {
				return
			}
			if diff := diffIDs(want, got); !begins(diff, tt.ids) {
				t.Errorf("ids differ in %q, want %q", diff, tt.ids)
			}
		})
	}
}

// begins reports whether s begins with prefix; nothing but "" does with "".
func begins(s, prefix string) bool {
	return strings.HasPrefix(s, prefix) && (prefix != "") == (s != "")
}

func TestRecordedIDs(t *testing.T) {
	for lines, want := range map[string]bool{sequence: true, `0<-0 ParallelStateStarted`: false, "": false} {
		var events []Event
		if lines != "" {
			events = history(t, lines)
		}
		if recordedIDs(events) != want {
			t.Errorf("ids are in %q: %v", lines, !want)
		}
	}
}

// A level leaves out events, and gaps show; without execution data error and cause
// stay.
func TestLogs(t *testing.T) {
	events := history(t, `
1<-0 ExecutionStarted "input":{}
2<-0 FailStateEntered "name":"F","input":{}
3<-2 ExecutionFailed "error":"E","cause":"c"`)
	const all = `[{"id":"1","previous_event_id":"0","type":"ExecutionStarted","details":{"input":"{}","roleArn":"⟦role⟧"}},
		{"id":"2","previous_event_id":"0","type":"FailStateEntered","details":{"name":"F","input":{}}},
		{"id":"3","previous_event_id":"2","type":"ExecutionFailed","details":{"error":"E","cause":"c"}}]`
	const bare = `[{"id":"2","previous_event_id":"0","type":"FailStateEntered","details":{"name":"F"}},
		{"id":"3","previous_event_id":"2","type":"ExecutionFailed","details":{"error":"E","cause":"c"}}]`
	for _, tt := range []struct {
		level Logging
		want  string
		diff  string
	}{
		{Logging{"ALL", true}, strings.Replace(all, `"{}"`, `{}`, 1), ""},
		{Logging{"ERROR", false}, bare, ""},
		{Logging{"FATAL", false}, bare[strings.Index(bare, `{"id":"3"`):], ""},
		{Logging{"ERROR", true}, bare, `log record 1: got 2<-0 FailStateEntered {"input":{},"name":"F"}, want`},
		{Logging{"FATAL", true}, bare, "log record 1: got 3<-2 ExecutionFailed"},
		{Logging{"OFF", true}, bare, "log record 1: got no more, want 2<-0 FailStateEntered"},
		{Logging{"ALL", false}, bare[:strings.Index(bare, `,`+"\n")] + "]", "log record 1: got 1<-0 ExecutionStarted"},
		{Logging{"ALL", true}, `[]`, ""},
	} {
		if !strings.HasPrefix(tt.want, "[") {
			tt.want = "[" + tt.want
		}
		var want []Record
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := diffLogs(want, logged(tt.level, events)); !begins(diff, tt.diff) {
			t.Errorf("%v: %q, want %q", tt.level, diff, tt.diff)
		}
	}
}
