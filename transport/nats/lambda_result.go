package nats

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

const (
	// ErrNoFunction is AWS's name for the error of a function that is not there:
	// nobody answers its subject.
	ErrNoFunction = "Lambda.ResourceNotFoundException"
	// ErrFunctionUnknown is AWS's name for the error of a function that does not
	// say which it is.
	ErrFunctionUnknown = "Lambda.Unknown"
)

// headerFunctionError says, as in Lambda's own answers, that a function failed
// and the body is {"errorType", "errorMessage"} and what else it has to say.
const headerFunctionError = "X-Amz-Function-Error"

// answered is the result of lambda:invoke for a function that answered.
func answered(c *express.Call, f function, payload value.Value) value.Value {
	version := cmp.Or(f.qualifier, latest)
	return value.Object(append([]value.Member{
		{Key: "ExecutedVersion", Val: value.String(version)},
		{Key: "Payload", Val: payload},
		{Key: "StatusCode", Val: value.Int(200)},
	}, metadata(c, 200, payload.Size(), line{"X-Amz-Executed-Version", version}, line{"x-amzn-Remapped-Content-Length", "0"})...)...)
}

// accepted is the result of lambda:invoke for a function that is not waited for,
// or not called.
func accepted(c *express.Call, status int) value.Value {
	return value.Object(append([]value.Member{
		{Key: "StatusCode", Val: value.Int(int64(status))},
	}, metadata(c, status, 0)...)...)
}

// failed is err as AWS has it of the function arn: the error is the function's
// type of it, and the cause the JSON of all that it says.
func failed(c *express.Call, arn string, err error) error {
	e, ok := errors.AsType[*express.Error](err)
	if !ok {
		return err
	}
	if e.Name == ErrNoResponders {
		return &express.Error{Name: ErrNoFunction, Err: err, Cause: fmt.Sprintf(
			"Function not found: %s (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: %s; Proxy: null)",
			arn, c.Key())}
	}
	answer, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	if described, ok := functionError(c, answer.body); ok {
		return described
	}
	cause := value.Object(
		value.Member{Key: "errorMessage", Val: value.String(e.Cause)},
		value.Member{Key: "errorType", Val: value.String(e.Name)},
	)
	return &express.Error{Name: e.Name, Cause: cause.String(), Err: err}
}

// functionError is the error that the body of an answer describes as functions
// do, and whether it does. A direct call has the text as it is.
func functionError(c *express.Call, body []byte) (*express.Error, bool) {
	v, err := value.Parse(body)
	_, typed := v.Get("errorType")
	if _, told := v.Get("errorMessage"); err != nil || !typed && !told {
		return nil, false
	}
	cause := string(body)
	if c.Task.Service != "" {
		cause = v.String()
	}
	return &express.Error{Name: cmp.Or(text(v, "errorType"), ErrFunctionUnknown), Cause: cause}, true
}
