package awsapi

import (
	"context"
	"strconv"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

const (
	// billingStep is what a duration is rounded up to for its bill, and billedMemory
	// the least that is billed, in megabytes. Nothing is billed here: SDKs have
	// members for it, and programs read them.
	billingStep  = 100 * time.Millisecond
	billedMemory = 64
)

// startSyncExecution runs an execution that does not end with its request: what it
// has begun has effects. An attempt that comes meanwhile waits for it.
func (s *Server) startSyncExecution(q *request, in *startSyncInput) (any, error) {
	x, err := s.execution(q, &startInput{in.Machine, in.Name, in.Input, in.Trace})
	if err != nil {
		return nil, err
	}
	c, joined := s.running.join(x.ID)
	if !joined {
		s.runSync(q, x, or(in.Included) != "METADATA_ONLY", c)
		return encoded(c.body), c.err
	}
	s.o.Log.Debug("caller joins its synchronous execution", "execution", x.ARN, "request_id", q.id)
	select {
	case <-c.done:
		return encoded(c.body), c.err
	case <-q.ctx.Done():
		return nil, q.ctx.Err()
	}
}

// runSync runs x, whose answer is c's.
func (s *Server) runSync(q *request, x *Execution, withData bool, c *call) {
	c.err = errInternal // if the Starter panics
	defer s.running.end(c)
	o, err := s.o.Starter.StartSync(context.WithoutCancel(q.ctx), x)
	switch {
	case err != nil:
		c.err = notStarted(err, x)
	case o.Status == express.Aborted:
		c.err = refuse(codeAborted, "The engine stopped before the execution '%s' ended. What it had done stays done.", x.ARN)
	default:
		c.body, c.err = x.answer(&o, withData), nil
	}
	if q.ctx.Err() != nil {
		s.o.Log.Warn("caller of a synchronous execution had gone when it ended", "execution", x.ARN, "request_id", q.id)
	}
}

// answer is the answer of StartSyncExecution. It is written by hand, as it is the
// one that is asked for thousands of times a second.
func (x *Execution) answer(o *express.Outcome, withData bool) []byte {
	output := ""
	if withData && o.Status == express.Succeeded {
		output = o.Output.String()
	}
	b := make([]byte, 0, answerRoom+len(x.Text)+len(output)+(len(x.Text)+len(output))/8) // an eighth for what is escaped
	b = appendText(b, `{"executionArn":`, x.ARN)
	b = appendText(b, `,"stateMachineArn":`, x.machine)
	b = appendText(b, `,"name":`, x.Name)
	b = epoch(o.Start).append(append(b, `,"startDate":`...))
	b = epoch(o.Stop).append(append(b, `,"stopDate":`...))
	b = appendText(b, `,"status":`, o.Status.String())
	if e := o.Err; e != nil {
		if e.Name != "" {
			b = appendText(b, `,"error":`, e.Name)
		}
		if !e.NoCause {
			b = appendText(b, `,"cause":`, e.Cause)
		}
	}
	if withData {
		b = appendText(b, `,"input":`, x.Text)
		if o.Status == express.Succeeded {
			b = appendText(b, `,"output":`, output)
		}
	}
	if x.given != "" {
		b = appendText(b, `,"traceHeader":`, x.given)
	}
	b = strconv.AppendBool(append(b, `,"inputDetails":{"included":`...), withData)
	b = strconv.AppendBool(append(b, `},"outputDetails":{"included":`...), withData)
	b = strconv.AppendInt(append(b, `},"billingDetails":{"billedDurationInMilliseconds":`...), billed(o.Stop.Sub(o.Start)).Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"billedMemoryUsedInMB":`...), billedMemory, 10)
	return append(b, "}}"...)
}

// answerRoom is what an answer takes beside its input and output, with ARNs of
// usual length.
const answerRoom = 768

// appendText appends a member whose value is s.
func appendText(b []byte, name, s string) []byte { return value.AppendQuoted(append(b, name...), s) }

// billed is d rounded up, at least one step.
func billed(d time.Duration) time.Duration {
	return max(1, (d+billingStep-1)/billingStep) * billingStep
}
