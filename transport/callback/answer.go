package callback

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An op is what an answer says of a task.
type op uint8

const (
	success op = iota
	failure
	heartbeat
)

// ops are their names, the last part of subjects and URLs, and what becomes of
// them unless they are refused.
var ops = [...]struct {
	name string
	fate fate
}{
	success:   {"success", succeeded},
	failure:   {"failure", failed},
	heartbeat: {"heartbeat", beaten},
}

// An answer is what somebody says of a task that waits.
type answer struct {
	op     op
	token  string
	output value.Value
	err    *express.Error // of a failure; "" is no name
}

const (
	// maxError and maxCause are the most characters of an error's name and cause:
	// what AWS's API takes.
	maxError = 256
	maxCause = 32_768
	// maxBody bounds what is read of an answer. The output may have 256 KiB, and
	// JSON text as a JSON string has a backslash before each quotation mark, so
	// twice that and room for the rest; no broker takes more by default.
	maxBody = 1 << 20
)

// check refuses a failure that is too long.
func (a *answer) check() error {
	for _, m := range [...]struct {
		name, text string
		most       int
	}{{"error", a.err.Name, maxError}, {"cause", a.err.Cause, maxCause}} {
		if utf8.RuneCountInString(m.text) > m.most {
			return fmt.Errorf("at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", m.name, m.most)
		}
	}
	return nil
}

// result is what the task ends with.
func (a *answer) result() (value.Value, error) {
	if a.op == success {
		return a.output, nil
	}
	e := *a.err
	e.Name = cmp.Or(e.Name, express.ErrTaskFailed)
	return value.Value{}, &e
}

// A body is an answer as JSON, with the members of AWS's SendTaskSuccess,
// SendTaskFailure and SendTaskHeartbeat; others are ignored.
type body struct {
	Token  *string         `json:"taskToken"`
	Output json.RawMessage `json:"output"`
	Error  string          `json:"error"`
	Cause  *string         `json:"cause"`
}

var errBody = fmt.Errorf("it has more than %d bytes", maxBody)

// parse reads an answer.
func (r *Registry) parse(o op, b []byte) (*answer, error) {
	if len(b) > maxBody {
		return nil, r.refuse(unreadable, errBody)
	}
	var in body
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, r.refuse(unreadable, err)
	}
	if in.Token == nil {
		return nil, r.refuse(invalid, missing("taskToken"))
	}
	a := &answer{op: o, token: *in.Token}
	switch o {
	case success:
		if in.Output == nil {
			return nil, r.refuse(invalid, missing("output"))
		}
		var err error
		if a.output, err = parseOutput(in.Output); err != nil {
			return nil, r.refuse(badOutput, err)
		}
	case failure:
		a.err = &express.Error{Name: in.Error, NoCause: in.Cause == nil}
		if in.Cause != nil {
			a.err.Cause = *in.Cause
		}
		if err := a.check(); err != nil {
			return nil, r.refuse(invalid, err)
		}
	}
	return a, nil
}

func missing(member string) error {
	return errors.New("null at '" + member + "' failed to satisfy constraint: Member must not be null")
}

// parseOutput reads an output: JSON text in a string, as AWS has it, or any other
// JSON value, which stands for itself.
func parseOutput(b json.RawMessage) (value.Value, error) {
	if b[0] != '"' {
		return value.ParseOwned(b)
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return value.Value{}, err
	}
	return value.ParseString(text)
}

// appendJSON appends a as parse reads it.
func (a *answer) appendJSON(b []byte) []byte {
	b = append(b, `{"taskToken":`...)
	b = value.AppendQuoted(b, a.token)
	switch a.op {
	case success:
		b = append(b, `,"output":`...)
		b = value.AppendQuoted(b, a.output.String())
	case failure:
		b = append(b, `,"error":`...)
		b = value.AppendQuoted(b, a.err.Name)
		if !a.err.NoCause {
			b = append(b, `,"cause":`...)
			b = value.AppendQuoted(b, a.err.Cause)
		}
	}
	return append(b, '}')
}
