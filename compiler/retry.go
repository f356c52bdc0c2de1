package compiler

import (
	"slices"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Defaults of a retrier (section "Retrying after error").
const (
	defaultInterval = 1
	defaultAttempts = 3
	defaultBackoff  = 2
)

// errorNames is the check of ErrorEquals: not empty, and States.ALL only alone
// and in the last retrier or catcher.
func (c *checker) errorNames(n *node) {
	if !c.is(n, value.KindArray) {
		return
	}
	if len(n.kids) == 0 {
		c.fail(n, "Value cannot be empty")
	}
	for _, k := range n.kids {
		if !c.is(k, value.KindString) || k.text != "States.ALL" {
			continue
		}
		entry := n.up
		switch {
		case len(n.kids) > 1:
			c.fail(k, "'States.ALL' must be the only error name in 'ErrorEquals'")
		case entry.index < len(entry.up.kids)-1:
			c.fail(k, "'States.ALL' must be in the last entry of '%s'", entry.up.key)
		}
	}
}

// retriers is the table of a Retry.
func retriers(list *node) []program.Retrier {
	if list == nil {
		return nil
	}
	table := make([]program.Retrier, len(list.kids))
	for i, n := range list.kids {
		table[i] = program.Retrier{
			Errors:   texts(n.get("ErrorEquals")),
			Interval: seconds(n.number("IntervalSeconds", defaultInterval)),
			MaxDelay: seconds(n.number("MaxDelaySeconds", 0)),
			Backoff:  n.number("BackoffRate", defaultBackoff),
			Max:      int(n.number("MaxAttempts", defaultAttempts)),
			Jitter:   n.str("JitterStrategy") == "FULL",
		}
	}
	return table
}

// number is the member called key, or what it is by default.
func (n *node) number(key string, otherwise float64) float64 {
	if m := n.get(key); m != nil {
		return m.value().Float()
	}
	return otherwise
}

func seconds(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }

// texts are the strings of an array.
func texts(list *node) []string {
	out := make([]string, 0, len(list.kids))
	for _, k := range list.kids {
		out = append(out, k.text)
	}
	return slices.Clip(out)
}

// handlers emits the handlers of a state's catchers: what they assign, where
// the error output goes, and where execution goes on.
func (l *lowerer) handlers(s *state) {
	list := s.node.get("Catch")
	if list == nil {
		return
	}
	for _, n := range list.kids {
		l.at(n)
		handler := l.pc()
		l.assign(n.get("Assign"))
		l.expr(program.OpOutput, n.get("Output"))
		l.merge(n.get("ResultPath"))
		l.exit(s, n.get("Next"))
		st := &l.p.States[s.id]
		st.Catch = append(st.Catch, program.Catcher{Errors: texts(n.get("ErrorEquals")), Handler: handler})
	}
}
