package nested

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A start is an execution that a task starts.
type start struct {
	action
	workflow string
	machine  *express.Machine
	event    express.Start
	arn      string // of the execution
	input    string // as JSON text, as it was given
	request  string // the id that the request would have on AWS
}

// A field is an argument of the tasks.
type field struct {
	name     string
	required bool
	text     bool // it is a string; else anything
}

var fields = []field{
	{name: "StateMachineArn", required: true, text: true},
	{name: "Name", text: true},
	{name: "Input"},
	{name: "TraceHeader", text: true},
}

// check refuses arguments of which AWS says, too, that they cannot start a task.
func check(args value.Value) error {
	if args.Kind() != value.KindObject {
		return transport.BadArguments("An object is required but was: %s", args.Kind())
	}
	for _, f := range fields {
		v, ok := args.Get(f.name)
		switch {
		case !ok && f.required:
			return transport.BadArguments("The field '%s' is required but was missing", f.name)
		case ok && f.text && v.Kind() != value.KindString, f.name == "TraceHeader" && !traceable(v.Text()):
			return transport.BadArguments("The value of the field '%s' has an invalid format", f.name)
		}
	}
	for name := range args.Members() {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return transport.BadArguments("The field '%s' is not supported", name)
		}
	}
	return nil
}

// maxTrace bounds a trace header in characters, as on AWS.
const maxTrace = 256

// traceable reports whether s can be a trace header: printable ASCII, which says
// nothing else to who reads headers.
func traceable(s string) bool {
	return len(s) <= maxTrace && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// prepare is the execution that c asks for. If it is a job it is submitted.
func (i *Invoker) prepare(c *express.Call) (*start, error) {
	a, ok := actions[form{c.Task.Target, c.Task.Pattern}]
	if !ok {
		return nil, transport.BadArguments("The resource %s starts no execution", c.Task.Resource)
	}
	if err := check(c.Input); err != nil {
		return nil, err
	}
	s := &start{action: a, request: c.Key()}
	arn := text(c.Input, "StateMachineArn")
	var wrong string
	if s.workflow, wrong = workflow(arn); wrong != "" {
		return nil, s.refused("InvalidArn", fmt.Sprintf("Invalid Arn: '%s'", wrong), nil)
	}
	if err := tooDeep(c); err != nil {
		return nil, err
	}
	var err error
	if s.machine, err = i.o.Machine(s.workflow); err != nil {
		return nil, s.refused("StateMachineDoesNotExist", fmt.Sprintf("State Machine Does Not Exist: '%s'", arn), err)
	}
	name := text(c.Input, "Name")
	if _, given := c.Input.Get("Name"); !given {
		name = uuid(c.Key())
	} else if !transport.ValidName(name) {
		return nil, s.refused("InvalidName", fmt.Sprintf("Invalid Name: '%s'", name), nil)
	}
	s.event = express.Start{
		Name:     name,
		Time:     i.o.Now(),
		Sync:     !a.job,
		Delivery: c.Delivery,
		Hops:     c.Hops + 1,
		Trace:    cmp.Or(text(c.Input, "TraceHeader"), c.Trace),
	}
	in, _ := c.Input.Get("Input")
	if s.event.Input, s.input, err = input(in); err != nil {
		why := transport.Letter{Err: err} // whose text quotes nothing of the input: causes are logged where data is not
		return nil, s.refused("InvalidExecutionInput", fmt.Sprintf("Invalid State Machine Execution Input: '%s'", why.Text()), err)
	}
	s.arn = s.machine.ExecutionARN(&s.event)
	if a.job {
		c.Submitted(s.started())
	}
	return s, nil
}

// text is the member of args that is a string, "" if there is none.
func text(args value.Value, field string) string {
	v, _ := args.Get(field)
	return v.Text()
}

// workflow is the name of the workflow that arn means: its own last part, or arn
// itself where that is a plain name. Region and account are those of whoever
// wrote the definition; a version or an alias at the end stands for what is
// served, of which there is one. What is wrong with arn is said in AWS's words.
func workflow(arn string) (name, wrong string) {
	if !strings.Contains(arn, ":") {
		return arn, ""
	}
	part := strings.Split(arn, ":")
	switch {
	case len(part) < 7 || part[0] != "arn" || part[2] != "states":
		return "", "Invalid ARN prefix: " + arn
	case part[5] != "stateMachine":
		return "", "Resource type not valid in this context: " + part[5]
	case len(part) > 8 || part[len(part)-1] == "":
		return "", "Invalid ARN: " + arn
	}
	return part[6], ""
}

// input is the input of an execution, and the text of it: none and null are {}, a
// string is JSON text, and anything else is what it is.
func input(v value.Value) (value.Value, string, error) {
	switch v.Kind() {
	case value.KindNothing, value.KindNull:
		return value.Object(), "{}", nil
	case value.KindString:
		parsed, err := value.ParseString(v.Text())
		return parsed, v.Text(), err
	}
	return v, v.String(), nil
}

// uuid is a UUID made of an idempotency key: a retry and a redelivery of a task
// start an execution of the same name.
func uuid(key string) string {
	b := sha256.Sum256([]byte(key))
	b[6] = b[6]&0x0f | 0x80 // version 8: made in a way of our own
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
