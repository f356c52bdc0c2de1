package express

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/program"
)

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		name    string
		matched string // of All, TaskFailed and HeartbeatTimeout
	}{
		{"Custom", "All TaskFailed"},
		{ErrTaskFailed, "All TaskFailed"},
		{ErrDataLimitExceeded, "All TaskFailed"},
		{ErrQueryEvaluation, "All TaskFailed"},
		{ErrThreshold, "All TaskFailed"},
		{ErrTimeout, "All"},
		{ErrRuntime, ""},
		{"", "All TaskFailed"},
	} {
		e := &Error{Name: tt.name}
		var matched []string
		for _, w := range []struct{ name, short string }{{ErrAll, "All"}, {ErrTaskFailed, "TaskFailed"}, {ErrHeartbeatTimeout, "HeartbeatTimeout"}} {
			if e.matches([]string{"Other", w.name}) {
				matched = append(matched, w.short)
			}
		}
		if got := strings.Join(matched, " "); got != tt.matched {
			t.Errorf("%q is matched by %q, want %q", tt.name, got, tt.matched)
		}
		if !e.matches([]string{"Other", tt.name}) || e.matches([]string{"Other", strings.ToLower(tt.name) + "x"}) {
			t.Errorf("%q is matched by another name, or not by its own", tt.name)
		}
		if e.terminal() != (tt.name == ErrRuntime) {
			t.Errorf("%q: terminal is %t", tt.name, e.terminal())
		}
	}
	missed := &Error{Name: ErrTimeout, Err: errHeartbeat}
	if !missed.matches([]string{ErrHeartbeatTimeout}) || !missed.matches([]string{ErrTimeout}) {
		t.Error("a missed heartbeat is matched by neither of its names")
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"äöü", 3, "äöü"},
		{"äöüß", 3, "äöü"},
		{"a\xffb", 3, "a\uFFFDb"},
		{"a\xff\xfeb", 9, "a\uFFFDb"},
	} {
		if got := clip(tt.s, tt.n); got != tt.want {
			t.Errorf("clip(%q, %d) is %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestInterval(t *testing.T) {
	for _, tt := range []struct {
		r    program.Retrier
		n    int
		want time.Duration
	}{
		{program.Retrier{Interval: time.Second, Backoff: 2}, 0, time.Second},
		{program.Retrier{Interval: time.Second, Backoff: 2}, 3, 8 * time.Second},
		{program.Retrier{Interval: 3 * time.Second, Backoff: 1}, 9, 3 * time.Second},
		{program.Retrier{Interval: 2 * time.Second, Backoff: 1.5}, 2, 4500 * time.Millisecond},
		{program.Retrier{Interval: time.Second, Backoff: 2, MaxDelay: 5 * time.Second}, 2, 4 * time.Second},
		{program.Retrier{Interval: time.Second, Backoff: 2, MaxDelay: 5 * time.Second}, 3, 5 * time.Second},
		{program.Retrier{Interval: time.Second, Backoff: 2}, 1000, maxSeconds * time.Second},
		{program.Retrier{Interval: time.Second, Backoff: math.MaxFloat64}, 2, maxSeconds * time.Second},
	} {
		if got := interval(&tt.r, tt.n); got != tt.want {
			t.Errorf("interval %d of %+v is %s, want %s", tt.n, tt.r, got, tt.want)
		}
	}
}
