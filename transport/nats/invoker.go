package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// Error names of tasks over NATS. States.TaskFailed in Retry and Catch matches
// them, as it does all names of tasks.
const (
	// ErrNoResponders says that nobody listens to the task's subject. It is
	// known at once, not after a timeout.
	ErrNoResponders = "Nats.NoResponders"
	// ErrNoStream says that no stream has the subject.
	ErrNoStream = "Nats.NoStream"
	// ErrPattern says that a Resource asks for a job or a callback (.sync,
	// .waitForTaskToken), which tasks over NATS do not have: an answer would be
	// taken for the result.
	ErrPattern = "Nats.UnsupportedPattern"
	// ServiceError begins the names of errors that a NATS micro service gives a
	// number: Nats.ServiceError.404. A code that is a name is the error's name.
	ServiceError = "Nats.ServiceError."
)

// Invokers are those for tasks over NATS, by kind: nats:request waits for an
// answer; nats:publish does not, and yields {}; nats:jetstream waits until a
// stream has the message, and yields {"stream","sequence","duplicate"}.
//
// The body of the message is the task's argument as JSON. Its headers are those
// of package transport: who calls, by which idempotency key, for how long yet.
func Invokers(nc *nats.Conn) (map[string]express.Invoker, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	return map[string]express.Invoker{
		"nats:request":   plain(&request{nc}),
		"nats:publish":   plain(&publish{nc}),
		"nats:jetstream": plain(&store{js}),
	}, nil
}

// plain is by, for tasks that are done with its answer.
func plain(by express.Invoker) express.Invoker {
	return express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
		if c.Task.Pattern != program.Request {
			return value.Value{}, &express.Error{Name: ErrPattern, Cause: "Tasks over NATS have no jobs and no callbacks: " + c.Task.Resource}
		}
		return by.Invoke(ctx, c)
	})
}

// message is what c sends.
func message(c *express.Call) *nats.Msg {
	h := make(nats.Header, 7)
	for _, e := range [...]struct{ key, val string }{
		{transport.HeaderExecution, c.Execution},
		{transport.HeaderAttempt, strconv.Itoa(c.Delivery)},
		{transport.HeaderKey, c.Key},
		{transport.HeaderRetry, strconv.Itoa(c.Retry)},
		{transport.HeaderDeadline, strconv.FormatInt(time.Until(c.Deadline).Milliseconds(), 10)},
		{transport.HeaderHops, strconv.Itoa(c.Hops + 1)},
	} {
		h[e.key] = []string{e.val}
	}
	switch {
	case strings.HasPrefix(c.Trace, "Root="):
		h[transport.HeaderXRay] = []string{c.Trace}
	case c.Trace != "":
		h[transport.HeaderTrace] = []string{c.Trace}
	}
	return &nats.Msg{Subject: c.Task.Target, Header: h, Data: c.Input.AppendJSON(make([]byte, 0, c.Input.Size()))}
}

type request struct{ nc *nats.Conn }

// Invoke asks, and yields the answer. An empty answer is null.
func (r *request) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	answer, err := r.nc.RequestMsgWithContext(ctx, message(c))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return value.Value{}, &express.Error{Name: ErrNoResponders, Cause: "Nobody answers " + c.Task.Target, Err: err}
	case err != nil:
		return value.Value{}, fmt.Errorf("request %s: %w", c.Task.Target, err)
	}
	return result(c, answer)
}

// result is what an answer says: an error by the headers of NATS micro
// services, else its body.
func result(c *express.Call, answer *nats.Msg) (value.Value, error) {
	if text, code := answer.Header.Get(micro.ErrorHeader), answer.Header.Get(micro.ErrorCodeHeader); text != "" || code != "" {
		name := code
		if _, err := strconv.Atoi(code); err == nil || code == "" {
			name = ServiceError + code
		}
		return value.Value{}, &express.Error{Name: strings.TrimSuffix(name, "."), Cause: text}
	}
	if len(answer.Data) == 0 {
		return value.Null, nil
	}
	if len(answer.Data) > value.MaxSize {
		return value.Value{}, &express.Error{
			Name:  express.ErrDataLimitExceeded,
			Cause: fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", c.State),
		}
	}
	v, err := value.Parse(answer.Data)
	if err != nil {
		return value.Value{}, &express.Error{
			Name:  express.ErrTaskFailed,
			Cause: fmt.Sprintf("The answer of %s is not acceptable JSON: %v", c.Task.Target, err),
			Err:   err,
		}
	}
	return v, nil
}

type publish struct{ nc *nats.Conn }

// Invoke publishes, at most once.
func (p *publish) Invoke(_ context.Context, c *express.Call) (value.Value, error) {
	if err := p.nc.PublishMsg(message(c)); err != nil {
		return value.Value{}, fmt.Errorf("publish to %s: %w", c.Task.Target, err)
	}
	return value.Object(), nil
}

type store struct{ js jetstream.JetStream }

// Invoke publishes to a stream. Its Nats-Msg-Id is the idempotency key: a retry
// or redelivery within the stream's window is stored once.
func (s *store) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	ack, err := s.js.PublishMsg(ctx, message(c), jetstream.WithMsgID(c.Key))
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return value.Value{}, &express.Error{Name: ErrNoStream, Cause: "No stream has the subject " + c.Task.Target, Err: err}
	case err != nil:
		return value.Value{}, fmt.Errorf("publish to %s: %w", c.Task.Target, err)
	}
	return value.Object(
		value.Member{Key: "stream", Val: value.String(ack.Stream)},
		value.Member{Key: "sequence", Val: value.Int(int64(ack.Sequence))},
		value.Member{Key: "duplicate", Val: value.Bool(ack.Duplicate)},
	), nil
}
