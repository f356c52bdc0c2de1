// Package semconv is the names that traces and metrics share, by OpenTelemetry's
// semantic conventions where these have one.
package semconv

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
)

// Scope is the name of the instrumentation scope.
const Scope = "github.com/seed66d9166c/express"

// Keys of attributes.
const (
	Workflow      attribute.Key = "express.state_machine.name"
	Version       attribute.Key = "express.state_machine.version"
	WorkflowARN   attribute.Key = "aws.step_functions.state_machine.arn"
	Execution     attribute.Key = "express.execution.name"
	ExecutionARN  attribute.Key = "express.execution.arn"
	Attempt       attribute.Key = "express.execution.attempt"
	Status        attribute.Key = "express.execution.status"
	State         attribute.Key = "express.state.name"
	StateType     attribute.Key = "express.state.type"
	Retries       attribute.Key = "express.state.retries"
	Aborted       attribute.Key = "express.state.aborted"
	Caught        attribute.Key = "express.error.caught"
	MapIndex      attribute.Key = "express.map.index"
	Resource      attribute.Key = "express.task.resource"
	Retry         attribute.Key = "express.task.retry"
	SpansLeftOut  attribute.Key = "express.trace.spans.left_out"
	Reason        attribute.Key = "express.reason"
	Error         attribute.Key = "error.type"
	Messaging     attribute.Key = "messaging.system"
	Operation     attribute.Key = "messaging.operation.name"
	OperationType attribute.Key = "messaging.operation.type"
	MessageID     attribute.Key = "messaging.message.id"
	Template      attribute.Key = "messaging.destination.template"
	Group         attribute.Key = "messaging.consumer.group.name"
)

// NATS is the value of Messaging.
const NATS = "nats"

// Other is the error.type of an error without a name, and stands for names of
// which there are too many.
const Other = "_OTHER"

// ErrorType is the error.type of err, which may be nil.
func ErrorType(err *express.Error) string {
	if err == nil || err.Name == "" {
		return Other
	}
	return err.Name
}

// messages are the operations that send a message, by the kind of task.
var messages = map[string]string{"nats:request": "request", "nats:publish": "publish", "nats:jetstream": "publish"}

// OperationOf is what an attempt of t does to its target, and whether it sends a
// message over NATS.
func OperationOf(t *program.Task) (name string, sends bool) {
	if name, sends = messages[t.Kind]; sends {
		return name, true
	}
	if name, ok := strings.CutPrefix(t.Kind, "nats:"); ok {
		return name, false
	}
	return "call", false
}
