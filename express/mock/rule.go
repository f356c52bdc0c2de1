package mock

import (
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// A Rule says how calls of a task are answered, and which. It is made by Return,
// Throw or Never, and its methods narrow it:
//
//	mock.Throw("Busy", "try again").Times(2)
//	mock.Return(receipt).When(order).After(3 * time.Second)
type Rule struct {
	answer Answer
	when   value.Value   // nothing for any input
	item   int           // of the innermost Map, from 1; 0 for any
	times  int           // 0 where it was not said
	after  time.Duration // until the answer
	beat   time.Duration // between heartbeats, 0 for none
}

// Return answers with a result, before ResultSelector and ResultPath.
func Return(v value.Value) Rule { return Rule{answer: Answer{Return: v}} }

// Throw fails the task with an error and its cause.
func Throw(name, cause string) Rule { return Fail(&express.Error{Name: name, Cause: cause}) }

// Fail is Throw for an error that need not have a cause.
func Fail(e *express.Error) Rule { return Rule{answer: Answer{Throw: e}} }

// Never lets the call wait until it times out or its execution ends.
func Never() Rule { return Rule{answer: Answer{Never: true}} }

// When restricts r to calls whose input contains v: see Contains.
func (r Rule) When(v value.Value) Rule {
	r.when = v
	return r
}

// Item restricts r to the iteration of the innermost Map around the state with
// this index, from 0.
func (r Rule) Item(index int) Rule {
	r.item = index + 1
	return r
}

// Times restricts r to so many calls: see Tasks.
func (r Rule) Times(n int) Rule {
	r.times = n
	return r
}

// After delays the answer, on the clock of the machine.
func (r Rule) After(d time.Duration) Rule {
	r.after = d
	return r
}

// Heartbeat sends a heartbeat each time that d has gone by without an answer.
func (r Rule) Heartbeat(d time.Duration) Rule {
	r.beat = d
	return r
}

// fits reports whether r may answer c.
func (r *Rule) fits(c *express.Call) bool {
	if r.item > 0 {
		n := len(c.Iteration)
		if n == 0 || c.Iteration[n-1].Index != r.item-1 {
			return false
		}
	}
	return r.when.IsNothing() || Contains(c.Input, r.when)
}

// calls is how many calls r answers, 0 for any number; last is whether no other
// rule of its state follows.
func (r *Rule) calls(last bool) int {
	if r.times == 0 && !last && r.when.IsNothing() && r.item == 0 {
		return 1
	}
	return r.times
}

// Contains reports whether v has all that part has: an object each member of
// part, whose value contains that of part's; an array as many elements, each of
// which contains that of part; anything else is equal to part.
func Contains(v, part value.Value) bool {
	if v.Kind() != part.Kind() {
		return false
	}
	switch part.Kind() {
	case value.KindObject:
		for key, want := range part.Members() {
			if got, ok := v.Get(key); !ok || !Contains(got, want) {
				return false
			}
		}
		return true
	case value.KindArray:
		if v.Len() != part.Len() {
			return false
		}
		for i, want := range part.Elements() {
			if !Contains(v.Index(i), want) {
				return false
			}
		}
		return true
	}
	return value.Equal(v, part)
}
