package mock

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An Answer is what a call of a task comes to: Return, or one of the others if
// it is set.
type Answer struct {
	Return value.Value    // the result, before ResultSelector and ResultPath
	Throw  *express.Error // the failure
	Never  bool           // none: the call waits for the end of its context

	Submitted value.Value // what the service says first, of a job or a callback; nothing if it does not
}

// give is what an Invoker returns of a. threads parks a call without an answer.
func (a *Answer) give(ctx context.Context, c *express.Call, threads express.Threads) (value.Value, error) {
	if !a.Submitted.IsNothing() {
		c.Submitted(a.Submitted)
	}
	switch {
	case a.Never && threads == nil:
		<-ctx.Done()
		return value.Value{}, context.Cause(ctx)
	case a.Never:
		threads.Park(ctx.Done())
		return value.Value{}, context.Cause(ctx)
	case a.Throw != nil:
		return value.Value{}, a.Throw
	}
	return a.Return, nil
}

// object is a JSON object whose members are read one by one, so that an error
// can say which one it is about.
type object map[string]json.RawMessage

func parseObject(b []byte) (object, error) {
	var o object
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, err
	}
	if o == nil {
		return nil, fmt.Errorf("want an object but got %s", b)
	}
	return o, nil
}

// only is an error if o has a member that is not among known.
func (o object) only(known ...string) error {
	for _, key := range slices.Sorted(maps.Keys(o)) { // of several always the same
		if !slices.Contains(known, key) {
			return fmt.Errorf("unknown field %q, want one of %q", key, known)
		}
	}
	return nil
}

// parseAnswer reads {"Return": any}, {"Throw": {"Error": text, "Cause": any}} or
// {"Never": true}, each with "Submitted" if it has; o may have other members.
func parseAnswer(o object) (Answer, error) {
	var a Answer
	outcomes := 0
	if b, ok := o["Submitted"]; ok {
		v, err := value.Parse(b)
		if err != nil {
			return a, fmt.Errorf("in Submitted: %w", err)
		}
		a.Submitted = v
	}
	if b, ok := o["Return"]; ok {
		outcomes++
		v, err := value.Parse(b)
		if err != nil {
			return a, fmt.Errorf("in Return: %w", err)
		}
		a.Return = v
	}
	if b, ok := o["Throw"]; ok {
		outcomes++
		e, err := parseThrow(b)
		if err != nil {
			return a, fmt.Errorf("in Throw: %w", err)
		}
		a.Throw = e
	}
	if b, ok := o["Never"]; ok {
		outcomes++
		a.Never = string(b) == "true"
	}
	if outcomes != 1 {
		return a, fmt.Errorf("want exactly one of Return and Throw but got %d of them", outcomes)
	}
	return a, nil
}

// parseThrow reads a failure. A Cause that is no text stands for its JSON, as AWS
// hands over what a Lambda function threw; one that is absent is none.
func parseThrow(b []byte) (*express.Error, error) {
	o, err := parseObject(b)
	if err != nil {
		return nil, err
	}
	e := new(express.Error)
	if err := json.Unmarshal(o["Error"], &e.Name); err != nil {
		return nil, fmt.Errorf("want an Error that is a string but got %s", b)
	}
	cause, ok := o["Cause"]
	if !ok {
		e.NoCause = true
		return e, nil
	}
	v, err := value.Parse(cause)
	if err != nil {
		return nil, fmt.Errorf("in Cause: %w", err)
	}
	if e.Cause = v.Text(); v.Kind() != value.KindString {
		e.Cause = v.String()
	}
	return e, nil
}
