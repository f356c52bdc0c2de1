package bench

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A size is a point of a curve: the operations whose cost is looked at as n grows.
type size struct {
	n   int
	ops []operation // by line
}

// curve lets operations of all sizes take turns on one core, and draws what each
// line costs. The cost is also looked at for each of the n where it grows with
// them.
func curve(ctx context.Context, o Options, sec *Section, what string, grows bool, sizes []size) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	counts := make(map[string]int)
	for round := range o.Rounds {
		for _, s := range sizes {
			for _, op := range s.ops {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				name := fmt.Sprintf("%d.%s", s.n, op.name)
				if round == 0 {
					n, err := calibrate(op, o.batch)
					if err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
					counts[name] = n
				}
				u, err := repeat(op, counts[name])
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				each := float64(u.CPU) / float64(counts[name])
				r := sec.Row(name)
				r.Add("cpu", Time, each)
				if grows {
					r.Add("of_each", Fraction, each/float64(s.n))
				}
				r.Add("allocs", Count, float64(u.Allocations/uint64(counts[name])))
			}
		}
		fmt.Fprintf(o.Log, "%s round %d\n", sec.Name, round+1)
	}
	c := &Chart{Title: sec.Name, X: what, Y: "CPU of an execution", XUnit: Count, YUnit: Time, LogX: true, LogY: true}
	for i, op := range sizes[0].ops {
		l := Line{Name: op.name}
		for _, s := range sizes {
			l.Points = append(l.Points, [2]float64{float64(s.n), sec.Row(fmt.Sprintf("%d.%s", s.n, s.ops[i].name)).Metric("cpu").Median()})
		}
		c.Lines = append(c.Lines, l)
	}
	sec.Charts = append(sec.Charts, c)
	return nil
}

// payloads are sizes of events in bytes.
var payloads = []int{100, 1_000, 10_000, 100_000, value.MaxSize}

// payload is W1 by the size of its event.
func payload(ctx context.Context, o Options, sec *Section) error {
	w, err := WorkloadNamed("w1")
	if err != nil {
		return err
	}
	var sizes []size
	for _, n := range payloads {
		w.Events = [][]byte{sized(n)}
		engine, err := executing(w)
		if err != nil {
			return err
		}
		sizes = append(sizes, size{n, []operation{{Engine, engine}, {"fastjson", printing(w)}}})
	}
	return curve(ctx, o, sec, "bytes of the event", true, sizes)
}

// sized is an event of so many bytes, which W1 takes: at least 85 of them.
func sized(bytes int) []byte {
	const head, tail = `{"id":"e-000000000001","device":{"site":"plant-3"},"temp":21.75,"items":[`, `]}`
	var b strings.Builder
	b.WriteString(head)
	for i := 0; ; i++ {
		item := fmt.Sprintf(`{"k":"item-%06d","v":%d},`, i, i%10)
		if b.Len()+len(item)+len(tail) > bytes {
			break
		}
		b.WriteString(item)
	}
	text := strings.TrimSuffix(b.String(), ",")
	return []byte(text + tail + strings.Repeat(" ", bytes-len(text)-len(tail)))
}

// states are Pass states in a row.
func states(ctx context.Context, o Options, sec *Section) error {
	var sizes []size
	for _, n := range []int{1, 10, 100, 1_000} {
		var b strings.Builder
		b.WriteString(`{"StartAt": "S0", "States": {`)
		for i := range n - 1 {
			fmt.Fprintf(&b, `"S%d": {"Type": "Pass", "Result": %d, "ResultPath": "$.n", "Next": "S%d"},`, i, i, i+1)
		}
		fmt.Fprintf(&b, `"S%d": {"Type": "Pass", "End": true}}}`, n-1)
		engine, err := executing(Workload{Name: "states", Definition: []byte(b.String()), Events: [][]byte{[]byte(`{"id":1}`)}})
		if err != nil {
			return err
		}
		sizes = append(sizes, size{n, []operation{{Engine, engine}}})
	}
	return curve(ctx, o, sec, "states", true, sizes)
}

// mapping is a Map over items.
func mapping(ctx context.Context, o Options, sec *Section) error {
	const definition = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": {
		"StartAt": "Name", "States": {"Name": {"Type": "Pass", "End": true}}}, "End": true}}}`
	var sizes []size
	for _, n := range []int{10, 100, 1_000, express.DefaultItems} {
		items := []byte("[" + strings.TrimSuffix(strings.Repeat(`{"v":1},`, n), ",") + "]")
		engine, err := executing(Workload{Name: "map", Definition: []byte(definition), Events: [][]byte{items}})
		if err != nil {
			return err
		}
		sizes = append(sizes, size{n, []operation{{Engine, engine}}})
	}
	return curve(ctx, o, sec, "items", true, sizes)
}

// loaded are W1 many times over, in one process: what a workflow takes of memory
// and time, and what an execution costs where the next one is of another workflow.
func loaded(ctx context.Context, o Options, sec *Section) error {
	w, err := WorkloadNamed("w1")
	if err != nil {
		return err
	}
	var sizes []size
	for _, n := range []int{1, 100, 10_000} {
		held, before := heap(), usage()
		machines := make([]*express.Machine, n)
		for i := range machines {
			named := w
			named.Name = fmt.Sprintf("w%d", i)
			if machines[i], err = named.Machine(nil, nil); err != nil {
				return err
			}
		}
		r := sec.Row(fmt.Sprintf("%d.%s", n, Engine))
		if n > 1 { // the memory of one is lost among what comes and goes
			r.Add("compile", Time, float64(usage().since(before).CPU)/float64(n))
			r.Add("memory", Bytes, float64(heap()-held)/float64(n))
		}
		i := 0
		var out []byte
		sizes = append(sizes, size{n, []operation{{Engine, func() error {
			in, err := value.Parse([]byte(Event))
			if err != nil {
				return err
			}
			m := machines[i%n]
			i++
			o := m.Run(ctx, express.Start{Name: exampleName, Input: in})
			out = transport.AppendOutcome(out[:0], exampleName, &o)
			return failure(&o)
		}}}})
	}
	return curve(ctx, o, sec, "workflows", false, sizes)
}

// heap is what the process holds in its heap and its stacks, after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
