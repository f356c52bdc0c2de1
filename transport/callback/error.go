package callback

import "fmt"

// An Error is why an answer was not taken, in the form of AWS's API.
type Error struct {
	Name    string // InvalidToken, TaskTimedOut, ...
	Message string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

// A fate is what became of an answer.
type fate uint8

const (
	succeeded fate = iota
	failed
	beaten
	twice // refused, as all that follow
	late
	gone
	silent
	forged
	malformed
	badOutput
	invalid
	unreadable
	badType
	numFates
)

// refusals are the errors of answers that are refused. AWS has one message for a
// task that was answered and one that has timed out; they are told apart here.
var refusals = [numFates]struct{ name, message string }{
	twice:      {"TaskTimedOut", "Task Timed Out: 'The task was answered before'"},
	late:       {"TaskTimedOut", "Task Timed Out: 'The task has timed out, or its execution has ended'"},
	gone:       {"TaskDoesNotExist", "Task Does Not Exist: 'The engine that waited for its answer is gone'"},
	silent:     {"ServiceUnavailable", "The engine that waits for the answer does not respond"},
	forged:     {"InvalidToken", "Invalid Token: 'No engine here has made it'"},
	malformed:  {"InvalidToken", "Invalid Token: 'It is no task token'"},
	badOutput:  {"InvalidOutput", "Invalid Output: '%v'"},
	invalid:    {"ValidationException", "1 validation error detected: Value %v"},
	unreadable: {"SerializationException", "The body is not acceptable: %v"},
	badType:    {"UnsupportedMediaType", "The Content-Type of an answer is application/json"},
}

// refuse counts an answer that is refused, and is its error.
func (r *Registry) refuse(f fate, err error) error {
	r.fates[f].Add(1)
	e := &Error{refusals[f].name, refusals[f].message}
	if err != nil {
		e.Message = fmt.Sprintf(e.Message, err)
	}
	return e
}

// Counts are what became of the answers that an engine has decided on, and how
// many tasks wait there now.
type Counts struct {
	Waiting                       int
	Succeeded, Failed, Heartbeats uint64 // taken
	Twice                         uint64 // the task was answered before
	Late                          uint64 // the task had ended
	Gone                          uint64 // the engine that waited had ended
	Silent                        uint64 // the engine that waits did not respond
	Forged, Malformed             uint64 // tokens
	Invalid                       uint64 // outputs, and the rest of what was sent
}

// Counts are those of r.
func (r *Registry) Counts() Counts {
	n := func(f fate) uint64 { return r.fates[f].Load() }
	c := Counts{
		Succeeded:  n(succeeded),
		Failed:     n(failed),
		Heartbeats: n(beaten),
		Twice:      n(twice),
		Late:       n(late),
		Gone:       n(gone),
		Silent:     n(silent),
		Forged:     n(forged),
		Malformed:  n(malformed),
		Invalid:    n(badOutput) + n(invalid) + n(unreadable) + n(badType),
	}
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		c.Waiting += len(s.waiting)
		s.mu.Unlock()
	}
	return c
}
