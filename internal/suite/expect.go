package suite

import (
	"regexp"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

// Expect is what is expected of an execution. What is nil or nothing is not
// looked at.
type Expect struct {
	Status         string
	Output         value.Value
	OutputContains value.Value
	Error, Cause   *string
	CauseMatches   *regexp.Regexp
	Path           value.Value
	Tasks, Calls   value.Value
	Duration       *time.Duration
}

// A Failure is one expectation that does not hold.
type Failure struct {
	Key      string      `json:"key"`
	Expected value.Value `json:"expected"`
	Got      value.Value `json:"got"`
}

// An expectation is a key of Expect: what is expected, what there is, and what of
// it stands in a snapshot.
type expectation struct {
	key[Expect]
	want     func(e *Expect) value.Value                 // nothing if nothing is expected
	got      func(p *play) value.Value                   // nothing if there is none
	holds    func(e *Expect, want, got value.Value) bool // nil is value.Equal
	shown    func(want, got value.Value) value.Value     // what of got is to be shown beside want; nil is all
	recorded bool
}

var expectations = []expectation{
	{
		key: key[Expect]{"status", "word", "`SUCCEEDED`, `FAILED` or `TIMED_OUT`; else that of the snapshot; else FAILED where an error or a cause is expected, and SUCCEEDED where not",
			func(r *reader, n *yaml.Node, e *Expect) {
				e.Status = oneOf(express.Succeeded.String(), express.Failed.String(), express.TimedOut.String())(r, n)
			}},
		want:     func(e *Expect) value.Value { return value.String(e.status()) },
		got:      func(p *play) value.Value { return value.String(p.outcome.Status.String()) },
		recorded: true,
	}, {
		key: key[Expect]{"output", "any", "the output, all of it",
			func(r *reader, n *yaml.Node, e *Expect) { e.Output = r.value(n) }},
		want:     func(e *Expect) value.Value { return e.Output },
		got:      (*play).output,
		recorded: true,
	}, {
		key: key[Expect]{"outputContains", "any", "what the output has, besides other members of its objects",
			func(r *reader, n *yaml.Node, e *Expect) { e.OutputContains = r.value(n) }},
		want:  func(e *Expect) value.Value { return e.OutputContains },
		got:   (*play).output,
		holds: func(_ *Expect, want, got value.Value) bool { return mock.Contains(got, want) },
		shown: part,
	}, {
		key: key[Expect]{"error", "text", "the name of the error",
			func(r *reader, n *yaml.Node, e *Expect) { e.Error = new(parse(r, n, parseText)) }},
		want:     func(e *Expect) value.Value { return text(e.Error) },
		got:      (*play).error,
		recorded: true,
	}, {
		key: key[Expect]{"cause", "text", "the cause of the error",
			func(r *reader, n *yaml.Node, e *Expect) { e.Cause = new(parse(r, n, parseText)) }},
		want:     func(e *Expect) value.Value { return text(e.Cause) },
		got:      (*play).cause,
		recorded: true,
	}, {
		key: key[Expect]{"causeMatches", "text", "a regular expression that a part of the cause matches",
			func(r *reader, n *yaml.Node, e *Expect) { e.CauseMatches = parse(r, n, parseRegexp) }},
		want: func(e *Expect) value.Value {
			if e.CauseMatches == nil {
				return value.Value{}
			}
			return value.String(e.CauseMatches.String())
		},
		got:   (*play).cause,
		holds: func(e *Expect, _, got value.Value) bool { return e.CauseMatches.MatchString(got.Text()) },
	}, {
		key: key[Expect]{"path", "list", "the states that were entered, in order: see Expectations",
			func(r *reader, n *yaml.Node, e *Expect) {
				e.Path = r.value(n)
				r.pathNames(n, value.MaxDepth)
			}},
		want:     func(e *Expect) value.Value { return e.Path },
		got:      func(p *play) value.Value { return p.trace.path() },
		holds:    func(_ *Expect, want, got value.Value) bool { return matchesPath(want, got) },
		shown:    shownPath,
		recorded: true,
	}, {
		key: key[Expect]{"tasks", "mapping", "for each state that is named, the inputs that its task was called with, in order, retries included",
			func(r *reader, n *yaml.Node, e *Expect) { e.Tasks = r.byState(n, (*reader).list) }},
		want:     func(e *Expect) value.Value { return e.Tasks },
		got:      func(p *play) value.Value { return p.trace.tasks() },
		holds:    holdsByState,
		shown:    members,
		recorded: true,
	}, {
		key: key[Expect]{"calls", "mapping", "for each state that is named, how often its task was called",
			func(r *reader, n *yaml.Node, e *Expect) { e.Calls = r.byState(n, (*reader).count) }},
		want:  func(e *Expect) value.Value { return e.Calls },
		got:   func(p *play) value.Value { return p.trace.calls() },
		holds: holdsByState,
		shown: members,
	}, {
		key: key[Expect]{"duration", "duration", "how long the execution took, on the virtual clock",
			func(r *reader, n *yaml.Node, e *Expect) { e.Duration = new(parse(r, n, parseDuration)) }},
		want: func(e *Expect) value.Value {
			if e.Duration == nil {
				return value.Value{}
			}
			return value.String(e.Duration.String())
		},
		got:      func(p *play) value.Value { return value.String(p.duration().String()) },
		recorded: true,
	},
}

// expectKeys is what can be expected.
func expectKeys() []key[Expect] {
	keys := make([]key[Expect], len(expectations))
	for i := range expectations {
		keys[i] = expectations[i].key
	}
	return keys
}

// status is the status that is expected.
func (e *Expect) status() string {
	switch {
	case e.Status != "":
		return e.Status
	case e.Error != nil || e.Cause != nil || e.CauseMatches != nil:
		return express.Failed.String()
	}
	return express.Succeeded.String()
}

// check is what of e does not hold for p. Where the status is another, nobody
// wants to read that there is no output.
func (e *Expect) check(p *play) []Failure {
	var failures []Failure
	for i := range expectations {
		x := &expectations[i]
		want, got := x.want(e), x.got(p)
		holds := x.holds
		if holds == nil {
			holds = func(_ *Expect, want, got value.Value) bool { return value.Equal(want, got) }
		}
		switch {
		case want.IsNothing() || got.IsNothing() && len(failures) > 0 && failures[0].Key == "status":
		case got.IsNothing() || !holds(e, want, got):
			if x.shown != nil {
				got = x.shown(want, got)
			}
			failures = append(failures, Failure{x.name, want, got})
		}
	}
	return failures
}

func text(s *string) value.Value {
	if s == nil {
		return value.Value{}
	}
	return value.String(*s)
}

// holdsByState compares for each state that is named; one that was not called
// has no inputs, and no calls.
func holdsByState(_ *Expect, want, got value.Value) bool {
	for state, w := range want.Members() {
		g, ok := got.Get(state)
		if !ok {
			g = value.Int(0)
			if w.Kind() == value.KindArray {
				g = value.Array()
			}
		}
		if !value.Equal(w, g) {
			return false
		}
	}
	return true
}

// byState reads a mapping from Task states to what read reads.
func (r *reader) byState(n *yaml.Node, read func(*reader, *yaml.Node) value.Value) value.Value {
	var members []value.Member
	for k, v := range r.pairs(n) {
		r.states = append(r.states, stateName{k, k.Value, true})
		members = append(members, value.Member{Key: k.Value, Val: read(r, v)})
	}
	return value.Object(members...)
}

func (r *reader) list(n *yaml.Node) value.Value {
	if !r.is(n, yaml.SequenceNode) {
		return value.Value{}
	}
	return r.value(n)
}

func (r *reader) count(n *yaml.Node) value.Value {
	return value.Int(int64(parse(r, n, parseCount(0))))
}

// members are those of got that want has, too.
func members(want, got value.Value) value.Value {
	var both []value.Member
	for key := range want.Members() {
		if g, ok := got.Get(key); ok {
			both = append(both, value.Member{Key: key, Val: g})
		}
	}
	return value.Object(both...)
}

// part is got without the members of objects that want lacks.
func part(want, got value.Value) value.Value {
	switch {
	case want.Kind() == value.KindObject && got.Kind() == value.KindObject:
		both := members(want, got)
		for key, g := range both.Members() {
			w, _ := want.Get(key)
			both = both.With(key, part(w, g))
		}
		return both
	case want.Kind() == value.KindArray && got.Kind() == value.KindArray:
		list := make([]value.Value, got.Len())
		for i, g := range got.Elements() {
			if list[i] = g; i < want.Len() {
				list[i] = part(want.Index(i), g)
			}
		}
		return value.Array(list...)
	}
	return got
}
