package callback

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

func TestCallback(t *testing.T) {
	const lateness = "TaskTimedOut"
	for _, tt := range []struct {
		name   string
		invoke func(w *world) error // what sends the token out
		then   func(w *world)       // in a goroutine of its own, once that has returned
		want   string
		after  time.Duration
		counts Counts
	}{
		{
			name: "success",
			then: func(w *world) {
				time.Sleep(5 * time.Second)
				w.want("", w.success(`{"approved": true}`))
			},
			want:   `{"approved":true}`,
			after:  5 * time.Second,
			counts: Counts{Succeeded: 1},
		},
		{
			name:   "failure",
			then:   func(w *world) { w.want("", w.failure(&express.Error{Name: "Refused", Cause: "too dear"})) },
			want:   `{"Error":"Refused","Cause":"too dear"}`,
			counts: Counts{Failed: 1},
		},
		{
			name:   "failure without a name and a cause",
			then:   func(w *world) { w.want("", w.failure(&express.Error{NoCause: true})) },
			want:   `{"Error":"States.TaskFailed","Cause":""}`,
			counts: Counts{Failed: 1},
		},
		{
			name:   "answered before what sends the token out has returned",
			invoke: func(w *world) error { w.want("", w.success(`1`)); time.Sleep(time.Second); return nil },
			then: func(w *world) {
				w.want(lateness, w.success(`2`))
				w.want(lateness, w.heartbeat())
			},
			want:   `1`,
			after:  time.Second,
			counts: Counts{Succeeded: 1, Twice: 2},
		},
		{
			name: "twice before what sends the token out has returned",
			invoke: func(w *world) error {
				w.want("", w.heartbeat())
				w.want("", w.failure(&express.Error{Name: "First"}))
				w.want(lateness, w.success(`2`))
				w.want(lateness, w.heartbeat())
				return nil
			},
			want:   `{"Error":"First","Cause":""}`,
			counts: Counts{Failed: 1, Twice: 2, Heartbeats: 1},
		},
		{
			name:   "not sent out",
			invoke: func(w *world) error { return &express.Error{Name: "Mail.Down", Cause: "no route"} },
			then:   func(w *world) { w.want(lateness, w.success(`1`)) },
			want:   `{"Error":"Mail.Down","Cause":"no route"}`,
			counts: Counts{Late: 1},
		},
		{
			name:   "an answer that was taken counts, even if it was not sent out after all",
			invoke: func(w *world) error { w.want("", w.success(`"read"`)); return errors.New("no receipt") },
			want:   `"read"`,
			counts: Counts{Succeeded: 1},
		},
		{
			name: "heartbeats, then the timeout",
			then: func(w *world) {
				for range 3 {
					time.Sleep(19 * time.Second)
					w.want("", w.heartbeat())
				}
				time.Sleep(4 * time.Second) // 61 in all
				w.want(lateness, w.heartbeat())
				w.want(lateness, w.success(`1`))
			},
			want:   `{"Error":"States.Timeout","Cause":""}`,
			after:  60 * time.Second,
			counts: Counts{Heartbeats: 3, Late: 2},
		},
		{
			name: "no heartbeat",
			then: func(w *world) {
				time.Sleep(21 * time.Second)
				w.want(lateness, w.heartbeat())
			},
			want:   `{"Error":"States.Timeout","Cause":""}`,
			after:  20 * time.Second,
			counts: Counts{Late: 1},
		},
		{
			name: "an output that is no JSON is not taken",
			then: func(w *world) {
				w.want("InvalidOutput", w.success(`approved`))
				w.want("", w.success(`"approved"`))
			},
			want:   `"approved"`,
			counts: Counts{Invalid: 1, Succeeded: 1},
		},
		{
			name: "sizes",
			then: func(w *world) {
				w.want("InvalidOutput", w.success(`"`+strings.Repeat("x", value.MaxSize-1)+`"`))
				w.want("ValidationException", w.failure(&express.Error{Name: strings.Repeat("é", maxError+1)}))
				w.want("ValidationException", w.failure(&express.Error{Cause: strings.Repeat("é", maxCause+1)}))
				w.want("", w.failure(&express.Error{Name: strings.Repeat("é", maxError), Cause: strings.Repeat("é", maxCause)}))
			},
			want:   `{"Error":"` + strings.Repeat("é", maxError) + `","Cause":"` + strings.Repeat("é", maxCause) + `"}`,
			counts: Counts{Invalid: 3, Failed: 1},
		},
		{
			name:   "as large as a result may be",
			then:   func(w *world) { w.want("", w.success(`"`+strings.Repeat("x", value.MaxSize-2)+`"`)) },
			want:   `"` + strings.Repeat("x", value.MaxSize-2) + `"`,
			counts: Counts{Succeeded: 1},
		},
	} {
		for mode, run := range modes {
			for _, starts := range []bool{false, true} {
				n := tt.name + "/" + mode
				if starts {
					n += "/starter"
				}
				t.Run(n, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := &world{T: t, r: open(t, Options{}), ctx: t.Context()}
						send := express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
							w.token = c.Token
							if sent, _ := c.Input.Get("token"); sent.Text() != c.Token {
								t.Errorf("the token is %q, and the arguments have %q", c.Token, sent.Text())
							}
							var err error
							if tt.invoke != nil {
								err = tt.invoke(w)
							}
							if tt.then != nil {
								go tt.then(w)
							}
							return value.Null, err
						})
						inner := express.Invoker(send)
						if starts {
							inner = starter{send}
						}
						m := machine(t, w.r, approval, inner)
						o := run(t.Context(), m, express.Start{Name: "run"})
						if got := o.Output.String(); o.Status != express.Succeeded || got != tt.want {
							t.Errorf("got %s %.100s (%v), want %.100s", o.Status, got, o.Err, tt.want)
						}
						if after := time.Since(began); after != tt.after {
							t.Errorf("ended after %v, want %v", after, tt.after)
						}
						time.Sleep(time.Minute) // what comes late has come
						if diff := cmp.Diff(tt.counts, w.r.Counts()); diff != "" {
							t.Errorf("counts (-want +got):\n%s", diff)
						}
					})
				})
			}
		}
	}
}

