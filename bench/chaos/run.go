package main

import (
	"context"
	"fmt"
	"iter"
	"log"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"
)

// rowPatience bounds a row, whatever happens.
const rowPatience = 10 * time.Minute

// A result is what became of a row.
type result struct {
	Row      int       `json:"row"`
	Name     string    `json:"name"`
	Promise  string    `json:"promise"`
	Profile  string    `json:"profile"`
	Seed     uint64    `json:"seed"`
	Skipped  string    `json:"skipped,omitempty"`
	Observed bool      `json:"observed,omitempty"`
	OK       bool      `json:"ok"`
	Events   int       `json:"events"`
	Seconds  float64   `json:"seconds"`
	Verdicts []verdict `json:"verdicts,omitempty"`
	Figures  []figure  `json:"figures,omitempty"`
	Timeline []string  `json:"timeline,omitempty"`
	Again    string    `json:"again,omitempty"` // the command that repeats it
}

// A harness runs rows.
type harness struct {
	o       options
	log     *log.Logger
	dir     string
	express string
	self    string
	summary *summary
}

// runAll runs rows, as many at a time as is asked for, and notes what became of
// each as soon as that is known.
func (h *harness) runAll(ctx context.Context, turns iter.Seq2[*row, uint64]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var going sync.WaitGroup
	room := make(chan struct{}, h.o.parallel)
	for r, seed := range turns {
		room <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		going.Go(func() {
			res := h.run(ctx, r, seed)
			if ctx.Err() == nil { // else it ended in the middle
				if err := h.summary.add(res, h.o.report); err != nil {
					cancel(err)
				}
			}
			<-room
		})
	}
	going.Wait()
	return context.Cause(ctx)
}

// run runs a row, and keeps its logs only where it failed and they are wanted.
func (h *harness) run(ctx context.Context, r *row, seed uint64) result {
	res := result{Row: r.num, Name: r.name, Promise: r.promise, Profile: r.profile(), Seed: seed, Skipped: r.skip, Observed: r.observed, OK: true}
	h.log.Printf("%3d %s, seed %d: %s", r.num, r.profile(), seed, r.name)
	if res.Skipped == "" && r.needs != nil {
		res.Skipped = r.needs()
	}
	if res.Skipped != "" {
		h.log.Printf("%3d not run: %s", r.num, res.Skipped)
		return res
	}
	res.Again = fmt.Sprintf("go run ./bench/chaos -rows %d -seed %d -ack-wait %v", r.num, seed, h.o.ackWait)
	if h.o.events > 0 {
		res.Again += fmt.Sprintf(" -events %d", h.o.events)
	}
	if h.o.slack != 1 {
		res.Again += fmt.Sprintf(" -slack %v", h.o.slack)
	}
	ctx, cancel := context.WithTimeout(ctx, rowPatience)
	defer cancel()
	dir, err := os.MkdirTemp(h.dir, fmt.Sprintf("row%d-", r.num))
	if err != nil {
		panic(err) // the directory is ours
	}
	s := &stand{
		ctx: ctx, row: r, set: r.defaults(h.o), seed: seed, rng: rand.New(rand.NewPCG(seed, uint64(r.num))),
		dir: dir, express: h.express, self: h.self, log: h.log, slack: h.o.slack, began: time.Now(), published: make(chan struct{}),
	}
	err = s.play()
	if err != nil {
		s.require("script", false, "%v", err)
	}
	res.Seconds = time.Since(s.began).Seconds()
	s.close()
	if s.ledger != nil {
		res.Events = s.ledger.acked()
		s.ledger.file.Close()
	}
	res.Verdicts, res.Figures, res.Timeline = s.verdicts, s.figures, s.timeline
	for _, v := range s.verdicts {
		res.OK = res.OK && v.OK
	}
	h.print(&res)
	if !res.OK && h.o.keep {
		h.log.Printf("%3d logs: %s", r.num, dir)
	} else {
		os.RemoveAll(dir)
	}
	return res
}

func (h *harness) print(res *result) {
	var text strings.Builder // in one piece, whatever else is running
	for _, v := range res.Verdicts {
		word := "ok  "
		if !v.OK {
			word = "FAIL"
		}
		fmt.Fprintf(&text, "%3d %s %-10s %s\n", res.Row, word, v.Check, v.Text)
	}
	for _, f := range res.Figures {
		fmt.Fprintf(&text, "%3d      %-10s %s\n", res.Row, f.Name, f.Value)
	}
	fmt.Fprintf(&text, "%3d after %.0f s; again: %s", res.Row, res.Seconds, res.Again)
	h.log.Print(text.String())
}

// play runs the row's script from its beginning to the verdicts.
func (s *stand) play() error {
	if err := s.open(); err != nil {
		return err
	}
	body := func(id string, i int) []byte { return marshal(s.set.order(s, id, i)) }
	s.publish(pace{events: warmUp}, orders, func(id string, _ int) []byte { return marshal(order{ID: id}) })
	if err := s.quiesce(); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	if s.set.collector {
		emitted, _, err := s.exported()
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		s.perOrder = emitted / warmUp
	}
	for _, w := range s.workers {
		var err error
		if w.base, err = w.state(s.ctx); err != nil {
			return err
		}
	}
	if s.set.servers > 1 {
		if err := s.watchElections(); err != nil {
			return err
		}
	}
	s.loaded = time.Now()
	go func() {
		defer close(s.published)
		s.publish(s.set.pace, orders, body)
	}()
	var err error
	if s.row.fault != nil {
		err = s.row.fault(s)
	}
	<-s.published
	if err != nil {
		return err
	}
	for _, w := range s.workers {
		if err := w.ready(startPatience); err != nil {
			return fmt.Errorf("after the fault: %w", err)
		}
	}
	s.note("published, waiting for the end")
	if err := s.quiesce(); err != nil {
		s.require("quiesce", false, "%v", err)
	}
	b, err := s.books(s.ctx)
	if err != nil {
		return err
	}
	return s.verify(s.ctx, b)
}
