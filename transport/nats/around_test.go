package nats

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A call of a function is started as the request is that it makes, and ends with
// that.
func TestAroundStarts(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "express.lambda.echo", func(m *nats.Msg) { m.Respond(m.Data) })
	answer(t, nc, "express.lambda.silent", func(*nats.Msg) {})
	asked := NewRequests(nc)
	all, err := Invokers(nc, Options{
		Requests: asked,
		Function: func(arn string) (express.Invoker, *program.Task) {
			t := &program.Task{Kind: "func"}
			switch arn {
			case "arn:aws:lambda:::function:handler":
				return express.InvokerFunc(func(ctx context.Context, _ *express.Call) (value.Value, error) {
					<-ctx.Done()
					return value.Value{}, ctx.Err()
				}), t
			case "arn:aws:lambda:::function:panics":
				return express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) { panic("oh") }), t
			case "arn:aws:lambda:::function:exits":
				return express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) { runtime.Goexit(); return value.Null, nil }), t
			}
			return nil, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	task := resolve(t, "arn:aws:states:::lambda:invoke")
	for _, tt := range []struct{ function, want, name string }{
		{"echo", `{}`, ""},
		{"absent", "Function not found: ", ErrNoFunction},
		{"not one", refusedBegins, "States.Runtime"},
		{"panics", "panic: oh", "States.Runtime"},
		{"exits", "the goroutine has ended", "States.Runtime"},
		{"silent", "", "cancelled"},
		{"handler", "", "cancelled"},
	} {
		t.Run(tt.function, func(t *testing.T) {
			ended := make(chan bool, 1)
			var v value.Value
			var err error
			args := value.Object(value.Member{Key: "FunctionName", Val: value.String(tt.function)})
			cancel := all["lambda"].(express.Starter).Start(t.Context(), &express.Call{Task: &task, Input: args}, func(got value.Value, failed error) {
				v, err = got, failed
				ended <- true
			})
			if tt.name == "cancelled" {
				cancel()
				if n := asked.Waiting(); n > 0 {
					t.Errorf("%d requests wait for their answers", n)
				}
				return
			}
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("it does not end")
			}
			if err == nil {
				v, _ = v.Get("Payload")
			}
			expect(t, v, err, tt.want, tt.name)
		})
	}
}

// Executions that wait for functions or services keep no goroutine.
func TestAroundParks(t *testing.T) {
	nc := connect(t)
	const n = 200
	asked := make(chan *nats.Msg, 2*n)
	for _, subject := range []string{"express.lambda.slow", "express.aws.sqs.sendMessage"} {
		answer(t, nc, subject, func(m *nats.Msg) { asked <- m })
	}
	all, err := Invokers(nc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	ended := make(chan express.Outcome, 2*n)
	for _, resource := range []string{functionARN + "slow", "arn:aws:states:::sqs:sendMessage"} {
		m, err := express.New(compiled(t, resource), express.Options{Invokers: all})
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			m.Start(t.Context(), express.Start{Name: "x"}, func(o express.Outcome) { ended <- o })
		}
	}
	var waiting []*nats.Msg
	for range 2 * n {
		waiting = append(waiting, <-asked)
	}
	if grown := runtime.NumGoroutine() - before; grown > n/10 {
		t.Errorf("%d executions that wait have %d goroutines", 2*n, grown)
	}
	for _, m := range waiting {
		m.Respond([]byte(`{}`))
	}
	for range 2 * n {
		if o := <-ended; o.Status != express.Succeeded {
			t.Fatalf("an execution ended with %v", o.Err)
		}
	}
}
