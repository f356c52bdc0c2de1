package callback

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// sends are the tasks by which a workflow answers the task of another one, by
// program.Task.Target.
var sends = map[string]op{
	"aws-sdk:sfn:sendTaskSuccess":   success,
	"aws-sdk:sfn:sendTaskFailure":   failure,
	"aws-sdk:sfn:sendTaskHeartbeat": heartbeat,
}

// Sends reports whether a Sender performs t.
func Sends(t *program.Task) bool {
	_, ok := sends[t.Target]
	return ok && t.Pattern == program.Request
}

// Sender performs the tasks that answer others: arn:aws:states:::aws-sdk:sfn with
// sendTaskSuccess, sendTaskFailure and sendTaskHeartbeat. Its errors have the
// names that AWS was seen to give them.
func (r *Registry) Sender() express.Invoker { return express.InvokerFunc(r.send) }

func (r *Registry) send(ctx context.Context, c *express.Call) (value.Value, error) {
	a, err := r.sent(c)
	if err == nil {
		err = r.take(ctx, a)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return value.Value{}, &express.Error{
			Name:  "Sfn." + strings.TrimSuffix(e.Name, "Exception") + "Exception",
			Cause: fmt.Sprintf("%s (Service: Sfn, Status Code: 400, Request ID: %s) (SDK Attempt Count: 1)", e.Message, c.Key()),
			Err:   e,
		}
	}
	if err != nil {
		return value.Value{}, err
	}
	return value.Object(), nil
}

// sent is the answer that c is.
func (r *Registry) sent(c *express.Call) (*answer, error) {
	o, ok := sends[c.Task.Target]
	if !ok {
		return nil, transport.BadArguments("The resource %s answers no task", c.Task.Resource)
	}
	texts := make(map[string]value.Value)
	for _, name := range [...]string{"TaskToken", "Error", "Cause"} {
		v, ok := c.Input.Get(name)
		switch {
		case ok && v.Kind() != value.KindString:
			return nil, transport.BadArguments("The value of the field '%s' has an invalid format", name)
		case ok:
			texts[name] = v
		case name == "TaskToken":
			return nil, transport.BadArguments("The field '%s' is required but was missing", name)
		}
	}
	a := &answer{op: o, token: texts["TaskToken"].Text()}
	switch o {
	case success:
		output, ok := c.Input.Get("Output")
		if !ok {
			return nil, transport.BadArguments("The field 'Output' is required but was missing")
		}
		if a.output = output; output.Kind() == value.KindString {
			var err error
			if a.output, err = value.ParseString(output.Text()); err != nil {
				return nil, r.refuse(badOutput, errors.New("it is no acceptable JSON")) // which causes do not quote
			}
		}
	case failure:
		a.err = &express.Error{Name: texts["Error"].Text(), Cause: texts["Cause"].Text(), NoCause: texts["Cause"].IsNothing()}
		if err := a.check(); err != nil {
			return nil, r.refuse(invalid, err)
		}
	}
	return a, nil
}