// A job is submitted before it succeeds, even if its answer came first.
func TestEvents(t *testing.T) {
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			r := open(t, Options{})
			var log expresstest.Transcript
			m := machine(t, r, strings.Replace(approval, `{"token.$": "$$.Task.Token"}`, `{}`, 1), express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
				if err := r.Success(ctx, c.Token, `true`); err != nil {
					t.Error(err)
				}
				return value.String("sent"), nil
			}), log.Bind)
			run(t.Context(), m, express.Start{Name: "run", ARN: "arn:run"})
			want := `1<-0 ExecutionStarted input={}
2<-0 TaskStateEntered Ask input={}
3<-2 TaskScheduled mail:send.waitForTaskToken input={} timeout=1m0s heartbeat=20s
4<-3 TaskStarted mail:send.waitForTaskToken
5<-4 TaskSubmitted mail:send.waitForTaskToken output="sent"
6<-5 TaskSucceeded mail:send.waitForTaskToken output=true
7<-6 TaskStateExited Ask output=true
8<-7 ExecutionSucceeded output=true
`
			if diff := cmp.Diff(want, log.String()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// A retry has a token of its own; that of the attempt before it is late.
func TestRetry(t *testing.T) {
	const definition = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "mail:send.waitForTaskToken",
		"TimeoutSeconds": 10, "End": true, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]}}}`
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, Options{})
				var tokens, keys []string
				m := machine(t, r, definition, express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
					tokens, keys = append(tokens, c.Token), append(keys, c.Key())
					if len(tokens) == 2 {
						if err := r.Success(ctx, tokens[0], `1`); name(t, err) != "TaskTimedOut" {
							t.Errorf("the first token: %v", err)
						}
						return value.Null, r.Success(ctx, tokens[1], `2`)
					}
					return value.Null, nil
				}))
				o := run(t.Context(), m, express.Start{Name: "run"})
				if o.Output.String() != `2` || len(tokens) != 2 || tokens[0] == tokens[1] || keys[0] != keys[1] {
					t.Errorf("got %s (%v) with tokens %q and keys %q", o.Output, o.Err, tokens, keys)
				}
			})
		})
	}
}

// The end of an execution ends what it waits for.
func TestAbort(t *testing.T) {
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, Options{})
				ctx, abort := context.WithCancel(t.Context())
				var token string
				m := machine(t, r, approval, express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
					token = c.Token
					time.AfterFunc(time.Second, abort)
					return value.Null, nil
				}))
				if o := run(ctx, m, express.Start{Name: "run"}); o.Status != express.Aborted {
					t.Errorf("got %s", o.Status)
				}
				if n := r.Counts().Waiting; n != 0 {
					t.Errorf("%d tasks wait", n)
				}
				if err := r.Success(t.Context(), token, `1`); name(t, err) != "TaskTimedOut" {
					t.Error(err)
				}
			})
		})
	}
}

// The context of what sends the token out ends with the attempt.
func TestCancelled(t *testing.T) {
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, Options{})
				ended := make(chan time.Duration, 1)
				m := machine(t, r, approval, express.InvokerFunc(func(ctx context.Context, _ *express.Call) (value.Value, error) {
					<-ctx.Done()
					ended <- time.Since(began)
					return value.Value{}, ctx.Err()
				}))
				o := run(t.Context(), m, express.Start{Name: "run"})
				if got := <-ended; got != 20*time.Second || o.Output.String() != `{"Error":"States.Timeout","Cause":""}` {
					t.Errorf("ended after %v with %s", got, o.Output)
				}
			})
		})
	}
}

// Tasks without a callback are those of who performs them.
func TestOtherPatterns(t *testing.T) {
	definition := strings.Replace(approval, ".waitForTaskToken", "", 1)
	definition = strings.Replace(definition, `{"token.$": "$$.Task.Token"}`, `{}`, 1)
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			r := open(t, Options{})
			m := machine(t, r, definition, express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
				if n := r.Counts().Waiting; n != 0 {
					t.Errorf("%d tasks wait", n)
				}
				return value.String("sent"), nil
			}))
			if o := run(t.Context(), m, express.Start{Name: "run"}); o.Output.String() != `"sent"` {
				t.Errorf("got %s (%v)", o.Output, o.Err)
			}
		})
	}
}

// A panic ends the execution, wherever what panics runs.
func TestPanic(t *testing.T) {
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			r := open(t, Options{})
			m := machine(t, r, approval, express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
				panic("boom")
			}))
			o := run(t.Context(), m, express.Start{Name: "run"})
			if _, ok := errors.AsType[*express.PanicError](o.Err); !ok || o.Err.Name != express.ErrRuntime {
				t.Errorf("got %s %v", o.Status, o.Err)
			}
			if n := r.Counts().Waiting; n != 0 {
				t.Errorf("%d tasks wait", n)
			}
		})
	}
}

// Without the Registry's tokens nothing can wait.
func TestForeignToken(t *testing.T) {
	for mode, run := range modes {
		t.Run(mode, func(t *testing.T) {
			r := open(t, Options{})
			m := machine(t, r, approval, nil, func(o *express.Options) {})
			bare, err := express.New(m.Program(), express.Options{Invokers: map[string]express.Invoker{"mail": r.Wrap(nil)}})
			if err != nil {
				t.Fatal(err)
			}
			o := run(t.Context(), bare, express.Start{Name: "run"})
			if want := `{"Error":"States.TaskFailed","Cause":"wait for a callback: InvalidToken: Invalid Token: 'It is no task token'"}`; o.Output.String() != want {
				t.Errorf("got %s, want %s", o.Output, want)
			}
		})
	}
}
