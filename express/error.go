package express

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/program"
)

// An Error is a failure as the States Language sees it: Retry and Catch match
// its Name.
type Error struct {
	Name, Cause string
	NoCause     bool        // the failure had no cause at all, which "" is not
	State       string      // where it happened, and the place in the definition;
	Pos         program.Pos // the engine fills in both
	Err         error       // what lies beneath, if anything
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

// Unwrap is what lies beneath.
func (e *Error) Unwrap() error { return e.Err }

// The error names of the States Language that the engine raises or matches.
// What a task or a Fail state says is a name as well.
const (
	ErrAll               = "States.ALL"        // never raised: matches
	ErrTaskFailed        = "States.TaskFailed" // raised by a task that gave no name, and matches
	ErrTimeout           = "States.Timeout"
	ErrHeartbeatTimeout  = "States.HeartbeatTimeout" // never raised: matches a States.Timeout for want of heartbeats
	ErrRuntime           = "States.Runtime"
	ErrDataLimitExceeded = "States.DataLimitExceeded"
	ErrQueryEvaluation   = "States.QueryEvaluationError"
	ErrThreshold         = "States.ExceedToleratedFailureThreshold"
)

// unmatched is a row for each name that a wildcard does not match; wildcards
// match all others. A name that not even States.ALL matches ends the execution,
// whatever its Retry and Catch say, on every level.
var unmatched = map[string]struct{ all, taskFailed bool }{
	ErrRuntime: {all: true, taskFailed: true},
	ErrTimeout: {taskFailed: true},
}

// matches reports whether an ErrorEquals with these names matches e.
func (e *Error) matches(names []string) bool {
	row := unmatched[e.Name]
	for _, n := range names {
		switch n {
		case e.Name:
			return true
		case ErrAll:
			return !row.all
		case ErrTaskFailed:
			if !row.taskFailed {
				return true
			}
		case ErrHeartbeatTimeout:
			if e.Err == errHeartbeat {
				return true
			}
		}
	}
	return false
}

// ended reports whether e is no failure of the thread: it was ended from outside.
func (e *Error) ended() bool {
	_, ok := e.Err.(*ending)
	return ok
}

// terminal reports whether e ends the execution, whatever handlers there are.
func (e *Error) terminal() bool { return e.ended() || unmatched[e.Name].all }

// Why a context of the runtime was cancelled.
var (
	errDeadline  = errors.New("the execution has taken too long")
	errTimeout   = errors.New("the task has taken too long")
	errHeartbeat = errors.New("the task has sent no heartbeat")
	errSibling   = errors.New("another branch or iteration has failed")
	errAwake     = errors.New("it is time")
	errAborted   = errors.New("the execution was aborted")
)

// An ending is why a thread ended from outside: the execution TimedOut, or it
// was Aborted, alone or with all others.
type ending struct {
	status Status
	cause  error
}

func (e *ending) Error() string { return e.cause.Error() }

func (e *ending) Unwrap() error { return e.cause }

// interrupted is how x ends when its context was cancelled because of cause. Only
// the execution's own deadline makes it TimedOut: a task may run an execution in
// its turn, whose context ends with that of the task.
func (x *execution) interrupted(cause error) *Error {
	if end, ok := cause.(*ending); ok && x.run.life != nil && end == x.run.life.overdue {
		return x.end(ErrTimeout, end)
	}
	return x.end("", &ending{Aborted, cause})
}

func (x *execution) end(name string, end *ending) *Error {
	e := x.error(name, "")
	e.NoCause, e.Err = true, end
	return e
}

// A PanicError is what lies beneath the States.Runtime of an execution that
// panicked.
type PanicError struct {
	Value any // what was panicked with, nil for runtime.Goexit
	Stack []byte
}

func (e *PanicError) Error() string {
	if e.Value == nil {
		return "the goroutine has ended"
	}
	return fmt.Sprint("panic: ", e.Value)
}

// panicked is the error of x that a panic with v ended, or, where v is nil, the
// end of its goroutine, as testing.T.FailNow brings about.
func (x *execution) panicked(v any) *Error {
	p := &PanicError{Value: v, Stack: debug.Stack()}
	e := x.error(ErrRuntime, p.Error())
	e.Err = p
	return e
}

const (
	// maxErrorName and maxCause are the most characters of an error's name and
	// cause: what AWS's API model allows. What is beyond is cut.
	maxErrorName = 256
	maxCause     = 32_768
)

// clip is s as valid UTF-8, with at most n characters.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
