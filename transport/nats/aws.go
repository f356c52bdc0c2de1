package nats

import (
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

const (
	// ErrFailedEntry is AWS's name for the error of events:putEvents where an
	// event was not taken.
	ErrFailedEntry = "EventBridge.FailedEntry"
	// ErrGateway begins AWS's names for the errors of apigateway:invoke, which end
	// in the status: ApiGateway.403.
	ErrGateway = "ApiGateway."
)

// services calls the actions of AWS's other services. A service is who answers
// requests on transport.ServiceSubject.
type services struct{ ask express.Invoker }

// part asks the service with the argument.
func (s *services) part(c *express.Call) (part, error) {
	if err := notAJob(c); err != nil {
		return part{}, err
	}
	action := c.Task.Target
	subject, ok := serviceSubject(action)
	if !ok {
		return part{}, transport.BadArguments("%s names no action of a service", c.Task.Resource)
	}
	of := asking(c, kindRequest, subject, c.Input)
	return part{s.ask, of, func(v value.Value, err error) (value.Value, error) {
		if err != nil {
			return v, err
		}
		return concluded(of, action, v)
	}}, nil
}

// conclusions are what AWS makes of the answers of two actions. Their results
// have no metadata.
var conclusions = map[string]func(value.Value) error{
	"events:putEvents":  failedEntry,
	"apigateway:invoke": failedStatus,
}

// concluded is the result of an action that answered v. Those of AWS's own integrations have
// metadata, which are made up where the service gives none; those of aws-sdk, and
// of Resources that are no integration, are the answer.
func concluded(c *express.Call, action string, v value.Value) (value.Value, error) {
	if failed := conclusions[action]; failed != nil {
		return v, failed(v)
	}
	if !integration(c.Task.Resource) || v.Kind() != value.KindObject {
		return v, nil
	}
	for _, m := range metadata(c, 200, v.Size()) {
		if _, ok := v.Get(m.Key); !ok {
			v = v.With(m.Key, m.Val)
		}
	}
	return v, nil
}

// integration reports whether resource is one of AWS's own integrations:
// arn:aws:states:::sqs:sendMessage.
func integration(resource string) bool {
	part := strings.Split(resource, ":")
	return len(part) > 5 && part[2] == "states" && part[5] != "aws-sdk"
}

// failedEntry is an error where events:putEvents says that an event was not
// taken.
func failedEntry(v value.Value) error {
	count, _ := v.Get("FailedEntryCount")
	if count.Float() > 0 {
		return &express.Error{Name: ErrFailedEntry, Cause: v.String()}
	}
	return nil
}

// failedStatus is an error where apigateway:invoke says another status than 2xx.
func failedStatus(v value.Value) error {
	status, _ := v.Get("StatusCode")
	code, ok := status.Int()
	if !ok || 200 <= code && code < 300 {
		return nil
	}
	body, _ := v.Get("ResponseBody")
	cause := body.Text()
	if body.Kind() != value.KindString {
		cause = body.String()
	}
	return &express.Error{Name: fmt.Sprint(ErrGateway, code), Cause: cause}
}
