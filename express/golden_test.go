package express_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestEvents runs each machine of testdata/events on a virtual clock and compares
// its transcript: the events, with a line where time has passed, and the outcome.
// An archive holds the definition, the input ({} if absent), the answers of the
// tasks as a recording, and a time at which the execution is cancelled.
func TestEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	recorded := make(map[string]bool)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := transcript(t, a)
			for line := range strings.Lines(got) {
				if words := strings.Fields(line); strings.Contains(words[0], "<-") {
					recorded[words[1]] = true
				}
			}
			if *update {
				section(a, "want", true).Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(part(a, "want"), got); diff != "" {
				t.Errorf("transcript (-want +got):\n%s", diff)
			}
		})
	}
	for _, typ := range express.EventTypes() {
		if !recorded[typ.String()] && typ != express.EvaluationFailed { // which TestEvaluationFailed has
			t.Errorf("no transcript has a %s", typ)
		}
	}
}

func section(a *txtar.Archive, name string, add bool) *txtar.File {
	for i := range a.Files {
		if a.Files[i].Name == name {
			return &a.Files[i]
		}
	}
	if !add {
		return nil
	}
	a.Files = append(a.Files, txtar.File{Name: name})
	return &a.Files[len(a.Files)-1]
}

func part(a *txtar.Archive, name string) string {
	if f := section(a, name, false); f != nil {
		return strings.TrimSpace(string(f.Data)) + "\n"
	}
	return ""
}

func transcript(t *testing.T, a *txtar.Archive) string {
	clock := mock.NewClock(expresstest.Epoch)
	answers, err := mock.ParseRecording([]byte(orElse(part(a, "answers"), "{}")))
	if err != nil {
		t.Fatal(err)
	}
	answers.Threads = clock
	log := &timedLog{last: expresstest.Epoch}
	m := expresstest.Machine(t, part(a, "definition"), answers.Invoke, clock.Bind, func(o *express.Options) {
		o.Recorder = log
		o.Rand = rand.New(rand.NewPCG(1, 2))
	})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if at := strings.TrimSpace(part(a, "cancel")); at != "" {
		d, err := time.ParseDuration(at)
		if err != nil {
			t.Fatal(err)
		}
		clock.NewTimer(d, cancel)
	}
	o := m.Run(ctx, express.Start{Name: "run", ARN: "arn:run", Input: parse(t, orElse(part(a, "input"), "{}"))})
	if err := answers.Err(); err != nil {
		t.Error(err)
	}
	return log.b.String() + lastLine(o)
}

// lastLine is the line of a transcript that says how the execution ended.
func lastLine(o express.Outcome) string {
	line := fmt.Sprintf("%s in %q after %s", o.Status, o.State, o.Stop.Sub(o.Start))
	switch {
	case o.Err == nil && o.Status == express.Succeeded:
		line += fmt.Sprintf(": %s", o.Output)
	case o.Err != nil:
		line += fmt.Sprintf(": %q", o.Err.Name)
		if !o.Err.NoCause {
			line += ": " + o.Err.Cause
		}
	}
	return line + "\n"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// A timedLog is a transcript that says where time has passed. It needs no lock:
// threads on a virtual clock run one at a time.
type timedLog struct {
	b    strings.Builder
	last time.Time
}

func (l *timedLog) Open(context.Context, *express.Machine, *express.Start) express.Log { return l }

func (l *timedLog) Enabled(express.EventType) bool { return true }

func (l *timedLog) Close(*express.Outcome) <-chan error { return nil }

func (l *timedLog) Record(e *express.Event) {
	if d := e.Time.Sub(l.last); d > 0 {
		fmt.Fprintf(&l.b, "+ %s\n", d)
		l.last = e.Time
	}
	l.b.WriteString(expresstest.Line(e))
}
