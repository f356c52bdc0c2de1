package express

import (
	"fmt"
	"math"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// mapItems runs the iterations of a Map state; cur is the array of their outputs.
func (x *execution) mapItems(m *program.Map) *Error {
	items, err := x.items(m)
	if err != nil {
		return err
	}
	atOnce, err := x.concurrency(m)
	if err != nil {
		return err
	}
	id, e := x.emit(MapStateStarted, x.prev)
	if e != nil {
		e.Length = items.Len()
		x.record(e)
	}
	x.prev = id
	tolerated, err := x.tolerance(m, items.Len())
	if err != nil {
		return err
	}
	if p := x.m.o.Probe; p != nil {
		return x.probeMap(p, m, items, tolerated)
	}

	failures := 0
	f := &family{
		x: x,
		n: items.Len(),
		begin: func(kid *execution, i int) *Error {
			prev := kid.prev // inside the iteration before, if there was one
			if atOnce > 1 && x.m.inline[x.pc-1] {
				prev = id // they run beside each other, but for the goroutines that they do not need
			}
			return x.iteration(m, kid, prev, items.Index(i))
		},
		end: func(kid *execution, err *Error) *Error {
			switch {
			case err == nil:
				x.iterationEnded(MapIterationSucceeded, kid, nil)
			case !err.terminal():
				x.iterationEnded(MapIterationFailed, kid, err)
				if failures++; failures > tolerated {
					return x.intolerable(m, err)
				}
				err = nil
			}
			return err
		},
		succeeded: MapStateSucceeded,
	}
	return f.run(atOnce)
}

// items are what a Map state runs over.
func (x *execution) items(m *program.Map) (value.Value, *Error) {
	v := x.input
	var err *Error
	switch {
	case x.m.o.Probe != nil && !x.m.o.Probe.Items.IsNothing():
		v = x.m.o.Probe.Items
	case m.Items != 0:
		v, err = x.evalAs(m.Items, "Items", value.KindArray)
	case v.Kind() == value.KindArray:
	case x.state.JSONata:
		err = x.queryFailed("", "Map state input must be an array but was: "+v.String())
	default:
		err = x.fail(`Reference path "$" must point to array.`)
	}
	if err != nil {
		return v, err
	}
	x.stage("afterItemsPath", v)
	if v.Len() > x.m.limits.Items {
		return v, x.dataLimit(fmt.Sprintf("The Map state '%s' has %d items, which exceeds the maximum of %d.", x.state.Name, v.Len(), x.m.limits.Items))
	}
	return v, nil
}

// concurrency is how many iterations of a Map run at a time.
func (x *execution) concurrency(m *program.Map) (int, *Error) {
	most := x.m.limits.Concurrency
	if m.Concurrency == 0 {
		return most, nil
	}
	n, err := x.integer(m.Concurrency, "MaxConcurrency", 0, math.MaxInt64)
	if err != nil {
		return 0, err
	}
	x.stage("maxConcurrency", value.Int(n))
	if n == 0 {
		return most, nil
	}
	return int(min(n, int64(most))), nil
}

// iteration makes kid the iteration over an item.
func (x *execution) iteration(m *program.Map, kid *execution, prev uint64, v value.Value) *Error {
	v, err := x.selected(m, kid.index, v)
	if err != nil {
		return err
	}
	id, e := x.emit(MapIterationStarted, prev)
	if e != nil {
		e.Index = kid.index
		x.record(e)
	}
	kid.prev, kid.cur = id, v
	kid.begin(m.Entry, m.Scope)
	return nil
}

// selected is what ItemSelector makes of an item.
func (x *execution) selected(m *program.Map, index int, v value.Value) (value.Value, *Error) {
	if m.Item == 0 {
		return v, nil
	}
	x.item, x.context = &item{index, v}, value.Value{}
	v, err := x.argument(m.Item, x.input)
	x.item, x.context = nil, value.Value{}
	if err == nil {
		x.stage("afterItemSelector", v)
	}
	return v, err
}

func (x *execution) iterationEnded(t EventType, kid *execution, err *Error) {
	id, e := x.emit(t, kid.prev)
	if e != nil {
		e.Index, e.Err = kid.index, err
		x.record(e)
	}
	x.prev = id
}

// tolerance is how many of n iterations may fail. AWS has it for a Map in mode
// DISTRIBUTED; it was seen to accept the fields in an inline one, where they have
// this effect here. The Error Output of a tolerated failure stands in its place.
func (x *execution) tolerance(m *program.Map, n int) (int, *Error) {
	most := n
	if m.Count != 0 {
		c, err := x.integer(m.Count, "ToleratedFailureCount", 0, math.MaxInt64)
		if err != nil {
			return 0, err
		}
		x.stage("toleratedFailureCount", value.Int(c))
		most = int(min(c, int64(most)))
	}
	if m.Percentage != 0 {
		p, err := x.percentage(m.Percentage, "ToleratedFailurePercentage")
		if err != nil {
			return 0, err
		}
		x.stage("toleratedFailurePercentage", value.Number(p))
		most = min(int(p*float64(n)/100), most) // exceeding either is enough
	}
	if m.Count == 0 && m.Percentage == 0 {
		most = 0
	}
	return most, nil
}

// intolerable is the error of a Map with one failure too many.
func (x *execution) intolerable(m *program.Map, err *Error) *Error {
	if m.Count == 0 && m.Percentage == 0 {
		return err
	}
	return x.error(ErrThreshold, "The specified tolerated failure threshold was exceeded")
}
