package transport

import (
	"strconv"
	"strings"
)

// Headers of events, results, and requests of tasks. Those that begin with
// Express- are the engine's: data never sets them.
const (
	HeaderExecution = "Express-Execution"  // name of the execution
	HeaderAttempt   = "Express-Attempt"    // which delivery of the event, from 1
	HeaderHops      = "Express-Hops"       // executions that led to this message
	HeaderKey       = "Idempotency-Key"    // the same on every retry and redelivery of a task
	HeaderRetry     = "Express-Retry"      // which retry of the task, from 0
	HeaderDeadline  = "Express-Deadline"   // milliseconds left when the request was sent
	HeaderToken     = "Express-Task-Token" // by which a callback answers; only where a task waits for one
	HeaderTrace     = "traceparent"        // W3C trace context
	HeaderXRay      = "X-Amzn-Trace-Id"    // the same in AWS's form
)

// Headers of events that start a workflow by its own subject.
const (
	HeaderName      = "Express-Name"      // name that the execution is to have; else the Nats-Msg-Id is
	HeaderARN       = "Express-Arn"       // of the execution; else it is made of the name
	HeaderQualifier = "Express-Qualifier" // version or alias of the workflow
)

// HeaderUntil is until when the caller of a synchronous start waits, in RFC 3339: one
// that comes later is not run. The clocks of caller and engine have to agree.
const HeaderUntil = "Express-Until"

// StartHeader has an execution of workflow be called name, and stored once for
// each pair of them.
func StartHeader(workflow, name string) map[string][]string {
	return map[string][]string{"Nats-Msg-Id": {Token(workflow) + ":" + name}, HeaderName: {name}}
}

// Headers of dead letters, beside HeaderExecution, HeaderAttempt, HeaderHops and
// those of the trace. Their values are escaped as in URLs, and hold nothing of
// the event's body, but for the cause where that is wanted.
const (
	HeaderReason   = "Express-Reason" // one of Reasons
	HeaderError    = "Express-Error"
	HeaderState    = "Express-State" // where the execution failed
	HeaderCause    = "Express-Cause" // of the error, where its workflow logs execution data
	HeaderWorkflow = "Express-Workflow"
	HeaderVersion  = "Express-Version" // of its definition
	HeaderStream   = "Express-Stream"  // of the event, as the next three
	HeaderSequence = "Express-Sequence"
	HeaderSubject  = "Express-Subject"
	HeaderTime     = "Express-Time" // when it was published, RFC 3339
	HeaderPart     = "Express-Part" // "1/2": the body is so large that it comes in parts
)

// Hops is the number of executions that led to the event d.
func Hops(d Delivery) int {
	text := d.Header(HeaderHops)
	if text == "" { // nearly always, and an error would be an allocation
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 { // not from us
		return 0
	}
	return n
}

// trace is the trace that the event d belongs to, "" for none.
func trace(d Delivery) string {
	if t := d.Header(HeaderTrace); t != "" {
		return t
	}
	return d.Header(HeaderXRay)
}

// TraceKey is the header that a trace in one of the two forms stands in.
func TraceKey(trace string) string {
	if strings.Contains(trace, "=") { // which W3C's has not
		return HeaderXRay
	}
	return HeaderTrace
}
