package mock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A Config is what a MockConfigFile.json says, the format of AWS Step Functions
// Local: test cases of state machines, which name a mocked response for some of
// their states. It is immutable and safe for concurrent use.
type Config struct {
	cases map[string]map[string]map[string]response // machine, case, state
}

// A response is what the invocations of a state answer, in order.
type response struct {
	name  string
	steps []step
}

// A step answers the invocations from to to, both included.
type step struct {
	from, to int
	Answer
}

// ParseConfig reads a MockConfigFile.json. Its error lists all that is wrong, each
// with the response and the step, or the test case and the state, that it is in.
func ParseConfig(b []byte) (*Config, error) {
	file, err := parseObject(b)
	if err != nil {
		return nil, err
	}
	p := configParser{responses: make(map[string]response)}
	if err := file.only("StateMachines", "MockedResponses", "MockedResponse"); err != nil {
		p.found("", err)
	}
	// AWS's guide spells the key both ways.
	p.each("MockedResponses", file["MockedResponses"], p.response)
	p.each("MockedResponse", file["MockedResponse"], p.response)

	c := &Config{cases: make(map[string]map[string]map[string]response)}
	p.each("StateMachines", file["StateMachines"], func(where, machine string, b []byte) {
		o, err := parseObject(b)
		if err == nil {
			err = o.only("TestCases")
		}
		p.found(where, err)
		c.cases[machine] = make(map[string]map[string]response)
		p.each(where+".TestCases", o["TestCases"], func(where, name string, b []byte) {
			states := make(map[string]response)
			c.cases[machine][name] = states
			p.each(where, b, func(where, state string, b []byte) {
				name, err := strconv.Unquote(string(b))
				r, ok := p.responses[name]
				switch {
				case err != nil:
					p.found(where, fmt.Errorf("want the name of a response but got %s", b))
				case !ok:
					p.found(where, fmt.Errorf("there is no response %q", name))
				}
				states[state] = r
			})
		})
	})
	if p.errs != nil {
		return nil, errors.Join(p.errs...)
	}
	return c, nil
}

type configParser struct {
	responses map[string]response
	errs      []error
}

func (p *configParser) found(where string, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s: %w", cmp.Or(where, "top level"), err))
	}
}

// each calls f for the members of the object b, in the order of their names.
func (p *configParser) each(where string, b []byte, f func(where, name string, b []byte)) {
	if b == nil {
		return
	}
	o, err := parseObject(b)
	p.found(where, err)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		f(where+"."+name, name, o[name])
	}
}

func (p *configParser) response(where, name string, b []byte) {
	r := response{name: name}
	before := len(p.errs)
	p.each(where, b, func(where, key string, b []byte) {
		s, err := parseStep(key, b)
		p.found(where, err)
		r.steps = append(r.steps, s)
	})
	if len(p.errs) == before {
		p.found(where, r.order())
	}
	p.responses[name] = r
}

// order sorts the steps, and reports one that does not follow the one before.
func (r *response) order() error {
	slices.SortFunc(r.steps, func(a, b step) int { return a.from - b.from })
	next := 0
	for _, s := range r.steps {
		if s.from != next {
			return fmt.Errorf("want invocation %d to follow but got %d: steps are consecutive from 0", next, s.from)
		}
		next = s.to + 1
	}
	if next == 0 {
		return errors.New("there is no step")
	}
	return nil
}

func parseStep(key string, b []byte) (step, error) {
	var s step
	low, high, ranged := strings.Cut(key, "-")
	if !ranged {
		high = low
	}
	from, err := strconv.ParseUint(low, 10, 31)
	to, err2 := strconv.ParseUint(high, 10, 31)
	if err != nil || err2 != nil || to < from {
		return s, fmt.Errorf("want the number of an invocation or a range like 1-2 but got %q", key)
	}
	s.from, s.to = int(from), int(to)
	o, err := parseObject(b)
	if err != nil {
		return s, err
	}
	if err := o.only("Return", "Throw"); err != nil {
		return s, err
	}
	s.Answer, err = parseAnswer(o)
	if err == nil && s.Throw != nil && s.Throw.NoCause {
		err = errors.New("in Throw: want a Cause")
	}
	return s, err
}

// Case is the test case name of a machine, or of whichever machine has it where
// machine is "".
func (c *Config) Case(machine, name string) (*Case, error) {
	var found []map[string]response
	var known []string
	for _, m := range slices.Sorted(maps.Keys(c.cases)) {
		if machine != "" && m != machine {
			continue
		}
		for _, n := range slices.Sorted(maps.Keys(c.cases[m])) {
			known = append(known, m+"#"+n)
			if n == name {
				found = append(found, c.cases[m][n])
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no test case %q, want one of %q", name, known)
	case 1:
		return &Case{states: found[0], calls: make(map[visit]int)}, nil
	}
	return nil, fmt.Errorf("%d machines have a test case %q: say which", len(found), name)
}

// A Case answers the tasks of the states that a test case mocks. It counts the
// invocations of each state of each execution, and is safe for concurrent use.
type Case struct {
	states map[string]response

	mu    sync.Mutex // guards calls
	calls map[visit]int
}

// A visit is a state of an execution.
type visit struct{ execution, state string }

// Invokers are what a machine for p is bound to: mocked states get their answers
// from c, and the rest calls the invoker that others has for the kind of their task.
// The error lists the states that c mocks and p lacks, and the tasks that nobody
// performs.
func (c *Case) Invokers(p *program.Program, others map[string]express.Invoker) (map[string]express.Invoker, error) {
	return invokers(p, c.states, express.InvokerFunc(c.invoke), others)
}

// invoke answers a call of a mocked state.
func (c *Case) invoke(ctx context.Context, call *express.Call) (value.Value, error) {
	r := c.states[call.State]
	n := c.count(visit{call.Execution, call.State})
	for k := range r.steps {
		if s := &r.steps[k]; n <= s.to {
			return s.give(ctx, call, nil)
		}
	}
	return value.Value{}, &express.Error{
		Name:  express.ErrRuntime,
		Cause: fmt.Sprintf("The mocked response %q of state %q has no answer to invocation %d.", r.name, call.State, n),
	}
}

// count is the number of the invocation, from 0.
func (c *Case) count(of visit) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.calls[of]
	c.calls[of]++
	return n
}
