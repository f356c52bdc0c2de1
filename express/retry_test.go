package express_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// attempts runs a task that fails as errs say, and says when it was called.
func attempts(t *testing.T, handlers string, seed uint64, errs ...string) (at []time.Duration, o express.Outcome) {
	m := expresstest.Machine(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "func:f", "End": true, `+handlers+`}}}`,
		func(context.Context, *express.Call) (value.Value, error) {
			at = append(at, time.Since(expresstest.Epoch))
			if len(at) > len(errs) {
				return value.True, nil
			}
			return value.Null, &express.Error{Name: errs[len(at)-1]}
		}, func(o *express.Options) { o.Rand = rand.New(rand.NewPCG(seed, 0)) })
	began := time.Now()
	o = expresstest.Run(t, m, `{}`)
	for i := range at {
		at[i] -= began.Sub(expresstest.Epoch)
	}
	return at, o
}

func TestRetryTimes(t *testing.T) {
	s := time.Second
	for name, tt := range map[string]struct {
		retry  string
		errs   []string
		want   []time.Duration
		status express.Status
	}{
		"defaults":     {`{"ErrorEquals": ["E"]}`, []string{"E", "E", "E"}, []time.Duration{0, 1 * s, 3 * s, 7 * s}, express.Succeeded},
		"too often":    {`{"ErrorEquals": ["E"]}`, []string{"E", "E", "E", "E"}, []time.Duration{0, 1 * s, 3 * s, 7 * s}, express.Failed},
		"never":        {`{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}`, []string{"E"}, []time.Duration{0}, express.Failed},
		"constant":     {`{"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 1}`, []string{"E", "E"}, []time.Duration{0, 2 * s, 4 * s}, express.Succeeded},
		"bounded":      {`{"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 5}`, []string{"E", "E"}, []time.Duration{0, 2 * s, 7 * s}, express.Succeeded},
		"each its own": {`{"ErrorEquals": ["E"], "MaxAttempts": 2}, {"ErrorEquals": ["F"], "MaxAttempts": 1, "IntervalSeconds": 10}`, []string{"E", "F", "E"}, []time.Duration{0, 1 * s, 11 * s, 13 * s}, express.Succeeded},
		"first match":  {`{"ErrorEquals": ["E"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"]}`, []string{"E", "E"}, []time.Duration{0, 1 * s}, express.Failed},
		"no match":     {`{"ErrorEquals": ["F"]}`, []string{"E"}, []time.Duration{0}, express.Failed},
		"not runtime":  {`{"ErrorEquals": ["States.Runtime", "States.TaskFailed"]}`, []string{"States.Runtime"}, []time.Duration{0}, express.Failed},
		"past the end": {`{"ErrorEquals": ["E"], "IntervalSeconds": 301}`, []string{"E"}, []time.Duration{0}, express.TimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at, o := attempts(t, `"Retry": [`+tt.retry+`]`, 1, tt.errs...)
				if !slices.Equal(at, tt.want) || o.Status != tt.status {
					t.Errorf("attempts at %v, then %s; want %v, then %s", at, o.Status, tt.want, tt.status)
				}
			})
		})
	}
}

// Full jitter draws from zero to the interval; a seed repeats it.
func TestJitter(t *testing.T) {
	retry := `"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 10, "BackoffRate": 1, "JitterStrategy": "FULL"}]`
	var pauses []time.Duration
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			at, _ := attempts(t, retry, seed, "E", "E", "E")
			again, _ := attempts(t, retry, seed, "E", "E", "E")
			if !slices.Equal(at, again) {
				t.Errorf("seed %d gives %v, then %v", seed, at, again)
			}
			for i := range at[1:] {
				pauses = append(pauses, at[i+1]-at[i])
			}
		})
	}
	low, high := slices.Min(pauses), slices.Max(pauses)
	if low < 0 || low > time.Second || high < 9*time.Second || high > 10*time.Second {
		t.Errorf("pauses are from %s to %s", low, high)
	}
}

// A state that is entered again has its retries again.
func TestRetriesAreOfAVisit(t *testing.T) {
	calls := 0
	o := run(t, `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "func:f", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Call"}], "End": true}}}`,
		`{}`, func(_ context.Context, c *express.Call) (value.Value, error) {
			if c.Retry != calls%3 {
				t.Errorf("call %d is retry %d", calls, c.Retry)
			}
			if calls++; calls == 7 {
				return value.True, nil
			}
			return value.Null, errors.New("no")
		})
	wantOutcome(t, o, "SUCCEEDED true")
}
