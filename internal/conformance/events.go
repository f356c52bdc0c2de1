package conformance

import (
	"fmt"
	"slices"
)

// sameEvent reports whether a is what was recorded as e, but for ids.
func sameEvent(e, a *Event) bool {
	return e.Type == a.Type && e.Name == a.Name &&
		sameMember(e.Input, a.Input) && sameMember(e.Output, a.Output) &&
		sameMember(e.AssignedVariables, a.AssignedVariables) &&
		sameMember(e.Error, a.Error) && sameMember(e.Cause, a.Cause)
}

func sameMember(e, a any) bool {
	if e == nil || a == nil {
		return e == nil && a == nil
	}
	return Match(strip(e), strip(a))
}

// diffEvents says where a history differs from the recorded one, "" if it does
// not. Where threads ran side by side it compares each with each, not the order
// between them.
func diffEvents(want, got []Event, sorted bool) string {
	first := diffInOrder(want, got)
	switch {
	case first == "":
		return ""
	case sorted: // ids and order were lost: every event has to be there
		if rest := unmatched(want, got); rest != "" {
			return rest
		}
		return ""
	case concurrent(want) && sameTree(want, got):
		return ""
	}
	return first
}

func diffInOrder(want, got []Event) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return fmt.Sprintf("event %d: got %s, want no more", i+1, got[i])
		case i >= len(got):
			return fmt.Sprintf("event %d: got no more, want %s", i+1, want[i])
		case !sameEvent(&want[i], &got[i]):
			return fmt.Sprintf("event %d: got %s, want %s", i+1, got[i], want[i])
		}
	}
	return ""
}

// diffIDs says where the ids of a history differ from those recorded. Side by
// side ids depend on who came first: there the tree of previous events, which
// diffEvents has compared, is what counts.
func diffIDs(want, got []Event) string {
	if diffInOrder(want, got) != "" {
		return ""
	}
	var diff string
	for i := range want {
		if want[i].ID != got[i].ID || want[i].Prev != got[i].Prev {
			diff = fmt.Sprintf("event %d %s: got %s<-%s, want %s<-%s",
				i+1, want[i].Type, got[i].ID, got[i].Prev, want[i].ID, want[i].Prev)
			break
		}
	}
	if diff != "" && concurrent(want) && sameTree(want, got) {
		return ""
	}
	return diff
}

func lost(e Event) bool { return e.Type == "ParallelStateSucceeded" || e.Type == "ParallelStateFailed" }

// recordedIDs reports whether the recording kept the ids.
func recordedIDs(events []Event) bool {
	for _, e := range events {
		if e.ID == "" || e.ID == "0" {
			return false
		}
	}
	return len(events) > 0
}

// concurrent reports whether two events follow the same event, which happens
// where threads ran side by side.
func concurrent(events []Event) bool {
	seen := map[string]bool{}
	for _, e := range events {
		if p := string(e.Prev); p != "0" && seen[p] {
			return true
		} else {
			seen[p] = true
		}
	}
	return false
}

// sameTree compares two histories as trees: each event hangs below the one that
// it followed, and siblings match in any order.
func sameTree(want, got []Event) bool {
	if len(want) != len(got) || !recordedIDs(want) {
		return false
	}
	return sameForest(children(want), children(got), "0", "0")
}

func children(events []Event) map[string][]*Event {
	m := map[string][]*Event{}
	for i := range events {
		p := string(events[i].Prev)
		m[p] = append(m[p], &events[i])
	}
	return m
}

func sameForest(want, got map[string][]*Event, w, g string) bool {
	a, b := want[w], slices.Clone(got[g])
	if len(a) != len(b) {
		return false
	}
	for _, e := range a {
		i := slices.IndexFunc(b, func(x *Event) bool {
			return sameEvent(e, x) && sameForest(want, got, string(e.ID), string(x.ID))
		})
		if i < 0 {
			return false
		}
		b = slices.Delete(b, i, i+1)
	}
	return true
}

// unmatched names an event of one side that the other lacks. Where the recorder
// sorted the events of a Parallel state it lost the one of its end.
func unmatched(want, got []Event) string {
	rest := slices.DeleteFunc(slices.Clone(got), lost)
	want = slices.DeleteFunc(slices.Clone(want), lost)
	for i := range want {
		j := slices.IndexFunc(rest, func(x Event) bool { return sameEvent(&want[i], &x) })
		if j < 0 {
			return fmt.Sprintf("got no event %s", want[i])
		}
		rest = slices.Delete(rest, j, j+1)
	}
	if len(rest) > 0 {
		return fmt.Sprintf("got event %s, which was not recorded", rest[0])
	}
	return ""
}

// String is e in short.
func (e Event) String() string {
	s := e.Type
	if e.Name != "" {
		s += " " + e.Name
	}
	for _, m := range []struct {
		name string
		val  any
	}{{"input", e.Input}, {"output", e.Output}, {"vars", e.AssignedVariables}, {"error", e.Error}, {"cause", e.Cause}} {
		if m.val != nil {
			s += fmt.Sprintf(" %s=%.300s", m.name, text(m.val))
		}
	}
	return s
}
