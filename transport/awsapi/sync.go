package awsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/seed66d9166c/express/express"
)

const (
	// billingStep is what a duration is rounded up to for its bill, and billedMemory
	// the least that is billed, in megabytes. Nothing is billed here: SDKs have
	// members for it, and programs read them.
	billingStep  = 100 * time.Millisecond
	billedMemory = 64
)

// A syncOutput is the answer of StartSyncExecution.
type syncOutput struct {
	Execution string   `json:"executionArn"`
	Machine   string   `json:"stateMachineArn"`
	Name      string   `json:"name"`
	Start     epoch    `json:"startDate"`
	Stop      epoch    `json:"stopDate"`
	Status    string   `json:"status"`
	Input     *string  `json:"input,omitempty"`
	InputOf   *details `json:"inputDetails,omitempty"`
	Output    *string  `json:"output,omitempty"`
	OutputOf  *details `json:"outputDetails,omitempty"`
	Error     *string  `json:"error,omitempty"`
	Cause     *string  `json:"cause,omitempty"`
	Trace     string   `json:"traceHeader,omitempty"`
	Billing   billing  `json:"billingDetails"`
}

type details struct {
	Included bool `json:"included"`
}

type billing struct {
	Duration int64 `json:"billedDurationInMilliseconds"`
	Memory   int   `json:"billedMemoryUsedInMB"`
}

// startSyncExecution waits for the outcome of an execution that does not end with
// its request: what it has begun has effects.
func (s *Server) startSyncExecution(q *request, in *startSyncInput) (any, error) {
	x, err := s.execution(q, &startInput{in.Machine, in.Name, in.Input, in.Trace})
	if err != nil {
		return nil, err
	}
	withData := or(in.Included) != "METADATA_ONLY"
	c, joined := s.running.join(x.ID, func() ([]byte, error) { return s.runSync(context.WithoutCancel(q.ctx), x, withData, q) })
	if joined {
		s.o.Log.Debug("caller joins its synchronous execution", "execution", x.ARN, "request_id", q.id)
	}
	select {
	case <-c.done:
	case <-q.ctx.Done():
		s.o.Log.Warn("caller of a synchronous execution is gone; the execution goes on", "execution", x.ARN, "request_id", q.id)
		return nil, q.ctx.Err()
	}
	return json.RawMessage(c.body), c.err
}

// runSync runs x and encodes its answer.
func (s *Server) runSync(ctx context.Context, x *Execution, withData bool, q *request) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("synchronous start panicked", "execution", x.ARN, "request_id", q.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = refuse(codeInternal, "The request cannot be processed.")
		}
	}()
	o, err := s.o.Starter.StartSync(ctx, x)
	if err != nil {
		return nil, err
	}
	if o.Status == express.Aborted {
		return nil, refuse(codeAborted, "The engine stopped before the execution '%s' ended. What it had done stays done.", x.ARN)
	}
	return encode(x.answer(&o, withData))
}

func (x *Execution) answer(o *express.Outcome, withData bool) *syncOutput {
	out := &syncOutput{
		Execution: x.ARN,
		Machine:   x.Machine.Unqualified().String(),
		Name:      x.Name,
		Start:     epoch(o.Start),
		Stop:      epoch(o.Stop),
		Status:    o.Status.String(),
		Trace:     x.Trace,
		Billing:   billing{billed(o.Stop.Sub(o.Start)).Milliseconds(), billedMemory},
	}
	if e := o.Err; e != nil {
		if e.Name != "" {
			out.Error = &e.Name
		}
		if !e.NoCause {
			out.Cause = &e.Cause
		}
	}
	out.InputOf, out.OutputOf = &details{withData}, &details{withData}
	if withData {
		out.Input = &x.Text
		if o.Status == express.Succeeded {
			out.Output = new(o.Output.String())
		}
	}
	return out
}

// billed is d rounded up, at least one step.
func billed(d time.Duration) time.Duration {
	return max(1, (d+billingStep-1)/billingStep) * billingStep
}
