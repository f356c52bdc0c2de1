package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
)

// taskRows are about the service that performs tasks, and about the collector.
var taskRows = []*row{
	{
		num: 22, name: "a task takes 10 s, twice ackWait", promise: "no order is delivered again while it runs", soak: true,
		set: setup{
			slots: 1024, ackWait: 5 * time.Second, pace: pace{events: 1500, rate: 100},
			definition: strings.Replace(definition, `"TimeoutSeconds": 10`, `"TimeoutSeconds": 60`, 1),
			order:      func(s *stand, id string, i int) order { return order{ID: id, Delay: 9000 + (i+int(s.seed))%2000} },
		},
	},
	{
		num: 23, name: "a task never answers; nobody answers at all for 5 s", promise: "the execution fails, and nothing stays behind", soak: true,
		set: setup{pace: pace{events: 6_000, rate: 300}, definition: once, order: neverAnswered},
		fault: func(s *stand) error {
			s.sleep(s.between(3*time.Second, 5*time.Second))
			s.note("the service ends")
			s.service.terminate(startPatience)
			s.sleep(5 * time.Second)
			return s.startService()
		},
		check: func(s *stand, b *books) error {
			wrong := 0
			for id, d := range b.done {
				if i := index(id); i >= warmUp && i%tenth == third && d[0].Status == "SUCCEEDED" {
					wrong++
				}
			}
			s.require("failed", wrong == 0, "%s; %d without an answer succeeded", s.statuses(b), wrong)
			return nil
		},
	},
	{
		num: 24, name: "a task answers after its timeout, or twice", promise: "the answer that nobody waits for is counted, and nothing else happens", soak: true,
		set: setup{
			pace: pace{events: 4_000, rate: 300}, definition: once,
			order: func(s *stand, id string, i int) order {
				switch i % 10 {
				case 3:
					return order{ID: id, Delay: 3000}
				case 7:
					return order{ID: id, Do: "twice"}
				}
				return order{ID: id}
			},
		},
		check: func(s *stand, b *books) error {
			var late float64
			err := s.eventually("late answers are counted", startPatience, func(ctx context.Context) error {
				late = 0
				for _, w := range s.workers {
					n, err := w.metric(ctx, "express_task_late_total")
					if err != nil {
						return err
					}
					late += n
				}
				if want := 2 * s.set.pace.events / 10; int(late) != want {
					return fmt.Errorf("%.0f are, of %d", late, want)
				}
				return nil
			})
			s.require("late", err == nil, "%.0f late or second answers counted, of %d; %s", late, 2*s.set.pace.events/10, s.statuses(b))
			return nil
		},
	},
	{
		num: 25, name: "a task answers half a document, 600 KiB, or a header that promises four thousand million values", promise: "the execution fails with the right error, memory stays", soak: true,
		set: setup{pace: pace{events: 6_000, rate: 300}, definition: once, order: badlyAnswered},
		check: failedAsAnswered(map[string]string{
			"": "SUCCEEDED", "half": "States.TaskFailed", "big": "States.DataLimitExceeded", "bomb": "States.TaskFailed",
		}),
	},
	{
		num: 25, name: "a task answers over HTTP: half a document, 10 MB, or 64 MB in 64 KB of gzip", promise: "the execution fails with the right error, memory stays", soak: true,
		set: setup{pace: pace{events: 6_000, rate: 300}, definition: onceHTTP, order: badlyAnswered},
		check: failedAsAnswered(map[string]string{
			"": "SUCCEEDED", "half": "States.TaskFailed", "big": "States.DataLimitExceeded", "bomb": "States.DataLimitExceeded",
		}),
	},
	{
		num: 26, name: "the collector is down, hangs, answers 429, is slow", promise: "every log record is received or counted as dropped; executions go on", soak: true,
		set: setup{
			collector: true, pace: pace{events: 24_000, rate: 600}, order: working,
			// Small and impatient, so that all of it is seen within seconds.
			env: []string{"OTEL_BLRP_MAX_QUEUE_SIZE=16384", "OTEL_BLRP_EXPORT_TIMEOUT=3000", "OTEL_EXPORTER_OTLP_TIMEOUT=1000"},
		},
		fault:      breakCollector,
		unanswered: 4, // two workers; going down, and getting slow
	},
}

// Of tenth orders the third is one to which the service does something.
const (
	tenth = 10
	third = 3
)

func neverAnswered(_ *stand, id string, i int) order {
	if i%tenth == third {
		return order{ID: id, Do: "never"}
	}
	return order{ID: id}
}

// badlyAnswered orders get no answer that could be one, three times in ten.
func badlyAnswered(_ *stand, id string, i int) order {
	return order{ID: id, Do: map[int]string{1: "half", 4: "big", 7: "bomb"}[i%tenth]}
}

// failedAsAnswered wants an outcome for each answer: a status, or an error. What the
// answers hold must not show in memory.
func failedAsAnswered(want map[string]string) func(*stand, *books) error {
	return func(s *stand, b *books) error {
		by, wrong := make(map[string]int), 0
		for id, d := range b.done {
			got := cmp.Or(d[0].Error, d[0].Status)
			by[got]++
			if i := index(id); i >= warmUp && got != want[badlyAnswered(s, id, i).Do] {
				wrong++
			}
		}
		s.require("failed", wrong == 0, "%s; %d ended in another way than their answer wants", counts(by), wrong)
		return s.flat()
	}
}

// byStatus counts outcomes.
func (s *stand) byStatus(b *books) map[string]int {
	by := make(map[string]int)
	for _, d := range b.done {
		by[d[0].Status]++
	}
	return by
}

func (s *stand) statuses(b *books) string { return counts(s.byStatus(b)) }

// breakCollector measures what the workers use and end in each phase.
func breakCollector(s *stand) error {
	const phase = 7 * time.Second
	for _, p := range []struct {
		name string
		do   func() error
	}{
		{"ok", func() error { return s.collectorMode("ok") }},
		{"down", func() error { s.note("collector: down"); s.collect.terminate(startPatience); return nil }},
		{"hang", func() error {
			if err := s.startCollector(); err != nil {
				return err
			}
			return s.eventually("the collector listens", startPatience, func(context.Context) error { return s.collectorMode("hang") })
		}},
		{"429", func() error { return s.collectorMode("429") }},
		{"slow", func() error { return s.collectorMode("slow") }},
		{"ok again", func() error { return s.collectorMode("ok") }},
	} {
		if err := p.do(); err != nil {
			return err
		}
		before, ended, err := s.spent()
		if err != nil {
			return err
		}
		if !s.sleep(phase) {
			return nil
		}
		after, now, err := s.spent()
		if err != nil {
			return err
		}
		s.measured("collector "+p.name, "%.0f orders/s, %v of CPU each", (now-ended)/phase.Seconds(), time.Duration(float64(after-before)/max(now-ended, 1)).Round(time.Microsecond))
	}
	return nil
}

// spent is what all workers have used so far, and how many executions they ended.
func (s *stand) spent() (cpu time.Duration, ended float64, err error) {
	if cpu, err = s.cpu(); err != nil {
		return 0, 0, err
	}
	for _, w := range s.workers {
		n, err := w.metric(s.ctx, "express_execution_duration_seconds_count")
		if err != nil {
			return 0, 0, err
		}
		ended += n
	}
	return cpu, ended, nil
}
