package express_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

func TestEventTypes(t *testing.T) {
	seen := make(map[string]bool)
	for _, typ := range express.EventTypes() {
		name := typ.String()
		if !regexp.MustCompile(`^([A-Z][a-z]+)+$`).MatchString(name) || seen[name] {
			t.Errorf("type %d is called %q", typ, name)
		}
		seen[name] = true
		words := regexp.MustCompile(`[A-Z]`).ReplaceAllString(name, ".$0")
		if want := "express" + strings.ToLower(words); typ.LogName() != want {
			t.Errorf("%s is logged as %q, want %q", name, typ.LogName(), want)
		}
		failure := regexp.MustCompile(`(Failed|TimedOut|Aborted)$`).MatchString(name) || name == "FailStateEntered"
		last := strings.HasPrefix(name, "Execution")
		for level, want := range map[express.Level]bool{
			express.LevelOff:   false,
			express.LevelFatal: failure && last,
			express.LevelError: failure,
			express.LevelAll:   true,
		} {
			if level.Logs(typ) != want {
				t.Errorf("level %s logs %s: %t", level, typ, !want)
			}
		}
	}
	for typ := program.TypeTask; typ <= program.TypeFail; typ++ {
		if got := express.TaskStateEntered + express.EventType(typ); got.String() != typ.String()+"StateEntered" {
			t.Errorf("%s has %s", typ, got)
		}
		if got := express.TaskStateExited + express.EventType(typ); typ != program.TypeFail && got.String() != typ.String()+"StateExited" {
			t.Errorf("%s has %s", typ, got)
		}
	}
}

func TestParseLevel(t *testing.T) {
	for _, l := range []express.Level{express.LevelOff, express.LevelFatal, express.LevelError, express.LevelAll} {
		if got, ok := express.ParseLevel(l.String()); !ok || got != l {
			t.Errorf("ParseLevel(%q) is %v, %t", l, got, ok)
		}
	}
	for _, s := range []string{"", "all", "DEBUG"} {
		if _, ok := express.ParseLevel(s); ok {
			t.Errorf("ParseLevel(%q) is a level", s)
		}
	}
}

// A levelLog keeps the events of a level, and what it was told of the beginning
// and the end.
type levelLog struct {
	level  express.Level
	lines  strings.Builder
	opened express.Start
	closed express.Outcome
	done   chan error
}

func (l *levelLog) Open(_ context.Context, _ *express.Machine, s *express.Start) express.Log {
	l.opened = *s
	if l.level == express.LevelOff {
		return nil
	}
	return l
}

func (l *levelLog) Enabled(t express.EventType) bool { return l.level.Logs(t) }

func (l *levelLog) Record(e *express.Event) { l.lines.WriteString(expresstest.Line(e)) }

func (l *levelLog) Close(o *express.Outcome) <-chan error {
	l.closed = *o
	return l.done
}

// Events that nobody wants have their ids all the same.
func TestRecorder(t *testing.T) {
	for level, want := range map[express.Level]string{
		express.LevelOff:   "",
		express.LevelFatal: "5<-4 ExecutionFailed error=E\n",
		express.LevelError: "4<-3 FailStateEntered Bad input={}\n5<-4 ExecutionFailed error=E\n",
	} {
		log := &levelLog{level: level, done: make(chan error)}
		m := expresstest.Machine(t, `{"StartAt": "First", "States": {"First": {"Type": "Pass", "Next": "Bad"}, "Bad": {"Type": "Fail", "Error": "E"}}}`, nil,
			func(o *express.Options) { o.Recorder = log })
		o := expresstest.Run(t, m, `{}`)
		if diff := cmp.Diff(want, log.lines.String()); diff != "" {
			t.Errorf("level %s (-want +got):\n%s", level, diff)
		}
		if log.opened.Name != "run" || log.opened.Time.IsZero() {
			t.Errorf("level %s: opened for %+v", level, log.opened)
		}
		if logged := level != express.LevelOff; logged && (log.closed.Err != o.Err || o.Logged != log.done) || !logged && o.Logged != nil {
			t.Errorf("level %s: closed with %+v", level, log.closed)
		}
	}
}

// Inspect sees what AWS's TestState calls the stages of a state.
func TestInspect(t *testing.T) {
	for state, want := range map[string][]string{
		`{"Type": "Task", "Resource": "func:f", "InputPath": "$.n", "Parameters": {"a.$": "$[0]"}, "ResultSelector": {"b.$": "$.a"}, "ResultPath": "$.r", "End": true}`: {
			`input {"n":[1]}`, `afterInputPath [1]`, `afterParameters {"a":1}`, `result {"a":1}`, `afterResultSelector {"b":1}`, `afterResultPath {"n":[1],"r":{"b":1}}`},
		`{"Type": "Pass", "Result": 2, "ResultPath": "$.r", "End": true}`: {
			`input {"n":[1]}`, `result 2`, `afterResultPath {"n":[1],"r":2}`},
		`{"Type": "Map", "InputPath": "$", "ItemsPath": "$.n", "ItemSelector": {"a.$": "$$.Map.Item.Value"}, "MaxConcurrency": 3, "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 20, "ResultPath": null, "End": true,
			"ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}}`: {
			`input {"n":[1]}`, `afterItemsPath [1]`, `maxConcurrency 3`, `toleratedFailureCount 1`, `toleratedFailurePercentage 20`,
			`afterItemSelector {"a":1}`, `input {"a":1}`, `result [{"a":1}]`, `afterResultPath {"n":[1]}`},
	} {
		var got []string
		m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": `+state+`}}`, echo, func(o *express.Options) {
			o.Inspect = func(stage string, v value.Value) { got = append(got, fmt.Sprint(stage, " ", v)) }
		})
		expresstest.Run(t, m, `{"n":[1]}`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\nstages (-want +got):\n%s", state, diff)
		}
	}
}
