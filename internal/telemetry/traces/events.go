package traces

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// effects are a row each type of event that begins or ends a span, or says why
// one will fail. An effect is given the node that the event is about, and returns
// the span that it happened in.
var effects = [express.NumEvents]func(r *tree, n *node, e *express.Event) trace.Span{
	express.ExecutionFailed:   executionEnded,
	express.ExecutionTimedOut: executionEnded,
	express.ExecutionAborted:  executionEnded,

	express.TaskStateExited:     exited,
	express.ParallelStateExited: exited,
	express.MapStateExited:      exited,
	express.PassStateExited:     exited,
	express.WaitStateExited:     exited,
	express.ChoiceStateExited:   exited,
	express.SucceedStateExited:  exited,

	express.TaskStateAborted:     aborted,
	express.ParallelStateAborted: aborted,
	express.MapStateAborted:      aborted,
	express.WaitStateAborted:     aborted,
	express.MapIterationAborted:  aborted,

	express.TaskScheduled:           scheduled,
	express.TaskStarted:             underWay,
	express.TaskSubmitted:           underWay,
	express.TaskSucceeded:           answered,
	express.TaskFailed:              answered,
	express.TaskTimedOut:            answered,
	express.LambdaFunctionScheduled: scheduled,
	express.LambdaFunctionStarted:   underWay,
	express.LambdaFunctionSucceeded: answered,
	express.LambdaFunctionFailed:    answered,
	express.LambdaFunctionTimedOut:  answered,

	express.ParallelStateStarted:  begun,
	express.ParallelStateFailed:   failed,
	express.MapStateStarted:       begun,
	express.MapStateFailed:        failed,
	express.MapIterationSucceeded: iterated,
	express.MapIterationFailed:    iterated,
	express.EvaluationFailed:      failed,
}

// record makes what is to be made of e, and returns the context of the span that
// it happened in.
func (r *tree) record(e *express.Event) trace.SpanContext {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.about(e)
	if n == nil { // it begins, or it was one too many
		if n = r.beginning(e); n == nil {
			n = r.around(e)
		}
		n.last, n.seen = e.ID, e.Time
		return n.span.SpanContext()
	}
	n.last, n.seen = e.ID, e.Time
	span := n.span
	if do := effects[e.Type]; do != nil {
		span = do(r, n, e)
	}
	return span.SpanContext()
}

// about is the node that e is about, nil if it has none.
func (r *tree) about(e *express.Event) *node {
	switch e.Type {
	case express.ExecutionStarted, express.ExecutionSucceeded, express.ExecutionFailed,
		express.ExecutionTimedOut, express.ExecutionAborted:
		return r.top
	case express.MapIterationStarted, express.MapIterationSucceeded, express.MapIterationFailed, express.MapIterationAborted:
		return r.open[place{e.Entered, e.Index}]
	}
	return r.open[state(e.Entered)]
}

// beginning opens the span that e begins, nil if it begins none.
func (r *tree) beginning(e *express.Event) *node {
	typ, entered := strings.CutSuffix(e.Type.String(), "StateEntered")
	switch {
	case entered:
		return r.begin(r.around(e), state(e.ID), e.State, e,
			semconv.State.String(text.Name(e.State)), semconv.StateType.String(typ))
	case e.Type == express.MapIterationStarted:
		return r.begin(cmp.Or(r.open[state(e.Entered)], r.around(e)), place{e.Entered, e.Index}, e.State+" iteration", e,
			semconv.State.String(text.Name(e.State)), semconv.MapIndex.Int(e.Index))
	}
	return nil
}

func executionEnded(r *tree, n *node, e *express.Event) trace.Span {
	r.settle(n, ending{e.Time, e.Prev, semconv.ErrorType(e.Err)})
	return n.span
}

// exited ends a state that came to its end, if only because a catcher took its
// error.
func exited(r *tree, n *node, e *express.Event) trace.Span {
	if n.failure != "" {
		n.span.SetAttributes(semconv.Caught.String(text.Name(n.failure)))
	}
	r.end(n, ending{at: e.Time})
	return n.span
}

// aborted ends a state or an iteration because another one failed. Of a state
// that failed itself there is such an event, too.
func aborted(r *tree, n *node, e *express.Event) trace.Span {
	r.settle(n, ending{at: e.Time})
	if n.failed = n.failure != ""; !n.failed {
		n.span.SetAttributes(wasAborted)
	}
	r.end(n, ending{at: e.Time})
	return n.span
}

func scheduled(r *tree, n *node, e *express.Event) trace.Span {
	r.answered(n, e.Time, "")
	n.retries, n.failure = e.Retry, ""
	if !r.more() {
		return n.span
	}
	name, attributes := describe(e.Task)
	if e.Retry > 0 {
		attributes = append(attributes, semconv.Retry.Int(e.Retry))
	}
	_, n.attempt = r.t.tracer.Start(n.ctx, text.Name(name),
		trace.WithTimestamp(e.Time),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(r.name, semconv.State.String(text.Name(e.State))),
		trace.WithAttributes(attributes...),
	)
	n.scheduled = e.ID
	r.attempts[e.ID] = n
	return n.attempt
}

// describe is the name and the attributes of an attempt of t.
func describe(t *program.Task) (name string, a []attribute.KeyValue) {
	operation, sends := semconv.OperationOf(t)
	a = appendText(nil, semconv.Resource, t.Resource)
	if sends {
		a = append(a,
			semconv.Messaging.String(semconv.NATS),
			semconv.Operation.String(operation),
			semconv.OperationType.String("send"),
		)
		a = appendText(a, semconv.Template, t.Target)
	}
	return operation + " " + t.Target, a
}

func underWay(_ *tree, n *node, _ *express.Event) trace.Span {
	if n.attempt != nil {
		return n.attempt
	}
	return n.span
}

func answered(r *tree, n *node, e *express.Event) trace.Span {
	span := underWay(r, n, e)
	n.failure = ""
	if e.Type != express.TaskSucceeded && e.Type != express.LambdaFunctionSucceeded {
		n.failure = semconv.ErrorType(e.Err)
	}
	r.answered(n, e.Time, n.failure)
	return span
}

// begun is the beginning of a Parallel or Map state, or of its retry: then what
// the failure left open ended with its last event.
func begun(r *tree, n *node, e *express.Event) trace.Span {
	r.settle(n, ending{prev: e.Prev})
	n.retries, n.failure = e.Retry, ""
	return n.span
}

func failed(r *tree, n *node, e *express.Event) trace.Span {
	n.failure = semconv.ErrorType(e.Err)
	r.settle(n, ending{e.Time, e.Prev, n.failure})
	return n.span
}

func iterated(r *tree, n *node, e *express.Event) trace.Span {
	how := ending{at: e.Time}
	if e.Type == express.MapIterationFailed {
		n.failed = true
		how.prev, how.error = e.Prev, semconv.ErrorType(e.Err)
	}
	r.settle(n, how)
	r.end(n, how)
	return n.span
}
