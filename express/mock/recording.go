package mock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// A Recording answers the tasks of one execution as those of a recorded one were
// answered. It is an Invoker for all kinds of tasks, and safe for concurrent use.
type Recording struct {
	// Match is whether a call with this input is the one that an answer was
	// recorded for; nil is value.Equal.
	Match func(when, input value.Value) bool
	// Threads is the virtual clock of the machine, nil in real time.
	Threads express.Threads

	mu      sync.Mutex // guards what follows
	answers map[string][]*recorded
	missing []error
}

type recorded struct {
	Answer
	when      value.Value // nothing if it was not recorded
	iteration []express.Iteration
	used      bool
}

// ParseRecording reads the answers of a recording, a JSON object: each state has
// an array in the order of the calls, of
//
//	{"when": input, "iteration": [{"map": name, "index": n}], "Return": result}
//	{"when": input, "Throw": {"Error": name, "Cause": text}}
//	{"when": input, "Never": true}
//	{"when": input, "Submitted": response, "Return": result}
//
// when and iteration may be absent. A Cause that is no text stands for its JSON.
func ParseRecording(b []byte) (*Recording, error) {
	states, err := parseObject(b)
	if err != nil {
		return nil, err
	}
	r := &Recording{answers: make(map[string][]*recorded)}
	for _, state := range slices.Sorted(maps.Keys(states)) {
		var list []json.RawMessage
		if err := json.Unmarshal(states[state], &list); err != nil {
			return nil, fmt.Errorf("%s: %w", state, err)
		}
		for i, b := range list {
			a, err := parseRecorded(b)
			if err != nil {
				return nil, fmt.Errorf("%s[%d]: %w", state, i, err)
			}
			r.answers[state] = append(r.answers[state], a)
		}
	}
	return r, nil
}

func parseRecorded(b []byte) (*recorded, error) {
	o, err := parseObject(b)
	if err != nil {
		return nil, err
	}
	a := new(recorded)
	if a.Answer, err = parseAnswer(o); err != nil {
		return nil, err
	}
	if when, ok := o["when"]; ok {
		if a.when, err = value.Parse(when); err != nil {
			return nil, fmt.Errorf("in when: %w", err)
		}
	}
	if it, ok := o["iteration"]; ok {
		if err := json.Unmarshal(it, &a.iteration); err != nil {
			return nil, fmt.Errorf("in iteration: %w", err)
		}
	}
	return a, nil
}

// Invoke answers with the first answer of the state that was not used yet and
// matches the call's input and iteration, else with the first that was not used.
func (r *Recording) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	if a := r.take(c); a != nil {
		return a.give(ctx, c, r.Threads)
	}
	return value.Value{}, &express.Error{Name: express.ErrRuntime, Cause: "The recording has no answer left."}
}

func (r *Recording) take(c *express.Call) *recorded {
	match := r.Match
	if match == nil {
		match = value.Equal
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var first *recorded
	for _, a := range r.answers[c.State] {
		if a.used {
			continue
		}
		if (a.when.IsNothing() || match(a.when, c.Input)) && (a.iteration == nil || slices.Equal(a.iteration, c.Iteration)) {
			first = a
			break
		}
		if first == nil {
			first = a
		}
	}
	if first == nil {
		r.missing = append(r.missing, fmt.Errorf("no answer is left for %s with %s", c.State, c.Input))
		return nil
	}
	first.used = true
	return first
}

// Err says which calls had no answer; nil if all had one.
func (r *Recording) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.missing...)
}
